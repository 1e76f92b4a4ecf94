"""What a WMS reports: receipts, shipments, steps of processing, changes of stock.

Quantities of a confirm are increments of that message. What is not given is None or "".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

DEFAULT_INVENTORY_TYPE = "ZP"
FINAL = "0"
INTERMEDIATE = "1"
_PARTIAL_STATUS = frozenset({"NEW", "ACCEPT", "PARTFULFILLED", "PARTDELIVERED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Part of a line: a production batch, with its own quantity and quality where given."""

    code: str
    product_date: date | None
    expire_date: date | None
    produce_code: str
    inventory_type: str
    quantity: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLine:
    """What physically came or went of one item. `order_line_no` is often blank or wrong."""

    order_line_no: str
    item_code: str
    item_id: str
    owner_code: str
    inventory_type: str
    planned: int | None
    actual: int
    batches: tuple[Batch, ...]
    out_biz_code: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Pieces of a line that are alike in quality and batch."""

    quantity: int
    inventory_type: str
    batch: str
    product_date: date | None
    expire_date: date | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryConfirm:
    """Goods received for an entry order."""

    code: str
    wms_id: str
    warehouse_code: str
    owner_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    operated_at: datetime | None
    total_lines: int | None
    lines: tuple[ConfirmLine, ...]

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One parcel. Its items needn't match the lines."""

    code: str
    waybill: str
    carrier_code: str
    carrier_name: str
    weight_grams: int
    items: tuple[tuple[str, int], ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConfirm:
    """Goods shipped for a delivery order."""

    code: str
    wms_id: str
    warehouse_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    confirmed_at: datetime | None
    packages: tuple[Package, ...]
    lines: tuple[ConfirmLine, ...]

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """One step that an order went through at the WMS."""

    code: str
    wms_id: str
    order_type: str
    warehouse_code: str
    status: str
    operated_at: datetime | None
    waybill: str
    path: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """One change of stock that no order of ours caused; `quantity` is signed as the WMS sent it."""

    order_code: str
    order_type: str
    out_biz_code: str
    owner_code: str
    warehouse_code: str
    item_code: str
    item_id: str
    inventory_type: str
    quantity: int
    batches: tuple[Batch, ...]
    changed_at: datetime | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChangeReport:
    """Changes of stock; each stands for itself and is recognised by itself."""

    changes: tuple[StockChange, ...]


def is_final(confirm_type: str, status: str) -> bool:
    """Whether a confirm closes its document.

    An explicit confirmType decides, also against the status (1 with FULFILLED is seen): staying
    open can be mended by a person or a later message, a document closed short can't. Without one,
    a partial status keeps it open and anything else closes it. The protocol documents no default.
    """
    if confirm_type in (FINAL, INTERMEDIATE):
        return confirm_type == FINAL
    return status not in _PARTIAL_STATUS


def pieces(line: ConfirmLine) -> tuple[Piece, ...]:
    """A line by quality and batch; the quantities add up to the line's `actual`.

    Batches count only where theirs add up to the line's (30,000 in the batch of a line of 90 is
    seen): else the line is one piece, and `batches_contradict` says so. Quality is the batch's,
    else the line's, else that of all batches, else good.
    """
    if _adds_up(line):
        return tuple(
            _piece(batch.quantity, line, batch, batch.path)
            for batch in line.batches
            if batch.quantity
        )
    only = line.batches[0] if len({_kind(batch) for batch in line.batches}) == 1 else None
    return (_piece(line.actual, line, only, line.path),) if line.actual else ()


def batches_contradict(line: ConfirmLine) -> bool:
    """Whether the batches don't tell what became of the line's pieces, although there are some.

    One batch without a quantity holds them all.
    """
    if not line.batches or _adds_up(line):
        return False
    return len(line.batches) > 1 or line.batches[0].quantity is not None


def _adds_up(line: ConfirmLine) -> bool:
    quantities = [batch.quantity for batch in line.batches]
    given = [quantity for quantity in quantities if quantity is not None and quantity >= 0]
    return bool(given) and len(given) == len(quantities) and sum(given) == line.actual


def _kind(batch: Batch) -> tuple[str, str]:
    return (batch.code, batch.inventory_type)


def _piece(quantity: int, line: ConfirmLine, batch: Batch | None, path: str) -> Piece:
    quality = (batch.inventory_type if batch else "") or line.inventory_type
    return Piece(
        quantity=quantity,
        inventory_type=quality or DEFAULT_INVENTORY_TYPE,
        batch=batch.code if batch else "",
        product_date=batch.product_date if batch else None,
        expire_date=batch.expire_date if batch else None,
        path=path,
    )
