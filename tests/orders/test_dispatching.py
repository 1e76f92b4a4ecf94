"""What the warehouse tells before it ships."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.provenance import Source
from chalicelib.orders.states import FulfilmentState
from tests.orders.world import World, body, shipment

SOURCE = Source(message_id="MSG-9", path="/response")


@pytest.fixture
def no(world: World) -> str:
    """A fulfilment that is reserved."""
    return world.routed(body(("A", 2, "59.00"))) + "-01"


def _state(world: World, no: str) -> FulfilmentState:
    return world.orders.fulfilment(no).state


def _accept(world: World, no: str, wms: str = "W-1") -> None:
    world.commit(world.orders.plan_accepted(no, wms, source=SOURCE, at=world.at(1)))


def _progress(world: World, no: str, status: str, minute: int, *, raw: str = "") -> None:
    plan = world.orders.plan_progress(
        no, status, at=world.at(minute), source=SOURCE, raw=raw or status
    )
    world.commit(plan)


def test_a_claimed_fulfilment_may_be_at_the_wms(world: World, no: str) -> None:
    world.commit(world.orders.plan_dispatching(no))
    assert _state(world, no) == "DISPATCHING"
    assert len(world.orders.plan_dispatching(no)) == 0


def test_a_cancelled_fulfilment_is_not_dispatched(world: World, no: str) -> None:
    world.orders.cancel(no[:-3], reason="buyer", by="user:li")
    with pytest.raises(Conflict) as refused:
        world.orders.plan_dispatching(no)
    assert refused.value.code == "fulfilment_cancelled"


def test_accepting_keeps_the_wms_id_and_its_message(world: World, no: str) -> None:
    world.commit(world.orders.plan_dispatching(no))
    _accept(world, no)
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == ("ACCEPTED", "W-1")
    assert fulfilment.accepted_by == SOURCE
    assert len(world.orders.plan_accepted(no, "W-1", source=SOURCE, at=world.at(9))) == 0


def test_an_answer_that_comes_after_the_first_step_does_not_move_it_back(
    world: World, no: str
) -> None:
    _progress(world, no, "PICKING", 5)
    _accept(world, no)
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == ("PICKING", "W-1")


def test_a_second_id_of_the_wms_is_raised_for_a_person(world: World, no: str) -> None:
    _accept(world, no)
    _accept(world, no, "W-2")
    assert world.cases() == ["wms_order_differs"]
    assert world.orders.fulfilment(no).wms_order_id == "W-1"


def test_a_fulfilment_accepted_after_its_cancel_is_asked_back(world: World, no: str) -> None:
    world.orders.cancel(no[:-3], reason="buyer", by="user:li")
    _accept(world, no)
    assert world.cases() == ["accepted_after_cancel"]
    assert world.kinds()[-1] == "CancelRequested"
    assert _state(world, no) == "CANCELLED"
    assert len(world.orders.plan_accepted(no, "W-1", source=SOURCE, at=world.at(2))) == 0


def test_a_refused_fulfilment_gives_its_units_back_to_be_sourced_again(
    world: World, no: str
) -> None:
    world.commit(world.orders.plan_dispatching(no))
    world.commit(world.orders.plan_refused(no, "S003", source=SOURCE, at=world.at(1)))
    assert _state(world, no) == "REJECTED"
    assert world.cases() == []
    assert world.orders.header(no[:-3]) == "APPROVED"
    assert world.balance("W1", "A") == (10, 10, 0)
    world.orders.route(no[:-3])
    assert world.cases() == ["not_sourced_again"]
    assert world.orders.header(no[:-3]) == "EXCEPTION"
    assert len(world.orders.plan_refused(no, "S003", source=SOURCE, at=world.at(1))) == 0
    world.orders.cancel(no[:-3], reason="rejected", by="user:li")
    assert world.orders.header(no[:-3]) == "CANCELLED"
    assert world.balance("W1", "A") == (10, 10, 0)


def test_a_refusal_of_what_is_being_cancelled_is_the_cancel(world: World, no: str) -> None:
    world.commit(world.orders.plan_dispatching(no))
    world.orders.cancel(no[:-3], reason="buyer", by="user:li")
    world.commit(world.orders.plan_refused(no, "S003", source=SOURCE, at=world.at(1)))
    assert world.orders.header(no[:-3]) == "CANCELLED"
    assert world.cases() == []


def test_steps_move_the_fulfilment_forward_and_enter_the_track(world: World, no: str) -> None:
    for minute, (status, raw) in enumerate(
        [("ACCEPTED", "ACCEPT"), ("PICKING", "PRINT"), ("PICKING", "PICK"), ("PACKED", "PACKAGE")]
    ):
        _progress(world, no, status, minute, raw=raw)
    assert _state(world, no) == "PACKED"
    rows = [row for row in world.orders.track(no[:-3]) if row.kind == "step"]
    assert [(row.text, row.before, row.after) for row in rows] == [
        ("ACCEPT", "RESERVED", "ACCEPTED"),
        ("PRINT", "ACCEPTED", "PICKING"),
        ("PICK", "", ""),
        ("PACKAGE", "PICKING", "PACKED"),
    ]
    assert rows[0].message == SOURCE


def test_a_late_step_enters_the_track_and_does_not_move_it_back(world: World, no: str) -> None:
    _progress(world, no, "PACKED", 5)
    _progress(world, no, "PICKING", 3)
    _progress(world, no, "PICKING", 8)
    assert _state(world, no) == "PACKED"
    rows = [row for row in world.orders.track(no[:-3]) if row.kind == "step"]
    assert [row.at for row in rows] == [world.at(3), world.at(5), world.at(8)]


def test_the_same_step_again_is_one_row(world: World, no: str) -> None:
    _progress(world, no, "PICKING", 3)
    before = world.state()
    _progress(world, no, "PICKING", 3)
    assert world.state() == before


@pytest.mark.parametrize("word", ["EXCEPTION", "SHIPPED", "CANCELLED", "什么", "RESERVED"])
def test_a_word_that_moves_nothing_only_enters_the_track(world: World, no: str, word: str) -> None:
    _accept(world, no)
    _progress(world, no, word, 3)
    assert _state(world, no) == "ACCEPTED"
    assert [row.text for row in world.orders.track(no[:-3]) if row.kind == "step"] == [word]


def test_a_parcel_that_is_signed_for_signs_the_order(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 2)]))
    _progress(world, no, "SIGNED", 500)
    assert world.orders.header(no[:-3]) == "SIGNED"


@pytest.mark.parametrize(
    "steps", [[("PICKING", 5), ("PACKED", 3)], [("PACKED", 3), ("PICKING", 5)]]
)
def test_the_furthest_step_counts_in_whatever_order_they_come(
    world: World, no: str, steps: list[tuple[str, int]]
) -> None:
    for word, minute in steps:
        _progress(world, no, word, minute)
    found = world.orders.fulfilment(no)
    assert (found.state, found.state_at) == ("PACKED", world.at(3))
