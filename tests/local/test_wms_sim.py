"""The warehouse simulator speaks the whole protocol: what it takes, answers and can be told to
send.
"""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from chalicelib.warehouse.catalogue import CATALOGUE
from chalicelib.warehouse.messagetype import Direction
from local.simulators.wms.gateway import METHODS
from tests.local.simulator_peers import CANCEL, ORDER, PERSON, said
from tests.local.wms_world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, by_hand=True) as made:
        yield made


@pytest.fixture
def automatic(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made


def test_it_takes_every_message_that_an_oms_sends() -> None:
    sent = {method for method, each in CATALOGUE.items() if each.direction is Direction.DOWN}
    assert set(METHODS) == sent


def test_it_can_be_told_to_send_every_message_that_a_warehouse_sends(world: World) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        world.send("nothing")
    listed = json.loads(caught.value.read())["error"].partition("; ")[2].split(", ")
    up = {method for method, each in CATALOGUE.items() if each.direction is Direction.UP}
    assert set(listed) == up


@pytest.mark.parametrize(
    ("method", "fields", "refusal"),
    [
        (
            "returnpackage.report",
            {"code": "NOBODYS", "packages": [{"express_code": "SF1"}]},
            (404, "订单不存在: NOBODYS"),
        ),
        (
            "entryorder.confirm",
            {"code": "E1", "lines": [{"item": "A", "quantity": 1, "batches": [{"code": "B1"}]}]},
            (400, "lines[0].batches[0].code: no such field"),
        ),
    ],
)
def test_what_cant_be_sent_is_refused_by_name(
    world: World, method: str, fields: dict[str, Any], refusal: tuple[int, str]
) -> None:
    world.create("entryorder.create", "E1")
    with pytest.raises(urllib.error.HTTPError) as caught:
        world.send(method, **fields)
    assert (caught.value.code, json.loads(caught.value.read())["error"]) == refusal


def test_a_return_is_taken_asked_for_and_received_by_quality(world: World) -> None:
    answer = world.create("returnorder.create", "R1")
    assert answer.findtext("returnOrderId") == "WH1-RT00000001"
    lines = [
        {"item": "A", "quantity": 1},
        {"item": "A", "quantity": 1, "inventory_type": "CC"},
    ]
    assert world.send("returnorder.confirm", code="R1", lines=lines)["flag"] == "success"
    assert world.stock() == {"CC": 1, "ZP": 101}
    sent = world.body(-1)
    assert [each.text for each in sent.findall("orderLines/orderLine/inventoryType")] == [
        "ZP",
        "CC",
    ]
    query = "<request><returnOrderCode>R1</returnOrderCode></request>"
    asked = world.wms.call("returnorder.query", query)
    assert asked.findtext("orderLines/orderLine/actualQty") == "2"


def test_a_stockout_locks_its_pieces_and_ships_them(world: World) -> None:
    assert said(world.create("stockout.create", "S1"))[0] == "success"
    assert world.wms.stock() == [("ZP", 96, 4)]
    assert world.send("stockout.confirm", code="S1")["flag"] == "success"
    assert world.wms.stock() == [("ZP", 96, 0)]
    assert world.body(-1).findtext("deliveryOrder/status") == "DELIVERED"


def test_a_stockout_that_is_cancelled_frees_its_pieces(world: World) -> None:
    world.create("stockout.create", "S1")
    assert said(world.wms.call("order.cancel", CANCEL.format(code="S1"))) == ("success", "成功")
    assert world.wms.stock() == [("ZP", 100, 0)]


def test_materials_become_products(world: World) -> None:
    world.create("storeprocess.create", "P1")
    assert world.send("storeprocess.confirm", code="P1")["flag"] == "success"
    assert (world.stock(), world.stock("B")) == ({"ZP": 94}, {"ZP": 1})
    sent = world.body(-1)
    assert sent.findtext("materialitems/item/quantity") == "6"
    assert sent.findtext("productitems/item/itemCode") == "B"


def test_a_transfer_leaves_and_arrives(world: World) -> None:
    answer = world.create("transferorder.create", "T1")
    assert answer.findtext("transferOrderCode") == "WH1-TR00000001"
    world.send("transferorder.report", code="T1")
    world.send("transferorder.report", code="T1")
    told = [
        (world.body(at).findtext("items/item/outCount"), world.body(at).findtext("confirmInTime"))
        for at in (-2, -1)
    ]
    assert told == [("3", None), ("3", "2026-11-22 09:30:00")]
    assert world.stock() == {"ZP": 97}


def test_a_transfer_between_two_of_its_own_warehouses_changes_both(tmp_path: Path) -> None:
    with a_world(tmp_path, by_hand=True) as world:
        second = {"customer_id": "C2", "app_key": "K2", "secret": "of the second"}
        world.wms.control("PUT", "warehouses/WH2", second)
        world.create("transferorder.create", "T1")
        for lines in ([{"item": "A", "quantity": 1}], []):
            world.send("transferorder.report", warehouse="WH1", code="T1", lines=lines)
        world.send("transferorder.report", warehouse="WH1", code="T1")
        counts = [
            tuple(world.body(at).findtext(f"items/item/{name}") for name in ("outCount", "inCount"))
            for at in (-3, -2, -1)
        ]
        assert counts == [("1", "0"), ("3", "0"), ("3", "3")]
        assert stock_at(world, "WH1") == 97
        assert stock_at(world, "WH2") == 3


def stock_at(world: World, warehouse: str) -> int:
    found = world.wms.control("GET", f"stock?warehouse={warehouse}&item=A")["stock"]
    return sum(row["physical"] for row in found)


def test_by_itself_a_transfer_is_told_in_one_report_where_a_rule_says_so(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.rule("one_report")
        world.create("transferorder.create", "T1")
        world.advance(60)
        reports = [at for at, (method, _) in enumerate(world.told) if method.endswith(".report")]
        (at,) = reports
        assert world.body(at).findtext("items/item/inCount") == "3"


def test_by_itself_a_transfer_may_leave_in_two_reports(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.rule("split", method="transfer")
        world.create("transferorder.create", "T1")
        world.advance(60)
        told = [world.body(at).findtext("items/item/outCount") for at in range(len(world.told))]
        assert told == ["1", "3", "3"]


def test_an_adjustment_is_booked_and_reported(world: World) -> None:
    world.create("inventory.synchronize", "ADJ1")
    assert world.stock() == {"ZP": 98}
    world.send("inventory.synchronize.report", code="ADJ1")
    assert world.body(-1).findtext("items/item/quantity") == "-2"


def test_a_count_is_reported_page_by_page_and_can_be_asked_for(world: World) -> None:
    items = [
        {"item": "A", "counted": 97},
        {"item": "A", "inventory_type": "CC", "difference": 2},
        {"item": "B", "difference": 1},
    ]
    told = world.send("inventory.report", items=items, page_size=2)
    assert [answer["flag"] for answer in told["answers"]] == ["success", "success"]
    pages = [
        (
            world.body(at).findtext("currentPage"),
            world.body(at).findtext("totalPage"),
            [each.text for each in world.body(at).findall("items/item/quantity")],
        )
        for at in (-2, -1)
    ]
    assert pages == [("1", "2", ["-3", "2"]), ("2", "2", ["1"])]
    assert (world.stock(), world.stock("B")) == ({"CC": 2, "ZP": 97}, {"ZP": 1})
    question = f"<checkOrderCode>{told['code']}</checkOrderCode><page>1</page>"
    asked = world.wms.call(
        "inventorycheck.query", f"<request>{question}<pageSize>10</pageSize></request>"
    )
    assert asked.findtext("totalLines") == "3"


def test_pages_can_leave_backwards(world: World) -> None:
    items = [{"item": "A", "difference": 1}, {"item": "B", "difference": 1}]
    world.send("inventory.report", items=items, page_size=1, backwards=True)
    assert [world.body(at).findtext("currentPage") for at in (-2, -1)] == ["2", "1"]


def test_several_orders_are_confirmed_in_one_message(world: World) -> None:
    for code in ("D1", "D2"):
        world.create("deliveryorder.create", code)
    world.send("deliveryorder.batchconfirm", orders=[{"code": "D1"}, {"code": "D2"}])
    codes = world.body(-1).findall("orders/order/deliveryOrder/deliveryOrderCode")
    assert [each.text for each in codes] == ["D1", "D2"]
    assert world.wms.control("GET", "orders/D2")["status"] == "DELIVERED"
    assert world.wms.control("GET", "orders/D1")["unacknowledged"] == []


def batch_of(world: World, *codes: str) -> str:
    orders = "".join(
        ORDER.format(total="31.00", person=PERSON, code=code, item_id=world.item_id)
        .replace("<request>", "<order>")
        .replace("</request>", "</order>")
        for code in codes
    )
    return f"<request><orders>{orders}</orders></request>"


def test_of_a_batch_it_takes_what_it_can_and_names_the_others(world: World) -> None:
    world.create("deliveryorder.create", "D1")
    answer = world.wms.call("deliveryorder.batchcreate", batch_of(world, "D1", "D2"))
    failed = answer.findall("orders/order")
    assert said(answer)[0] == "success"
    assert [each.findtext("deliveryOrderCode") for each in failed] == ["D1"]
    assert world.wms.control("GET", "orders/D2")["status"] == "NEW"


def test_a_batch_can_be_worked_off_later_and_is_answered_then(tmp_path: Path) -> None:
    with a_world(tmp_path, batch_answer_seconds=30) as world:
        world.create("deliveryorder.create", "D1")
        answer = world.wms.call("deliveryorder.batchcreate", batch_of(world, "D1", "D2"))
        assert (said(answer)[0], answer.find("orders")) == ("success", None)
        world.rule("delay", method="orderprocess.report", seconds=600)
        world.advance(31)
        at = [method for method, _ in world.told].index("deliveryorder.batchcreate.answer")
        failed, taken = world.body(at).findall("orders/order")
        assert failed.findtext("deliveryOrderCode") == "D1"
        assert failed.findtext("flag") == "failure"
        assert taken.findtext("deliveryOrderCode") == "D2"
        assert taken.findtext("orderInfo/deliveryOrderId") == "WH1-DO00000002"
        world.advance(3600)
        assert world.wms.control("GET", "orders/D2")["status"] == "DELIVERED"


def test_by_hand_a_batch_waits_until_it_is_answered(tmp_path: Path) -> None:
    with a_world(tmp_path, by_hand=True, batch_answer_seconds=30) as world:
        world.wms.call("deliveryorder.batchcreate", batch_of(world, "D1"))
        assert world.advance(60) == 0
        (answer,) = world.send("deliveryorder.batchcreate.answer")["answers"]
        assert answer["flag"] == "success"
        assert world.wms.control("GET", "orders/D1")["status"] == "NEW"
        world.send(
            "deliveryorder.batchcreate.answer", orders=[{"code": "D9", "message": "库存不足"}]
        )
        assert world.body(-1).findtext("orders/order/message") == "库存不足"


@pytest.mark.parametrize(
    "case",
    [
        ("itemlack.report", {"code": "D1"}, "items/item/lackQty", "1"),
        ("orderexception.report", {"code": "D1", "type": "102"}, "messageType", "102"),
        ("wavenum.report", {"orders": [{"code": "D1"}]}, "orders/order/deliveryOrderCode", "D1"),
        (
            "sn.report",
            {"code": "D1", "items": [{"item": "A", "numbers": "X1 X2"}]},
            "items/item[2]/sn",
            "X2",
        ),
        (
            "order.sn.report",
            {"code": "D1", "items": [{"item": "A", "numbers": "X1"}]},
            "order/orderCode",
            "D1",
        ),
        (
            "returnpackage.report",
            {"code": "D1", "packages": [{"express_code": "SF1"}]},
            "packages/package/expressCode",
            "SF1",
        ),
        (
            "deliveryorder.batchcreate.answer",
            {"orders": [{"code": "D1"}]},
            "orders/order/orderInfo/deliveryOrderId",
            "WH1-DO00000001",
        ),
        ("order.query", {"name": "李四", "mobile": "13900000009"}, "mobile", "13900000009"),
        ("receiverinfo.query", {"code": "D1"}, "deliveryOrderCode", "D1"),
        ("expressinfo.query", {"express_code": "SF"}, "expressCode", "SF"),
    ],
    ids=lambda case: case[0],
)
def test_what_moves_no_stock_is_told(
    world: World, case: tuple[str, dict[str, object], str, str]
) -> None:
    method, fields, element, expected = case
    world.create("deliveryorder.create", "D1")
    (answer,) = world.send(method, **fields)["answers"]
    assert (answer["flag"], world.method(-1)) == ("success", method)
    assert world.body(-1).findtext(element) == expected


def test_stock_changes_are_written_without_a_sign_where_asked(world: World) -> None:
    world.send("stockchange.report", positive_only=True, items=[{"item": "A", "quantity": -2}])
    item = world.body(-1).find("items/item")
    assert item is not None
    assert (item.findtext("quantity"), item.findtext("orderType")) == ("2", "QTCK")
    assert world.stock() == {"ZP": 98}


def test_an_order_takes_its_course_step_by_step(automatic: World) -> None:
    automatic.create("deliveryorder.create", "D1")
    automatic.advance()
    steps = ["ACCEPT", "PRINT", "PICK", "CHECK", "PACKAGE", "WEIGH"]
    expected = [*(("orderprocess.report", step) for step in steps), ("deliveryorder.confirm", "0")]
    assert automatic.told == expected
    assert automatic.stock() == {"ZP": 97}
    assert automatic.body(0).findtext("process/operateTime") == "2026-11-22 09:30:01"


@pytest.mark.parametrize(
    ("method", "confirm", "stock"),
    [
        ("entryorder.create", "entryorder.confirm", 110),
        ("returnorder.create", "returnorder.confirm", 102),
        ("stockout.create", "stockout.confirm", 96),
        ("storeprocess.create", "storeprocess.confirm", 94),
        ("transferorder.create", "transferorder.report", 97),
        ("inventory.synchronize", "inventory.synchronize.report", 98),
    ],
)
def test_every_document_takes_its_course(
    automatic: World, method: str, confirm: str, stock: int
) -> None:
    automatic.create(method, "X1")
    automatic.advance()
    assert automatic.told[-1][0] == confirm
    assert automatic.stock() == {"ZP": stock}
    assert automatic.wms.control("GET", "messages?direction=out&outcome=failure")["messages"] == []
    sent = len(automatic.told)
    assert (automatic.advance(600), len(automatic.told)) == (0, sent)


def test_an_order_that_is_held_lies_until_it_is_released(automatic: World) -> None:
    automatic.create("deliveryorder.create", "D1")
    hold = "<warehouseCode>WH1</warehouseCode><orderCode>D1</orderCode></request>"
    automatic.wms.call("order.pending", f"<request><actionType>pending</actionType>{hold}")
    automatic.advance()
    assert automatic.told == []
    automatic.wms.call("order.pending", f"<request><actionType>restore</actionType>{hold}")
    automatic.advance()
    assert automatic.told[-1] == ("deliveryorder.confirm", "0")


def test_a_parcel_is_stopped_on_the_road(automatic: World) -> None:
    automatic.create("deliveryorder.create", "D1")
    automatic.advance()
    stop = "<warehouseCode>WH1</warehouseCode><deliveryOrderCode>D1</deliveryOrderCode>"
    automatic.wms.call("order.callback", f"<request>{stop}</request>")
    automatic.advance()
    assert automatic.told[-1] == ("orderprocess.report", "TMSCANCELED")


def test_its_state_tells_stock_and_documents(world: World) -> None:
    world.create("deliveryorder.create", "D1")
    with urlopen(f"{world.wms.url}/state") as answer:
        (warehouse,) = json.load(answer)["warehouses"].values()
    assert [row["locked"] for row in warehouse["stock"]] == [3]
    assert [each["code"] for each in warehouse["documents"]["delivery"]] == ["D1"]


SHOP = """<request><actionType>{action}</actionType><shop>
<sourcePlatformCode>TM</sourcePlatformCode><ownerCode>O1</ownerCode>
<warehouseCode>{warehouse}</warehouseCode><shopCode>S1</shopCode><shopName>{name}</shopName>
</shop></request>"""
PLACE = "<warehouseCode>{code}</warehouseCode><warehouseName>{name}</warehouseName>"


def state(world: World) -> Any:
    with urlopen(f"{world.wms.url}/state") as answer:
        return json.load(answer)["warehouses"]["WH1"]


def test_a_shop_is_kept_as_it_was_said_last_and_shown(world: World) -> None:
    for action, warehouse, name in (("add", "WH1", "First"), ("update", "OTHER", "Second")):
        text = SHOP.format(action=action, warehouse=warehouse, name=name)
        assert world.wms.call("shop.synchronize", text).findtext("flag") == "success"
    (shop,) = state(world)["shops"].values()
    assert (shop["shopName"], shop["sourcePlatformCode"]) == ("Second", "TM")


def test_warehouses_are_kept_asked_for_one_by_one_or_all_and_shown(world: World) -> None:
    one = "".join(
        f"<warehouseInfos>{PLACE.format(code=code, name=code.lower())}</warehouseInfos>"
        for code in ("WH1", "WH3")
    )
    together = PLACE.format(code="WH4", name="wh4")
    wrapped = f"<warehouseInfos><warehouseInfo>{together}</warehouseInfo></warehouseInfos>"
    for written in (one, wrapped):
        text = f"<request><actionType>add</actionType>{written}</request>"
        assert world.wms.call("warehouseinfo.synchronize", text).findtext("flag") == "success"

    def told(asked: str) -> list[tuple[str | None, str | None]]:
        answer = world.wms.call("warehouseinfo.query", f"<request>{asked}</request>")
        return [
            (each.findtext("warehouseCode"), each.findtext("warehouseName"))
            for each in answer.findall("warehouseInfos/warehouseInfo")
        ]

    asked = "<ownerCode>O1</ownerCode>"
    assert told(asked) == [("WH1", "wh1"), ("WH3", "wh3"), ("WH4", "wh4")]
    assert told("<warehouseCode>WH3</warehouseCode>") == [("WH3", "wh3")]
    assert told("<warehouseCode>WH9</warehouseCode>") == []
    assert sorted(state(world)["places"]) == ["WH1", "WH3", "WH4"]


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("shop.synchronize", SHOP.format(action="drop", warehouse="WH1", name="N")),
        ("shop.synchronize", SHOP.format(action="add", warehouse="WH7", name="N")),
        ("shop.synchronize", SHOP.format(action="add", warehouse="WH1", name="N" * 201)),
        ("warehouseinfo.synchronize", "<request><actionType>add</actionType></request>"),
        (
            "warehouseinfo.synchronize",
            "<request><actionType>add</actionType><warehouseInfos>"
            f"{PLACE.format(code='WH1', name='N')}<tel>{'1' * 51}</tel></warehouseInfos></request>",
        ),
    ],
)
def test_a_shop_or_warehouse_that_is_said_wrongly_is_refused(
    world: World, method: str, text: str
) -> None:
    assert world.wms.call(method, text).findtext("flag") == "failure"
    assert (state(world)["shops"], state(world)["places"]) == ({}, {})
