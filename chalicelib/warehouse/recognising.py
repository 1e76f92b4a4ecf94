"""Is this callback new, a repeat, or something a person has to look at?

WMS send a confirm again when our answer was lost or late, so a repeat is normal and is answered
like the first. What makes two messages the same is the partner's outBizCode where it is unique per
message (a setting); most put their own order number there, so else the business content counts too,
waybills and times included. The same content but for its times is probably a re-send stamped anew:
it is held for a person, not booked. Other content under the same outBizCode is a further partial
confirm if confirmType 1 is in play, else it is held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.kernel.events import Json
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Value
from chalicelib.warehouse.documents.incoming import INTERMEDIATE

_PLACES = frozenset({"path"})
_TIMES = frozenset({"operated_at", "confirmed_at", "changed_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells one callback from another of its order.

    `scope` is `<wms>#<method>#<order code>`; `timeless` is the digest without the times.
    """

    scope: str
    out_biz_code: str
    digest: str
    timeless: str
    intermediate: bool
    unique: bool

    @property
    def claim(self) -> str:
        """The sort key under which it is accepted, once."""
        return f"OUT#{self.out_biz_code}#{self.digest}"

    def shared_claim(self, *, further: bool) -> str:
        """The sort key that collides with what may not be accepted beside it at the same moment:
        the first under an outBizCode with any other first one, a further part with a re-send of it.
        """
        if further:
            return f"SAME#{self.out_biz_code}#{self.timeless}"
        return f"FIRST#{self.out_biz_code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedCallback:
    """That a callback was accepted: by which message, and what it said."""

    message_id: str
    out_biz_code: str
    digest: str
    timeless: str
    intermediate: bool
    at: datetime


class Recognition(StrEnum):
    """What a callback is. FURTHER: another part under an outBizCode that is known."""

    NEW = "NEW"
    FURTHER = "FURTHER"
    REPEATED = "REPEATED"
    RESENT = "RESENT"
    DIFFERENT = "DIFFERENT"


def identity(
    document: object, *, scope: str, out_biz_code: str, confirm_type: str, unique: bool
) -> Identity:
    """The identity of a document as it was read."""
    return Identity(
        scope=scope,
        out_biz_code=out_biz_code,
        digest=_digest(document, without=_PLACES),
        timeless=_digest(document, without=_PLACES | _TIMES),
        intermediate=confirm_type == INTERMEDIATE,
        unique=unique and bool(out_biz_code),
    )


def recognise(given: Identity, accepted: Sequence[AcceptedCallback]) -> Recognition:
    """What a callback is, in view of those accepted in its scope."""
    same = [each for each in accepted if each.out_biz_code == given.out_biz_code]
    if any(each.digest == given.digest for each in same):
        return Recognition.REPEATED
    if any(each.timeless == given.timeless for each in same):
        return Recognition.REPEATED if given.unique else Recognition.RESENT
    if not same:
        return Recognition.NEW
    parts = given.intermediate or any(each.intermediate for each in same)
    return Recognition.FURTHER if parts else Recognition.DIFFERENT


def _digest(document: object, *, without: frozenset[str]) -> str:
    """SHA-256 of the content in one spelling: fields by name, lists in order of their content."""
    plain = _plain(to_item(document), without)
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()[:32]


def _plain(value: Value, without: frozenset[str]) -> Json:
    if isinstance(value, dict):
        return {name: _plain(value[name], without) for name in sorted(value) if name not in without}
    if isinstance(value, (list, tuple)):
        return sorted((_plain(each, without) for each in value), key=msgspec.json.encode)
    return value
