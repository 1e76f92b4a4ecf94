"""Transfers that go to one WMS whole: one document down, running totals up, two legs booked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.movements.transfers.model import TransferLine
from chalicelib.stock.model import OPENING, Kind, Movement, warehouse
from tests.movements.bench import transfer_input
from tests.movements.whole import WholeBench, report_body
from tests.warehouse.world import MESSAGE, sku_input

OUT, IN = "2026-11-22 10:00:00", "2026-11-22 15:00:00"


@pytest.fixture
def bench() -> WholeBench:
    return WholeBench()


def a_and_defective() -> tuple[TransferLine, ...]:
    return (
        TransferLine(line_no=1, sku="A", quantity=10),
        TransferLine(line_no=2, sku="A", quantity=3, inventory_type="CC"),
    )


def test_one_document_goes_to_the_wms_instead_of_two(bench: WholeBench) -> None:
    no = bench.sent(*a_and_defective())
    ((wms, method, request),) = bench.systems.calls
    assert (wms, method) == ("W1", "transferorder.create")
    assert request.needed_text("erpOrderCode") == no
    assert request.needed_text("fromStoreCode") == "WH1"
    assert request.needed_text("toStoreCode") == "WH2"
    items = request.listed("transferItems", "transferItem")
    assert [
        (each.needed_text("scItemCode"), each.text("inventoryType"), each.text("count"))
        for each in items
    ] == [("A", "1", "10"), ("A", "101", "3")]
    transfer = bench.transfers.transfer(no)
    out = bench.movements.order(transfer.out_leg)
    assert (transfer.whole, out.state.value, out.wms_id) == (True, "SENT", f"W-{no}")
    assert bench.state_of(f"{no}#transferorder.create") == "ACKED"


def test_a_report_of_everything_books_both_legs(bench: WholeBench) -> None:
    no = bench.sent(*a_and_defective())
    told = (("A", 10, 10), ("A", 3, 3, "101"))
    times = {"confirmOutTime": OUT, "confirmInTime": IN}
    assert bench.report(no, *told, orderStatus="DELIVERED", **times) == "success"
    bench.run()
    transfer = bench.transfers.transfer(no)
    place = f"TRANSIT:{no}"
    assert bench.booked(transfer.out_leg) == [
        ("TRANSFER_OUT", "A", 10, "WAREHOUSE:WH1:ZP", place),
        ("TRANSFER_OUT", "A", 3, "WAREHOUSE:WH1:CC", place),
    ]
    assert bench.booked(transfer.in_leg) == [
        ("TRANSFER_IN", "A", 10, place, "WAREHOUSE:WH2:ZP"),
        ("TRANSFER_IN", "A", 3, place, "WAREHOUSE:WH2:CC"),
    ]
    assert transfer.state.value == "RECEIVED"
    assert (bench.state(transfer.out_leg), bench.state(transfer.in_leg)) == ("DONE", "DONE")
    assert sum(bench.values(transfer.out_leg)) == -sum(bench.values(transfer.in_leg))
    assert bench.systems.methods() == ["transferorder.create"]
    assert bench.figures("WH1", "A") == (106, 106, 0)
    assert bench.cases() == []


def test_out_then_in_are_booked_as_they_come(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 0), orderStatus="PARTDELIVERED", confirmOutTime=OUT)
    bench.run()
    assert (bench.transfer_state(no), bench.stock_of("A")) == ("IN_TRANSIT", (106, 10, 0))
    told = {"orderStatus": "DELIVERED", "confirmOutTime": OUT, "confirmInTime": IN}
    bench.report(no, ("A", 10, 10), **told)
    bench.run()
    assert (bench.transfer_state(no), bench.stock_of("A")) == ("RECEIVED", (106, 0, 10))
    assert bench.systems.methods() == ["transferorder.create"]
    assert bench.cases() == []


def test_the_same_report_again_and_an_older_one_change_nothing(bench: WholeBench) -> None:
    no = bench.sent()
    older = (("A", 10, 0),)
    told = {"orderStatus": "DELIVERED", "confirmOutTime": OUT, "confirmInTime": IN}
    bench.report(no, ("A", 10, 10), **told)
    bench.report(no, ("A", 10, 10), **told)
    bench.run()
    before = bench.stock_of("A")
    bench.report(no, *older, orderStatus="PARTDELIVERED", confirmOutTime=OUT)
    bench.report(no, ("A", 10, 10), **told)
    bench.run()
    assert before == bench.stock_of("A") == (106, 0, 10)
    assert [outcome for method, outcome in bench.outcomes() if method.endswith("report")] == [
        "ACCEPTED",
        "DUPLICATE",
        "ACCEPTED",
        "DUPLICATE",
    ]
    assert bench.cases() == []


def test_totals_that_fall_are_left_and_a_person_is_told(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 10), confirmOutTime=OUT, confirmInTime=IN)
    bench.run()
    bench.report(no, ("A", 10, 8), confirmOutTime=OUT, confirmInTime="2026-11-22 16:00:00")
    bench.run()
    assert bench.stock_of("A") == (106, 0, 10)
    assert bench.texts() == {
        "transfer_totals_fell": "A fell below what was told before; what is booked stays"
    }


def test_of_totals_that_rise_and_fall_together_what_rose_is_booked(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 6, 4), confirmOutTime=OUT)
    bench.report(no, ("A", 10, 3), confirmOutTime=OUT)
    bench.run()
    assert bench.stock_of("A") == (106, 6, 4)
    assert bench.cases() == ["transfer_totals_fell"]


def test_more_arrives_than_left_and_a_person_is_told(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 12), orderStatus="FULFILLED")
    bench.run()
    assert bench.stock_of("A") == (106, 0, 12)
    assert bench.cases() == ["movement_over", "transfer_surplus"]


def test_what_isnt_on_the_transfer_is_booked_in_suspense(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 10), ("B", 2, 2), ("NOBODYS", 1, 0), orderStatus="FULFILLED")
    bench.run()
    transfer = bench.transfers.transfer(no)
    assert ("SUSPENSE", "B", 2, "WAREHOUSE:WH1:ZP", "SUSPENSE:WH1") in bench.booked(
        transfer.out_leg
    )
    assert bench.booked(transfer.in_leg)[1] == (
        "SUSPENSE",
        "B",
        2,
        "SUSPENSE:WH2",
        "WAREHOUSE:WH2:ZP",
    )
    assert bench.cases() == [
        "movement_sku_not_ordered",
        "movement_sku_not_ordered",
        "movement_sku_unknown",
        "stock_below_zero",
    ]


def test_an_arrival_is_booked_though_more_is_still_to_leave(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 6, 4))
    bench.run()
    assert (bench.transfer_state(no), bench.stock_of("A")) == ("PART_RECEIVED", (110, 2, 4))
    bench.report(no, ("A", 8, 8), orderStatus="CLOSED")
    bench.run()
    assert (bench.transfer_state(no), bench.stock_of("A")) == ("RECEIVED", (108, 0, 8))
    assert bench.figures("WH1", "A") == (108, 108, 0)


def test_nothing_moved_and_closed_is_a_cancelled_transfer(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 0, 0), orderStatus="CLOSED")
    bench.run()
    assert (bench.transfer_state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


def test_less_arrives_than_left_and_the_rest_is_lost_at_close(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 7), orderStatus="FULFILLED")
    bench.run()
    transfer = bench.transfers.transfer(no)
    assert (transfer.state.value, transfer.arrived_at is not None) == ("PART_RECEIVED", True)
    bench.closing.close(no, by="li")
    bench.run()
    assert bench.stock_of("A") == (106, 0, 7)
    assert bench.cases() == ["transfer_loss"]


def test_a_report_is_found_by_the_number_of_the_wms(bench: WholeBench) -> None:
    no = bench.sent()
    assert bench.report(no, ("A", 10, 10), erpOrderCode="", orderStatus="FULFILLED") == "success"
    assert bench.report(no, ("A", 10, 10), erpOrderCode="THEIRS-1") == "success"
    bench.run()
    assert bench.transfer_state(no) == "RECEIVED"


def test_a_report_is_filed_under_its_transfer(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 0))
    rows = [item for key, item in bench.tables.tables.items() if key.table == "messages"]
    reports = [item for item in rows if item["method"] == "transferorder.report"]
    assert [item["documents"] for item in reports] == [(no,)]


@pytest.mark.parametrize(
    "changes", [{"wms": "W2"}, {"erpOrderCode": "X", "transferOrderCode": "Y"}]
)
def test_a_report_of_what_the_wms_hasnt_got_is_refused(
    bench: WholeBench, changes: dict[str, str]
) -> None:
    no = bench.sent()
    assert bench.report(no, ("A", 10, 10), **changes) == "failure"
    assert bench.stock_of("A") == (116, 0, 0)


def test_a_report_whose_create_got_no_answer_shows_that_it_is_there(bench: WholeBench) -> None:
    no = bench.transfer()
    bench.systems.faults = ["lost"]
    bench.run_until_sent("transferorder.create")
    assert bench.state_of(f"{no}#transferorder.create") == "UNKNOWN"
    bench.report(no, ("A", 10, 10), orderStatus="FULFILLED")
    bench.run()
    assert (bench.transfer_state(no), bench.stock_of("A")) == ("RECEIVED", (106, 0, 10))
    assert bench.systems.created == [no]
    assert bench.systems.methods() == ["transferorder.create", "transferorder.query"]


def test_a_create_whose_answer_got_lost_is_asked_about(bench: WholeBench) -> None:
    no = bench.transfer()
    bench.systems.faults = ["lost"]
    bench.run()
    assert bench.systems.methods() == ["transferorder.create", "transferorder.query"]
    assert bench.state_of(f"{no}#transferorder.create") == "ACKED"
    assert bench.movements.order(bench.transfers.transfer(no).out_leg).wms_id == f"W-{no}"


def test_a_create_that_never_came_is_sent_once_more(bench: WholeBench) -> None:
    bench.transfer()
    bench.systems.faults = ["dropped"]
    bench.run()
    assert bench.systems.methods() == ["transferorder.query", "transferorder.create"]


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        ((), {"takes_transfers": False}),
        ((), {"elsewhere": True}),
        ((TransferLine(line_no=1, sku="A", quantity=4, batch="B1"),), {}),
        (a_and_defective(), {"most_lines": 1}),
        (
            (
                TransferLine(line_no=1, sku="A", quantity=4),
                TransferLine(line_no=2, sku="A", quantity=4),
            ),
            {},
        ),
    ],
)
def test_what_one_document_cant_say_or_may_not_goes_as_a_pair(
    bench: WholeBench, lines: tuple[TransferLine, ...], given: dict[str, object]
) -> None:
    if given.pop("elsewhere", False):
        bench.catalog.put_warehouse(replace(bench.catalog.warehouse("WH2"), wms="W2"))
    bench.set(**given)
    no = bench.sent(*lines)
    assert bench.systems.methods()[0] == "stockout.create"
    assert "transferorder.create" not in bench.systems.methods()
    assert not bench.transfers.transfer(no).whole


def test_what_went_whole_stays_so_when_the_setting_changes(bench: WholeBench) -> None:
    no = bench.transfer()
    bench.systems.faults = ["down"]
    while f"{no}#transferorder.create" not in str(bench.tables.tables):
        assert bench.step()
    bench.set(takes_transfers=False)
    events = [each for each in bench.tables.events if each.kind == "MovementApproved"]
    bench.handle(events[-1])
    bench.run()
    assert set(bench.systems.methods()) == {"transferorder.create"}
    assert bench.systems.created.count(no) == 1


def test_it_is_asked_back_whole(bench: WholeBench) -> None:
    no = bench.sent()
    bench.transfers.cancel(no)
    bench.run()
    _, method, request = bench.systems.calls[-1]
    assert (method, request.needed_text("orderCode")) == ("order.cancel", no)
    assert request.needed_text("orderType") == "DBCK"
    assert request.needed_text("orderId") == f"W-{no}"
    assert (bench.transfer_state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


def test_a_cancel_whose_answer_got_lost_is_asked_about(bench: WholeBench) -> None:
    no = bench.sent()
    bench.transfers.cancel(no)
    bench.systems.faults = ["lost"]
    bench.run()
    assert bench.systems.methods()[1:] == ["order.cancel", "transferorder.query"]
    assert bench.transfer_state(no) == "CANCELLED"


def test_a_cancel_before_it_went_out_sends_nothing(bench: WholeBench) -> None:
    stocked_and_unknown(bench)
    bench.systems.down = {"W1"}
    no = bench.transfer(TransferLine(line_no=1, sku="D", quantity=5))
    bench.step()
    assert bench.dispatch(f"{no}#transferorder.create").code == "sku_not_acknowledged"
    bench.transfers.cancel(no)
    bench.systems.down = set()
    bench.run()
    assert bench.state_of(f"{no}#transferorder.create") == "DROPPED"
    assert (bench.transfer_state(no), bench.figures("WH1", "D")) == ("CANCELLED", (5, 5, 0))
    assert set(bench.systems.methods()) <= {"singleitem.synchronize"}


def test_its_in_leg_alone_is_never_asked_back(bench: WholeBench) -> None:
    no = bench.sent()
    bench.report(no, ("A", 10, 0))
    bench.run()
    bench.movements.cancel(bench.transfers.transfer(no).in_leg)
    bench.run()
    order = bench.movements.order(bench.transfers.transfer(no).in_leg)
    assert (order.cancel.value, order.state.value) == ("REFUSED", "SENT")
    assert bench.systems.methods() == ["transferorder.create"]
    assert bench.cases() == ["movement_kept"]


def test_a_report_that_says_it_is_cancelled_cancels_it(bench: WholeBench) -> None:
    no = bench.sent()
    assert bench.report(no, ("A", 0, 0), orderStatus="CANCELED") == "success"
    bench.run()
    assert (bench.transfer_state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


@pytest.mark.parametrize(
    ("status", "kinds"), [("EXCEPTION", ["warehouse_step_needs_a_look"]), ("ON_THE_ROAD", [])]
)
def test_a_status_that_asks_for_a_look_gets_one_and_an_unknown_one_is_kept(
    bench: WholeBench, status: str, kinds: list[str]
) -> None:
    no = bench.sent()
    assert bench.report(no, ("A", 4, 0), orderStatus=status) == "success"
    bench.run()
    assert bench.stock_of("A") == (112, 4, 0)
    assert bench.transfer_state(no) == "APPROVED"
    assert bench.cases() == kinds


def test_a_step_that_says_it_is_cancelled_cancels_it(bench: WholeBench) -> None:
    no = bench.sent()
    body = (
        f"<request><order><orderCode>{no}</orderCode><orderType>DBCK</orderType></order><process>"
        f"<processStatus>CANCELED</processStatus></process></request>"
    )
    answer = bench.callback("orderprocess.report", body)
    assert answer.needed_text("flag") == "success"
    bench.run()
    assert bench.transfer_state(no) == "CANCELLED"


def test_another_warehouse_of_ours_than_the_transfer_names_is_booked_where_it_was(
    bench: WholeBench,
) -> None:
    bench.set(warehouse_codes={"WH1": "ONE", "WH2": "TWO"})
    no = bench.sent()
    assert bench.report(no, ("A", 10, 10), fromWarehouseCode="ONE", toWarehouseCode="X9") == (
        "success"
    )
    bench.run()
    assert bench.stock_of("A") == (106, 0, 10)
    assert bench.cases() == ["warehouse_differs"]


def test_a_draft_is_nobodys_yet(bench: WholeBench) -> None:
    draft, _ = bench.transfers.take("@people", transfer_input(), MESSAGE)
    assert bench.report(draft.no, ("A", 10, 10)) == "failure"


def test_a_total_below_zero_is_refused(bench: WholeBench) -> None:
    no = bench.sent()
    assert bench.report(no, ("A", -1, 0)) == "failure"


def stocked_and_unknown(bench: WholeBench) -> None:
    """5 pieces of D in WH1, of which the WMS has heard nothing."""
    bench.catalog.put_skus("PIM", [sku_input("D")], MESSAGE)
    movement = Movement(
        line="D",
        kind=Kind.OPENING,
        warehouse="WH1",
        sku="D",
        bucket=bench.catalog.sku("D").bucket,
        quantity=5,
        from_location=OPENING,
        to_location=warehouse("WH1"),
        occurred_at=bench.clock.now(),
        source=MESSAGE,
        given_value=500,
    )
    day = bench.clock.now().date()
    posting = bench.stock.plan_post(document="OPENING-D", movements=[movement], posting_date=day)
    bench.tables.commit(posting.writes)
    bench.collect()
    bench.later.clear()


def test_a_sku_that_the_wms_doesnt_know_is_told_first(bench: WholeBench) -> None:
    stocked_and_unknown(bench)
    bench.sent(TransferLine(line_no=1, sku="D", quantity=5))
    assert bench.systems.methods() == ["singleitem.synchronize", "transferorder.create"]


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, data=st.data())
def test_whatever_comes_twice_or_late_the_last_totals_are_booked(
    steps: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    """Of A and defective A: more leaves with each report, and of what left more arrives."""
    bench = WholeBench()
    no = bench.sent(*a_and_defective())
    good = good_in = bad = bad_in = 0
    bodies = []
    for number, (a, a_in, d, d_in) in enumerate(steps):
        good, bad = min(good + a, 10), min(bad + d, 3)
        good_in, bad_in = min(good_in + a_in, good), min(bad_in + d_in, bad)
        told = (("A", good, good_in), ("A", bad, bad_in, "101"))
        bodies.append(report_body(no, *told, confirmOutTime=f"2026-11-22 10:00:0{number}"))
    posted = [*bodies, *data.draw(st.lists(st.sampled_from(bodies), max_size=4))]
    for body in data.draw(st.permutations(posted)):
        answer = bench.callback("transferorder.report", body)
        assert answer.needed_text("flag") == "success"
        if data.draw(st.booleans()):
            bench.run()
    bench.run()
    assert bench.stock_of("A") == (116 - good, good - good_in + bad - bad_in, good_in)
    balances = bench.stock.balances([("WH1", "A"), ("WH2", "A")])
    moved = balances.get(("WH2", "A"))
    assert balances["WH1", "A"].quantity("CC") == 4 - bad
    assert (moved.quantity("CC") if moved else 0) == bad_in
    assert bench.cases() == []
