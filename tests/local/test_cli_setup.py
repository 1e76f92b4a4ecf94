"""The command line: shops, warehouses, clients, connections, tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.warehouse.store import WarehouseStore
from tests.local.cli_world import Stage, a_stage

SHOP = {
    "code": "shop-new",
    "channel": "JD",
    "name": "New shop",
    "owner": "DEMO",
    "seller_name": "Seller",
    "seller_tax_no": "91330100MA00000003",
    "hold_above": "800.00",
    "warehouses": ["WH-EAST"],
}
SENDER = {
    "name": "Sender",
    "mobile": "10000000009",
    "province": "浙江省",
    "city": "杭州市",
    "address": "Street 1",
}
WMS = {
    "code": "WH-EAST",
    "url": "https://wms.invalid/qimen",
    "customer_id": "C1",
    "app_key": "K1",
    "owner": "DEMO",
    "sender": SENDER,
}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def text(of: Any) -> str:
    return json.dumps(of, ensure_ascii=False)


def test_a_shop_is_set_up_from_a_file_or_from_stdin(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text(text(SHOP))
    assert stage.json("shop", "put", str(file)) == {"shop": "shop-new"}
    stage.done("shop", "put", "-", stdin=text(SHOP | {"name": "Newer"}))
    shop = stage.oms.catalog.shop("shop-new")
    assert (shop.name, shop.hold_above, shop.warehouses) == ("Newer", 80_000, ("WH-EAST",))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hold_above": 800}, "hold_above"),
        ({"colour": "red"}, "colour"),
        ({"name": 7}, "name"),
        ({"version": 2}, "version"),
        ({"platform_shop_code": "X" * 51}, "platform_shop_code"),
        ({"warehouses": ["WH-WEST"]}, "warehouses[0]"),
    ],
)
def test_a_shop_that_is_wrong_is_refused_with_its_field(
    stage: Stage, change: dict[str, Any], field: str
) -> None:
    result = stage.run("shop", "put", "-", stdin=text(SHOP | change))
    assert result.exit_code == 1
    assert f"({field})" in result.stderr


def test_what_is_no_json_or_no_file_is_wrong_usage(stage: Stage) -> None:
    assert stage.run("shop", "put", "-", stdin="{").exit_code == 2
    assert stage.run("shop", "put", "-", stdin="[]").exit_code == 2
    assert stage.run("shop", "put", "/nowhere/shop.json").exit_code == 2


def test_a_warehouse_is_set_up_and_its_stock_is_not_opened_by_hand(stage: Stage) -> None:
    given = {"code": "WH-N", "name": "N", "owner": "DEMO", "province": "北京", "city": "北京"}
    stage.done("warehouse", "put", "-", stdin=text(given))
    assert stage.oms.catalog.warehouse("WH-N").stock_open is False
    result = stage.run("warehouse", "put", "-", stdin=text(given | {"stock_open": True}))
    assert result.exit_code == 1
    assert "(stock_open)" in result.stderr


def test_a_warehouse_may_have_what_its_wms_is_to_be_told(stage: Stage) -> None:
    given = {"code": "WH-N", "name": "N", "owner": "DEMO", "province": "北京", "city": "北京"}
    more = {
        "address": "Street 1",
        "contact": "N. N.",
        "phone": "010-1",
        "mobile": "1",
        "status": "ON",
    }
    stage.done("warehouse", "put", "-", stdin=text(given))
    stage.done("warehouse", "put", "-", stdin=text(given | more))
    stage.done("warehouse", "put", "-", stdin=text(given | more))
    found = stage.oms.catalog.warehouse("WH-N")
    assert (found.version, found.address, found.status) == (2, "Street 1", "ON")
    for wrong in ({"version": 1}, {"phone": "1" * 51}):
        result = stage.run("warehouse", "put", "-", stdin=text(given | wrong))
        assert result.exit_code == 1
        assert f"({next(iter(wrong))})" in result.stderr


def test_a_new_client_gets_a_key_that_is_shown_once(stage: Stage) -> None:
    command = ("client", "put", "jd", "--kind", "shop", "--shop", "shop-demo")
    key = stage.json(*command)["secret"]
    assert stage.oms.secrets.current("clients/jd") == (key,)
    assert key.startswith("whsec_")
    assert stage.json(*command)["secret"] is None
    assert key not in stage.done(*command)
    assert stage.oms.secrets.current("clients/jd") == (key,)


def test_a_client_of_an_unknown_shop_is_refused_and_gets_no_key(stage: Stage) -> None:
    result = stage.run("client", "put", "jd", "--kind", "SHOP", "--shop", "nowhere")
    assert result.exit_code == 1
    assert "(shop) [unknown_shop]" in result.stderr
    assert stage.oms.secrets.current("clients/jd") == ()
    assert stage.run("client", "put", "jd", "--kind", "KING").exit_code == 2


def test_a_wms_is_connected_with_its_key_among_the_secrets(stage: Stage) -> None:
    given = WMS | {"secret": "s3cret", "callback_secret": "back"}
    shown = stage.done("wms", "connect", "-", stdin=text(given))
    assert "s3cret" not in shown
    kept = WarehouseStore(stage.oms.tables).connection("WH-EAST")
    assert kept is not None
    assert (kept.url, kept.secret) == ("https://wms.invalid/qimen", "wms/WH-EAST")
    assert kept.callback_secret == "wms/WH-EAST-callback"
    assert stage.oms.secrets.current("wms/WH-EAST") == ("s3cret",)
    assert stage.oms.secrets.current("wms/WH-EAST-callback") == ("back",)


def test_connecting_again_without_a_key_keeps_the_one_there_is(stage: Stage) -> None:
    stage.done("wms", "connect", "-", stdin=text(WMS))
    assert stage.oms.secrets.current("wms/WH-EAST") == (stage.seeded.warehouses[0].secret,)
    result = stage.run("wms", "connect", "-", stdin=text(WMS | {"code": "WH-NEW"}))
    assert (result.exit_code, "(secret) [secret_missing]" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "wms.invalid"}, "url"),
        ({"code": "a b"}, "code"),
        ({"secret": 5}, "secret"),
        ({"sender": {"name": "x"}}, "sender"),
        ({"sender": {**SENDER, "colour": "red"}}, "sender.colour"),
        ({"failures": [{"kind": "RETRY", "txt": "x"}]}, "failures[0].txt"),
    ],
)
def test_a_connection_that_is_wrong_is_refused_with_its_field(
    stage: Stage, change: dict[str, Any], field: str
) -> None:
    result = stage.run("wms", "connect", "-", stdin=text(WMS | change))
    assert result.exit_code == 1
    assert f"({field})" in result.stderr


def test_a_token_is_issued_listed_and_revoked(stage: Stage) -> None:
    options = ("--role", "operator", "--role", "finance", "--shop", "shop-demo", "--days", "30")
    issued = stage.json("token", "issue", "li.na", *options)
    found = stage.oms.tokens.find(issued["token"])
    assert found is not None
    assert (found.subject, found.roles, found.shops) == (
        "li.na",
        ("operator", "finance"),
        ("shop-demo",),
    )
    assert issued["expires_at"] == "2026-12-22T01:30:00.000Z"
    (listed,) = stage.json("token", "list", "li.na")["tokens"]
    assert "token" not in listed
    assert issued["token"] not in stage.done("token", "list")
    assert stage.json("token", "revoke", listed["id"])["subject"] == "li.na"
    assert stage.oms.tokens.find(issued["token"]) is None
    result = stage.run("token", "revoke", listed["id"])
    assert (result.exit_code, "[unknown_token]" in result.stderr) == (1, True)


def test_a_token_can_be_revoked_by_its_text(stage: Stage) -> None:
    issued = stage.json("token", "issue", "li.na", "--role", "operator")
    stage.done("token", "revoke", issued["token"])
    assert stage.oms.tokens.find(issued["token"]) is None


def test_a_token_without_a_role_for_a_role_that_is_none_or_too_long_is_not_issued(
    stage: Stage,
) -> None:
    assert stage.run("token", "issue", "li.na").exit_code == 2
    assert stage.run("token", "issue", "li.na", "--role", "king").exit_code == 2
    result = stage.run("token", "issue", "li.na", "--role", "operator", "--days", "900")
    assert (result.exit_code, "(days)" in result.stderr) == (1, True)
    unknown = stage.run("token", "issue", "li.na", "--role", "operator", "--shop", "x")
    assert (unknown.exit_code, "(shop)" in unknown.stderr) == (1, True)
    assert stage.oms.tokens.listed("li.na") == []


def test_a_connections_keys_are_changed_without_a_pause(stage: Stage) -> None:
    stage.done("wms", "connect", "-", stdin=text(WMS | {"secret": "old-key"}))
    changed = stage.json("wms", "rotate-secret", "WH-EAST", "-", stdin=text({"secret": "new-key"}))
    assert changed == {"wms": "WH-EAST", "changing": ["wms/WH-EAST"]}
    assert stage.oms.secrets.current("wms/WH-EAST") == ("new-key", "old-key")
    told = stage.done("wms", "finish-rotation", "WH-EAST")
    assert "new-key" not in told
    assert stage.oms.secrets.current("wms/WH-EAST") == ("new-key",)
    assert stage.run("wms", "rotate-secret", "NOPE", "-", stdin="{}").exit_code == 1
    assert stage.run("wms", "rotate-secret", "WH-EAST", "-", stdin=text({"x": "y"})).exit_code == 1
