"""An order that is held when its stock is reserved or a WMS has it."""

from __future__ import annotations

import pytest

from chalicelib.kernel.provenance import Source
from tests.orders.world import World, body

SOURCE = Source(message_id="MSG-H")


@pytest.fixture
def world() -> World:
    made = World()
    made.warehouse("W1", {"A": 10})
    made.warehouse("W2", {"C": 10})
    return made


def holds(world: World, no: str) -> list[tuple[str, int]]:
    return [(each.hold.value, each.hold_revision) for each in world.orders.fulfilments(no)]


def test_what_has_not_gone_out_is_kept_here_and_what_has_is_asked_for(world: World) -> None:
    no = world.routed(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    world.commit(world.orders.plan_dispatching(f"{no}-01"))
    world.orders.hold(no, "FRAUD", reason="odd", by="user:li")
    assert holds(world, no) == [("ASKED", 1), ("HELD", 0)]
    assert world.orders.header(no) == "HELD"
    assert world.events("HoldWanted") == [f"HoldWanted:{no}-01:1"]
    before = world.state()
    world.orders.hold(no, "FRAUD", reason="odd", by="user:li")
    assert world.state() == before


def test_released_the_wms_is_asked_to_go_on(world: World) -> None:
    no = world.accepted(body(("A", 1, "1.00")))
    part = f"{no}-01"
    world.orders.hold(no, "FRAUD", reason="", by="user:li")
    world.orders.hold(no, "ADDRESS", reason="", by="user:li")
    world.commit(world.orders.plan_hold_result(part, 1, accepted=True, source=SOURCE))
    assert holds(world, no) == [("HELD", 1)]
    world.orders.release_hold(no, "FRAUD", by="user:li")
    assert holds(world, no) == [("HELD", 1)]
    world.orders.release_hold(no, "ADDRESS", by="user:li")
    assert holds(world, no) == [("RESTORING", 2)]
    assert world.orders.header(no) == "ACCEPTED"
    world.commit(world.orders.plan_hold_result(part, 2, accepted=True, source=SOURCE))
    assert holds(world, no) == [("NONE", 2)]
    assert world.cases() == []


def test_an_answer_to_an_older_wish_changes_nothing(world: World) -> None:
    no = world.accepted(body(("A", 1, "1.00")))
    part = f"{no}-01"
    world.orders.hold(no, "FRAUD", reason="", by="user:li")
    world.orders.release_hold(no, "FRAUD", by="user:li")
    assert holds(world, no) == [("RESTORING", 2)]
    assert len(world.orders.plan_hold_result(part, 1, accepted=True, source=SOURCE)) == 0
    assert len(world.orders.plan_hold_result(part, 1, accepted=False, source=SOURCE)) == 0


def test_a_wms_that_does_not_do_as_it_is_told_is_a_case(world: World) -> None:
    no = world.accepted(body(("A", 1, "1.00")))
    part = f"{no}-01"
    world.orders.hold(no, "FRAUD", reason="", by="user:li")
    world.commit(world.orders.plan_hold_result(part, 1, accepted=False, source=SOURCE))
    assert (holds(world, no), world.cases()) == ([("REFUSED", 1)], ["hold_refused"])
    world.orders.release_hold(no, "FRAUD", by="user:li")
    world.commit(world.orders.plan_hold_result(part, 2, accepted=False, source=SOURCE))
    assert (holds(world, no), world.cases()) == (
        [("HELD", 2)],
        ["hold_refused", "restore_refused"],
    )


def test_units_that_come_back_while_it_is_held_wait_for_the_release(world: World) -> None:
    world.warehouse("W3", {"A": 10})
    no = world.accepted(body(("A", 2, "1.00")))
    world.orders.hold(no, "FRAUD", reason="", by="user:li")
    world.commit(world.orders.plan_shortage(f"{no}-01", None, source=SOURCE, at=world.at(3)))
    world.orders.route(no)
    assert len(world.orders.fulfilments(no)) == 1
    world.orders.release_hold(no, "FRAUD", by="user:li")
    world.orders.route(no)
    assert [each.quantity for each in world.orders.fulfilments(no)] == [0, 2]
