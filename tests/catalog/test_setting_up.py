"""Shops and warehouses: a version and an event with every change, and none without."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.catalog.model import CostMethod, Shop, Warehouse
from chalicelib.catalog.store import open_stock, setup_key
from chalicelib.kernel.errors import Malformed, Refused, Unavailable
from chalicelib.kernel.writes import Writes
from tests.catalog.builders import CatalogBench, shop, warehouse
from tests.fakes.dynamodb import MemoryTables


class BusyTables(MemoryTables):
    """Somebody else says the shop anew before each of the next commits."""

    def __init__(self) -> None:
        super().__init__()
        self.meddlers: list[str] = []

    def commit(self, writes: Writes) -> None:
        if self.meddlers:
            name, left = self.meddlers[0], self.meddlers[1:]
            self.meddlers = []
            CatalogBench(tables=self).service.put_shop(shop(name=name))
            self.meddlers = left
        super().commit(writes)


def events(bench: CatalogBench) -> list[tuple[str, dict[str, Any]]]:
    return [(event.id, dict(event.data)) for event in bench.tables.events]


def test_what_is_new_has_the_first_version_and_says_so() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse("WH1", wms="QIMEN"))
    bench.service.put_shop(shop("SHOP1", warehouses=("WH1",)))

    assert bench.service.shop("SHOP1").version == bench.service.warehouse("WH1").version == 1
    assert events(bench) == [
        ("WarehouseChanged:WH1:1", {"warehouse": "WH1", "version": 1, "wms": "QIMEN"}),
        ("ShopChanged:SHOP1:1", {"shop": "SHOP1", "version": 1}),
    ]


def test_a_change_is_the_next_version_whatever_version_it_is_said_to_have() -> None:
    bench = CatalogBench()
    bench.service.put_shop(shop(version=7))
    bench.service.put_shop(shop(name="new", version=7))

    assert bench.service.shop("SHOP1") == shop(name="new", version=2)
    assert [each for each, _ in events(bench)] == ["ShopChanged:SHOP1:1", "ShopChanged:SHOP1:2"]


def test_what_is_said_again_as_it_is_changes_nothing_and_says_nothing() -> None:
    bench = CatalogBench()
    for _ in range(2):
        bench.service.put_warehouse(warehouse(phone="0571-1"))
        bench.service.put_shop(shop(address="here"))

    assert [each for each, _ in events(bench)] == ["WarehouseChanged:WH1:1", "ShopChanged:SHOP1:1"]


def test_a_change_leaves_the_stock_open_and_opening_it_makes_no_version() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse())
    bench.tables.commit(bench.service.plan_open("WH1", date(2026, 11, 20)))
    bench.service.put_warehouse(warehouse(name="new"))

    found = bench.another_environment().warehouse("WH1")
    assert (found.stock_open, found.version, found.name) == (True, 2, "new")
    assert found.opened_on == date(2026, 11, 20)


def test_the_numbers_of_whom_to_call_are_in_no_event_and_no_repr() -> None:
    bench = CatalogBench()
    given = warehouse(
        contact="王强", phone="057187654321", mobile="13900001111", address="仓前街 1 号"
    )
    bench.service.put_warehouse(given)

    for secret in ("王强", "057187654321", "13900001111", "仓前街"):
        assert secret not in repr(bench.tables.events)
        assert secret not in repr(given)


@pytest.mark.parametrize(
    ("kind", "kept"), [(Shop, shop(name="old")), (Warehouse, warehouse(name="old"))]
)
def test_one_that_was_kept_before_there_were_versions_is_the_first(
    kind: type[Any], kept: Any
) -> None:
    bench = CatalogBench()
    put = bench.service.put_shop if kind is Shop else bench.service.put_warehouse
    put(kept)
    item = bench.tables.tables[setup_key(kind, kept.code)]
    for name in ("version", "address", "platform_shop_code", "platform_shop_name", "mobile"):
        item.pop(name, None)
    bench.tables.events.clear()

    put(kept)
    assert bench.tables.events == []
    put(replace(kept, name="new"))

    found = bench.another_environment()
    read = found.shop(kept.code) if kind is Shop else found.warehouse(kept.code)
    assert (read.name, read.version) == ("new", 2)
    assert [each.data["version"] for each in bench.tables.events] == [2]


def test_whoever_is_overtaken_says_it_after_the_other() -> None:
    tables = BusyTables()
    bench = CatalogBench(tables=tables)
    bench.service.put_shop(shop())
    tables.meddlers = ["theirs"]

    bench.service.put_shop(shop(name="mine"))

    assert bench.service.shop("SHOP1") == shop(name="mine", version=3)
    assert [each for each, _ in events(bench)] == [f"ShopChanged:SHOP1:{n}" for n in (1, 2, 3)]


def test_how_a_warehouse_is_costed_stands_even_where_its_stock_opens_meanwhile() -> None:
    class OpeningTables(MemoryTables):
        opens = False

        def commit(self, writes: Writes) -> None:
            if self.opens:
                self.opens = False
                super().commit(Writes([open_stock("WH1", None)]))
            super().commit(writes)

    tables = OpeningTables()
    bench = CatalogBench(tables=tables)
    bench.service.put_warehouse(warehouse())
    tables.opens = True

    with pytest.raises(Refused, match="cost_method_fixed"):
        bench.service.put_warehouse(warehouse(cost_method=CostMethod.FIFO))

    assert bench.service.warehouse("WH1").cost_method is CostMethod.AVERAGE
    assert bench.service.warehouse("WH1").version == 1


def test_where_others_never_stop_it_comes_again_later() -> None:
    tables = BusyTables()
    bench = CatalogBench(tables=tables)
    bench.service.put_shop(shop())
    tables.meddlers = [f"theirs {number}" for number in range(10)]

    with pytest.raises(Unavailable):
        bench.service.put_shop(shop(name="mine"))


@pytest.mark.parametrize(
    ("field", "most"),
    [
        ("platform_code", 50),
        ("platform_shop_code", 50),
        ("platform_shop_name", 200),
        ("address", 200),
    ],
)
def test_a_shop_is_said_within_the_protocols_limits(field: str, most: int) -> None:
    service = CatalogBench().service
    service.put_shop(shop(**{field: "X" * most}))
    with pytest.raises(Refused) as refused:
        service.put_shop(shop(**{field: "X" * (most + 1)}))
    assert (refused.value.code, refused.value.field) == ("text_length", field)
    with pytest.raises(Malformed, match="unwritable_text"):
        service.put_shop(shop(**{field: "X\x00"}))


@pytest.mark.parametrize(
    ("field", "most"),
    [("address", 200), ("contact", 200), ("phone", 50), ("mobile", 50), ("status", 50)],
)
def test_a_warehouse_is_said_within_the_protocols_limits(field: str, most: int) -> None:
    service = CatalogBench().service
    service.put_warehouse(warehouse(**{field: "X" * most}))
    with pytest.raises(Refused) as refused:
        service.put_warehouse(warehouse(**{field: "X" * (most + 1)}))
    assert (refused.value.code, refused.value.field) == ("text_length", field)
