"""Returns announced to the warehouse (returnorder.create), and asked back (order.cancel)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, Check, Equals, Key, Writes
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.orders.returns.states import ReturnCancel, ReturnState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import ordercontrol, returnorder
from chalicelib.warehouse.composing import RETURN_TYPES, reference, return_order
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
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
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
from chalicelib.warehouse.ports import Catalog, Returns
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.store import (
    STALE_DISPATCH,
    WarehouseStore,
    change_dispatch,
    dispatch_key,
)

Judge: TypeAlias = Callable[[OrderAnswer], Finding]

_CANCELLED = frozenset({"CANCELED", "CLOSED"})
_TOO_LATE = frozenset({"FULFILLED", "PARTFULFILLED", "CANCELEDFAIL"})
_TO_BE_SENT = frozenset({ReturnState.APPROVED, ReturnState.DISPATCHING})


class ReturnJob:
    """A return as a return order."""

    refusal_needs_a_person = True

    def __init__(
        self, *, clock: Clock, catalog: Catalog, returns: Returns, readiness: Readiness
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._returns = returns
        self._readiness = readiness

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The return; nothing where it is cancelled, or where the WMS has shown it has it."""
        del ahead
        found = self._returns.return_order(dispatch.document)
        if found.state in (ReturnState.CANCELLED, ReturnState.REJECTED):
            return Drop(reason="cancelled")
        if found.state not in _TO_BE_SENT:
            return Done(reason="there_already", writes=Writes())
        if found.cancel is ReturnCancel.PENDING:
            return Wait(reason="cancel_pending")
        codes = [line.sku for line in found.lines]
        known = self._readiness.of(connection.code, found.warehouse, codes)
        if known.wait is not None:
            return known.wait
        read = self._returns.to_announce(found.no)
        document = return_order(
            connection, read, shop=self._catalog.shop(found.shop), item_ids=known.item_ids
        )
        return Send(
            content=returnorder.write_create(document),
            revision=dispatch.revision,
            writes=self._returns.plan_claim(read.order),
            under=read.key,
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """returnorder.query. What "there is none" looks like is the connection's `failures`."""
        asked = _reference(connection, self._returns.return_order(dispatch.document))
        return (_question(asked, lambda found: exists(found, dispatch.document)),)

    def means(self, failure: Failure) -> Failure:
        """As classified."""
        return failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS expects the goods."""
        return self._returns.plan_sent(
            dispatch.document, settlement.wms_id, settlement.source, self._clock.now()
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Nothing: the case says it."""
        del dispatch, settlement
        return Writes()


class ReturnCancelJob:
    """A return asked back. The WMS's word decides; what it never got is cancelled at once."""

    refusal_needs_a_person = False

    def __init__(self, *, store: WarehouseStore, clock: Clock, returns: Returns) -> None:
        self._store = store
        self._clock = clock
        self._returns = returns

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.cancel, unless the create is still on its way (wait) or never went (done)."""
        del ahead
        found = self._returns.return_order(dispatch.document)
        if found.cancel is not ReturnCancel.PENDING:
            return Drop(reason="not_asked_back")
        create = self._store.dispatch(dispatch_id(DispatchKind.RETURN, found.no))
        if create is not None and create.state in (DispatchState.SENDING, DispatchState.UNKNOWN):
            return Wait(reason="create_on_its_way")
        guard = self._kept_back(create, found.no)
        never_there = create is None or not create.sent or create.state is DispatchState.REFUSED
        if never_there and not found.wms_id:
            accepted = self._returns.plan_cancel_result(
                found.no, accepted=True, source=Source(message_id=""), at=self._clock.now()
            )
            return Done(reason="never_sent", writes=guard + accepted)
        content = ordercontrol.write_cancel(_reference(connection, found))
        return Send(content=content, revision=dispatch.revision, writes=guard)

    def _kept_back(self, create: Dispatch | None, no: str) -> Writes:
        """Keeps the create from going out while the cancel does."""
        key = dispatch_key(dispatch_id(DispatchKind.RETURN, no))
        if create is None:
            return Writes([Check(key=key, condition=Absent(), refusal=STALE_DISPATCH)])
        if create.state in (DispatchState.QUEUED, DispatchState.RETRY):
            dropped = advanced(create, DispatchEvent.DROP, self._clock.now())
            return Writes([change_dispatch(dropped)])
        unchanged = Equals("version", create.version)
        return Writes([Check(key=key, condition=unchanged, refusal=STALE_DISPATCH)])

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """returnorder.query and orderprocess.query by turns: not every WMS tells a status."""
        asked = _reference(connection, self._returns.return_order(dispatch.document))
        return (
            _question(asked, _cancelled),
            Question(
                method=methods.ORDERPROCESS_QUERY,
                content=ordercontrol.write_query(asked),
                read=ordercontrol.read_query,
                judge=_cancelled,
            ),
        )

    def means(self, failure: Failure) -> Failure:
        """A return that the WMS doesn't know won't be expected by it: as good as cancelled."""
        return Failure.ALREADY_EXISTS if failure is Failure.NOT_FOUND else failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Cancelled: its units are free."""
        return self._returns.plan_cancel_result(
            dispatch.document, accepted=True, source=settlement.source, at=self._clock.now()
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS goes on with it."""
        return self._returns.plan_cancel_result(
            dispatch.document, accepted=False, source=settlement.source, at=self._clock.now()
        )


def _question(asked: OrderReference, judge: Judge) -> Question:
    return Question(
        method=methods.RETURNORDER_QUERY,
        content=returnorder.write_query(asked),
        read=returnorder.read_query,
        judge=judge,
    )


def _reference(connection: Connection, found: ReturnOrder) -> OrderReference:
    return reference(
        connection,
        found.no,
        found.warehouse,
        order_type=RETURN_TYPES[found.kind],
        wms_id=found.wms_id,
    )


def _cancelled(found: OrderAnswer) -> Finding:
    """What became of a cancel that got no answer, by where the return is now.

    MISSING: the return goes on as if no cancel had come, so the cancel is sent again.
    """
    if found.latest in _CANCELLED:
        return Finding.THERE
    if found.latest in _TOO_LATE:
        return Finding.DECLINED
    return Finding.MISSING if found.latest else Finding.UNCLEAR
