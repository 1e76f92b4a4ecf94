"""Movements on stock in memory, with a catalog and a WMS that say what they are told to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from chalicelib.catalog.model import Sku, Warehouse
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Exists, Key, Update, Writes
from chalicelib.movements.adjustment_service import AdjustmentService
from chalicelib.movements.opening_service import OpeningService
from chalicelib.movements.store import MovementStore
from chalicelib.stock.comparing import Figure
from tests.stock.world import World

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
MESSAGE = Source(message_id="M1", path="/request")
WAREHOUSE = Key("documents", "WAREHOUSE#WH1", "HEAD")


class CatalogOf:
    """SKUs S0 … S99 in buckets by number, warehouse WH1."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.tables.tables[WAREHOUSE] = {"pk": WAREHOUSE.pk, "sk": "HEAD", "stock_open": False}

    def skus(self, codes: Iterable[str]) -> dict[str, Sku]:
        return {
            code: Sku(
                code=code,
                source="PIM",
                source_id=code,
                owner="O1",
                name=code,
                barcode=code,
                bucket=int(code[1:]) % 4,
                tax_rate_percent=13,
                message=MESSAGE,
            )
            for code in codes
            if code.startswith("S")
        }

    def buckets_of(self, codes: Iterable[str]) -> dict[str, int]:
        return {code: int(code[1:]) % 4 if code.startswith("S") else 0 for code in codes}

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        if code != "WH1":
            raise NotFound("unknown_warehouse", "there is no such warehouse", field=field)
        return Warehouse(code=code, name=code, owner="O1", province="浙江省", city="杭州市")

    def plan_open(self, warehouse: str, on: date | None) -> Writes:
        return Writes(
            [
                Update(
                    key=WAREHOUSE,
                    condition=Exists(),
                    refusal="unknown_warehouse",
                    set={"stock_open": True, "opened_on": on.isoformat() if on else None},
                )
            ]
        )

    @property
    def is_open(self) -> bool:
        return bool(self.world.tables.tables[WAREHOUSE]["stock_open"])

    @property
    def opened_on(self) -> date:
        return date.fromisoformat(self.world.tables.tables[WAREHOUSE]["opened_on"])


class FiguresOf:
    """A WMS that has these pieces."""

    def __init__(self) -> None:
        self.has: list[Figure] = []

    def figures(self, warehouse: str, skus: Sequence[str]) -> list[Figure]:
        return [figure for figure in self.has if figure.sku in skus]


class Movements(World):
    def __init__(self) -> None:
        super().__init__()
        self.catalog = CatalogOf(self)
        self.wms = FiguresOf()
        store = MovementStore(self.tables)
        self.openings = OpeningService(
            store=store,
            stock=self.stock,
            catalog=self.catalog,
            figures=self.wms,
            transaction=self.transaction,
            clock=self.clock,
        )
        self.adjustments = AdjustmentService(
            store=store,
            stock=self.stock,
            catalog=self.catalog,
            transaction=self.transaction,
            clock=self.clock,
        )
