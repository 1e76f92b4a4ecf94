"""What stock is made of: entries between locations, balances, reservations.

**The ledger is double entry.** A quantity never appears or vanishes: it moves from one location to
another, and one append-only entry holds both. A warehouse's own locations are its inventory types
(`WAREHOUSE:WH1:ZP` good, `…:CC` defective, …); suppliers, customers, opening stock, adjustments,
suspense and transit are the other ends. A correction is a new entry.

**A balance** sums the entries of one SKU in one warehouse. Its `version` is the sequence of its
last entry, so the sequences are dense and a reader can prove that it has missed none. Only good
stock (ZP) can be promised: `available + reserved == quantity of ZP`, always. `available` is kept
rather than computed because a condition can't do arithmetic; it can be negative only by what
physically happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source

SELLABLE = "ZP"
"""The inventory type that can be promised: good stock (正品)."""

OPENING = "OPENING"
"""Where opening stock (期初) comes from."""

ADJUSTMENT = "ADJUSTMENT"
"""The other end of a gain or loss."""

PRODUCTION = "PRODUCTION"
"""Where what a factory of the merchant's own makes comes from, and materials go."""


def supplier(code: str) -> str:
    """The location of what a supplier delivers or takes back."""
    return f"SUPPLIER:{code}"


def supplier_at(location: str) -> str | None:
    """`SUP1` for `SUPPLIER:SUP1`; None for any other place."""
    code = location.removeprefix("SUPPLIER:")
    return code if code != location else None


def consumption(department: str) -> str:
    """The location of what a department took for its own use (领用)."""
    return f"CONSUMPTION:{department}"


def processing(order: str) -> str:
    """The location of what a processing order consumes and makes, while it does."""
    return f"PROCESSING:{order}"


def warehouse(code: str, inventory_type: str = SELLABLE) -> str:
    """The location of one inventory type in a warehouse."""
    return f"WAREHOUSE:{code}:{inventory_type}"


def customer(shop: str) -> str:
    """The location of what a shop's buyers have."""
    return f"CUSTOMER:{shop}"


def suspense(code: str) -> str:
    """The location of what nobody could place yet, in a warehouse's neighbourhood (待分类)."""
    return f"SUSPENSE:{code}"


def transit(document: str) -> str:
    """The location of goods on their way between two warehouses."""
    return f"TRANSIT:{document}"


def inventory_type_at(location: str, code: str) -> str | None:
    """`ZP` for `WAREHOUSE:WH1:ZP` and warehouse `WH1`; None for every place outside that
    warehouse.
    """
    prefix = f"WAREHOUSE:{code}:"
    return location.removeprefix(prefix) if location.startswith(prefix) else None


class Kind(StrEnum):
    """Why goods moved; part of an entry's identity, and what closings are totalled by."""

    OPENING = "OPENING"
    RECEIPT = "RECEIPT"
    SHIPMENT = "SHIPMENT"
    EXCHANGE_SHIPMENT = "EXCHANGE_SHIPMENT"
    RESHIPMENT = "RESHIPMENT"
    RETURN = "RETURN"
    EXCHANGE_RETURN = "EXCHANGE_RETURN"
    VENDOR_RETURN = "VENDOR_RETURN"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    PROCESSING = "PROCESSING"
    REQUISITION = "REQUISITION"
    REQUISITION_RETURN = "REQUISITION_RETURN"
    SURPLUS = "SURPLUS"
    LOSS = "LOSS"
    ADJUSTMENT = "ADJUSTMENT"
    QUALITY_MOVE = "QUALITY_MOVE"
    OTHER_OUT = "OTHER_OUT"
    OTHER_IN = "OTHER_IN"
    SUSPENSE = "SUSPENSE"


class Unplaced(StrEnum):
    """What something that stands in suspense came with: a stock change, a receipt, a shipment, a
    parcel that nobody claims, or the confirmation of a movement order.
    """

    CHANGE = "CHANGE"
    RECEIPT = "RECEIPT"
    SHIPMENT = "SHIPMENT"
    PARCEL = "PARCEL"
    MOVEMENT = "MOVEMENT"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class EntryId:
    """An entry: its document, and `<line>#<kind>#<inventory type>#<batch>[#n]`."""

    document: str
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFrom:
    """What was made is worth what it was made of: a share, by `weights` and this one's `index`, of
    what the entries `consumed` of the same document cost. The shares add up to the fen.
    """

    consumed: tuple[str, ...]
    weights: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Goods that moved, before they are an entry. `quantity` is positive: direction is from → to.

    Its identity within its document is (`line`, `kind`, inventory type, `batch`, `number`);
    `number` tells apart what would else be the same (two intermediate confirms of one line).
    `given_value` (fen, the whole quantity) is what a receipt or opening stock is worth, cost
    without deductible VAT; `cost_of` the key of the entry whose issue this returns; `made_from`
    what it was made of; with none of them, the pool's average.
    What goes to suspense, or comes from it, says with what it came (`unplaced`), or whose pieces
    it takes out again (`settles`, a document).
    """

    line: str
    kind: Kind
    warehouse: str
    sku: str
    bucket: int
    quantity: int
    from_location: str
    to_location: str
    occurred_at: datetime
    source: Source
    batch: str = ""
    number: int = 0
    given_value: Fen | None = None
    cost_of: EntryId | None = None
    made_from: MadeFrom | None = None
    unplaced: Unplaced | None = None
    settles: str = ""

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"a movement's quantity is positive, not {self.quantity}")
        if self.from_location == self.to_location:
            raise ValueError(f"nothing moves from {self.from_location} to itself")
        if self.in_suspense is not bool(self.settles or self.unplaced):
            raise ValueError(f"in suspense or not: {self.from_location} to {self.to_location}")

    @property
    def in_suspense(self) -> bool:
        """Whether it goes to suspense, or comes from it."""
        return suspense(self.warehouse) in (self.from_location, self.to_location)

    @property
    def inventory_type(self) -> str:
        """Where it lands in the warehouse, else where it leaves from, else `-` (suspense)."""
        landed = inventory_type_at(self.to_location, self.warehouse)
        return landed or inventory_type_at(self.from_location, self.warehouse) or "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger, never changed. `sequence` counts 1, 2, 3 … per (warehouse, SKU).

    `posting_date` is the business date it counts for, which may be before that of an earlier entry:
    what is told late counts for the day it happened on. `occurred_at` is when the goods moved;
    `posted_at` when the OMS booked it. `after` is what the warehouse then had of each inventory
    type that it changed.
    """

    document: str
    entry: str
    line: str
    kind: Kind
    warehouse: str
    sku: str
    bucket: int
    quantity: int
    from_location: str
    to_location: str
    inventory_type: str
    batch: str
    sequence: int
    posting_date: date
    occurred_at: datetime
    posted_at: datetime
    source: Source
    given_value: Fen | None = None
    cost_of: EntryId | None = None
    made_from: MadeFrom | None = None
    after: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> EntryId:
        """What names it."""
        return EntryId(document=self.document, entry=self.entry)

    def deltas(self) -> dict[str, int]:
        """What it adds to the warehouse's quantity of each inventory type."""
        return deltas_of(self)

    def pool_delta(self) -> int:
        """What it adds to the (warehouse, SKU)'s quantity over all inventory types."""
        return sum(self.deltas().values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One SKU in one warehouse. `quantities` is per inventory type, of those ever moved."""

    warehouse: str
    sku: str
    bucket: int
    quantities: Mapping[str, int] = field(default_factory=dict)
    available: int = 0
    reserved: int = 0
    version: int = 0

    def quantity(self, inventory_type: str) -> int:
        """Pieces of one inventory type."""
        return self.quantities.get(inventory_type, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedLine:
    """One SKU of a reservation: `reserved == open + posted + voided`."""

    reserved: int
    open: int
    posted: int = 0
    voided: int = 0

    def __post_init__(self) -> None:
        if self.open < 0 or self.reserved != self.open + self.posted + self.voided:
            raise ValueError(f"a reservation's figures don't add up: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What a fulfilment keeps from being sold (占用): pending until the warehouse ships it (posted)
    or cancels it (voided). Its id is the fulfilment's number.
    """

    id: str
    warehouse: str
    lines: Mapping[str, ReservedLine]
    version: int
    reserved_at: datetime
    changed_at: datetime

    @property
    def open(self) -> dict[str, int]:
        """The pieces still held back, per SKU that has any."""
        return {sku: line.open for sku, line in self.lines.items() if line.open}


def deltas_of(moved: Movement | Entry) -> dict[str, int]:
    """Pieces per inventory type of the movement's warehouse, signed; nothing for other places."""
    deltas: dict[str, int] = {}
    for location, sign in ((moved.from_location, -1), (moved.to_location, 1)):
        inventory_type = inventory_type_at(location, moved.warehouse)
        if inventory_type is not None:
            deltas[inventory_type] = deltas.get(inventory_type, 0) + sign * moved.quantity
    return deltas


def pool_id(warehouse_code: str, sku: str) -> str:
    """`WH1/SKU1`, as events name a pool."""
    return f"{warehouse_code}/{sku}"
