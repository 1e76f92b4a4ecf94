"""deliveryorder.batchconfirm: several confirms in one message, each as if it had come alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.test_callbacks import SUCCESS, delivery, flag, line
from tests.warehouse.world import Killed, World, connection, reserved

ALONE = "deliveryorder.confirm"
BATCH = "deliveryorder.batchconfirm"


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def batch(*confirms: str) -> str:
    """Messages that could each come alone, as one."""
    orders = "".join(
        each.replace("<request>", "<order>").replace("</request>", "</order>") for each in confirms
    )
    return f"<request><orders>{orders}</orders></request>"


def sold(world: World, number: int) -> str:
    """A fulfilment of two pieces that the WMS has."""
    no = world.order(("A", 2, "10.00"), channel_order_id=f"C{number}")
    world.handle(reserved(no))
    return no


def shipped(world: World, no: str) -> list[list[tuple[int, str]]]:
    """Of each shipment its lines: pieces, and where they stand in the message."""
    return [
        [(each.quantity, each.source.path) for each in shipment.lines]
        for shipment in world.orders.view(no.rpartition("-")[0]).shipments
    ]


def row(world: World) -> tuple[str, str, tuple[str, ...]]:
    """The last message's outcome, code and documents."""
    last = max(_rows(world), key=lambda item: item["id"])
    return last["outcome"], last["code"], tuple(last["documents"])


def test_each_order_ships_and_leads_back_to_its_element(world: World) -> None:
    first, second = sold(world, 1), sold(world, 2)
    body = batch(delivery(first, line("1", "A", 2)), delivery(second, line("1", "A", 1)))
    assert flag(world, f"taobao.qimen.{BATCH}", body) == SUCCESS
    place = "/request/orders/order[{}]/orderLines/orderLine[1]"
    assert shipped(world, first) == [[(2, place.format(1))]]
    assert shipped(world, second) == [[(1, place.format(2))]]
    assert row(world) == ("ACCEPTED", "", (first, second))
    assert world.cases() == []


def test_a_confirm_that_came_alone_is_known_when_it_comes_in_a_batch(world: World) -> None:
    first, second = sold(world, 1), sold(world, 2)
    alone = delivery(first, line("1", "A", 2))
    assert flag(world, ALONE, alone) == SUCCESS
    body = batch(alone, delivery(second, line("1", "A", 2)))
    assert flag(world, BATCH, body) == SUCCESS
    assert [len(shipped(world, no)) for no in (first, second)] == [1, 1]
    assert row(world) == ("ACCEPTED", "", (first, second))


def test_a_confirm_that_came_in_a_batch_is_known_when_it_comes_alone(world: World) -> None:
    no = sold(world, 1)
    alone = delivery(no, line("1", "A", 2))
    assert flag(world, BATCH, batch(alone)) == SUCCESS
    before = world.documents()
    assert flag(world, ALONE, alone) == SUCCESS
    assert world.documents() == before
    assert row(world) == ("DUPLICATE", "", (no,))


def test_a_batch_that_comes_again_changes_nothing_in_whatever_order(world: World) -> None:
    confirms = [delivery(sold(world, number), line("1", "A", 2)) for number in (1, 2, 3)]
    assert flag(world, BATCH, batch(*confirms)) == SUCCESS
    before = world.documents()
    assert flag(world, BATCH, batch(*reversed(confirms))) == SUCCESS
    assert world.documents() == before
    assert row(world)[0] == "DUPLICATE"


def test_an_unknown_order_undoes_no_other_and_is_named(world: World) -> None:
    first, second = sold(world, 1), sold(world, 2)
    body = batch(
        delivery(first, line("1", "A", 2)),
        delivery("NOBODYS-01", line("1", "A", 2)),
        delivery(second, line("1", "A", 2)),
    )
    answer = world.callback(BATCH, body)
    assert answer.needed_text("flag") == "failure"
    assert answer.text("code") == "partly_refused"
    assert answer.text("message") == "1/3: unknown_order NOBODYS-01"
    assert [len(shipped(world, no)) for no in (first, second)] == [1, 1]
    assert row(world) == ("REFUSED", "unknown_order", (first, second))
    before = world.documents()
    assert flag(world, BATCH, body) == ("failure", "partly_refused")
    assert world.documents() == before


def test_an_order_that_cant_be_read_undoes_no_other_and_is_named(world: World) -> None:
    first, second = sold(world, 1), sold(world, 2)
    broken = delivery(second, line("1", "A", 2).replace(">2<", ">two<"))
    good = delivery(first, line("1", "A", 2))
    answer = world.callback(BATCH, batch(broken, good))
    assert answer.needed_text("flag") == "failure"
    assert second in (answer.text("message") or "")
    assert [len(shipped(world, no)) for no in (first, second)] == [1, 0]
    mended = batch(delivery(second, line("1", "A", 2)), good)
    assert flag(world, BATCH, mended) == SUCCESS
    assert [len(shipped(world, no)) for no in (first, second)] == [1, 1]


def test_another_systems_order_is_as_unknown_as_nobodys(world: World) -> None:
    no = sold(world, 1)
    body = batch(delivery(no, line("1", "A", 2)))
    assert flag(world, BATCH, body, wms="W2") == ("failure", "unknown_order")
    assert shipped(world, no) == []


def test_two_parts_of_one_order_in_a_batch_are_both_booked(world: World) -> None:
    no = sold(world, 1)
    body = batch(
        delivery(no, line("1", "A", 1), confirm_type="1", out="CK1"),
        delivery(no, line("1", "A", 1), confirm_type="0", out="CK2"),
    )
    assert flag(world, BATCH, body) == SUCCESS
    assert [[pieces for pieces, _ in lines] for lines in shipped(world, no)] == [[1], [1]]
    assert flag(world, BATCH, body) == SUCCESS
    assert len(shipped(world, no)) == 2


def test_the_same_confirm_twice_in_a_batch_is_booked_once(world: World) -> None:
    no = sold(world, 1)
    confirm = delivery(no, line("1", "A", 2))
    assert flag(world, BATCH, batch(confirm, confirm)) == SUCCESS
    assert len(shipped(world, no)) == 1


def test_what_is_doubtful_is_held_alone_and_a_person_can_have_it_booked(world: World) -> None:
    first, second = sold(world, 1), sold(world, 2)
    flag(world, ALONE, delivery(first, line("1", "A", 2)))
    later = delivery(first, line("1", "A", 2), time="2026-11-22 11:11:11")
    assert flag(world, BATCH, batch(later, delivery(second, line("1", "A", 2)))) == SUCCESS
    assert [len(shipped(world, no)) for no in (first, second)] == [1, 1]
    assert row(world) == ("HELD", "callback_resent", (first, second))
    assert world.cases() == ["callback_resent"]
    held = world.log.message(max(item["id"] for item in _rows(world)))
    going = world.log.begin_replay(held, by="ann", reason="a second parcel", accepting=True)
    world.callbacks.again(going, world.log.raw(held.id))
    assert [len(shipped(world, no)) for no in (first, second)] == [2, 1]
    assert world.cases() == ["shipped_more_than_ordered"]
    assert world.log.message(held.id).outcome.value == "ACCEPTED"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 5))
def test_killed_at_any_order_the_next_send_finishes_it(commit: int, *, after: bool) -> None:
    world = World()
    world.know_items()
    orders = [sold(world, number) for number in (1, 2, 3)]
    body = batch(*(delivery(no, line("1", "A", 2)) for no in orders))
    world.tables.die_at(commit, after=after)
    with pytest.raises(Killed):
        flag(world, BATCH, body)
    world.tables.die_at(-1, after=False)
    assert flag(world, BATCH, body) == SUCCESS
    assert [len(shipped(world, no)) for no in orders] == [1, 1, 1]
    assert world.cases() == []


def test_more_orders_than_one_answer_can_wait_for_are_refused_before_the_first(
    world: World,
) -> None:
    no = sold(world, 1)
    body = batch(*(delivery(no, line("1", "A", 2), out=f"CK{number}") for number in range(101)))
    assert flag(world, BATCH, body) == ("failure", "too_many_orders")
    assert shipped(world, no) == []


def test_with_unique_out_biz_codes_the_code_tells_a_repeat_across_both(world: World) -> None:
    world.service.put_connection(connection("W1", unique_out_biz_code=True))
    no = sold(world, 1)
    flag(world, ALONE, delivery(no, line("1", "A", 2)))
    later = delivery(no, line("1", "A", 2), time="2026-11-22 11:11:11")
    assert flag(world, BATCH, batch(later)) == SUCCESS
    assert (len(shipped(world, no)), world.cases()) == (1, [])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=5))
def test_however_confirms_are_put_together_each_is_booked_once(messages: list[list[int]]) -> None:
    world = World()
    world.know_items()
    orders = [sold(world, number) for number in range(4)]
    for told in messages:
        confirms = [delivery(orders[number], line("1", "A", 2)) for number in told]
        method, body = (ALONE, confirms[0]) if len(confirms) == 1 else (BATCH, batch(*confirms))
        assert flag(world, method, body) == SUCCESS
    told_of = {number for told in messages for number in told}
    assert [len(shipped(world, no)) for no in orders] == [
        1 if number in told_of else 0 for number in range(4)
    ]
    assert world.cases() == []


def _rows(world: World) -> list[dict[str, str]]:
    found = [item for key, item in world.tables.tables.items() if key.table == "messages"]
    return [item for item in found if "id" in item]
