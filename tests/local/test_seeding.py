"""Seeding the demo, on the app's own adapters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.bootstrap import Container
from chalicelib.catalog.model import ClientKind
from chalicelib.warehouse.connections import credentials
from chalicelib.warehouse.store import WarehouseStore
from local.seeding import Seeded, seed, simulator_commands
from local.simulators.wms.settings import load
from tests.fakes.cloud import moto_cloud
from tests.fakes.kernel import SettableClock

URLS = {
    "wms": "http://127.0.0.1:4571",
    "tax": "http://127.0.0.1:4572",
    "sms": "http://127.0.0.1:4573",
    "erp": "http://127.0.0.1:4574",
}
API = "http://127.0.0.1:4566/api"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def oms(clock: SettableClock) -> Iterator[Container]:
    with moto_cloud() as cloud:
        yield Container(cloud.settings, clock=clock)


def seeded(oms: Container) -> Seeded:
    return seed(oms, urls=URLS, api_url=API)


def test_there_are_two_warehouses_in_order_of_priority(oms: Container) -> None:
    seeded(oms)
    found = oms.catalog.warehouses()
    assert [(each.code, each.name, each.province, each.city, each.priority) for each in found] == [
        ("WH-EAST", "华东仓", "浙江省", "杭州市", 1),
        ("WH-SOUTH", "华南仓", "广东省", "广州市", 2),
    ]
    assert {each.owner for each in found} == {"DEMO"}
    assert [each.stock_open for each in found] == [False, False]


def test_each_warehouse_is_connected_to_its_simulated_wms(oms: Container) -> None:
    warehouses = seeded(oms).warehouses
    connection = WarehouseStore(oms.tables).connection("WH-SOUTH")
    assert connection is not None
    assert connection.url == "http://127.0.0.1:4571/WH-SOUTH/qimen"
    assert connection.timeout_seconds == 2
    assert connection.secret == "wms/WH-SOUTH"
    proof = credentials(connection, oms.secrets)
    assert (proof.customer_id, proof.app_key) == (warehouses[1].customer_id, warehouses[1].app_key)
    assert proof.secrets == (warehouses[1].secret,)


def test_the_demo_shop_holds_orders_above_five_hundred(oms: Container) -> None:
    seeded(oms)
    shop = oms.catalog.shop("shop-demo")
    assert (shop.channel, shop.platform_code, shop.hold_above) == ("TMALL", "TM", 50_000)
    assert oms.catalog.shop("shop-other").hold_above is None


def test_every_client_has_a_signing_key(oms: Container) -> None:
    keys = seeded(oms).client_secrets
    assert sorted(keys) == ["erp-purchasing", "pim-demo", "shop-demo", "shop-other"]
    for code, key in keys.items():
        assert key.startswith("whsec_")
        assert oms.secrets.current(f"clients/{code}") == (key,)
    assert oms.catalog.client("pim-demo").kind is ClientKind.PRODUCT
    assert oms.catalog.client("erp-purchasing").kind is ClientKind.PURCHASING
    assert oms.catalog.client("shop-other").shop == "shop-other"


def test_seeding_again_keeps_every_key_and_what_is_open(oms: Container) -> None:
    first = seeded(oms)
    oms.tables.commit(oms.catalog.plan_open("WH-EAST", None))
    second = seeded(oms)
    assert second.client_secrets == first.client_secrets
    assert second.warehouses == first.warehouses
    assert second.upstream_secret == first.upstream_secret
    assert (second.tax_secret, second.tax_token) == (first.tax_secret, first.tax_token)
    assert oms.catalog.warehouse("WH-EAST").stock_open


def test_tokens_are_new_in_each_run_and_bound_to_what_they_are_for(oms: Container) -> None:
    first, second = seeded(oms).tokens, seeded(oms).tokens
    assert set(first.values()).isdisjoint(second.values())
    found = {name: oms.tokens.find(text) for name, text in second.items()}
    known = {name: token for name, token in found.items() if token is not None}
    assert known["operator"].roles == ("admin",)
    assert known["raw"].roles == ("raw_reader",)
    assert (known["shop"].shops, known["shop"].warehouses) == (("shop-demo",), ())
    assert (known["warehouse"].shops, known["warehouse"].warehouses) == ((), ("WH-EAST",))


def test_no_key_or_token_shows_in_what_is_printed_of_it(oms: Container) -> None:
    kept = seeded(oms)
    shown = repr(kept)
    for secret in (
        *kept.client_secrets.values(),
        *kept.tokens.values(),
        *(each.secret for each in kept.warehouses),
        kept.tax_secret,
        kept.upstream_secret,
    ):
        assert secret not in shown


def test_the_simulators_get_what_the_oms_uses_towards_them(oms: Container, tmp_path: Path) -> None:
    kept = seeded(oms)
    commands = simulator_commands(kept, URLS, tmp_path)
    assert commands["erp"] == ["--port", "4574", "--secret", kept.upstream_secret]
    assert commands["tax"][:2] == ["--port", "4572"]
    file = Path(commands["wms"][commands["wms"].index("--config") + 1])
    assert file.stat().st_mode & 0o077 == 0
    east, south = load(file)
    assert (east.code, east.secret) == ("WH-EAST", kept.warehouses[0].secret)
    assert south.callback_url == f"{API}/wms/WH-SOUTH/qimen"
    assert south.owner_code == "DEMO"
    assert json.loads(file.read_text())["warehouses"][0]["customer_id"] == east.customer_id
