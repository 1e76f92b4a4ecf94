"""One shard of a close: yesterday's closing plus the entries since, by sequence, as a file.

Which entries those are is proved, not assumed: per SKU they are all that the opening doesn't hold,
up to the balance's version (read consistently). So a lagging index only delays a close. Those that
count for a later day wait for it. Those that count for a day that is closed **restate** it: that
day's shard and each one's after it get a next version, whose rows hold them; the versions before
are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.closing import (
    Moved,
    SkuClosing,
    below_zero,
    check_closing,
    next_closing,
    nothing,
    restated,
    totals,
    write_rows,
)
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.costing import ValueEntry
from chalicelib.stock.model import Balance, Entry, EntryId
from chalicelib.stock.snapshot_store import (
    CloseRun,
    ShardClosing,
    SnapshotFiles,
    SnapshotStore,
    put_shard,
    read_shard,
)
from chalicelib.stock.store import StockStore

NAMED_BELOW_ZERO = 5
"""What is below zero and a manifest names; the rest it counts."""

Worth: TypeAlias = Mapping[EntryId, Sequence[ValueEntry]]
"""The value entries of entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse's bucket."""

    warehouse: str
    bucket: int

    def __str__(self) -> str:
        return f"{self.warehouse}/{self.bucket}"


class ShardCloser:
    """Computes closed shards, and commits what restates earlier ones; the caller commits the
    manifest.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        snapshots: SnapshotStore,
        files: SnapshotFiles,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._values = values
        self._snapshots = snapshots
        self._files = files
        self._transaction = transaction
        self._clock = clock

    def close(self, run: CloseRun, warehouse: str, bucket: int) -> ShardClosing:
        """Writes the shard's file and gives its manifest, once what was booked late has restated
        the days before; `Unavailable` where something isn't costed or seen yet.
        """
        place = Place(warehouse=warehouse, bucket=bucket)
        last = self._snapshots.run(run.previous) if run.previous else None
        openings = self._rows(last, place)
        balances = self._balances(place)
        new = self._new_entries(run, openings, balances)
        until = last.business_date if last else date.min
        late = {
            sku: found
            for sku, entries in new.items()
            if (found := [entry for entry in entries if entry.posting_date <= until])
        }
        if last is not None and late:
            self._restate(run, last, place, late)
            openings = self._rows(last, place)
        _check_read_together(openings, balances)
        moved = {
            sku: [each for each in entries if until < each.posting_date <= run.business_date]
            for sku, entries in new.items()
        }
        values = self._worth(moved.values())
        rows = []
        for sku, entries in sorted(new.items()):
            opening, balance = openings.get(sku, nothing(sku)), balances[sku]
            ahead = [each for each in entries if each.posting_date > run.business_date]
            row = next_closing(
                opening, _with_values(moved[sku], values), sequence=balance.version, ahead=ahead
            )
            check_closing(row, opening, balance, ahead=ahead)
            if row.quantities:
                rows.append(row)
        return self._written(run, place, rows, sum(map(len, moved.values())))

    def _written(
        self, run: CloseRun, place: Place, rows: Sequence[SkuClosing], entries: int
    ) -> ShardClosing:
        body = write_rows(rows)
        sha256 = hashlib.sha256(body).hexdigest()
        day = run.business_date.isoformat()
        folder = f"snapshots/{day}/{run.version}/{place.warehouse}"
        file = f"{folder}/{place.bucket}-{sha256[:16]}.jsonl"
        self._files.put(file, body)
        short = below_zero(rows)
        return ShardClosing(
            run=run.id,
            warehouse=place.warehouse,
            bucket=place.bucket,
            file=file,
            sha256=sha256,
            skus=len(rows),
            entries=entries,
            quantity=totals(flow for row in rows for flow in row.quantities.values()),
            value=totals(row.value for row in rows),
            closed_at=self._clock.now(),
            below_zero=len(short),
            lowest=tuple(short[:NAMED_BELOW_ZERO]),
        )

    # --- what was booked late

    def _restate(
        self, run: CloseRun, last: CloseRun, place: Place, late: Mapping[str, Sequence[Entry]]
    ) -> None:
        """Brings the entries into the days they count for and those after, the oldest first. Done
        again, it finds them there.
        """
        first = min(entry.posting_date for entries in late.values() for entry in entries)
        days = [last]
        while days[0].business_date > first and days[0].previous is not None:
            before = self._snapshots.run(days[0].previous)
            if before.business_date < first:
                break
            days.insert(0, before)
        values = self._worth(late.values())
        for closed in days:
            self._restate_day(closed, place, late, values, found_by=run.id)

    def _restate_day(
        self,
        closed: CloseRun,
        place: Place,
        late: Mapping[str, Sequence[Entry]],
        values: Worth,
        /,
        *,
        found_by: str,
    ) -> None:
        shard = self._snapshots.shard(closed.id, place.warehouse, place.bucket)
        rows = {row.sku: row for row in read_shard(self._files, shard)} if shard else {}
        last = self._snapshots.run(closed.previous) if closed.previous else None
        until = last.business_date if last else date.min
        changed, added = False, 0
        for sku, entries in late.items():
            row = rows.get(sku, nothing(sku))
            missing = [
                entry
                for entry in entries
                if entry.posting_date <= closed.business_date and not row.has(entry.sequence)
            ]
            if missing:
                before = [entry for entry in missing if entry.posting_date <= until]
                of_day = [entry for entry in missing if entry.posting_date > until]
                rows[sku] = restated(
                    row, before=_with_values(before, values), of_day=_with_values(of_day, values)
                )
                changed, added = True, added + len(of_day)
        if not changed:
            return
        in_order = [rows[sku] for sku in sorted(rows)]
        anew = self._written(closed, place, in_order, (shard.entries if shard else 0) + added)
        version = (shard.version if shard else 1) + 1
        try:
            self._transaction.commit(
                Writes([put_shard(replace(anew, version=version, found_by=found_by))])
            )
        except ConditionFailed as failed:
            raise Unavailable(f"another worker restates {closed.id} {place}") from failed

    # --- what there is

    def _rows(self, run: CloseRun | None, place: Place) -> dict[str, SkuClosing]:
        if run is None:
            return {}
        shard = self._snapshots.shard(run.id, place.warehouse, place.bucket)
        return {row.sku: row for row in read_shard(self._files, shard)} if shard else {}

    def _worth(self, entries: Iterable[Sequence[Entry]]) -> Worth:
        """What entries are worth, all of them; `Unavailable` while one isn't costed."""
        wanted = [entry for each in entries for entry in each]
        values = self._values.values([entry.id for entry in wanted])
        missing = [entry for entry in wanted if entry.id not in values]
        if missing:
            place = f"{missing[0].warehouse}/{missing[0].sku}"
            raise Unavailable(f"{place}: {len(missing)} entries aren't costed yet")
        return values

    def _balances(self, place: Place) -> dict[str, Balance]:
        found: dict[str, Balance] = {}
        cursor: str | None = None
        while True:
            page, cursor = self._store.balance_page(
                place.warehouse, place.bucket, limit=500, cursor=cursor
            )
            found |= {balance.sku: balance for balance in page}
            if cursor is None:
                return found

    def _new_entries(
        self, run: CloseRun, openings: Mapping[str, SkuClosing], balances: Mapping[str, Balance]
    ) -> dict[str, list[Entry]]:
        """Per SKU all entries up to its balance that the opening doesn't hold."""
        shown = self._entries_by_day(run, balances)
        new: dict[str, list[Entry]] = {}
        for sku, balance in balances.items():
            opening = openings.get(sku, nothing(sku))
            after = opening.whole_until
            wanted = [at for at in range(after + 1, balance.version + 1) if not opening.has(at)]
            seen = {entry.sequence: entry for entry in shown.get(sku, [])}
            if not all(at in seen for at in wanted):
                run_of_it = self._store.pool_run(balance, after=after)
                seen = {entry.sequence: entry for entry in run_of_it}
            new[sku] = [seen[at] for at in wanted]
        return new

    def _entries_by_day(
        self, run: CloseRun, balances: Mapping[str, Balance]
    ) -> dict[str, list[Entry]]:
        """What the index of days shows of this day and the next. It may lag, and what was booked
        late is elsewhere: what it lacks is read SKU by SKU, as is all of a first close.
        """
        by_sku: dict[str, list[Entry]] = {}
        if not balances or run.previous is None:
            return by_sku
        any_balance = next(iter(balances.values()))
        for day in (run.business_date, run.business_date + timedelta(days=1)):
            entries = self._store.day_entries(any_balance.warehouse, any_balance.bucket, day)
            for entry in entries:
                by_sku.setdefault(entry.sku, []).append(entry)
        return by_sku


def _check_read_together(
    openings: Mapping[str, SkuClosing], balances: Mapping[str, Balance]
) -> None:
    """`Unavailable` where another worker on the same shard has seen later entries and restated the
    opening by them: the balances that were read don't have them.
    """
    for sku, row in openings.items():
        if sku not in balances or max(row.late, default=0) > balances[sku].version:
            raise Unavailable(f"{sku}: another worker restates the days before")


def _with_values(entries: Sequence[Entry], values: Worth) -> Moved:
    return Moved(entries=entries, values=[value for entry in entries for value in values[entry.id]])
