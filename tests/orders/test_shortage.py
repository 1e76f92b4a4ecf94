"""What a warehouse lacks is shipped by another one; units and amounts stay whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.provenance import Source
from chalicelib.orders.model import Assignment, Unsourced, came_back, without
from chalicelib.orders.shortage import Lacking
from chalicelib.orders.states import Sourcing
from tests.orders.world import World, body, shipment


def told(number: int = 1) -> Source:
    return Source(message_id=f"MSG-LACK-{number}", path="/request")


@pytest.fixture
def world() -> World:
    made = World()
    made.warehouse("W1", {"A": 10, "B": 10}, priority=1)
    made.warehouse("W2", {"A": 10, "B": 10}, priority=2)
    made.warehouse("W3", {"A": 10}, priority=3)
    return made


def short(world: World, part: str, *lacking: Lacking, number: int = 1) -> None:
    world.commit(
        world.orders.plan_shortage(
            part, list(lacking) or None, source=told(number), at=world.at(number)
        )
    )


def placed_at(world: World, no: str) -> list[tuple[str, str, list[tuple[int, int, int]]]]:
    """Warehouse, state and units of each fulfilment that has any."""
    return [
        (
            each.warehouse,
            each.state.value,
            [(u.order_line_no, u.first_unit, u.quantity) for u in each.units if u.quantity],
        )
        for each in world.orders.fulfilments(no)
        if each.quantity
    ]


def test_what_is_lacking_goes_to_another_warehouse_and_the_rest_stays(world: World) -> None:
    no = world.accepted(body(("A", 3, "3.33"), ("B", 2, "1.00")))
    short(world, f"{no}-01", Lacking(sku="A", quantity=1))
    assert world.balance("W1", "A") == (10, 8, 2)
    assert world.orders.head(no).sourcing is Sourcing.TO_SOURCE
    assert world.kinds()[-1] == "SourcingWanted"
    world.orders.route(no)
    assert placed_at(world, no) == [
        ("W1", "ACCEPTED", [(1, 0, 2), (2, 0, 2)]),
        ("W2", "RESERVED", [(1, 2, 1)]),
    ]
    assert world.balance("W2", "A") == (10, 9, 1)
    parts = world.orders.fulfilments(no)
    assert sum(each.payable for each in parts) == world.orders.order(no).payable
    assert world.orders.head(no).unsourced == ()
    assert world.cases() == []


def test_the_same_report_again_changes_nothing_and_another_counts_for_itself(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    short(world, f"{no}-01", Lacking(sku="A", quantity=1))
    before = world.state()
    short(world, f"{no}-01", Lacking(sku="A", quantity=1))
    assert world.state() == before
    short(world, f"{no}-01", Lacking(sku="A", quantity=1), number=2)
    assert world.orders.head(no).unsourced == (
        Unsourced(order_line_no=1, first_unit=1, quantity=2, tried=("W1",)),
    )


def test_a_fulfilment_that_lacks_everything_is_cancelled_and_asked_back(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    short(world, f"{no}-01")
    first = world.orders.fulfilments(no)[0]
    assert (first.state, first.cancel, first.quantity) == ("CANCELLED", "ACCEPTED", 0)
    assert world.balance("W1", "A") == (10, 10, 0)
    assert world.events("CancelRequested") == [f"CancelRequested:{no}-01:{first.version}"]
    world.orders.route(no)
    assert placed_at(world, no) == [("W2", "RESERVED", [(1, 0, 3)])]
    assert world.orders.header(no) == "ROUTED"
    assert len(set(world.events("FulfilmentReserved"))) == 2


def test_each_warehouse_is_tried_once_and_after_the_last_a_person_is_told(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    short(world, f"{no}-01")
    world.orders.route(no)
    world.commit(world.orders.plan_refused(f"{no}-02", "S1", source=told(2), at=world.at(2)))
    assert world.orders.head(no).unsourced[0].tried == ("W1", "W2")
    world.orders.route(no)
    assert [each.warehouse for each in world.orders.fulfilments(no)] == ["W1", "W2", "W3"]
    short(world, f"{no}-03", number=3)
    world.orders.route(no)
    head = world.orders.head(no)
    assert (head.sourcing, world.orders.header(no)) == (Sourcing.EXHAUSTED, "EXCEPTION")
    assert world.case_texts() == ["A x 3: every warehouse that may ship it has been tried"]
    world.orders.route(no)
    assert world.orders.head(no) == head


def test_a_person_has_it_tried_everywhere_once_more(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    for number in (1, 2, 3):
        short(world, f"{no}-{number:02d}", number=number)
        world.orders.route(no)
    assert world.orders.head(no).sourcing is Sourcing.EXHAUSTED
    world.orders.source_again(no)
    assert world.kinds()[-1] == "SourcingWanted"
    world.orders.route(no)
    assert placed_at(world, no) == [("W1", "RESERVED", [(1, 0, 3)])]


def test_units_wait_for_stock_where_a_warehouse_is_left_that_has_none_now(world: World) -> None:
    world.catalog.known_warehouses.pop("W3")
    no = world.accepted(body(("A", 10, "1.00")))
    other = world.accepted(body(("A", 9, "1.00"), channel_order_id="2"))
    short(world, f"{no}-01", Lacking(sku="A", quantity=2))
    world.orders.route(no)
    assert world.orders.head(no).sourcing is Sourcing.WAIT_STOCK
    assert world.case_texts() == ["A x 2: no other warehouse has it now; it waits for stock"]
    before = world.state()
    world.orders.route_waiting()
    assert world.state() == before
    world.orders.cancel(other, reason="", by="user:li")
    world.commit(
        world.orders.plan_cancel_result(
            f"{other}-01", accepted=True, source=told(9), at=world.at(9)
        )
    )
    world.orders.route_waiting()
    assert placed_at(world, no)[1] == ("W2", "RESERVED", [(1, 8, 2)])


def test_lines_that_are_named_are_served_first_and_excess_is_told(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00"), ("A", 3, "2.00")))
    short(
        world,
        f"{no}-01",
        Lacking(sku="A", quantity=1),
        Lacking(sku="A", quantity=None, line_no=2),
        Lacking(sku="A", quantity=7),
        Lacking(sku="B", quantity=1),
        Lacking(sku="A", quantity=-4),
    )
    assert world.orders.fulfilments(no)[0].quantity == 0
    assert world.cases() == ["short_of_more"]
    (text,) = world.case_texts()
    assert text.endswith("A x 6, B x 1")


def test_pieces_that_were_confirmed_are_not_taken_away(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    part = f"{no}-01"
    world.ship(shipment(part, [(1, "A", 2)], final=False))
    short(world, part, Lacking(sku="A", quantity=3))
    fulfilment = world.orders.fulfilment(part)
    assert (fulfilment.quantity, fulfilment.state) == (2, "SHIPPED")
    assert world.cases() == ["short_of_more"]
    assert world.orders.header(no) == "PART_SHIPPED"
    world.orders.route(no)
    rest = f"{no}-02"
    world.ship(shipment(rest, [(1, "A", 1)], warehouse_code="W2", waybills=("SF2",)))
    assert world.orders.header(no) == "SHIPPED"
    assert len(world.events("OrderShipped")) == 1


def test_after_the_warehouses_last_word_a_person_is_told(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    part = f"{no}-01"
    world.commit(world.orders.plan_shipment(shipment(part, [(1, "A", 2)], final=True)))
    short(world, part, Lacking(sku="A", quantity=1))
    assert world.cases() == ["short_after_close"]
    assert world.orders.head(no).unsourced == ()


def test_what_ships_in_spite_of_it_is_booked_with_a_case(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    short(world, f"{no}-01")
    world.ship(shipment(f"{no}-01", [(1, "A", 3)]))
    assert world.balance("W1", "A") == (7, 7, 0)
    assert set(world.cases()) == {"shipped_after_cancel", "shipped_more_than_ordered"}
    rejected = world.accepted(body(("A", 1, "1.00"), channel_order_id="2"))
    world.commit(world.orders.plan_refused(f"{rejected}-01", "S1", source=told(5), at=world.at(5)))
    world.ship(shipment(f"{rejected}-01", [(1, "A", 1)]))
    assert "shipped_after_reject" in world.cases()


def test_a_wms_that_accepts_what_it_rejected_is_asked_for_it(world: World) -> None:
    no = world.routed(body(("A", 1, "1.00")))
    part = f"{no}-01"
    world.commit(world.orders.plan_dispatching(part))
    world.commit(world.orders.plan_refused(part, "S1", source=told(), at=world.at(1)))
    world.commit(world.orders.plan_accepted(part, "W-1", source=told(2), at=world.at(2)))
    assert world.cases() == ["accepted_after_reject"]
    assert world.kinds()[-1] == "CancelRequested"
    world.commit(
        world.orders.plan_cancel_result(part, accepted=False, source=told(3), at=world.at(3))
    )
    assert world.cases() == ["accepted_after_reject", "kept_after_cancel"]


def test_while_the_order_is_cancelled_the_pieces_are_given_up(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    world.orders.cancel(no, reason="", by="user:li")
    short(world, f"{no}-01", Lacking(sku="A", quantity=1))
    head = world.orders.head(no)
    assert (head.unsourced, head.cancel) == ((), "PENDING")
    assert head.dropped == (Assignment(order_line_no=1, first_unit=2, quantity=1),)
    world.commit(
        world.orders.plan_cancel_result(f"{no}-01", accepted=False, source=told(2), at=world.at(2))
    )
    assert world.orders.head(no).cancel == "PARTLY"
    world.ship(shipment(f"{no}-01", [(1, "A", 2)]))
    assert world.orders.header(no) == "SHIPPED"


def test_a_cancel_gives_up_what_no_warehouse_has(world: World) -> None:
    no = world.accepted(body(("A", 3, "1.00")))
    world.commit(world.orders.plan_refused(f"{no}-01", "S1", source=told(), at=world.at(1)))
    world.orders.cancel(no, reason="", by="user:li")
    assert world.orders.header(no) == "CANCELLED"
    world.orders.route(no)
    assert placed_at(world, no) == []
    shipped = world.accepted(body(("A", 3, "1.00"), channel_order_id="2"))
    world.ship(shipment(f"{shipped}-01", [(1, "A", 2)], final=False))
    short(world, f"{shipped}-01", Lacking(sku="A", quantity=1), number=2)
    world.orders.cancel(shipped, reason="", by="user:li")
    head = world.orders.head(shipped)
    assert (head.cancel, head.sourcing) == ("PARTLY", Sourcing.ROUTED)
    assert world.orders.header(shipped) == "SHIPPED"
    assert world.events("OrderShipped") == [f"OrderShipped:{shipped}"]


def test_many_skus_are_given_back_by_a_worker() -> None:
    world = World()
    skus = {f"S{number:03d}": 5 for number in range(100)}
    world.warehouse("W1", skus)
    no = world.accepted(body(*((sku, 1, "1.00") for sku in skus)))
    short(world, f"{no}-01", *(Lacking(sku=sku, quantity=1) for sku in sorted(skus)[:70]))
    assert world.balance("W1", "S000") == (5, 4, 1)
    assert world.kinds()[-1] == "VoidWanted"
    for _ in range(2):
        world.orders.void_cancelled(f"{no}-01")
        assert world.balance("W1", "S000") == (5, 5, 0)
        assert world.balance("W1", "S099") == (5, 4, 1)


def test_a_big_order_is_sourced_again_in_chunks_beside_what_is_at_work() -> None:
    world = World()
    skus = {f"S{number:03d}": 5 for number in range(150)}
    world.warehouse("W1", skus, priority=1)
    world.warehouse("W2", skus, priority=2)
    no = world.accepted(body(("S000", 1, "1.00"), *((sku, 1, "1.00") for sku in skus)))
    lacking = [Lacking(sku=sku, quantity=1) for sku in sorted(skus)[20:]]
    short(world, f"{no}-01", *lacking)
    world.orders.void_cancelled(f"{no}-01")
    world.tables.fail_after = world.tables.attempts + 2
    with pytest.raises(ConnectionError):
        world.orders.route(no)
    assert world.orders.head(no).sourcing is Sourcing.ROUTING
    world.orders.route(no)
    head = world.orders.head(no)
    assert (head.sourcing, head.unsourced) == (Sourcing.ROUTED, ())
    assert [(each.warehouse, each.quantity) for each in world.orders.fulfilments(no)] == [
        ("W1", 21),
        ("W2", 130),
    ]
    _whole(world, no)


RUNS = st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(1, 4))


@given(taken=st.lists(RUNS, max_size=8), tried=st.lists(st.sampled_from("XYZ"), max_size=2))
def test_taking_units_out_leaves_every_other_one(
    taken: list[tuple[int, int, int]], tried: list[str]
) -> None:
    whole = [
        Unsourced(order_line_no=line, first_unit=0, quantity=13, tried=("W",)) for line in (1, 2, 3)
    ]
    runs = [Assignment(order_line_no=a, first_unit=b, quantity=c) for a, b, c in taken]
    left = without(whole, runs)
    gone = {(run.order_line_no, unit) for run in runs for unit in range(run.first_unit, run.end)}
    kept = [
        (row.order_line_no, unit) for row in left for unit in range(row.first_unit, row.units.end)
    ]
    assert len(kept) == len(set(kept))
    assert set(kept) == {(line, unit) for line in (1, 2, 3) for unit in range(13)} - gone
    again = came_back([row.units for row in left], (), tried=tried)
    assert sum(row.quantity for row in again) == len(kept)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lack", "reject", "ship", "route", "cancel", "cancelled", "kept", "again"]
        ),
        st.integers(1, 4),
        st.integers(1, 3),
    ),
    max_size=12,
)


@settings(max_examples=250, deadline=None)
@given(steps=STEPS)
def test_every_unit_is_in_one_place_and_every_fen_counted_once(
    steps: list[tuple[str, int, int]],
) -> None:
    world = World()
    for code in ("W1", "W2", "W3"):
        world.warehouse(code, {"A": 20, "B": 20})
    no = world.accepted(body(("A", 3, "3.33"), ("B", 2, "0.05"), ("A", 1, "7.00")))
    for number, (name, part, pieces) in enumerate(steps, start=1):
        _one(world, no, (name, f"{no}-{part:02d}", pieces), number)
        _whole(world, no)
    for code in ("W1", "W2", "W3"):
        for sku in ("A", "B"):
            good, available, reserved = world.balance(code, sku)
            assert good == available + reserved
            wanted = sum(
                line.quantity
                for each in world.orders.fulfilments(no)
                for line in each.lines
                if each.warehouse == code and line.sku == sku and each.state in _OPEN
            )
            assert reserved <= wanted


_OPEN = ("RESERVED", "DISPATCHING", "ACCEPTED", "PICKING", "PACKED", "READY", "PART_SHIPPED")


def _one(world: World, no: str, step: tuple[str, str, int], number: int) -> None:
    name, part, pieces = step
    orders, source, at = world.orders, told(number), world.at(number)
    lacking = [Lacking(sku="A", quantity=pieces), Lacking(sku="B", quantity=1)]
    sent = shipment(part, [(1, "A", pieces)], identity=str(number), final=pieces == 3)
    try:
        match name:
            case "lack":
                world.commit(orders.plan_shortage(part, lacking, source=source, at=at))
            case "reject":
                world.commit(orders.plan_refused(part, "S", source=source, at=at))
            case "ship":
                warehouse = orders.fulfilment(part).warehouse
                world.ship(replace(sent, warehouse=warehouse))
            case "route":
                orders.route(no)
            case "cancel":
                orders.cancel(no, reason="", by="user:li")
            case "again":
                orders.source_again(no)
            case _:
                accepted = name == "cancelled"
                world.commit(
                    orders.plan_cancel_result(part, accepted=accepted, source=source, at=at)
                )
    except Refused:
        return


def _whole(world: World, no: str) -> None:
    """Each unit of the order once; the amounts add up to what the places say."""
    order, head = world.orders.order(no), world.orders.head(no)
    parts = world.orders.fulfilments(no)
    places = [units for each in parts for units in each.units]
    places += [row.units for row in head.unsourced]
    places += head.dropped
    units = [
        (place.order_line_no, unit)
        for place in places
        for unit in range(place.first_unit, place.end)
    ]
    everything = [(line.line_no, unit) for line in order.lines for unit in range(line.quantity)]
    assert sorted(units) == everything
    nowhere = [*(row.units for row in head.unsourced), *head.dropped]
    if not nowhere:
        assert sum(each.payable for each in parts) == order.payable
