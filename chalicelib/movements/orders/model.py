"""Movement orders (出入库单) and the confirmations by which a WMS says what moved.

One document for vendor returns (返厂单), requisitions (领用单) and their returns, other movements
in and out, and the two legs of a transfer; `types.TYPES` says what each is. A confirmation holds
what one message says: an increment, not a running total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import msgspec

from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.provenance import Source
from chalicelib.movements.orders.types import TYPES, MovementType, Partner, kind_of, other_end
from chalicelib.movements.states import ConfirmationState, MovementCancel, MovementState
from chalicelib.stock.model import SELLABLE, Kind, warehouse

PEOPLE = "@people"
"""The source of what people draft by hand; no client's code begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementLine:
    """One line. `price` is of one piece, tax-exclusive (None: not told): what a supplier gives back
    for it, or what comes in is worth. `moved` is pieces per inventory type, posted so far.
    Of a processing order a line is consumed, or `made`; a made piece's `weight` is what it counts
    when the value of what was consumed is divided.
    """

    line_no: int
    sku: str
    quantity: int
    inventory_type: str = SELLABLE
    batch: str = ""
    price: UnitPrice | None = None
    made: bool = False
    weight: int = 1
    moved: Mapping[str, int] = field(default_factory=dict)

    @property
    def moved_total(self) -> int:
        """Pieces of every inventory type."""
        return sum(self.moved.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementOrder:
    """Goods that one warehouse is to let out or in. `source`, `source_id` are its identity where it
    comes from, `message` where it came in.

    `partner` is the supplier, business customer or transfer; `department` who answers for it
    (责任部门), `subject` the finance subject (Qimen's subOrderType). `related` is the transfer's
    other leg, `target` the warehouse at the other end. A processing order makes `pieces` of a
    `bom`'s product, or takes as many apart (`service`, Qimen's serviceType).
    """

    no: str
    source: str
    source_id: str
    type: str
    warehouse: str
    owner: str
    lines: tuple[MovementLine, ...]
    state: MovementState
    created_at: datetime
    message: Source
    content_digest: str
    partner: str = ""
    department: str = ""
    subject: str = ""
    related: str = ""
    target: str = ""
    bom: str = ""
    service: str = ""
    pieces: int = 0
    expected_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    wms_id: str = ""
    sent_at: datetime | None = None
    sent: Source | None = None
    final: bool = False
    cancel: MovementCancel = MovementCancel.NONE
    cancels: int = 0
    version: int = 1

    @property
    def rule(self) -> MovementType:
        """What its type means."""
        return TYPES[self.type]

    @property
    def kind(self) -> Kind:
        """What it is in the books."""
        return kind_of(self.type, department=self.department)

    @property
    def other_end(self) -> str:
        """The location that isn't the warehouse's."""
        partner = self.rule.partner
        if partner is Partner.PROCESS:
            return other_end(partner, self.no)
        name = self.department if partner is Partner.DEPARTMENT else self.partner
        return other_end(partner, name)

    @property
    def transfer(self) -> str:
        """The transfer it is a leg of, "" if none."""
        return self.partner if self.rule.partner is Partner.TRANSFER else ""

    @property
    def wanted(self) -> dict[tuple[str, str], int]:
        """Pieces per SKU and inventory type over all lines but those that are made."""
        wanted: dict[tuple[str, str], int] = {}
        for line in self.lines:
            if line.made:
                continue
            key = (line.sku, line.inventory_type)
            wanted[key] = wanted.get(key, 0) + line.quantity
        return wanted

    def line(self, line_no: int | None) -> MovementLine | None:
        """The line of a number."""
        return next((line for line in self.lines if line.line_no == line_no), None)

    def inside(self, inventory_type: str) -> str:
        """The warehouse's own location."""
        return warehouse(self.warehouse, inventory_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementLineInput:
    """A line as it is sent or typed."""

    line_no: int
    sku: str
    quantity: int
    inventory_type: str = SELLABLE
    batch: str = ""
    price: UnitPrice | None = None
    made: bool = False
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementOrderInput:
    """A movement order as it is sent or typed; `id` is its identity there."""

    id: str
    type: str
    warehouse: str
    owner: str
    lines: tuple[MovementLineInput, ...]
    partner: str = ""
    department: str = ""
    subject: str = ""
    bom: str = ""
    service: str = ""
    pieces: int = 0
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedLine:
    """Pieces of one SKU, inventory type and batch that moved. `line_no` counts within the
    confirmation.

    `order_line_no` is the order's line as the WMS names it; accepting sets it to the line it is
    booked on (None: none of the order's). `made`: it came out of processing.
    """

    line_no: int
    sku: str
    quantity: int
    source: Source
    order_line_no: int | None = None
    inventory_type: str = SELLABLE
    batch: str = ""
    made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What one message says moved for a movement order. `final`: the WMS moves no more."""

    id: str
    order: str
    warehouse: str
    lines: tuple[ConfirmedLine, ...]
    final: bool
    occurred_at: datetime
    posting_date: date
    message_id: str
    state: ConfirmationState = ConfirmationState.ACCEPTED
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """A confirmation in the list of its order."""

    id: str
    occurred_at: datetime
    final: bool
    message_id: str


def content_digest(given: MovementOrderInput) -> str:
    """SHA-256 of the content, whatever the spelling of its JSON: tells a repeat from a change. The
    lines of a processing order are its BOM's, which may have changed since.
    """
    if given.bom:
        given = replace(given, lines=())
    return hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()
