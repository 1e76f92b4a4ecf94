"""Sending what is gathered: several documents in one message, each with a dispatch of its own.

**One sender a WMS and kind.** Whoever sends has the turn, under a lease; a message that is full is
followed by the event for the next one. A sender that finds another at work leaves the rest to it,
and looks again later if nobody after it will.

**Each for itself.** A message takes every dispatch in it as a sender takes a single one, and
settles each by what the answer says of it (`batching_items`, `batching_orders`): what the WMS says
has failed goes alone. So what counts in the end as its refusal is always said of one alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.calling import Later, Reply, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.gathering import GATHERED, SLOT_SECONDS
from chalicelib.warehouse.gathering_store import Turn, put_turn
from chalicelib.warehouse.jobs.steps import Acknowledging
from chalicelib.warehouse.model import (
    LEASE_SECONDS,
    LONGEST_DELAY_SECONDS,
    Dispatch,
    DispatchKind,
    advanced,
    claimed,
)
from chalicelib.warehouse.settling import Judged, Settling, due_event
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.store import Peer, WarehouseStore, change_dispatch
from chalicelib.warehouse.xml import Content

FAILED_AMONG_OTHERS = "failed_among_others"
ALONE_TOGETHER = 45
"""Dispatches put aside in one transaction: each takes itself and its event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A dispatch that goes with others; `writes` go with taking it, `acknowledged` is
    `jobs.steps.Send`'s.
    """

    dispatch: Dispatch
    writes: Writes = field(default_factory=Writes)
    acknowledged: Acknowledging | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What goes in one message; `alone` can't go with others, `left`: others need another one."""

    content: Content
    entries: Sequence[Entry]
    alone: Sequence[Dispatch]
    left: bool = False


class Together(ABC):
    """How a kind of document goes with others of its kind."""

    kind: ClassVar[DispatchKind]
    method: ClassVar[str]

    @abstractmethod
    def most(self, connection: Connection) -> int:
        """How many a message takes."""

    @abstractmethod
    def batch(self, connection: Connection, waiting: Sequence[Dispatch], now: datetime) -> Batch:
        """Those of the longest waiting that can go in one message."""

    @abstractmethod
    def judged(self, held: Entry, connection: Connection, reply: Reply) -> Judged:
        """What the answer means for one of the message."""


class Batches:
    """Sends what is gathered, a message at a time."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        calls: WmsCalls,
        circuits: Circuits,
        settling: Settling,
        kinds: Sequence[Together],
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._ids = ids
        self._calls = calls
        self._circuits = circuits
        self._settling = settling
        self._kinds: Mapping[str, Together] = {GATHERED[each.kind].event: each for each in kinds}

    def send(self, event: Event) -> None:
        """An event of `GATHERED`: one message of what is there, and the event for the next. Comes
        it again, it goes on from where it is.
        """
        wms, chain, kind = str(event.data["wms"]), str(event.data["chain"]), self._kinds[event.kind]
        peer = self._store.peer(wms)
        if peer is None or not peer.connection.active:
            raise NotFound("unknown_wms", f"there is no connection to the WMS {wms}", field="wms")
        turn, now = self._store.gatherings.turn(wms, kind.kind), self._clock.now()
        if turn.until is not None and now < turn.until and turn.sender != chain:
            if int(event.data["slot"]) >= turn.slot:
                # Nobody after this one would look for what the sender hasn't seen any more.
                self._commit(Writes((), [self._next(event, SLOT_SECONDS)]))
            return
        pause = self._circuits.wait_seconds(peer.circuit)
        if pause:
            self._commit(Writes((), [self._next(event, pause)]))
            return
        batch, full = self._batch(kind, peer.connection, now)
        self._put_aside(batch.alone)
        if batch.entries:
            turn = replace(
                turn,
                sender=chain,
                until=now + timedelta(seconds=LEASE_SECONDS),
                version=turn.version + 1,
            )
            try:
                self._send(kind, peer, turn, batch)
            except Later as later:
                seconds = min(later.seconds, LONGEST_DELAY_SECONDS)
                self._commit(Writes((), [self._next(event, seconds)]))
                return
        any_left = full or batch.left
        self._finish(event, turn, more=any_left and bool(batch.entries or batch.alone))

    def _finish(self, event: Event, turn: Turn, *, more: bool) -> None:
        if more:
            self._commit(Writes((), [self._next(event, 0)]))
        elif turn.sender == event.data["chain"]:
            # Refused, a later slot was announced meanwhile: its event finds the lease over.
            free = replace(turn, sender="", until=None, version=turn.version + 1)
            self._tried(Writes([put_turn(free)]))

    def _batch(self, kind: Together, connection: Connection, now: datetime) -> tuple[Batch, bool]:
        """The next message, and whether more may wait than it was made from."""
        most = kind.most(connection) or 1
        names = self._store.gatherings.waiting(connection.code, kind.kind, limit=most)
        found = self._store.dispatches(names)
        waiting = [
            each
            for each in (found[name] for name in names if name in found)
            if each.gathered and each.state is DispatchState.QUEUED
        ]
        return kind.batch(connection, waiting, now), len(names) == most

    def _put_aside(self, dispatches: Sequence[Dispatch]) -> None:
        """What can't go with others goes alone, at once; there its trouble shows."""
        for start in range(0, len(dispatches), ALONE_TOGETHER):
            writes = Writes()
            for dispatch in dispatches[start : start + ALONE_TOGETHER]:
                after = advanced(dispatch, DispatchEvent.WAIT, self._clock.now())
                writes += Writes([change_dispatch(after)], [due_event(after, 0, self._clock)])
            self._commit(writes)

    def _send(self, kind: Together, peer: Peer, turn: Turn, batch: Batch) -> None:
        attempt, now = self._ids.new(self._clock.now()), self._clock.now()
        codes = tuple(each.dispatch.document for each in batch.entries)
        call = self._calls.prepare(peer, kind.method, batch.content, documents=codes)
        held = [
            replace(
                each,
                dispatch=replace(
                    claimed(each.dispatch, attempt, now), message_id=call.message.id, batched=True
                ),
            )
            for each in batch.entries
        ]
        taken = Writes([put_turn(turn)])
        for each in held:
            taken += Writes([change_dispatch(each.dispatch)]) + each.writes
        self._commit(taken + call.writes)
        reply = self._calls.perform(peer, call)
        self._settling.settle_all(
            [(each.dispatch, kind.judged(each, peer.connection, reply)) for each in held]
        )

    def _next(self, event: Event, delay: int) -> Event:
        step = int(event.data["step"]) + 1
        begun = f"{event.kind}:{event.subject}:{event.data['chain']}"
        return replace(
            event,
            id=f"{begun}:{step}",
            occurred_at=self._clock.now(),
            data={**event.data, "step": step},
            delay_seconds=delay,
        )

    def _commit(self, writes: Writes) -> None:
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            raise Unavailable(f"what is gathered changed meanwhile: {failed}") from failed

    def _tried(self, writes: Writes) -> None:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return
