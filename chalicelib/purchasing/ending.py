"""Purchase orders end by a person's word: cancelled, or closed short.

What may be at a WMS is asked back (`PurchaseCancelRequested`) and stays as it is until the WMS
says that it is cancelled. What has been received can't be cancelled, only closed; the protocol has
no message for that, so the WMS isn't told, and what still comes is booked and a person hears of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.purchasing.appointments import Appointments
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.purchasing.ordering import TRIES, Ordering
from chalicelib.purchasing.states import (
    CANCEL,
    PURCHASE,
    CancelEvent,
    PurchaseCancel,
    PurchaseEvent,
    PurchaseState,
    advance_cancel,
    advance_purchase,
)
from chalicelib.purchasing.steps import plan_step
from chalicelib.purchasing.store import change_order

_SENTENCES = {
    ExceptionKind.PURCHASE_CANCELLED_AFTER_RECEIPT: (
        "the warehouse cancelled what it has received goods for"
    ),
    ExceptionKind.PURCHASE_CANCELLED_BY_WAREHOUSE: (
        "the warehouse cancelled what nobody had asked back"
    ),
    ExceptionKind.PURCHASE_KEPT_AFTER_CANCEL: "the warehouse won't cancel what is cancelled here",
}


class Ending:
    """`cancel`, `close`, and what the WMS says to a cancel."""

    def __init__(
        self,
        *,
        transaction: Transaction,
        clock: Clock,
        ordering: Ordering,
        appointments: Appointments,
    ) -> None:
        self._transaction = transaction
        self._clock = clock
        self._ordering = ordering
        self._appointments = appointments

    def cancel(self, no: str, *, because: str, by: str) -> PurchaseOrder:
        """See `PurchasingService.cancel`."""

        def plan(order: PurchaseOrder) -> Writes:
            settled = order.cancel in (PurchaseCancel.PENDING, PurchaseCancel.ACCEPTED)
            if settled or order.state is PurchaseState.CANCELLED:
                return Writes()
            if PurchaseEvent.CANCEL not in PURCHASE[order.state]:
                raise Conflict(
                    "already_received", "goods have arrived for it; close it short", field="state"
                )
            now = self._clock.now()
            if order.state is PurchaseState.DRAFT:
                after = _moved(order, PurchaseEvent.CANCEL)
                step = plan_step(order, after, PurchaseEvent.CANCEL, at=now, by=by, because=because)
                freed = self._appointments.plan_release(no, by=by)
                return Writes([change_order(after), step, *freed])
            cancel = advance_cancel(order.cancel, CancelEvent.REQUEST)
            after = replace(order, cancel=cancel, version=order.version + 1)
            step = plan_step(order, after, CancelEvent.REQUEST, at=now, by=by, because=because)
            return Writes([change_order(after), step], [_requested(after, now)])

        return self._changed(no, plan)

    def close(self, no: str, *, because: str, by: str) -> PurchaseOrder:
        """See `PurchasingService.close`."""

        def plan(order: PurchaseOrder) -> Writes:
            if order.state is PurchaseState.SHORT_CLOSED:
                return Writes()
            after = replace(
                _moved(order, PurchaseEvent.CLOSE_BY_HAND), final=True, closed_by_hand=True
            )
            step = plan_step(
                order,
                after,
                PurchaseEvent.CLOSE_BY_HAND,
                at=self._clock.now(),
                by=by,
                because=because,
            )
            freed = self._appointments.plan_release(no, by=by)
            return Writes([change_order(after), step, *freed])

        return self._changed(no, plan)

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes:
        """See `PurchasingService.plan_cancel_result`."""
        order = self._ordering.order(no)
        event = CancelEvent.ACCEPT if accepted else CancelEvent.REFUSE
        if event not in CANCEL[order.cancel]:
            kept = not accepted and order.state is PurchaseState.CANCELLED
            return Writes(
                self._cases(
                    order, [ExceptionKind.PURCHASE_KEPT_AFTER_CANCEL] if kept else [], source
                )
            )
        cancelled = replace(
            order, cancel=advance_cancel(order.cancel, event), version=order.version + 1
        )
        moved = _ended(order.state) if accepted else None
        if moved is None:
            step = plan_step(order, cancelled, event, at=at, message=source)
            after = cancelled
        else:
            state = advance_purchase(order.state, moved)
            final = order.final or moved is PurchaseEvent.CLOSE_SHORT
            after = replace(cancelled, state=state, final=final)
            step = plan_step(order, after, moved, at=at, message=source)
        kinds = _odd(order, moved) if accepted else []
        freed = self._appointments.plan_release(no, by="") if moved else []
        return Writes([change_order(after), step, *freed, *self._cases(order, kinds, source)])

    def _changed(self, no: str, plan: Callable[[PurchaseOrder], Writes]) -> PurchaseOrder:
        """Commits what `plan` makes of the order as it is; empty `Writes`: it is so already."""
        for _ in range(TRIES):
            order = self._ordering.order(no)
            writes = plan(order)
            if not len(writes):
                return order
            try:
                self._transaction.commit(writes)
            except ConditionFailed:
                # Our own commit, or another's change: the next look tells.
                continue
            return self._ordering.order(no)
        raise Unavailable(f"others keep changing {no}")

    def _cases(
        self, order: PurchaseOrder, kinds: list[ExceptionKind], source: Source
    ) -> list[Write]:
        return [
            plan_exception(
                ExceptionCase(
                    id=f"{kind}:{order.no}",
                    kind=kind,
                    document=order.no,
                    text=_SENTENCES[kind],
                    message_id=source.message_id,
                    raised_at=self._clock.now(),
                )
            )
            for kind in kinds
        ]


def _moved(order: PurchaseOrder, event: PurchaseEvent) -> PurchaseOrder:
    state = advance_purchase(order.state, event)
    return replace(order, state=state, version=order.version + 1)


def _ended(state: PurchaseState) -> PurchaseEvent | None:
    """What a WMS's cancel does to an order: where goods have arrived, no more will."""
    for event in (PurchaseEvent.CANCEL, PurchaseEvent.CLOSE_SHORT):
        if PURCHASE[state].get(event, state) is not state:
            return event
    return None


def _odd(order: PurchaseOrder, moved: PurchaseEvent | None) -> list[ExceptionKind]:
    """What a person should hear of when a WMS has cancelled an order."""
    if order.state is PurchaseState.CANCELLED:
        return []
    kinds = []
    if order.cancel is PurchaseCancel.NONE:
        kinds.append(ExceptionKind.PURCHASE_CANCELLED_BY_WAREHOUSE)
    if moved is not PurchaseEvent.CANCEL:
        kinds.append(ExceptionKind.PURCHASE_CANCELLED_AFTER_RECEIPT)
    return kinds


def _requested(order: PurchaseOrder, at: datetime) -> Event:
    """Asks the warehouse gateway to ask the WMS. Each request is an event anew."""
    return Event(
        id=f"PurchaseCancelRequested:{order.no}:{order.version}",
        kind="PurchaseCancelRequested",
        subject=order.no,
        occurred_at=at,
        correlation=order.no,
        data={"warehouse": order.warehouse},
    )
