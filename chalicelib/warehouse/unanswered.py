"""Intercepts that no WMS has answered: asked for once more, and then a person's.

An accepted order.callback promises nothing, and some WMS never tell what came of it. Every hour a
schedule looks which of a warehouse's intercepts have waited for longer than its connection says, by
an index, and writes an event for each. Its consumer asks once more (orderprocess.query), which does
no harm when it comes twice. What is said then settles the intercept; where nothing is said, or
nobody can be asked, it is a case in the transaction that makes it INTERCEPT_UNANSWERED.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.model import Fulfilment, order_no_of
from chalicelib.orders.states import FulfilmentCancel
from chalicelib.warehouse.calling import Later, Reply, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.composing import outbound_type, reference
from chalicelib.warehouse.connections import INTERCEPT_WAIT_SECONDS, Connection
from chalicelib.warehouse.jobs.intercept import ARRIVED, what_came_of_it
from chalicelib.warehouse.jobs.steps import Finding, Question
from chalicelib.warehouse.judging import found_of
from chalicelib.warehouse.ports import Catalog, Orders
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.store import Peer, WarehouseStore

MOST_TOGETHER = 200
"""Of one warehouse, in one hour; the rest is found an hour later."""

TRIES = 5
"""How often the end is planned anew when others keep changing the fulfilment."""


class UnansweredIntercepts:
    """`want` for the schedule, `follow_up` for its events."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        calls: WmsCalls,
        circuits: Circuits,
        statuses: StatusBook,
        catalog: Catalog,
        orders: Orders,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._calls = calls
        self._circuits = circuits
        self._statuses = statuses
        self._catalog = catalog
        self._orders = orders

    def want(self) -> list[str]:
        """Has each intercept followed up that has waited too long, by an event of its own. The
        fulfilments' numbers.
        """
        connections = {each.code: each for each in self._store.connections()}
        found: list[str] = []
        for warehouse in self._catalog.warehouses():
            limit = self._clock.now() - _wait_of(connections.get(warehouse.wms))
            overdue = self._orders.intercepts_before(warehouse.code, limit, limit=MOST_TOGETHER)
            for no, version in overdue:
                self._tell(no, version, warehouse.code)
                found.append(no)
        return found

    def follow_up(self, fulfilment_no: str) -> None:
        """`InterceptOverdue`: asks once more, and ends the waiting. Again, or once it is settled or
        asked for anew, it does nothing.
        """
        fulfilment = self._orders.fulfilment(fulfilment_no)
        peer = self._store.peer(self._catalog.warehouse(fulfilment.warehouse).wms)
        if not self._overdue(fulfilment, peer):
            return
        if fulfilment.state in ARRIVED:
            self._end(fulfilment, Finding.DECLINED, Source(message_id=""), Writes())
            return
        asked = None if peer is None else self._asked(fulfilment, peer)
        if asked is None:
            self._end(fulfilment, Finding.UNCLEAR, Source(message_id=""), Writes())
            return
        finding, reply = asked
        source = Source(message_id=reply.message_id, path="/response")
        self._end(fulfilment, finding, source, reply.writes)

    def _tell(self, no: str, version: int, warehouse: str) -> None:
        event = Event(
            id=f"InterceptOverdue:{no}:{version}",
            kind="InterceptOverdue",
            subject=no,
            occurred_at=self._clock.now(),
            correlation=order_no_of(no),
            data={"fulfilment": no, "warehouse": warehouse},
        )
        try:
            self._transaction.commit(Writes((), [event]))
        except ConditionFailed:
            # It is said already and waits to be handed on.
            return

    def _overdue(self, fulfilment: Fulfilment, peer: Peer | None) -> bool:
        asked_at = fulfilment.intercept_asked_at
        if fulfilment.cancel is not FulfilmentCancel.INTERCEPTING or asked_at is None:
            return False
        wait = _wait_of(None if peer is None else peer.connection)
        return asked_at + wait <= self._clock.now()

    def _asked(self, fulfilment: Fulfilment, peer: Peer) -> tuple[Finding, Reply] | None:
        """What the WMS says now; None where it can't be asked now."""
        connection = peer.connection
        if not connection.active or self._circuits.wait_seconds(peer.circuit):
            return None
        question = self._question(fulfilment, connection)
        try:
            call = self._calls.prepare(
                peer, question.method, question.content, documents=(fulfilment.no,)
            )
        except Later:
            return None
        self._transaction.commit(call.writes)
        reply = self._calls.perform(peer, call)
        return found_of(connection, question, reply)[0], reply

    def _question(self, fulfilment: Fulfilment, connection: Connection) -> Question:
        asked = reference(
            connection,
            fulfilment.no,
            fulfilment.warehouse,
            order_type=outbound_type(fulfilment.no),
            wms_id=fulfilment.wms_order_id,
        )
        return what_came_of_it(asked, connection, self._statuses)

    def _end(self, fulfilment: Fulfilment, finding: Finding, source: Source, said: Writes) -> None:
        """One transaction for what is known now; `said` puts it into the message's row."""
        for _ in range(TRIES):
            try:
                self._transaction.commit(said + self._plan_end(fulfilment.no, finding, source))
            except ConditionFailed:
                continue
            return
        raise Unavailable(f"others keep changing {fulfilment.no}")

    def _plan_end(self, no: str, finding: Finding, source: Source) -> Writes:
        if self._orders.fulfilment(no).cancel is not FulfilmentCancel.INTERCEPTING:
            # Its answer came while the WMS was asked.
            return Writes()
        if finding not in (Finding.THERE, Finding.DECLINED):
            return self._orders.plan_unanswered_intercept(no, source=source)
        stopped = finding is Finding.THERE
        return self._orders.plan_intercept_result(
            no, stopped=stopped, source=source, at=self._clock.now()
        )


def _wait_of(connection: Connection | None) -> timedelta:
    seconds = INTERCEPT_WAIT_SECONDS if connection is None else connection.intercept_wait_seconds
    return timedelta(seconds=seconds)
