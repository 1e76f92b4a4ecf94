"""Sending to warehouse systems: never lost, never twice effective.

**How.** The request is stored raw; one transaction takes the dispatch (it names the attempt and
gives it a lease), claims the document and writes the message's row; the request is sent, the answer
stored raw; then one transaction writes what came of it: the dispatch, the document's state, the
message's row, and the event that brings it back where it isn't settled. So whatever dies, dies
with the dispatch SENDING; the queue gives the event again, and when the lease is over the dispatch
is UNKNOWN: the WMS is asked before anything is sent again.

**What comes back.** Every commit that leaves a dispatch waiting holds a delayed `DispatchDue` with
its version; one with an older version is void. A WMS that fails again and again is left alone for a
while (`circuit`), and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.calling import Later, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.gathering import Gathering, gathers
from chalicelib.warehouse.jobs.parts import event_of_part
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
    Question,
    Send,
    Settlement,
    Wait,
    first_wms_id,
)
from chalicelib.warehouse.judging import concluded, found_of, judged_of_sent
from chalicelib.warehouse.model import (
    Dispatch,
    DispatchKind,
    advanced,
    claimed,
    delay_seconds,
    with_body,
)
from chalicelib.warehouse.settling import TRIES, Judged, Settling, due_event
from chalicelib.warehouse.states import SETTLED, DispatchEvent, DispatchState
from chalicelib.warehouse.store import Peer, WarehouseStore, change_dispatch, new_dispatch

_NOTHING: Ahead = {}
SPREAD_TRIES = 3
"""Gives 10 to 20 seconds."""

STEPS = 6
"""More steps than a dispatch can take in one go."""


class Dispatching:
    """Brings dispatches to their end, one step at a time."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        calls: WmsCalls,
        circuits: Circuits,
        jobs: Mapping[DispatchKind, Job],
        settling: Settling,
        gathering: Gathering,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._ids = ids
        self._calls = calls
        self._circuits = circuits
        self._jobs = jobs
        self._settling = settling
        self._gathering = gathering

    # --- entry points

    def send(self, wanted: Dispatch) -> None:
        """Sends a document that is to go to a WMS, or has it wait for others to go with; called
        again, it goes on from where it is.

        A dispatch that waits for its `DispatchDue` is left to it. `Unavailable`: another sender has
        it right now, so the event has to come again.
        """
        also = self._jobs[wanted.kind].reads(wanted)
        found, peer, ahead = self._store.dispatch_and_peer(wanted.id, wanted.wms, also=also)
        if found is None:
            peer = _reachable(peer, wanted.wms)
            if gathers(peer.connection, wanted.kind):
                self._gathering.begin(wanted)
            else:
                self._run(wanted, peer, new=True, ahead=ahead)
        elif found.gathered:
            self._gathering.wake(found.wms, found.kind)
        elif found.state is DispatchState.SENDING:
            self._run(found, _reachable(peer, found.wms))

    def due(self, dispatch_id: str, wms: str, version: int) -> None:
        """A dispatch's time has come. One that has moved on since (another version) is left alone,
        unless a sender took it and may have died.
        """
        found, peer, _ = self._store.dispatch_and_peer(dispatch_id, wms)
        if found is None:
            raise NotFound("unknown_dispatch", "there is no such dispatch", field="dispatch")
        if found.version == version or found.attempt_id:
            self._run(found, _reachable(peer, wms))

    def requeue(self, dispatch_id: str) -> None:
        """A person's word: a refused or dead dispatch is taken up again, beginning with asking."""
        for _ in range(TRIES):
            found = self._store.dispatch(dispatch_id)
            if found is None:
                raise NotFound("unknown_dispatch", "there is no such dispatch", field="dispatch")
            if found.state not in SETTLED:
                return
            after = advanced(found, DispatchEvent.REQUEUE, self._clock.now())
            if self._committed(Writes([change_dispatch(after)], [self._due_event(after, 0)])):
                return
        raise Unavailable("others keep changing this dispatch")

    # --- the steps

    def _run(
        self, dispatch: Dispatch, peer: Peer, *, new: bool = False, ahead: Ahead = _NOTHING
    ) -> None:
        current: Dispatch | None = dispatch
        for _ in range(STEPS):
            if current is None or current.state in SETTLED:
                return
            current = self._step(current, peer, new=new, ahead=ahead)
            # What was read ahead is for the first step only: after it, time has passed.
            new, ahead = False, _NOTHING

    def _step(self, dispatch: Dispatch, peer: Peer, *, new: bool, ahead: Ahead) -> Dispatch | None:
        """One step; the dispatch when another step can follow at once, else None."""
        if dispatch.leased(self._clock.now()):
            raise Unavailable(f"another sender has {dispatch.id}")
        if dispatch.state is DispatchState.SENDING:
            return self._step_alone(dispatch, DispatchEvent.LOSE)
        questions = self._jobs[dispatch.kind].questions(dispatch, peer.connection)
        if dispatch.state is DispatchState.UNKNOWN and not questions:
            # Master data: what nobody knows is simply said again.
            return self._step_alone(dispatch, DispatchEvent.FIND_MISSING)
        pause = self._circuits.wait_seconds(peer.circuit)
        if pause:
            self._wait_for_wms(dispatch, "circuit_open", pause, new=new)
        elif dispatch.state is DispatchState.UNKNOWN:
            self._ask_or_wait(dispatch, peer, questions[dispatch.asked % len(questions)])
        else:
            self._prepare_and_send(dispatch, peer, new=new, ahead=ahead)
        return None

    def _ask_or_wait(self, dispatch: Dispatch, peer: Peer, question: Question) -> None:
        try:
            self._ask(dispatch, peer, question)
        except Later as later:
            self._wait_for_wms(dispatch, later.reason, later.seconds, new=False)

    def _wait_for_wms(self, dispatch: Dispatch, reason: str, seconds: int, *, new: bool) -> None:
        # Spread, so that what waits for one WMS doesn't come back in one moment.
        seconds += delay_seconds(SPREAD_TRIES, dispatch.id)
        self._wait(dispatch, Wait(reason=reason), new=new, seconds=seconds)

    def _step_alone(self, dispatch: Dispatch, event: DispatchEvent) -> Dispatch:
        """A step that needs nobody else; the event in it brings the dispatch back if we die now."""
        after = advanced(dispatch, event, self._clock.now())
        writes = Writes((), [self._due_event(after, 0)])
        if event is DispatchEvent.LOSE:
            writes += self._jobs[dispatch.kind].plan_lost(dispatch)
        self._write(after, writes, new=False)
        return after

    def _prepare_and_send(self, dispatch: Dispatch, peer: Peer, *, new: bool, ahead: Ahead) -> None:
        job = self._jobs[dispatch.kind]
        dispatch = replace(dispatch, said_at=dispatch.said_at or self._clock.now())
        try:
            prepared = job.prepare(dispatch, peer.connection, ahead)
        except NotFound:
            # Ours, not the WMS's: the event comes again and ends where a person looks.
            raise
        except Refused as refused:
            self._refuse_ourselves(dispatch, refused.code, new=new)
            return
        if isinstance(prepared, Wait):
            self._wait(dispatch, prepared, new=new)
        elif isinstance(prepared, Drop):
            self._close(dispatch, DispatchEvent.DROP, Writes(), code=prepared.reason, new=new)
        elif isinstance(prepared, Done):
            event = DispatchEvent.ACKNOWLEDGE
            self._close(dispatch, event, prepared.writes, code=prepared.reason, new=new)
        else:
            try:
                self._send(dispatch, peer, prepared, new=new)
            except Later as later:
                self._wait_for_wms(dispatch, later.reason, later.seconds, new=new)

    def _wait(
        self, dispatch: Dispatch, wait: Wait, *, new: bool, seconds: int | None = None
    ) -> None:
        after = advanced(dispatch, DispatchEvent.WAIT, self._clock.now())
        after = replace(after, waits=after.waits + 1, code=wait.reason)
        delay = delay_seconds(after.waits, after.id) if seconds is None else seconds
        self._write(after, Writes((), [self._due_event(after, delay)]) + wait.writes, new=new)

    def _close(
        self, dispatch: Dispatch, event: DispatchEvent, writes: Writes, *, code: str, new: bool
    ) -> None:
        after = replace(advanced(dispatch, event, self._clock.now()), code=code)
        self._write(after, writes, new=new)

    def _refuse_ourselves(self, dispatch: Dispatch, code: str, *, new: bool) -> None:
        """The document can't be said in the protocol (a code too long): a person has to look."""
        after = replace(advanced(dispatch, DispatchEvent.REFUSE, self._clock.now()), code=code)
        settlement = Settlement(wms_id="", code=code, source=Source(message_id=""))
        writes = self._jobs[dispatch.kind].plan_refused(dispatch, settlement)
        self._write(
            after, writes + self._settling.case(after, ExceptionKind.DISPATCH_REFUSED), new=new
        )

    def _send(self, dispatch: Dispatch, peer: Peer, send: Send, *, new: bool) -> None:
        held = claimed(dispatch, self._ids.new(self._clock.now()), self._clock.now())
        held = replace(
            held,
            revision=max(send.revision, held.revision),
            lines_sent=send.through,
            lines_total=send.total,
        )
        method = send.method or held.method
        call = self._calls.prepare(
            peer, method, send.content, documents=(held.document, held.id), under=send.under
        )
        held = with_body(held, call.message.id, call.message.sha256)
        self._write(held, send.writes + call.writes, new=new)
        reply = self._calls.perform(peer, call)
        judged_as = judged_of_sent(held, peer.connection, reply, method, job=self._jobs[held.kind])
        event = event_of_part(held, judged_as)
        judged = Judged(
            event=event,
            reply=reply,
            wms_id=first_wms_id(reply),
            acknowledged=send.acknowledged,
        )
        self._settling.settle(held, judged)

    def _ask(self, dispatch: Dispatch, peer: Peer, question: Question) -> None:
        held = claimed(dispatch, self._ids.new(self._clock.now()), self._clock.now())
        call = self._calls.prepare(
            peer, question.method, question.content, documents=(held.document, held.id)
        )
        self._write(held, call.writes, new=False)
        reply = self._calls.perform(peer, call)
        finding, wms_id = found_of(peer.connection, question, reply)
        event = event_of_part(held, concluded(held, finding, peer.connection))
        self._settling.settle(held, Judged(event=event, reply=reply, wms_id=wms_id))

    def _write(self, after: Dispatch, writes: Writes, *, new: bool) -> None:
        """Commits a step of ours; another's step meanwhile: the event has to come again."""
        put = new_dispatch(after) if new else change_dispatch(after)
        try:
            self._transaction.commit(Writes([put]) + writes)
        except ConditionFailed as failed:
            raise Unavailable(f"{after.id} changed meanwhile: {failed}") from failed

    def _committed(self, writes: Writes) -> bool:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return False
        return True

    def _due_event(self, dispatch: Dispatch, delay: int) -> Event:
        return due_event(dispatch, delay, self._clock)


def _reachable(peer: Peer | None, wms: str) -> Peer:
    if peer is None or not peer.connection.active:
        raise NotFound("unknown_wms", f"there is no connection to the WMS {wms}", field="wms")
    return peer
