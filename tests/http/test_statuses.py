"""Status tables over HTTP, and the track as channel and buyer see it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel.roles import Role
from tests.http.documents import as_json
from tests.http.qimen import SUCCESS, delivery, said, step
from tests.http.world import EAST, Site

PATH = f"/v1/wms/{EAST}/statuses"
OWN = {
    "document": "delivery",
    "code": "BOXED",
    "effect": "MOVE",
    "axis": "fulfilment",
    "state": "PACKED",
    "rank": 30,
    "buyer": {"key": "packing", "text": "正在打包"},
}


def put(site: Site, body: dict[str, Any], token: str = "") -> Any:
    headers = {
        "content-type": "application/json",
        "Authorization": f"Bearer {token or site.token(Role.ADMIN)}",
    }
    return site.send("PUT", PATH, body=as_json(body), headers=headers)


def track(site: Site, order: str, audience: str) -> Any:
    return site.ask(
        f"/v1/orders/{order}/track", site.token(Role.OPERATOR), audience=audience
    ).json_body


def test_statuses_that_are_put_are_in_force_at_once(site: Site) -> None:
    answer = put(site, {"version": 0, "rows": [OWN]})
    assert (answer.status_code, answer.json_body["version"]) == (200, 1)
    shown = site.ask(PATH, site.token(Role.ADMIN)).json_body
    assert [each["code"] for each in shown["rows"]] == ["BOXED"]
    assert "BOXED" in {each["code"] for each in shown["in_force"]}
    assert put(site, {"version": 0, "rows": []}).json_body["code"] == "stale_statuses"


@pytest.mark.parametrize(
    ("change", "said_so"),
    [
        ({"state": "GONE"}, (422, "malformed_status", "rows[0].state")),
        ({"rank": "high"}, (400, "malformed_field", "rows[0].rank")),
        ({"colour": "red"}, (400, "unknown_field", "rows[0].colour")),
    ],
)
def test_statuses_that_cannot_be_followed_are_refused_by_their_field(
    site: Site, change: dict[str, Any], said_so: tuple[int, str, str]
) -> None:
    token, body = site.token(Role.ADMIN), {"version": 0, "rows": [OWN | change]}
    answer = site.changes_nothing(lambda: put(site, body, token))
    found = (answer.status_code, answer.json_body["code"], answer.json_body["field"])
    assert found == said_so


def test_the_buyer_sees_translated_rows_and_nothing_of_the_inside(site: Site) -> None:
    site.in_stock()
    no = site.at_the_warehouse()
    order = no.rpartition("-")[0]
    for status in ("PRINT", "PICK", "EXCEPTION", "SECRET-CODE"):
        assert said(site.callback("orderprocess.report", step(no, status))) == SUCCESS
    confirm = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(site.callback("deliveryorder.confirm", confirm)) == SUCCESS
    seen = track(site, order, "buyer")
    texts = [each["text"] for each in seen["track"]]
    assert sorted(set(texts)) == sorted(["已下单", "仓库已接单", "正在打包", "已发货"])
    assert texts.count("正在打包") == 1
    assert seen["head"]["key"] == "shipped"
    assert set(seen["track"][0]) == {"at", "key", "text", "waybill", "carrier"}
    assert "SECRET-CODE" not in str(seen)
    assert track(site, order, "channel")["track"] == seen["track"]
    whole = track(site, order, "operator")["track"]
    assert {"step", "parcel"} <= {each["kind"] for each in whole}


def test_an_unknown_audience_is_refused(site: Site) -> None:
    site.in_stock()
    order = site.placed()
    answer = site.ask(f"/v1/orders/{order}/track", site.token(Role.OPERATOR), audience="spy")
    assert (answer.status_code, answer.json_body["field"]) == (400, "audience")
