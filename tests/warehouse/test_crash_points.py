"""The process dies before or after every commit and every call; what comes again ends the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from tests.warehouse.test_callbacks import delivery, entry, flag, line, package, purchased, sent
from tests.warehouse.world import Killed, World, approved, connection, reserved

MOST_COMMITS = 12


def ready() -> World:
    world = World()
    world.know_items()
    return world


def came_again(world: World) -> None:
    """The queue gives again what failed, until nothing is left."""
    world.run()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, MOST_COMMITS))
@pytest.mark.parametrize("fault", ["ok", "lost", "html"])
def test_a_delivery_order_is_made_once_whenever_the_sender_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = ready()
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = [fault]
    world.later.append((world.clock.now(), reserved(no)))
    world.tables.die_at(commit, after=after)
    came_again(world)
    assert world.systems.created == [no]
    assert world.state_of(f"{no}#deliveryorder.create") == "ACKED"
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == (FulfilmentState.ACCEPTED, f"W-{no}")
    assert world.cases() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, MOST_COMMITS))
def test_a_cancel_ends_the_same_whenever_the_sender_dies(commit: int, *, after: bool) -> None:
    world = ready()
    no = sent(world, ("A", 2, "10.00"))
    world.collect()
    world.orders.cancel(no.rpartition("-")[0], reason="", by="S1")
    world.tables.die_at(commit, after=after)
    came_again(world)
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.cancel) == (
        FulfilmentState.CANCELLED,
        FulfilmentCancel.ACCEPTED,
    )
    assert world.stock.available([("WH1", "A")])["WH1", "A"] == 100
    assert world.cases() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, MOST_COMMITS))
def test_master_data_and_what_waits_for_it_arrive_whenever_the_sender_dies(
    commit: int, *, after: bool
) -> None:
    world = World()
    no = world.purchase(("A", 10, 10_000), ("B", 5, 10_000))
    world.later.append((world.clock.now(), approved(no)))
    world.tables.die_at(commit, after=after)
    came_again(world)
    assert world.systems.created == [no]
    assert world.purchasing.purchase_order(no).wms_id == f"W-{no}"
    assert world.cases() == []


def confirm_entry(world: World) -> str:
    return entry(purchased(world), line("1", "A", 4))


def confirm_delivery(world: World) -> str:
    return delivery(sent(world), line("1", "A", 2), packages=package("SF1", "A", 2))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2, 3])
@pytest.mark.parametrize(
    ("method", "body_of"),
    [("entryorder.confirm", confirm_entry), ("deliveryorder.confirm", confirm_delivery)],
)
def test_a_confirm_is_booked_once_whenever_we_die(
    method: str, body_of: Callable[[World], str], commit: int, *, after: bool
) -> None:
    world = ready()
    body = body_of(world)
    world.tables.die_at(commit, after=after)
    try:
        world.callback(method, body)
    except Killed:
        world.tables.die_at(-1, after=False)
        assert flag(world, method, body) == ("success", "0")
    accepted = [
        event
        for event in world.tables.events
        if event.kind in ("ReceiptAccepted", "ShipmentAccepted")
    ]
    assert len(accepted) == 1
    assert world.cases() == []


@pytest.mark.parametrize("fault", ["ok", "lost"])
def test_a_death_at_the_call_itself_is_asked_about(fault: str) -> None:
    world = ready()
    no = world.order(("A", 2, "10.00"))
    world.systems.faults = ["killed_before", fault, "killed_after", "killed_before"]
    world.later.append((world.clock.now(), reserved(no)))
    came_again(world)
    assert world.systems.created == [no]
    assert world.orders.fulfilment(no).wms_order_id == f"W-{no}"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, MOST_COMMITS))
def test_what_a_person_has_sent_again_goes_once_whenever_the_sender_dies(
    commit: int, *, after: bool
) -> None:
    world = ready()
    world.service.put_connection(connection("W1", most_attempts=3))
    no = world.order(("A", 2, "10.00"))
    dispatch = f"{no}#deliveryorder.create"
    world.systems.faults = ["html"] * 3
    world.handle(reserved(no))
    world.run()
    world.tables.die_at(commit, after=after)
    try:
        world.service.resend(dispatch)
    except Killed:
        # The person doesn't know, and says it again.
        world.service.resend(dispatch)
    came_again(world)
    assert world.systems.created == [no]
    assert world.state_of(dispatch) == "ACKED"
    assert world.dispatch(dispatch).edition == 1
