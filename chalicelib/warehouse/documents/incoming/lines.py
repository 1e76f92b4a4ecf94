"""The lines of a confirm: what physically came or went of one item, by quality and batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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
class LineDetails:
    """What few lines tell besides; no quantity depends on it.

    `sub_order_id` is the WMS's number of the part of an order that it split. `qr_codes` trace
    single pieces, like `serial_numbers`.
    """

    sub_order_id: str = ""
    ext_code: str = ""
    unit: str = ""
    serial_numbers: tuple[str, ...] = ()
    qr_codes: tuple[str, ...] = ()
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


NO_DETAILS = LineDetails()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLine:
    """What physically came or went of one item. `order_line_no` is often blank or wrong.

    `source_order_code` and `sub_source_order_code` are the platform's numbers of the sale.
    `message_id` is the message it came in, where the document was assembled from several.
    """

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
    item_name: str = ""
    source_order_code: str = ""
    sub_source_order_code: str = ""
    details: LineDetails = NO_DETAILS
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Pieces of a line that are alike in quality and batch."""

    quantity: int
    inventory_type: str
    batch: str
    product_date: date | None
    expire_date: date | None
    path: str


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
