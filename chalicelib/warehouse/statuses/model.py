"""Status masking and translation (屏蔽和转换): what a raw status means here and what others see.

A row says, for a kind of document and a raw code: what it does to our document (effect, axis,
state), what the channel and what the buyer see of it (a text, or nothing), and who is told. The
default table (`defaults.py`) has every code of the protocol; a WMS's own table replaces rows of it
and adds codes of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.orders.states import FulfilmentState


class DocumentKind(StrEnum):
    """What a status is of. DELIVERY: fulfilments, and returns, which have no rows of their own.
    ENTRY: purchase orders. MOVEMENT: movement orders. ORDER: the kinds of rows in our own track, so
    that what others see of them stands in the same table.
    """

    DELIVERY = "delivery"
    ENTRY = "entry"
    MOVEMENT = "movement"
    ORDER = "order"


class Effect(StrEnum):
    """What a status does. MOVE: the fulfilment goes to `state`. TRACK: it is only noted (shipping
    has its own message). ALERT: noted, and a person looks. The others are decisions of the WMS or
    the carrier, and raise their own cases.
    """

    MOVE = "MOVE"
    TRACK = "TRACK"
    ALERT = "ALERT"
    CANCELLED = "CANCELLED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    REJECTED = "REJECTED"
    INTERCEPTED = "INTERCEPTED"
    INTERCEPT_FAILED = "INTERCEPT_FAILED"


class Notify(StrEnum):
    """Who is told of a status. PARCEL: the buyer, once per parcel, when the shipment is booked, so
    the status itself sends nothing. BUYER: by a notice with the buyer's text. SERVICE, OPERATIONS:
    by a case.
    """

    NONE = "NONE"
    PARCEL = "PARCEL"
    BUYER = "BUYER"
    SERVICE = "SERVICE"
    OPERATIONS = "OPERATIONS"


class Audience(StrEnum):
    """Who looks. The operator sees everything as it came."""

    OPERATOR = "operator"
    CHANNEL = "channel"
    BUYER = "buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an audience reads; `key` is for those that have texts of their own."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One raw code of one kind of document. A text of None hides it from that audience.

    `axis` and `state` say where our document stands with it ("" for nowhere). `rank` orders what an
    audience sees: what it sees an order as only rises in rank, but for a row that `retracts`; rank
    0 is shown and is no such state.
    """

    document: DocumentKind
    code: str
    effect: Effect = Effect.TRACK
    axis: str = ""
    state: str = ""
    rank: int = 0
    channel: Text | None = None
    buyer: Text | None = None
    notify: Notify = Notify.NONE
    retracts: bool = False

    def text(self, audience: Audience) -> Text | None:
        """What the audience reads, None where it is hidden from it."""
        return self.channel if audience is Audience.CHANNEL else self.buyer

    @property
    def moves_to(self) -> FulfilmentState | None:
        """The state that a fulfilment goes to."""
        return FulfilmentState(self.state) if self.effect is Effect.MOVE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTable:
    """A WMS's own rows. `version` counts the times it was written; 0 is none yet."""

    wms: str
    version: int = 0
    rows: tuple[StatusRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Statuses:
    """The rows in force for a WMS, by document and code."""

    table: StatusTable
    rows: Mapping[tuple[DocumentKind, str], StatusRow] = field(repr=False)

    def row(self, document: DocumentKind, code: str) -> StatusRow:
        """The row of a code; of one that isn't there a row that hides it and asks a person to
        look.
        """
        found = self.rows.get((document, code))
        return found or StatusRow(document=document, code=code, effect=Effect.ALERT)


def merged(rows: Iterable[StatusRow], table: StatusTable) -> Statuses:
    """The rows with the table's in place of those of the same document and code."""
    found = {(row.document, row.code): row for row in (*rows, *table.rows)}
    return Statuses(table, found)
