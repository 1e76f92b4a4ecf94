"""Auditing the books (账簿稽核): one pass over a pool's ledger, against everything that was kept
along the way.

Balances, cost pools, layers and closings are sums that are carried on from step to step, each under
a condition. This adds the ledger up once more by other means, and names what doesn't agree: from
the first entry, at the price of the whole history, or from where an earlier audit ended.

What came back or was made of something is worth a share of another entry, perhaps of another pool:
it is taken at the value that was booked for it. All else is costed anew.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
class Audited:
    """Where an audit ended: the ledger's sums by inventory type up to `sequence`, and of the value
    entries up to the `pool`'s own, which is as it was kept.
    """

    sequence: int
    pieces: Mapping[str, int]
    pool: Pool
    quantity: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is kept of one pool, as it was read; `values` by entry. The entries and layers are those
    since `begin`, or all.
    """

    balance: Balance
    entries: Sequence[Entry]
    values: Mapping[EntryId, Sequence[ValueEntry]]
    pool: Pool
    begin: Audited
    layers: Sequence[Layer] = ()

    @property
    def costed(self) -> list[Entry]:
        """The entries that were costed since it began."""
        since, until = self.begin.pool.sequence, self.pool.sequence
        return [entry for entry in self.entries if since < entry.sequence <= until]

    @property
    def counted(self) -> list[Entry]:
        """The entries that were booked since it began."""
        return [entry for entry in self.entries if entry.sequence > self.begin.sequence]

    def audited(self) -> Audited:
        """Where the audit of these ends."""
        pieces = Counter(self.begin.pieces)
        for entry in self.counted:
            pieces.update(entry.deltas())
        return Audited(
            sequence=self.balance.version,
            pieces=dict(pieces),
            pool=self.pool,
            quantity=self.begin.quantity + sum(entry.pool_delta() for entry in self.costed),
            value=self.begin.value + sum(self.worth(entry) for entry in self.costed),
        )

    def worth(self, entry: Entry) -> int:
        """What was booked as an entry's value."""
        return sum(each.value for each in self.values.get(entry.id, ()))


def from_the_first(warehouse: str, sku: str) -> Audited:
    """Before any entry."""
    return Audited(sequence=0, pieces={}, pool=Pool(warehouse=warehouse, sku=sku))


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
        for sku in self.skus(warehouse, bucket, limit=limit):
            books = self.books(warehouse, sku)
            yield from audit_books(books)
            if closed is not None:
                yield from audit_closing(books, closed)

    def skus(self, warehouse: str, bucket: int, *, limit: int = 100) -> Iterator[str]:
        """The SKUs of a bucket that ever moved."""
        for page in self._pages(warehouse, bucket, limit=limit):
            yield from (balance.sku for balance in page)

    def pools(self, warehouse: str, bucket: int) -> Iterator[tuple[Balance, Pool]]:
        """The balances and pools of a bucket, a page at a time."""
        for page in self._pages(warehouse, bucket, limit=100):
            pools = self._values.pools([(warehouse, balance.sku) for balance in page])
            for balance in page:
                yield balance, pools[warehouse, balance.sku]

    def _pages(self, warehouse: str, bucket: int, *, limit: int) -> Iterator[list[Balance]]:
        cursor: str | None = None
        while True:
            page, cursor = self._store.balance_page(warehouse, bucket, limit=limit, cursor=cursor)
            yield page
            if cursor is None:
                return

    def books(
        self, warehouse: str, sku: str, begin: Audited | None = None, *, after: int | None = None
    ) -> Books:
        """What is kept of a pool that ever moved, since `begin`; entries after a sequence before
        that, where one is named.
        """
        begin = begin or from_the_first(warehouse, sku)
        pair = (warehouse, sku)
        pool = self._values.pools([pair])[pair]
        balance = self._store.balances([pair])[pair]
        first = min(begin.sequence, begin.pool.sequence)
        first = first if after is None else min(first, after)
        entries = self._store.pool_run(balance, after=first)
        layers = self._values.layers_since(begin.pool)
        newest = self._values.pools([pair])[pair].sequence
        costed = [entry.id for entry in entries if entry.sequence <= pool.sequence]
        return Books(
            balance=balance,
            entries=entries,
            values=self._values.values(costed),
            pool=pool,
            begin=begin,
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
        value = sum(books.worth(entry) for entry in inside)
        kept_value = {"value": row.value.closing}
        yield from _differing(books, Check.CLOSING, kept_value, {"value": value})


def audit_row(books: Books, row: SkuClosing) -> Iterator[Finding]:
    """What of a closing doesn't agree with the balance and the pool, less what it says that it
    doesn't hold yet. The books have to reach back to where the row is whole.
    """
    out = [entry for entry in books.entries if not row.has(entry.sequence)]
    kept = Counter({name: flow.closing for name, flow in row.quantities.items()})
    ledger = Counter(books.balance.quantities)
    ledger.subtract(_sums(out))
    yield from _differing(books, Check.CLOSING, kept, ledger)
    since = sum(books.worth(each) for each in out if each.sequence <= books.pool.sequence)
    value = {"value": books.pool.value - since}
    yield from _differing(books, Check.CLOSING, {"value": row.value.closing}, value)


def _quantities(books: Books) -> Iterator[Finding]:
    balance = books.balance
    running = dict(books.begin.pieces)
    for entry in books.counted:
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
    pool = replace(books.begin.pool, method=books.pool.method)
    by_sequence: dict[int, list[Layer]] = {}
    layers: deque[Layer] = deque()
    for layer in books.layers:
        if layer.sequence > pool.sequence:
            by_sequence.setdefault(layer.sequence, []).append(layer)
        else:
            layers.append(layer)
    for entry in books.costed:
        kept = by_sequence.pop(entry.sequence, [])
        costed = _costed(books, entry, (pool, layers), kept)
        booked, expected = books.worth(entry), costed.value + costed.variance
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
    end = books.audited()
    sums = {"quantity": end.quantity, "value": end.value}
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
