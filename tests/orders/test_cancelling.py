"""Cancelling: at once where no warehouse has it, else by the warehouse's word."""

from __future__ import annotations

from itertools import product

import pytest

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.provenance import Source
from tests.orders.world import World, body, shipment

SOURCE = Source(message_id="MSG-C", path="/response")


def _cancel(world: World, order_no: str) -> None:
    world.orders.cancel(order_no, reason="buyer", by="user:li")


def _result(world: World, no: str, accepted: bool, minute: int = 30) -> None:
    plan = world.orders.plan_cancel_result(
        no, accepted=accepted, source=SOURCE, at=world.at(minute)
    )
    world.commit(plan)


def test_an_order_that_is_not_routed_yet_is_cancelled_at_once(world: World) -> None:
    no = world.placed(body(("A", 1, "1.00")))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCELLED"
    world.orders.route(no)
    assert world.available("W1", "A") == 10


def test_an_order_that_waits_leaves_the_list_of_those_that_wait(world: World) -> None:
    no = world.routed(body(("A", 11, "1.00")))
    assert world.orders.waiting("WAIT_STOCK") == ([no], None)
    _cancel(world, no)
    assert world.orders.waiting("WAIT_STOCK") == ([], None)


def test_an_order_that_no_warehouse_has_is_cancelled_at_once_and_its_stock_is_free(
    world: World,
) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCELLED"
    assert world.balance("W1", "A") == (10, 10, 0)
    assert world.events("CancelRequested") == []


def test_an_order_at_the_warehouse_is_asked_back_and_keeps_its_stock(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCEL_PENDING"
    assert world.balance("W1", "A") == (10, 8, 2)
    (event,) = [each for each in world.tables.events if each.kind == "CancelRequested"]
    assert (event.subject, event.correlation) == (f"{no}-01", no)
    assert event.data == {"fulfilment": f"{no}-01", "warehouse": "W1"}


def test_only_the_warehouses_word_frees_the_stock(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=True)
    assert world.orders.header(no) == "CANCELLED"
    assert world.balance("W1", "A") == (10, 10, 0)
    before = world.state()
    _result(world, f"{no}-01", accepted=True)
    assert world.state() == before


def test_a_refused_cancel_leaves_everything_as_it_was(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=False)
    assert world.orders.header(no) == "ACCEPTED"
    assert world.orders.head(no).cancel == "REFUSED"
    assert world.balance("W1", "A") == (10, 8, 2)
    before = world.state()
    _result(world, f"{no}-01", accepted=False)
    assert world.state() == before


def test_a_refused_cancel_may_be_asked_again_and_is_a_new_event(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=False)
    _cancel(world, no)
    assert len(set(world.events("CancelRequested"))) == 2
    _result(world, f"{no}-01", accepted=True, minute=40)
    assert world.orders.header(no) == "CANCELLED"


@pytest.mark.parametrize("routed", [True, False])
def test_a_second_cancel_changes_nothing(world: World, routed: bool) -> None:
    order = body(("A", 2, "1.00"))
    no = world.accepted(order) if routed else world.placed(order)
    _cancel(world, no)
    before = world.state()
    _cancel(world, no)
    assert world.state() == before


def test_a_shipped_order_is_not_cancelled(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    world.ship(shipment(f"{no}-01", [(1, "A", 2)]))
    with pytest.raises(Conflict) as refused:
        _cancel(world, no)
    assert refused.value.code == "already_shipped"


@pytest.mark.parametrize(
    ("words", "cancel", "header"),
    [
        ((True, True), "CANCELLED", "CANCELLED"),
        ((True, False), "PARTLY", "ACCEPTED"),
        ((False, False), "REFUSED", "ACCEPTED"),
    ],
)
def test_the_words_of_two_warehouses_decide_together(
    world: World, words: tuple[bool, bool], cancel: str, header: str
) -> None:
    world.warehouse("W2", {"C": 3})
    no = world.accepted(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=words[0])
    assert world.orders.header(no) == "CANCEL_PENDING"
    _result(world, f"{no}-02", accepted=words[1])
    assert world.orders.head(no).cancel == cancel
    assert world.orders.header(no) == header


def test_the_rest_of_a_partly_cancelled_order_ships_and_finishes_it(world: World) -> None:
    world.warehouse("W2", {"C": 3})
    no = world.accepted(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    world.ship(shipment(f"{no}-01", [(1, "A", 1)]))
    _cancel(world, no)
    assert world.events("OrderShipped") == []
    _result(world, f"{no}-02", accepted=True)
    assert world.orders.header(no) == "SHIPPED"
    assert world.orders.head(no).cancel == "PARTLY"
    assert world.events("OrderShipped") == [f"OrderShipped:{no}"]
    assert world.cases() == []


def test_what_can_still_be_cancelled_of_a_partly_shipped_order_is_once(world: World) -> None:
    world.warehouse("W2", {"C": 3})
    no = world.routed(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    world.ship(shipment(f"{no}-01", [(1, "A", 1)]))
    _cancel(world, no)
    assert world.orders.head(no).cancel == "PARTLY"
    assert world.orders.header(no) == "SHIPPED"
    assert world.balance("W2", "C") == (3, 3, 0)
    assert world.events("OrderShipped") == [f"OrderShipped:{no}"]
    before = world.state()
    _cancel(world, no)
    assert world.state() == before


def test_what_a_warehouse_has_confirmed_is_not_cancelled_at_once(world: World) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    part = shipment(f"{no}-01", [(1, "A", 2)])
    world.commit(world.orders.plan_shipment(part))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCEL_PENDING"
    world.orders.post_shipment(part.id)
    assert world.orders.header(no) == "SHIPPED"


def test_a_shipment_after_the_cancel_is_booked_and_raised(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=True)
    world.ship(shipment(f"{no}-01", [(1, "A", 2)]))
    assert world.cases() == ["shipped_after_cancel"]
    assert world.orders.header(no) == "SHIPPED"
    assert world.balance("W1", "A") == (8, 8, 0)
    assert world.events("OrderShipped") == [f"OrderShipped:{no}"]


def test_a_cancel_said_of_what_was_shipped_is_raised(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _cancel(world, no)
    world.ship(shipment(f"{no}-01", [(1, "A", 2)]))
    _result(world, f"{no}-01", accepted=True)
    assert world.cases() == ["cancelled_after_shipping"]
    assert world.orders.fulfilment(f"{no}-01").state == "SHIPPED"


@pytest.mark.parametrize("posted_first", [True, False])
def test_a_cancel_of_what_is_partly_shipped_closes_it_short(
    world: World, posted_first: bool
) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    part = shipment(f"{no}-01", [(1, "A", 1)], final=False)
    world.commit(world.orders.plan_shipment(part))
    _cancel(world, no)
    if posted_first:
        world.orders.post_shipment(part.id)
    _result(world, f"{no}-01", accepted=True)
    world.orders.post_shipment(part.id)
    assert world.orders.fulfilment(f"{no}-01").state == "SHORT_CLOSED"
    assert world.orders.head(no).cancel == "PARTLY"
    assert world.balance("W1", "A") == (9, 9, 0)
    assert "cancelled_after_shipping" in world.cases()
    assert world.events("OrderShipped") == [f"OrderShipped:{no}"]


def test_a_warehouse_that_cancels_by_itself_is_believed_and_raised(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    _result(world, f"{no}-01", accepted=True)
    assert world.cases() == ["cancelled_by_warehouse"]
    assert world.orders.header(no) == "EXCEPTION"
    assert world.balance("W1", "A") == (10, 10, 0)
    _cancel(world, no)
    assert world.orders.header(no) == "CANCELLED"


def test_a_warehouse_that_keeps_what_is_cancelled_here_is_raised(world: World) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    _cancel(world, no)
    _result(world, f"{no}-01", accepted=False)
    assert world.cases() == ["kept_after_cancel"]


@pytest.mark.parametrize(("lost", "step"), list(product(("before", "after"), (1, 2))))
def test_a_cancel_that_broke_off_is_finished_by_the_next(
    world: World, lost: str, step: int
) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    setattr(world.tables, f"fail_{lost}", world.tables.attempts + step)
    try:
        _cancel(world, no)
    except ConnectionError:
        _cancel(world, no)
    assert world.orders.header(no) == "CANCELLED"
    assert world.balance("W1", "A") == (10, 10, 0)


def test_a_cancel_while_the_dispatch_is_claimed_asks_the_warehouse(world: World) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    world.tables.meanwhile.append(lambda: world.commit(world.orders.plan_dispatching(f"{no}-01")))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCEL_PENDING"
    assert world.balance("W1", "A") == (10, 8, 2)


def test_the_stock_of_a_big_order_is_given_back_by_event(world: World) -> None:
    skus = {f"S{number:03d}": 1 for number in range(120)}
    world.warehouse("W1", skus)
    no = world.routed(body(*((sku, 1, "1.00") for sku in skus)))
    _cancel(world, no)
    assert world.orders.header(no) == "CANCELLED"
    assert world.events("VoidWanted") == [f"VoidWanted:{no}-01"]
    assert world.balance("W1", "S000") == (1, 0, 1)
    world.tables.fail_after = world.tables.attempts + 1
    with pytest.raises(ConnectionError):
        world.orders.void_cancelled(f"{no}-01")
    world.orders.void_cancelled(f"{no}-01")
    world.orders.void_cancelled(f"{no}-01")
    assert all(world.balance("W1", sku) == (1, 1, 0) for sku in skus)


def test_what_is_at_work_keeps_its_stock(world: World) -> None:
    no = world.routed(body(("A", 2, "1.00")))
    world.orders.void_cancelled(f"{no}-01")
    assert world.balance("W1", "A") == (10, 8, 2)


def test_a_word_about_an_unknown_fulfilment_is_not_found(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00")))
    with pytest.raises(NotFound) as refused:
        _result(world, f"{no}-07", accepted=True)
    assert refused.value.code == "unknown_fulfilment"
