"""Returns over HTTP: asked for by a shop and by hand, worked on by people, nobody named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.kernel.roles import Role
from tests.fakes.cloud import moto_cloud
from tests.http.documents import as_json
from tests.http.qimen import SUCCESS, delivery, returned, said
from tests.http.world import OTHER_SHOP, SHOP, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with moto_cloud() as cloud:
        made = Site(cloud)
        made.master_data()
        made.in_stock()
        yield made


@pytest.fixture
def shipped(site: Site) -> str:
    """A fulfilment of two TEE and a MUG that has left as SF1."""
    no = site.at_the_warehouse()
    confirm = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(site.callback("deliveryorder.confirm", confirm)) == SUCCESS
    (shipment,) = site.oms.orders.view(no[:-3]).shipments
    site.oms.orders.post_shipment(shipment.id)
    return no


def body(no: str, *units: int, **changes: Any) -> dict[str, Any]:
    lines = [{"line_no": 1, "units": list(units) or [0]}]
    return {"id": "R-1", "fulfilment_no": no, "lines": lines, **changes}


def call(site: Site, verb: str, path: str, content: Any = None, **token: Any) -> HTTPResponse:
    shown = site.token(token.pop("role", Role.OPERATOR), **token)
    headers = {"content-type": "application/json", "Authorization": f"Bearer {shown}"}
    sent = b"" if content is None else as_json(content)
    return site.send(verb, path, body=sent, headers=headers)


def test_a_shops_return_is_taken_once(site: Site, shipped: str) -> None:
    first = site.post("/v1/returns", body(shipped), client=SHOP)
    again = site.post("/v1/returns", body(shipped), client=SHOP)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json_body == first.json_body
    assert first.json_body["order_no"] == shipped[:-3]
    found = site.oms.returns.return_order(first.json_body["return_no"])
    assert (found.state, found.message is not None) == ("REQUESTED", True)
    other = site.post("/v1/returns", body(shipped, 1), client=SHOP)
    assert (other.status_code, other.json_body["code"]) == (409, "return_differs")
    outcomes = [row["outcome"] for row in site.logged() if row["method"] == "returns"]
    assert outcomes == ["ACCEPTED", "DUPLICATE", "REFUSED"]


def test_another_shop_cannot_return_it(site: Site, shipped: str) -> None:
    answer = site.changes_nothing(
        lambda: site.post("/v1/returns", body(shipped), client=OTHER_SHOP)
    )
    assert (answer.status_code, answer.json_body["code"]) == (404, "unknown_fulfilment")


def test_a_return_by_hand_goes_its_way(site: Site, shipped: str) -> None:
    path = f"/v1/orders/{shipped[:-3]}/returns"
    given = body(shipped, 0, reason="13712345678 says too small")
    made = call(site, "POST", path, given)
    assert (made.status_code, call(site, "POST", path, given).status_code) == (201, 200)
    number = made.json_body["return_no"]
    assert made.json_body["reason"] == "1********** says too small"
    listed = call(site, "GET", "/v1/returns?state=REQUESTED").json_body["returns"]
    assert [each["return_no"] for each in listed] == [number]
    assert call(site, "POST", f"/v1/returns/{number}/approve").json_body["state"] == "APPROVED"
    confirm = returned(number, shipped, ("1", "TEE", 1))
    assert said(site.callback("returnorder.confirm", confirm)) == SUCCESS
    (receipt,) = site.oms.returns.receipts(number)
    site.oms.returns.post_receipt(receipt.id)
    shown = call(site, "GET", f"/v1/returns/{number}").json_body
    assert (shown["state"], shown["refund"], shown["missing"]) == ("REFUND_PENDING", "50.70", 0)
    assert [each["inventory_type"] for each in shown["came"]] == ["ZP"]
    paid = call(
        site,
        "POST",
        f"/v1/returns/{number}/refunded",
        {"reference": "PAY-1"},
        role=Role.FINANCE,
    )
    assert (paid.json_body["state"], paid.json_body["refund_reference"]) == ("CLOSED", "PAY-1")
    rows = call(site, "GET", path).json_body["returns"]
    assert [(each["return_no"], each["state"]) for each in rows] == [(number, "CLOSED")]
    track = call(site, "GET", f"/v1/orders/{shipped[:-3]}/track").json_body["track"]
    kinds = [row["kind"] for row in track]
    assert {"return_requested", "return_approved", "return_receipt", "return_closed"} <= {*kinds}


def test_a_parcel_that_nobody_claims_is_matched_by_a_person(site: Site, shipped: str) -> None:
    back = returned("THEIRS-1", "", ("1", "MUG", 1), waybill="SF1")
    assert said(site.callback("returnorder.confirm", back)) == SUCCESS
    (pending,) = site.oms.returns.pending("WH-EAST", ["MUG"])
    site.oms.returns.post_unclaimed(pending.document)
    (parcel,) = call(site, "GET", "/v1/returns/unclaimed").json_body["parcels"]
    assert (parcel["fulfilment_no"], parcel["waybill"]) == (shipped, "SF1")
    path = f"/v1/returns/unclaimed/{parcel['parcel']}/match"
    assert call(site, "POST", path, {}).json_body["code"] == "malformed_field"
    matched = call(site, "POST", path, {"fulfilment_no": shipped})
    assert (matched.status_code, matched.json_body["order_no"]) == (202, shipped[:-3])
    assert call(site, "GET", "/v1/returns/unclaimed").json_body["parcels"] == []
    assert call(site, "GET", "/v1/exceptions").json_body["exceptions"] == []


def test_a_parcel_that_is_nobodys_is_ended_by_finance(site: Site, shipped: str) -> None:
    back = returned("THEIRS-1", "", ("1", "MUG", 1), waybill="SF1")
    assert said(site.callback("returnorder.confirm", back)) == SUCCESS
    (pending,) = site.oms.returns.pending("WH-EAST", ["MUG"])
    site.oms.returns.post_unclaimed(pending.document)
    path = f"/v1/returns/unclaimed/{pending.document}/end"
    unheard = call(site, "POST", path, {"as": "EATEN", "because": "x"}, role=Role.FINANCE)
    assert (unheard.status_code, unheard.json_body["field"]) == (400, "as")
    given = {"as": "DISPOSED", "because": "mouldy; ask 13800000000"}
    for _ in range(2):
        ended = call(site, "POST", path, given, role=Role.FINANCE)
        assert (ended.status_code, ended.json_body["state"]) == (202, "DISPOSED")
        assert ended.json_body["ended_because"] == "mouldy; ask 1**********"
    other = call(site, "POST", path, {"as": "TAKEN_IN", "because": "x"}, role=Role.FINANCE)
    assert (other.status_code, other.json_body["code"]) == (409, "parcel_ended")
    site.oms.returns.post_ended(pending.document)
    assert call(site, "GET", "/v1/returns/unclaimed").json_body["parcels"] == []
    assert call(site, "GET", "/v1/exceptions").json_body["exceptions"] == []
    assert call(site, "GET", "/v1/suspense").json_body["documents"] == []


def test_goods_are_sent_once_more_by_hand(site: Site, shipped: str) -> None:
    path = f"/v1/orders/{shipped[:-3]}/reshipments"
    given = {"id": "B-1", "fulfilment_no": shipped, "lines": [{"sku": "TEE", "quantity": 1}]}
    first, again = call(site, "POST", path, given), call(site, "POST", path, given)
    assert (first.status_code, again.status_code) == (201, 200)
    number = first.json_body["order_no"]
    assert again.json_body == first.json_body
    order = call(site, "GET", f"/v1/orders/{number}").json_body
    assert (order["payable"], order["receiver"]["name"]) == ("0.00", "欧***")
    elsewhere = {**given, "id": "B-2", "fulfilment_no": f"{number}-01"}
    assert call(site, "POST", path, elsewhere).status_code == 404


@pytest.mark.parametrize("step", ["approve", "reject", "cancel", "settle"])
def test_a_return_that_nobody_has_is_not_found(site: Site, step: str) -> None:
    answer = call(site, "POST", f"/v1/returns/TH261122000000001/{step}")
    assert (answer.status_code, answer.json_body["code"]) == (404, "unknown_return")


def test_a_list_needs_a_state_that_waits_for_somebody(site: Site) -> None:
    assert call(site, "GET", "/v1/returns?state=CLOSED").status_code == 400
