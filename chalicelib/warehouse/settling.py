"""Writing down what came of a dispatch: one transaction for everything it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import MOST_WRITES, ConditionFailed, Transaction, Writes
from chalicelib.warehouse.calling import Reply
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.steps import (
    Acknowledging,
    Job,
    Settlement,
)
from chalicelib.warehouse.model import (
    LONGEST_DELAY_SECONDS,
    Dispatch,
    DispatchKind,
    advanced,
    delay_seconds,
)
from chalicelib.warehouse.states import SETTLED, DispatchEvent, DispatchState
from chalicelib.warehouse.store import WarehouseStore, change_dispatch

TRIES = 5
"""How often a commit is planned anew when others keep changing its documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a call means for its dispatch. `wms_id` is the WMS's number, "" where it told none;
    `acknowledged` is `jobs.steps.Send`'s; nothing more happens for `after_seconds` at least.
    """

    event: DispatchEvent
    reply: Reply
    wms_id: str = ""
    acknowledged: Acknowledging | None = None
    after_seconds: int = 0


class Settling:
    """Commits outcomes."""

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

    def settle(self, held: Dispatch, judged: Judged) -> None:
        """Commits the outcome, planned anew while others change the documents it touches."""
        current: Dispatch | None = held
        for _ in range(TRIES):
            if current is None or current.attempt_id != held.attempt_id:
                # Our lease was over and another sender has taken it: what it finds will count.
                self._transaction.commit(judged.reply.writes)
                return
            if self._committed(self._outcome(current, held, judged)):
                return
            # What was known of the document is old: from now on it is read.
            judged = replace(judged, acknowledged=None)
            current = self._store.dispatch(held.id)
        raise Unavailable(f"others keep changing what {held.id} is about")

    def settle_all(self, settled: Sequence[tuple[Dispatch, Judged]]) -> None:
        """`settle` for all dispatches of one message: several in a transaction, each alone where
        others have changed one of them.
        """
        if settled:
            self._transaction.commit(settled[0][1].reply.writes)
        quiet = [
            (held, replace(judged, reply=replace(judged.reply, writes=Writes())))
            for held, judged in settled
        ]
        chunk, writes = list[tuple[Dispatch, Judged]](), Writes()
        for held, judged in quiet:
            outcome = self._outcome(held, held, judged)
            if len(writes) + len(outcome) > MOST_WRITES:
                self._settle_together(chunk, writes)
                chunk, writes = [], Writes()
            chunk.append((held, judged))
            writes += outcome
        self._settle_together(chunk, writes)

    def _settle_together(self, chunk: Sequence[tuple[Dispatch, Judged]], writes: Writes) -> None:
        if not self._committed(writes):
            for held, judged in chunk:
                self.settle(held, judged)

    def _outcome(self, current: Dispatch, held: Dispatch, judged: Judged) -> Writes:
        now, reply = self._clock.now(), judged.reply
        after = replace(
            advanced(current, judged.event, now),
            code=reply.code,
            message_id=reply.message_id,
            wms_id=judged.wms_id or current.wms_id,
        )
        if after.state is DispatchState.ACKED and current.revision > held.revision:
            # The document changed while this was on its way: its new content goes next.
            after = replace(advanced(after, DispatchEvent.CHANGE, now), version=after.version)
        writes = Writes([change_dispatch(after, held_as=held.attempt_id)]) + reply.writes
        writes += self._document_side(held, judged)
        if after.state not in SETTLED:
            part = judged.event is DispatchEvent.ACKNOWLEDGE_PART
            delay = 0 if part else max(self._delay(after), judged.after_seconds)
            writes += Writes((), [due_event(after, delay, self._clock)])
        elif after.state is DispatchState.DEAD:
            writes += self.case(after, ExceptionKind.DISPATCH_DEAD)
        elif after.state is DispatchState.REFUSED and self._jobs[held.kind].refusal_needs_a_person:
            writes += self.case(after, ExceptionKind.DISPATCH_REFUSED)
        return writes

    def _document_side(self, held: Dispatch, judged: Judged) -> Writes:
        job, reply = self._jobs[held.kind], judged.reply
        source = Source(message_id=reply.message_id, path="/response")
        settlement = Settlement(wms_id=judged.wms_id or held.wms_id, code=reply.code, source=source)
        try:
            if judged.event is DispatchEvent.ACKNOWLEDGE:
                if judged.acknowledged is not None:
                    return judged.acknowledged(settlement)
                return job.plan_acknowledged(held, settlement)
            if judged.event is DispatchEvent.REFUSE:
                return job.plan_refused(held, settlement)
            if judged.event is DispatchEvent.LOSE:
                return job.plan_lost(held)
        except Refused as refused:
            # What the WMS said is true all the same; that our document can't follow is for a
            # person.
            return self.case(
                replace(held, code=refused.code, message_id=reply.message_id),
                ExceptionKind.DISPATCH_CONTRADICTION,
            )
        return Writes()

    def _delay(self, after: Dispatch) -> int:
        tries = after.asked if after.state is DispatchState.UNKNOWN else after.attempts
        return delay_seconds(max(tries, 1), after.id)

    def _committed(self, writes: Writes) -> bool:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return False
        return True

    def case(self, dispatch: Dispatch, kind: ExceptionKind) -> Writes:
        """A case for a person: what was sent, to whom, in which state it ended."""
        case = ExceptionCase(
            id=f"{kind}:{dispatch.id}:{dispatch.revision}",
            kind=kind,
            document=dispatch.document,
            text=f"{dispatch.method} to {dispatch.wms}: {dispatch.state.value}, {dispatch.code}",
            message_id=dispatch.message_id,
            raised_at=self._clock.now(),
        )
        return Writes([plan_exception(case)])


def failing(held: Dispatch, connection: Connection) -> DispatchEvent:
    """It surely wasn't taken: once more, or no more."""
    exhausted = held.attempts >= connection.most_attempts
    return DispatchEvent.EXHAUST if exhausted else DispatchEvent.FAIL


def due_event(dispatch: Dispatch, delay: int, clock: Clock) -> Event:
    """The event that brings a dispatch back; void once the dispatch has another version."""
    return Event(
        id=f"DispatchDue:{dispatch.id}:{dispatch.version}",
        kind="DispatchDue",
        subject=dispatch.document,
        occurred_at=clock.now(),
        correlation=dispatch.correlation,
        data={"dispatch": dispatch.id, "wms": dispatch.wms, "version": dispatch.version},
        delay_seconds=min(max(delay, 0), LONGEST_DELAY_SECONDS),
    )
