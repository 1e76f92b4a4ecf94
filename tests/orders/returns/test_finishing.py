"""Parcels that are nobody's: found, sent back, disposed of; once, with who and why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused
from chalicelib.orders.returns.states import ENDS, UnclaimedState
from chalicelib.stock.standing import StandingState
from tests.orders.returns.world import ReturnWorld, parcel

TAKEN_IN, SENT_BACK, DISPOSED = ENDS
OF_ENTRIES = ("kind", "from_location", "to_location", "quantity")


def come(world: ReturnWorld, *lines: tuple[str, int, str]) -> None:
    """A parcel of nobody's, booked."""
    world.receive("W1", {"A": 90})
    world.returns.take_unclaimed(parcel("WT-1", *lines))
    world.work_off()


def booked(world: ReturnWorld) -> list[tuple[object, ...]]:
    entries = world.stock.entries_of("WT-1-E")
    return sorted(tuple(getattr(each, name) for name in OF_ENTRIES) for each in entries)


def standing(world: ReturnWorld) -> list[str]:
    return [row.document for row in world.stock.standing(StandingState.OPEN).rows]


def test_what_was_found_is_a_surplus_by_inventory_type_at_its_value(world: ReturnWorld) -> None:
    come(world, ("A", 2, "ZP"), ("A", 1, "CC"))
    before = (world.quantity("W1", "A"), world.quantity("W1", "A", "CC"), world.pool("W1", "A"))
    assert standing(world) == ["WT-1"]
    ended = world.returns.end_parcel("WT-1", TAKEN_IN, by="fay", because="no sender on it")
    assert (ended.state, ended.ended_by, ended.ended_because) == (
        "TAKEN_IN",
        "fay",
        "no sender on it",
    )
    assert world.cases() == []
    world.work_off()
    assert booked(world) == [
        ("SURPLUS", "ADJUSTMENT", "WAREHOUSE:W1:CC", 1),
        ("SURPLUS", "ADJUSTMENT", "WAREHOUSE:W1:ZP", 2),
        ("SUSPENSE", "WAREHOUSE:W1:CC", "SUSPENSE:W1", 1),
        ("SUSPENSE", "WAREHOUSE:W1:ZP", "SUSPENSE:W1", 2),
    ]
    after = (world.quantity("W1", "A"), world.quantity("W1", "A", "CC"), world.pool("W1", "A"))
    assert (after, standing(world)) == (before, [])


@pytest.mark.parametrize("how", [SENT_BACK, DISPOSED])
def test_what_goes_leaves_no_stock(world: ReturnWorld, how: UnclaimedState) -> None:
    come(world, ("A", 2, "ZP"))
    before = world.quantity("W1", "A")
    world.returns.end_parcel("WT-1", how, by="fay", because="x")
    world.work_off()
    assert world.quantity("W1", "A") == before - 2
    assert booked(world) == [("SUSPENSE", "WAREHOUSE:W1:ZP", "SUSPENSE:W1", 2)]
    assert (world.cases(), standing(world)) == ([], [])
    assert world.returns.unclaimed() == ([], None)


@settings(deadline=None, max_examples=30)
@given(words=st.lists(st.sampled_from([*ENDS]), min_size=1, max_size=5), late=st.booleans())
def test_whoever_says_it_first_is_right_and_it_is_booked_once(
    words: list[UnclaimedState], late: bool
) -> None:
    world = ReturnWorld()
    world.warehouse("W1", {"A": 10})
    come(world, ("A", 2, "ZP"))
    for number, how in enumerate(words):
        if how is words[0]:
            said = world.returns.end_parcel("WT-1", how, by=f"P{number}", because=f"w{number}")
            assert (said.ended_by, said.ended_because) == ("P0", "w0")
        else:
            with pytest.raises(Conflict) as refused:
                world.returns.end_parcel("WT-1", how, by="late", because="late")
            assert refused.value.code == "parcel_ended"
        if not late:
            world.work_off()
            world.returns.post_ended("WT-1")
    world.work_off()
    world.returns.post_ended("WT-1")
    assert len(booked(world)) == (2 if words[0] is TAKEN_IN else 1)


def test_goods_that_are_no_sku_of_ours_are_not_taken_in(world: ReturnWorld) -> None:
    come(world, ("NOBODYS", 1, "ZP"))
    with pytest.raises(Refused) as refused:
        world.returns.end_parcel("WT-1", TAKEN_IN, by="fay", because="x")
    assert (refused.value.code, refused.value.field) == ("unknown_sku", "as")
    world.returns.end_parcel("WT-1", DISPOSED, by="fay", because="x")
    world.work_off()
    assert world.quantity("W1", "NOBODYS") == 0


def test_a_parcel_is_ended_or_matched_and_not_before_it_is_booked(world: ReturnWorld) -> None:
    no = world.shipped(("A", 3, "4.00"))
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP")))
    with pytest.raises(IllegalTransition):
        world.returns.end_parcel("WT-1", DISPOSED, by="fay", because="x")
    world.work_off()
    with pytest.raises(Refused) as refused:
        world.returns.post_ended("WT-1")
    assert refused.value.code == "not_ended"
    world.returns.end_parcel("WT-1", SENT_BACK, by="fay", because="x")
    with pytest.raises(Conflict) as conflict:
        world.returns.match("WT-1", by="anna", fulfilment_no=no)
    assert conflict.value.code == "parcel_ended"
    world.returns.take_unclaimed(parcel("WT-2", ("A", 1, "ZP")))
    world.work_off()
    world.returns.match("WT-2", by="anna", fulfilment_no=no)
    with pytest.raises(Conflict) as conflict:
        world.returns.end_parcel("WT-2", SENT_BACK, by="fay", because="x")
    assert conflict.value.code == "parcel_matched"
    with pytest.raises(NotFound):
        world.returns.end_parcel("WT-9", SENT_BACK, by="fay", because="x")
