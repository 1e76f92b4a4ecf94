"""Holding at the WMS, cancels that nobody answers, intercepts on the road."""

from __future__ import annotations

import pytest

from tests.warehouse.test_callbacks import SUCCESS, delivery, flag, line, package, step
from tests.warehouse.test_order_reports import exception, lack
from tests.warehouse.world import Killed, World, connection, reserved


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


def shipped(world: World) -> str:
    no = at_the_wms(world)
    body = delivery(no, line("1", "A", 2), packages=package("SF1", "A", 2))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    world.orders.post_shipment(world.orders.fulfilment(no).shipments[0])
    world.systems.orders["W1", no] = "DELIVERED"
    return no


def cancel_of(world: World, no: str) -> str:
    return world.orders.fulfilment(no).cancel.value


# --- cancels


def test_while_nobody_knows_the_cancel_is_unknown(world: World) -> None:
    no = at_the_wms(world)
    world.orders.cancel(no[:-3], reason="", by="S1")
    world.systems.faults = ["dropped"]
    world.step()
    assert cancel_of(world, no) == "UNKNOWN"
    world.run()
    assert cancel_of(world, no) == "ACCEPTED"


def test_a_sender_that_died_leaves_it_unknown_too(world: World) -> None:
    no = at_the_wms(world)
    world.orders.cancel(no[:-3], reason="", by="S1")
    world.systems.faults = ["killed_after", "dropped"]
    seen = set()
    while world.step():
        seen.add(cancel_of(world, no))
    assert seen == {"PENDING", "UNKNOWN", "ACCEPTED"}


def test_a_refused_cancel_stays_so_unless_the_connection_intercepts(world: World) -> None:
    no = at_the_wms(world)
    world.systems.orders["W1", no] = "DELIVERED"
    world.orders.cancel(no[:-3], reason="", by="S1")
    world.run()
    assert cancel_of(world, no) == "REFUSED"
    assert "order.callback" not in world.systems.methods()


def test_a_cancel_that_comes_after_the_parcel_left_stops_it_on_the_road_by_setting(
    world: World,
) -> None:
    world.service.put_connection(connection("W1", intercepts=True))
    no = at_the_wms(world)
    world.orders.cancel(no[:-3], reason="", by="S1")
    body = delivery(no, line("1", "A", 2), packages=package("SF1", "A", 2))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    world.systems.orders["W1", no] = "DELIVERED"
    world.run()
    assert world.systems.methods() == ["order.cancel", "order.callback"]
    assert cancel_of(world, no) == "INTERCEPTING"


def test_what_is_still_in_the_warehouse_is_stopped_once_it_left(world: World) -> None:
    world.service.put_connection(connection("W1", intercepts=True))
    no = at_the_wms(world)
    world.systems.faults = [("S", "正在拣货, 拒绝")]
    world.orders.cancel(no[:-3], reason="", by="S1")
    for _ in range(6):
        world.step()
    assert (cancel_of(world, no), world.systems.methods()) == ("INTERCEPTING", ["order.cancel"])
    body = delivery(no, line("1", "A", 2), packages=package("SF1", "A", 2))
    assert flag(world, "deliveryorder.confirm", body) == SUCCESS
    world.run()
    assert world.systems.methods() == ["order.cancel", "order.callback"]
    assert flag(world, "orderprocess.report", step(no, "TMSCANCELED")) == SUCCESS
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPTED", ["parcel_intercepted"])


# --- intercepts


def test_an_intercept_names_the_waybill_and_the_carriers_word_settles_it(world: World) -> None:
    no = shipped(world)
    world.orders.intercept(no[:-3], by="S1")
    world.run()
    ((_, method, request),) = world.systems.calls
    assert method == "order.callback"
    assert [request.text(each) for each in ("deliveryOrderCode", "orderId", "expressCode")] == [
        no,
        f"W-{no}",
        "SF1",
    ]
    assert cancel_of(world, no) == "INTERCEPTING"
    flag(world, "orderprocess.report", step(no, "TMSCANCELFAILED"))
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPT_FAILED", ["intercept_failed"])


def test_of_several_parcels_none_is_named(world: World) -> None:
    no = at_the_wms(world)
    parcels = package("SF1", "A", 1) + package("SF2", "A", 1)
    flag(world, "deliveryorder.confirm", delivery(no, line("1", "A", 2), packages=parcels))
    world.orders.intercept(no[:-3], by="S1")
    world.run()
    ((_, _, request),) = world.systems.calls
    assert request.text("expressCode") is None


def test_a_wms_that_wont_pass_it_on_has_failed(world: World) -> None:
    no = shipped(world)
    world.systems.faults = [("S", "不支持拦截")]
    world.orders.intercept(no[:-3], by="S1")
    world.run()
    assert (cancel_of(world, no), world.cases()) == ("INTERCEPT_FAILED", ["intercept_failed"])


@pytest.mark.parametrize(
    ("status", "expected", "methods"),
    [
        ("TMSCANCELED", "INTERCEPTED", ["orderprocess.query"]),
        ("TMSCANCELFAILED", "INTERCEPT_FAILED", ["orderprocess.query"]),
        ("DELIVERED", "INTERCEPTING", ["orderprocess.query", "order.callback"]),
    ],
)
def test_after_silence_the_wms_is_asked(
    world: World, status: str, expected: str, methods: list[str]
) -> None:
    no = shipped(world)
    world.systems.orders["W1", no] = status
    world.systems.faults = ["dropped"]
    world.orders.intercept(no[:-3], by="S1")
    world.run()
    assert (cancel_of(world, no), world.systems.methods()) == (expected, methods)


def test_what_arrived_meanwhile_is_not_asked_for(world: World) -> None:
    no = shipped(world)
    world.orders.intercept(no[:-3], by="S1")
    flag(world, "orderprocess.report", step(no, "SIGN", "2026-11-23 10:00:00"))
    world.run()
    assert (cancel_of(world, no), world.systems.calls) == ("INTERCEPT_FAILED", [])


# --- holds


def test_a_held_order_lies_at_the_wms_until_it_is_released(world: World) -> None:
    no = at_the_wms(world)
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    world.run()
    assert (world.systems.held, world.orders.fulfilment(no).hold) == ({no}, "HELD")
    world.orders.release_hold(no[:-3], "FRAUD", by="S1")
    world.run()
    assert (world.systems.held, world.orders.fulfilment(no).hold) == (set(), "NONE")
    actions = [request.text("actionType") for _, _, request in world.systems.calls]
    assert actions == ["pending", "restore"]


def test_what_is_wished_last_arrives_last(world: World) -> None:
    """A release overtakes a hold that nobody answered: it is sent when that is settled."""
    no = at_the_wms(world)
    world.systems.faults = ["lost"]
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    world.step()
    assert world.state_of(f"{no}#order.pending") == "UNKNOWN"
    world.orders.release_hold(no[:-3], "FRAUD", by="S1")
    world.run()
    assert (world.systems.held, world.orders.fulfilment(no).hold) == (set(), "NONE")


def test_while_a_wms_is_told_a_new_wish_waits_its_turn(world: World) -> None:
    no = at_the_wms(world)

    def released() -> None:
        world.orders.release_hold(no[:-3], "FRAUD", by="S1")
        world.collect()
        wish = next(event for _, event in world.later if event.id == f"HoldWanted:{no}:2")
        world.handle(wish)

    world.systems.before_answering = released
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    world.run()
    assert (world.systems.held, world.orders.fulfilment(no).hold) == (set(), "NONE")
    assert world.systems.methods() == ["order.pending", "order.pending"]


def test_a_hold_of_what_never_went_out_keeps_it_here(world: World) -> None:
    no = world.order(("A", 2, "10.00"))
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    world.handle(reserved(no))
    for _ in range(3):
        world.step()
    assert world.systems.calls == []
    world.orders.release_hold(no[:-3], "FRAUD", by="S1")
    world.run()
    assert world.systems.methods() == ["deliveryorder.create"]


def test_a_wms_that_wont_hold_is_a_case(world: World) -> None:
    no = at_the_wms(world)
    world.systems.faults = [("S", "已打包")]
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    world.run()
    assert (world.orders.fulfilment(no).hold, world.cases()) == ("REFUSED", ["hold_refused"])


# --- whenever the process dies


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 9))
@pytest.mark.parametrize("fault", ["ok", "lost"])
def test_an_intercept_ends_the_same_whenever_the_sender_dies(
    commit: int, fault: str, *, after: bool
) -> None:
    world = World()
    world.know_items()
    no = shipped(world)
    world.orders.intercept(no[:-3], by="S1")
    world.collect()
    world.systems.faults = [fault]
    world.tables.die_at(commit, after=after)
    world.run()
    assert set(world.systems.methods()) <= {"order.callback", "orderprocess.query"}
    assert cancel_of(world, no) == "INTERCEPTING"
    assert world.cases() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 9))
@pytest.mark.parametrize("released", [False, True])
def test_a_hold_and_its_release_end_the_same_whenever_the_sender_dies(
    commit: int, *, released: bool, after: bool
) -> None:
    world = World()
    world.know_items()
    no = at_the_wms(world)
    world.orders.hold(no[:-3], "FRAUD", reason="", by="S1")
    if released:
        world.step()
        world.orders.release_hold(no[:-3], "FRAUD", by="S1")
    world.collect()
    world.tables.die_at(commit, after=after)
    world.run()
    expected = (set(), "NONE") if released else ({no}, "HELD")
    assert (world.systems.held, world.orders.fulfilment(no).hold) == expected
    assert world.cases() == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", range(1, 14))
@pytest.mark.parametrize("method", ["itemlack.report", "orderexception.report", "REJECT"])
def test_a_shortage_ends_at_the_other_warehouse_whenever_we_die(
    method: str, commit: int, *, after: bool
) -> None:
    world = World()
    world.know_items()
    world.receive_stock("WH2", A=100, B=100, C=100)
    no = at_the_wms(world)
    name = "orderprocess.report" if method == "REJECT" else method
    body = {
        "itemlack.report": lack(no, ("A", 2)),
        "orderexception.report": exception(no, "102"),
        "REJECT": step(no, "REJECT"),
    }[method]
    world.tables.die_at(commit, after=after)
    try:
        world.callback(name, body)
    except Killed:
        world.tables.die_at(-1, after=False)
        assert flag(world, name, body) == SUCCESS
    world.run()
    world.tables.die_at(-1, after=False)
    first, second = world.orders.fulfilments(no[:-3])
    assert (first.quantity, second.quantity, second.warehouse) == (0, 2, "WH2")
    assert second.state == "ACCEPTED"
    assert world.systems.created == [first.no, second.no]
    assert world.stock.available([("WH1", "A"), ("WH2", "A")]) == {
        ("WH1", "A"): 100,
        ("WH2", "A"): 98,
    }
    assert world.cases() == []
    assert first.state in ("CANCELLED", "REJECTED")
