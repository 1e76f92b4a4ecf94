"""What the OMS sends to a WMS: master data, entry and delivery orders, cancels and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel.money import Fen, UnitPrice

MOST_CRITERIA = 50
"""SKUs in one inventory.query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A sender or recipient. Personal: it stays out of `repr`, and so out of logs."""

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    province: str
    city: str
    address: str = field(repr=False)
    district: str = ""
    town: str = field(default="", repr=False)
    zip_code: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    company: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSync:
    """One SKU for one WMS; `item_id` is what this WMS answered before, "" at first."""

    warehouse_code: str
    owner_code: str
    update: bool
    item_code: str
    item_name: str
    bar_code: str
    item_type: str
    item_id: str = ""
    unit: str = ""
    category: str = ""
    specification: str = ""
    weight_grams: int = 0
    valid: bool = True
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierSync:
    """One supplier for one WMS."""

    warehouse_code: str
    owner_code: str
    update: bool
    supplier_code: str
    supplier_name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """Goods that are to arrive. `purchase_price` is tax-exclusive, in 1/10,000."""

    line_no: str
    item_code: str
    item_id: str
    item_name: str
    quantity: int
    purchase_price: UnitPrice
    inventory_type: str = "ZP"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOrder:
    """An announced inbound delivery (入库单); CGRK is a purchase."""

    code: str
    owner_code: str
    warehouse_code: str
    purchase_order_code: str
    created_at: datetime
    supplier_code: str
    supplier_name: str
    lines: tuple[EntryLine, ...]
    order_type: str = "CGRK"
    expected_from: datetime | None = None
    expected_until: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """Pieces of one SKU at one price: fen a piece, `retail_price` = `actual_price` + `discount`."""

    line_no: str
    source_order_code: str
    sub_source_order_code: str
    item_code: str
    item_id: str
    item_name: str
    quantity: int
    retail_price: Fen
    actual_price: Fen
    inventory_type: str = "ZP"

    @property
    def discount(self) -> Fen:
        """What a piece is cheaper by."""
        return self.retail_price - self.actual_price


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOrder:
    """A fulfilment as the WMS gets it. All is paid, so nothing is left to collect (`arAmount` 0).

    The header's amounts are the sums of the lines, and the identities of the protocol are exact:
    total = item amount - discount + freight.
    """

    code: str
    owner_code: str
    warehouse_code: str
    created_at: datetime
    placed_at: datetime
    paid_at: datetime
    operated_at: datetime
    shop_nick: str
    platform_code: str
    logistics_code: str
    freight: Fen
    sender: Contact
    receiver: Contact
    lines: tuple[DeliveryLine, ...]
    order_type: str = "JYCK"
    buyer_message: str = field(default="", repr=False)
    seller_message: str = field(default="", repr=False)
    buyer_nick: str = field(default="", repr=False)

    @property
    def item_amount(self) -> Fen:
        """List prices of all pieces."""
        return sum(line.quantity * line.retail_price for line in self.lines)

    @property
    def discount_amount(self) -> Fen:
        """Everything taken off, over all pieces."""
        return sum(line.quantity * line.discount for line in self.lines)

    @property
    def total_amount(self) -> Fen:
        """What the buyer paid for this fulfilment."""
        return self.item_amount - self.discount_amount + self.freight


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReference:
    """An order at the WMS: to cancel it, or to ask what became of it."""

    warehouse_code: str
    owner_code: str
    order_code: str
    order_type: str
    order_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryQuery:
    """What lies at the WMS of these (item code, item id) pairs, at most `MOST_CRITERIA`."""

    warehouse_code: str
    owner_code: str
    items: tuple[tuple[str, str], ...]


def price_groups(payable: Fen, quantity: int) -> list[tuple[Fen, int]]:
    """(fen a piece, pieces) whose sum is `payable` exactly: 10.00 for 3 is [(333, 2), (334, 1)].

    A WMS line has one `actualPrice` of two decimals for all its pieces, so 10.00 for 3 pieces can't
    stand in one line: 3.33 adds up to 9.99 and 3.34 to 10.02, and either the header or some check
    of the sums breaks. So a line is sent as at most two lines of whole-fen prices, numbered `1` and
    `1-2`. Then every identity holds at once: each line's retail = actual + discount, the sum of
    actualPrice x planQty is what the buyer pays without freight, the sum of retailPrice x planQty
    is itemAmount, and the header is exact.
    """
    low, dearer = divmod(payable, quantity)
    groups = [(low, quantity - dearer), (low + 1, dearer)]
    return [(price, pieces) for price, pieces in groups if pieces]


def part_no(line_no: int, part: int) -> str:
    """The number of a line's price group: `3`, then `3-2`. `line_no_of` is the inverse."""
    return str(line_no) if part == 1 else f"{line_no}-{part}"


def line_no_of(text: str | None) -> int | None:
    """The line of ours that a WMS's orderLineNo names; None for a text we can't have sent."""
    number, _, part = (text or "").partition("-")
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    return int(number)


def in_batches(skus: Sequence[str], size: int = MOST_CRITERIA) -> list[Sequence[str]]:
    """The SKUs in runs of at most `size`."""
    return [skus[at : at + size] for at in range(0, len(skus), size)]
