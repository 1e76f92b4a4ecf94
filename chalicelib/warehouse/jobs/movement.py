"""Movement orders as outbound, entry and processing orders (stockout.create, entryorder.create,
storeprocess.create), and asked back (order.cancel).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key, Writes
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
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.cancel import cancelled, kept_back, on_its_way
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Finding,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
    exists,
)
from chalicelib.warehouse.model import Dispatch, DispatchKind, dispatch_id
from chalicelib.warehouse.movements import entry_order, process_order, stockout_order
from chalicelib.warehouse.ports import Catalog, MovementOrders
from chalicelib.warehouse.states import DispatchState
from chalicelib.warehouse.store import WarehouseStore

Judge: TypeAlias = Callable[[OrderAnswer], Finding]


class MovementJob:
    """A movement order, out or in."""

    refusal_needs_a_person = True

    def __init__(
        self, *, clock: Clock, catalog: Catalog, movements: MovementOrders, readiness: Readiness
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._movements = movements
        self._readiness = readiness

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The order as it is; nothing where it was cancelled or is known to be there."""
        order = self._movements.order(dispatch.document)
        if order.state is MovementState.CANCELLED:
            return Drop(reason="cancelled")
        if order.sent_at is not None:
            return Done(reason="sent_before", writes=Writes())
        if order.cancel is MovementCancel.REQUESTED:
            return Wait(reason="cancel_pending")
        codes = [line.sku for line in order.lines]
        known = self._readiness.of(connection.code, order.warehouse, codes)
        if known.wait is not None:
            return known.wait
        skus = self._catalog.skus(codes)
        if order.bom:
            processed = process_order(connection, order, item_ids=known.item_ids)
            content = storeprocess.write_create(processed)
        elif order.rule.out:
            leaving = stockout_order(
                connection,
                order,
                supplier_name=self._supplier_name(order),
                skus=skus,
                item_ids=known.item_ids,
            )
            content = stockout.write_create(leaving)
        else:
            arriving = entry_order(connection, order, skus=skus, item_ids=known.item_ids)
            content = entryorder.write_create(arriving)
        return Send(content=content, revision=dispatch.revision)

    def _supplier_name(self, order: MovementOrder) -> str:
        if order.rule.partner is not Partner.SUPPLIER:
            return ""
        return self._catalog.supplier(order.partner).name

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """stockout.query, entryorder.query; of a processing order its steps."""
        order = self._movements.order(dispatch.document)
        asked = _reference(connection, order)
        return (_asking(asked, order, judge=lambda found: exists(found, order.no)),)

    def means(self, failure: Failure) -> Failure:
        """As classified."""
        return failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The order is sent."""
        return self._movements.plan_sent(
            dispatch.document, settlement.wms_id, settlement.source, self._clock.now()
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Nothing: the case says it, and a person cancels the order or mends it."""
        del dispatch, settlement
        return Writes()


class MovementCancelJob:
    """A movement order asked back. The WMS's word decides; what it never got is cancelled at
    once.
    """

    refusal_needs_a_person = False

    def __init__(self, *, store: WarehouseStore, clock: Clock, movements: MovementOrders) -> None:
        self._store = store
        self._clock = clock
        self._movements = movements

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.cancel, unless the create is still on its way (wait) or never went (done)."""
        order = self._movements.order(dispatch.document)
        if order.cancel is not MovementCancel.REQUESTED:
            return Drop(reason="not_asked_back")
        name = dispatch_id(create_kind(order.type), order.no)
        create = self._store.dispatch(name)
        if on_its_way(create):
            return Wait(reason="create_on_its_way")
        guard = kept_back(create, name, self._clock)
        never_there = create is None or not create.sent or create.state is DispatchState.REFUSED
        if never_there and not order.wms_id:
            writes = self._movements.plan_cancel_result(
                order.no, accepted=True, source=Source(message_id="")
            )
            return Done(reason="never_sent", writes=guard + writes)
        content = ordercontrol.write_cancel(_reference(connection, order))
        return Send(content=content, revision=dispatch.revision, writes=guard)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """The order's own query and orderprocess.query by turns: not every WMS tells a status."""
        order = self._movements.order(dispatch.document)
        asked = _reference(connection, order)
        return (
            _asking(asked, order, judge=cancelled),
            _asking_steps(asked, judge=cancelled),
        )

    def means(self, failure: Failure) -> Failure:
        """An order that the WMS doesn't know is as good as cancelled."""
        return Failure.ALREADY_EXISTS if failure is Failure.NOT_FOUND else failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Cancelled: the reservation is voided."""
        return self._movements.plan_cancel_result(
            dispatch.document, accepted=True, source=settlement.source
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS goes on with it."""
        return self._movements.plan_cancel_result(
            dispatch.document, accepted=False, source=settlement.source
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


def _asking_steps(asked: OrderReference, *, judge: Judge) -> Question:
    return Question(
        method=methods.ORDERPROCESS_QUERY,
        content=ordercontrol.write_query(asked),
        read=ordercontrol.read_query,
        judge=judge,
    )


def _asking(asked: OrderReference, order: MovementOrder, *, judge: Judge) -> Question:
    if order.bom:
        return _asking_steps(asked, judge=judge)
    if order.rule.out:
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
