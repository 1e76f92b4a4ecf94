"""Transfers: two legs, what is on its way between them, and what never arrives."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, IllegalTransition, Refused
from chalicelib.movements.orders.model import PEOPLE
from chalicelib.movements.transfers.model import TransferLine
from tests.movements.bench import Bench, transfer_input
from tests.warehouse.world import MESSAGE


@pytest.fixture
def bench() -> Bench:
    return Bench()


def state(bench: Bench, no: str) -> str:
    return bench.transfers.transfer(no).state.value


def legs(bench: Bench, no: str) -> tuple[str, str]:
    transfer = bench.transfers.transfer(no)
    return transfer.out_leg, transfer.in_leg


def shipped(bench: Bench, no: str, *lines: tuple[int, str, int]) -> str:
    """Has the out leg shipped and the in leg sent; the in leg's number."""
    out, arriving = legs(bench, no)
    bench.run()
    assert bench.stockout_confirm(out, *lines) == "success"
    bench.run()
    return arriving


def test_goods_leave_are_in_transit_and_arrive_with_their_cost(bench: Bench) -> None:
    no = bench.transfer()
    out, arriving = legs(bench, no)
    bench.run()
    assert bench.systems.methods() == ["stockout.create"]
    assert (state(bench, no), bench.figures("WH1", "A")) == ("APPROVED", (116, 106, 10))
    bench.stockout_confirm(out, (1, "A", 10))
    bench.run()
    assert bench.systems.methods() == ["stockout.create", "entryorder.create"]
    assert (state(bench, no), bench.figures("WH1", "A")) == ("IN_TRANSIT", (106, 106, 0))
    bench.entry_confirm(arriving, (1, "A", 10), wms="W2")
    bench.run()
    assert (state(bench, no), bench.figures("WH2", "A")) == ("RECEIVED", (10, 10, 0))
    place = f"TRANSIT:{no}"
    assert bench.booked(out) == [("TRANSFER_OUT", "A", 10, "WAREHOUSE:WH1:ZP", place)]
    assert bench.booked(arriving) == [("TRANSFER_IN", "A", 10, place, "WAREHOUSE:WH2:ZP")]
    # 120 pieces of A are worth 140.00.
    assert (bench.values(out), bench.values(arriving)) == ([-1167], [1167])
    assert bench.cases() == []


def test_the_legs_name_each_other_at_the_wms(bench: Bench) -> None:
    no = bench.transfer()
    out, arriving = legs(bench, no)
    shipped(bench, no, (1, "A", 10))
    (_, _, leaving), (wms, _, entering) = bench.systems.calls
    head = leaving.needed("deliveryOrder")
    assert head.needed_text("orderType") == "DBCK"
    assert head.needed_text("targetWarehouseCode") == "WH2"
    assert head.needed_text("targetEntryOrderCode") == arriving
    assert wms == "W2"
    head = entering.needed("entryOrder")
    assert head.needed_text("orderType") == "DBRK"
    assert head.needed_text("sourceWarehouseCode") == "WH1"
    related = head.listed("relatedOrders", "relatedOrder")
    assert [(each.text("orderType"), each.text("orderCode")) for each in related] == [
        ("DB", no),
        ("CK", out),
    ]


def test_the_in_leg_has_what_was_shipped_not_what_was_wanted(bench: Bench) -> None:
    no = bench.transfer(
        TransferLine(line_no=1, sku="A", quantity=10), TransferLine(line_no=2, sku="B", quantity=5)
    )
    out, arriving = legs(bench, no)
    bench.stockout_confirm(out, (1, "A", 4), confirmType="1", outBizCode="1")
    bench.run()
    assert state(bench, no) == "APPROVED"
    bench.stockout_confirm(out, (1, "A", 3), outBizCode="2")
    bench.run()
    assert (state(bench, no), bench.state(out)) == ("IN_TRANSIT", "SHORT_CLOSED")
    assert [(each.sku, each.quantity) for each in bench.movements.order(arriving).lines] == [
        ("A", 7)
    ]


def test_nothing_shipped_is_a_cancelled_transfer(bench: Bench) -> None:
    no = bench.transfer()
    out, _ = legs(bench, no)
    bench.stockout_confirm(out, (1, "A", 0))
    bench.run()
    assert (state(bench, no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


def test_a_transfer_is_asked_back_before_it_leaves_and_not_after(bench: Bench) -> None:
    no = bench.transfer()
    bench.run()
    bench.transfers.cancel(no)
    bench.run()
    assert (state(bench, no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))
    other = bench.transfer(id="T-2")
    shipped(bench, other, (1, "A", 10))
    with pytest.raises(IllegalTransition):
        bench.transfers.cancel(other)


def test_what_leaves_after_a_cancel_is_in_transit_all_the_same(bench: Bench) -> None:
    no = bench.transfer()
    bench.run()
    bench.transfers.cancel(no)
    bench.run()
    out, arriving = legs(bench, no)
    bench.stockout_confirm(out, (1, "A", 10))
    bench.run()
    assert state(bench, no) == "IN_TRANSIT"
    assert bench.state(arriving) == "SENT"
    assert "movement_unexpected" in bench.texts()


def test_less_received_is_lost_when_a_person_closes(bench: Bench) -> None:
    no = bench.transfer()
    arriving = shipped(bench, no, (1, "A", 10))
    bench.entry_confirm(arriving, (1, "A", 7), wms="W2")
    bench.run()
    assert state(bench, no) == "PART_RECEIVED"
    for _ in range(2):
        bench.closing.close(no, by="li")
        bench.run()
    assert state(bench, no) == "CLOSED"
    (entry,) = bench.entries([no])
    assert (entry.kind.value, entry.quantity) == ("LOSS", 3)
    assert (entry.from_location, entry.to_location) == (f"TRANSIT:{no}", "ADJUSTMENT")
    assert bench.texts() == {"transfer_loss": "3 pieces left WH1 and never arrived"}
    # 1167 left; 7 of 10 units are 816; what is lost is the rest.
    assert bench.values(arriving) == [816]


def test_a_loss_is_booked_by_itself_when_the_time_is_over(bench: Bench) -> None:
    no = bench.transfer()
    arriving = shipped(bench, no, (1, "A", 10))
    bench.entry_confirm(arriving, (1, "A", 7), wms="W2")
    bench.run()
    bench.let_pass(hours=71)
    bench.closing.want_overdue(date(2026, 11, 25))
    bench.run()
    assert state(bench, no) == "PART_RECEIVED"
    bench.let_pass(hours=2)
    bench.closing.want_overdue(date(2026, 11, 26))
    bench.run()
    assert state(bench, no) == "CLOSED"
    assert [entry.quantity for entry in bench.entries([no])] == [3]


def test_a_transfer_whose_last_word_is_not_said_waits(bench: Bench) -> None:
    no = bench.transfer()
    arriving = shipped(bench, no, (1, "A", 10))
    bench.entry_confirm(arriving, (1, "A", 7), wms="W2", confirmType="1")
    bench.run()
    bench.let_pass(days=30)
    assert bench.closing.close_overdue() == []
    assert state(bench, no) == "PART_RECEIVED"


def test_more_received_comes_from_suspense_and_a_person_is_asked(bench: Bench) -> None:
    no = bench.transfer()
    arriving = shipped(bench, no, (1, "A", 10))
    bench.entry_confirm(arriving, (1, "A", 12), wms="W2")
    bench.run()
    assert state(bench, no) == "RECEIVED"
    assert [each[:4] for each in bench.booked(arriving)] == [
        ("SUSPENSE", "A", 2, "SUSPENSE:WH2"),
        ("TRANSFER_IN", "A", 10, f"TRANSIT:{no}"),
    ]
    assert set(bench.texts()) == {"movement_over", "transfer_surplus"}


def test_what_arrives_after_the_loss_comes_from_suspense(bench: Bench) -> None:
    no = bench.transfer()
    arriving = shipped(bench, no, (1, "A", 10))
    bench.closing.close(no, by="li")
    bench.run()
    bench.entry_confirm(arriving, (1, "A", 10), wms="W2")
    bench.run()
    assert [each[:4] for each in bench.booked(arriving)] == [("SUSPENSE", "A", 10, "SUSPENSE:WH2")]
    assert set(bench.texts()) == {"transfer_loss", "transfer_surplus"}
    assert state(bench, no) == "CLOSED"


def test_a_late_confirm_of_the_sending_warehouse_is_on_its_way_too(bench: Bench) -> None:
    no = bench.transfer()
    out, _ = legs(bench, no)
    arriving = shipped(bench, no, (1, "A", 6))
    bench.stockout_confirm(out, (1, "A", 4), outBizCode="late", confirmType="1")
    bench.run()
    bench.entry_confirm(arriving, (1, "A", 10), wms="W2")
    bench.run()
    assert state(bench, no) == "RECEIVED"
    assert sum(bench.values(out)) + sum(bench.values(arriving)) == 0
    assert set(bench.texts()) == {"movement_over"}


def test_a_draft_reserves_nothing_and_is_approved_with_its_leg(bench: Bench) -> None:
    transfer, _ = bench.transfers.take(PEOPLE, transfer_input(), MESSAGE)
    assert (state(bench, transfer.no), bench.figures("WH1", "A")) == ("DRAFT", (116, 116, 0))
    bench.transfers.approve(transfer.no, by="li")
    bench.transfers.approve(transfer.no, by="li")
    assert (state(bench, transfer.no), bench.figures("WH1", "A")) == ("APPROVED", (116, 106, 10))
    other, _ = bench.transfers.take(PEOPLE, transfer_input(id="T-2"), MESSAGE)
    bench.transfers.cancel(other.no)
    bench.run()
    assert state(bench, other.no) == "CANCELLED"


def test_a_transfer_is_known_by_its_source_and_id(bench: Bench) -> None:
    no = bench.transfer()
    assert bench.transfer() == no
    with pytest.raises(Conflict):
        bench.transfer(TransferLine(line_no=1, sku="A", quantity=11))
    before = bench.documents()
    with pytest.raises(Refused, match="enough of: B"):
        bench.transfer(TransferLine(line_no=1, sku="B", quantity=101), id="T-9")
    with pytest.raises(Refused) as refused:
        bench.transfer(id="T-9", to_warehouse="WH9")
    assert refused.value.field == "to_warehouse"
    assert bench.documents() == before


@settings(max_examples=25, deadline=None)
@given(
    left=st.lists(
        st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 7)), min_size=1, max_size=3
    ),
    arrived=st.lists(
        st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 9), st.sampled_from(["ZP", "CC"])),
        max_size=3,
    ),
)
def test_pieces_and_fen_that_leave_arrive_or_are_lost(
    left: list[tuple[str, int]], arrived: list[tuple[str, int, str]]
) -> None:
    bench = Bench()
    no = bench.transfer(
        TransferLine(line_no=1, sku="A", quantity=9), TransferLine(line_no=2, sku="B", quantity=9)
    )
    out, arriving = legs(bench, no)
    for at, (sku, pieces) in enumerate(left):
        last = "0" if at == len(left) - 1 else "1"
        bench.stockout_confirm(out, ("", sku, pieces), outBizCode=str(at), confirmType=last)
    bench.run()
    gone = sum(pieces for _, pieces in left)
    if gone == 0:
        assert state(bench, no) == "CANCELLED"
        return
    for at, (sku, pieces, name) in enumerate(arrived):
        bench.entry_confirm(
            arriving, ("", sku, pieces, name), outBizCode=str(at), confirmType="1", wms="W2"
        )
    bench.run()
    if state(bench, no) != "RECEIVED":
        bench.closing.close(no, by="li")
        bench.run()
    booked = bench.entries(each.id for each in bench.movements.confirmations(arriving))
    came = sum(entry.quantity for entry in booked if entry.kind.value == "TRANSFER_IN")
    lost = sum(entry.quantity for entry in bench.entries([no]))
    assert came + lost == gone
    assert sum(entry.quantity for entry in booked) == sum(pieces for _, pieces, _ in arrived)
    assert bench.transfers.in_transit(no).left == 0
    of_arrivals = [
        value.value
        for each in bench.movements.confirmations(arriving)
        for value in bench.costs.values_of(each.id)
        if value.kind.value == "TRANSFER_IN"
    ]
    not_arrived = -(sum(bench.values(out)) + sum(of_arrivals))
    assert (not_arrived == 0) if lost == 0 else (not_arrived > 0)
