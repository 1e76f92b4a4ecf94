"""The entries that a shard's last closing doesn't hold: found fast, and proved to be all.

Per SKU they are the sequences that the opening doesn't hold, up to the balance's version (read
consistently): a source that lags or has lost something shows by a gap, and the next one is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.folding import Line, line_of
from chalicelib.stock.model import Balance, Entry
from chalicelib.stock.snapshot_store import CloseRun
from chalicelib.stock.store import StockStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse's bucket."""

    warehouse: str
    bucket: int

    def __str__(self) -> str:
        return f"{self.warehouse}/{self.bucket}"


class ShardLines:
    """Reads entries for a close, with the values that they have."""

    def __init__(self, *, store: StockStore, values: ValueStore) -> None:
        self._store = store
        self._values = values

    def new(
        self,
        run: CloseRun,
        place: Place,
        openings: Mapping[str, SkuClosing],
        balances: Mapping[str, Balance],
    ) -> dict[str, list[Line]]:
        """Per SKU all entries up to its balance that the opening doesn't hold, in sequence.
        `Unavailable`: an index lags.
        """
        shown = self._entries_by_day(run, place) if balances else {}
        new: dict[str, list[Entry]] = {}
        for sku, balance in balances.items():
            opening = openings.get(sku) or nothing(sku)
            wanted = missing_in(opening, balance)
            seen = {entry.sequence: entry for entry in shown.get(sku, ())}
            if not all(at in seen for at in wanted):
                run_of_it = self._store.pool_run(balance, after=opening.whole_until)
                seen = {entry.sequence: entry for entry in run_of_it}
            new[sku] = [seen[at] for at in wanted]
        return self._with_values(new)

    def _with_values(self, entries: Mapping[str, Iterable[Entry]]) -> dict[str, list[Line]]:
        ids = [entry.id for each in entries.values() for entry in each]
        values = self._values.values(ids)
        return {
            sku: [line_of(entry, values.get(entry.id, ())) for entry in each]
            for sku, each in entries.items()
        }

    def _entries_by_day(self, run: CloseRun, place: Place) -> dict[str, list[Entry]]:
        """What the index of days shows of this day and the next. It may lag, and what was booked
        late is elsewhere: what it lacks is read SKU by SKU, as is all of a first close.
        """
        by_sku: dict[str, list[Entry]] = {}
        if run.previous is None:
            return by_sku
        for day in (run.business_date, run.business_date + timedelta(days=1)):
            for entry in self._store.day_entries(place.warehouse, place.bucket, day):
                by_sku.setdefault(entry.sku, []).append(entry)
        return by_sku


def missing_in(opening: SkuClosing, balance: Balance) -> list[int]:
    """The sequences up to the balance that the opening doesn't hold."""
    if not opening.ahead and not opening.late:
        return list(range(opening.sequence + 1, balance.version + 1))
    after = opening.whole_until
    return [at for at in range(after + 1, balance.version + 1) if not opening.has(at)]
