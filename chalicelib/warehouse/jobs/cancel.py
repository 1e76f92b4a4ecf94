"""Documents asked back (order.cancel), whatever they are: `cancellables` says what each kind is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, Check, Equals, Writes
from chalicelib.orders.states import SHIPPED_STATES, FulfilmentState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import ordercontrol
from chalicelib.warehouse.composing import reference
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Finding,
    Job,
    Judge,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
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
_MOVED = frozenset({"DELIVERED", "PARTDELIVERED", "FULFILLED", "PARTFULFILLED", "SIGN", "REFUSE"})
_LEFT = frozenset({FulfilmentState.PART_SHIPPED, *SHIPPED_STATES})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBack:
    """A document that may be asked back; `pending`: somebody does, and the WMS hasn't said its
    word. `create` is what brings it to the WMS, `order_type` the protocol's type of it; `wms_id` is
    "" where the WMS never named it. `kept`: it can't be asked back alone, so it is kept.
    `guard` are conditions on which it may be.
    """

    no: str
    warehouse: str
    wms_id: str
    order_type: str
    create: DispatchKind
    pending: bool
    kept: bool = False
    guard: Writes = field(default_factory=Writes)


class Cancellable(Protocol):
    """A kind of document that a WMS can be asked to cancel; the job is the same for all."""

    @property
    def document(self) -> DocumentKind:
        """Whose rows of the WMS's status table its statuses are read by."""
        ...

    def asked_back(self, no: str) -> AskedBack:
        """The document of this number."""
        ...

    def question(self, asked: OrderReference, judge: Judge) -> Question:
        """The query that shows its status."""
        ...

    def plan_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime, intercept: bool = False
    ) -> Writes:
        """The WMS's word; empty when told twice. `intercept`: what it refuses to cancel is to be
        stopped on the road, if it is of a kind that can be.
        """
        ...

    def plan_unknown(self, no: str) -> Writes:
        """The WMS's word got lost, until it has been asked."""
        ...


class CancelJob(Job):
    """A document asked back. The WMS's word decides; what it never got is cancelled at once."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        clock: Clock,
        cancellable: Cancellable,
        statuses: StatusBook,
    ) -> None:
        self._store = store
        self._clock = clock
        self._cancellable = cancellable
        self._statuses = statuses

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """order.cancel, unless the create is still on its way (wait) or never went (done).

        A create that failed to go out is dropped in the same transaction, so it can't follow later.
        """
        asked = self._cancellable.asked_back(dispatch.document)
        if not asked.pending:
            return Drop(reason="not_asked_back")
        if asked.kept:
            return Done(reason="kept", writes=self._decided_here(asked.no, accepted=False))
        name = dispatch_id(asked.create, asked.no)
        create = self._store.dispatch(name)
        if create is not None and create.state in (DispatchState.SENDING, DispatchState.UNKNOWN):
            return Wait(reason="create_on_its_way")
        guard = self._kept_back(create, name) + asked.guard
        never_there = create is None or not create.sent or create.state is DispatchState.REFUSED
        if never_there and not asked.wms_id:
            return Done(
                reason="never_sent", writes=guard + self._decided_here(asked.no, accepted=True)
            )
        content = ordercontrol.write_cancel(_reference(connection, asked))
        return Send(content=content, revision=dispatch.revision, writes=guard)

    def _kept_back(self, create: Dispatch | None, name: str) -> Writes:
        """Keeps the create, a dispatch of this id, from going out while the cancel does."""
        key = dispatch_key(name)
        if create is None:
            return Writes([Check(key=key, condition=Absent(), refusal=STALE_DISPATCH)])
        if create.state in (DispatchState.QUEUED, DispatchState.RETRY):
            return Writes(
                [change_dispatch(advanced(create, DispatchEvent.DROP, self._clock.now()))]
            )
        condition = Equals("version", create.version)
        return Writes([Check(key=key, condition=condition, refusal=STALE_DISPATCH)])

    def _decided_here(self, no: str, *, accepted: bool) -> Writes:
        return self._cancellable.plan_result(
            no, accepted=accepted, source=Source(message_id=""), at=self._clock.now()
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """Its own query and orderprocess.query by turns: not every WMS tells a status."""
        asked = _reference(connection, self._cancellable.asked_back(dispatch.document))

        def judge(found: OrderAnswer) -> Finding:
            return _cancelled(found, self._cancellable.document, self._statuses.of(connection.code))

        return (
            self._cancellable.question(asked, judge),
            Question(
                method=methods.ORDERPROCESS_QUERY,
                content=ordercontrol.write_query(asked),
                read=ordercontrol.read_query,
                judge=judge,
            ),
        )

    def means(self, failure: Failure) -> Failure:
        """An order that the WMS doesn't know won't be carried out by it: as good as cancelled."""
        return Failure.ALREADY_EXISTS if failure is Failure.NOT_FOUND else failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Cancelled."""
        return self._cancellable.plan_result(
            dispatch.document, accepted=True, source=settlement.source, at=self._clock.now()
        )

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS goes on with it; where it can be asked to, it is to be stopped on the road."""
        connection = self._store.connection(dispatch.wms)
        return self._cancellable.plan_result(
            dispatch.document,
            accepted=False,
            source=settlement.source,
            at=self._clock.now(),
            intercept=connection is not None and connection.intercepts,
        )

    def plan_lost(self, dispatch: Dispatch) -> Writes:
        """Until the WMS has been asked, nobody knows."""
        return self._cancellable.plan_unknown(dispatch.document)


def _reference(connection: Connection, asked: AskedBack) -> OrderReference:
    return reference(
        connection, asked.no, asked.warehouse, order_type=asked.order_type, wms_id=asked.wms_id
    )


def _cancelled(found: OrderAnswer, document: DocumentKind, statuses: Statuses) -> Finding:
    """What became of a cancel that got no answer, by where the order is now.

    MISSING: the order goes on as if no cancel had come, so the cancel is sent again.
    """
    row = statuses.row(document, found.latest)
    if row.effect is Effect.CANCELLED or found.latest == _CLOSED:
        return Finding.THERE
    left = row.axis == FULFILMENT and row.state in _LEFT
    moved = document is not DocumentKind.DELIVERY and found.latest in _MOVED
    if row.effect in _TOO_LATE or left or moved:
        return Finding.DECLINED
    return Finding.MISSING if found.latest else Finding.UNCLEAR
