"""Fulfilments that a WMS is to let lie, or to go on with (order.pending)."""

from __future__ import annotations

from chalicelib.kernel.writes import Writes
from chalicelib.orders.states import FulfilmentHold, FulfilmentState
from chalicelib.warehouse.codec.outgoing import ordercontrol
from chalicelib.warehouse.composing import outbound_type, reference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.ordercontrol import Hold
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Job,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Orders


class PendingJob(Job):
    """Holding, and going on: one dispatch per fulfilment, so that what was wished last arrives
    last. What is sent is the fulfilment's wish as it is then; saying it twice changes nothing.
    """

    def __init__(self, *, orders: Orders) -> None:
        self._orders = orders

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.pending, once the WMS has the fulfilment; nothing where it has come to its end."""
        fulfilment = self._orders.fulfilment(dispatch.document)
        if fulfilment.hold not in (FulfilmentHold.ASKED, FulfilmentHold.RESTORING):
            return Done(reason="not_wanted", writes=Writes())
        if fulfilment.state is FulfilmentState.DISPATCHING:
            return Wait(reason="create_on_its_way")
        if fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.REJECTED):
            return Done(reason="not_wanted", writes=Writes())
        order = reference(
            connection,
            fulfilment.no,
            fulfilment.warehouse,
            order_type=outbound_type(dispatch.document),
            wms_id=fulfilment.wms_order_id,
        )
        hold = Hold(order=order, restore=fulfilment.hold is FulfilmentHold.RESTORING)
        return Send(content=ordercontrol.write_pending(hold), revision=fulfilment.hold_revision)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """None: it is just said again."""
        del dispatch, connection
        return ()

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS does as it was told."""
        return self._orders.plan_hold_result(
            dispatch.document, dispatch.revision, accepted=True, source=settlement.source
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """It doesn't, and a person is told."""
        return self._orders.plan_hold_result(
            dispatch.document, dispatch.revision, accepted=False, source=settlement.source
        )
