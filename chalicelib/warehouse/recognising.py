"""Is this callback new, a repeat, or something a person has to look at?

WMS send a confirm again when our answer was lost or late, so a repeat is normal and is answered
like the first. What makes two messages the same is the partner's outBizCode where it is unique per
message (a setting); most put their own order number there, so else the business content counts too,
waybills and times included. The same content but for its times and the partner's own fields is
probably a re-send stamped anew: it is held for a person, not booked. Other content under the same
outBizCode is a further partial confirm if confirmType 1 is in play, else it is held.

Parts of one document (`assembling`) are told apart by their content alone, without its times: their
lines are counted by identity, so one that comes again does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.kernel.events import Json
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Value
from chalicelib.warehouse.documents.incoming.lines import INTERMEDIATE

_PLACES = frozenset({"path", "message_id"})
_FREE = frozenset({"extend_props", "rest"})
_TIME = "_at"
"""What the names of all moments end with, see `documents.incoming`."""
_NOT_GIVEN: tuple[Json, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells one callback from another of its order.

    `scope` is `<wms>#<method>#<order code>`; `timeless` is the digest without the times
    and the partner's own fields. `path` is where it stands in a message that holds several, ""
    where it is the message.
    """

    scope: str
    out_biz_code: str
    digest: str
    timeless: str
    intermediate: bool
    unique: bool
    part: bool = False
    path: str = ""

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
    """That a callback was accepted: by which message, where in it (`Identity.path`), and what it
    said.
    """

    message_id: str
    out_biz_code: str
    digest: str
    timeless: str
    intermediate: bool
    at: datetime
    path: str = ""


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
        digest=_digest(document, _counts),
        timeless=_digest(document, _counts_in_a_copy),
        intermediate=confirm_type == INTERMEDIATE,
        unique=unique and bool(out_biz_code),
    )


def recognise(given: Identity, accepted: Sequence[AcceptedCallback]) -> Recognition:
    """What a callback is, in view of those accepted in its scope."""
    same = [each for each in accepted if each.out_biz_code == given.out_biz_code]
    if any(each.digest == given.digest for each in same):
        return Recognition.REPEATED
    if any(each.timeless == given.timeless for each in same):
        return Recognition.REPEATED if given.unique or given.part else Recognition.RESENT
    if not same:
        return Recognition.NEW
    if given.part:
        return Recognition.FURTHER
    parts = given.intermediate or any(each.intermediate for each in same)
    return Recognition.FURTHER if parts else Recognition.DIFFERENT


def _digest(document: object, counts: Callable[[str], bool]) -> str:
    """SHA-256 of the content in one spelling: fields by name, lists in order of their content.

    What is not given is left out, so a field that a document gets later changes no digest of those
    that don't have it: what was accepted before is still recognised.
    """
    plain = _plain(to_item(document), counts)
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()[:32]


def _plain(value: Value, counts: Callable[[str], bool]) -> Json:
    if isinstance(value, dict):
        fields = ((name, _plain(value[name], counts)) for name in sorted(value) if counts(name))
        return {name: inner for name, inner in fields if inner not in _NOT_GIVEN}
    if isinstance(value, (list, tuple)):
        return sorted((_plain(each, counts) for each in value), key=msgspec.json.encode)
    return value


def _counts(name: str) -> bool:
    return name not in _PLACES


def _counts_in_a_copy(name: str) -> bool:
    """A re-send may be stamped anew, and a partner's own fields may hold such a stamp."""
    return _counts(name) and name not in _FREE and not name.endswith(_TIME)
