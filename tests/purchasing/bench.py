"""Purchasing on memory tables with the real catalog and the real stock, and sensible inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

from chalicelib.catalog.service import CatalogService
from chalicelib.catalog.store import CatalogStore
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.items import Items
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key, Transaction
from chalicelib.purchasing.batching import BatchRules
from chalicelib.purchasing.model import (
    PurchaseLineInput,
    PurchaseOrderInput,
    Receipt,
    ReceiptLine,
)
from chalicelib.purchasing.service import PurchasingService
from chalicelib.purchasing.store import PurchasingStore
from chalicelib.purchasing.tolerances import Tolerances
from chalicelib.stock.service import StockService
from chalicelib.stock.store import StockStore
from tests.catalog.builders import sku_input, supplier_input, warehouse
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock
from tests.fakes.periods import gate_of

MESSAGE = Source(message_id="M1")
ARRIVED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class CountingNumbers:
    """`PO000001`, `PO000002` …"""

    def __init__(self) -> None:
        self.count = 0

    def document_number(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count:06d}"


class Tables(Items, Transaction, Protocol):
    """Tables of any make."""


class Services:
    """Purchasing and what it needs, on tables of any make. Warehouses WH1 and WH2, supplier SUP1
    and SKUs A, B, C of owner ACME are there.
    """

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self.catalog = CatalogService(store=CatalogStore(tables), transaction=tables, clock=clock)
        self.stock = StockService(
            store=StockStore(tables), gate=gate_of(tables, clock), clock=clock
        )
        self.store = PurchasingStore(tables)
        self.service = PurchasingService(
            store=self.store,
            transaction=tables,
            clock=clock,
            numbers=CountingNumbers(),
            catalog=self.catalog,
            stock=self.stock,
            tolerances=Tolerances(items=tables, transaction=tables),
            batches=BatchRules(items=tables, transaction=tables),
        )
        for code in ("WH1", "WH2"):
            self.catalog.put_warehouse(warehouse(code))
        self.catalog.put_suppliers("SRM", [supplier_input("SUP1")], MESSAGE)
        self.catalog.put_skus("PIM", [sku_input(code) for code in ("A", "B", "C")], MESSAGE)


@dataclass
class PurchasingBench:
    """The services on memory tables, and looks at what became of them."""

    tables: MemoryTables = field(default_factory=MemoryTables)
    clock: SettableClock = field(default_factory=SettableClock)

    def __post_init__(self) -> None:
        services = Services(self.tables, self.clock)
        self.catalog, self.stock = services.catalog, services.stock
        self.store, self.service = services.store, services.service
        self.tables.events.clear()

    def ordered(self, **changes: Any) -> str:
        """The number of a new purchase order."""
        return self.service.accept("SRM", order_input(**changes), MESSAGE)[0].no

    def accept(self, receipt: Receipt) -> None:
        self.tables.commit(self.service.plan_receipt(receipt))

    def received(self, receipt: Receipt) -> None:
        self.accept(receipt)
        self.service.post_receipt(receipt.id)

    def state(self) -> dict[Key, dict[str, Any]]:
        return {key: dict(item) for key, item in self.tables.tables.items()}

    def events(self, kind: str) -> list[str]:
        return [event.id for event in self.tables.events if event.kind == kind]

    def cases(self) -> dict[str, str]:
        """The text of each open case by its kind."""
        found = self.tables.query("documents", "EXCEPTIONS#OPEN", index="gsi1")
        return {item["kind"]: item["text"] for item in found.items}

    def entries(self, receipt: str) -> list[tuple[str, str, str, int, int | None]]:
        """(sku, from, to, pieces, fen) of each entry of a receipt, by line."""
        return [
            (entry.sku, entry.from_location, entry.to_location, entry.quantity, entry.given_value)
            for entry in sorted(self.stock.entries_of(receipt), key=lambda e: (int(e.line), e.sku))
        ]

    def pieces(self, warehouse_code: str, sku: str) -> dict[str, int]:
        pair = (warehouse_code, sku)
        return dict(self.stock.balances([pair])[pair].quantities)


def line_input(line_no: int, sku: str, quantity: int, price: int = 10_000) -> PurchaseLineInput:
    return PurchaseLineInput(
        line_no=line_no, sku=sku, quantity=quantity, price=price, tax_rate_percent=13
    )


def order_input(**changes: Any) -> PurchaseOrderInput:
    """10 pieces of A at 1.0000, 5 of B at 0.3333."""
    given: dict[str, Any] = {
        "id": "P-1",
        "supplier": "SUP1",
        "warehouse": "WH1",
        "owner": "ACME",
        "currency": "CNY",
        "lines": (line_input(1, "A", 10), line_input(2, "B", 5, 3_333)),
    }
    return PurchaseOrderInput(**(given | changes))


def arrived(
    line_no: int,
    sku: str,
    quantity: int,
    *,
    on: int | None = None,
    kind: str = "ZP",
    batch: str = "",
) -> ReceiptLine:
    return ReceiptLine(
        line_no=line_no,
        sku=sku,
        quantity=quantity,
        source=Source(message_id="M7", path=f"/request/orderLines/orderLine[{line_no}]"),
        purchase_line_no=on,
        inventory_type=kind,
        batch=batch,
    )


def receipt(no: str, *lines: ReceiptLine, **changes: Any) -> Receipt:
    given: dict[str, Any] = {
        "id": "RK1",
        "purchase_order": no,
        "warehouse": "WH1",
        "lines": lines,
        "final": True,
        "out_biz_code": "W-1",
        "occurred_at": ARRIVED,
        "posting_date": date(2026, 11, 22),
        "message_id": "M7",
    }
    return Receipt(**(given | changes))
