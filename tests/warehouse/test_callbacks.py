"""What a WMS calls back: accepted once, booked as it happened, refused only for a reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.movements.states import AdjustmentState
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from tests.warehouse.test_xml import ATTACKS
from tests.warehouse.world import World, approved, connection, reserved

LINE = "<orderLine><orderLineNo>{no}</orderLineNo><itemCode>{sku}</itemCode>{more}</orderLine>"


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def entry(
    code: str,
    lines: str,
    *,
    out: str = "RK1",
    confirm_type: str = "1",
    status: str = "PARTFULFILLED",
    time: str = "2026-11-22 10:00:00",
    warehouse_code: str = "WH1",
) -> str:
    return (
        f"<request><entryOrder><entryOrderCode>{code}</entryOrderCode>"
        f"<warehouseCode>{warehouse_code}</warehouseCode><outBizCode>{out}</outBizCode>"
        f"<confirmType>{confirm_type}</confirmType><status>{status}</status>"
        f"<operateTime>{time}</operateTime></entryOrder>"
        f"<orderLines>{lines}</orderLines></request>"
    )


def line(no: str, sku: str, quantity: int, more: str = "") -> str:
    return LINE.format(no=no, sku=sku, more=f"<actualQty>{quantity}</actualQty>{more}")


def delivery(
    code: str,
    lines: str,
    *,
    packages: str = "",
    out: str = "CK1",
    confirm_type: str = "0",
    time: str = "2026-11-22 10:00:00",
    warehouse_code: str = "WH1",
) -> str:
    return (
        f"<request><deliveryOrder><deliveryOrderCode>{code}</deliveryOrderCode>"
        f"<warehouseCode>{warehouse_code}</warehouseCode><orderType>JYCK</orderType>"
        f"<outBizCode>{out}</outBizCode><confirmType>{confirm_type}</confirmType>"
        f"<orderConfirmTime>{time}</orderConfirmTime></deliveryOrder>"
        f"<packages>{packages}</packages><orderLines>{lines}</orderLines></request>"
    )


def package(waybill: str, sku: str, quantity: int) -> str:
    return (
        f"<package><logisticsCode>SF</logisticsCode><expressCode>{waybill}</expressCode>"
        f"<weight>1.2345</weight><items><item><itemCode>{sku}</itemCode>"
        f"<quantity>{quantity}</quantity></item></items></package>"
    )


def purchased(world: World) -> str:
    no = world.purchase(("A", 10, 10_000), ("B", 5, 3_333))
    world.handle(approved(no))
    return no


def sent(world: World, *lines: tuple[str, int, str]) -> str:
    no = world.order(*(lines or (("A", 2, "10.00"), ("B", 1, "5.00"))))
    world.handle(reserved(no))
    return no


def flag(world: World, method: str, body: str | bytes, **changes: str) -> tuple[str, str]:
    answer = world.callback(method, body, **changes)
    return answer.needed_text("flag"), answer.text("code") or ""


SUCCESS = ("success", "0")


def receipts(world: World, no: str) -> list[list[tuple[str, int, str, str, str]]]:
    return [
        [
            (each.sku, each.quantity, each.inventory_type, each.batch, each.source.path)
            for each in receipt.lines
        ]
        for receipt in world.purchasing.receipts(no)
    ]


# --- receipts


def test_a_receipt_in_two_messages_with_batches_and_a_damaged_piece(world: World) -> None:
    no = purchased(world)
    batches = (
        "<batchs><batch><batchCode>L1</batchCode><actualQty>4</actualQty></batch>"
        "<batch><batchCode>L2</batchCode><expireDate>2027-01-01 00:00:00</expireDate>"
        "<actualQty>5</actualQty></batch><batch><batchCode>L2</batchCode>"
        "<inventoryType>CC</inventoryType><actualQty>1</actualQty></batch></batchs>"
    )
    assert (
        flag(world, "taobao.qimen.entryorder.confirm", entry(no, line("1", "A", 10, batches)))
        == SUCCESS
    )
    final = entry(no, line("2", "B", 4), out="RK2", confirm_type="0", status="FULFILLED")
    assert flag(world, "entryorder.confirm", final) == SUCCESS
    first, second = receipts(world, no)
    path = "/request/orderLines/orderLine[1]"
    assert first == [
        ("A", 4, "ZP", "L1", f"{path}/batchs/batch[1]"),
        ("A", 5, "ZP", "L2", f"{path}/batchs/batch[2]"),
        ("A", 1, "CC", "L2", f"{path}/batchs/batch[3]"),
    ]
    assert second == [("B", 4, "ZP", "", path)]
    assert [each.final for each in world.purchasing.receipts(no)] == [False, True]
    assert world.outcomes()[-2:] == [("entryorder.confirm", "ACCEPTED")] * 2
    assert [item["method"] for item in world.log.of_document(no).items].count(
        "entryorder.confirm"
    ) == 2


def test_a_confirm_that_comes_again_is_answered_like_the_first_and_changes_nothing(
    world: World,
) -> None:
    no = purchased(world)
    body = entry(no, line("1", "A", 4))
    assert flag(world, "entryorder.confirm", body) == SUCCESS
    before = world.documents()
    again = body.replace("><", ">\n  <")
    assert flag(world, "entryorder.confirm", again) == SUCCESS
    assert world.documents() == before
    assert world.outcomes()[-1] == ("entryorder.confirm", "DUPLICATE")


def test_elements_and_lines_in_another_order_are_the_same_message(world: World) -> None:
    no = purchased(world)
    first, second = line("1", "A", 4), line("2", "B", 5)
    assert flag(world, "entryorder.confirm", entry(no, first + second)) == SUCCESS
    before = world.documents()
    body = entry(no, second + first)
    header, lines = body.removeprefix("<request>").removesuffix("</request>").split("<orderLines>")
    turned = f"<request><orderLines>{lines}{header}</request>"
    assert flag(world, "entryorder.confirm", turned) == SUCCESS
    assert world.documents() == before


def test_the_same_but_for_its_time_is_held_for_a_person_once(world: World) -> None:
    no = purchased(world)
    flag(world, "entryorder.confirm", entry(no, line("1", "A", 4)))
    later = entry(no, line("1", "A", 4), time="2026-11-22 10:07:00")
    assert flag(world, "entryorder.confirm", later) == SUCCESS
    assert flag(world, "entryorder.confirm", later) == SUCCESS
    assert len(receipts(world, no)) == 1
    assert world.cases() == ["callback_resent"]
    assert world.outcomes()[-1] == ("entryorder.confirm", "HELD")


def test_further_parts_under_one_out_biz_code_are_booked(world: World) -> None:
    no = purchased(world)
    flag(world, "entryorder.confirm", entry(no, line("1", "A", 4)))
    flag(world, "entryorder.confirm", entry(no, line("1", "A", 6)))
    flag(world, "entryorder.confirm", entry(no, line("2", "B", 5), confirm_type="0"))
    assert [[each[1] for each in lines] for lines in receipts(world, no)] == [[4], [6], [5]]
    assert world.cases() == []


def test_another_content_under_a_final_messages_out_biz_code_is_held(world: World) -> None:
    no = purchased(world)
    flag(world, "entryorder.confirm", entry(no, line("1", "A", 10), confirm_type="0"))
    changed = entry(no, line("1", "A", 8), confirm_type="0")
    assert flag(world, "entryorder.confirm", changed) == SUCCESS
    assert len(receipts(world, no)) == 1
    assert world.cases() == ["callback_differs"]


def test_with_unique_out_biz_codes_the_code_alone_tells_a_repeat(world: World) -> None:
    world.service.put_connection(connection("W1", unique_out_biz_code=True))
    no = purchased(world)
    flag(world, "entryorder.confirm", entry(no, line("1", "A", 4)))
    later = entry(no, line("1", "A", 4), time="2026-11-22 10:07:00")
    assert flag(world, "entryorder.confirm", later) == SUCCESS
    other = entry(no, line("1", "A", 4), out="RK2", time="2026-11-22 10:07:00")
    assert flag(world, "entryorder.confirm", other) == SUCCESS
    assert len(receipts(world, no)) == 2
    assert world.cases() == []


def test_odd_messages_of_real_wms_are_taken_in(world: World) -> None:
    no = purchased(world)
    odd = (
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?><request><orderLines>"
        "<orderLine><actualQty>90.0000</actualQty><batchs><batch><actualQty>30000</actualQty>"
        "<batchCode>L128</batchCode><inventoryType>ZP</inventoryType></batch></batchs>"
        "<itemCode><![CDATA[A]]></itemCode><orderLineNo>A</orderLineNo><planQty>0</planQty>"
        "<remark>null</remark></orderLine>"
        "<orderLine><orderLineNo> </orderLineNo><itemCode>B</itemCode><actualQty>2</actualQty>"
        "<produceCode>P1</produceCode><batchs/></orderLine></orderLines>"
        f"<entryOrder><entryOrderCode>{no}</entryOrderCode><entryOrderType>3</entryOrderType>"
        "<outBizCode>120000000772null1</outBizCode><operateTime/><ownerCode>null</ownerCode>"
        "<warehouseCode>OTHER</warehouseCode></entryOrder></request>"
    )
    assert flag(world, "entryorder.confirm", odd) == SUCCESS
    ((first, second),) = receipts(world, no)
    assert first == ("A", 90, "ZP", "L128", "/request/orderLines/orderLine[1]")
    assert second[:3] == ("B", 2, "ZP")
    assert world.cases() == ["batches_contradict"]
    assert world.purchasing.receipts(no)[0].final


def test_goods_that_nobody_ordered_are_taken_in_and_shown_to_a_person(world: World) -> None:
    no = purchased(world)
    assert flag(world, "entryorder.confirm", entry(no, line("9", "C", 3))) == SUCCESS
    assert world.cases() == ["receipt_sku_not_ordered"]


# --- shipments


def test_one_message_with_two_parcels_ships_a_fulfilment(world: World) -> None:
    no = sent(world)
    body = delivery(
        no,
        line("1", "A", 2) + line("2", "B", 1),
        packages=package("SF1", "A", 2) + package("SF2", "B", 1),
    )
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [(parcel.waybill, parcel.weight_grams) for parcel in shipment.parcels] == [
        ("SF1", 1235),
        ("SF2", 1235),
    ]
    assert [(each.fulfilment_line_no, each.sku, each.quantity) for each in shipment.lines] == [
        (1, "A", 2),
        (2, "B", 1),
    ]
    assert shipment.parcels[1].source.path == "/request/packages/package[2]"
    world.orders.post_shipment(shipment.id)
    assert world.orders.fulfilment(no).state is FulfilmentState.SHIPPED


def test_a_line_sent_as_two_price_groups_comes_home_as_one(world: World) -> None:
    no = world.order(("A", 3, "4.00"), order_discount="2.00", payable="10.00")
    world.handle(reserved(no))
    _, _, request = world.systems.calls[-1]
    sent_lines = [
        [each.text(name) for name in ("orderLineNo", "planQty", "actualPrice", "discountAmount")]
        for each in request.listed("orderLines", "orderLine")
    ]
    assert sent_lines == [["1", "2", "3.33", "0.67"], ["1-2", "1", "3.34", "0.66"]]
    flag(world, "deliveryorder.confirm", delivery(no, line("1", "A", 2) + line("1-2", "A", 1)))
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [each.fulfilment_line_no for each in shipment.lines] == [1, 1]
    assert world.orders.fulfilment(no).confirmed == (3,)
    assert world.cases() == []


def test_partial_and_final_confirms_add_up_and_repeats_dont(world: World) -> None:
    no = sent(world)
    first = delivery(no, line("1", "A", 1), packages=package("SF1", "A", 1), confirm_type="1")
    rest = delivery(no, line("1", "A", 1) + line("2", "B", 1), packages=package("SF2", "A", 1))
    for body in (first, rest, first, rest):
        assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    assert world.orders.fulfilment(no).confirmed == (2, 1)
    assert len(world.orders.view(no.rpartition("-")[0]).shipments) == 2


def test_two_parts_that_differ_in_their_waybill_only_are_two(world: World) -> None:
    no = sent(world)
    for waybill in ("SF1", "SF2"):
        body = delivery(no, line("1", "A", 1), packages=package(waybill, "A", 1), confirm_type="1")
        assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    assert world.orders.fulfilment(no).confirmed == (2, 0)


def test_a_message_without_lines_ships_what_its_parcels_hold(world: World) -> None:
    no = sent(world)
    body = delivery(no, "", packages=package("SF1", "A", 2))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [(each.sku, each.quantity, each.source.path) for each in shipment.lines] == [
        ("A", 2, "/request/packages/package[1]/items/item[1]")
    ]


def test_more_than_ordered_and_after_a_cancel_are_booked_and_shown_to_a_person(
    world: World,
) -> None:
    no = sent(world)
    world.orders.cancel(no.rpartition("-")[0], reason="", by="S1")
    world.run()
    assert world.orders.fulfilment(no).cancel is FulfilmentCancel.ACCEPTED
    body = delivery(no, line("1", "A", 5) + line("7", "C", 1))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    assert world.cases() == [
        "shipped_after_cancel",
        "shipped_more_than_ordered",
        "unknown_shipment_line",
    ]


def test_what_is_no_code_where_an_item_code_stands_is_booked_under_a_stand_in(
    world: World,
) -> None:
    no = sent(world)
    body = delivery(no, line("1", "A", 2) + line("7", "张三 13812345678", 1))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    world.run()
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [each.sku for each in shipment.lines] == ["A", "unreadable-122670c3"]
    assert "张三" not in str(world.cases())


def test_a_confirm_before_our_own_answer_was_written_is_taken_in(world: World) -> None:
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = ["lost"]
    world.handle(reserved(no))
    assert flag(world, "deliveryorder.confirm", delivery(no, line("1", "A", 2))) == SUCCESS
    world.run()
    assert world.state_of(f"{no}#deliveryorder.create") == "ACKED"
    assert world.orders.fulfilment(no).wms_order_id == f"W-{no}"


# --- steps


def step(code: str, status: str, time: str = "2026-11-22 10:00:00") -> str:
    return (
        f"<request><order><orderCode>{code}</orderCode><orderType>JYCK</orderType></order>"
        f"<process><processStatus>{status}</processStatus><operatorName>李四</operatorName>"
        f"<operateTime>{time}</operateTime></process></request>"
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ACCEPT", FulfilmentState.ACCEPTED),
        ("PRINT", FulfilmentState.PICKING),
        ("PICK", FulfilmentState.PICKING),
        ("CHECK", FulfilmentState.PICKING),
        ("PACKAGE", FulfilmentState.PACKED),
        ("WEIGH", FulfilmentState.PACKED),
        ("READY", FulfilmentState.READY),
        ("DELIVERED", FulfilmentState.ACCEPTED),
        ("OTHER", FulfilmentState.ACCEPTED),
        ("REJECT", FulfilmentState.REJECTED),
        ("CANCELED", FulfilmentState.CANCELLED),
        ("DELIVERED1", FulfilmentState.ACCEPTED),
    ],
)
def test_steps_move_the_fulfilment_as_the_table_says(
    world: World, status: str, expected: FulfilmentState
) -> None:
    no = sent(world)
    assert flag(world, "orderprocess.report", step(no, status)) == SUCCESS
    assert world.orders.fulfilment(no).state is expected


def test_a_step_twice_is_one_and_an_unknown_one_is_shown_to_a_person(world: World) -> None:
    no = sent(world)
    for _ in range(2):
        assert flag(world, "orderprocess.report", step(no, "PICK")) == SUCCESS
    rows = [row for row in world.orders.track(no.rpartition("-")[0]) if row.text == "PICK"]
    assert len(rows) == 1
    flag(world, "orderprocess.report", step(no, "DELIVERED1"))
    assert world.cases() == ["warehouse_step_needs_a_look"]


def test_a_step_of_a_purchase_order_is_kept(world: World) -> None:
    no = purchased(world)
    assert flag(world, "orderprocess.report", step(no, "PARTFULFILLED")) == SUCCESS
    assert world.outcomes()[-1] == ("orderprocess.report", "ACCEPTED")


# --- stock changes


def change(item: str, quantity: int, *, out: str = "ADJ1", quality: str = "ZP") -> str:
    return (
        "<item><ownerCode>O</ownerCode><warehouseCode>WH1</warehouseCode><orderCode>X1</orderCode>"
        f"<outBizCode>{out}</outBizCode><itemCode>{item}</itemCode>"
        f"<inventoryType>{quality}</inventoryType><quantity>{quantity}</quantity></item>"
    )


def changes(*items: str) -> str:
    return f"<request><items>{''.join(items)}</items></request>"


def adjustments(world: World) -> list[str]:
    return [event.subject for event in world.tables.events if event.kind == "AdjustmentAccepted"]


def test_a_change_of_quality_is_one_adjustment_and_a_repeat_none(world: World) -> None:
    body = changes(change("A", -2), change("A", 2, quality="CC"), change("B", -1, out="ADJ2"))
    for _ in range(2):
        assert flag(world, "stockchange.report", body) == SUCCESS
    assert len(adjustments(world)) == 2


def test_a_change_of_an_unknown_sku_is_booked_in_suspense_and_told(world: World) -> None:
    body = changes(change("A", -2), change("ZZZ", 1))
    assert flag(world, "stockchange.report", body) == ("success", "0")
    found = [
        each
        for each in world.adjustments.adjustments("WH1", AdjustmentState.ACCEPTED)
        if each.lines[0].sku == "ZZZ"
    ]
    assert [(each.kind.value, each.rule) for each in found] == [("SUSPENSE", "unknown_sku")]
    world.adjustments.post_adjustment(found[0].number)
    (entry,) = world.stock.entries_of(found[0].number)
    assert (entry.from_location, entry.to_location) == ("SUSPENSE:WH1", "WAREHOUSE:WH1:ZP")
    assert "unclassified_movement" in world.cases()


# --- what is refused


@pytest.mark.parametrize("name", ATTACKS)
def test_no_document_makes_it_raise_and_each_refused_one_is_found_again(
    world: World, name: str
) -> None:
    body, expected = ATTACKS[name]
    before = world.documents()
    answered, code = flag(world, "entryorder.confirm", body)
    assert (answered, code) == ("failure", expected)
    assert world.documents() == before
    if expected != "body_too_large":
        assert world.outcomes()[-1] == ("entryorder.confirm", "REFUSED")


def test_an_order_of_another_wms_doesnt_exist_for_this_one(world: World) -> None:
    no = sent(world)
    body = delivery(no, line("1", "A", 2))
    assert flag(world, "deliveryorder.confirm", body, wms="W2") == ("failure", "unknown_order")
    purchase = purchased(world)
    body = entry(purchase, line("1", "A", 2))
    assert flag(world, "entryorder.confirm", body, wms="W2") == ("failure", "unknown_order")
    answer = world.callback("orderprocess.report", step(no, "PICK"), wms="W2")
    unknown = world.callback("orderprocess.report", step("NONE-01", "PICK"), wms="W2")
    assert answer.text("message") == unknown.text("message")
    assert world.orders.fulfilment(no).confirmed == ()


@pytest.mark.parametrize("code", ["", "X", "O9999-01", "-", "#", "O0001", "订单", "a" * 300])
def test_an_order_nobody_knows_is_refused_with_its_field(world: World, code: str) -> None:
    answer = world.callback("deliveryorder.confirm", delivery(code, line("1", "A", 2)))
    assert answer.text("flag") == "failure"
    assert "deliveryOrderCode" in answer.needed_text("message")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("<actualQty>-1</actualQty>", "negative_quantity"),
        ("<actualQty>1.5</actualQty>", "malformed_quantity"),
        ("<actualQty>1</actualQty><actualQty>2</actualQty>", "repeated_element"),
        ("<planQty>1</planQty>", "missing_element"),
    ],
)
def test_a_line_that_cant_be_read_is_refused_and_named(
    world: World, more: str, expected: str
) -> None:
    no = sent(world)
    answer = world.callback(
        "deliveryorder.confirm", delivery(no, LINE.format(no="1", sku="A", more=more))
    )
    assert answer.text("code") == expected
    assert "orderLine[1]/actualQty" in answer.needed_text("message")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sign": "0" * 32}, "wrong_signature"),
        ({"app_key": "app-W2"}, "unknown_app_key"),
        ({"customerId": "c-W2"}, "unknown_customer"),
        ({"timestamp": "2026-11-22 08:00:00"}, "stale_timestamp"),
    ],
)
def test_who_cant_be_trusted_changes_nothing_and_is_kept_for_some_days(
    world: World, changed: dict[str, str], expected: str
) -> None:
    no = sent(world)
    before = world.documents()
    answered = flag(world, "deliveryorder.confirm", delivery(no, line("1", "A", 2)), **changed)
    assert answered == ("failure", expected)
    assert world.documents() == before
    assert world.outcomes()[-1] == ("deliveryorder.confirm", "UNVERIFIED")
    assert len(world.files.unverified) == 1


def test_an_unknown_method_or_wms_is_refused(world: World) -> None:
    assert flag(world, "order.destroy", "<request/>") == ("failure", "unknown_method")
    assert flag(world, "order.cancel", "<request/>") == ("failure", "unknown_method")
    head = world.head("orderprocess.report", b"<request/>", "W1")
    for name in ("W3", "../W1", "W1#"):
        assert b"unknown_wms" in world.callbacks.receive(name, head, b"<request/>").xml


def test_a_gbk_message_is_signed_kept_and_read_as_its_own_bytes(world: World) -> None:
    no = purchased(world)
    text = entry(no, line("1", "A", 4, "<remark>收货</remark>"))
    raw = ('<?xml version="1.0" encoding="GBK"?>' + text).encode("gbk")
    assert flag(world, "entryorder.confirm", raw) == SUCCESS
    rows = world.log.of_document(no).items
    assert world.log.raw(rows[-1]["id"]).body == raw


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2), max_size=8))
def test_however_often_and_in_whatever_order_parts_come_each_is_booked_once(
    repeats: list[int],
) -> None:
    world = World()
    world.know_items()
    no = sent(world, ("A", 6, "1.00"))
    parts = [
        delivery(
            no,
            line("1", "A", quantity),
            packages=package(f"SF{quantity}", "A", quantity),
            confirm_type="1",
        )
        for quantity in (1, 2, 3)
    ]
    for number in [*repeats, 2, 1, 0]:
        assert flag(world, "deliveryorder.confirm", parts[number]) == SUCCESS
    assert world.orders.fulfilment(no).confirmed == (6,)
    assert world.cases() == []


@pytest.mark.parametrize("name", ["deliveryOrderCode", "outBizCode", "warehouseCode"])
def test_a_code_that_no_key_could_hold_is_refused(world: World, name: str) -> None:
    no = sent(world)
    body = delivery(no, line("1", "A", 1)).replace(f"</{name}>", "x" * 101 + f"</{name}>")
    assert flag(world, "deliveryorder.confirm", body) == ("failure", "code_too_long")


def test_a_shipment_that_no_item_could_hold_is_refused(world: World) -> None:
    no = sent(world)
    body = delivery(no, line("1", "A", 1) * 501)
    assert flag(world, "deliveryorder.confirm", body) == ("failure", "too_many_lines")
    assert world.orders.fulfilment(no).confirmed == ()
