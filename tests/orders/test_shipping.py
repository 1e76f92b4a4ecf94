"""What left the warehouse: accepted as it is, then posted."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.writes import ConditionFailed
from chalicelib.orders.model import shipment_id
from chalicelib.orders.shipping import place_lines
from chalicelib.orders.states import ShipmentState
from tests.orders.world import World, body, shipment


@pytest.fixture
def no(world: World) -> str:
    """A fulfilment of 4 A and 2 B that the WMS has."""
    return world.accepted(body(("A", 4, "10.00"), ("B", 2, "5.00"))) + "-01"


ALL = [(1, "A", 4), (2, "B", 2)]


def test_a_whole_shipment_ships_the_order(world: World, no: str) -> None:
    world.ship(shipment(no, ALL, waybills=("SF1", "SF2")))
    assert world.orders.fulfilment(no).state == "SHIPPED"
    assert world.orders.header(no[:-3]) == "SHIPPED"
    assert world.balance("W1", "A") == (6, 6, 0)
    assert world.kinds()[-4:] == [
        "ShipmentAccepted",
        "ParcelShipped",
        "ParcelShipped",
        "OrderShipped",
    ]
    assert world.cases() == []


def test_each_entry_of_the_ledger_leads_to_the_element_it_came_from(world: World, no: str) -> None:
    world.ship(shipment(no, ALL))
    entries = world.stock.entries_of(shipment_id(no, "1"))
    assert [(each.sku, each.to_location, each.source.path) for each in entries] == [
        ("A", "CUSTOMER:S1", "/request/orderLines/orderLine[1]"),
        ("B", "CUSTOMER:S1", "/request/orderLines/orderLine[2]"),
    ]
    assert entries[0].source.message_id == f"MSG-{no}-1"


def test_accepted_is_not_yet_shipped(world: World, no: str) -> None:
    world.commit(world.orders.plan_shipment(shipment(no, ALL)))
    assert world.orders.fulfilment(no).state == "ACCEPTED"
    assert world.balance("W1", "A") == (10, 6, 4)
    assert world.kinds()[-1] == "ShipmentAccepted"


def test_what_has_left_and_is_not_booked_is_pending(world: World, no: str) -> None:
    accepted = shipment(no, ALL)
    world.commit(world.orders.plan_shipment(accepted))
    pending = world.orders.pending("W1", ["A"])
    assert [(each.document, each.sku, each.inventory_type, each.quantity) for each in pending] == [
        (accepted.id, "A", "ZP", -4)
    ]
    assert world.orders.pending("W2", ["A"]) == []
    world.orders.post_shipment(accepted.id)
    assert world.orders.pending("W1", ["A"]) == []


def test_the_same_confirmation_again_is_empty_and_posts_nothing(world: World, no: str) -> None:
    world.ship(shipment(no, ALL))
    before = world.state()
    resent = shipment(no, ALL, message_id="MSG-RESENT")
    assert len(world.orders.plan_shipment(resent)) == 0
    world.orders.post_shipment(resent.id)
    assert world.state() == before


def test_another_content_under_one_id_is_a_conflict(world: World, no: str) -> None:
    world.ship(shipment(no, ALL))
    with pytest.raises(Conflict) as refused:
        world.orders.plan_shipment(shipment(no, [(1, "A", 3), (2, "B", 2)]))
    assert refused.value.code == "shipment_differs"


def test_a_part_then_the_rest_ships_the_order_once(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 3)], final=False))
    assert world.orders.header(no[:-3]) == "PART_SHIPPED"
    assert world.balance("W1", "A") == (7, 6, 1)
    assert world.events("OrderShipped") == []
    world.ship(shipment(no, [(1, "A", 1), (2, "B", 2)], identity="2", waybills=("SF2",)))
    assert world.orders.header(no[:-3]) == "SHIPPED"
    assert world.events("OrderShipped") == [f"OrderShipped:{no[:-3]}"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_posted_in_any_order_lead_to_the_same_end(
    world: World, order: tuple[int, ...]
) -> None:
    no = world.accepted(body(("A", 4, "10.00"), ("B", 2, "5.00"))) + "-01"
    parts = [
        shipment(no, [(1, "A", 3)], final=False, identity="1"),
        shipment(no, [(2, "B", 1)], final=False, identity="2", waybills=("SF2",)),
        shipment(no, [(1, "A", 1)], final=True, identity="3", waybills=("SF3",)),
    ]
    for at in order:
        world.commit(world.orders.plan_shipment(parts[at]))
    for at in reversed(order):
        world.orders.post_shipment(parts[at].id)
        world.orders.post_shipment(parts[at].id)
    assert world.orders.fulfilment(no).state == "SHORT_CLOSED"
    assert world.cases() == ["shipped_short"]
    assert world.balance("W1", "A") == (6, 6, 0)
    assert world.balance("W1", "B") == (4, 4, 0)
    assert len(world.events("ParcelShipped")) == 3
    assert len(world.events("OrderShipped")) == 1


def test_a_final_confirmation_before_an_intermediate_one_loses_nothing(
    world: World, no: str
) -> None:
    world.ship(shipment(no, [(1, "A", 4)], final=True))
    assert world.orders.fulfilment(no).state == "SHORT_CLOSED"
    world.ship(shipment(no, [(2, "B", 2)], final=False, identity="2", waybills=("SF2",)))
    assert world.orders.fulfilment(no).state == "SHIPPED"
    assert world.balance("W1", "B") == (3, 3, 0)
    assert len(world.events("OrderShipped")) == 1


def test_the_order_is_shipped_when_its_last_fulfilment_is(world: World) -> None:
    world.warehouse("W2", {"C": 3})
    order = world.accepted(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    world.ship(shipment(f"{order}-01", [(1, "A", 1)]))
    assert (world.orders.header(order), world.events("OrderShipped")) == ("PART_SHIPPED", [])
    world.ship(shipment(f"{order}-02", [(1, "C", 1)], warehouse_code="W2"))
    assert world.orders.header(order) == "SHIPPED"
    assert world.events("OrderShipped") == [f"OrderShipped:{order}"]


def test_two_last_fulfilments_at_once_ship_the_order_once(world: World) -> None:
    world.warehouse("W2", {"C": 3})
    order = world.accepted(body(("A", 1, "1.00"), ("C", 1, "1.00")))
    first = shipment(f"{order}-01", [(1, "A", 1)])
    second = shipment(f"{order}-02", [(1, "C", 1)], warehouse_code="W2")
    for each in (first, second):
        world.commit(world.orders.plan_shipment(each))
    world.tables.meanwhile.extend([lambda: None, lambda: world.orders.post_shipment(second.id)])
    world.orders.post_shipment(first.id)
    assert world.orders.header(order) == "SHIPPED"
    assert world.events("OrderShipped") == [f"OrderShipped:{order}"]


def test_a_parcel_that_is_listed_again_is_told_once(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 4)], final=False, waybills=("SF1",)))
    world.ship(shipment(no, [(2, "B", 2)], identity="2", waybills=("SF1", "SF2")))
    assert world.events("ParcelShipped") == [f"ParcelShipped:{no}:SF1", f"ParcelShipped:{no}:SF2"]


def test_the_event_of_a_parcel_says_what_a_notice_needs_and_nothing_personal(
    world: World, no: str
) -> None:
    world.ship(shipment(no, ALL))
    (event,) = [each for each in world.tables.events if each.kind == "ParcelShipped"]
    assert (event.subject, event.correlation) == (no[:-3], no[:-3])
    assert event.data == {
        "parcel": "SF1",
        "fulfilment": no,
        "shipment": f"{no}:1",
        "waybill": "SF1",
        "carrier": "SF",
    }


def test_a_hundred_parcels_are_told_in_batches(world: World, no: str) -> None:
    waybills = tuple(f"SF{number}" for number in range(100))
    world.ship(shipment(no, ALL, waybills=waybills))
    assert len(set(world.events("ParcelShipped"))) == len(world.events("ParcelShipped")) == 100


# --- what physically happened is booked


def test_more_than_ordered_is_booked_and_raised(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 6), (2, "B", 2)]))
    assert world.cases() == ["shipped_more_than_ordered"]
    assert world.balance("W1", "A") == (4, 4, 0)
    assert world.orders.fulfilment(no).state == "SHIPPED"


def test_more_than_there_is_is_booked_and_raised(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 12), (2, "B", 2)]))
    assert world.cases() == ["shipped_more_than_ordered", "stock_below_zero"]
    assert world.balance("W1", "A") == (-2, -2, 0)


def test_a_line_that_is_unknown_goes_to_suspense_and_is_raised(world: World, no: str) -> None:
    world.warehouse("W1", {"Z": 5})
    world.ship(shipment(no, [*ALL, (9, "Z", 1)]))
    assert world.cases() == ["unknown_shipment_line"]
    assert world.balance("W1", "Z") == (4, 4, 0)
    entries = world.stock.entries_of(shipment_id(no, "1"))
    assert [each.to_location for each in entries if each.sku == "Z"] == ["SUSPENSE:W1"]
    assert world.orders.fulfilment(no).state == "SHIPPED"


def test_a_sku_that_nobody_knows_left_all_the_same_and_is_in_suspense(
    world: World, no: str
) -> None:
    world.ship(shipment(no, [*ALL, (9, "NEVER-HEARD-OF", 3)]))
    assert world.cases() == ["stock_below_zero", "unknown_shipment_line"]
    entries = world.stock.entries_of(shipment_id(no, "1"))
    assert [
        (each.from_location, each.to_location, each.quantity)
        for each in entries
        if each.sku == "NEVER-HEARD-OF"
    ] == [("WAREHOUSE:W1:ZP", "SUSPENSE:W1", 3)]
    assert world.orders.fulfilment(no).state == "SHIPPED"


def test_a_case_names_what_left(world: World, no: str) -> None:
    world.ship(shipment(no, [*ALL, (9, "NEVER-HEARD-OF", 3)]))
    assert (
        "NEVER-HEARD-OF x 3 left and is no line of the fulfilment; booked to suspense"
        in world.case_texts()
    )


def test_defective_goods_that_left_free_what_was_reserved(world: World, no: str) -> None:
    first = shipment(no, ALL)
    defective = replace(first.lines[1], inventory_type="CC")
    world.ship(replace(first, lines=(first.lines[0], defective)))
    assert "shipped_not_good" in world.cases()
    assert world.orders.fulfilment(no).state == "SHIPPED"
    assert world.balance("W1", "B") == (5, 5, 0)


def test_lines_without_a_number_are_placed_by_sku_where_pieces_are_due(world: World) -> None:
    no = world.accepted(body(("A", 2, "1.00"), ("A", 3, "1.00"))) + "-01"
    fulfilment = world.orders.fulfilment(no)
    lines = shipment(no, [(None, "A", 2), (None, "A", 3), (7, "A", 1)]).lines
    placed, confirmed = place_lines(fulfilment, lines)
    assert [line.fulfilment_line_no for line in placed] == [1, 2, 1]
    assert confirmed == (3, 3)


def test_a_shipment_of_nothing_that_is_final_closes_short(world: World, no: str) -> None:
    world.ship(shipment(no, [(1, "A", 0)], waybills=()))
    assert world.orders.fulfilment(no).state == "SHORT_CLOSED"
    assert world.balance("W1", "A") == (10, 10, 0)


def test_lines_split_by_batch_are_entries_of_their_own(world: World, no: str) -> None:
    first = shipment(no, [(1, "A", 1), (1, "A", 2), (1, "A", 1), (2, "B", 2)])
    lines = [
        replace(line, batch=batch)
        for line, batch in zip(first.lines, ("B1", "B2", "B1", ""), strict=True)
    ]
    world.ship(replace(first, lines=tuple(lines)))
    assert world.balance("W1", "A") == (6, 6, 0)
    assert len(world.stock.entries_of(first.id)) == 4


# --- broken off, at once, unknown


@pytest.mark.parametrize("lost", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 4))
def test_a_posting_that_broke_off_anywhere_is_finished_by_the_next(
    world: World, no: str, step: int, lost: str
) -> None:
    part = shipment(no, [(1, "A", 3), (2, "B", 2)])
    world.commit(world.orders.plan_shipment(part))
    setattr(world.tables, f"fail_{lost}", world.tables.attempts + step)
    with pytest.raises(ConnectionError):
        world.orders.post_shipment(part.id)
    world.orders.post_shipment(part.id)
    assert world.orders.fulfilment(no).state == "SHORT_CLOSED"
    assert world.balance("W1", "A") == (7, 7, 0)
    assert len(world.events("ParcelShipped")) == 1
    assert len(world.events("OrderShipped")) == 1
    assert world.cases() == ["shipped_short"]


def test_two_confirmations_at_once_are_both_counted(world: World, no: str) -> None:
    first = world.orders.plan_shipment(shipment(no, [(1, "A", 4)], final=False))
    second = shipment(no, [(2, "B", 2)], identity="2")
    stale = world.orders.plan_shipment(second)
    world.commit(first)
    with pytest.raises(ConditionFailed) as failed:
        world.commit(stale)
    assert failed.value.refusals == ("stale_fulfilment",)
    world.commit(world.orders.plan_shipment(second))
    assert world.orders.fulfilment(no).confirmed == (4, 2)


def test_a_shipment_of_300_lines_is_posted_in_chunks(world: World) -> None:
    skus = {f"S{number:03d}": 1 for number in range(300)}
    world.warehouse("W1", skus)
    no = world.accepted(body(*((sku, 1, "1.00") for sku in skus))) + "-01"
    part = shipment(no, [(at, sku, 1) for at, sku in enumerate(skus, start=1)])
    world.commit(world.orders.plan_shipment(part))
    world.tables.fail_after = world.tables.attempts + 5
    with pytest.raises(ConnectionError):
        world.orders.post_shipment(part.id)
    world.orders.post_shipment(part.id)
    assert world.orders.header(no[:-3]) == "SHIPPED"
    assert all(world.balance("W1", sku) == (0, 0, 0) for sku in skus)


def test_what_was_never_accepted_is_not_found(world: World, no: str) -> None:
    with pytest.raises(NotFound) as refused:
        world.orders.post_shipment(shipment_id(no, "never"))
    assert refused.value.code == "unknown_shipment"
    with pytest.raises(NotFound) as refused:
        world.orders.plan_shipment(shipment("O9999-01", ALL))
    assert refused.value.code == "unknown_fulfilment"


def test_a_posted_shipment_says_so(world: World, no: str) -> None:
    world.ship(shipment(no, ALL))
    shipped: Any = world.orders.view(no[:-3]).shipments
    assert [each.state for each in shipped] == [ShipmentState.POSTED]
    assert shipped[0].parcels[0].waybill == "SF1"


def test_a_part_that_ships_leaves_the_orders_head_alone(world: World, no: str) -> None:
    before = world.orders.head(no[:-3])
    world.ship(shipment(no, [(1, "A", 3)], final=False))
    assert world.orders.head(no[:-3]) == before
