"""Exceptions for people: what the OMS booked or couldn't place, and a person has to look at (异常).

An exception is an item, planned as a write so that it stands in the transaction of what caused it.
Its id is made from what it is about, so the same cause seen twice raises one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, AnyOf, Exists, Key, Put

OPEN = "OPEN"
RESOLVED = "RESOLVED"


class ExceptionKind(StrEnum):
    """Every kind of case there is; docs/operations.md tells operators what to do about each."""

    CALLBACK_RESENT = auto()
    CALLBACK_DIFFERS = auto()
    BATCHES_CONTRADICT = auto()
    WAREHOUSE_DIFFERS = auto()
    WAREHOUSE_STEP_NEEDS_A_LOOK = auto()
    ORDER_EXCEPTION = auto()
    PARTS_MISSING = auto()
    PARTS_CONTRADICT = auto()
    STOCK_CHANGE_DIFFERS = auto()
    ADJUSTMENT_ORDER_DIFFERS = auto()
    ADJUSTMENT_ORDER_UNEXPECTED = auto()
    DISPATCH_REFUSED = auto()
    DISPATCH_DEAD = auto()
    DISPATCH_CONTRADICTION = auto()

    NOT_SOURCED_AGAIN = auto()
    SHORT_AFTER_CLOSE = auto()
    SHORT_OF_MORE = auto()
    WMS_ORDER_DIFFERS = auto()
    ACCEPTED_AFTER_CANCEL = auto()
    ACCEPTED_AFTER_REJECT = auto()
    KEPT_AFTER_CANCEL = auto()
    CANCELLED_BY_WAREHOUSE = auto()
    CANCELLED_AFTER_SHIPPING = auto()
    SHIPPED_MORE_THAN_ORDERED = auto()
    UNKNOWN_SHIPMENT_LINE = auto()
    SHIPPED_AFTER_CANCEL = auto()
    SHIPPED_AFTER_REJECT = auto()
    SHIPPED_NOT_GOOD = auto()
    STOCK_BELOW_ZERO = auto()
    SHIPPED_SHORT = auto()
    PARCEL_INTERCEPTED = auto()
    INTERCEPT_FAILED = auto()
    INTERCEPT_UNANSWERED = auto()
    HOLD_REFUSED = auto()
    RESTORE_REFUSED = auto()

    RECEIPT_SKU_NOT_ORDERED = auto()
    RECEIPT_SKU_UNKNOWN = auto()
    RECEIPT_OTHER_WAREHOUSE = auto()
    RECEIPT_LINE_UNCLEAR = auto()
    RECEIPT_OVER = auto()
    RECEIPT_UNEXPECTED = auto()
    RECEIPT_BLIND = auto()
    RECEIPT_SUPPLIER_DIFFERS = auto()
    RECEIPT_SUPPLIER_NOT_IN_USE = auto()
    PURCHASE_CANCELLED_BY_WAREHOUSE = auto()
    PURCHASE_CANCELLED_AFTER_RECEIPT = auto()
    PURCHASE_KEPT_AFTER_CANCEL = auto()

    RETURN_NOT_AS_ANNOUNCED = auto()
    RETURN_NOT_EXPECTED = auto()
    RETURN_SHORT = auto()
    RETURN_CANCELLED_AFTER_ARRIVAL = auto()
    EXCHANGE_WITHOUT_RETURN = auto()
    PARCEL_UNCLAIMED = auto()

    MOVEMENT_SKU_NOT_ORDERED = auto()
    MOVEMENT_SKU_UNKNOWN = auto()
    MOVEMENT_OTHER_WAREHOUSE = auto()
    MOVEMENT_LINE_UNCLEAR = auto()
    MOVEMENT_OVER = auto()
    MOVEMENT_UNEXPECTED = auto()
    MOVEMENT_KEPT = auto()
    VENDOR_RETURN_OTHER_BATCH = auto()
    PROCESSING_ONE_SIDED = auto()
    TRANSFER_SURPLUS = auto()
    TRANSFER_LOSS = auto()
    TRANSFER_TOTALS_FELL = auto()

    UNCLASSIFIED_MOVEMENT = auto()
    COUNT_PAGES_MISSING = auto()
    STOCK_DIFFERENCE = auto()
    BOOKS_DISAGREE = auto()

    INVOICE_NOT_POSSIBLE = auto()
    INVOICE_REFUSED = auto()
    INVOICE_STUCK = auto()
    INVOICE_AMOUNTS_DIFFER = auto()

    NOTICE_NOT_POSSIBLE = auto()
    NOTICE_REFUSED = auto()
    NOTICE_UNKNOWN = auto()
    NOTICE_STUCK = auto()
    WEBHOOK_FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCase:
    """One question. `id` is `<kind>:<document>[:<discriminator>]`; `text` holds no personal data.
    `kind` is an `ExceptionKind` when it is raised; what is read may be older than the list.

    `state` is OPEN or RESOLVED; a person who settles it says why, in `settled_because`.
    """

    id: str
    kind: str
    document: str
    text: str
    message_id: str
    raised_at: datetime
    state: str = OPEN
    settled_at: datetime | None = None
    settled_by: str = ""
    settled_because: str = ""


def plan_exception(case: ExceptionCase) -> Put:
    """The write that raises it, or raises it again: one that a person has settled is open again
    when its cause comes back. `documents` gsi1 `EXCEPTIONS#OPEN` lists the open ones by time.
    """
    return Put(
        key=exception_key(case.id),
        item=to_item(case)
        | {
            "gsi1pk": f"EXCEPTIONS#{case.state}",
            "gsi1sk": f"{to_text(case.raised_at)}#{case.id}",
        },
        condition=AnyOf((Absent(), Exists())),
        refusal="exception_written",
    )


def exception_key(case_id: str) -> Key:
    """Where a case stands."""
    return Key("documents", f"EXCEPTION#{case_id}", "HEAD")
