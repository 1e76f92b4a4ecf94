"""Callbacks that are taken: repeats without effect, GBK byte for byte, and what physically
happened, however odd, booked and shown to a person.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.aws.observability import logger
from chalicelib.warehouse.signing import sign
from tests.http.documents import purchase
from tests.http.qimen import SUCCESS, delivery, entry, said, step
from tests.http.world import EAST, Site

CONFIRM = "deliveryorder.confirm"


@pytest.fixture
def stocked(site: Site) -> Site:
    site.in_stock()
    return site


def cases(site: Site) -> list[tuple[str, str, str]]:
    """Kind, document and message of the open exceptions."""
    answer = site.ask("/v1/exceptions", site.seeded.tokens["operator"])
    return [
        (each["kind"], each["document"], each["message_id"])
        for each in answer.json_body["exceptions"]
    ]


def shipped(site: Site, fulfilment: str) -> list[Any]:
    """The pieces of each shipment of a fulfilment's order."""
    view = site.oms.orders.view(fulfilment.rpartition("-")[0])
    return [[line.quantity for line in each.lines] for each in view.shipments]


def test_a_confirm_and_its_repeat_are_answered_alike_and_booked_once(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(stocked.callback(CONFIRM, body)) == SUCCESS
    stocked.cloud.clock.forward(minutes=5)
    again = stocked.changes_nothing(lambda: stocked.callback(CONFIRM, body))
    assert said(again) == SUCCESS
    assert shipped(stocked, no) == [[2, 1]]
    assert [row["outcome"] for row in stocked.logged()[-2:]] == ["ACCEPTED", "DUPLICATE"]
    assert [stocked.raw(row["id"]) for row in stocked.logged()[-2:]] == [body.encode()] * 2


def test_a_replay_of_the_very_same_request_does_nothing(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1)).encode()
    target = stocked.qimen_target(CONFIRM, body)

    def send() -> Any:
        return stocked.send("POST", target, body=body, headers={"content-type": "text/xml"})

    assert said(send()) == SUCCESS
    stocked.cloud.clock.forward(minutes=9)
    assert said(stocked.changes_nothing(send)) == SUCCESS
    stocked.cloud.clock.forward(minutes=2)
    assert said(stocked.changes_nothing(send)).code == "stale_timestamp"


def test_other_content_under_one_out_biz_code_is_held_for_a_person(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    assert said(stocked.callback(CONFIRM, delivery(no, ("1", "TEE", 1)))) == SUCCESS
    assert said(stocked.callback(CONFIRM, delivery(no, ("1", "TEE", 2)))) == SUCCESS
    assert shipped(stocked, no) == [[1]]
    row = stocked.logged()[-1]
    assert (row["outcome"], row["code"]) == ("HELD", "callback_differs")
    assert ("callback_differs", no, row["id"]) in cases(stocked)


def test_more_than_was_ordered_is_booked_and_shown_to_a_person(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = delivery(no, ("1", "TEE", 5), ("2", "MUG", 1))
    assert said(stocked.callback(CONFIRM, body)) == SUCCESS
    assert shipped(stocked, no) == [[5, 1]]
    message = stocked.logged()[-1]["id"]
    assert [(kind, about) for kind, _, about in cases(stocked)] == [
        ("shipped_more_than_ordered", message)
    ]


def test_a_line_that_nobody_ordered_is_booked_and_shown_to_a_person(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1), ("77", "MUG", 3))
    assert said(stocked.callback(CONFIRM, body)) == SUCCESS
    assert shipped(stocked, no) == [[2, 1, 3]]
    message = stocked.logged()[-1]["id"]
    assert [(kind, about) for kind, _, about in cases(stocked)] == [
        ("shipped_more_than_ordered", message)
    ]


def test_a_shipment_after_the_cancel_is_booked_and_shown_to_a_person(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    order_no = no.rpartition("-")[0]
    stocked.oms.orders.cancel(order_no, reason="buyer", by="t")
    source = stocked.oms.orders.order(order_no).message
    stocked.oms.tables.commit(
        stocked.oms.orders.plan_cancel_result(no, accepted=True, source=source, at=stocked.now)
    )
    body = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(stocked.callback(CONFIRM, body)) == SUCCESS
    assert shipped(stocked, no) == [[2, 1]]
    message = stocked.logged()[-1]["id"]
    assert [(kind, about) for kind, _, about in cases(stocked)] == [
        ("shipped_after_cancel", message)
    ]


def test_an_unknown_step_is_kept_and_shown_to_a_person(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    assert said(stocked.callback("orderprocess.report", step(no, "LOST"))) == SUCCESS
    message = stocked.logged()[-1]["id"]
    assert [(kind, about) for kind, _, about in cases(stocked)] == [
        ("warehouse_step_needs_a_look", message)
    ]


def test_goods_received_beyond_the_purchase_order_are_taken_in(stocked: Site) -> None:
    answer = stocked.post("/v1/purchase-orders", purchase())
    no = answer.json_body["purchase_order"]
    body = entry(no, ("1", "TEE", 999), ("9", "MUG", 1))
    assert said(stocked.callback("entryorder.confirm", body)) == SUCCESS
    (receipt,) = stocked.oms.purchasing.receipts(no)
    assert [(line.sku, line.quantity) for line in receipt.lines] == [("TEE", 999), ("MUG", 1)]
    message = stocked.logged()[-1]["id"]
    stocked.oms.purchasing.post_receipt(receipt.id)
    assert {(kind, about) for kind, _, about in cases(stocked)} == {
        ("receipt_sku_not_ordered", message),
        ("receipt_over", message),
    }


@pytest.mark.parametrize("encoding", ["GBK", "gb2312", "GB18030", "UTF-8"])
@pytest.mark.parametrize("kind", ["text/xml", "application/xml; charset=gbk", "text/plain", None])
def test_a_body_is_signed_kept_and_read_as_its_own_bytes(
    stocked: Site, encoding: str, kind: str | None
) -> None:
    no = stocked.post("/v1/purchase-orders", purchase()).json_body["purchase_order"]
    text = entry(no, ("1", "TEE", 10), more="<remark>收货：茶叶</remark>")
    raw = (f'<?xml version="1.0" encoding="{encoding}"?>' + text).encode(encoding)
    headers = {"accept": "*/*"} if kind is None else {"content-type": kind}
    answer = stocked.callback("entryorder.confirm", raw, headers=headers)
    assert said(answer) == SUCCESS
    assert stocked.raw(stocked.logged()[-1]["id"]) == raw
    found = stocked.ask("/v1/messages", document=no).json_body["messages"]
    assert [each["method"] for each in found] == ["purchase-orders", "entryorder.confirm"]


def test_a_sign_method_that_is_stronger_is_good_too(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = step(no, "PICK").encode()
    (secret,) = (each.secret for each in stocked.seeded.warehouses if each.code == EAST)
    target = stocked.qimen_target("orderprocess.report", body, sign_method="hmac-sha256", sign=None)
    signature = sign(parse_qsl(urlsplit(target).query), body, secret=secret, method="hmac-sha256")
    answer = stocked.send(
        "POST", f"{target}&sign={signature}", body=body, headers={"content-type": "text/xml"}
    )
    assert said(answer) == SUCCESS


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the app's log goes during a test."""
    (handler,) = [each for each in logger.handlers if hasattr(each, "setStream")]
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def lines_of(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(each) for each in written.getvalue().splitlines()]


def test_a_callback_leaves_one_line_under_its_orders_number(
    stocked: Site, written: io.StringIO
) -> None:
    no = stocked.at_the_warehouse()
    order = no.rpartition("-")[0]
    written.seek(0)
    written.truncate()
    body = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(stocked.callback(CONFIRM, body)) == SUCCESS
    (line,) = lines_of(written)
    assert (line["message"], line["correlation_id"]) == ("callback", order)
    assert (line["method"], line["outcome"], line["peer"]) == (CONFIRM, "ACCEPTED", f"wms:{EAST}")
    assert line["message_id"] == stocked.logged()[-1]["id"]


def test_a_refused_callback_leaves_its_line(stocked: Site, written: io.StringIO) -> None:
    assert said(stocked.callback(CONFIRM, "<request/>")).flag == "failure"
    (line,) = [each for each in lines_of(written) if each["message"] == "callback"]
    assert (line["outcome"], line["code"]) == ("REFUSED", "missing_element")


def test_what_people_do_with_an_order_is_logged_under_its_number(
    stocked: Site, written: io.StringIO
) -> None:
    order = stocked.placed()
    token = stocked.seeded.tokens["operator"]
    assert stocked.ask(f"/v1/orders/{order}/track", token).status_code == 200
    (line,) = [each for each in lines_of(written) if each.get("view") == "show_track"]
    assert line["correlation_id"] == order
