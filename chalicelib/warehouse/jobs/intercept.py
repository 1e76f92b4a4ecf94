"""Parcels that are to be stopped on the road (order.callback)."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.states import STOPPING, FulfilmentState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import ordercontrol
from chalicelib.warehouse.composing import outbound_type, reference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import Intercept, OrderReference
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Finding,
    Job,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Orders
from chalicelib.warehouse.states import DispatchState
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.model import DocumentKind, Effect

ARRIVED = frozenset({FulfilmentState.SIGNED, FulfilmentState.REFUSED})
"""It is too late to stop it on the road."""


class InterceptJob(Job):
    """An intercept. `success` only says that the WMS passes it on to the carrier; what came of it
    is told later, as a step (`TMSCANCELED`, `TMSCANCELFAILED`).
    """

    def __init__(self, *, clock: Clock, orders: Orders, statuses: StatusBook) -> None:
        self._clock = clock
        self._orders = orders
        self._statuses = statuses

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.callback, once something is on the road and before it has arrived. Of several
        parcels none is named: all of the order is meant.
        """
        fulfilment = self._orders.fulfilment(dispatch.document)
        if fulfilment.cancel not in STOPPING:
            return Drop(reason="not_to_be_stopped")
        if fulfilment.state in ARRIVED:
            return Done(reason="arrived", writes=self._result(dispatch, Source(message_id="")))
        if not fulfilment.shipments:
            return Wait(reason="not_on_the_road")
        waybills = self._orders.waybills(fulfilment.no)
        parcel = Intercept(
            warehouse_code=connection.warehouse_code(fulfilment.warehouse),
            owner_code=connection.owner,
            order_code=fulfilment.no,
            order_id=fulfilment.wms_order_id,
            waybill=waybills[0] if len(waybills) == 1 else "",
        )
        return Send(content=ordercontrol.write_intercept(parcel), revision=dispatch.revision)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """orderprocess.query: has the carrier said anything of it?"""
        asked = reference(
            connection,
            dispatch.document,
            dispatch.warehouse,
            order_type=outbound_type(dispatch.document),
            wms_id=dispatch.wms_id,
        )
        return (what_came_of_it(asked, connection, self._statuses),)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Passed on, which settles nothing; or, where it was asked for, stopped."""
        if dispatch.state is DispatchState.UNKNOWN:
            return self._result(dispatch, settlement.source, stopped=True)
        return Writes()

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """It can't be stopped."""
        return self._result(dispatch, settlement.source)

    def _result(self, dispatch: Dispatch, source: Source, *, stopped: bool = False) -> Writes:
        return self._orders.plan_intercept_result(
            dispatch.document, stopped=stopped, source=source, at=self._clock.now()
        )


def what_came_of_it(
    asked: OrderReference, connection: Connection, statuses: StatusBook
) -> Question:
    """orderprocess.query: THERE where it was stopped, DECLINED where it couldn't be."""

    def judge(found: OrderAnswer) -> Finding:
        effect = statuses.of(connection.code).row(DocumentKind.DELIVERY, found.latest).effect
        if effect is Effect.INTERCEPTED:
            return Finding.THERE
        if effect is Effect.INTERCEPT_FAILED:
            return Finding.DECLINED
        # Not every WMS tells steps. Without the carrier's word it is passed on once more,
        # which does no harm.
        return Finding.MISSING

    return Question(
        method=methods.ORDERPROCESS_QUERY,
        content=ordercontrol.write_query(asked),
        read=ordercontrol.read_query,
        judge=judge,
    )
