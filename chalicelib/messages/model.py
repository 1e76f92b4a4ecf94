"""What the log keeps of a message, and where.

The bytes lie in the raw bucket under a key made from the message's id, sealed, with their HTTP
head. The row in the table `messages` is an index: it can always be made again from the object.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


class Direction(enum.StrEnum):
    """Who spoke first."""

    IN = "IN"
    OUT = "OUT"


class Outcome(enum.StrEnum):
    """What became of a message.

    IN: RECEIVED (stored, nothing decided yet), ACCEPTED, DUPLICATE, HELD (a person has to look),
    REFUSED, UNVERIFIED (signature wrong). OUT: PREPARED (stored, not yet sent), ANSWERED,
    NOT_SENT, NO_ANSWER.
    """

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    HELD = "HELD"
    REFUSED = "REFUSED"
    UNVERIFIED = "UNVERIFIED"
    PREPARED = "PREPARED"
    ANSWERED = "ANSWERED"
    NOT_SENT = "NOT_SENT"
    NO_ANSWER = "NO_ANSWER"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHead:
    """The HTTP head of a request: verb, path or URL, decoded query pairs in order, headers by
    lower-case name.
    """

    verb: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in the log.

    `peer` is `shop:<code>`, `source:<code>`, `wms:<code>`, `tax`, `sms`, `upstream`. `documents`
    are the numbers of our documents it is about, the first one is indexed. `code` is the refusal's
    code, or what the peer answered. `replays` counts how often it went through the code again, the
    last time at `replayed_at`; `replay` is set while it does. No personal data: that is in the
    sealed bytes only.
    """

    id: str
    direction: Direction
    peer: str
    method: str
    at: datetime
    size: int
    sha256: str
    outcome: Outcome
    documents: tuple[str, ...] = ()
    code: str = ""
    http_status: int | None = None
    answered_at: datetime | None = None
    replays: int = 0
    replayed_at: datetime | None = None
    replay: Replay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A message's way once more through the code of today, while it is under way.

    `number` counts a message's replays from 1; `before` is its row as it was; `reason` is a
    person's. `accepting`: that person says that what was held is to be booked.
    """

    number: int
    at: datetime
    by: str
    reason: str
    before: Message
    accepting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of a replay: the trace that it leaves beside the message's row."""

    number: int
    at: datetime
    by: str
    reason: str
    accepting: bool
    before: Outcome
    after: Outcome
    code: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """The bytes as they came or went, with the HTTP head; of an answered outgoing message also the
    answer.
    """

    head: HttpHead
    body: bytes
    answer: bytes | None = None


SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})
"""Never kept. Signatures are kept: they prove who spoke and open nothing."""


def object_key(message_id: str) -> str:
    """`messages/2026/11/22/<id>`: found from the id alone, whether or not there is a row."""
    return f"messages/{message_id[:4]}/{message_id[4:6]}/{message_id[6:8]}/{message_id}"


def digest(body: bytes) -> str:
    """The sha256 of a body, hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names in lower case, without those that carry a secret."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in lower.items() if name not in SECRET_HEADERS}
