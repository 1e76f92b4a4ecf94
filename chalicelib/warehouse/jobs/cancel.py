"""Fulfilments asked back (order.cancel)."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, Check, Equals, Key, Writes
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.states import ASKED_BACK, SHIPPED_STATES, FulfilmentState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import deliveryorder, ordercontrol
from chalicelib.warehouse.composing import (
    SALE,
    reference,
)
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
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
)
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
from chalicelib.warehouse.ports import Orders
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.defaults import FULFILMENT
from chalicelib.warehouse.statuses.model import DocumentKind, Effect, Statuses
from chalicelib.warehouse.store import (
    STALE_DISPATCH,
    WarehouseStore,
    change_dispatch,
    dispatch_key,
)

_CLOSED = "CLOSED"
_TOO_LATE = frozenset({Effect.CANCEL_REFUSED, Effect.INTERCEPTED, Effect.INTERCEPT_FAILED})
_LEFT = frozenset({FulfilmentState.PART_SHIPPED, *SHIPPED_STATES})


class CancelJob:
    """A fulfilment asked back. The WMS's word decides; what it never got is cancelled at once."""

    refusal_needs_a_person = False

    def __init__(
        self, *, store: WarehouseStore, clock: Clock, orders: Orders, statuses: StatusBook
    ) -> None:
        self._store = store
        self._clock = clock
        self._orders = orders
        self._statuses = statuses

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.cancel, unless the create is still on its way (wait) or never went (done).

        A create that failed to go out is dropped in the same transaction, so it can't follow later.
        """
        fulfilment = self._orders.fulfilment(dispatch.document)
        if not _asked_back(fulfilment):
            return Drop(reason="not_asked_back")
        create = self._store.dispatch(dispatch_id(DispatchKind.DELIVERY, fulfilment.no))
        if create is not None and create.state in (DispatchState.SENDING, DispatchState.UNKNOWN):
            return Wait(reason="create_on_its_way")
        guard = self._kept_back(create, fulfilment.no)
        never_there = create is None or not create.sent or create.state is DispatchState.REFUSED
        if never_there and not fulfilment.wms_order_id:
            return Done(reason="never_sent", writes=guard + self._accepted(fulfilment.no))
        content = ordercontrol.write_cancel(_reference(connection, fulfilment))
        return Send(content=content, revision=dispatch.revision, writes=guard)

    def _kept_back(self, create: Dispatch | None, no: str) -> Writes:
        """Keeps the create from going out while the cancel does."""
        key = dispatch_key(dispatch_id(DispatchKind.DELIVERY, no))
        if create is None:
            return Writes([Check(key=key, condition=Absent(), refusal=STALE_DISPATCH)])
        if create.state in (DispatchState.QUEUED, DispatchState.RETRY):
            return Writes(
                [change_dispatch(advanced(create, DispatchEvent.DROP, self._clock.now()))]
            )
        condition = Equals("version", create.version)
        return Writes([Check(key=key, condition=condition, refusal=STALE_DISPATCH)])

    def _accepted(self, no: str) -> Writes:
        return self._orders.plan_cancel_result(
            no, accepted=True, source=Source(message_id=""), at=self._clock.now()
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """deliveryorder.query and orderprocess.query by turns: not every WMS tells a status."""
        asked = reference(
            connection,
            dispatch.document,
            dispatch.warehouse,
            order_type=SALE,
            wms_id=dispatch.wms_id,
        )

        def judge(found: OrderAnswer) -> Finding:
            return _cancelled(found, self._statuses.of(connection.code))

        return (
            Question(
                method=methods.DELIVERYORDER_QUERY,
                content=deliveryorder.write_query(asked),
                read=deliveryorder.read_query,
                judge=judge,
            ),
            Question(
                method=methods.ORDERPROCESS_QUERY,
                content=ordercontrol.write_query(asked),
                read=ordercontrol.read_query,
                judge=judge,
            ),
        )

    def means(self, failure: Failure) -> Failure:
        """An order that the WMS doesn't know won't be shipped by it: as good as cancelled."""
        return Failure.ALREADY_EXISTS if failure is Failure.NOT_FOUND else failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Cancelled: the reservation is voided."""
        return self._orders.plan_cancel_result(
            dispatch.document, accepted=True, source=settlement.source, at=self._clock.now()
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS goes on with it; where it can be asked to, it is to be stopped on the road."""
        connection = self._store.connection(dispatch.wms)
        return self._orders.plan_cancel_result(
            dispatch.document,
            accepted=False,
            source=settlement.source,
            at=self._clock.now(),
            intercept=connection is not None and connection.intercepts,
        )

    def plan_lost(self, dispatch: Dispatch) -> Writes:
        """Until the WMS has been asked, nobody knows."""
        return self._orders.plan_cancel_unknown(dispatch.document)


def _asked_back(fulfilment: Fulfilment) -> bool:
    """A cancel that isn't answered, or one that has come to its end here while the WMS has it."""
    if fulfilment.cancel in ASKED_BACK:
        return True
    ended = (FulfilmentState.CANCELLED, FulfilmentState.REJECTED)
    return fulfilment.state in ended and (fulfilment.accepted_at is not None or fulfilment.emptied)


def _reference(connection: Connection, fulfilment: Fulfilment) -> OrderReference:
    return reference(
        connection,
        fulfilment.no,
        fulfilment.warehouse,
        order_type=SALE,
        wms_id=fulfilment.wms_order_id,
    )


def _cancelled(found: OrderAnswer, statuses: Statuses) -> Finding:
    """What became of a cancel that got no answer, by where the order is now.

    MISSING: the order goes on as if no cancel had come, so the cancel is sent again.
    """
    row = statuses.row(DocumentKind.DELIVERY, found.latest)
    if row.effect is Effect.CANCELLED or found.latest == _CLOSED:
        return Finding.THERE
    if row.effect in _TOO_LATE or (row.axis == FULFILMENT and row.state in _LEFT):
        return Finding.DECLINED
    return Finding.MISSING if found.latest else Finding.UNCLEAR
