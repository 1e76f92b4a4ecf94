"""Rows of a purchase order's history. Pure.

Every event of the state tables that changes an order leaves one, in the same transaction, with who
did it and which message told it.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Write
from chalicelib.purchasing.model import PurchaseOrder, PurchaseStep
from chalicelib.purchasing.states import CancelEvent, PurchaseEvent
from chalicelib.purchasing.store import put_step

ORDER_AXIS = "purchase_order"
CANCEL_AXIS = "purchase_cancel"
DRAFTED = "draft"
"""How a draft begins: there was nothing before it, so no table has a step for it."""


def plan_step(
    before: PurchaseOrder | None,
    after: PurchaseOrder,
    event: PurchaseEvent | CancelEvent | str,
    *,
    at: datetime,
    by: str = "",
    because: str = "",
    message: Source | None = None,
) -> Write:
    """The row of an event that made `before` into `after`; mobile numbers in the reason are
    masked.
    """
    of_cancel = isinstance(event, CancelEvent)
    step = PurchaseStep(
        version=after.version,
        at=at,
        axis=CANCEL_AXIS if of_cancel else ORDER_AXIS,
        event=str(event),
        before="" if before is None else _state(before, of_cancel=of_cancel),
        after=_state(after, of_cancel=of_cancel),
        by=by,
        because=mask_mobiles(because),
        message=message,
    )
    return put_step(after.no, step)


def _state(order: PurchaseOrder, *, of_cancel: bool) -> str:
    return order.cancel.value if of_cancel else order.state.value
