"""The entries that a shard's last closing doesn't hold: found fast, and proved to be all.

Per SKU they are the sequences that the opening doesn't hold, up to the balance's version (read
consistently): a source that lags or has lost something shows by a gap, and the next one is asked.
First the segments of the day; where they have gaps the index of days, then the pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.folding import Line, leads_to, line_of
from chalicelib.stock.model import Balance, Entry
from chalicelib.stock.segment_service import SegmentFiles
from chalicelib.stock.segments import LinesBySku, folder, is_whole, read_segment
from chalicelib.stock.snapshot_store import CloseRun
from chalicelib.stock.store import StockStore

FEW = 20
"""SKUs that are read one by one rather than a whole day for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse's bucket."""

    warehouse: str
    bucket: int

    def __str__(self) -> str:
        return f"{self.warehouse}/{self.bucket}"


class ShardLines:
    """Reads entries for a close, with the values that they have."""

    def __init__(self, *, store: StockStore, values: ValueStore, files: SegmentFiles) -> None:
        self._store = store
        self._values = values
        self._files = files

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
        days = days_of(run) if balances and run.previous is not None else ()
        found = self._segments(place, days)
        new: dict[str, list[Line]] = {}
        gaps: dict[str, Balance] = {}
        for sku, balance in balances.items():
            opening = openings.get(sku) or nothing(sku)
            lines = picked_lines(opening, balance, found.get(sku, {}))
            if lines is None:
                gaps[sku] = balance
            else:
                new[sku] = lines
        return new | self._from_table(place, days, openings, gaps)

    def _segments(self, place: Place, days: Sequence[date]) -> LinesBySku:
        found: LinesBySku = {}
        for day in days:
            for name in self._files.names(folder(place.warehouse, place.bucket, day)):
                body = self._files.get(name)
                if body is not None and is_whole(name, body):
                    read_segment(body, day, found)
        return found

    def _from_table(
        self,
        place: Place,
        days: Sequence[date],
        openings: Mapping[str, SkuClosing],
        balances: Mapping[str, Balance],
    ) -> dict[str, list[Line]]:
        """What the index of days shows of this day and the next may lag, and what was booked late
        is elsewhere: what it lacks is read SKU by SKU, as is all of a first close.
        """
        shown: dict[str, dict[int, Entry]] = {}
        for day in days if len(balances) > FEW else ():
            for entry in self._store.day_entries(place.warehouse, place.bucket, day):
                shown.setdefault(entry.sku, {})[entry.sequence] = entry
        new: dict[str, list[Entry]] = {}
        for sku, balance in balances.items():
            opening = openings.get(sku) or nothing(sku)
            wanted = missing_in(opening, balance)
            seen = shown.get(sku, {})
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


def days_of(run: CloseRun) -> tuple[date, date]:
    """The days whose entries a close looks for: its own, and the next, which has begun."""
    return run.business_date, run.business_date + timedelta(days=1)


def picked_lines(
    opening: SkuClosing, balance: Balance, found: Mapping[int, Line]
) -> list[Line] | None:
    """Those of a SKU's lines that the opening doesn't hold, if there are all of them up to the
    balance and their pieces lead to it; else None.
    """
    lines: list[Line] = []
    for sequence in missing_in(opening, balance):
        line = found.get(sequence)
        if line is None:
            return None
        lines.append(line)
    return lines if leads_to(opening, lines, balance) else None


def missing_in(opening: SkuClosing, balance: Balance) -> list[int]:
    """The sequences up to the balance that the opening doesn't hold."""
    if not opening.ahead and not opening.late:
        return list(range(opening.sequence + 1, balance.version + 1))
    after = opening.whole_until
    return [at for at in range(after + 1, balance.version + 1) if not opening.has(at)]
