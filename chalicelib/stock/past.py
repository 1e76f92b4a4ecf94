"""Closing stock (期末库存) of any SKU on any day: the last close before it, and the entries since.

A run that closed on the day, or the last one before it, says where each SKU stood; the entries that
count for the days since are added. What was booked late for a closed day is in that day's close
once the next one has run; until then it is looked for behind the last close. So how much is read
depends on how long ago a close was, not on the length of the history. Of a day that isn't over it
is what is booked so far.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen
from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.listing import bucket_place
from chalicelib.stock.model import Balance, Entry
from chalicelib.stock.snapshot_store import CloseRun, SnapshotFiles, SnapshotStore, read_shard
from chalicelib.stock.store import StockStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingStock:
    """What there was of a SKU in a warehouse when a day ended: pieces per inventory type, value in
    fen over all types. The value is None while an entry isn't costed yet. `since` entries were
    added to the close.
    """

    warehouse: str
    sku: str
    quantities: Mapping[str, int]
    value: Fen | None
    since: int

    @property
    def quantity(self) -> int:
        """Pieces over all inventory types."""
        return sum(self.quantities.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingPage:
    """Some SKUs of a day by code, the close they begin with (None: there was none yet), and where
    to go on (None: that was all).
    """

    stock: tuple[ClosingStock, ...]
    run: str | None
    next_cursor: str | None = None


class PastStock:
    """Answers what there was on a day."""

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

    def of_skus(self, warehouse: str, skus: Iterable[str], day: date, *, zone: str) -> ClosingPage:
        """These SKUs, as far as they ever moved in the warehouse (in time zone `zone`).
        `Refused` for a day that hasn't begun there; `Unavailable`: an index lags.
        """
        self._check_day(day, zone)
        balances = self._store.balances([(warehouse, sku) for sku in skus])
        run = self._snapshots.closed_by(day)
        return ClosingPage(
            stock=self._stock(run, warehouse, list(balances.values()), day),
            run=run.id if run else None,
        )

    def of_warehouse(
        self,
        warehouse: str,
        buckets: Sequence[int],
        day: date,
        *,
        zone: str,
        limit: int = 100,
        cursor: str | None = None,
    ) -> ClosingPage:
        """A page of all SKUs that ever moved in the warehouse, by bucket and code; a page may be
        short and still have a next one.
        """
        self._check_day(day, zone)
        at, inner = bucket_place(cursor, len(buckets))
        balances, following = self._store.balance_page(
            warehouse, buckets[at], limit=limit, cursor=inner
        )
        run = self._snapshots.closed_by(day)
        last = following is None and at + 1 == len(buckets)
        place = f"{at}:{following}" if following is not None else f"{at + 1}:"
        return ClosingPage(
            stock=self._stock(run, warehouse, balances, day),
            run=run.id if run else None,
            next_cursor=None if last else place,
        )

    def _check_day(self, day: date, zone: str) -> None:
        if day > business_date(self._clock.now(), zone):
            raise Refused("day_not_begun", f"{day} isn't here yet", field="day")

    def _stock(
        self, run: CloseRun | None, warehouse: str, balances: Collection[Balance], day: date
    ) -> tuple[ClosingStock, ...]:
        # The last close first: what it holds is in the rows that are read after it.
        behind = self._behind(run, warehouse, balances, day)
        rows = self._rows(run, warehouse, balances)
        since = {}
        for balance in balances:
            row = rows.get(balance.sku, nothing(balance.sku))
            last = row if behind is None else behind.get(balance.sku, nothing(balance.sku))
            since[balance.sku] = [
                entry
                for entry in self._store.pool_run(balance, after=last.whole_until)
                if entry.posting_date <= day
                and not (row.has(entry.sequence) or last.has(entry.sequence))
            ]
        values = self._values.values([entry.id for found in since.values() for entry in found])
        worth = {entry: sum(each.value for each in found) for entry, found in values.items()}
        stock = []
        for sku, entries in sorted(since.items()):
            row = rows.get(sku, nothing(sku))
            if not row.quantities and not entries:
                continue
            costed = all(entry.id in worth for entry in entries)
            added = sum(worth[each.id] for each in entries) if costed else 0
            stock.append(
                ClosingStock(
                    warehouse=warehouse,
                    sku=sku,
                    quantities=_quantities(row, entries),
                    value=row.value.closing + added if costed else None,
                    since=len(entries),
                )
            )
        return tuple(stock)

    def _behind(
        self, run: CloseRun | None, warehouse: str, balances: Iterable[Balance], day: date
    ) -> dict[str, SkuClosing] | None:
        """Where the very last run closed these SKUs: of a day that has a close of its own only what
        was booked since can be missing. None: all from the day's close on has to be read.
        """
        last = self._snapshots.closed_by(date.max)
        if run is None or last is None or run.business_date != day or run.id == last.id:
            return None
        return self._rows(last, warehouse, balances)

    def _rows(
        self, run: CloseRun | None, warehouse: str, balances: Iterable[Balance]
    ) -> dict[str, SkuClosing]:
        """Where the run closed these SKUs, out of the files of their buckets."""
        buckets = {each.bucket for each in balances}
        if run is None or not buckets:
            return {}
        return {
            row.sku: row
            for shard in self._snapshots.shards(run.id)
            if shard.warehouse == warehouse and shard.bucket in buckets
            for row in read_shard(self._files, shard)
        }


def _quantities(row: SkuClosing, entries: Iterable[Entry]) -> dict[str, int]:
    quantities = {name: flow.closing for name, flow in row.quantities.items()}
    for entry in entries:
        for name, delta in entry.deltas().items():
            quantities[name] = quantities.get(name, 0) + delta
    return dict(sorted(quantities.items()))
