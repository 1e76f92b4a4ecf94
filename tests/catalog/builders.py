"""Catalog pieces for tests: a service on memory tables, and inputs with sensible content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chalicelib.catalog.model import Shop, SkuInput, SupplierInput, Warehouse
from chalicelib.catalog.service import CatalogService
from chalicelib.catalog.store import CatalogStore
from chalicelib.kernel.provenance import Source
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock

MESSAGE = Source(message_id="M1")


@dataclass
class CatalogBench:
    """A catalog of its own; `another_environment` shares the tables but not the memory."""

    tables: MemoryTables = field(default_factory=MemoryTables)
    clock: SettableClock = field(default_factory=SettableClock)

    def __post_init__(self) -> None:
        self.service = self.another_environment()

    def another_environment(self, **options: Any) -> CatalogService:
        return CatalogService(
            store=CatalogStore(self.tables), transaction=self.tables, clock=self.clock, **options
        )

    def state(self) -> dict[Any, Any]:
        return {key: dict(item) for key, item in self.tables.tables.items()}


def sku_input(code: str = "TEA-100", **changes: Any) -> SkuInput:
    given: dict[str, Any] = {
        "id": f"P-{code}",
        "code": code,
        "owner": "ACME",
        "name": "Green tea",
        "barcode": "6901234567892",
        "tax_rate_percent": 13,
    }
    return SkuInput(**(given | changes))


def supplier_input(code: str = "SUP1", **changes: Any) -> SupplierInput:
    given: dict[str, Any] = {"id": f"S-{code}", "code": code, "name": "Tea garden"}
    return SupplierInput(**(given | changes))


def warehouse(code: str = "WH1", **changes: Any) -> Warehouse:
    given: dict[str, Any] = {
        "code": code,
        "name": "Hangzhou",
        "owner": "ACME",
        "province": "浙江省",
        "city": "杭州市",
    }
    return Warehouse(**(given | changes))


def shop(code: str = "SHOP1", **changes: Any) -> Shop:
    given: dict[str, Any] = {
        "code": code,
        "channel": "DEMO",
        "name": "Demo shop",
        "owner": "ACME",
        "seller_name": "Acme Ltd",
        "seller_tax_no": "91330100MA00000001",
    }
    return Shop(**(given | changes))
