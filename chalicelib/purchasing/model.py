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
from chalicelib.purchasing.states import PurchaseState, ReceiptState


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """One line. `price` is of one piece, tax-exclusive; `received` is pieces per inventory type (ZP
    good, CC defective …) of the receipts posted so far.
    """

    line_no: int
    sku: str
    quantity: int
    price: UnitPrice
    tax_rate_percent: int
    received: Mapping[str, int] = field(default_factory=dict)

    @property
    def received_total(self) -> int:
        """Pieces of every inventory type: damaged ones have arrived too."""
        return sum(self.received.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """One order to one supplier for one warehouse. `source`, `source_id` are its identity in the
    purchasing system, `message` where it came in.

    `wms_id` is the WMS's name for it, `sent` the answer that told; `final` is set once a receipt
    that the WMS called the last one is posted.
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
    message: Source
    content_digest: str
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    wms_id: str = ""
    sent_at: datetime | None = None
    sent: Source | None = None
    final: bool = False
    version: int = 1

    def line(self, line_no: int | None) -> PurchaseLine | None:
        """The line of a number."""
        return next((line for line in self.lines if line.line_no == line_no), None)


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
    """A purchase order as the purchasing system sends it, approved there; `id` is its identity
    there.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one message says arrived for a purchase order. `final`: the WMS expects no more.

    `posting_date` is the business date in the warehouse's zone. `supplier` is set by accepting.
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
    state: ReceiptState = ReceiptState.ACCEPTED
    version: int = 1

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


def content_digest(given: PurchaseOrderInput) -> str:
    """SHA-256 of the content, whatever the spelling of its JSON: tells a repeat from a change."""
    return hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()
