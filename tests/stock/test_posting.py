"""Booking what moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.model import ADJUSTMENT, Kind, ReservedLine, Unplaced, suspense
from chalicelib.stock.planning import commit_replanning, in_chunks
from tests.stock.world import TODAY, World, opening, quality_move, receipt, sequences, shipment


def test_a_receipt_is_one_entry_per_line_type_and_batch_with_dense_sequences() -> None:
    world = World()
    world.post(
        "R1",
        receipt(5, batch="B1"),
        receipt(3, batch="B2"),
        receipt(1, inventory_type="CC", batch="B2"),
    )
    entries = world.stock.entries_of("R1")
    assert [entry.entry for entry in entries] == [
        "1#RECEIPT#CC#B2",
        "1#RECEIPT#ZP#B1",
        "1#RECEIPT#ZP#B2",
    ]
    assert sorted(sequences(entries)) == [1, 2, 3]
    balance = world.balance()
    assert balance.quantities == {"ZP": 8, "CC": 1}
    assert (balance.available, balance.version) == (8, 3)


def test_posting_announces_its_pools_once() -> None:
    world = World()
    world.post("R1", receipt(5), receipt(2, line="2", sku="B"))
    (event,) = world.tables.events
    assert event.kind == "EntriesPosted"
    assert event.data == {"document": "R1", "pools": ["WH1/A", "WH1/B"], "kinds": ["RECEIPT"]}


def test_posting_again_books_and_announces_nothing() -> None:
    world = World()
    world.post("R1", receipt(5))
    again = world.post("R1", receipt(5))
    assert again.entries == ()
    assert len(again.writes) == 0
    assert world.balance().quantity("ZP") == 5


def test_a_document_that_was_booked_in_part_is_completed() -> None:
    world = World()
    world.post("R1", receipt(5))
    world.post("R1", receipt(5), receipt(2, line="2"))
    assert world.balance().quantity("ZP") == 7
    assert [event.id for event in world.tables.events] == [
        "EntriesPosted:R1:1#RECEIPT#ZP#",
        "EntriesPosted:R1:2#RECEIPT#ZP#",
    ]


def test_the_same_identity_with_another_quantity_is_a_conflict() -> None:
    world = World()
    world.post("R1", receipt(5))
    with pytest.raises(Conflict, match="entry_differs"):
        world.post("R1", receipt(6))


def test_identities_cant_be_confused_by_what_a_warehouse_writes_into_a_batch() -> None:
    world = World()
    world.post("S1", shipment(1, line="1"), shipment(1, line="1", number=2))
    tricky = replace(shipment(1), batch="#2")
    assert len(world.post("S1", tricky).entries) == 1


def test_shipping_takes_the_reservation_with_it() -> None:
    world = World()
    world.post("OPEN", opening(10))
    world.reserve("F1", A=4)
    posting = world.post("S1", shipment(3), reservation="F1")
    assert posting.over == {}
    balance = world.balance()
    assert (balance.quantity("ZP"), balance.available, balance.reserved) == (7, 6, 1)
    reservation = world.stock.reservation("F1")
    assert reservation is not None
    assert reservation.lines == {"A": ReservedLine(reserved=4, open=1, posted=3)}


def test_the_last_word_of_the_warehouse_gives_the_rest_back() -> None:
    world = World()
    world.post("OPEN", opening(10), opening(5, line="2", sku="B"))
    world.reserve("F1", A=4, B=2)
    world.post("S1", shipment(3), reservation="F1", void_rest=True)
    world.post("S1", shipment(3), reservation="F1", void_rest=True)
    assert (world.balance().available, world.balance().reserved) == (7, 0)
    assert (world.balance("B").available, world.balance("B").reserved) == (5, 0)
    assert world.balance("B").version == 1


def test_more_shipped_than_reserved_is_booked_and_told() -> None:
    world = World()
    world.post("OPEN", opening(4))
    world.reserve("F1", A=4)
    posting = world.post("S1", shipment(6), reservation="F1")
    assert posting.over == {"A": 2}
    assert posting.below_zero == (("WH1", "A", "ZP"),)
    balance = world.balance()
    assert (balance.quantity("ZP"), balance.available, balance.reserved) == (-2, -2, 0)


def test_goods_that_leave_another_type_leave_the_reservation_alone() -> None:
    world = World()
    world.post("OPEN", opening(4), receipt(1, line="2", inventory_type="CC"))
    world.reserve("F1", A=4)
    posting = world.post("S1", shipment(1, inventory_type="CC"), reservation="F1")
    assert posting.over == {}
    assert (world.balance().reserved, world.balance().quantity("CC")) == (4, 0)


def test_a_quality_move_takes_from_what_is_available() -> None:
    world = World()
    world.post("OPEN", opening(4))
    world.post("Q1", quality_move(1))
    assert world.balance().quantities == {"ZP": 3, "CC": 1}
    assert world.balance().available == 3


def test_what_nobody_can_place_is_an_entry_without_effect_on_the_balance() -> None:
    world = World()
    moved = replace(
        receipt(4),
        kind=Kind.SUSPENSE,
        from_location=ADJUSTMENT,
        to_location=suspense("WH1"),
        given_value=None,
        unplaced=Unplaced.CHANGE,
    )
    world.post("X1", moved)
    assert world.stock.entries_of("X1")[0].entry == "1#SUSPENSE#-#"
    assert world.balance().quantities == {}
    assert world.balance().version == 1


def test_what_is_told_late_counts_for_its_day_and_takes_the_next_sequence() -> None:
    world = World()
    world.post("R1", receipt(5))
    (late,) = world.post("R2", receipt(5), day=TODAY - timedelta(days=3)).entries
    assert (late.posting_date, late.sequence) == (TODAY - timedelta(days=3), 2)


def test_a_posting_made_on_an_old_reading_is_planned_again() -> None:
    world = World()
    world.post("OPEN", opening(10))
    rivals = iter(["S8", "S9"])

    class Busy:
        """Somebody else ships first, twice."""

        def commit(self, writes: Writes) -> None:
            rival = next(rivals, None)
            if rival:
                world.post(rival, shipment(1))
            world.tables.commit(writes)

    busy: Transaction = Busy()
    commit_replanning(
        busy,
        lambda: (
            world.stock.plan_post(document="S1", movements=[shipment(2)], posting_date=TODAY).writes
        ),
    )
    assert world.balance().quantity("ZP") == 6
    assert world.balance().version == 4


def test_a_new_balance_made_by_two_at_once_is_made_once() -> None:
    world = World()
    first = world.stock.plan_post(document="R1", movements=[receipt(5)], posting_date=TODAY)
    second = world.stock.plan_post(document="R2", movements=[receipt(5)], posting_date=TODAY)
    world.tables.commit(first.writes)
    with pytest.raises(ConditionFailed, match="stale_balance"):
        world.tables.commit(second.writes)


def test_a_long_document_is_posted_in_chunks_that_fit() -> None:
    world = World()
    moved = [receipt(1, line=str(n), sku=f"S{n}") for n in range(50)]
    sizes = [len(world.post("R1", *chunk).writes) for chunk in in_chunks(moved)]
    # 22 from a supplier: an entry, a balance, its place in the list, the supplier's sum; one event.
    assert sizes == [89, 89, 25]
    opened = [opening(1, line=str(n), sku=f"T{n}") for n in range(70)]
    assert [len(world.post("O1", *chunk).writes) for chunk in in_chunks(opened)] == [88, 88, 37]


def test_the_list_of_a_bucket_has_every_sku_that_ever_moved() -> None:
    world = World()
    world.post("R1", receipt(1, sku="B"), receipt(2, line="2", sku="A"))
    page, cursor = world.stock.balance_page("WH1", 0)
    assert [(balance.sku, balance.quantity("ZP")) for balance in page] == [("A", 2), ("B", 1)]
    assert cursor is None
