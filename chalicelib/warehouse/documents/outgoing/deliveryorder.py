"""Goods that leave for a buyer (发货单), as a WMS gets them, and how prices go on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel.money import Fen
from chalicelib.warehouse.codes import InventoryType, OutboundType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import NO_BATCH, Contact, ProductionBatch
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """Pieces of one SKU at one price: fen a piece, `retail_price` = `actual_price` + `discount`.

    `platform_item_code` is the item's code on the platform (extCode). A line without an owner is
    the order's owner's.
    """

    line_no: str
    source_order_code: str
    sub_source_order_code: str
    item_code: str
    item_id: str
    item_name: str
    quantity: int
    retail_price: Fen
    actual_price: Fen
    inventory_type: str = InventoryType.ZP
    owner_code: str = ""
    pay_no: str = ""
    platform_item_code: str = ""
    batch: ProductionBatch = NO_BATCH

    @property
    def discount(self) -> Fen:
        """What a piece is cheaper by."""
        return self.retail_price - self.actual_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """When and how to deliver: `codes.ScheduleType`, a day and hours as text, `DeliveryType`."""

    schedule_type: str = ""
    schedule_day: str = ""
    start_time: str = ""
    end_time: str = ""
    delivery_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """A row of an invoice; `price` is one piece's in fen."""

    item_name: str
    quantity: int
    price: Fen
    amount: Fen
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice that the warehouse puts in the parcel; `type` is `codes.InvoiceType`."""

    type: str
    header: str = field(repr=False)
    amount: Fen
    content: str = ""
    tax_number: str = field(default="", repr=False)
    rows: tuple[InvoiceRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurance:
    """How a parcel is insured; `amount` is what for."""

    type: str
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOrder:
    """A fulfilment as the WMS gets it.

    The header's amounts are the sums of the lines, and the identities of the protocol are exact:
    total = item amount - discount + freight = to collect + paid. `to_collect` is for cash on
    delivery. An exchange (HHCK) names the delivery it replaces, `replaced_order_code`.
    """

    code: str
    owner_code: str
    warehouse_code: str
    created_at: datetime
    placed_at: datetime
    paid_at: datetime | None
    operated_at: datetime
    shop_nick: str
    platform_code: str
    logistics_code: str
    freight: Fen
    sender: Contact
    receiver: Contact
    lines: tuple[DeliveryLine, ...]
    order_type: str = OutboundType.JYCK
    buyer_message: str = field(default="", repr=False)
    seller_message: str = field(default="", repr=False)
    buyer_nick: str = field(default="", repr=False)
    to_collect: Fen = 0
    service_fee: Fen | None = None
    replaced_order_code: str = ""
    replaced_order_id: str = ""
    flags: tuple[str, ...] = ()
    platform_name: str = ""
    pay_no: str = ""
    operator_code: str = ""
    operator_name: str = field(default="", repr=False)
    seller_nick: str = ""
    carrier_name: str = ""
    waybill: str = ""
    carrier_area_code: str = ""
    requirements: Requirements | None = None
    urgent: bool | None = None
    invoices: tuple[Invoice, ...] = ()
    insurance: Insurance | None = None
    service_code: str = ""
    oaid_order_source_code: str = ""
    collect_before: datetime | None = None
    deliver_before: datetime | None = None
    remark: str = field(default="", repr=False)

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
        """What the buyer pays for this fulfilment."""
        return self.item_amount - self.discount_amount + self.freight

    @property
    def paid_amount(self) -> Fen:
        """What of it is paid."""
        return self.total_amount - self.to_collect


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOrders:
    """Several at once (deliveryorder.batchcreate)."""

    orders: tuple[DeliveryOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedLine:
    """A line of the delivery that the WMS made of ours, or of one of its parts."""

    order_line_no: str
    item_code: str
    item_id: str
    quantity: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedPart:
    """A delivery at the WMS: where and with whom it chose to ship."""

    order_id: str
    warehouse_code: str
    logistics_code: str
    created_at: datetime | None
    lines: tuple[CreatedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCreated:
    """The answer to a create: one delivery at the WMS, or the `parts` it was split into."""

    answer: Answer
    order_id: str = ""
    warehouse_code: str = ""
    logistics_code: str = ""
    created_at: datetime | None = None
    parts: tuple[CreatedPart, ...] = ()
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedOrder:
    """An order of a batch that the WMS didn't take, and why."""

    order_code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCreated:
    """The answer to a batch: the orders told are those that failed, also beside `success`."""

    answer: Answer
    failed: tuple[FailedOrder, ...] = ()


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
