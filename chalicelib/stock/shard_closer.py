"""One shard of a close: yesterday's closing plus the entries since, by sequence, as a file.

Which entries those are is proved, not assumed: per SKU they are all that the opening doesn't hold,
up to the balance's version (read consistently). So a lagging index only delays a close. Those that
count for a later day wait for it. Those that count for a day that is closed **restate** it: that
day's shard and each one's after it get a next version, whose rows hold them; the versions before
are kept.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.closing import SkuClosing, below_zero, nothing, totals, write_rows
from chalicelib.stock.folding import Folded, Line, fold, ids_digest, restated
from chalicelib.stock.model import Balance
from chalicelib.stock.shard_lines import Place, ShardLines
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

Lines: TypeAlias = Mapping[str, Sequence[Line]]
"""Entries by SKU, in sequence."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Without Python's collector of cycles: rows and lines have none, and looking for some in all
    of them, over and over, takes half the time of a large shard.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class ShardCloser:
    """Computes closed shards, and commits what restates earlier ones; the caller commits the
    manifest.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        lines: ShardLines,
        snapshots: SnapshotStore,
        files: SnapshotFiles,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._lines = lines
        self._snapshots = snapshots
        self._files = files
        self._transaction = transaction
        self._clock = clock

    @uncollected()
    def close(self, run: CloseRun, warehouse: str, bucket: int) -> ShardClosing:
        """Writes the shard's file and gives its manifest, once what was booked late has restated
        the days before; `Unavailable` where something isn't costed or seen yet.
        """
        place = Place(warehouse=warehouse, bucket=bucket)
        last = self._snapshots.run(run.previous) if run.previous else None
        openings = self._rows(last, place)
        balances = self._balances(place)
        new = self._lines.new(run, place, openings, balances)
        until = last.business_date if last else date.min
        late = {
            sku: found
            for sku, lines in new.items()
            if (found := [line for line in lines if line.posting_date <= until])
        }
        if last is not None and late:
            self._restate(run, last, place, late)
            openings = self._rows(last, place)
            new |= {sku: [line for line in new[sku] if line.posting_date > until] for sku in late}
        _check_read_together(openings, balances)
        _check_costed(new, run.business_date)
        return self._written(run, place, fold(run.business_date, openings, balances, new))

    def _written(self, run: CloseRun, place: Place, folded: Folded) -> ShardClosing:
        rows = folded.rows
        body = write_rows(rows)
        sha256 = hashlib.sha256(body).hexdigest()
        day = run.business_date.isoformat()
        folder = f"snapshots/{day}/{run.version}/{place.warehouse}"
        file = f"{folder}/{place.bucket}-{sha256[:16]}.jsonl.gz"
        self._files.put(file, body)
        short = below_zero(rows)
        return ShardClosing(
            run=run.id,
            warehouse=place.warehouse,
            bucket=place.bucket,
            file=file,
            sha256=sha256,
            skus=len(rows),
            entries=folded.entries,
            ids=folded.ids,
            quantity=totals(flow for row in rows for flow in row.quantities.values()),
            value=totals(row.value for row in rows),
            closed_at=self._clock.now(),
            below_zero=len(short),
            lowest=tuple(short[:NAMED_BELOW_ZERO]),
        )

    # --- what was booked late

    def _restate(self, run: CloseRun, last: CloseRun, place: Place, late: Lines) -> None:
        """Brings the entries into the days they count for and those after, the oldest first. Done
        again, it finds them there.
        """
        _check_costed(late, date.max)
        first = min(line.posting_date for lines in late.values() for line in lines)
        days = [last]
        while days[0].business_date > first and days[0].previous is not None:
            before = self._snapshots.run(days[0].previous)
            if before.business_date < first:
                break
            days.insert(0, before)
        for closed in days:
            self._restate_day(closed, place, late, found_by=run.id)

    def _restate_day(self, closed: CloseRun, place: Place, late: Lines, *, found_by: str) -> None:
        shard = self._snapshots.shard(closed.id, place.warehouse, place.bucket)
        rows = {row.sku: row for row in read_shard(self._files, shard)} if shard else {}
        last = self._snapshots.run(closed.previous) if closed.previous else None
        until = last.business_date if last else date.min
        changed, names = False, []
        for sku, lines in sorted(late.items()):
            row = rows.get(sku) or nothing(sku)
            missing = [
                line
                for line in lines
                if line.posting_date <= closed.business_date and not row.has(line.sequence)
            ]
            if missing:
                before = [line for line in missing if line.posting_date <= until]
                of_day = [line for line in missing if line.posting_date > until]
                rows[sku] = restated(row, before=before, of_day=of_day)
                changed = True
                names += [line.name for line in of_day]
        if not changed:
            return
        entries = (shard.entries if shard else 0) + len(names)
        folded = Folded(
            rows=[rows[sku] for sku in sorted(rows)],
            entries=entries,
            ids=ids_digest(names, before=shard.ids if shard else ""),
        )
        anew = self._written(closed, place, folded)
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


def _check_read_together(
    openings: Mapping[str, SkuClosing], balances: Mapping[str, Balance]
) -> None:
    """`Unavailable` where another worker on the same shard has seen later entries and restated the
    opening by them: the balances that were read don't have them.
    """
    for sku, row in openings.items():
        if sku not in balances or max(row.late, default=0) > balances[sku].version:
            raise Unavailable(f"{sku}: another worker restates the days before")


def _check_costed(lines: Lines, until: date) -> None:
    """`Unavailable` while an entry that counts for a day up to this one isn't costed."""
    for sku, each in lines.items():
        missing = sum(line.value is None and line.posting_date <= until for line in each)
        if missing:
            raise Unavailable(f"{sku}: {missing} entries aren't costed yet")
