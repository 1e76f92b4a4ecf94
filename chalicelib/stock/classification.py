"""What a reported movement was (业务类型): a pure rule cascade, the first hit wins and is named.

WMS interfaces often say only in or out: Qimen's `stockchange.report` makes `orderType` optional.
So: the OMS's own document, else the order type, else the stock-take's adjust type, else a pair of
equal and opposite quantities of two inventory types (a quality move), else the department behind an
"other" movement, else suspense, which a person has to look at. Where the own document contradicts
the order type, the document wins and the contradiction is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.stock.model import Kind

OUT, IN, BY_SIGN = -1, 1, 0

ORDER_TYPES: Mapping[str, tuple[Kind, int]] = {
    "JYCK": (Kind.SHIPMENT, OUT),
    "HHCK": (Kind.EXCHANGE_SHIPMENT, OUT),
    "BFCK": (Kind.RESHIPMENT, OUT),
    "B2BCK": (Kind.SHIPMENT, OUT),
    "CGTH": (Kind.VENDOR_RETURN, OUT),
    "DBCK": (Kind.TRANSFER_OUT, OUT),
    "PTCK": (Kind.OTHER_OUT, OUT),
    "QTCK": (Kind.OTHER_OUT, OUT),
    "CGRK": (Kind.RECEIPT, IN),
    "B2BRK": (Kind.RECEIPT, IN),
    "XTRK": (Kind.RETURN, IN),
    "THRK": (Kind.RETURN, IN),
    "HHRK": (Kind.EXCHANGE_RETURN, IN),
    "DBRK": (Kind.TRANSFER_IN, IN),
    "SCRK": (Kind.PROCESSING, IN),
    "LYRK": (Kind.REQUISITION_RETURN, IN),
    "CCRK": (Kind.OTHER_IN, IN),
    "QTRK": (Kind.OTHER_IN, IN),
    "XNRK": (Kind.OTHER_IN, IN),
    "CNJG": (Kind.PROCESSING, BY_SIGN),
}
"""Qimen's order types: what they are in the books, and their direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementHints:
    """What is known about a reported movement of one SKU.

    `quantities` is signed pieces per inventory type; `own_document` the kind of the OMS's document
    that the report names; `adjust_type` is `CHECK` or `ADJUST` (Qimen `inventory.report`).
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    order_type: str = ""
    own_document: Kind | None = None
    adjust_type: str = ""
    sub_order_type: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """The kind, the rule that fired, the direction the rule implies (0: by the quantity's sign),
    the kind that the order type claimed against the own document, and the finance subject's name.
    """

    kind: Kind
    rule: str
    direction: int = BY_SIGN
    contradicts: Kind | None = None
    subject: str = ""


def classify(hints: MovementHints) -> Classified:
    """The first rule that applies."""
    claimed = ORDER_TYPES.get(hints.order_type)
    if hints.own_document is not None:
        other = claimed[0] if claimed and claimed[0] is not hints.own_document else None
        direction = claimed[1] if claimed and other is None else BY_SIGN
        return Classified(
            kind=hints.own_document, rule="own_document", direction=direction, contradicts=other
        )
    if claimed is not None:
        subject = hints.sub_order_type or hints.department
        return Classified(kind=claimed[0], rule="order_type", direction=claimed[1], subject=subject)
    total = sum(hints.quantities.values())
    if hints.adjust_type == "CHECK":
        return Classified(kind=Kind.SURPLUS if total > 0 else Kind.LOSS, rule="stock_count")
    if hints.adjust_type == "ADJUST":
        return Classified(kind=Kind.ADJUSTMENT, rule="adjust_type")
    moved = [quantity for quantity in hints.quantities.values() if quantity]
    if len(moved) == 2 and total == 0:
        return Classified(kind=Kind.QUALITY_MOVE, rule="quality_pair")
    if hints.sub_order_type or hints.department:
        return Classified(
            kind=Kind.OTHER_IN if total > 0 else Kind.OTHER_OUT,
            rule="department",
            subject=hints.sub_order_type or hints.department,
        )
    return Classified(kind=Kind.SUSPENSE, rule="nothing_fits")
