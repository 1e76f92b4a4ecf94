"""A notice: one message to one recipient about one thing. Without the recipient's number: that is
read from the order when it is sent, and only then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.notices.states import NoticeState

BUYER = "buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`id` is made from the rule, the order, the event (`about`) and the recipient's part in it, so
    each thing is told once even if the buyer's number changes meanwhile.

    `recipient` is a keyed digest of the number it goes to, `shown` the number masked. `version`
    counts changes, `attempts` calls and questions, `missing` how often in a row the provider knew
    nothing of it. `sent_at`: when the latest attempt was claimed; `claimed_until`: when its sender
    has to be taken for dead. `provider_id` is the provider's own. `message` is the raw message the
    state rests on.
    """

    id: str
    rule: str
    template: str
    order_no: str
    about: str
    shop: str
    values: Mapping[str, str]
    recipient: str
    shown: str
    created_at: datetime
    state: NoticeState = NoticeState.PENDING
    version: int = 1
    attempts: int = 0
    missing: int = 0
    sent_at: datetime | None = None
    claimed_until: datetime | None = None
    provider_id: str = ""
    refusal_code: str = ""
    message: Source | None = None


def notice_id(*, rule: str, order_no: str, about: str, recipient: str = BUYER) -> str:
    """32 hexadecimal characters, the same for the same four; the provider's `OutId`."""
    parts = "\n".join((rule, order_no, about, recipient))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
