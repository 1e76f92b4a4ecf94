"""A message sent again because a person wants it, and what of it will be the same.

Whatever is sent again is composed anew, from a document that says what it said (`Dispatch.said_at`
stands in for the present), so it is the same bytes to the last one as long as document and settings
are. Where they aren't, it is another edition, counted in the dispatch, and the person is told
before it goes. What nobody knows to have arrived is asked for first, here as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.model import digest
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.steps import Job, Send
from chalicelib.warehouse.model import METHODS, Dispatch, DispatchKind, advanced
from chalicelib.warehouse.settling import TRIES, due_event
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.store import WarehouseStore, change_dispatch
from chalicelib.warehouse.xml import write


class Body(StrEnum):
    """What a body is beside the one that was sent last: IDENTICAL to the last byte, a
    NEW_REVISION, or the FIRST that is sent by itself.
    """

    IDENTICAL = "IDENTICAL"
    NEW_REVISION = "NEW_REVISION"
    FIRST = "FIRST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """What was set going. `sha256` is of the body that goes, `last_sha256` of the one before ("" if
    none); `asks_first`: the WMS is asked what it has, and what it has isn't sent.
    """

    dispatch: Dispatch
    body: Body
    sha256: str
    last_sha256: str
    asks_first: bool


class Resending:
    """Takes a dispatch up again by its id."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        jobs: Mapping[DispatchKind, Job],
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._jobs = jobs

    def resend(self, dispatch_id: str) -> Resent:
        """Has it sent as soon as its worker comes to it. `Conflict`: a sender has it right now
        (`dispatch_is_being_sent`), or its document isn't to be sent (`nothing_to_send`).
        """
        for _ in range(TRIES):
            resent = self._planned(dispatch_id)
            due = due_event(resent.dispatch, 0, self._clock)
            try:
                self._transaction.commit(Writes([change_dispatch(resent.dispatch)], [due]))
            except ConditionFailed:
                continue
            return resent
        raise Unavailable("others keep changing this dispatch")

    def _planned(self, dispatch_id: str) -> Resent:
        found = self._store.dispatch(dispatch_id)
        if found is None:
            raise NotFound("unknown_dispatch", "there is no such dispatch", field="dispatch")
        if found.leased(self._clock.now()):
            text = "a sender has it right now; look again in a minute"
            raise Conflict("dispatch_is_being_sent", text, field="dispatch")
        connection = self._store.connection(found.wms)
        if connection is None or not connection.active:
            text = f"there is no connection to the WMS {found.wms}"
            raise NotFound("unknown_wms", text, field="wms")
        sha256 = digest(self._body(found, connection))
        after = self._taken_up(found)
        asks = bool(self._jobs[found.kind].questions(found, connection))
        return Resent(
            dispatch=after,
            body=_beside(sha256, found.body_sha256),
            sha256=sha256,
            last_sha256=found.body_sha256,
            asks_first=asks and after.state is DispatchState.UNKNOWN,
        )

    def _body(self, found: Dispatch, connection: Connection) -> bytes:
        if found.state is DispatchState.DROPPED:
            raise _nothing_to_send("dropped")
        prepared = self._jobs[found.kind].prepare(found, connection, {})
        if not isinstance(prepared, Send):
            raise _nothing_to_send(prepared.reason)
        method = prepared.method or METHODS[found.kind]
        return write("request", prepared.content, connection.spelling_in(method))

    def _taken_up(self, found: Dispatch) -> Dispatch:
        after = advanced(found, _EVENTS[found.state], self._clock.now())
        # The same document in the same words: its moment stays, and what has arrived of it.
        return replace(
            after,
            said_at=found.said_at,
            lines_done=found.lines_done,
            lines_sent=found.lines_sent,
            lines_total=found.lines_total,
        )


_EVENTS: Mapping[DispatchState, DispatchEvent] = {
    DispatchState.QUEUED: DispatchEvent.CHANGE,
    DispatchState.RETRY: DispatchEvent.CHANGE,
    DispatchState.ACKED: DispatchEvent.CHANGE,
    DispatchState.UNKNOWN: DispatchEvent.CHANGE,
    DispatchState.SENDING: DispatchEvent.LOSE,
    DispatchState.REFUSED: DispatchEvent.REQUEUE,
    DispatchState.DEAD: DispatchEvent.REQUEUE,
}


def _beside(sha256: str, last: str) -> Body:
    if not last:
        return Body.FIRST
    return Body.IDENTICAL if sha256 == last else Body.NEW_REVISION


def _nothing_to_send(reason: str) -> Conflict:
    return Conflict("nothing_to_send", f"its document isn't to be sent now: {reason}")
