"""Our side: the ledger loaded past posting, each night closed by the app's own code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from bench.tryton.moves import Move
from chalicelib.kernel.items import to_item
from chalicelib.kernel.money import line_amount
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.rehearsal import Rehearsal
from chalicelib.kernel.writes import MOST_WRITES, Absent, AnyOf, Exists, Key, Put, Writes
from chalicelib.stock.auditing import Auditor, audit_books
from chalicelib.stock.cost_store import ValueStore, pool_key, put_value
from chalicelib.stock.costing import VALUE, Pool, ValueEntry, cost_in, cost_out
from chalicelib.stock.layers import Share
from chalicelib.stock.model import Entry, Kind, customer, supplier, warehouse
from chalicelib.stock.past import PastStock
from chalicelib.stock.shard_closer import ShardCloser
from chalicelib.stock.shard_lines import ShardLines
from chalicelib.stock.snapshot_service import CloseService
from chalicelib.stock.snapshot_store import SnapshotStore
from chalicelib.stock.store import StockStore, balance_key, entry_item, entry_key, listing_key

PLACE, BUCKET = "WH1", 0
ZONE = "Asia/Shanghai"
TIMES = 3
PAGE = 500


class Now:
    """A clock that stands at the night after the last day."""

    def __init__(self) -> None:
        self.at = datetime(2026, 10, 1, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Files:
    """Files by name."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self._bodies[key] = body

    def get(self, key: str) -> bytes | None:
        return self._bodies.get(key)

    def names(self, prefix: str, *, after: str = "") -> list[str]:
        return sorted(key for key in self._bodies if key.startswith(prefix) and key > after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came out, and the best of some times in seconds."""

    skus: int
    pieces: int
    unit_cost: str
    closing_seconds: float
    cost_seconds: float


class Ours:
    """A warehouse with its ledger."""

    def __init__(self) -> None:
        self._items, self._files, self._clock = Rehearsal(), Files(), Now()
        self._pools: dict[str, Pool] = {}
        self._store = StockStore(self._items)
        self._values = ValueStore(self._items)
        self._snapshots = SnapshotStore(self._items)
        common: Any = {"files": self._files, "clock": self._clock}
        self._closes = CloseService(
            store=self._store,
            snapshots=self._snapshots,
            closer=ShardCloser(
                store=self._store,
                lines=ShardLines(store=self._store, values=self._values, files=self._files),
                snapshots=self._snapshots,
                transaction=self._items,
                **common,
            ),
            warehouses=lambda: {PLACE: BUCKET + 1},
            transaction=self._items,
            **common,
        )

    def live(self, day: date, moves: list[Move]) -> None:
        """A day's moves, and its close."""
        self._load(item for move in moves for item in self._booked(move))
        self._load(item for sku in {each.sku for each in moves} for item in self._standing(sku))
        self._clock.at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        run = self._closes.start_close(day)
        for shard in run.shards:
            place, _, bucket = shard.partition("/")
            self._closes.close_shard(run.id, place, int(bucket))

    def measured(self, past: date, sku: str) -> Measured:
        """The stock of all SKUs at a past day, and one's cost computed anew."""
        stock, closing_seconds = _timed(lambda: self._closing(past))
        cost, cost_seconds = _timed(lambda: self._cost(sku))
        return Measured(
            skus=len(stock),
            pieces=sum(stock.values()),
            unit_cost=cost,
            closing_seconds=closing_seconds,
            cost_seconds=cost_seconds,
        )

    def _closing(self, day: date) -> dict[str, int]:
        past = PastStock(
            store=self._store,
            values=self._values,
            snapshots=self._snapshots,
            files=self._files,
            clock=self._clock,
        )
        found: dict[str, int] = {}
        cursor: str | None = None
        while True:
            page = past.of_warehouse(
                PLACE, range(BUCKET + 1), day, zone=ZONE, limit=PAGE, cursor=cursor
            )
            found |= {each.sku: each.quantity for each in page.stock}
            cursor = page.next_cursor
            if cursor is None:
                return found

    def _cost(self, sku: str) -> str:
        auditor = Auditor(
            store=self._store, values=self._values, snapshots=self._snapshots, files=self._files
        )
        books = auditor.books(PLACE, sku)
        if list(audit_books(books)):
            raise ValueError(f"{sku}: costs computed anew are others")
        return f"{books.pool.value / books.pool.quantity / 100:.4f}"

    # --- loading

    def _load(self, items: Iterator[tuple[Key, Mapping[str, Any]]]) -> None:
        """Puts items past posting and costing."""
        anyway = AnyOf((Absent(), Exists()))
        puts = (Put(key=key, item=item, condition=anyway, refusal="") for key, item in items)
        while some := tuple(islice(puts, MOST_WRITES)):
            self._items.commit(Writes(some))

    def _booked(self, move: Move) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        pool = self._pools.get(move.sku) or Pool(warehouse=PLACE, sku=move.sku)
        pieces, comes = abs(move.pieces), move.pieces > 0
        value = line_amount(pieces, move.price)
        shares = (Share(quantity=pieces, value=value),)
        costed = cost_in(pool, pieces, shares) if comes else cost_out(pool, pieces)
        sequence = pool.sequence + 1
        after = costed.pool_after(pool, sequence)
        moment = datetime(move.day.year, move.day.month, move.day.day, 4, tzinfo=UTC)
        kind = Kind.RECEIPT if comes else Kind.SHIPMENT
        entry = Entry(
            document=f"D{move.number:07d}",
            entry=f"1#{kind.value}#ZP#",
            line="1",
            kind=kind,
            warehouse=PLACE,
            sku=move.sku,
            bucket=BUCKET,
            quantity=pieces,
            from_location=supplier("SUP1") if comes else warehouse(PLACE),
            to_location=warehouse(PLACE) if comes else customer("shop"),
            inventory_type="ZP",
            batch="",
            sequence=sequence,
            posting_date=move.day,
            occurred_at=moment,
            posted_at=moment,
            source=Source(message_id=f"M{move.number:07d}", path="/request/orderLines/orderLine"),
            given_value=value if comes else None,
            after={"ZP": after.quantity},
        )
        worth = ValueEntry(
            document=entry.document,
            entry=entry.entry,
            record=VALUE,
            kind=kind,
            warehouse=PLACE,
            sku=move.sku,
            sequence=sequence,
            quantity=costed.quantity,
            value=costed.value,
            posting_date=move.day,
            costed_at=moment,
            source=entry.source,
        )
        self._pools[move.sku] = after
        put = put_value(worth)
        yield entry_key(entry.id), entry_item(entry)
        yield put.key, put.item

    def _standing(self, sku: str) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        pool = self._pools[sku]
        balance = {
            "warehouse": PLACE,
            "sku": sku,
            "bucket": BUCKET,
            "quantity_ZP": pool.quantity,
            "available": pool.quantity,
            "reserved": 0,
            "version": pool.sequence,
        }
        yield balance_key(PLACE, sku), balance
        yield listing_key(PLACE, BUCKET, sku), {}
        yield pool_key(PLACE, sku), to_item(pool)


def _timed(what: Callable[[], Any]) -> tuple[Any, float]:
    best, result = float("inf"), None
    for _ in range(TIMES):
        began = time.perf_counter()
        result = what()
        best = min(best, time.perf_counter() - began)
    return result, best
