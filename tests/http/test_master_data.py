"""Bundles, categories and what a WMS knows of them, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.roles import Role
from tests.http.documents import bundle, category, order, sku
from tests.http.world import EAST, SHOP, Site


@pytest.fixture
def site(lasting_site: Site) -> Site:
    lasting_site.post("/v1/skus", {"skus": [sku("TEE"), sku("MUG")]})
    return lasting_site


def look(site: Site, path: str) -> Any:
    return site.ask(path, token=site.token(Role.OPERATOR))


def result(answer: Any) -> dict[str, Any]:
    (one,) = answer.json_body["results"]
    return dict(one)


def test_a_bundle_is_taken_and_shown_with_its_parts(site: Site) -> None:
    given = bundle(code="SET-1", id="SET-1", components=[{"sku": "TEE", "quantity": 2}])
    given["components"][0]["price"] = "12.50"
    assert result(site.post("/v1/bundles", {"bundles": [given]}))["outcome"] == "created"
    shown = look(site, "/v1/bundles/SET-1").json_body
    assert shown["components"] == [{"sku": "TEE", "quantity": 2, "price": "12.50"}]
    assert (shown["version"], shown["acknowledged"]) == (1, {})


def test_an_order_of_a_bundle_is_kept_and_shown_as_its_parts(site: Site) -> None:
    parts = [{"sku": "TEE", "quantity": 2, "price": "30.00"}, {"sku": "MUG", "quantity": 1}]
    site.post("/v1/bundles", {"bundles": [bundle(code="SET-O", id="SET-O", components=parts)]})
    line = {"channel_line_id": "L1", "sku": "SET-O", "quantity": 2, "unit_price": "50.00"}
    plain = {"channel_line_id": "L2", "sku": "TEE", "quantity": 1, "unit_price": "9.00"}
    given = order(
        channel_order_id="a bundle", lines=[line, plain], order_discount="0", payable="115.00"
    )
    placed = site.post("/v1/orders", given)
    assert placed.status_code == 201, placed.body
    shown = look(site, f"/v1/orders/{placed.json_body['order_no']}").json_body
    lines = [(each["sku"], each["quantity"], each["amount"]) for each in shown["lines"]]
    assert lines == [("TEE", 4, "100.00"), ("MUG", 2, "0.00"), ("TEE", 1, "9.00")]
    assert [each["bundle"] for each in shown["lines"]] == [
        {"code": "SET-O", "version": 1, "quantity": 2},
        {"code": "SET-O", "version": 1, "quantity": 2},
        None,
    ]


def test_a_bundle_of_what_nobody_knows_is_refused_with_its_field(site: Site) -> None:
    given = bundle(code="SET-2", id="SET-2", components=[{"sku": "NOTHING", "quantity": 1}])
    answer = site.post("/v1/bundles", {"bundles": [given]})
    assert answer.status_code == 422
    assert (result(answer)["error"], result(answer)["field"]) == (
        "unknown_component",
        "components[0].sku",
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"components": []}, "too_many_or_none", "bundles[0].components"),
        ({"quantity": 0}, "out_of_range", "bundles[0].components[0].quantity"),
        ({"quantity": 1001}, "out_of_range", "bundles[0].components[0].quantity"),
        ({"price": "-1.00"}, "negative_amount", "bundles[0].components[0].price"),
        ({"price": "1.001"}, "malformed_amount", "bundles[0].components[0].price"),
    ],
)
def test_a_bundle_that_cant_be_is_refused(
    site: Site, changes: dict[str, Any], code: str, field: str
) -> None:
    parts = changes.get("components", [{"sku": "TEE", "quantity": 1, **changes}])
    answer = site.post("/v1/bundles", {"bundles": [bundle(components=parts)]})
    assert (answer.json_body["code"], answer.json_body["field"]) == (code, field)


def test_a_part_that_stands_twice_is_refused(site: Site) -> None:
    parts = [{"sku": "TEE", "quantity": 1}, {"sku": "TEE", "quantity": 2}]
    answer = site.post("/v1/bundles", {"bundles": [bundle(components=parts)]})
    assert answer.json_body["code"] == "repeated_component"


def test_a_category_gives_its_skus_its_name(site: Site) -> None:
    given = category(code="CAT-1", id="CAT-1", name="茶具")
    assert result(site.post("/v1/categories", {"categories": [given]}))["outcome"] == "created"
    site.post("/v1/skus", {"skus": [sku("CUP-1", category="CAT-1")]})
    assert look(site, "/v1/skus/CUP-1").json_body["category_name"] == "茶具"


def test_everything_that_is_told_of_a_sku_is_shown_with_its_prices_as_texts(site: Site) -> None:
    told: dict[str, Any] = {
        "length_mm": 80,
        "volume_ml": 768,
        "net_weight_grams": 100,
        "retail_price": "35.50",
        "cost_price": "12.00",
        "batch_managed": True,
        "serial_managed": False,
        "shelf_life_hours": 13140,
        "reject_days": 180,
        "brand": "晨光",
        "season_code": "SS26",
        "origin": "浙江",
    }
    site.post("/v1/skus", {"skus": [sku("FULL-1", **told)]})
    shown = look(site, "/v1/skus/FULL-1").json_body
    assert {name: shown[name] for name in told} == told
    assert shown["tag_price"] is None
    assert shown["shelf_life_managed"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"length_mm": -1}, "out_of_range"),
        ({"reject_days": 36_501}, "out_of_range"),
        ({"color": "x" * 51}, "text_length"),
        ({"remark": "x" * 501}, "text_length"),
        ({"retail_price": "-0.01"}, "negative_amount"),
        ({"retail_price": 1}, "malformed_field"),
        ({"fragile": "Y"}, "malformed_field"),
    ],
)
def test_what_a_sku_cant_be_is_refused_with_its_field(
    site: Site, changes: dict[str, Any], code: str
) -> None:
    answer = site.post("/v1/skus", {"skus": [sku("BAD", **changes)]})
    (name,) = changes
    assert (answer.json_body["code"], answer.json_body["field"]) == (code, f"skus[0].{name}")


def test_a_drift_run_is_started_and_shown(site: Site) -> None:
    before = look(site, f"/v1/wms/{EAST}/drift")
    assert (before.status_code, before.json_body["code"]) == (404, "no_drift_run")
    token = site.token(Role.OPERATOR)
    started = site.send(
        "POST",
        f"/v1/wms/{EAST}/drift",
        body=b'{"fix": true}',
        headers={"content-type": "application/json", "Authorization": f"Bearer {token}"},
    )
    assert started.status_code == 202
    assert (started.json_body["state"], started.json_body["fix"]) == ("RUNNING", True)
    shown = look(site, f"/v1/wms/{EAST}/drift?part=BUNDLE").json_body
    assert shown["run"]["id"] == started.json_body["id"]
    assert (shown["differences"], shown["next_cursor"]) == ([], None)
    assert look(site, f"/v1/wms/{EAST}/drift?part=X").json_body["code"] == "malformed_parameter"
    assert look(site, "/v1/wms/NOBODY/drift").json_body["code"] == "no_drift_run"


def test_a_wms_is_asked_by_hand(site: Site) -> None:
    token = site.token(Role.OPERATOR)
    headers = {"content-type": "application/json", "Authorization": f"Bearer {token}"}
    path = f"/v1/wms/{EAST}/queries"
    asked = site.send("POST", path, body=b'{"query": "stock.query"}', headers=headers)
    assert (asked.status_code, asked.json_body["arrival"]) == (200, "NOT_TAKEN")
    assert (asked.json_body["success"], asked.json_body["content"]) == (False, None)
    kept = look(site, f"/v1/messages/{asked.json_body['message_id']}").json_body
    assert (kept["method"], kept["outcome"]) == ("stock.query", "NOT_SENT")
    wrong = site.send("POST", path, body=b'{"query": "order.cancel"}', headers=headers)
    assert (wrong.status_code, wrong.json_body["field"]) == (400, "query")
    unknown = site.send(
        "POST", "/v1/wms/NOBODY/queries", body=b'{"query": "stock.query"}', headers=headers
    )
    assert (unknown.status_code, unknown.json_body["code"]) == (404, "unknown_wms")


def test_a_shop_and_a_warehouse_are_shown_with_what_each_wms_has_acknowledged(site: Site) -> None:
    connection = site.oms.warehouse.connection(EAST)
    site.oms.warehouse.put_connection(replace(connection, takes_shops=True, takes_warehouses=True))
    site.oms.catalog.put_warehouse(
        replace(
            site.oms.catalog.warehouse(EAST),
            address="仓前街 1 号",
            contact="王强",
            phone="057187654321",
            mobile="13900001111",
        )
    )
    shop = look(site, f"/v1/shops/{SHOP}").json_body
    place = look(site, f"/v1/warehouses/{EAST}").json_body
    assert (shop["version"], shop["acknowledged"]) == (1, {})
    assert (place["version"], place["acknowledged"]) == (2, {})
    assert (place["contact"], place["phone"], place["mobile"]) == (
        "王*",
        "057*******21",
        "139******11",
    )
    assert place["address"] == "仓前街 1 号"


def test_an_amount_of_a_shop_is_shown_as_text(site: Site) -> None:
    shop = site.oms.catalog.shop(SHOP)
    site.oms.catalog.put_shop(replace(shop, hold_above=50_000))
    assert look(site, f"/v1/shops/{SHOP}").json_body["hold_above"] == "500.00"
    site.oms.catalog.put_shop(shop)
    assert look(site, "/v1/shops/NONE").status_code == 404
    assert look(site, "/v1/warehouses/NONE").status_code == 404
