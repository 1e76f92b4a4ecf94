"""Delivery orders that go together: gathered, sent in one message, each with a state of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.orders.states import FulfilmentState
from tests.warehouse.world import World, connection, reserved, sku_changed

TOGETHER = "deliveryorder.batchcreate"
ALONE = "deliveryorder.create"
ANSWER = "deliveryorder.batchcreate.answer"


def batching(most: int = 10, **more: Any) -> World:
    """W1 takes delivery orders in batches."""
    world = World()
    world.know_items()
    world.service.put_connection(connection("W1", batch_orders=most, **more))
    return world


def sold(world: World, *numbers: int) -> list[str]:
    """Fulfilments of a piece each."""
    return [world.order(("A", 1, "10.00"), channel_order_id=f"C{number}") for number in numbers]


def reserve(world: World, orders: list[str]) -> None:
    for no in orders:
        world.handle(reserved(no))


def said(world: World) -> list[tuple[str, list[str]]]:
    """Method and delivery orders of each message to W1 that makes or asks for some."""
    found = []
    for wms, method, request in world.systems.calls:
        if wms != "W1":
            continue
        if method == TOGETHER:
            headers = [each.needed("deliveryOrder") for each in request.listed("orders", "order")]
            found.append((method, [each.needed_text("deliveryOrderCode") for each in headers]))
        elif method == ALONE:
            header = request.needed("deliveryOrder")
            found.append((method, [header.needed_text("deliveryOrderCode")]))
        elif method == "deliveryorder.query":
            found.append((method, [request.needed_text("orderCode")]))
    return found


def state(world: World, no: str) -> tuple[str, str]:
    """Of its message, and of the fulfilment."""
    return world.state_of(f"{no}#{ALONE}"), world.orders.fulfilment(no).state.value


DONE = ("ACKED", "ACCEPTED")


def created(no: str, wms_id: str = "") -> str:
    info = f"<deliveryOrderId>{wms_id or 'W-' + no}</deliveryOrderId>"
    return (
        f"<order><deliveryOrderCode>{no}</deliveryOrderCode><orderInfo>{info}</orderInfo></order>"
    )


def failed(no: str) -> str:
    named = f"<deliveryOrderCode>{no}</deliveryOrderCode><flag>failure</flag>"
    return f"<order>{named}<message>库存不足</message></order>"


def tell(world: World, *orders: str) -> str:
    """The WMS says what became of orders; how it is answered."""
    body = f"<request><orders>{''.join(orders)}</orders></request>"
    answer = world.callback(ANSWER, body)
    return f"{answer.needed_text('flag')} {answer.text('code')}"


def work(world: World, *, unwanted: frozenset[str] = frozenset()) -> list[str]:
    """The WMS does what it took in, and what it then says of each."""
    told = []
    for no in world.systems.waiting:
        if no in unwanted or ("W1", no) in world.systems.orders:
            told.append(failed(no))
        else:
            world.systems.orders["W1", no] = "NEW"
            world.systems.created.append(no)
            told.append(created(no))
    world.systems.waiting.clear()
    return told


# --- answered at once


def test_orders_of_some_seconds_go_in_one_message() -> None:
    world = batching()
    orders = sold(world, 1, 2, 3)
    reserve(world, orders)
    assert world.systems.calls == []
    world.run()
    assert said(world) == [(TOGETHER, orders)]
    assert [state(world, no) for no in orders] == [DONE] * 3
    assert world.cases() == []


def test_without_the_setting_each_goes_alone_at_once() -> None:
    world = batching(most=0)
    orders = sold(world, 1, 2)
    reserve(world, orders)
    assert said(world) == [(ALONE, [no]) for no in orders]


def test_a_message_takes_no_more_than_the_connection_says() -> None:
    world = batching(most=2)
    orders = sold(world, 1, 2, 3)
    reserve(world, orders)
    world.run()
    assert said(world) == [(TOGETHER, orders[:2]), (TOGETHER, orders[2:])]
    assert [state(world, no) for no in orders] == [DONE] * 3


def test_an_order_goes_in_a_batch_as_it_would_alone() -> None:
    world, other = batching(), batching(most=0)
    orders = sold(world, 1)
    reserve(world, orders)
    reserve(other, sold(other, 1))
    world.run()
    together = world.systems.calls[0][2].listed("orders", "order")[0]
    alone = other.systems.calls[0][2]
    for name in ("itemAmount", "warehouseCode", "logisticsCode", "orderType"):
        assert together.needed("deliveryOrder").text(name) == alone.needed("deliveryOrder").text(
            name
        )
    (line,) = together.listed("orderLines", "orderLine")
    assert (line.text("itemCode"), line.text("itemId")) == ("A", "ID-W1-A")


def test_the_failed_ones_go_alone_and_the_others_are_done() -> None:
    world = batching()
    orders = sold(world, 1, 2, 3)
    world.systems.unwanted = {orders[1]}
    reserve(world, orders)
    world.run()
    assert said(world) == [(TOGETHER, orders), (ALONE, [orders[1]])]
    assert [state(world, no) for no in orders] == [DONE] * 3


def test_what_the_wms_says_of_an_order_alone_is_its_refusal() -> None:
    world = batching()
    (no,) = sold(world, 1)
    world.systems.unwanted = {no}
    reserve(world, [no])
    world.run_until_sent(TOGETHER)
    world.systems.faults = [("S", "库存不足")]
    world.run()
    assert world.state_of(f"{no}#{ALONE}") == "REFUSED"
    assert world.orders.fulfilment(no).state is FulfilmentState.REJECTED


@pytest.mark.parametrize("fault", ["lost", "dropped", "timeout", ("X", "接口不支持")])
def test_of_what_nobody_knows_the_wms_is_asked_before_anything_is_sent_again(fault: Any) -> None:
    world = batching()
    orders = sold(world, 1, 2)
    world.systems.faults = [fault]
    reserve(world, orders)
    world.run()
    methods = [method for method, _ in said(world)]
    assert "deliveryorder.query" in methods
    assert sorted(world.systems.created) == orders
    assert [state(world, no) for no in orders] == [DONE] * 2
    assert world.cases() == []


@pytest.mark.parametrize("fault", ["html", "down", "not_sent"])
def test_what_surely_didnt_arrive_goes_alone(fault: str) -> None:
    world = batching()
    orders = sold(world, 1, 2)
    world.systems.faults = [fault]
    reserve(world, orders)
    world.run()
    assert sorted(said(world)) == sorted((ALONE, [no]) for no in orders)
    assert [state(world, no) for no in orders] == [DONE] * 2


def test_an_order_cancelled_while_it_waits_isnt_sent() -> None:
    world = batching()
    first, second = sold(world, 1, 2)
    reserve(world, [first, second])
    world.orders.cancel(first.rpartition("-")[0], reason="退款", by="S1")
    world.run()
    assert said(world) == [(TOGETHER, [second])]
    assert state(world, first) == ("DROPPED", "CANCELLED")
    assert state(world, second) == DONE


def test_an_order_whose_goods_the_wms_doesnt_know_yet_holds_up_no_other() -> None:
    world = World()
    world.service.put_connection(connection("W1", batch_orders=10))
    world.handle(sku_changed("A"))
    world.run()
    world.systems.calls.clear()
    known = world.order(("A", 1, "10.00"), channel_order_id="C1")
    unknown = world.order(("B", 1, "10.00"), channel_order_id="C2")
    reserve(world, [known, unknown])
    world.run()
    assert said(world) == [(TOGETHER, [known]), (ALONE, [unknown])]
    assert [state(world, no) for no in (known, unknown)] == [DONE] * 2


def test_two_fulfilments_of_the_same_buyer_keep_their_own_states() -> None:
    world = batching()
    orders = sold(world, 1, 2)
    world.systems.unwanted = {orders[0]}
    reserve(world, orders)
    world.run_until_sent(TOGETHER)
    assert [state(world, no) for no in orders] == [("RETRY", "DISPATCHING"), DONE]


def test_one_that_nobody_has_sent_goes_alone_after_two_minutes() -> None:
    world = batching()
    (no,) = sold(world, 1)
    reserve(world, [no])
    world.collect()
    world.later = [each for each in world.later if each[1].kind != "OrdersGathered"]
    world.run()
    assert said(world) == [(ALONE, [no])]
    assert state(world, no) == DONE


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 16))
@pytest.mark.parametrize("fault", ["ok", "lost"])
def test_every_order_arrives_once_whenever_the_sender_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = batching(most=2)
    orders = sold(world, 1, 2, 3)
    for no in orders:
        world.later.append((world.clock.now(), reserved(no)))
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    assert sorted(world.systems.created) == orders
    assert [state(world, no) for no in orders] == [DONE] * 3
    assert world.cases() == []


# --- answered later


def test_what_the_wms_says_later_settles_each_order() -> None:
    world = batching(batch_answer_seconds=300)
    orders = sold(world, 1, 2, 3)
    world.systems.works_later = True
    reserve(world, orders)
    world.run_until_sent(TOGETHER)
    assert [state(world, no)[0] for no in orders] == ["UNKNOWN"] * 3
    told = work(world, unwanted=frozenset(orders[1:2]))
    assert tell(world, *told) == "success 0"
    assert [state(world, no)[0] for no in orders] == ["ACKED", "QUEUED", "ACKED"]
    assert world.orders.fulfilment(orders[0]).wms_order_id == f"W-{orders[0]}"
    accepted_by = world.orders.fulfilment(orders[2]).accepted_by
    assert accepted_by is not None
    assert accepted_by.path == "/request/orders/order[3]"
    world.run()
    assert said(world) == [(TOGETHER, orders), (ALONE, [orders[1]])]
    assert [state(world, no) for no in orders] == [DONE] * 3
    assert world.cases() == []


def test_a_failed_order_that_the_wms_refuses_alone_too_is_refused() -> None:
    world = batching(batch_answer_seconds=300)
    (no,) = sold(world, 1)
    world.systems.works_later = True
    reserve(world, [no])
    world.run_until_sent(TOGETHER)
    tell(world, *work(world, unwanted=frozenset([no])))
    world.systems.faults = [("S", "库存不足")]
    world.run()
    assert world.state_of(f"{no}#{ALONE}") == "REFUSED"
    assert world.orders.fulfilment(no).state is FulfilmentState.REJECTED


def test_an_order_of_which_the_wms_says_nothing_is_asked_about_after_the_agreed_time() -> None:
    world = batching(batch_answer_seconds=300)
    orders = sold(world, 1, 2)
    world.systems.works_later = True
    reserve(world, orders)
    world.run_until_sent(TOGETHER)
    sent_at = world.clock.now()
    told = work(world)
    tell(world, told[0])
    world.run_until_sent("deliveryorder.query")
    assert (world.clock.now() - sent_at).total_seconds() >= 300
    world.run()
    assert said(world) == [(TOGETHER, orders), ("deliveryorder.query", [orders[1]])]
    assert [state(world, no) for no in orders] == [DONE] * 2


def test_an_answer_that_is_faster_than_our_own_reading_counts() -> None:
    world = batching(batch_answer_seconds=300)
    orders = sold(world, 1, 2)
    world.systems.works_later = True
    reserve(world, orders)
    world.systems.before_answering = lambda: tell(
        world, *work(world, unwanted=frozenset(orders[:1]))
    )
    world.run()
    assert said(world) == [(TOGETHER, orders), (ALONE, orders[:1])]
    assert [state(world, no) for no in orders] == [DONE] * 2


def test_an_answer_told_twice_or_late_changes_nothing() -> None:
    world = batching(batch_answer_seconds=300)
    orders = sold(world, 1, 2)
    world.systems.works_later = True
    reserve(world, orders)
    world.run_until_sent(TOGETHER)
    told = work(world, unwanted=frozenset(orders[:1]))
    tell(world, *told)
    before = world.documents()
    assert tell(world, *told) == "success 0"
    assert world.documents() == before
    world.run()
    before = world.documents()
    assert tell(world, *reversed(told)) == "success 0"
    assert world.documents() == before
    assert sorted(world.systems.created) == orders


def test_a_failure_told_after_the_order_was_sent_alone_is_void() -> None:
    world = batching(batch_answer_seconds=60)
    (no,) = sold(world, 1)
    world.systems.works_later = True
    reserve(world, [no])
    world.run()
    assert said(world) == [
        (TOGETHER, [no]),
        ("deliveryorder.query", [no]),
        (ALONE, [no]),
    ]
    assert tell(world, *work(world)) == "success 0"
    world.run()
    assert state(world, no) == DONE
    assert world.systems.created == [no]


def test_a_failure_of_what_it_had_said_to_have_is_a_refusal() -> None:
    world = batching()
    (no,) = sold(world, 1)
    reserve(world, [no])
    world.run()
    assert state(world, no) == DONE
    assert tell(world, failed(no)) == "success 0"
    assert world.orders.fulfilment(no).state is FulfilmentState.REJECTED
    before = world.documents()
    assert tell(world, failed(no)) == "success 0"
    assert world.documents() == before


def test_an_answer_teaches_the_number_that_the_first_answer_didnt_tell() -> None:
    world = batching()
    (no,) = sold(world, 1)
    reserve(world, [no])
    world.run()
    assert world.orders.fulfilment(no).wms_order_id == ""
    assert tell(world, created(no, "D-77")) == "success 0"
    assert world.orders.fulfilment(no).wms_order_id == "D-77"
    assert state(world, no) == DONE


def test_an_unknown_order_in_an_answer_is_named_and_undoes_no_other() -> None:
    world = batching(batch_answer_seconds=300)
    (no,) = sold(world, 1)
    world.systems.works_later = True
    reserve(world, [no])
    world.run_until_sent(TOGETHER)
    assert tell(world, created("NOBODYS-01"), *work(world)) == "failure partly_refused"
    assert state(world, no) == DONE


def test_an_answer_that_names_no_order_of_ours_is_kept_and_the_orders_are_asked_about() -> None:
    world = batching(batch_answer_seconds=300)
    (no,) = sold(world, 1)
    world.systems.works_later = True
    reserve(world, [no])
    world.run_until_sent(TOGETHER)
    (told,) = work(world)
    nameless = told.replace(f"<deliveryOrderCode>{no}</deliveryOrderCode>", "")
    assert tell(world, nameless) == "success 0"
    assert state(world, no)[0] == "UNKNOWN"
    world.run()
    assert state(world, no) == DONE


def test_an_order_cancelled_before_its_answer_is_asked_back_after_it() -> None:
    world = batching(batch_answer_seconds=300)
    (no,) = sold(world, 1)
    world.systems.works_later = True
    reserve(world, [no])
    world.run_until_sent(TOGETHER)
    world.orders.cancel(no.rpartition("-")[0], reason="退款", by="S1")
    tell(world, *work(world))
    world.run()
    assert world.orders.fulfilment(no).state is FulfilmentState.CANCELLED
    assert world.systems.orders["W1", no] == "CANCELED"
    assert world.cases() == []


@settings(max_examples=40, deadline=None)
@given(
    unwanted=st.sets(st.integers(0, 2)),
    steps=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    faults=st.lists(
        st.sampled_from(["ok", "lost", "down", "not_sent", "killed_after"]), max_size=4
    ),
    repeated=st.booleans(),
    later=st.booleans(),
)
def test_in_the_end_the_wms_has_each_order_once(
    unwanted: set[int], steps: list[int], faults: list[str], *, repeated: bool, later: bool
) -> None:
    world = batching(most=2, batch_answer_seconds=300 if later else 0)
    world.systems.works_later = later
    orders = sold(world, 1, 2, 3)
    world.systems.unwanted = {orders[number] for number in unwanted}
    world.systems.faults = list(faults)
    reserve(world, orders)
    told: list[str] = []
    for count in steps:
        for _ in range(count):
            world.step()
        told += work(world, unwanted=frozenset(world.systems.unwanted))
        if told:
            tell(world, *reversed(told))
            told = told if repeated else []
    world.run()
    assert sorted(world.systems.created) == orders
    assert [state(world, no) for no in orders] == [DONE] * 3
