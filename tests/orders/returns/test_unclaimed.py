"""Parcels that nobody claims, and a person's word on whose they are."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused
from tests.orders.returns.world import ReturnWorld, line, parcel


@pytest.fixture
def no(world: ReturnWorld) -> str:
    """A fulfilment of 3 A at 4.00 that has left."""
    return world.shipped(("A", 3, "4.00"))


def test_a_parcel_is_booked_from_suspense_and_raised(world: ReturnWorld, no: str) -> None:
    taken = world.returns.take_unclaimed(parcel("WT-1", ("A", 2, "ZP"), fulfilment_no=no))
    assert taken.state == "ACCEPTED"
    assert world.returns.take_unclaimed(parcel("WT-1", ("A", 2, "ZP"))) == taken
    world.work_off()
    assert world.returns.parcel("WT-1").state == "POSTED"
    assert world.quantity("W1", "A") == 9
    assert world.cases() == ["parcel_unclaimed"]
    assert world.case_texts() == [f"A x 2 ZP came back and belongs to no return; it names {no}"]
    world.returns.post_unclaimed("WT-1")
    assert world.quantity("W1", "A") == 9


def test_another_content_under_one_id_is_a_conflict(world: ReturnWorld) -> None:
    world.returns.take_unclaimed(parcel("WT-1", ("A", 2, "ZP")))
    with pytest.raises(Conflict) as refused:
        world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP")))
    assert refused.value.code == "parcel_differs"


def test_a_match_takes_the_suspense_back_and_books_a_return(world: ReturnWorld, no: str) -> None:
    world.receive("W1", {"A": 93})  # the average stays, the books have room
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP"), ("A", 1, "CC")))
    world.work_off()
    found = world.returns.match("WT-1", by="anna", fulfilment_no=no)
    assert world.returns.match("WT-1", by="bert", fulfilment_no=no).no == found.no
    world.work_off()
    assert (world.quantity("W1", "A"), world.quantity("W1", "A", "CC")) == (101, 1)
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert world.told(found.no)["refund"] == "8.00"
    assert world.cases() == []
    entries = world.stock.entries_of(f"{found.no}:WT-1")
    moved = sorted((each.kind, each.from_location, each.to_location) for each in entries)
    assert moved == [
        ("RETURN", "CUSTOMER:S1", "WAREHOUSE:W1:CC"),
        ("RETURN", "CUSTOMER:S1", "WAREHOUSE:W1:ZP"),
        ("SUSPENSE", "WAREHOUSE:W1:CC", "SUSPENSE:W1"),
        ("SUSPENSE", "WAREHOUSE:W1:ZP", "SUSPENSE:W1"),
    ]
    assert world.pool("W1", "A") == (102, 10200)
    parcel_after = world.returns.parcel("WT-1")
    assert (parcel_after.state, parcel_after.matched_to, parcel_after.matched_by) == (
        "MATCHED",
        found.no,
        "anna",
    )


def test_a_match_may_name_a_return_that_is_under_way(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0))
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP")))
    world.work_off()
    world.returns.match("WT-1", by="anna", return_no=found.no)
    world.work_off()
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert world.quantity("W1", "A") == 8


@pytest.mark.parametrize("lines", [[("B", 1, "ZP")], [("A", 4, "ZP")]])
def test_what_the_fulfilment_did_not_have_does_not_fit(
    world: ReturnWorld, no: str, lines: list[tuple[str, int, str]]
) -> None:
    world.returns.take_unclaimed(parcel("WT-1", *lines))
    world.work_off()
    before = world.state()
    with pytest.raises(Refused) as refused:
        world.returns.match("WT-1", by="anna", fulfilment_no=no)
    assert refused.value.code == "parcel_does_not_fit"
    assert world.state() == before


def test_a_return_that_is_over_or_of_another_owner_does_not_fit(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0))
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP"), owner="OTHER"))
    world.returns.take_unclaimed(parcel("WT-2", ("A", 1, "ZP")))
    world.work_off()
    for named in ({"return_no": found.no}, {"fulfilment_no": no}):
        with pytest.raises(Refused):
            world.returns.match("WT-1", by="anna", **named)
    world.returns.cancel(found.no)
    with pytest.raises(Refused):
        world.returns.match("WT-2", by="anna", return_no=found.no)


def test_a_parcel_is_matched_once(world: ReturnWorld, no: str) -> None:
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP")))
    with pytest.raises(IllegalTransition):
        world.returns.match("WT-1", by="anna", fulfilment_no=no)  # not booked yet
    world.work_off()
    world.returns.match("WT-1", by="anna", fulfilment_no=no)
    other = world.shipped(("A", 1, "1.00"), channel_order_id="another")
    with pytest.raises(Conflict) as refused:
        world.returns.match("WT-1", by="anna", fulfilment_no=other)
    assert refused.value.code == "parcel_matched"
    with pytest.raises(NotFound):
        world.returns.match("WT-9", by="anna", fulfilment_no=no)


def test_a_matched_unit_is_returned(world: ReturnWorld, no: str) -> None:
    world.returns.take_unclaimed(parcel("WT-1", ("A", 1, "ZP")))
    world.work_off()
    world.returns.match("WT-1", by="anna", fulfilment_no=no)
    assert world.ask(no, line(1, quantity=2)).lines[0].units == (1, 2)
    with pytest.raises(Refused):
        world.ask(no, line(1, 0), id="R-2")
