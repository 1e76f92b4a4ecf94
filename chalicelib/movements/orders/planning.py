"""What going to the warehouse and being asked back makes of an order: plans on the order as
read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.movements.orders.posting import leg_changed, rest_given_back
from chalicelib.movements.orders.store import change_order
from chalicelib.movements.states import (
    CancelEvent,
    MovementCancel,
    MovementEvent,
    MovementState,
    next_cancel,
    next_movement,
)
from chalicelib.stock.service import StockService


def sent(order: MovementOrder, wms_id: str, source: Source, at: datetime) -> Writes:
    """The WMS has it. Told again the same: empty."""
    if order.sent_at is not None and wms_id in ("", order.wms_id):
        return Writes()
    if order.wms_id and wms_id != order.wms_id:
        raise Conflict("other_wms_id", f"the WMS named {order.no} differently before")
    after = replace(
        order,
        state=next_movement(order.state, MovementEvent.SEND),
        wms_id=wms_id,
        sent_at=order.sent_at or at,
        sent=source,
        version=order.version + 1,
    )
    return Writes([change_order(after)])


def asked_back(order: MovementOrder, clock: Clock) -> Writes:
    """A draft is cancelled; for any other the WMS is asked. Empty where that is under way."""
    under_way = order.cancel in (MovementCancel.REQUESTED, MovementCancel.ACCEPTED)
    if under_way or order.state is MovementState.CANCELLED:
        return Writes()
    state = next_movement(order.state, MovementEvent.CANCEL)
    if order.state is MovementState.DRAFT:
        cancelled = replace(order, state=state, version=order.version + 1)
        return Writes([change_order(cancelled)], leg_changed(cancelled, clock))
    asked = replace(
        order,
        cancel=next_cancel(order.cancel, CancelEvent.REQUEST),
        cancels=order.cancels + 1,
        version=order.version + 1,
    )
    event = Event(
        id=f"MovementCancelRequested:{asked.no}:{asked.cancels}",
        kind="MovementCancelRequested",
        subject=asked.no,
        occurred_at=clock.now(),
        correlation=asked.transfer or asked.no,
        data={"warehouse": asked.warehouse},
    )
    return Writes([change_order(asked)], [event])


def cancel_result(
    order: MovementOrder, *, accepted: bool, source: Source, stock: StockService, clock: Clock
) -> Writes:
    """The WMS's word. Cancelled: what is reserved is free again; what had moved stays booked.
    Refused: a person hears of it.
    """
    if not accepted and order.cancel is not MovementCancel.REQUESTED:
        return Writes()
    if accepted and order.state in (MovementState.CANCELLED, MovementState.SHORT_CLOSED):
        return Writes()
    if accepted and order.state is MovementState.DONE:
        # It can't be both; what moved is booked.
        return Writes([plan_exception(_contradiction(order, source, clock))])
    event = CancelEvent.ACCEPT if accepted else CancelEvent.REFUSE
    after = replace(
        order,
        state=next_movement(order.state, MovementEvent.CANCEL) if accepted else order.state,
        cancel=next_cancel(order.cancel, event),
        final=order.final or accepted,
        version=order.version + 1,
    )
    writes = Writes([change_order(after)], leg_changed(after, clock))
    if accepted:
        return writes + rest_given_back(stock, after, clock)
    case = ExceptionCase(
        id=f"{ExceptionKind.MOVEMENT_KEPT}:{order.no}:{order.cancels}",
        kind=ExceptionKind.MOVEMENT_KEPT,
        document=order.no,
        text="the warehouse goes on with what was asked back",
        message_id=source.message_id,
        raised_at=clock.now(),
    )
    return writes + Writes([plan_exception(case)])


def _contradiction(order: MovementOrder, source: Source, clock: Clock) -> ExceptionCase:
    return ExceptionCase(
        id=f"{ExceptionKind.MOVEMENT_KEPT}:{order.no}:done",
        kind=ExceptionKind.MOVEMENT_KEPT,
        document=order.no,
        text="the warehouse says that it cancelled what it had confirmed as done",
        message_id=source.message_id,
        raised_at=clock.now(),
    )
