"""Taking orders in: identity, amounts, what is written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.writes import Absent, ConditionFailed, Key, Put, Writes
from chalicelib.orders.intake import parse_order
from chalicelib.orders.model import Assignment, Person, fulfilment_lines
from tests.orders.world import MESSAGE, World, body


def test_a_placed_order_is_numbered_and_announced_once(world: World) -> None:
    placed, created = world.place(body(("A", 2, "59.00")))
    assert created
    assert (placed.no, placed.shop, placed.payable) == ("O0001", "S1", 11800)
    assert world.events("OrderPlaced") == ["OrderPlaced:O0001"]
    assert world.orders.header("O0001") == "WAIT_REVIEW"


def test_the_same_order_again_gets_the_first_answer_and_writes_nothing(world: World) -> None:
    first, _ = world.place(body(("A", 2, "59.00")))
    before = world.state()
    world.clock.forward(hours=1)
    again, created = world.place(body(("A", 2, "59.0")))
    assert (again, created) == (first, False)
    assert world.state() == before


def test_a_repeat_is_answered_also_when_the_sku_is_no_longer_sold(world: World) -> None:
    first, _ = world.place(body(("A", 2, "59.00")))
    world.sku("A", valid=False)
    assert world.place(body(("A", 2, "59.00"))) == (first, False)


def test_another_content_under_the_same_id_is_a_conflict(world: World) -> None:
    world.place(body(("A", 2, "59.00")))
    before = world.state()
    with pytest.raises(Conflict) as refused:
        world.place(body(("A", 3, "59.00")))
    assert (refused.value.code, refused.value.field) == ("order_differs", "channel_order_id")
    assert world.state() == before


def test_a_twin_that_was_faster_gets_its_answer_to_both(world: World) -> None:
    answers = []
    world.tables.meanwhile.append(lambda: answers.append(world.place(body(("A", 1, "1.00")))))
    slow, created = world.place(body(("A", 1, "1.00")))
    assert not created
    assert answers[0] == (slow, True)
    assert world.events("OrderPlaced") == [f"OrderPlaced:{slow.no}"]


def test_a_number_that_is_used_is_not_used_again(world: World) -> None:
    world.place(body(("A", 1, "1.00")))
    world.numbers.repeat = True
    placed, _ = world.place(body(("A", 1, "1.00"), channel_order_id="2"))
    assert placed.no == "O0002"


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_failed_commit_and_a_repeat_make_one_order(world: World, lost: str) -> None:
    setattr(world.tables, f"fail_{lost}", world.tables.attempts + 1)
    with pytest.raises(ConnectionError):
        world.place(body(("A", 1, "1.00")))
    world.place(body(("A", 1, "1.00")))
    assert len(world.events("OrderPlaced")) == 1
    assert len([key for key in world.tables.tables if key.sk == "CONTENT"]) == 1


def test_the_row_of_the_message_goes_along_and_refuses_with_it(world: World) -> None:
    def row(number: str) -> Writes:
        key = Key("messages", "M", "HEAD")
        return Writes(
            [Put(key=key, item={"document": number}, condition=Absent(), refusal="row_there")]
        )

    parsed = parse_order(json.dumps(body(("A", 1, "1.00"))).encode())
    placed, _ = world.orders.place(parsed, shop="S1", message=MESSAGE, row=row)
    assert world.tables.tables[Key("messages", "M", "HEAD")]["document"] == placed.no
    other = parse_order(json.dumps(body(("A", 1, "1.00"), channel_order_id="2")).encode())
    with pytest.raises(ConditionFailed):
        world.orders.place(other, shop="S1", message=MESSAGE, row=row)
    assert world.orders._store.taken("S1", "2") is None


@pytest.mark.parametrize(
    ("order", "code", "field"),
    [
        (body(("X", 1, "1.00")), "unknown_sku", "lines[0].sku"),
        (body(("A", 1, "1.00"), ("OLD", 1, "1.00")), "invalid_sku", "lines[1].sku"),
        (body(("THEIRS", 1, "1.00")), "unknown_sku", "lines[0].sku"),
        (body(("A", 1, "1.00"), payable="1.01"), "amounts_differ", "payable"),
        (
            body(("A", 1, "1.00"), order_discount="1.01", payable="0"),
            "discount_too_large",
            "order_discount",
        ),
    ],
)
def test_what_contradicts_the_catalog_or_itself_is_refused_and_writes_nothing(
    world: World, order: dict[str, object], code: str, field: str
) -> None:
    world.sku("OLD", valid=False)
    world.sku("THEIRS", owner="SOMEBODY")
    before = world.state()
    with pytest.raises(Refused) as refused:
        world.place(order)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert world.state() == before


def test_a_line_discount_above_the_line_is_refused(world: World) -> None:
    order = body(("A", 1, "1.00"), payable="0")
    order["lines"][0]["discount"] = "1.01"
    with pytest.raises(Refused) as refused:
        world.place(order)
    assert (refused.value.code, refused.value.field) == ("discount_too_large", "lines[0].discount")


def test_an_unknown_shop_is_refused(world: World) -> None:
    parsed = parse_order(json.dumps(body(("A", 1, "1.00"))).encode())
    with pytest.raises(Refused) as refused:
        world.orders.place(parsed, shop="S9", message=MESSAGE)
    assert refused.value.code == "unknown_shop"


def test_discount_and_freight_go_to_lines_once(world: World) -> None:
    order = body(
        ("A", 3, "33.33"),
        ("B", 1, "50.00"),
        order_discount="10.00",
        freight="7.01",
        payable="145.00",
    )
    order["lines"][0]["discount"] = "2.00"
    placed, _ = world.place(order)
    content = world.orders.order(placed.no)
    assert [
        (line.amount, line.discount, line.order_discount, line.freight, line.payable)
        for line in content.lines
    ] == [(9999, 200, 662, 464, 9137), (5000, 0, 338, 237, 4662)]
    assert (content.goods_amount, content.discount, content.payable) == (14999, 200, 14500)


def test_an_order_reads_back_as_it_was_drafted(world: World) -> None:
    placed, _ = world.place(
        body(("A", 2, "59.00"), invoice={"kind": "PERSON", "title": "张三"}, buyer={"remark": "x"})
    )
    order = world.orders.order(placed.no)
    assert order.lines[0].name == "name of A"
    assert order.lines[0].tax_code == "1040201000000000000"
    assert order.invoice_request is not None
    assert order.invoice_request.kind == "PERSON"
    assert order.buyer_remarked
    assert order.message == MESSAGE
    assert world.orders.person(placed.no) == Person(
        name="张三",
        mobile="13800000000",
        province="浙江省",
        city="杭州市",
        district="西湖区",
        address="文一西路 1 号",
        buyer_remark="x",
        invoice_title="张三",
    )


def test_nothing_personal_stands_outside_the_sealed_part(world: World) -> None:
    world.place(body(("A", 1, "1.00"), buyer={"nick": "NICK", "remark": "REMARK"}))
    no = "O0001"
    open_text = json.dumps(
        {key: item for key, item in world.state().items() if "sk='PERSON'" not in key},
        ensure_ascii=False,
    ) + repr(world.tables.events)
    for secret in ("张三", "13800000000", "文一西路", "NICK", "REMARK"):
        assert secret not in open_text
    assert world.orders.person(no).buyer_nick == "NICK"


def test_a_two_line_order_is_placed_in_four_items_and_an_event(world: World) -> None:
    before = len(world.tables.tables)
    world.place(body(("A", 1, "1.00"), ("B", 1, "2.00")))
    assert len(world.tables.tables) - before == 4
    content = world.tables.tables[Key("documents", "ORDER#O0001", "CONTENT")]
    assert len(json.dumps(content, ensure_ascii=False).encode()) < 1024


AMOUNTS = st.integers(min_value=0, max_value=100_000)


@given(
    lines=st.lists(st.tuples(st.integers(1, 7), AMOUNTS, AMOUNTS), min_size=1, max_size=6),
    share=st.integers(0, 100),
    freight=AMOUNTS,
    cuts=st.lists(st.integers(0, 7), min_size=6, max_size=6),
)
def test_any_split_of_any_order_adds_up_to_it_in_every_column(
    lines: list[tuple[int, int, int]], share: int, freight: int, cuts: list[int]
) -> None:
    world = World()
    world.sku("A")
    discounts = [min(discount, quantity * price) for quantity, price, discount in lines]
    goods = sum(quantity * price for quantity, price, _ in lines)
    order_discount = (goods - sum(discounts)) * share // 100
    total = goods - sum(discounts) - order_discount + freight
    order_body = body(
        *(("A", quantity, f"{price / 100:.2f}") for quantity, price, _ in lines),
        order_discount=_text(order_discount),
        freight=_text(freight),
        payable=_text(total),
    )
    for line, discount in zip(order_body["lines"], discounts, strict=True):
        line["discount"] = _text(discount)
    order = world.orders.order(world.placed(order_body))

    first, second = [], []
    for line, cut in zip(order.lines, cuts, strict=False):
        at = min(cut, line.quantity)
        if at:
            first.append(Assignment(order_line_no=line.line_no, first_unit=0, quantity=at))
        if at < line.quantity:
            second.append(
                Assignment(order_line_no=line.line_no, first_unit=at, quantity=line.quantity - at)
            )
    parts = [*fulfilment_lines(order.lines, first), *fulfilment_lines(order.lines, second)]
    for column in ("amount", "discount", "order_discount", "freight", "payable"):
        assert sum(getattr(part, column) for part in parts) == sum(
            getattr(line, column) for line in order.lines
        )
    assert sum(part.payable + part.freight for part in parts) == order.payable == total
    assert all(part.amount == part.unit_price * part.quantity for part in parts)
    assert all(line.payable >= 0 for line in order.lines)


def _text(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
