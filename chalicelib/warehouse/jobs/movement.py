"""Movement orders as outbound, entry and processing orders (stockout.create, entryorder.create,
storeprocess.create).

The first two go out in parts where they have more lines than the WMS takes in one message; the
protocol knows no parts of a processing order.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Writes
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.movements.orders.types import PROCESSING, TYPES, Partner
from chalicelib.movements.states import MovementCancel, MovementState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import (
    entryorder,
    ordercontrol,
    stockout,
    storeprocess,
)
from chalicelib.warehouse.composing import reference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.parts import part_exists, sending
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
    Judge,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch, DispatchKind
from chalicelib.warehouse.movements import entry_order, process_order, stockout_order
from chalicelib.warehouse.ports import Catalog, MovementOrders, WholeTransfers


class MovementJob(Job):
    """A movement order, out or in."""

    refusal_needs_a_person = True

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        movements: MovementOrders,
        transfers: WholeTransfers,
        readiness: Readiness,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._movements = movements
        self._transfers = transfers
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The order as it is, or the part of it that is next; nothing where it was cancelled, is
        known to be there, or is a leg of a transfer that goes whole.
        """
        order = self._movements.order(dispatch.document)
        if order.state is MovementState.CANCELLED:
            return Drop(reason="cancelled")
        if order.sent_at is not None:
            return Done(reason="sent_before", writes=Writes())
        if order.cancel is MovementCancel.REQUESTED:
            return Wait(reason="cancel_pending")
        alone = self._transfers.plan_as_legs(order.transfer) if order.transfer else Writes()
        if alone is None:
            return Drop(reason="goes_whole")
        codes = [line.sku for line in order.lines]
        known = self._readiness.of(connection.code, order.warehouse, codes)
        if known.wait is not None:
            return known.wait
        if order.bom:
            processed = process_order(connection, order, item_ids=known.item_ids)
            content = storeprocess.write_create(processed)
            return Send(content=content, revision=dispatch.revision)
        skus, most_lines = self._catalog.skus(codes), connection.most_lines
        if not order.rule.out:
            arriving = entry_order(connection, order, skus=skus, item_ids=known.item_ids)
            return sending(dispatch, arriving, entryorder.write_create, most_lines=most_lines)
        leaving = stockout_order(
            connection,
            order,
            supplier_name=self._supplier_name(order),
            skus=skus,
            item_ids=known.item_ids,
        )
        going = sending(dispatch, leaving, stockout.write_create, most_lines=most_lines)
        return replace(going, writes=alone)

    def _supplier_name(self, order: MovementOrder) -> str:
        if order.rule.partner is not Partner.SUPPLIER:
            return ""
        return self._catalog.supplier(order.partner).name

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """stockout.query, entryorder.query; of a processing order its steps."""
        order = self._movements.order(dispatch.document)
        asked = _reference(connection, order)
        return (asking(asked, judge=lambda found: part_exists(found, dispatch)),)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The order is sent."""
        return self._movements.plan_sent(
            dispatch.document, settlement.wms_id, settlement.source, self._clock.now()
        )


def _reference(connection: Connection, order: MovementOrder) -> OrderReference:
    return reference(
        connection, order.no, order.warehouse, order_type=order.type, wms_id=order.wms_id
    )


def create_kind(order_type: str) -> DispatchKind:
    """By which message an order of this type goes out."""
    if order_type == PROCESSING:
        return DispatchKind.PROCESS
    return DispatchKind.MOVEMENT_OUT if TYPES[order_type].out else DispatchKind.MOVEMENT_IN


def asking(asked: OrderReference, *, judge: Judge) -> Question:
    """How a WMS is asked about an order of the type that it is referred to by."""
    kind = create_kind(asked.order_type)
    if kind is DispatchKind.PROCESS:
        return Question(
            method=methods.ORDERPROCESS_QUERY,
            content=ordercontrol.write_query(asked),
            read=ordercontrol.read_query,
            judge=judge,
        )
    if kind is DispatchKind.MOVEMENT_OUT:
        return Question(
            method=methods.STOCKOUT_QUERY,
            content=stockout.write_query(asked),
            read=stockout.read_query,
            judge=judge,
        )
    return Question(
        method=methods.ENTRYORDER_QUERY,
        content=entryorder.write_query(asked),
        read=entryorder.read_query,
        judge=judge,
    )
