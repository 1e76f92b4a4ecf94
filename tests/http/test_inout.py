"""A platform that knows "in" and "out" only, over HTTP: told apart, booked, listed, replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.http.documents import as_json, purchase
from tests.http.qimen import SUCCESS, said
from tests.http.world import EAST, Site


@pytest.fixture
def platform(site: Site) -> Site:
    """WH-EAST behind such a platform."""
    connection = site.oms.warehouse.connection(EAST)
    site.oms.warehouse.put_connection(replace(connection, dialect="inout"))
    site.in_stock()
    return site


def order(code: str, *items: tuple[str, str, int]) -> str:
    lines = "".join(
        f"<orderLine><orderLineNo>{number}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<actualQty>{pieces}</actualQty></orderLine>"
        for number, sku, pieces in items
    )
    return (
        f"<request><order><orderCode>{code}</orderCode><warehouseCode>{EAST}</warehouseCode>"
        "<outBizCode>B1</outBizCode><confirmType>0</confirmType>"
        "<orderConfirmTime>2026-11-22 09:20:00</orderConfirmTime></order>"
        f"<orderLines>{lines}</orderLines></request>"
    )


def bought(site: Site) -> str:
    return str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])


def entries(site: Site, document: str) -> list[dict[str, Any]]:
    answer = site.ask(f"/v1/entries/{document}", site.seeded.tokens["operator"])
    return list(answer.json_body["entries"])


def replayed(site: Site, message: str) -> dict[str, Any]:
    answer = site.send(
        "POST",
        f"/v1/messages/{message}/replay",
        body=as_json({}),
        headers={
            "content-type": "application/json",
            "Authorization": f"Bearer {site.seeded.tokens['operator']}",
        },
    )
    assert answer.status_code == 200, answer.body
    return dict(answer.json_body)


def test_what_came_in_is_booked_as_the_purchase_it_is_and_leads_back_to_the_message(
    platform: Site,
) -> None:
    no = bought(platform)
    body = order(no, ("1", "TEE", 5))
    assert said(platform.callback("inbound.confirm", body)) == SUCCESS
    message = platform.logged()[-1]
    assert (message["method"], message["outcome"]) == ("entryorder.confirm", "ACCEPTED")
    (receipt,) = platform.oms.purchasing.receipts(no)
    platform.oms.purchasing.post_receipt(receipt.id)
    booked = entries(platform, receipt.id)
    assert [(each["kind"], each["sku"], each["quantity"]) for each in booked] == [
        ("RECEIPT", "TEE", 5)
    ]
    assert (booked[0]["message_id"], booked[0]["path"]) == (
        message["id"],
        "/request/orderLines/orderLine[1]",
    )
    assert platform.raw(message["id"]) == body.encode()


def test_what_went_out_is_the_delivery_it_is(platform: Site) -> None:
    no = platform.at_the_warehouse()
    body = order(no, ("1", "TEE", 2), ("2", "MUG", 1))
    assert said(platform.callback("outbound.confirm", body)) == SUCCESS
    (shipment,) = platform.oms.orders.view(no.rpartition("-")[0]).shipments
    platform.oms.orders.post_shipment(shipment.id)
    booked = entries(platform, shipment.id)
    assert sorted((each["kind"], each["sku"], each["quantity"]) for each in booked) == [
        ("SHIPMENT", "MUG", 1),
        ("SHIPMENT", "TEE", 2),
    ]


def test_its_replay_changes_nothing_and_lists_it_as_what_it_is(platform: Site) -> None:
    no = bought(platform)
    platform.callback("inbound.confirm", order(no, ("1", "TEE", 5)))
    message = platform.logged()[-1]["id"]
    before = platform.rows()
    done = replayed(platform, message)
    assert (done["before"], done["outcome"]) == ("ACCEPTED", "ACCEPTED")
    assert platform.rows() == before
    assert platform.logged()[-1]["method"] == "entryorder.confirm"


def test_a_message_that_a_crash_left_without_a_row_is_listed_as_what_it_is(platform: Site) -> None:
    platform.callback("inbound.confirm", order(bought(platform), ("1", "TEE", 5)))
    message = platform.logged()[-1]["id"]
    platform.cloud.clients["dynamodb"].delete_item(
        TableName=platform.cloud.settings.tables["messages"],
        Key={"pk": {"S": f"MESSAGE#{message}"}, "sk": {"S": "HEAD"}},
    )
    assert replayed(platform, message)["before"] == "RECEIVED"
    assert platform.logged()[-1]["method"] == "entryorder.confirm"


def test_its_lines_are_listed_in_its_words(platform: Site) -> None:
    no = bought(platform)
    platform.callback("inbound.confirm", order(no, ("1", "TEE", 5)))
    asked = {"peer": f"wms:{EAST}", "day": "2026-11-22", "method": "entryorder.confirm"}
    (line,) = platform.ask("/v1/message-lines", **asked, field="orderCode", value=no).json_body[
        "lines"
    ]
    assert (line["header"]["order/orderCode"], line["leaves"]["actualQty"]) == (no, "5")


def test_anothers_number_is_refused_in_its_words(platform: Site) -> None:
    answer = said(platform.callback("outbound.confirm", order(bought(platform), ("1", "TEE", 5))))
    assert answer.code == "unknown_order"
    assert answer.message.startswith("/request/order/orderCode: there is no such order")
