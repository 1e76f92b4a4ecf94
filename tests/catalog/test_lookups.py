"""Look-ups, the cache behind them, and the setup of warehouses, shops and clients."""

from __future__ import annotations

import zlib

import pytest

from chalicelib.catalog.cache import TimedCache
from chalicelib.catalog.model import Client, ClientKind, CostMethod
from chalicelib.kernel.errors import Malformed, NotFound, Refused
from tests.catalog.builders import MESSAGE, CatalogBench, shop, sku_input, warehouse
from tests.fakes.kernel import SettableClock


def test_unknown_things_are_not_found_or_refused_with_the_field_that_named_them() -> None:
    service = CatalogBench().service

    for look_up in (service.sku, service.supplier, service.warehouse, service.shop, service.client):
        with pytest.raises(NotFound) as missing:
            look_up("X")
        assert (missing.value.status, missing.value.field) == (404, None)
        with pytest.raises(Refused) as refused:
            look_up("X", field="lines[0].sku")
        assert (refused.value.status, refused.value.field) == (422, "lines[0].sku")
        assert refused.value.code == f"unknown_{look_up.__name__}"


def test_skus_answers_those_that_exist() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input("A"), sku_input("B")], MESSAGE)

    found = bench.service.skus(["B", "A", "A", "NONE"])

    assert sorted(found) == ["A", "B"]
    assert bench.service.skus([]) == {}


def test_a_change_made_elsewhere_is_seen_when_the_time_is_up() -> None:
    bench = CatalogBench()
    here, elsewhere = bench.another_environment(cache_seconds=30), bench.another_environment()
    elsewhere.put_skus("PIM", [sku_input(name="old")], MESSAGE)
    assert here.sku("TEA-100").name == "old"
    elsewhere.put_skus("PIM", [sku_input(name="new")], MESSAGE)

    bench.clock.forward(seconds=29)
    assert here.sku("TEA-100").name == "old"
    bench.clock.forward(seconds=1)
    assert here.sku("TEA-100").name == "new"


def test_looking_often_does_not_make_an_old_entry_live_longer() -> None:
    bench = CatalogBench()
    here, elsewhere = bench.another_environment(cache_seconds=30), bench.another_environment()
    elsewhere.put_shop(shop(name="old"))
    here.shop("SHOP1")
    elsewhere.put_shop(shop(name="new"))

    for _ in range(3):
        bench.clock.forward(seconds=10)
        last = here.shop("SHOP1").name

    assert last == "new"


def test_one_s_own_change_is_seen_at_once() -> None:
    bench = CatalogBench()
    service = bench.service
    service.put_skus("PIM", [sku_input(name="old")], MESSAGE)
    service.put_shop(shop(name="old"))
    service.put_warehouse(warehouse(stock_open=True))
    service.sku("TEA-100"), service.shop("SHOP1"), service.warehouse("WH1"), service.warehouses()

    service.put_skus("PIM", [sku_input(name="new")], MESSAGE)
    service.put_shop(shop(name="new"))
    service.put_warehouse(warehouse(name="new"))

    assert service.sku("TEA-100").name == "new"
    assert service.shop("SHOP1").name == "new"
    assert service.warehouse("WH1").name == "new"
    assert [each.name for each in service.warehouses()] == ["new"]


def test_what_is_created_elsewhere_is_seen_at_once() -> None:
    bench = CatalogBench()
    here, elsewhere = bench.service, bench.another_environment()
    assert here.skus(["TEA-100"]) == {}

    elsewhere.put_skus("PIM", [sku_input()], MESSAGE)

    assert here.sku("TEA-100").name == "Green tea"


def test_opening_a_warehouse_s_stock_is_seen_at_once_and_done_once() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse("WH1"))
    bench.service.put_warehouse(warehouse("WH2", stock_open=True))
    assert bench.service.warehouse("WH1").stock_open is False
    assert [each.stock_open for each in bench.service.warehouses()] == [False, True]

    bench.tables.commit(bench.service.plan_open("WH1", None))
    opened = bench.state()
    bench.tables.commit(bench.service.plan_open("WH1", None))

    assert bench.state() == opened
    assert bench.service.warehouse("WH1").stock_open is True
    assert [each.stock_open for each in bench.service.warehouses()] == [True, True]


def test_setting_up_again_keeps_the_stock_open_and_changes_nothing_else() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse())
    bench.tables.commit(bench.service.plan_open("WH1", None))
    before = bench.state()

    bench.service.put_warehouse(warehouse())

    assert bench.state() == before


def test_open_warehouses_are_read_once_while_their_time_lasts() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse(stock_open=True))
    bench.service.warehouses(), bench.service.warehouse("WH1")
    bench.tables.tables.clear()

    assert [each.code for each in bench.service.warehouses()] == ["WH1"]
    assert bench.service.warehouse("WH1").code == "WH1"


def test_a_cache_of_no_seconds_keeps_nothing() -> None:
    bench = CatalogBench()
    service = bench.another_environment(cache_seconds=0)
    service.put_shop(shop())
    service.shop("SHOP1")
    bench.tables.tables.clear()

    with pytest.raises(NotFound):
        service.shop("SHOP1")


def test_a_warehouse_s_connection_is_its_own_code_unless_said() -> None:
    assert warehouse("WH1").wms == "WH1"
    assert warehouse("WH1", wms="QIMEN").wms == "QIMEN"


def test_a_shop_comes_back_as_it_was_put() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse())
    demo = shop(warehouses=("WH1",), may_split_lines=True, hold_above=100_000)

    bench.service.put_shop(demo)

    assert bench.another_environment().shop("SHOP1") == demo
    assert bench.service.shops() == (demo,)


def test_setup_that_names_what_is_not_there_is_refused() -> None:
    service = CatalogBench().service

    with pytest.raises(Refused, match="unknown_warehouse"):
        service.put_shop(shop(warehouses=("NONE",)))
    with pytest.raises(Refused, match="unknown_shop"):
        service.put_client(Client(code="C1", kind=ClientKind.SHOP))
    with pytest.raises(Refused, match="malformed_code"):
        service.put_client(Client(code="C 1", kind=ClientKind.PRODUCT))
    with pytest.raises(Refused, match="too_few_buckets"):
        service.put_warehouse(warehouse(buckets=4))


def test_a_client_is_found_by_its_code() -> None:
    bench = CatalogBench()
    bench.service.put_shop(shop())
    client = Client(code="C1", kind=ClientKind.SHOP, shop="SHOP1", owner="ACME")

    bench.service.put_client(client)

    assert bench.service.client("C1") == client
    assert bench.another_environment().client("C1").kind is ClientKind.SHOP


def test_paging_shows_every_sku_once() -> None:
    bench = CatalogBench()
    codes = [f"S{number}" for number in range(50)]
    bench.service.put_skus("PIM", [sku_input(code) for code in codes], MESSAGE)

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = bench.service.sku_page(limit=3, cursor=cursor)
        seen += [sku.code for sku in page.skus]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(seen) == sorted(codes)


@pytest.mark.parametrize("cursor", ["", "x", "x:1", "-1:", "99999999999:"])
def test_a_cursor_that_is_not_ours_is_malformed(cursor: str) -> None:
    with pytest.raises(Malformed) as refused:
        CatalogBench().service.sku_page(cursor=cursor)
    assert refused.value.field == "cursor"


def test_the_bucket_is_the_sku_s_own_or_that_which_it_would_get() -> None:
    bench = CatalogBench()
    bench.service.put_skus("PIM", [sku_input("A")], MESSAGE)
    wider = bench.another_environment(buckets=1000)

    buckets = wider.buckets_of(["A", "NONE"])

    assert buckets == {"A": zlib.crc32(b"A") % 16, "NONE": zlib.crc32(b"NONE") % 1000}


def test_a_full_cache_forgets_the_oldest_first() -> None:
    cache = TimedCache[str](SettableClock(), seconds=30, most=2)
    for code in ("a", "b", "a", "c"):
        cache.put(code, code)

    assert [cache.get(code) for code in ("a", "b", "c")] == ["a", None, "c"]


def test_the_cost_method_is_fixed_once_the_stock_is_open() -> None:
    bench = CatalogBench()
    bench.service.put_warehouse(warehouse(cost_method=CostMethod.FIFO))
    assert bench.service.cost_method("WH1") is CostMethod.FIFO
    bench.service.put_warehouse(warehouse(cost_method=CostMethod.AVERAGE))
    bench.tables.commit(bench.service.plan_open("WH1", None))
    with pytest.raises(Refused, match="cost_method_fixed") as refused:
        bench.service.put_warehouse(warehouse(cost_method=CostMethod.FIFO))
    assert refused.value.field == "cost_method"
    bench.service.put_warehouse(warehouse(name="new"))
    assert bench.service.cost_method("WH1") is CostMethod.AVERAGE
