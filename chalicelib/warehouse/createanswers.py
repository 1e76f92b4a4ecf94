"""deliveryorder.batchcreate.answer: what became of orders that went together, told later.

An answer says about each order what the answer to a single create says, but late: the order may
have been asked about, or sent alone, meanwhile. That the WMS has it is always true. That it hasn't
counts only while what was last sent of it is that message: then the order goes alone, and what the
WMS says to that is its word. If it had said before that it has the order, it is a refusal.

Nothing is claimed: told twice, an answer finds its dispatches where it left them. Orders that it
doesn't name, or says nothing clear of, are asked about when their time has come.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.batching import FAILED_AMONG_OTHERS
from chalicelib.warehouse.documents.incoming.deliveryorder import BatchCreateAnswer, CreatedOrder
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Orders
from chalicelib.warehouse.received import Received, unknown_order
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.severally import Piece, Severally
from chalicelib.warehouse.states import TRANSITIONS, DispatchEvent, DispatchState
from chalicelib.warehouse.store import WarehouseStore, change_dispatch

ANSWERED_LATER = "answered_later"


class CreateAnswers:
    """Takes these answers."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        clock: Clock,
        own: OwnDocuments,
        orders: Orders,
        accepting: Accepting,
        severally: Severally,
    ) -> None:
        self._store = store
        self._clock = clock
        self._own = own
        self._orders = orders
        self._accepting = accepting
        self._severally = severally

    def answered(self, received: Received, answer: BatchCreateAnswer) -> Message:
        """Each order for itself. Refused is one that this WMS hasn't got from us; one without our
        number is kept with the message only, since nothing tells which it is.
        """
        pieces = [
            Piece(code=each.code or each.path, take=partial(self._one, received, each))
            for each in answer.orders
        ]
        return self._severally.take(received.message, pieces)

    def _one(self, received: Received, order: CreatedOrder) -> Message:
        if not order.code:
            return self._accepting.one_of_several(received.message, Writes)
        fulfilment = self._own.fulfilment(received.connection, order.code)
        if fulfilment is None:
            raise unknown_order(f"{order.path}/deliveryOrderCode")
        message = received.about(fulfilment.no)
        return self._accepting.one_of_several(
            message, partial(self._plan, fulfilment.no, order, message)
        )

    def _plan(self, no: str, order: CreatedOrder, message: Message) -> Writes:
        dispatch = self._store.dispatch(dispatch_id(DispatchKind.DELIVERY, no))
        source = Source(message_id=message.id, path=order.path)
        if order.taken:
            wms_id = order.taken[0].wms_id
            writes = self._orders.plan_accepted(no, wms_id, source=source, at=self._clock.now())
            return writes + self._acknowledged(dispatch, wms_id, message)
        if not order.refused or dispatch is None or not dispatch.batched:
            return Writes()
        if dispatch.state is DispatchState.ACKED:
            return self._orders.plan_refused(
                no, FAILED_AMONG_OTHERS, source=source, at=self._clock.now()
            )
        return self._alone(dispatch, message)

    def _acknowledged(self, dispatch: Dispatch | None, wms_id: str, message: Message) -> Writes:
        event = DispatchEvent.ACKNOWLEDGE
        if dispatch is None or event not in TRANSITIONS[dispatch.state]:
            return Writes()
        after = replace(
            advanced(dispatch, event, self._clock.now()),
            wms_id=wms_id or dispatch.wms_id,
            code=ANSWERED_LATER,
            message_id=message.id,
        )
        return Writes([change_dispatch(after)])

    def _alone(self, dispatch: Dispatch, message: Message) -> Writes:
        """It goes alone at once; where that is set going already, nothing."""
        events = {
            DispatchState.SENDING: DispatchEvent.FAIL,
            DispatchState.UNKNOWN: DispatchEvent.FIND_MISSING,
        }
        if dispatch.state not in events:
            return Writes()
        after = replace(
            advanced(dispatch, events[dispatch.state], self._clock.now()),
            code=FAILED_AMONG_OTHERS,
            message_id=message.id,
        )
        return Writes([change_dispatch(after)], [due_event(after, 0, self._clock)])
