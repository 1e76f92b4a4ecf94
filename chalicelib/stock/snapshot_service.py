"""Closing a day: one shard per (warehouse, bucket), each on its own; the last one closes the run.
A WMS is asked for its figures by the run of the last day, not by those of days that were missed.

A shard may die anywhere and run again: its file's name holds its hash, its item is written once,
and whether the run is done is counted from those items by a consistent read, so the worker that
writes the last one sees them all. Each closed shard is audited (`nightly_audit`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.closing import SkuClosing
from chalicelib.stock.shard_closer import ShardCloser
from chalicelib.stock.snapshot_store import (
    CloseRun,
    Progress,
    RunState,
    ShardClosing,
    SnapshotFiles,
    SnapshotStore,
    audit_wanted,
    close_run,
    figures_wanted,
    hand_out,
    next_day_wanted,
    put_run,
    put_shard,
    read_shard,
    root_hash,
    run_id,
    shard_wanted,
)
from chalicelib.stock.store import StockStore

EVENTS = 90
"""Shards handed out in one transaction."""


class CloseService:
    """Runs of the daily close.

    `warehouses` tells each warehouse's number of buckets, now.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        snapshots: SnapshotStore,
        closer: ShardCloser,
        files: SnapshotFiles,
        warehouses: Callable[[], Mapping[str, int]],
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._closer = closer
        self._files = files
        self._warehouses = warehouses
        self._transaction = transaction
        self._clock = clock

    def start_close(self, day: date, *, reason: str = "") -> CloseRun:
        """Starts the close of a business date, or goes on with the one that was started.

        Days are closed in order and none is left out: where some were missed, the first of them is
        closed now, and each one that is done has the next one closed, up to `day`. A closed day is
        closed anew, as a new version, only for a `reason` and as long as no later day was begun;
        old versions stay.
        """
        run = self._current(day, reason) or self._start(day, reason)
        return self._go_on(run)

    def close_next(self, run: str) -> None:
        """Starts the day after a run that was made up for; again, or once others have: nothing
        new.
        """
        found, last = self._snapshots.run(run), self._snapshots.last_run()
        if last is not None and last.id == run:
            self.start_close(found.until or found.business_date)
        elif last is not None and last.state is RunState.OPEN:
            self._go_on(last)

    def _go_on(self, run: CloseRun) -> CloseRun:
        while run.wanted < len(run.shards):
            self._hand_out(run)
            run = self._snapshots.run(run.id)
        if not run.shards:
            self._finish(run)
        return self._snapshots.run(run.id)

    def run(self, run: str) -> Progress:
        """How far a run is."""
        found = self._snapshots.run(run)
        done = len(self._snapshots.shards(run))
        return Progress(run=found, done=done, total=len(found.shards))

    def shards(self, run: str) -> list[ShardClosing]:
        """The manifests of a run's closed shards."""
        return self._snapshots.shards(run)

    def rows(self, run: str, warehouse: str) -> list[SkuClosing]:
        """A warehouse's closing figures of a run, as far as its shards are closed."""
        shards = [shard for shard in self._snapshots.shards(run) if shard.warehouse == warehouse]
        return [row for shard in shards for row in read_shard(self._files, shard)]

    def close_shard(self, run: str, warehouse: str, bucket: int) -> None:
        """Closes one (warehouse, bucket) of a run, and the run with its last shard.

        `Unavailable`, to be tried again: an entry isn't costed yet, or an index lags.
        """
        found = self._snapshots.run(run)
        if f"{warehouse}/{bucket}" not in found.shards:
            raise Refused("unknown_shard", f"run {run} has no shard {warehouse}/{bucket}")
        if found.state is RunState.CLOSED:
            return
        if self._snapshots.shard(run, warehouse, bucket) is None:
            shard = self._closer.close(found, warehouse, bucket)
            # Refused: another worker closed the same shard; what it wrote stands.
            with suppress(ConditionFailed):
                self._transaction.commit(Writes([put_shard(shard)], [audit_wanted(shard)]))
        self._finish(found)

    # --- runs

    def _current(self, day: date, reason: str) -> CloseRun | None:
        """The run that stands for this day; None if one has to be started."""
        last = self._snapshots.last_run()
        if last is not None and last.state is RunState.OPEN and last.until == day:
            return last
        if last is None or last.business_date < day:
            return None
        if last.business_date > day:
            raise Refused("later_day_begun", f"the close of {last.business_date} was begun")
        anew = last.state is RunState.CLOSED and reason not in ("", last.reason)
        return None if anew else last

    def _start(self, day: date, reason: str) -> CloseRun:
        if day > business_date(self._clock.now()):
            raise Refused("day_not_begun", f"{day} isn't here yet", field="business_date")
        last = self._snapshots.last_run()
        if last is not None and last.state is RunState.OPEN:
            raise Refused("close_unfinished", f"the close of {last.business_date} isn't finished")
        until = day
        if last is not None and last.business_date < day:
            day = last.business_date + timedelta(days=1)
        again = last is not None and last.business_date == day
        version = last.version + 1 if last and again else 1
        shards = self._moved_shards()
        run = CloseRun(
            id=run_id(day, version),
            business_date=day,
            version=version,
            previous=(last.previous if again else last.id) if last else None,
            shards=shards,
            wanted=min(len(shards), EVENTS),
            state=RunState.OPEN,
            started_at=self._clock.now(),
            reason=reason,
            until=until,
        )
        events = [shard_wanted(run.id, shard, run.started_at) for shard in shards[:EVENTS]]
        # Refused: somebody else started it at the same moment; theirs is read next.
        with suppress(ConditionFailed):
            self._transaction.commit(Writes([put_run(run)], events))
        return self._snapshots.run(run.id)

    def _moved_shards(self) -> tuple[str, ...]:
        return tuple(
            f"{warehouse}/{bucket}"
            for warehouse, buckets in sorted(self._warehouses().items())
            for bucket in range(buckets)
            if self._store.has_balances(warehouse, bucket)
        )

    def _hand_out(self, run: CloseRun) -> None:
        part = run.shards[run.wanted : run.wanted + EVENTS]
        events = [shard_wanted(run.id, shard, self._clock.now()) for shard in part]
        # Refused: another caller handed these out; the run is read anew.
        with suppress(ConditionFailed):
            self._transaction.commit(Writes([hand_out(run, run.wanted + len(part))], events))

    def _finish(self, run: CloseRun) -> None:
        shards = self._snapshots.shards(run.id)
        if len(shards) < len(run.shards):
            return
        at = self._clock.now()
        if run.until is not None and run.business_date < run.until:
            events = [next_day_wanted(run.id, at)]
        else:
            events = [figures_wanted(run.id, warehouse, at) for warehouse in run.warehouses]
        # Refused: the run is closed, two workers wrote the last shards at once.
        with suppress(ConditionFailed):
            self._transaction.commit(
                Writes([close_run(run, root=root_hash(shards), at=at)], events)
            )
