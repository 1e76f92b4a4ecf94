"""Sending to a WMS that answers, refuses, is down, keeps silent, and to which we die half way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.errors import Unavailable
from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.model import delay_seconds
from tests.warehouse.world import (
    MESSAGE,
    Killed,
    World,
    approved,
    connection,
    reserved,
    sku_changed,
    sku_input,
)


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def delivery(world: World) -> tuple[str, str]:
    """A fulfilment that is to go out, and the id of its dispatch."""
    no = world.order(("A", 2, "10.00"))
    return no, f"{no}#deliveryorder.create"


def test_a_fulfilment_goes_out_once_and_is_accepted(world: World) -> None:
    no, dispatch = delivery(world)
    world.handle(reserved(no))
    world.handle(reserved(no))
    assert world.systems.methods() == ["deliveryorder.create"]
    assert world.state_of(dispatch) == "ACKED"
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == (FulfilmentState.ACCEPTED, f"W-{no}")


def test_request_and_answer_are_kept_and_found_by_the_document(world: World) -> None:
    no, dispatch = delivery(world)
    world.handle(reserved(no))
    (row,) = world.log.of_document(no).items
    assert (row["method"], row["outcome"], row["http_status"]) == (
        "deliveryorder.create",
        "ANSWERED",
        200,
    )
    raw = world.log.raw(row["id"])
    assert b"<deliveryOrderCode>" + no.encode() in raw.body
    assert raw.answer is not None
    assert b"<flag>success</flag>" in raw.answer
    assert world.dispatch(dispatch).message_id == row["id"]


def test_the_delivery_order_is_complete_and_its_sums_are_exact(world: World) -> None:
    no = world.order(
        ("A", 3, "4.00"), ("B", 1, "5.00"), order_discount="2.00", freight="6.00", payable="21.00"
    )
    world.handle(reserved(no))
    ((_, _, request),) = world.systems.calls
    header = request.needed("deliveryOrder")
    amounts = {
        name: header.text(name)
        for name in (
            "totalAmount",
            "itemAmount",
            "discountAmount",
            "freight",
            "arAmount",
            "gotAmount",
        )
    }
    assert amounts == {
        "totalAmount": "21.00",
        "itemAmount": "17.00",
        "discountAmount": "2.00",
        "freight": "6.00",
        "arAmount": "0.00",
        "gotAmount": "21.00",
    }
    lines = [
        [
            line.text(name)
            for name in (
                "orderLineNo",
                "itemCode",
                "planQty",
                "retailPrice",
                "actualPrice",
                "itemId",
            )
        ]
        for line in request.listed("orderLines", "orderLine")
    ]
    # 12.00 less 1.41 is 10.59 for 3 pieces.
    assert lines == [
        ["1", "A", "3", "4.00", "3.53", "ID-W1-A"],
        ["2", "B", "1", "5.00", "4.41", "ID-W1-B"],
    ]
    assert header.needed("receiverInfo").text("mobile") == "13800000000"
    assert header.needed("senderInfo").text("name") == "发货部"
    assert header.text("createTime") == "2026-11-22 09:30:00"


def test_a_business_refusal_sends_the_order_elsewhere(world: World) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = [("STOCK", "库存不足")]
    world.handle(reserved(no))
    world.run()
    assert world.state_of(dispatch) == "REFUSED"
    assert world.orders.fulfilment(no).state is FulfilmentState.REJECTED
    assert world.orders.head(no[:-3]).unsourced[0].tried == ("WH1",)
    assert world.cases() == ["not_sourced_again"]
    assert world.systems.methods() == ["deliveryorder.create"]


def test_already_there_is_success(world: World) -> None:
    no, dispatch = delivery(world)
    world.systems.orders["W1", no] = "NEW"
    world.handle(reserved(no))
    assert world.state_of(dispatch) == "ACKED"
    assert world.orders.fulfilment(no).state is FulfilmentState.ACCEPTED


@pytest.mark.parametrize("fault", ["not_sent", "down", "html", ("4001", "接收失败，请重试")])
def test_a_wms_that_is_down_gets_it_later(world: World, fault: Any) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = [fault, fault]
    world.handle(reserved(no))
    assert world.state_of(dispatch) == "RETRY"
    world.run()
    assert world.state_of(dispatch) == "ACKED"
    assert world.systems.created == [no]


def test_the_pauses_grow_and_are_spread_and_end_at_fifteen_minutes() -> None:
    assert [delay_seconds(tries, "x") for tries in (1, 2, 3)] == [3, 10, 15]
    for tries in range(1, 30):
        ceiling = min(900, 5 * 2 ** (tries - 1))
        assert ceiling // 2 <= delay_seconds(tries, "y") <= ceiling


def test_after_its_tries_it_is_dead_and_a_person_is_told_once(world: World) -> None:
    no, dispatch = delivery(world)
    world.service.put_connection(connection("W1", most_attempts=3))
    world.systems.faults = ["html"] * 3
    world.handle(reserved(no))
    world.run()
    assert world.state_of(dispatch) == "DEAD"
    assert world.cases() == ["dispatch_dead"]
    assert world.orders.fulfilment(no).state is FulfilmentState.DISPATCHING


def test_a_person_brings_a_dead_one_back_and_it_asks_first(world: World) -> None:
    no, dispatch = delivery(world)
    world.service.put_connection(connection("W1", most_attempts=3))
    world.systems.faults = ["html"] * 3
    world.handle(reserved(no))
    world.run()
    world.systems.calls.clear()
    world.service.requeue(dispatch)
    world.service.requeue(dispatch)
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "deliveryorder.create"]
    assert world.state_of(dispatch) == "ACKED"


@pytest.mark.parametrize("fault", ["lost", "timeout"])
def test_no_answer_is_unknown_and_asked_before_anything_is_sent_again(
    world: World, fault: str
) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = [fault]
    world.handle(reserved(no))
    assert world.state_of(dispatch) == "UNKNOWN"
    assert world.orders.fulfilment(no).state is FulfilmentState.DISPATCHING
    world.run()
    assert world.systems.methods() == ["deliveryorder.create", "deliveryorder.query"]
    assert world.state_of(dispatch) == "ACKED"
    assert world.orders.fulfilment(no).wms_order_id == f"W-{no}"


def test_what_the_wms_never_got_is_sent_again_after_asking(world: World) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = ["dropped"]
    world.handle(reserved(no))
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "deliveryorder.create"]
    assert world.systems.created == [no]
    assert world.state_of(dispatch) == "ACKED"


def test_while_nobody_answers_nothing_is_sent_again_and_in_the_end_a_person_decides(
    world: World,
) -> None:
    no, dispatch = delivery(world)
    world.service.put_connection(connection("W1", most_attempts=3))
    world.systems.faults = ["lost", "dropped", "html", "dropped"]
    world.handle(reserved(no))
    world.run()
    assert world.state_of(dispatch) == "DEAD"
    assert world.systems.created == [no]
    assert world.cases() == ["dispatch_dead"]


def test_a_sender_that_died_before_sending_leaves_it_to_be_asked_for(world: World) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = ["killed_before"]
    with pytest.raises(Killed):
        world.handle(reserved(no))
    assert world.state_of(dispatch) == "SENDING"
    with pytest.raises(Unavailable):
        world.handle(reserved(no))
    world.clock.forward(seconds=61)
    world.handle(reserved(no))
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "deliveryorder.create"]
    assert world.state_of(dispatch) == "ACKED"


def test_a_sender_that_died_after_sending_makes_no_second_order(world: World) -> None:
    no, dispatch = delivery(world)
    world.systems.faults = ["killed_after"]
    with pytest.raises(Killed):
        world.handle(reserved(no))
    world.clock.forward(seconds=61)
    world.handle(reserved(no))
    world.run()
    assert world.systems.methods() == ["deliveryorder.create", "deliveryorder.query"]
    assert world.systems.created == [no]
    assert world.state_of(dispatch) == "ACKED"


def test_a_sender_whose_lease_is_over_doesnt_overrule_the_next(world: World) -> None:
    no, dispatch = delivery(world)

    def the_lease_ends() -> None:
        world.clock.forward(seconds=90)
        world.handle(reserved(no))

    world.systems.before_answering = the_lease_ends
    world.handle(reserved(no))
    world.run()
    assert world.systems.methods() == ["deliveryorder.create", "deliveryorder.query"]
    assert world.state_of(dispatch) == "ACKED"
    assert [outcome for method, outcome in world.outcomes() if method.startswith("delivery")] == [
        "ANSWERED",
        "ANSWERED",
    ]


def test_events_that_come_twice_and_late_change_nothing(world: World) -> None:
    no, _ = delivery(world)
    world.systems.faults = ["html", "lost"]
    world.handle(reserved(no))
    world.run()
    before = world.documents()
    seen = list(world.tables.events)
    for event in [*seen, *reversed(seen)]:
        if event.kind in ("FulfilmentReserved", "DispatchDue"):
            world.handle(event)
    assert world.documents() == before
    assert world.systems.created == [no]


def test_a_wms_that_is_down_doesnt_keep_others_from_their_messages(world: World) -> None:
    world.receive_stock("WH2", A=5)
    first, _ = delivery(world)
    world.systems.down = {"W1"}
    for _ in range(5):
        world.handle(reserved(first))
        world.collect()
        _, event = world.later.pop(0)
        world.clock.forward(seconds=event.delay_seconds)
        world.handle(event)
    calls = len(world.outcomes())
    assert world.store.circuit("W1").open_until is not None
    other = world.order(("B", 1, "1.00"), channel_order_id="2")
    world.handle(reserved(other))
    assert len(world.outcomes()) == calls
    assert world.dispatch(f"{other}#deliveryorder.create").code == "circuit_open"
    world.systems.down = set()
    world.run()
    assert world.state_of(f"{first}#deliveryorder.create") == "ACKED"
    assert world.state_of(f"{other}#deliveryorder.create") == "ACKED"
    assert world.store.circuit("W1").failures == 0


def test_answers_that_come_too_late_open_the_circuit_as_well(world: World) -> None:
    world.systems.seconds = 16
    for number in range(5):
        no = world.order(("A", 1, "1.00"), channel_order_id=str(number))
        world.handle(reserved(no))
    assert world.store.circuit("W1").open_until is not None


def test_nothing_goes_out_with_a_sku_that_the_wms_doesnt_know() -> None:
    world = World()
    no, dispatch = delivery(world)
    world.handle(reserved(no))
    assert world.systems.methods() == []
    assert world.dispatch(dispatch).code == "sku_not_acknowledged"
    world.run()
    assert world.systems.methods() == ["singleitem.synchronize", "deliveryorder.create"]
    assert world.state_of(dispatch) == "ACKED"


def test_nothing_goes_out_before_the_opening_stock_is_booked() -> None:
    world = World(stock_open=False)
    world.know_items()
    no = world.purchase(("A", 10, 10_000))
    world.handle(approved(no))
    assert world.dispatch(f"{no}#entryorder.create").code == "stock_not_open"
    world.tables.commit(world.catalog.plan_open("WH1", None))
    world.run()
    assert world.systems.methods() == ["entryorder.create"]


def test_master_data_goes_to_every_wms_and_its_number_is_kept() -> None:
    world = World()
    world.handle(sku_changed("A"))
    world.handle(sku_changed("A"))
    world.run()
    assert sorted((wms, method) for wms, method, _ in world.systems.calls) == [
        ("W1", "singleitem.synchronize"),
        ("W2", "singleitem.synchronize"),
    ]
    assert world.store.acknowledged_items("W2", ["A"])["A"].wms_id == "ID-W2-A"
    (_, _, request), _ = world.systems.calls
    assert request.text("actionType") == "add"
    assert request.needed("item").text("itemName") == "绿茶 A"
    assert request.text("ownerCode") == "OWNER-AT-WMS"


def test_master_data_that_got_no_answer_is_just_sent_again() -> None:
    world = World()
    world.systems.faults = ["lost", "ok", "ok"]
    world.handle(sku_changed("A"))
    world.run()
    assert world.systems.methods() == ["singleitem.synchronize"] * 3
    assert world.state_of("A#singleitem.synchronize#W1") == "ACKED"


def test_a_newer_version_follows_and_an_older_one_never_overwrites_it(world: World) -> None:
    changed = sku_input("A")
    world.catalog.put_skus("PIM", [replace(changed, name="红茶")], MESSAGE)
    world.handle(sku_changed("A", 2))
    world.handle(sku_changed("A", 1))
    world.run()
    names = [request.needed("item").text("itemName") for _, _, request in world.systems.calls]
    assert names == ["红茶", "红茶"]
    assert {request.text("actionType") for _, _, request in world.systems.calls} == {"update"}
    assert world.store.acknowledged_items("W1", ["A"])["A"].version == 2


def test_a_change_while_the_older_version_is_on_its_way_is_sent_after_it(world: World) -> None:
    changed = sku_input("A")

    def it_changes_again() -> None:
        world.catalog.put_skus("PIM", [replace(changed, name="白茶")], MESSAGE)
        world.handle(sku_changed("A", 3))

    world.catalog.put_skus("PIM", [replace(changed, name="红茶")], MESSAGE)
    world.handle(sku_changed("A", 2))
    world.systems.before_answering = it_changes_again
    world.run()
    sent = [
        request.needed("item").text("itemName")
        for wms, _, request in world.systems.calls
        if wms == "W1"
    ]
    assert sent == ["红茶", "白茶"]
    assert world.store.acknowledged_items("W1", ["A"])["A"].version == 3


def test_suppliers_go_to_every_wms() -> None:
    world = World()
    event = next(event for event in world.tables.events if event.kind == "SupplierChanged")
    world.handle(event)
    world.run()
    (_, method, request), _ = world.systems.calls
    assert (method, request.text("supplierCode")) == ("supplier.synchronize", "SUP1")


def test_a_purchase_order_goes_out_as_an_entry_order(world: World) -> None:
    no = world.purchase(("A", 10, 31_416), ("B", 5, 3_333))
    world.systems.faults = ["lost"]
    world.handle(approved(no))
    world.run()
    assert world.systems.methods() == ["entryorder.create", "entryorder.query"]
    _, _, request = world.systems.calls[0]
    header = request.needed("entryOrder")
    assert [header.text(name) for name in ("orderType", "totalOrderLines", "supplierCode")] == [
        "CGRK",
        "2",
        "SUP1",
    ]
    prices = [line.text("purchasePrice") for line in request.listed("orderLines", "orderLine")]
    assert prices == ["3.14", "0.33"]
    order = world.purchasing.purchase_order(no)
    assert (order.state.value, order.wms_id) == ("SENT", f"W-{no}")


def test_a_refused_purchase_order_is_a_case_for_a_person(world: World) -> None:
    no = world.purchase(("A", 10, 10_000))
    world.systems.faults = [("X", "供应商未备案")]
    world.handle(approved(no))
    world.run()
    assert world.state_of(f"{no}#entryorder.create") == "REFUSED"
    assert world.cases() == ["dispatch_refused"]
