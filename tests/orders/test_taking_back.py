"""Taking a fulfilment back, before it leaves and on the road, in whatever order things are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.provenance import Source
from chalicelib.orders.states import TAKEN_BACK, FulfilmentCancel
from tests.orders.world import World, body, shipment

SOURCE = Source(message_id="MSG-X")


@pytest.fixture
def world() -> World:
    made = World()
    made.warehouse("W1", {"A": 10})
    return made


@pytest.fixture
def no(world: World) -> str:
    return f"{world.accepted(body(('A', 2, '1.00')))}-01"


def result(world: World, no: str, *, accepted: bool, minute: int, intercept: bool = False) -> None:
    world.commit(
        world.orders.plan_cancel_result(
            no, accepted=accepted, source=SOURCE, at=world.at(minute), intercept=intercept
        )
    )


def carrier(world: World, no: str, *, stopped: bool, minute: int) -> None:
    raw = "TMSCANCELED" if stopped else "TMSCANCELFAILED"
    world.commit(
        world.orders.plan_intercept_result(
            no, stopped=stopped, source=SOURCE, at=world.at(minute), raw=raw
        )
    )


def cancel_of(world: World, no: str) -> str:
    return world.orders.fulfilment(no).cancel.value


def test_a_silent_wms_leaves_the_cancel_unknown_until_it_speaks(world: World, no: str) -> None:
    world.orders.cancel(no[:-3], reason="", by="user:li")
    world.commit(world.orders.plan_cancel_unknown(no))
    assert cancel_of(world, no) == "UNKNOWN"
    assert world.orders.header(no[:-3]) == "CANCEL_PENDING"
    assert len(world.orders.plan_cancel_unknown(no)) == 0
    world.orders.cancel(no[:-3], reason="", by="user:li")
    result(world, no, accepted=True, minute=3)
    assert cancel_of(world, no) == "ACCEPTED"
    assert world.orders.header(no[:-3]) == "CANCELLED"


def test_a_refused_cancel_leads_to_the_road_where_that_is_wanted(world: World, no: str) -> None:
    world.orders.cancel(no[:-3], reason="", by="user:li")
    result(world, no, accepted=False, minute=3, intercept=True)
    assert cancel_of(world, no) == "INTERCEPTING"
    assert world.orders.head(no[:-3]).cancel == "REFUSED"
    version = world.orders.fulfilment(no).version
    assert world.events("InterceptRequested") == [f"InterceptRequested:{no}:{version}"]


def test_what_is_on_the_road_is_stopped_by_the_carrier(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 2)]))
    world.orders.intercept(no[:-3], by="user:li")
    before = world.state()
    world.orders.intercept(no[:-3], by="user:li")
    assert world.state() == before
    carrier(world, no, stopped=True, minute=400)
    assert cancel_of(world, no) == "INTERCEPTED"
    assert world.cases() == ["parcel_intercepted"]
    assert world.orders.header(no[:-3]) == "SHIPPED"
    rows = [row for row in world.orders.track(no[:-3]) if row.axis == "fulfilment_cancel"]
    assert [(row.kind, row.before, row.after, row.text) for row in rows] == [
        ("intercept_requested", "NONE", "INTERCEPTING", ""),
        ("intercepted", "INTERCEPTING", "INTERCEPTED", "TMSCANCELED"),
    ]
    world.orders.intercept(no[:-3], by="user:li")
    world.orders.cancel(no[:-3], reason="", by="user:li")


def test_a_parcel_that_could_not_be_stopped_may_be_tried_again(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 2)]))
    world.orders.intercept(no[:-3], by="user:li")
    carrier(world, no, stopped=False, minute=400)
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPT_FAILED", ["intercept_failed"])
    carrier(world, no, stopped=False, minute=400)
    world.orders.intercept(no[:-3], by="user:li")
    assert cancel_of(world, no) == "INTERCEPTING"
    assert len(set(world.events("InterceptRequested"))) == 2


@pytest.mark.parametrize("signed", [False, True])
def test_nothing_on_the_road_is_nothing_to_intercept(
    world: World, no: str, *, signed: bool
) -> None:
    if signed:
        world.ship(shipment(no, [(1, "A", 2)]))
        world.commit(world.orders.plan_progress(no, "SIGNED", at=world.at(500), source=SOURCE))
    with pytest.raises(Conflict) as refused:
        world.orders.intercept(no[:-3], by="user:li")
    assert refused.value.code == "nothing_to_intercept"


def _steps(world: World, no: str) -> dict[str, Callable[[], object]]:
    order, orders = no[:-3], world.orders
    first = shipment(no, [(1, "A", 1)], final=False, identity="1")
    last = shipment(no, [(1, "A", 1)], final=True, identity="2", waybills=("SF2",))
    return {
        "cancel": lambda: orders.cancel(order, reason="", by="user:li"),
        "silence": lambda: world.commit(orders.plan_cancel_unknown(no)),
        "accepted": lambda: result(world, no, accepted=True, minute=1),
        "accepted again": lambda: result(world, no, accepted=True, minute=2),
        "refused": lambda: result(world, no, accepted=False, minute=3),
        "refused, stop it": lambda: result(world, no, accepted=False, minute=4, intercept=True),
        "intercept": lambda: orders.intercept(order, by="user:li"),
        "stopped": lambda: carrier(world, no, stopped=True, minute=5),
        "not stopped": lambda: carrier(world, no, stopped=False, minute=6),
        "rejected": lambda: world.commit(
            orders.plan_refused(no, "S1", source=SOURCE, at=world.at(7))
        ),
        "short": lambda: world.commit(
            orders.plan_shortage(no, None, source=SOURCE, at=world.at(8))
        ),
        "picked": lambda: _progress(world, no, "PICKING", 9),
        "signed": lambda: _progress(world, no, "SIGNED", 10),
        "refused by the buyer": lambda: _progress(world, no, "REFUSED", 11),
        "confirm 1": lambda: world.commit(orders.plan_shipment(first)),
        "confirm 2": lambda: world.commit(orders.plan_shipment(last)),
        "post 1": lambda: orders.post_shipment(first.id),
        "post 2": lambda: orders.post_shipment(last.id),
        "hold": lambda: orders.hold(order, "FRAUD", reason="", by="user:li"),
        "release": lambda: orders.release_hold(order, "FRAUD", by="user:li"),
    }


def _progress(world: World, no: str, word: str, minute: int) -> None:
    world.commit(world.orders.plan_progress(no, word, at=world.at(minute), source=SOURCE))


NAMES = sorted(_steps(World(), "O0001-01"))


@settings(max_examples=500, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), max_size=20))
def test_nothing_is_both_taken_back_and_shipped_without_a_case(names: list[str]) -> None:
    world = World()
    world.warehouse("W1", {"A": 5})
    no = f"{world.accepted(body(('A', 2, '1.00')))}-01"
    steps = _steps(world, no)
    for name in names:
        before = world.state()
        try:
            steps[name]()
        except Refused:
            assert world.state() == before, f"{name} was refused and changed something"
        _no_contradiction_unseen(world, no)


_TOLD = frozenset(
    {
        "cancelled_after_shipping",
        "shipped_after_cancel",
        "shipped_after_reject",
        "parcel_intercepted",
    }
)


def _no_contradiction_unseen(world: World, no: str) -> None:
    fulfilment = world.orders.fulfilment(no)
    back = fulfilment.cancel in TAKEN_BACK or fulfilment.state in ("CANCELLED", "REJECTED")
    if back and fulfilment.shipments:
        assert set(world.cases()) & _TOLD
    if fulfilment.cancel is FulfilmentCancel.ACCEPTED and not fulfilment.shipments:
        assert fulfilment.state == "CANCELLED"
    good, available, reserved = world.balance("W1", "A")
    assert good == available + reserved


PROGRESS_WORDS = ["ACCEPTED", "PICKING", "PACKED", "READY", "SIGNED", "REFUSED", "OTHER"]


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(PROGRESS_WORDS), st.integers(0, 6)), max_size=7, unique=True
    ),
    data=st.data(),
    shipped=st.integers(0, 7),
)
def test_any_order_of_the_same_steps_leads_to_the_same_state(
    steps: list[tuple[str, int]], data: st.DataObject, shipped: int
) -> None:
    """Also with the shipment booked somewhere among them, and all of them in the track."""
    found = []
    orders = [sorted(steps, key=lambda each: each[1]), data.draw(st.permutations(steps))]
    for order, place in zip(orders, (0, shipped), strict=True):
        world = World()
        world.warehouse("W1", {"A": 5})
        no = f"{world.accepted(body(('A', 2, '1.00')))}-01"
        for position, step in enumerate([*order, None]):
            if position == min(place, len(order)):
                world.ship(shipment(no, [(1, "A", 2)]))
            if step is not None:
                _progress(world, no, step[0], step[1])
        rows = [row for row in world.orders.track(no[:-3]) if row.kind == "step"]
        assert len(rows) == len(steps)
        found.append(world.orders.fulfilment(no).state)
    assert found[0] == found[1]
