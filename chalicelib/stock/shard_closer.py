"""One shard of a close: yesterday's closing plus the entries since, by sequence, as a file.

Which entries those are is proved, not assumed: per SKU they continue the opening's sequence without
a gap, and reach the balance's version (read consistently) or the first entry of a later day. So a
lagging index only delays a close, and what was booked late for a day that is closed counts in the
next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.stock.closing import (
    SkuClosing,
    check_closing,
    next_closing,
    totals,
    write_rows,
)
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import Balance, Entry
from chalicelib.stock.snapshot_store import (
    CloseRun,
    ShardClosing,
    SnapshotFiles,
    SnapshotStore,
    read_shard,
)
from chalicelib.stock.store import StockStore

MOST_DAYS = 7
"""Days between two closes that are read by day; beyond that, SKU by SKU."""


class ShardCloser:
    """Computes and reads closed shards; the caller commits the manifest."""

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        snapshots: SnapshotStore,
        files: SnapshotFiles,
        clock: Clock,
    ) -> None:
        self._store = store
        self._values = values
        self._snapshots = snapshots
        self._files = files
        self._clock = clock

    def close(self, run: CloseRun, warehouse: str, bucket: int) -> ShardClosing:
        """Writes the shard's file and gives its manifest; `Unavailable` where something isn't
        costed or seen yet.
        """
        openings = self._openings(run, warehouse, bucket)
        balances = self._balances(warehouse, bucket)
        by_sku = self._new_entries(run, openings, balances)
        values = self._values.values([entry.id for entries in by_sku.values() for entry in entries])
        rows = []
        for sku, entries in sorted(by_sku.items()):
            missing = [entry for entry in entries if entry.id not in values]
            if missing:
                raise Unavailable(f"{warehouse}/{sku}: {len(missing)} entries aren't costed yet")
            worth = [value for entry in entries for value in values[entry.id]]
            row = next_closing(sku, openings.get(sku), entries, worth)
            check_closing(row, openings.get(sku), balances[sku])
            rows.append(row)
        body = write_rows(rows)
        sha256 = hashlib.sha256(body).hexdigest()
        day = run.business_date.isoformat()
        file = f"snapshots/{day}/{run.version}/{warehouse}/{bucket}-{sha256[:16]}.jsonl"
        self._files.put(file, body)
        return ShardClosing(
            run=run.id,
            warehouse=warehouse,
            bucket=bucket,
            file=file,
            sha256=sha256,
            skus=len(rows),
            entries=sum(map(len, by_sku.values())),
            quantity=totals(flow for row in rows for flow in row.quantities.values()),
            value=totals(row.value for row in rows),
            closed_at=self._clock.now(),
        )

    def _openings(self, run: CloseRun, warehouse: str, bucket: int) -> dict[str, SkuClosing]:
        if run.previous is None:
            return {}
        for shard in self._snapshots.shards(run.previous):
            if (shard.warehouse, shard.bucket) == (warehouse, bucket):
                return {row.sku: row for row in read_shard(self._files, shard)}
        return {}

    def _balances(self, warehouse: str, bucket: int) -> dict[str, Balance]:
        found: dict[str, Balance] = {}
        cursor: str | None = None
        while True:
            page, cursor = self._store.balance_page(warehouse, bucket, limit=500, cursor=cursor)
            found |= {balance.sku: balance for balance in page}
            if cursor is None:
                return found

    def _new_entries(
        self, run: CloseRun, openings: Mapping[str, SkuClosing], balances: Mapping[str, Balance]
    ) -> dict[str, list[Entry]]:
        """Per SKU the entries from the opening's sequence to the last one of the day."""
        of_day = self._entries_by_day(run, balances)
        new: dict[str, list[Entry]] = {}
        for sku, balance in balances.items():
            start = openings[sku].sequence if sku in openings else 0
            seen = [entry for entry in of_day.get(sku, []) if entry.sequence > start]
            wanted = list(range(start + 1, balance.version + 1))
            if [entry.sequence for entry in seen] == wanted:
                new[sku] = seen
            else:
                new[sku] = self._store.pool_run(balance, after=start, until=run.business_date)
        return new

    def _entries_by_day(
        self, run: CloseRun, balances: Mapping[str, Balance]
    ) -> dict[str, list[Entry]]:
        """What the day's index shows, which may lag: what it lacks is read SKU by SKU."""
        by_sku: dict[str, list[Entry]] = {}
        last = self._snapshots.run(run.previous).business_date if run.previous else None
        days = (run.business_date - last).days if last else MOST_DAYS + 1
        if not balances or days > MOST_DAYS:
            return by_sku
        any_balance = next(iter(balances.values()))
        for back in reversed(range(days)):
            day = run.business_date - timedelta(days=back)
            entries = self._store.day_entries(any_balance.warehouse, any_balance.bucket, day)
            for entry in entries:
                by_sku.setdefault(entry.sku, []).append(entry)
        return by_sku
