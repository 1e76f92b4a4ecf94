"""Auditing the books (账簿稽核): one pass over a pool's whole ledger, against everything that was
kept along the way.

Balances, cost pools, layers and closings are sums that are carried on from step to step, each under
a condition. This reads the ledger from its first entry, adds it up once more by other means, and
names what doesn't agree. Its price is the length of the history, so it is for proofs and nights,
not for requests.

What came back or was made of something is worth a share of another entry, perhaps of another pool:
it is taken at the value that was booked for it. All else is costed anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.kernel.errors import NotFound
from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.costing import VALUE, Costed, Pool, ValueEntry, cost_in, cost_out
from chalicelib.stock.layers import Layer, Share, pieces_in, worth
from chalicelib.stock.model import SELLABLE, Balance, Entry, EntryId
from chalicelib.stock.snapshot_store import (
    CloseRun,
    SnapshotFiles,
    SnapshotStore,
    read_shard,
    root_hash,
)
from chalicelib.stock.store import StockStore

CLOCKS = timedelta(minutes=1)
"""How far the clocks of two functions may be apart."""


class Check(StrEnum):
    """What doesn't agree."""

    BALANCE = "BALANCE"
    """A balance isn't the sum of its entries."""
    AVAILABLE = "AVAILABLE"
    """Available and reserved pieces aren't the good pieces."""
    RUNNING = "RUNNING"
    """An entry tells another balance behind it than the entries before it give."""
    COST = "COST"
    """An entry's value isn't what costing gives once more."""
    POOL = "POOL"
    """A cost pool isn't the sum of its value entries."""
    CLOSING = "CLOSING"
    """A day was closed with other figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that doesn't agree: what was kept, and what the ledger says. `what` is an inventory
    type, an entry, or `value`.
    """

    check: Check
    warehouse: str
    sku: str
    what: str
    kept: str
    ledger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that is kept of one pool, as it was read; `values` by entry."""

    balance: Balance
    entries: Sequence[Entry]
    values: Mapping[EntryId, Sequence[ValueEntry]]
    pool: Pool
    layers: Sequence[Layer] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A day's close of a warehouse: its rows by SKU, and when the last run was begun that could
    restate them.
    """

    day: date
    begun_at: datetime
    rows: Mapping[str, SkuClosing]


class Auditor:
    """Reads pools and audits them. They move on meanwhile, so what is ahead is read last: the
    closing, the pool, the balance; and the ledger up to the balance, the values up to the pool.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        snapshots: SnapshotStore,
        files: SnapshotFiles,
    ) -> None:
        self._store = store
        self._values = values
        self._snapshots = snapshots
        self._files = files

    def closed_run(self, day: date) -> CloseRun:
        """The run that closed a day, its latest version."""
        run = self._snapshots.closed_by(day)
        if run is None or run.business_date != day:
            raise NotFound("day_not_closed", f"{day} isn't closed", field="day")
        return run

    def root_holds(self, run: CloseRun) -> bool:
        """Whether a run's shards are those that it was closed with."""
        return root_hash(self._snapshots.first_shards(run.id)) == run.root

    def audit_bucket(
        self, warehouse: str, bucket: int, run: CloseRun | None, *, limit: int = 100
    ) -> Iterator[Finding]:
        """Audits all pools of a bucket, and what a run closed them with. `Unavailable`: an index
        lags.
        """
        closed = self.closed(run, warehouse, bucket) if run else None
        for books in self.bucket(warehouse, bucket, limit=limit):
            yield from audit_books(books)
            if closed is not None:
                yield from audit_closing(books, closed)

    def bucket(self, warehouse: str, bucket: int, *, limit: int = 100) -> Iterator[Books]:
        """The books of each pool of a bucket, as they are read."""
        cursor: str | None = None
        while True:
            page, cursor = self._store.balance_page(warehouse, bucket, limit=limit, cursor=cursor)
            for balance in page:
                yield self.books(balance.warehouse, balance.sku)
            if cursor is None:
                return

    def books(self, warehouse: str, sku: str) -> Books:
        """All that is kept of a pool that ever moved."""
        pair = (warehouse, sku)
        pool = self._values.pools([pair])[pair]
        balance = self._store.balances([pair])[pair]
        entries = self._store.pool_run(balance, after=0)
        layers = self._values.all_layers(pool)
        newest = self._values.pools([pair])[pair].sequence
        return Books(
            balance=balance,
            entries=entries,
            values=self._values.values(entry.id for entry in entries[: pool.sequence]),
            pool=pool,
            # Those in between were brought while the rest was read.
            layers=[each for each in layers if not pool.sequence < each.sequence <= newest],
        )

    def closed(self, run: CloseRun, warehouse: str, bucket: int) -> Closed:
        """How a run closed a bucket, as it is now."""
        # The last run first: all that it restated is in the rows that are read after it.
        last = self._snapshots.closed_by(date.max) or run
        shard = self._snapshots.shard(run.id, warehouse, bucket)
        rows = read_shard(self._files, shard) if shard else ()
        return Closed(
            day=run.business_date,
            begun_at=last.started_at,
            rows={row.sku: row for row in rows},
        )


def audit_books(books: Books) -> Iterator[Finding]:
    """What of a balance, its entries and its cost pool doesn't agree."""
    yield from _quantities(books)
    yield from _costs(books)


def audit_closing(books: Books, closed: Closed) -> Iterator[Finding]:
    """What of a day's closing isn't the sum of the entries that it says it has; which of them count
    for a later day, and which it should have had.
    """
    row = closed.rows.get(books.balance.sku, nothing(books.balance.sku))
    reached = max([row.whole_until, *row.late])
    if reached > len(books.entries):
        there = len(books.entries)
        yield _finding(books, Check.CLOSING, "sequence", kept=reached, ledger=there)
        return
    inside = [entry for entry in books.entries if row.has(entry.sequence)]
    for entry in inside:
        if entry.posting_date > closed.day:
            told = entry.posting_date
            yield _finding(books, Check.CLOSING, _name(entry), kept=closed.day, ledger=told)
    before = closed.begun_at - CLOCKS
    for entry in books.entries:
        in_time = entry.posting_date <= closed.day and entry.posted_at < before
        if in_time and not row.has(entry.sequence):
            yield _finding(books, Check.CLOSING, _name(entry), kept="missing", ledger="in time")
    kept = {name: flow.closing for name, flow in row.quantities.items()}
    yield from _differing(books, Check.CLOSING, kept, _sums(inside))
    if all(entry.sequence <= books.pool.sequence for entry in inside):
        value = sum(_booked(books, entry) for entry in inside)
        kept_value = {"value": row.value.closing}
        yield from _differing(books, Check.CLOSING, kept_value, {"value": value})


def _quantities(books: Books) -> Iterator[Finding]:
    balance = books.balance
    running: dict[str, int] = {}
    for entry in books.entries:
        for name, delta in entry.deltas().items():
            running[name] = running.get(name, 0) + delta
            told = entry.after.get(name)
            if told is not None and told != running[name]:
                yield _finding(
                    books, Check.RUNNING, f"{_name(entry)} {name}", kept=told, ledger=running[name]
                )
    yield from _differing(books, Check.BALANCE, balance.quantities, running)
    free = balance.available + balance.reserved
    if free != running.get(SELLABLE, 0):
        good = running.get(SELLABLE, 0)
        yield _finding(books, Check.AVAILABLE, SELLABLE, kept=free, ledger=good)


def _costs(books: Books) -> Iterator[Finding]:
    costed_entries = books.entries[: books.pool.sequence]
    pool = Pool(warehouse=books.pool.warehouse, sku=books.pool.sku, method=books.pool.method)
    by_sequence: dict[int, list[Layer]] = {}
    for layer in books.layers:
        by_sequence.setdefault(layer.sequence, []).append(layer)
    layers: deque[Layer] = deque()
    for entry in costed_entries:
        kept = by_sequence.pop(entry.sequence, [])
        costed = _costed(books, entry, (pool, layers), kept)
        booked, expected = _booked(books, entry), costed.value + costed.variance
        if booked != expected:
            yield _finding(books, Check.COST, _name(entry), kept=booked, ledger=expected)
        new = costed.new_layers(pool, entry.sequence)
        if new != kept:
            what = f"layers of {_name(entry)}"
            yield _finding(books, Check.COST, what, kept=_shown(kept), ledger=_shown(new))
        layers += new
        pool = costed.pool_after(pool, entry.sequence)
    for sequence in sorted(by_sequence):
        what = f"layers of sequence {sequence}"
        yield _finding(books, Check.COST, what, kept=_shown(by_sequence[sequence]), ledger="none")
    kept_sums = {"quantity": books.pool.quantity, "value": books.pool.value}
    sums = {
        "quantity": sum(entry.pool_delta() for entry in costed_entries),
        "value": sum(_booked(books, entry) for entry in costed_entries),
    }
    yield from _differing(books, Check.POOL, kept_sums, sums)


def _costed(
    books: Books, entry: Entry, before: tuple[Pool, deque[Layer]], kept: Sequence[Layer]
) -> Costed:
    pool, layers = before
    pieces = entry.pool_delta()
    if pieces <= 0:
        while layers and (layers[0].sequence, layers[0].part) < (
            pool.front.sequence,
            pool.front.part,
        ):
            layers.popleft()
        return cost_out(pool, -pieces, layers)
    if entry.cost_of is not None or entry.made_from is not None:
        return cost_in(pool, pieces, _as_booked(books, entry, kept))
    value = entry.given_value
    return cost_in(pool, pieces, [] if value is None else [Share(quantity=pieces, value=value)])


def _as_booked(books: Books, entry: Entry, kept: Sequence[Layer]) -> list[Share]:
    """What came in by another entry's value, as it was booked: the pieces that were missing, then
    the layers.
    """
    value = sum(each.value for each in books.values.get(entry.id, ()) if each.record == VALUE)
    layers = [Share(quantity=layer.quantity, value=layer.value) for layer in kept]
    missing = entry.pool_delta() - pieces_in(layers)
    first = [Share(quantity=missing, value=value - worth(layers))] if missing else []
    return [*first, *layers]


def _shown(layers: Sequence[Layer]) -> str:
    return ", ".join(f"{layer.quantity} for {layer.value}" for layer in layers) or "none"


def _sums(entries: Iterable[Entry]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for entry in entries:
        for name, delta in entry.deltas().items():
            sums[name] = sums.get(name, 0) + delta
    return sums


def _booked(books: Books, entry: Entry) -> int:
    return sum(each.value for each in books.values.get(entry.id, ()))


def _name(entry: Entry) -> str:
    return f"{entry.document} {entry.entry}"


def _differing(
    books: Books, check: Check, kept: Mapping[str, int], ledger: Mapping[str, int]
) -> Iterator[Finding]:
    for name in sorted({*kept, *ledger}):
        if kept.get(name, 0) != ledger.get(name, 0):
            found = ledger.get(name, 0)
            yield _finding(books, check, name, kept=kept.get(name, 0), ledger=found)


def _finding(books: Books, check: Check, what: str, /, *, kept: object, ledger: object) -> Finding:
    return Finding(
        check=check,
        warehouse=books.balance.warehouse,
        sku=books.balance.sku,
        what=what,
        kept=str(kept),
        ledger=str(ledger),
    )
