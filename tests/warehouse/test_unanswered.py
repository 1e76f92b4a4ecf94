"""Intercepts that no WMS answers: asked for once more, then a person's; late answers count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.exceptions import ExceptionCase
from chalicelib.warehouse.connecting import check
from tests.warehouse.test_callbacks import SUCCESS, flag, step
from tests.warehouse.test_stopping import cancel_of, shipped
from tests.warehouse.world import World, connection

DAY = 86_400


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def intercepted(world: World) -> str:
    """Passed on to the carrier, and then there is silence."""
    no = shipped(world)
    world.orders.intercept(no[:-3], by="S1")
    world.run()
    world.systems.calls.clear()
    return no


def a_day_later(world: World, *, seconds: int = DAY + 60) -> list[str]:
    world.clock.forward(seconds=seconds)
    found = world.unanswered.want()
    world.run()
    return found


def case_of(world: World, no: str) -> ExceptionCase:
    return world.cases_book.case(f"intercept_unanswered:{no}")


def test_after_a_day_of_silence_it_is_asked_for_once_and_then_a_persons(world: World) -> None:
    no = intercepted(world)
    assert a_day_later(world) == [no]
    assert world.systems.methods() == ["orderprocess.query"]
    assert (cancel_of(world, no), world.cases()) == (
        "INTERCEPT_UNANSWERED",
        ["intercept_unanswered"],
    )
    assert case_of(world, no).message_id == world.orders.view(no[:-3]).track[-1].message.message_id
    world.systems.calls.clear()
    assert a_day_later(world) == []
    assert world.systems.calls == []


def test_before_its_time_nobody_asks(world: World) -> None:
    no = intercepted(world)
    assert a_day_later(world, seconds=DAY - 3_600) == []
    assert (cancel_of(world, no), world.systems.calls) == ("INTERCEPTING", [])


def test_how_long_is_the_connections(world: World) -> None:
    world.service.put_connection(connection("W1", intercept_wait_seconds=2 * DAY))
    no = intercepted(world)
    assert a_day_later(world) == []
    assert a_day_later(world) == [no]


@pytest.mark.parametrize("seconds", [3_599, 2_592_001])
def test_a_wait_under_an_hour_or_over_a_month_is_refused(seconds: int) -> None:
    with pytest.raises(Refused) as refused:
        check(connection("W1", intercept_wait_seconds=seconds))
    assert refused.value.field == "intercept_wait_seconds"


@pytest.mark.parametrize(
    ("status", "expected", "case"),
    [
        ("TMSCANCELED", "INTERCEPTED", "parcel_intercepted"),
        ("TMSCANCELFAILED", "INTERCEPT_FAILED", "intercept_failed"),
    ],
)
def test_what_the_wms_knows_when_it_is_asked_settles_it(
    world: World, status: str, expected: str, case: str
) -> None:
    no = intercepted(world)
    world.systems.orders["W1", no] = status
    a_day_later(world)
    assert (cancel_of(world, no), world.cases()) == (expected, [case])


@pytest.mark.parametrize("fault", ["dropped", "lost", "down", "html", ("S", "系统不支持查询")])
def test_a_wms_that_does_not_answer_that_either_is_a_persons(world: World, fault: object) -> None:
    no = intercepted(world)
    world.systems.faults = [fault]
    a_day_later(world)
    assert (cancel_of(world, no), world.cases()) == (
        "INTERCEPT_UNANSWERED",
        ["intercept_unanswered"],
    )


def test_one_that_may_not_be_called_is_not_waited_for(world: World) -> None:
    no = intercepted(world)
    world.service.put_connection(connection("W1", active=False))
    a_day_later(world)
    assert (cancel_of(world, no), world.systems.calls) == ("INTERCEPT_UNANSWERED", [])
    assert world.cases() == ["intercept_unanswered"]


def test_what_has_arrived_was_not_stopped_and_nobody_is_asked(world: World) -> None:
    no = intercepted(world)
    flag(world, "orderprocess.report", step(no, "SIGN", "2026-11-23 10:00:00"))
    a_day_later(world)
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPT_FAILED", ["intercept_failed"])
    assert world.systems.calls == []


@pytest.mark.parametrize(
    ("status", "expected", "case"),
    [
        ("TMSCANCELED", "INTERCEPTED", "parcel_intercepted"),
        ("TMSCANCELFAILED", "INTERCEPT_FAILED", "intercept_failed"),
    ],
)
def test_an_answer_that_comes_late_settles_the_case_by_itself(
    world: World, status: str, expected: str, case: str
) -> None:
    no = intercepted(world)
    a_day_later(world)
    for _ in range(2):
        assert flag(world, "orderprocess.report", step(no, status)) == SUCCESS
    assert (cancel_of(world, no), world.cases()) == (expected, [case])
    settled = case_of(world, no)
    assert (settled.state, settled.settled_by) == ("RESOLVED", "warehouse")


def test_a_person_who_settled_it_first_stays_named(world: World) -> None:
    no = intercepted(world)
    a_day_later(world)
    world.cases_book.settle(f"intercept_unanswered:{no}", by="li", because="carrier says no")
    flag(world, "orderprocess.report", step(no, "TMSCANCELED"))
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPTED", ["parcel_intercepted"])
    assert case_of(world, no).settled_by == "li"


def test_a_cancel_that_the_wms_grants_late_settles_it_too(world: World) -> None:
    no = intercepted(world)
    a_day_later(world)
    assert flag(world, "orderprocess.report", step(no, "CANCELED")) == SUCCESS
    assert cancel_of(world, no) == "ACCEPTED"
    assert "intercept_unanswered" not in world.cases()
    assert "cancelled_after_shipping" in world.cases()


def test_asked_for_again_it_waits_anew_and_then_the_case_is_open_again(world: World) -> None:
    no = intercepted(world)
    a_day_later(world)
    world.orders.intercept(no[:-3], by="li")
    world.run()
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPTING", [])
    assert case_of(world, no).settled_by == "li"
    assert a_day_later(world) == [no]
    assert (cancel_of(world, no), world.cases()) == (
        "INTERCEPT_UNANSWERED",
        ["intercept_unanswered"],
    )


def test_an_old_event_does_not_end_the_wait_of_a_new_request(world: World) -> None:
    no = intercepted(world)
    a_day_later(world)
    world.orders.intercept(no[:-3], by="li")
    world.run()
    world.systems.calls.clear()
    world.unanswered.follow_up(no)
    assert (cancel_of(world, no), world.systems.calls) == ("INTERCEPTING", [])


def test_what_could_not_go_out_still_goes_out_after_the_case(world: World) -> None:
    """The WMS is down for longer than the wait: the request follows, and its answer settles all."""
    no = shipped(world)
    world.systems.down = {"W1"}
    world.orders.intercept(no[:-3], by="S1")
    world.collect()
    world.step()
    world.clock.forward(seconds=DAY + 60)
    world.unanswered.follow_up(no)
    assert (cancel_of(world, no), world.cases()) == (
        "INTERCEPT_UNANSWERED",
        ["intercept_unanswered"],
    )
    world.systems.down = set()
    world.systems.faults = []
    world.run()
    assert "order.callback" in world.systems.methods()
    flag(world, "orderprocess.report", step(no, "TMSCANCELED"))
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPTED", ["parcel_intercepted"])


def test_an_answer_while_the_wms_is_asked_is_not_overruled(world: World) -> None:
    no = intercepted(world)

    def answered() -> None:
        flag(world, "orderprocess.report", step(no, "TMSCANCELED"))

    world.systems.before_answering = answered
    a_day_later(world)
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPTED", ["parcel_intercepted"])


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 6))
@pytest.mark.parametrize("fault", ["ok", "lost", "killed_after"])
def test_it_ends_the_same_whenever_the_process_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = World()
    world.know_items()
    no = intercepted(world)
    world.clock.forward(seconds=DAY + 60)
    world.unanswered.want()
    world.collect()
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    assert set(world.systems.methods()) <= {"orderprocess.query"}
    assert (cancel_of(world, no), world.cases()) == (
        "INTERCEPT_UNANSWERED",
        ["intercept_unanswered"],
    )


@given(order=st.permutations(["sweep", "sweep", "stopped", "stopped", "failed"]))
def test_whatever_comes_in_whatever_order_what_is_known_is_not_lost_and_a_case_tells(
    order: list[str],
) -> None:
    world = World()
    world.know_items()
    no = intercepted(world)
    for each in order:
        if each == "sweep":
            a_day_later(world)
        else:
            status = "TMSCANCELED" if each == "stopped" else "TMSCANCELFAILED"
            assert flag(world, "orderprocess.report", step(no, status)) == SUCCESS
        unanswered = cancel_of(world, no) == "INTERCEPT_UNANSWERED"
        assert ("intercept_unanswered" in world.cases()) == unanswered
        if cancel_of(world, no) != "INTERCEPTING":
            assert world.cases()
    assert cancel_of(world, no) == "INTERCEPTED"
