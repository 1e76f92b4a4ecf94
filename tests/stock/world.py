"""A stock of its own in memory, and short ways to make movements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.stock.auditing import Auditor
from chalicelib.stock.comparing import Pending
from chalicelib.stock.comparison_store import ComparisonStore
from chalicelib.stock.cost_service import CostService
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import (
    OPENING,
    Balance,
    Entry,
    EntryId,
    Kind,
    Movement,
    customer,
    supplier,
    warehouse,
)
from chalicelib.stock.nightly_audit import NightlyAudit
from chalicelib.stock.past import PastStock
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.posting import Posting
from chalicelib.stock.reconciliation import ReconciliationService
from chalicelib.stock.segment_service import SegmentService
from chalicelib.stock.service import StockService
from chalicelib.stock.shard_closer import ShardCloser
from chalicelib.stock.shard_lines import ShardLines
from chalicelib.stock.snapshot_service import CloseService
from chalicelib.stock.snapshot_store import CloseRun, SnapshotStore
from chalicelib.stock.store import StockStore
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock
from tests.fakes.periods import gate_of

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
MESSAGE = Source(message_id="M1", path="/request/orderLines/orderLine[1]")


class MemoryFiles:
    """Files by key."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.bodies[key] = body

    def get(self, key: str) -> bytes | None:
        return self.bodies.get(key)

    def names(self, prefix: str, *, after: str = "") -> list[str]:
        return sorted(key for key in self.bodies if key.startswith(prefix) and key > after)


class PendingList:
    """What has been accepted and not posted, as a list."""

    def __init__(self) -> None:
        self.documents: list[Pending] = []

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        return [document for document in self.documents if document.sku in skus]


class Interruptible:
    """Commits to the tables after `before` had its say: a rival's commit, or a crash."""

    def __init__(self, tables: Transaction) -> None:
        self._tables = tables
        self.before: Callable[[Writes], None] = lambda writes: None

    def commit(self, writes: Writes) -> None:
        self.before(writes)
        self._tables.commit(writes)


class World:
    def __init__(self, tables: Any = None) -> None:
        self.tables = tables or MemoryTables()
        self.transaction = Interruptible(self.tables)
        self.clock = SettableClock(AT)
        self.store = StockStore(self.tables)
        self.stock = StockService(
            store=self.store, gate=gate_of(self.tables, self.clock), clock=self.clock
        )
        self.costs = CostService(
            store=self.store,
            values=ValueStore(self.tables),
            transaction=self.transaction,
            clock=self.clock,
            method=lambda warehouse: self.methods.get(warehouse, CostMethod.AVERAGE),
        )
        self.methods: dict[str, CostMethod] = {}

        self.files = MemoryFiles()
        self.buckets = {"WH1": 1, "WH2": 1}
        snapshots = SnapshotStore(self.tables)
        self.closes = CloseService(
            store=self.store,
            snapshots=snapshots,
            closer=ShardCloser(
                store=self.store,
                lines=ShardLines(
                    store=self.store, values=ValueStore(self.tables), files=self.files
                ),
                snapshots=snapshots,
                files=self.files,
                transaction=self.transaction,
                clock=self.clock,
            ),
            files=self.files,
            warehouses=lambda: self.buckets,
            transaction=self.transaction,
            clock=self.clock,
        )
        self.audit = NightlyAudit(
            auditor=Auditor(
                store=self.store,
                values=ValueStore(self.tables),
                snapshots=snapshots,
                files=self.files,
            ),
            items=self.tables,
            files=self.files,
            transaction=self.transaction,
            clock=self.clock,
        )
        self.segments = SegmentService(
            files=self.files, items=self.tables, transaction=self.transaction, clock=self.clock
        )
        self.past = PastStock(
            store=self.store,
            values=ValueStore(self.tables),
            snapshots=snapshots,
            files=self.files,
            clock=self.clock,
        )
        self.pending = PendingList()
        self.comparisons = ComparisonStore(self.tables)
        self.reconciliation = ReconciliationService(
            comparisons=self.comparisons,
            store=self.store,
            closes=self.closes,
            files=self.files,
            pending=self.pending,
            transaction=self.transaction,
            clock=self.clock,
        )

    def post(
        self,
        document: str,
        *movements: Movement,
        day: date = TODAY,
        reservation: str | None = None,
        void_rest: bool = False,
    ) -> Posting:
        posting = self.stock.plan_post(
            document=document,
            movements=movements,
            posting_date=day,
            reservation=reservation,
            void_rest=void_rest,
        )
        self.tables.commit(posting.writes)
        return posting

    def reserve(self, reservation: str, **lines: int) -> None:
        self.tables.commit(
            self.stock.plan_reserve(reservation=reservation, warehouse="WH1", lines=lines, at=AT)
        )

    def void(self, reservation: str, lines: dict[str, int] | None = None) -> None:
        commit_replanning(
            self.tables,
            lambda: self.stock.plan_void(reservation=reservation, at=AT, lines=lines),
        )

    def cost(self, *pools: str) -> None:
        self.costs.cost_pools(pools or ("WH1/A",))

    def stream(self) -> None:
        """Has the stream bring every item that there is, and gathers what it brought."""
        self.segments.record(self.tables.tables.values())
        self.clock.forward(minutes=3)
        self.segments.gather()

    def values(self, document: str) -> list[int]:
        """The value entries of a document in sequence, variances behind their entry."""
        found = self.costs.values_of(document)
        return [value.value for value in sorted(found, key=lambda v: (v.sequence, v.record))]

    def close(self, day: date = TODAY, *, reason: str = "") -> CloseRun:
        """Starts a close and runs all its shards."""
        run = self.closes.start_close(day, reason=reason)
        for shard in run.shards:
            code, _, bucket = shard.partition("/")
            self.closes.close_shard(run.id, code, int(bucket))
        return self.closes.run(run.id).run

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.tables.events if event.kind == kind]

    def balance(self, sku: str = "A", code: str = "WH1") -> Balance:
        return self.stock.balances([(code, sku)])[(code, sku)]


def opening(
    quantity: int,
    value: int = 0,
    *,
    line: str = "1",
    sku: str = "A",
    code: str = "WH1",
    bucket: int = 0,
) -> Movement:
    return Movement(
        line=line,
        kind=Kind.OPENING,
        warehouse=code,
        sku=sku,
        bucket=bucket,
        quantity=quantity,
        from_location=OPENING,
        to_location=warehouse(code),
        occurred_at=AT,
        source=MESSAGE,
        given_value=value,
    )


def receipt(
    quantity: int,
    value: int | None = 0,
    *,
    line: str = "1",
    sku: str = "A",
    inventory_type: str = "ZP",
    batch: str = "",
) -> Movement:
    return Movement(
        line=line,
        kind=Kind.RECEIPT,
        warehouse="WH1",
        sku=sku,
        bucket=0,
        quantity=quantity,
        from_location=supplier("S1"),
        to_location=warehouse("WH1", inventory_type),
        occurred_at=AT,
        source=MESSAGE,
        given_value=value,
        batch=batch,
    )


def shipment(
    quantity: int,
    *,
    line: str = "1",
    sku: str = "A",
    inventory_type: str = "ZP",
    number: int = 0,
) -> Movement:
    return Movement(
        line=line,
        kind=Kind.SHIPMENT,
        warehouse="WH1",
        sku=sku,
        bucket=0,
        quantity=quantity,
        from_location=warehouse("WH1", inventory_type),
        to_location=customer("SHOP1"),
        occurred_at=AT,
        source=MESSAGE,
        number=number,
    )


def returned(
    quantity: int, *, line: str = "1", sku: str = "A", cost_of: EntryId | None
) -> Movement:
    return Movement(
        line=line,
        kind=Kind.RETURN,
        warehouse="WH1",
        sku=sku,
        bucket=0,
        quantity=quantity,
        from_location=customer("SHOP1"),
        to_location=warehouse("WH1"),
        occurred_at=AT,
        source=MESSAGE,
        cost_of=cost_of,
    )


def quality_move(quantity: int, *, line: str = "1", sku: str = "A") -> Movement:
    return Movement(
        line=line,
        kind=Kind.QUALITY_MOVE,
        warehouse="WH1",
        sku=sku,
        bucket=0,
        quantity=quantity,
        from_location=warehouse("WH1"),
        to_location=warehouse("WH1", "CC"),
        occurred_at=AT,
        source=MESSAGE,
    )


def sequences(entries: Sequence[Entry]) -> list[int]:
    return [entry.sequence for entry in entries]
