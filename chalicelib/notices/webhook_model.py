"""A webhook message to the upstream: its bytes are made once, so that every repetition of it is
the same, and its receiver can tell by the id.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.notices.states import WebhookState


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """`body` is the JSON text as it is signed and sent; it holds no personal data. `version` counts
    changes, `attempts` the sendings. `message` is the raw message the state rests on.
    """

    id: str
    event_id: str
    document: str
    correlation: str
    body: str
    created_at: datetime
    state: WebhookState = WebhookState.PENDING
    version: int = 1
    attempts: int = 0
    delivered_at: datetime | None = None
    message: Source | None = None


def webhook_id(event_id: str) -> str:
    """`msg_` and 32 hexadecimal characters, the same for the same event: it has no full stop, which
    the signature needs, whatever the event's id holds.
    """
    return "msg_" + hashlib.sha256(event_id.encode()).hexdigest()[:32]
