"""Delivery orders that go together (deliveryorder.batchcreate).

Unlike a SKU an order mustn't be said twice, so only what surely wasn't taken goes alone: orders
that the answer names as failed, and all of a message that didn't arrive. What isn't named beside
`failure`, and what nobody answered, is asked about as any order of which nobody knows. So is what
a WMS was to tell later (`createanswers`) and hasn't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse import methods
from chalicelib.warehouse.batching import FAILED_AMONG_OTHERS, Batch, Entry, Together
from chalicelib.warehouse.calling import Arrival, Reply
from chalicelib.warehouse.codec.outgoing import deliveryorder
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.deliveryorder import DeliveryOrder, DeliveryOrders
from chalicelib.warehouse.jobs.delivery import Composed, DeliveryJob
from chalicelib.warehouse.model import MOST_ORDERS_IN_MESSAGE, Dispatch, DispatchKind
from chalicelib.warehouse.settling import Judged, failing
from chalicelib.warehouse.states import DispatchEvent
from chalicelib.warehouse.store import WarehouseStore

ANSWER_AWAITED = "answer_awaited"


class OrdersTogether(Together):
    """Fulfilments, to whichever of the WMS's warehouses."""

    kind = DispatchKind.DELIVERY
    method = methods.DELIVERYORDER_BATCHCREATE

    def __init__(self, *, store: WarehouseStore, job: DeliveryJob) -> None:
        self._store = store
        self._job = job

    def most(self, connection: Connection) -> int:
        """`batch_orders`."""
        return min(connection.batch_orders, MOST_ORDERS_IN_MESSAGE)

    def batch(self, connection: Connection, waiting: Sequence[Dispatch], now: datetime) -> Batch:
        """All that can be sent now; what waits for something, or isn't to be sent, goes alone."""
        ahead = self._store.ahead(key for each in waiting for key in self._job.reads(each))
        documents: list[DeliveryOrder] = []
        entries: list[Entry] = []
        alone: list[Dispatch] = []
        for each in waiting:
            dispatch = replace(each, said_at=each.said_at or now)
            try:
                composed = self._job.composed(dispatch, connection, ahead)
                if isinstance(composed, Composed):
                    # One that the protocol can't say mustn't hold up others.
                    deliveryorder.write_batch_create(_message([composed.document]))
            except Refused:
                alone.append(each)
                continue
            if isinstance(composed, Composed):
                documents.append(composed.document)
                entries.append(
                    Entry(
                        dispatch=dispatch,
                        writes=composed.writes,
                        acknowledged=composed.acknowledged,
                    )
                )
            else:
                alone.append(each)
        content = deliveryorder.write_batch_create(_message(documents))
        return Batch(content=content, entries=entries, alone=alone)

    def judged(self, held: Entry, connection: Connection, reply: Reply) -> Judged:
        """Named are the orders that failed, whatever the flag says."""
        dispatch = held.dispatch
        if reply.arrival is Arrival.NOT_TAKEN:
            return Judged(event=failing(dispatch, connection), reply=reply)
        if reply.response is None or reply.answer is None:
            return Judged(event=DispatchEvent.LOSE, reply=reply)
        try:
            failed = deliveryorder.read_batch_create(reply.response).failed
        except Refused:
            return Judged(event=DispatchEvent.LOSE, reply=reply)
        if dispatch.document in {each.order_code for each in failed}:
            named = replace(reply, code=FAILED_AMONG_OTHERS)
            return Judged(event=failing(dispatch, connection), reply=named)
        if not reply.answer.success:
            return Judged(event=DispatchEvent.LOSE, reply=reply)
        if connection.batch_answer_seconds:
            return Judged(
                event=DispatchEvent.LOSE,
                reply=replace(reply, code=ANSWER_AWAITED),
                after_seconds=connection.batch_answer_seconds,
            )
        return Judged(event=DispatchEvent.ACKNOWLEDGE, reply=reply, acknowledged=held.acknowledged)


def _message(documents: Sequence[DeliveryOrder]) -> DeliveryOrders:
    return DeliveryOrders(orders=tuple(documents))
