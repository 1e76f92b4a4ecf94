"""Asking a fulfilment back: the WMS's word decides, and silence decides nothing."""

from __future__ import annotations

import pytest

from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from tests.warehouse.world import Killed, World, reserved


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def at_the_wms(world: World) -> str:
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    world.collect()
    world.systems.calls.clear()
    return no


def cancel(world: World, no: str) -> None:
    world.orders.cancel(no.rpartition("-")[0], reason="不想要了", by="S1")


def states(world: World, no: str) -> tuple[FulfilmentState, FulfilmentCancel]:
    fulfilment = world.orders.fulfilment(no)
    return fulfilment.state, fulfilment.cancel


def available(world: World) -> int:
    return world.stock.available([("WH1", "A")])["WH1", "A"]


def test_a_wms_that_agrees_cancels_it_and_the_stock_is_free(world: World) -> None:
    no = at_the_wms(world)
    cancel(world, no)
    assert available(world) == 98
    world.run()
    assert world.systems.methods() == ["order.cancel"]
    assert states(world, no) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)
    assert available(world) == 100
    _, _, request = world.systems.calls[0]
    assert [request.text(name) for name in ("orderCode", "orderId", "orderType")] == [
        no,
        f"W-{no}",
        "JYCK",
    ]


def test_a_wms_that_has_shipped_it_refuses_and_nothing_else_changes(world: World) -> None:
    no = at_the_wms(world)
    world.systems.orders["W1", no] = "DELIVERED"
    cancel(world, no)
    world.run()
    assert states(world, no) == (FulfilmentState.ACCEPTED, FulfilmentCancel.REFUSED)
    assert available(world) == 98
    assert world.cases() == []


def test_cancelled_already_and_never_heard_of_are_success(world: World) -> None:
    no = at_the_wms(world)
    world.systems.orders["W1", no] = "CANCELED"
    cancel(world, no)
    world.run()
    assert states(world, no) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)
    other = world.order(("B", 1, "1.00"), channel_order_id="2")
    world.handle(reserved(other))
    del world.systems.orders["W1", other]
    cancel(world, other)
    world.run()
    assert states(world, other) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CANCELED", FulfilmentCancel.ACCEPTED),
        ("DELIVERED", FulfilmentCancel.REFUSED),
        ("CANCELEDFAIL", FulfilmentCancel.REFUSED),
    ],
)
def test_after_silence_the_order_is_asked_what_became_of_it(
    world: World, status: str, expected: FulfilmentCancel
) -> None:
    no = at_the_wms(world)
    world.systems.faults = ["dropped"]
    world.systems.orders["W1", no] = status
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["deliveryorder.query"]
    assert states(world, no)[1] is expected


def test_after_silence_a_cancel_that_never_came_is_sent_again(world: World) -> None:
    no = at_the_wms(world)
    world.systems.faults = ["dropped"]
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["deliveryorder.query", "order.cancel"]
    assert states(world, no)[1] is FulfilmentCancel.ACCEPTED


def test_while_the_create_is_in_doubt_the_cancel_waits(world: World) -> None:
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = ["lost"]
    world.handle(reserved(no))
    cancel(world, no)
    world.run()
    assert world.systems.methods() == [
        "deliveryorder.create",
        "deliveryorder.query",
        "order.cancel",
    ]
    assert states(world, no) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)


def test_what_couldnt_go_out_yet_never_goes_out_after_a_cancel(world: World) -> None:
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = ["not_sent"]
    world.handle(reserved(no))
    cancel(world, no)
    world.run()
    assert "deliveryorder.create" not in world.systems.methods()
    assert world.systems.created == []
    assert world.state_of(f"{no}#deliveryorder.create") == "DROPPED"
    assert states(world, no) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)
    assert available(world) == 100


def test_an_order_cancelled_before_it_went_out_doesnt_go_out(world: World) -> None:
    no = world.order(("A", 2, "10.00"))
    cancel(world, no)
    world.handle(reserved(no))
    world.run()
    assert world.systems.calls == []
    assert world.state_of(f"{no}#deliveryorder.create") == "DROPPED"


def test_a_cancel_whose_sender_died_ends_the_same(world: World) -> None:
    no = at_the_wms(world)
    world.systems.faults = ["killed_after"]
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["order.cancel", "deliveryorder.query"]
    assert states(world, no) == (FulfilmentState.CANCELLED, FulfilmentCancel.ACCEPTED)


def test_the_same_request_twice_is_one_cancel_and_a_second_request_another(world: World) -> None:
    no = at_the_wms(world)
    world.systems.faults = [("S", "正在拣货, 拒绝")]
    cancel(world, no)
    request = next(event for event in world.tables.events if event.kind == "CancelRequested")
    world.run()
    world.handle(request)
    assert states(world, no)[1] is FulfilmentCancel.REFUSED
    assert world.systems.methods() == ["order.cancel"]
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["order.cancel", "order.cancel"]
    assert states(world, no)[1] is FulfilmentCancel.ACCEPTED


def test_killed_is_no_ordinary_error() -> None:
    assert not issubclass(Killed, Exception)
