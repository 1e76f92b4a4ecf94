"""Documents to XML and back: identities, limits, tolerance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.warehouse.codec import deliveryorder, entryorder, inventory, ordercontrol
from chalicelib.warehouse.codec.masterdata import write_item, write_supplier
from chalicelib.warehouse.codec.parts import read_answer, read_grams, read_response, write_answer
from chalicelib.warehouse.connections import Failure, FailureRule
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.incoming import is_final, pieces
from chalicelib.warehouse.documents.outgoing import (
    Contact,
    DeliveryLine,
    DeliveryOrder,
    InventoryQuery,
    ItemSync,
    OrderReference,
    SupplierSync,
    in_batches,
    line_no_of,
    part_no,
    price_groups,
)
from chalicelib.warehouse.xml import Content, Node, read, write
from tests.warehouse.world import connection

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PERSON = Contact(
    name="张三", mobile="13800000000", province="浙江省", city="杭州市", address="文一西路 1 号"
)


def written(content: Content) -> Node:
    return read(write("request", content))


def item(**changes: Any) -> ItemSync:
    given_fields: dict[str, Any] = {
        "warehouse_code": "WH1",
        "owner_code": "O1",
        "update": False,
        "item_code": "A",
        "item_name": "绿茶",
        "bar_code": "690",
        "item_type": "ZC",
    }
    return ItemSync(**(given_fields | changes))


# --- prices


def test_ten_yuan_for_three_pieces_are_two_lines_that_add_up() -> None:
    assert price_groups(1000, 3) == [(333, 2), (334, 1)]
    assert price_groups(999, 3) == [(333, 3)]
    assert price_groups(0, 2) == [(0, 2)]
    assert price_groups(2, 3) == [(0, 1), (1, 2)]


@given(st.integers(0, 10**9), st.integers(1, 10_000))
def test_price_groups_keep_the_sum_and_the_pieces_in_at_most_two_lines(
    payable: int, quantity: int
) -> None:
    groups = price_groups(payable, quantity)
    assert len(groups) <= 2
    assert sum(price * pieces for price, pieces in groups) == payable
    assert sum(pieces for _, pieces in groups) == quantity


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 10_000), st.integers(0, 100)), max_size=9
    ),
    st.integers(0, 5000),
)
def test_every_identity_of_the_header_and_the_lines_holds(
    lines: list[tuple[int, int, int]], freight: int
) -> None:
    parts = [
        DeliveryLine(
            line_no=part_no(number, part),
            source_order_code="T1",
            sub_source_order_code="",
            item_code="A",
            item_id="",
            item_name="茶",
            quantity=pieces,
            retail_price=price,
            actual_price=actual,
        )
        for number, (quantity, price, percent) in enumerate(lines, start=1)
        for part, (actual, pieces) in enumerate(
            price_groups(quantity * price * percent // 100, quantity), start=1
        )
    ]
    request = written(deliveryorder.write_create(order(parts, freight)))
    header = request.needed("deliveryOrder")
    total, items, discount, carried, collected, paid = (
        fen(header, name)
        for name in (
            "totalAmount",
            "itemAmount",
            "discountAmount",
            "freight",
            "arAmount",
            "gotAmount",
        )
    )
    assert total == collected + paid == items - discount + carried
    told = request.listed("orderLines", "orderLine")
    assert sum(fen(each, "actualPrice") * (each.whole("planQty") or 0) for each in told) == (
        items - discount
    )
    assert sum(fen(each, "retailPrice") * (each.whole("planQty") or 0) for each in told) == items
    for each in told:
        assert fen(each, "retailPrice") == fen(each, "actualPrice") + fen(each, "discountAmount")
    numbers = [each.text("orderLineNo") for each in told]
    assert len(set(numbers)) == len(numbers)


def fen(node: Node, name: str) -> int:
    whole, _, decimals = node.needed_text(name).partition(".")
    assert len(decimals) == 2
    return int(whole) * 100 + int(decimals)


def order(lines: list[DeliveryLine], freight: int = 0, **changes: Any) -> DeliveryOrder:
    given_fields: dict[str, Any] = {
        "code": "O1-01",
        "owner_code": "OW",
        "warehouse_code": "WH1",
        "created_at": AT,
        "placed_at": AT,
        "paid_at": AT,
        "operated_at": AT,
        "shop_nick": "店",
        "platform_code": "TB",
        "logistics_code": "SF",
        "freight": freight,
        "sender": PERSON,
        "receiver": PERSON,
        "lines": tuple(lines),
    }
    return DeliveryOrder(**(given_fields | changes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("12-2", 12), ("", None), (None, None), ("A", None), ("1-x", None), ("１", None)],
)
def test_a_line_number_that_comes_back_names_the_line_or_none(
    text: str | None, expected: int | None
) -> None:
    assert line_no_of(text) == expected


# --- limits


def test_a_code_that_is_too_long_cant_be_said() -> None:
    with pytest.raises(Refused) as caught:
        write_item(item(item_code="A" * 51))
    assert (caught.value.code, caught.value.field) == ("code_too_long", "itemCode")


def test_names_and_remarks_are_cut_and_characters_xml_cant_carry_are_dropped() -> None:
    request = written(write_item(item(item_name="茶\x00\ud800" + "长" * 300)))
    assert request.needed("item").text("itemName") == "茶" + "长" * 197
    sent = order([], buyer_message="留" * 600, seller_message="🙂")
    header = written(deliveryorder.write_create(sent)).needed("deliveryOrder")
    assert header.text("buyerMessage") == "留" * 500
    assert header.text("sellerMessage") == "🙂"


def test_personal_data_stays_out_of_what_could_be_logged() -> None:
    shown = repr(order([], buyer_message="门禁 1234"))
    for secret in ("张三", "13800000000", "文一西路", "门禁"):
        assert secret not in shown


def test_master_data_says_what_the_wms_needs() -> None:
    request = written(write_item(item(weight_grams=1250, item_id="I1", update=True, updated_at=AT)))
    assert [request.text(name) for name in ("actionType", "warehouseCode", "ownerCode")] == [
        "update",
        "WH1",
        "O1",
    ]
    inner = request.needed("item")
    assert [inner.text(name) for name in ("itemId", "grossWeight", "updateTime", "isValid")] == [
        "I1",
        "1.250",
        "2026-11-22 09:30:00",
        "Y",
    ]
    supplier = SupplierSync(
        warehouse_code="WH1",
        owner_code="O1",
        update=False,
        supplier_code="S1",
        supplier_name="茶园",
    )
    assert written(write_supplier(supplier)).text("supplierCode") == "S1"


def test_fifty_skus_at_most_are_asked_for_at_once() -> None:
    chunks = in_batches([f"S{number}" for number in range(120)])
    assert [len(chunk) for chunk in chunks] == [50, 50, 20]
    query = InventoryQuery(warehouse_code="WH1", owner_code="", items=(("A", "I1"), ("B", "")))
    asked = written(inventory.write_query(query)).listed("criteriaList", "criteria")
    assert [(each.text("itemCode"), each.text("itemId")) for each in asked] == [
        ("A", "I1"),
        ("B", None),
    ]


def test_cancels_and_queries_name_the_order() -> None:
    asked = OrderReference(
        warehouse_code="WH1", owner_code="", order_code="O1-01", order_type="JYCK", reason="退款"
    )
    assert written(ordercontrol.write_cancel(asked)).text("cancelReason") == "退款"
    assert written(ordercontrol.write_query(asked)).text("orderCode") == "O1-01"
    assert written(deliveryorder.write_query(asked)).text("pageSize") == "100"
    assert written(entryorder.write_query(asked)).text("entryOrderCode") == "O1-01"


# --- answers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<response><flag>success</flag><code>0000</code><message>ok</message></response>",
            Answer(success=True, code="0000", message="ok"),
        ),
        (
            "<response><msg>库存不足</msg><code>null</code><flag>failure</flag></response>",
            Answer(success=False, message="库存不足"),
        ),
        (
            "<response><flag>SUCCESS</flag><itemId>I1</itemId></response>",
            Answer(success=True, wms_ids=("I1",)),
        ),
        (
            "<response><flag>success</flag><deliveryOrders><deliveryOrder><deliveryOrderId>D1"
            "</deliveryOrderId></deliveryOrder><deliveryOrder><deliveryOrderId>D2"
            "</deliveryOrderId></deliveryOrder></deliveryOrders></response>",
            Answer(success=True, wms_ids=("D1", "D2")),
        ),
    ],
)
def test_answers_are_read_by_their_flag(body: str, expected: Answer) -> None:
    assert read_answer(read_response(body.encode())) == expected


@pytest.mark.parametrize("body", ["<response/>", "<response><flag>maybe</flag></response>"])
def test_an_answer_without_a_clear_flag_is_none(body: str) -> None:
    with pytest.raises(Malformed):
        read_answer(read_response(body.encode()))


def test_our_own_answer_is_read_back_and_its_text_cut_at_a_hundred() -> None:
    answer = Answer(success=False, code="unknown_order", message="x" * 150)
    assert read_answer(read_response(write_answer(answer))).message == "x" * 100


@pytest.mark.parametrize(
    ("method", "code", "text", "expected"),
    [
        ("deliveryorder.create", "D", "订单已存在: 1", Failure.ALREADY_EXISTS),
        ("entryorder.create", "D", "入库单已存在: 1", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "", "order 1 already exists", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "", "重复创建", Failure.ALREADY_EXISTS),
        ("deliveryorder.create", "U", "商品不存在: A", Failure.REFUSED),
        ("deliveryorder.create", "S", "库存不足", Failure.REFUSED),
        ("deliveryorder.create", "4001", "接收失败，请重试", Failure.RETRY),
        ("deliveryorder.create", "SIGN", "签名错误", Failure.RETRY),
        ("deliveryorder.create", "TOP60", "获取不到卖家的授权关系", Failure.RETRY),
        ("order.cancel", "S", "订单已取消: 1", Failure.ALREADY_EXISTS),
        ("order.cancel", "S", "订单已发货, 不能取消: 1", Failure.REFUSED),
        ("order.cancel", "N", "订单不存在: 1", Failure.NOT_FOUND),
        ("deliveryorder.query", "N", "查无此单", Failure.NOT_FOUND),
        ("deliveryorder.query", "N", "order not found", Failure.NOT_FOUND),
        ("orderprocess.query", "N", "单据不存在", Failure.NOT_FOUND),
    ],
)
def test_failures_are_classified_by_what_they_say(
    method: str, code: str, text: str, expected: Failure
) -> None:
    answer = Answer(success=False, code=code, message=text)
    assert connection("W1").classify(method, answer) is expected


def test_a_connections_own_rules_come_first() -> None:
    rule = FailureRule(kind=Failure.NOT_FOUND, method=r"^deliveryorder\.query$", code="^E7$")
    answer = Answer(success=False, code="E7", message="已存在")
    own = connection("W1", failures=(rule,))
    assert own.classify("deliveryorder.query", answer) is Failure.NOT_FOUND
    assert own.classify("order.cancel", answer) is Failure.REFUSED


# --- confirms


@pytest.mark.parametrize(
    ("confirm_type", "status", "final"),
    [
        ("0", "", True),
        ("0", "PARTFULFILLED", True),
        ("1", "", False),
        ("1", "FULFILLED", False),
        ("", "", True),
        ("", "FULFILLED", True),
        ("", "PARTFULFILLED", False),
        ("", "PARTDELIVERED", False),
        ("2", "DELIVERED", True),
    ],
)
def test_whether_more_is_to_come(confirm_type: str, status: str, *, final: bool) -> None:
    assert is_final(confirm_type, status) is final


def confirmed(line: str) -> list[tuple[int, str, str]]:
    body = (
        "<request><entryOrder><entryOrderCode>P</entryOrderCode></entryOrder>"
        f"<orderLines><orderLine><itemCode>A</itemCode>{line}</orderLine></orderLines></request>"
    )
    (read_line,) = entryorder.read_confirm(read(body.encode())).lines
    return [(each.quantity, each.inventory_type, each.batch) for each in pieces(read_line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<actualQty>2</actualQty>", [(2, "ZP", "")]),
        ("<actualQty>0</actualQty>", []),
        ("<actualQty>2</actualQty><inventoryType>CC</inventoryType>", [(2, "CC", "")]),
        ("<actualQty>2</actualQty><batchCode>L1</batchCode>", [(2, "ZP", "L1")]),
        (
            "<actualQty>2</actualQty><batchs><batch><batchCode>L1</batchCode></batch></batchs>",
            [(2, "ZP", "L1")],
        ),
        (
            "<actualQty>2</actualQty><inventoryType>JSDJD</inventoryType><batchs><batch>"
            "<batchCode>L1</batchCode><quantity>2</quantity></batch></batchs>",
            [(2, "JSDJD", "L1")],
        ),
        (
            "<actualQty>3</actualQty><batchs><batch><batchCode>L1</batchCode>"
            "<actualQty>1</actualQty></batch><batch><batchCode>L2</batchCode>"
            "<actualQty>1</actualQty></batch></batchs>",
            [(3, "ZP", "")],
        ),
        (
            "<actualQty>3</actualQty><batchs><batch><inventoryType>CC</inventoryType>"
            "<actualQty>-1</actualQty></batch><batch><actualQty>4</actualQty></batch></batchs>",
            [(3, "ZP", "")],
        ),
    ],
)
def test_a_line_by_quality_and_batch_adds_up_to_what_it_says(
    line: str, expected: list[tuple[int, str, str]]
) -> None:
    assert confirmed(line) == expected


def test_dates_of_a_batch_are_read_with_or_without_a_time() -> None:
    body = (
        b"<request><entryOrder><entryOrderCode>P</entryOrderCode></entryOrder><orderLines>"
        b"<orderLine><itemCode>A</itemCode><actualQty>1</actualQty><batchCode>L</batchCode>"
        b"<productDate>2021-08-07 00:00:00</productDate><expireDate>2022-08-07</expireDate>"
        b"</orderLine></orderLines></request>"
    )
    ((batch,),) = (line.batches for line in entryorder.read_confirm(read(body)).lines)
    assert (batch.product_date, batch.expire_date) == (date(2021, 8, 7), date(2022, 8, 7))


@pytest.mark.parametrize(
    ("text", "grams"),
    [("1.2345", 1235), ("0.0000", 0), ("0.0005", 1), ("3", 3000), ("-1", 0), ("x", 0), (None, 0)],
)
def test_weights_are_read_to_the_gram(text: str | None, grams: int) -> None:
    assert read_grams(text) == grams
