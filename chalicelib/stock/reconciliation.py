"""Reconciliation (对账): a warehouse's own figures against a closed run, kept as a comparison.

What nothing explains raises one exception per (warehouse, SKU, inventory type); a later comparison
that explains it resolves it. The whole list of differences is a file; the item shows the first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec

from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.comparing import Difference, Figure, Pending, compare
from chalicelib.stock.comparison_store import (
    Comparison,
    ComparisonStore,
    SkuType,
    exceptions_of,
    put_comparison,
)
from chalicelib.stock.model import Entry
from chalicelib.stock.snapshot_service import CloseService
from chalicelib.stock.snapshot_store import RunState, SnapshotFiles, figures_wanted
from chalicelib.stock.store import StockStore

SHOWN = 90
"""Differences that the comparison's item itself lists, unexplained ones first."""

EXCEPTIONS = 90
"""Exceptions written in one transaction."""


class PendingDocuments(Protocol):
    """What the slices above have accepted and not yet posted."""

    def pending(self, warehouse: str, skus: Sequence[str]) -> Sequence[Pending]:
        """Their lines of these SKUs, signed as they will change the warehouse's stock."""
        ...


class AllPending:
    """What several slices have pending, together."""

    def __init__(self, *slices: PendingDocuments) -> None:
        self._slices = slices

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        return [line for each in self._slices for line in each.pending(warehouse, skus)]


class ReconciliationService:
    """Records figures, compares, answers what came of it."""

    def __init__(
        self,
        *,
        comparisons: ComparisonStore,
        store: StockStore,
        closes: CloseService,
        files: SnapshotFiles,
        pending: PendingDocuments,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._comparisons = comparisons
        self._store = store
        self._closes = closes
        self._files = files
        self._pending = pending
        self._transaction = transaction
        self._clock = clock

    def ask_again(self, run: str, warehouse: str) -> None:
        """Has the WMS asked for its figures once more, for instance after a correction."""
        found = self._closes.run(run).run
        if found.state is not RunState.CLOSED or warehouse not in found.warehouses:
            raise Refused("nothing_to_compare", f"run {run} hasn't closed {warehouse}")
        at = self._clock.now()
        event = figures_wanted(run, warehouse, at, again=to_text(at))
        self._transaction.commit(Writes((), [event]))

    def comparisons(self, run: str, warehouse: str) -> list[Comparison]:
        """A warehouse's comparisons of a run, in order of the time they were asked for."""
        return self._comparisons.comparisons(run, warehouse)

    def record_figures(
        self,
        *,
        run: str,
        warehouse: str,
        figures: Sequence[Figure],
        source: Source,
        asked_at: datetime,
        skus: Collection[str] | None = None,
    ) -> Comparison:
        """Compares a warehouse's answer (message `source`) with a closed run.

        `skus` are those it was asked for, if not all: what it doesn't mention of these it doesn't
        have. The same message again gives the first result. `Unavailable`: an index lags.
        """
        progress = self._closes.run(run)
        if progress.run.state is not RunState.CLOSED:
            raise Refused("run_open", f"run {run} isn't closed yet")
        known = self._same(run, warehouse, source)
        if known is not None:
            return known
        rows = self._closes.rows(run, warehouse)
        if skus is not None:
            rows = [row for row in rows if row.sku in skus]
        wanted = sorted({row.sku for row in rows} | {figure.sku for figure in figures})
        differences = compare(
            rows=rows,
            figures=figures,
            later=self._later(warehouse, wanted, rows),
            pending=self._pending.pending(warehouse, wanted),
            asked_at=asked_at,
            skus=skus,
        )
        pairs = {(row.sku, name) for row in rows for name in row.quantities}
        pairs |= {(figure.sku, figure.inventory_type) for figure in figures}
        file = f"comparisons/{run}/{warehouse}/{source.message_id}.json"
        self._files.put(file, msgspec.json.encode(differences))
        comparison = Comparison(
            run=run,
            warehouse=warehouse,
            source=source,
            asked_at=asked_at,
            compared_at=self._clock.now(),
            compared=len(pairs),
            different=len(differences),
            unexplained=sum(1 for each in differences if each.unexplained),
            differences=_first(differences),
            file=file,
        )
        self._tell(comparison, pairs, progress.run.previous)
        # Refused: the same message was compared at the same moment; the first one stands.
        with suppress(ConditionFailed):
            self._transaction.commit(Writes([put_comparison(comparison)]))
        return self._same(run, warehouse, source) or comparison

    def _tell(
        self, comparison: Comparison, compared: Collection[SkuType], previous: str | None
    ) -> None:
        """Raises and resolves exceptions, before the comparison is kept: a comparison that died in
        between is made again.
        """
        earlier = self._comparisons.comparisons(comparison.run, comparison.warehouse)
        earlier = [each for each in earlier if each.asked_at < comparison.asked_at]
        if previous is not None:
            earlier = self._comparisons.comparisons(previous, comparison.warehouse) + earlier
        puts = list(exceptions_of(comparison, earlier, compared))
        for first in range(0, len(puts), EXCEPTIONS):
            self._transaction.commit(Writes(puts[first : first + EXCEPTIONS]))

    def _same(self, run: str, warehouse: str, source: Source) -> Comparison | None:
        for comparison in self.comparisons(run, warehouse):
            if comparison.source == source:
                return comparison
        return None

    def _later(
        self, warehouse: str, skus: Sequence[str], rows: Sequence[SkuClosing]
    ) -> list[Entry]:
        """All entries that the closing doesn't hold, none missing."""
        closed = {row.sku: row for row in rows}
        later: list[Entry] = []
        for (_, sku), balance in sorted(
            self._store.balances([(warehouse, sku) for sku in skus]).items()
        ):
            row = closed.get(sku, nothing(sku))
            entries = self._store.pool_run(balance, after=row.whole_until)
            later += [entry for entry in entries if not row.has(entry.sequence)]
        return later


def _first(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Those that the item shows: unexplained ones first."""
    return tuple(sorted(differences, key=lambda each: each.unexplained == 0)[:SHOWN])
