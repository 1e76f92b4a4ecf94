"""Asking a purchase order back: the WMS's word decides, what it never got is cancelled at once."""

from __future__ import annotations

import pytest

from chalicelib.purchasing.states import PurchaseCancel, PurchaseState
from tests.warehouse.world import World, approved


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def at_the_wms(world: World) -> str:
    no = world.purchase(("A", 10, 10_000))
    world.handle(approved(no))
    world.collect()
    world.systems.calls.clear()
    return no


def cancel(world: World, no: str) -> None:
    world.purchasing.cancel(no, because="late", by="mei")


def states(world: World, no: str) -> tuple[PurchaseState, PurchaseCancel]:
    order = world.purchasing.purchase_order(no)
    return order.state, order.cancel


def test_a_wms_that_agrees_cancels_it(world: World) -> None:
    no = at_the_wms(world)
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["order.cancel"]
    assert states(world, no) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)
    _, _, request = world.systems.calls[0]
    assert [request.text(name) for name in ("orderCode", "orderId", "orderType")] == [
        no,
        f"W-{no}",
        "CGRK",
    ]
    assert world.cases() == []


def test_a_wms_that_receives_already_refuses_and_can_be_asked_again(world: World) -> None:
    no = at_the_wms(world)
    world.systems.orders["W1", no] = "DELIVERED"
    cancel(world, no)
    world.run()
    assert states(world, no) == (PurchaseState.SENT, PurchaseCancel.REFUSED)
    world.systems.orders["W1", no] = "NEW"
    cancel(world, no)
    world.run()
    assert states(world, no) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)


def test_what_never_went_out_is_cancelled_without_the_wms(world: World) -> None:
    no = world.purchase(("A", 10, 10_000))
    cancel(world, no)
    world.run()
    world.handle(approved(no))
    assert world.systems.methods() == []
    assert states(world, no) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)
    assert world.state_of(f"{no}#entryorder.create") == "DROPPED"


def test_a_create_that_waits_is_dropped_and_can_not_follow(world: World) -> None:
    world.systems.down.add("W1")
    no = world.purchase(("A", 10, 10_000))
    world.handle(approved(no))
    world.systems.down.clear()
    cancel(world, no)
    world.run()
    assert "entryorder.create" not in world.systems.methods()
    assert states(world, no)[0] is PurchaseState.CANCELLED
    assert world.state_of(f"{no}#entryorder.create") == "DROPPED"


def test_a_create_whose_answer_was_lost_is_asked_for_before_it_is_asked_back(world: World) -> None:
    no = world.purchase(("A", 10, 10_000))
    world.systems.faults = ["lost"]
    world.handle(approved(no))
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["entryorder.create", "entryorder.query", "order.cancel"]
    assert states(world, no) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)


def test_a_create_that_has_not_begun_waits_for_the_wms_s_word_on_the_cancel(world: World) -> None:
    no = world.purchase(("A", 10, 10_000))
    cancel(world, no)
    world.handle(approved(no))
    assert world.dispatch(f"{no}#entryorder.create").code == "cancel_pending"
    world.run()
    assert world.systems.methods() == []
    assert states(world, no)[0] is PurchaseState.CANCELLED


@pytest.mark.parametrize(
    ("status", "expected"),
    [("CANCELED", PurchaseCancel.ACCEPTED), ("FULFILLED", PurchaseCancel.REFUSED)],
)
def test_after_silence_the_wms_is_asked_what_became_of_it(
    world: World, status: str, expected: PurchaseCancel
) -> None:
    no = at_the_wms(world)
    world.systems.faults = ["dropped"]
    world.systems.orders["W1", no] = status
    cancel(world, no)
    world.run()
    assert world.systems.methods() == ["entryorder.query"]
    assert states(world, no)[1] is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CANCELED", (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)),
        ("CANCELEDFAIL", (PurchaseState.SENT, PurchaseCancel.REFUSED)),
        ("ACCEPT", (PurchaseState.SENT, PurchaseCancel.PENDING)),
    ],
)
def test_a_step_that_the_wms_reports_is_its_word_too(
    world: World, status: str, expected: tuple[PurchaseState, PurchaseCancel]
) -> None:
    no = at_the_wms(world)
    cancel(world, no)
    body = (
        f"<request><order><orderCode>{no}</orderCode></order>"
        f"<process><processStatus>{status}</processStatus></process></request>"
    )
    for _ in range(2):
        assert world.callback("orderprocess.report", body).text("flag") == "success"
    assert states(world, no) == expected


def test_events_that_come_twice_ask_once(world: World) -> None:
    no = at_the_wms(world)
    cancel(world, no)
    (event,) = [each for each in world.tables.events if each.kind == "PurchaseCancelRequested"]
    world.handle(event)
    world.handle(event)
    world.run()
    assert world.systems.methods() == ["order.cancel"]
