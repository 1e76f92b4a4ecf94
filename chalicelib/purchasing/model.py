"""Purchase orders (采购单) and receipts (入库单).

Prices are tax-exclusive, in 1/10,000 of the currency unit, with their rate beside them; cost
excludes deductible VAT. A receipt holds what one message of the WMS says arrived: an increment, not
a running total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.provenance import Source
from chalicelib.purchasing.states import PurchaseCancel, PurchaseState, ReceiptState

BY_HAND = "@hand"
"""The source of what a person wrote; no system can be called so, since it is no code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """One line. `price` is of one piece, tax-exclusive; `received` is pieces per inventory type (ZP
    good, CC defective …) of the receipts posted so far. `batch` is the code that our rule gave it,
    "" where there is none.
    """

    line_no: int
    sku: str
    quantity: int
    price: UnitPrice
    tax_rate_percent: int
    received: Mapping[str, int] = field(default_factory=dict)
    batch: str = ""

    @property
    def received_total(self) -> int:
        """Pieces of every inventory type: damaged ones have arrived too."""
        return sum(self.received.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """One order to one supplier for one warehouse. `source`, `source_id` are its identity in the
    purchasing system, `message` where it came in (None: a person wrote it).

    `wms_id` is the WMS's name for it, `sent` the answer that told; `final` is set once a receipt
    that the WMS called the last one is posted, or a person closes it (`closed_by_hand`).
    """

    no: str
    source: str
    source_id: str
    supplier: str
    warehouse: str
    owner: str
    currency: str
    lines: tuple[PurchaseLine, ...]
    state: PurchaseState
    created_at: datetime
    message: Source | None
    content_digest: str
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    cancel: PurchaseCancel = PurchaseCancel.NONE
    closed_by_hand: bool = False
    wms_id: str = ""
    sent_at: datetime | None = None
    sent: Source | None = None
    final: bool = False
    version: int = 1

    def line(self, line_no: int | None) -> PurchaseLine | None:
        """The line of a number."""
        return next((line for line in self.lines if line.line_no == line_no), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseStep:
    """A row of a purchase order's history: an event that brought it to `version`.

    `by` is who did it: a person, or the purchasing system; "" for what a message of the WMS told.
    """

    version: int
    at: datetime
    axis: str
    event: str
    before: str
    after: str
    by: str = ""
    because: str = ""
    message: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLineInput:
    """A line as the purchasing system sends it."""

    line_no: int
    sku: str
    quantity: int
    price: UnitPrice
    tax_rate_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderInput:
    """A purchase order as the purchasing system sends it, approved there, or as a person drafts
    it; `id` is its identity there.
    """

    id: str
    supplier: str
    warehouse: str
    owner: str
    currency: str
    lines: tuple[PurchaseLineInput, ...]
    expected_from: datetime | None = None
    expected_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """Pieces of one SKU, inventory type and batch that arrived. `line_no` counts within the
    receipt.

    `purchase_line_no` is the order's line as the WMS names it (None: it names none that can be
    read); accepting sets it to the line that it is booked on (None: none of the order's).
    `source` is the element of the message that says so.

    Where the order's line has a batch of ours, accepting makes that the `batch`, and keeps what the
    WMS said as `reported_batch` ("": nothing); else `batch` is the WMS's and this is None.
    """

    line_no: int
    sku: str
    quantity: int
    source: Source
    purchase_line_no: int | None = None
    inventory_type: str = "ZP"
    batch: str = ""
    product_date: date | None = None
    expire_date: date | None = None
    reported_batch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one message says arrived for a purchase order. `final`: the WMS expects no more.

    `posting_date` is the business date in the warehouse's zone. `supplier` is set by accepting;
    `named_supplier` is the one that the message names, "" if it names none.

    A **blind** receipt has no `purchase_order`: nobody announced what arrived. `announced_as` is
    what the WMS called it, and all of it stands in suspense until a person attaches it to a
    purchase order: then `attached` is the receipt that takes it out of suspense; that one `settles`
    it, and says who did it (`attached_by`).
    """

    id: str
    purchase_order: str
    warehouse: str
    lines: tuple[ReceiptLine, ...]
    final: bool
    out_biz_code: str
    occurred_at: datetime
    posting_date: date
    message_id: str
    supplier: str = ""
    named_supplier: str = ""
    announced_as: str = ""
    settles: str = ""
    attached_by: str = ""
    attached: str = ""
    state: ReceiptState = ReceiptState.ACCEPTED
    version: int = 1

    @property
    def blind(self) -> bool:
        """Whether nobody announced it."""
        return not self.purchase_order

    def __post_init__(self) -> None:
        if len({line.line_no for line in self.lines}) != len(self.lines):
            raise ValueError("the lines of a receipt are numbered, each with its own number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A receipt in the list of its purchase order."""

    id: str
    occurred_at: datetime
    final: bool
    message_id: str


ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How much more than ordered a warehouse may receive without a person being asked: `percent`
    of the line's pieces, rounded down, or `pieces`, whichever is more.

    It holds for the purchases of an owner from a supplier into a warehouse, each named or `*`.
    """

    owner: str = ANY
    supplier: str = ANY
    warehouse: str = ANY
    percent: int = 0
    pieces: int = 0

    def allows(self, ordered: int, received: int) -> bool:
        """Whether so many pieces may have come of so many."""
        return received - ordered <= max(ordered * self.percent // 100, self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRule:
    """How batch codes are made for what is bought into a warehouse, of a category, each named or
    `*`: a template such as `{supplier}-{date}-{sequence}` ("": no codes of ours).
    """

    warehouse: str = ANY
    category: str = ANY
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReceipt:
    """Pieces of a batch that came by one line of a receipt, and from whom. `reported_batch` is
    the WMS's name of it, as in `ReceiptLine`.
    """

    batch: str
    reported_batch: str | None
    warehouse: str
    sku: str
    receipt: str
    line_no: int
    supplier: str
    purchase_order: str
    quantity: int
    inventory_type: str
    occurred_at: datetime
    source: Source


def content_digest(given: PurchaseOrderInput) -> str:
    """SHA-256 of the content, whatever the spelling of its JSON: tells a repeat from a change."""
    return hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()


def input_of(order: PurchaseOrder) -> PurchaseOrderInput:
    """What the order was made from."""
    return PurchaseOrderInput(
        id=order.source_id,
        supplier=order.supplier,
        warehouse=order.warehouse,
        owner=order.owner,
        currency=order.currency,
        lines=tuple(
            PurchaseLineInput(
                line_no=line.line_no,
                sku=line.sku,
                quantity=line.quantity,
                price=line.price,
                tax_rate_percent=line.tax_rate_percent,
            )
            for line in order.lines
        ),
        expected_from=order.expected_from,
        expected_to=order.expected_to,
    )
