"""What has to be in order before a period is closed, point by point, read from what exists.

It reads one row per shard and day, and the first rows of each list, never entries or balances by
themselves: that a day's close holds all of them, costed, is what the closes prove. What was booked
since the last close for days that were over is known by `LatePosting` rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused
from chalicelib.stock.closing import below_zero
from chalicelib.stock.comparison_store import ComparisonStore
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import Entry, EntryId
from chalicelib.stock.nightly_audit import unsettled
from chalicelib.stock.period_store import PeriodStore
from chalicelib.stock.periods import (
    IN_FLIGHT,
    CloseKind,
    Finding,
    Period,
    PeriodVersion,
    Point,
)
from chalicelib.stock.snapshot_store import (
    CloseRun,
    SnapshotFiles,
    SnapshotStore,
    read_shard,
    root_hash,
)
from chalicelib.stock.standing import Standing, StandingState, standing_page
from chalicelib.stock.store import StockStore

NAMED = 5
"""Culprits that a finding names; the rest it counts."""

MOST_COUNTED = 200
"""What a list is counted up to; behind that there are just more."""

Blockers = Callable[[Sequence[date], int], Sequence[str]]
"""What of these days blocks their period's close, the oldest first, up to so many: each a
document's or message's id with a word of why.
"""


class PeriodChecks:
    """The checklist. `blockers` answer the points that other slices know about."""

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        snapshots: SnapshotStore,
        files: SnapshotFiles,
        comparisons: ComparisonStore,
        periods: PeriodStore,
        blockers: Mapping[Point, Blockers],
        clock: Clock,
    ) -> None:
        self._store = store
        self._values = values
        self._snapshots = snapshots
        self._files = files
        self._comparisons = comparisons
        self._periods = periods
        self._blockers = blockers
        self._clock = clock

    def findings(
        self,
        period: Period,
        kind: CloseKind,
        before: PeriodVersion | None,
        *,
        most_shards: int | None,
    ) -> tuple[Finding, ...]:
        """All points, passed or not, before anybody signs one off. Refused: more shards than
        `most_shards` would have to be read.
        """
        runs = self._snapshots.closed_days(period.first, period.last)
        shards = sum(len(run.shards) for run in runs.values())
        if most_shards is not None and shards > most_shards:
            raise Refused(
                "too_many_shards",
                f"{period} has {shards} closed shards, too many to check in one request: "
                "use ./oms period-close",
            )
        last = runs.get(period.last)
        proof = self._proof(period)
        days = list(period.days(since=self.books_begin() or period.first))
        found = [self._days(days, runs)]
        found += [
            _finding(point, blockers(days, MOST_COUNTED + 1))
            for point, blockers in sorted(self._blockers.items())
        ]
        found += [
            _finding(Point.SUSPENSE, self._suspense(period)),
            self._below_zero(last),
            _finding(Point.COSTED, self._uncosted(period, proof)),
            self._unexplained(last),
        ]
        if kind is CloseKind.HARD:
            found.append(_finding(Point.TOLD_LATE, self._told_late(period, before, proof)))
        return tuple(found)

    # --- the closes of its days

    def books_begin(self) -> date | None:
        """The day of the first close; None before it."""
        run = self._snapshots.first_run()
        return run.business_date if run else None

    def _days(self, days: Sequence[date], runs: Mapping[date, CloseRun]) -> Finding:
        wrong: list[str] = []
        for day in days:
            run = runs.get(day)
            if run is None:
                wrong.append(f"{day} isn't closed")
                continue
            first, latest = self._snapshots.first_and_latest(run.id)
            if root_hash(first) != run.root:
                wrong.append(f"{run.id}: its root doesn't hold")
            wrong += [
                f"{run.id} {each.warehouse}/{each.bucket} isn't balanced"
                for each in latest
                if not _balanced(each.quantity) or not _balanced(each.value)
            ]
            wrong += [
                f"{run.id}: its audit found that {pool} isn't in order, and nobody has settled it"
                for pool in unsettled(self._store.items, run.id)
            ]
        return _finding(Point.DAYS, wrong)

    def _below_zero(self, last: CloseRun | None) -> Finding:
        count, named = 0, []
        for shard in self._snapshots.shards(last.id) if last else ():
            found, lowest = shard.below_zero, list(shard.lowest)
            if found is None:
                lowest = below_zero(read_shard(self._files, shard))
                found = len(lowest)
            count += found
            named += [f"{shard.warehouse} {each}" for each in lowest]
        return Finding(point=Point.BELOW_ZERO, count=count, culprits=tuple(named[:NAMED]))

    def _unexplained(self, last: CloseRun | None) -> Finding:
        """By the last comparison of each warehouse with the close of the period's last day."""
        count, named = 0, []
        for warehouse in last.warehouses if last else ():
            compared = self._comparisons.comparisons(last.id, warehouse) if last else []
            if not compared:
                count += 1
                named.append(f"{warehouse} wasn't compared with its WMS")
            elif unexplained := compared[-1].unexplained:
                count += unexplained
                named.append(f"{warehouse}: {unexplained} in {compared[-1].file}")
        return Finding(point=Point.UNEXPLAINED, count=count, culprits=tuple(named[:NAMED]))

    # --- what isn't in a close yet

    def _proof(self, period: Period) -> CloseRun | None:
        """The last close, if it was begun late enough to hold all that was booked for the period
        before the month was over: each entry in it is costed.
        """
        run = self._snapshots.closed_by(self._clock.now().date() + timedelta(days=1))
        if run is None or run.business_date < period.last:
            return None
        return run if run.started_at >= period.closable_from else None

    def _uncosted(self, period: Period, proof: CloseRun | None) -> list[str]:
        if proof is None:
            return [_no_close(period.closable_from)]
        late, more = self._periods.told_late(
            period, since=proof.started_at - IN_FLIGHT, limit=MOST_COUNTED
        )
        if more:
            return [f"more than {MOST_COUNTED} documents were told late since {proof.id}"]
        entries = {
            EntryId(document=each.document, entry=entry): each
            for each in late
            for entry in each.entries
        }
        costed = self._values.values(entries)
        return [f"{each.document} {each.entry}" for each in entries if each not in costed]

    def _told_late(
        self, period: Period, before: PeriodVersion | None, proof: CloseRun | None
    ) -> list[str]:
        """Since it was closed soft, a close has to have found all that counts for it."""
        if before is None:
            return []
        settled = before.at + IN_FLIGHT
        if proof is None or proof.started_at < settled:
            return [_no_close(max(settled, period.closable_from))]
        late, _ = self._periods.told_late(
            period, since=proof.started_at - IN_FLIGHT, limit=MOST_COUNTED
        )
        return [f"{each.document} of {each.day} isn't in a close yet" for each in late]

    # --- suspense

    def _suspense(self, period: Period) -> list[str]:
        """What stands in suspense since a moment before the period was over; of what came later,
        that whose entries count for it.
        """
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = standing_page(self._store.items, StandingState.OPEN, cursor=cursor)
            found += [self._aged(row) for row in page.rows if self._in_suspense(row, period)]
            cursor = page.next_cursor
            if cursor is None or len(found) > MOST_COUNTED:
                return found

    def _in_suspense(self, row: Standing, period: Period) -> bool:
        if row.since < period.over_at:
            return True
        entries = self._store.entries_of(row.document)
        return any(
            _leaves_in_suspense(each) for each in entries if each.posting_date <= period.last
        )

    def _aged(self, row: Standing) -> str:
        hours = int((self._clock.now() - row.since).total_seconds()) // 3600
        return f"{row.document} in {row.warehouse}, {hours} h"


def _leaves_in_suspense(entry: Entry) -> bool:
    return any(end.startswith("SUSPENSE:") for end in (entry.from_location, entry.to_location))


def _balanced(totals: Mapping[str, int]) -> bool:
    return totals["opening"] + totals["incoming"] - totals["outgoing"] == totals["closing"]


def _no_close(moment: datetime) -> str:
    return f"no close that was begun after {moment:%Y-%m-%dT%H:%MZ} is done"


def _finding(point: Point, culprits: Sequence[str]) -> Finding:
    return Finding(
        point=point,
        count=min(len(culprits), MOST_COUNTED),
        culprits=tuple(culprits[:NAMED]),
        more=len(culprits) > MOST_COUNTED,
    )
