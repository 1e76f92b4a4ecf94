"""Adjustment orders over HTTP: signed, by hand, booked here, reported by the WMS, shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.events import Event
from chalicelib.kernel.roles import Role
from tests.http.documents import adjustment_order, as_json
from tests.http.qimen import SUCCESS, said
from tests.http.world import EAST, PURCHASING, Site

PATH = "/v1/adjustment-orders"


@pytest.fixture
def stocked(site: Site) -> Site:
    site.in_stock()
    return site


def by_hand(site: Site, verb: str, path: str, content: object = None) -> Any:
    headers = {
        "content-type": "application/json",
        "Authorization": f"Bearer {site.token(Role.OPERATOR)}",
    }
    body = b"" if content is None else as_json(content)
    return site.send(verb, path, body=body, headers=headers)


def dispatch(site: Site, no: str) -> None:
    site.oms.warehouse.adjustment_ordered(
        Event(
            id=f"AdjustmentOrdered:{no}",
            kind="AdjustmentOrdered",
            subject=no,
            occurred_at=site.now,
            correlation=no,
            data={"warehouse": EAST},
        )
    )


def report(no: str, quantity: int) -> str:
    return (
        f"<request><warehouseCode>{EAST}</warehouseCode><adjustOrderCode>{no}</adjustOrderCode>"
        f"<outBizCode>R1</outBizCode><items><item><itemCode>TEE</itemCode>"
        f"<quantity>{quantity}</quantity></item></items></request>"
    )


def test_a_signed_one_is_taken_once_and_booked_where_the_wms_isnt_told(stocked: Site) -> None:
    taken = stocked.post(PATH, adjustment_order(), client=PURCHASING)
    assert taken.status_code == 201, taken.body
    no = taken.json_body["adjustment_order"]
    again = stocked.post(PATH, adjustment_order(), client=PURCHASING)
    assert (again.status_code, again.json_body["adjustment_order"]) == (200, no)
    other = stocked.post(PATH, adjustment_order(reason="another one"), client=PURCHASING)
    assert (other.status_code, other.json_body["code"]) == (409, "other_content")
    dispatch(stocked, no)
    shown = by_hand(stocked, "GET", f"{PATH}/{no}").json_body
    assert (shown["state"], shown["lines"][0]["made"]) == ("MADE", -1)
    (adjustment,) = shown["adjustments"]
    stocked.oms.adjustments.post_adjustment(adjustment)
    (balance,) = stocked.oms.stock.balances([(EAST, "TEE")]).values()
    assert balance.quantity("ZP") == 99
    found = stocked.ask("/v1/messages", document=no).json_body["messages"]
    assert [each["method"] for each in found] == ["adjustment-orders"] * 2


def test_a_person_orders_one_and_the_wms_reports_it(stocked: Site) -> None:
    known = stocked.oms.warehouse.connection(EAST)
    stocked.oms.warehouse.put_connection(replace(known, takes_adjustments=True))
    ordered = by_hand(stocked, "POST", f"{PATH}/by-hand", adjustment_order())
    no = ordered.json_body["adjustment_order"]
    assert (ordered.status_code, ordered.json_body["state"]) == (201, "ORDERED")
    listed = by_hand(stocked, "GET", f"{PATH}?warehouse={EAST}")
    assert listed.json_body["adjustment_orders"] == [no]
    assert said(stocked.callback("inventory.synchronize.report", report(no, -1))) == SUCCESS
    shown = by_hand(stocked, "GET", f"{PATH}/{no}").json_body
    assert shown["state"] == "MADE"
    found = stocked.ask("/v1/messages", document=no).json_body["messages"]
    assert [each["method"] for each in found] == ["inventory.synchronize.report"]
    back = by_hand(stocked, "POST", f"{PATH}/{no}/cancel")
    assert (back.status_code, back.json_body["code"]) == (409, "illegal_transition")


def test_a_person_cancels_one_that_hasnt_gone_out(stocked: Site) -> None:
    no = by_hand(stocked, "POST", f"{PATH}/by-hand", adjustment_order()).json_body[
        "adjustment_order"
    ]
    for _ in range(2):
        back = by_hand(stocked, "POST", f"{PATH}/{no}/cancel")
        assert (back.status_code, back.json_body["state"]) == (200, "CANCELLED")
    dispatch(stocked, no)
    assert by_hand(stocked, "GET", f"{PATH}/{no}").json_body["adjustments"] == []


LINE = {"line_no": 1, "sku": "TEE", "quantity": -1}


@pytest.mark.parametrize(
    ("changes", "said_no"),
    [
        ({"reason": ""}, (422, "text_length")),
        ({"lines": []}, (422, "too_many_or_none")),
        ({"lines": [{**LINE, "quantity": 0}]}, (422, "no_pieces")),
        ({"lines": [LINE, {**LINE, "line_no": 2}]}, (422, "duplicate_line")),
        ({"lines": [LINE, LINE | {"batch": "B"}]}, (422, "line_repeated")),
        ({"lines": [{**LINE, "sku": "NONE"}]}, (422, "unknown_sku")),
        ({"lines": [{**LINE, "inventory_type": "A-B"}]}, (422, "unknown_inventory_type")),
        ({"warehouse": "WH-NORTH"}, (422, "unknown_warehouse")),
        ({"warehouse": "WH-SOUTH"}, (422, "stock_not_open")),
        ({"surprise": 1}, (400, "unknown_field")),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    stocked: Site, changes: dict[str, object], said_no: tuple[int, str]
) -> None:
    answer = stocked.changes_nothing(
        lambda: stocked.post(PATH, adjustment_order(**changes), client=PURCHASING)
    )
    assert (answer.status_code, answer.json_body["code"]) == said_no
