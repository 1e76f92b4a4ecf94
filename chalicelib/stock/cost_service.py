"""The cost worker: values the entries of pools in their sequence.

A message only wakes it: it works from where the pool stands to the last entry there is, whichever
message came. Each entry is one transaction on the condition that the pool still stands before it;
so any number of workers, stopped anywhere, make the same value entries once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.money import Fen, apportion
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.stock.cost_store import (
    STALE_ISSUE,
    STALE_POOL,
    ValueStore,
    move_pool,
    put_layer,
    put_value,
    take_back,
)
from chalicelib.stock.costing import (
    VALUE,
    VARIANCE,
    Costed,
    Pool,
    ValueEntry,
    come_back,
    cost_in,
    cost_out,
)
from chalicelib.stock.layers import Share
from chalicelib.stock.model import Entry, EntryId, MadeFrom
from chalicelib.stock.segments import told_with
from chalicelib.stock.store import StockStore, entry_key

PAGE = 100
TRIES = 20


class CostService:
    """Costs pools; answers what pools and entries are worth. `method` is how a warehouse's pools
    are costed that have no entry yet.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        transaction: Transaction,
        clock: Clock,
        method: Callable[[str], CostMethod],
    ) -> None:
        self._store = store
        self._method = method
        self._values = values
        self._transaction = transaction
        self._clock = clock

    def cost_pools(self, pools: Sequence[str]) -> None:
        """Values all entries of the pools (`<warehouse>/<sku>`) that there were at the call.

        `Unavailable`, to be tried again: the index doesn't show an entry yet, or an issue in
        another pool that came back here isn't costed yet.
        """
        late: list[str] = []
        for pool in dict.fromkeys(pools):
            try:
                self._cost_pool(*_parts(pool))
            except Unavailable:
                late.append(pool)
        # What a product is worth is known once its materials, in other pools, are costed.
        for pool in late:
            self._cost_pool(*_parts(pool))

    def pools(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Pool]:
        """What (warehouse, SKU) pairs are worth, as far as they are costed."""
        return self._values.pools(pairs)

    def values(self, entries: Iterable[EntryId]) -> dict[EntryId, list[ValueEntry]]:
        """The value entries of these, as far as they are costed."""
        return self._values.values(entries)

    def values_of(self, document: str) -> list[ValueEntry]:
        """The value entries of a document's entries, as far as they are costed."""
        return self._values.values_of(document)

    def _cost_pool(self, warehouse: str, sku: str) -> None:
        balance = self._store.balances([(warehouse, sku)]).get((warehouse, sku))
        target = balance.version if balance else 0
        lost = 0
        pool = self._pool(warehouse, sku)
        while pool.sequence < target:
            try:
                pool = self._cost_page(pool)
            except ConditionFailed as failed:
                if not set(failed.refusals) & {STALE_POOL, STALE_ISSUE}:
                    raise
                lost += 1
                if lost >= TRIES:
                    raise Unavailable(f"pool {warehouse}/{sku}: others were faster") from failed
                pool = self._pool(warehouse, sku)

    def _pool(self, warehouse: str, sku: str) -> Pool:
        return self._values.pools([(warehouse, sku)])[(warehouse, sku)]

    def _cost_page(self, pool: Pool) -> Pool:
        entries = self._store.pool_entries(
            pool.warehouse, pool.sku, after=pool.sequence, limit=PAGE
        )
        if not entries:
            raise Unavailable(f"pool {pool.warehouse}/{pool.sku}: the index lags")
        for entry in entries:
            if entry.sequence != pool.sequence + 1:
                raise Unavailable(
                    f"pool {pool.warehouse}/{pool.sku}: entry {pool.sequence + 1} isn't seen yet"
                )
            pool = self._cost_entry(pool, entry)
        return pool

    def _cost_entry(self, pool: Pool, entry: Entry) -> Pool:
        if not pool.sequence:
            pool = replace(pool, method=self._method(pool.warehouse))
        side_writes: list[Write] = []
        pieces = entry.pool_delta()
        if pieces > 0:
            given, side_writes = self._given(pool, entry)
            costed = cost_in(pool, pieces, given)
        else:
            costed = self._cost_out(pool, -pieces)
        after = costed.pool_after(pool, entry.sequence)
        value, *variances = self._value_entries(entry, costed)
        values = [
            put_value(value, told_with(entry, costed.variance)),
            *(put_value(each) for each in variances),
        ]
        layers = [put_layer(layer) for layer in costed.new_layers(pool, entry.sequence)]
        self._transaction.commit(Writes([move_pool(pool, after), *values, *layers, *side_writes]))
        return after

    def _cost_out(self, pool: Pool, pieces: int) -> Costed:
        if pool.method is CostMethod.AVERAGE:
            return cost_out(pool, pieces)
        there = min(pieces, max(pool.quantity, 0))
        return cost_out(pool, pieces, self._values.layers(pool, there))

    def _given(self, pool: Pool, entry: Entry) -> tuple[Sequence[Share], list[Write]]:
        """What the goods that come in are worth, and the note on the issue they return from."""
        pieces = entry.pool_delta()
        if entry.made_from is not None:
            return [Share(quantity=pieces, value=self._made(entry, entry.made_from))], []
        if entry.cost_of is None:
            value = entry.given_value
            return [] if value is None else [Share(quantity=pieces, value=value)], []
        issue = self._issue(entry.cost_of)
        if issue is None:
            return [], []
        back = min(pieces, -issue.quantity - issue.returned)
        note: list[Write] = [take_back(issue, back)] if back > 0 else []
        return come_back(pool, issue, pieces), note

    def _made(self, entry: Entry, made_from: MadeFrom) -> Fen:
        """This one's share of what was consumed for it."""
        ids = [EntryId(document=entry.document, entry=each) for each in made_from.consumed]
        values = self._values.values(ids)
        if len(values) < len(ids):
            raise Unavailable(f"what {entry.document} consumed isn't costed yet")
        consumed = -sum(
            value.value for each in values.values() for value in each if value.record == VALUE
        )
        return apportion(consumed, made_from.weights)[made_from.index]

    def _issue(self, entry: EntryId) -> ValueEntry | None:
        """The issue's value; None if no such entry was ever booked (the average has to do)."""
        for value in self._values.values([entry]).get(entry, []):
            if value.record == VALUE:
                return value
        if self._store.items.get(entry_key(entry)) is None:
            return None
        raise Unavailable(f"the issue {entry.document} {entry.entry} isn't costed yet")

    def _value_entries(self, entry: Entry, costed: Costed) -> list[ValueEntry]:
        value = ValueEntry(
            document=entry.document,
            entry=entry.entry,
            record=VALUE,
            kind=entry.kind,
            warehouse=entry.warehouse,
            sku=entry.sku,
            sequence=entry.sequence,
            quantity=costed.quantity,
            value=costed.value,
            posting_date=entry.posting_date,
            costed_at=self._clock.now(),
            source=entry.source,
            shares=costed.shares,
        )
        if not costed.variance:
            return [value]
        return [
            value,
            replace(value, record=VARIANCE, quantity=0, value=costed.variance, shares=()),
        ]


def _parts(pool: str) -> tuple[str, str]:
    warehouse, _, sku = pool.partition("/")
    return warehouse, sku
