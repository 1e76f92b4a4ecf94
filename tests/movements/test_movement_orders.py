"""Movement orders: taken or drafted, reserved, sent, confirmed, asked back; what they book."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, IllegalTransition, Refused
from chalicelib.movements.orders.model import PEOPLE, MovementLineInput
from chalicelib.warehouse.statuses.checking import parse_statuses
from tests.movements.bench import Bench, line, order_input
from tests.warehouse.world import MESSAGE


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- coming in


def test_a_requisition_reserves_its_goods_goes_to_the_wms_and_is_booked(bench: Bench) -> None:
    no = bench.ordered()
    assert bench.figures("WH1", "A") == (116, 106, 10)
    bench.run()
    assert bench.systems.methods() == ["stockout.create"]
    assert bench.state(no) == "SENT"
    assert bench.stockout_confirm(no, (1, "A", 10)) == "success"
    bench.run()
    assert bench.state(no) == "DONE"
    assert bench.booked(no) == [
        ("REQUISITION", "A", 10, "WAREHOUSE:WH1:ZP", "CONSUMPTION:OFFICE"),
    ]
    assert bench.figures("WH1", "A") == (106, 106, 0)
    assert bench.cases() == []


def test_the_wms_gets_type_lines_and_owner(bench: Bench) -> None:
    no = bench.ordered(
        line(1, "A", 3, batch="B1"),
        line(2, "A", 4, "CC", batch="B1", price=25_000),
        type="CGTH",
        partner="SUP1",
        department="",
    )
    bench.run()
    ((_, _, request),) = bench.systems.calls
    head = request.needed("deliveryOrder")
    assert head.needed_text("deliveryOrderCode") == no
    assert head.needed_text("orderType") == "CGTH"
    assert head.needed_text("supplierCode") == "SUP1"
    assert head.needed_text("supplierName") == "茶园"
    lines = request.listed("orderLines", "orderLine")
    assert [
        (
            each.text("itemCode"),
            each.text("planQty"),
            each.text("inventoryType"),
            each.text("batchCode"),
            each.text("itemId"),
        )
        for each in lines
    ] == [("A", "3", "ZP", "B1", "ID-W1-A"), ("A", "4", "CC", "B1", "ID-W1-A")]


def test_the_same_again_gives_the_first_and_other_content_is_a_conflict(bench: Bench) -> None:
    first, new = bench.movements.take("ERP", order_input(), MESSAGE, approved_by="ERP")
    again, repeated = bench.movements.take("ERP", order_input(), MESSAGE, approved_by="ERP")
    assert (first.no, new, repeated) == (again.no, True, False)
    assert bench.figures("WH1", "A")[2] == 10
    with pytest.raises(Conflict, match="other content"):
        bench.ordered(line(1, "A", 11))
    other, new = bench.movements.take("OA", order_input(), MESSAGE, approved_by="OA")
    assert new and other.no != first.no


def test_more_than_is_available_is_refused_with_the_skus_and_changes_nothing(bench: Bench) -> None:
    before = bench.documents()
    with pytest.raises(Refused) as refused:
        bench.ordered(line(1, "A", 117), line(2, "B", 101), line(3, "C", 1))
    assert refused.value.code == "not_available"
    assert refused.value.message == "there isn't enough of: A, B"
    assert bench.documents() == before
    with pytest.raises(Refused, match="A \\(CC\\)"):
        bench.ordered(line(1, "A", 5, "CC"))


def test_what_another_has_reserved_is_not_available(bench: Bench) -> None:
    bench.order(("A", 110, "1.00"))
    with pytest.raises(Refused, match="not_available|enough"):
        bench.ordered()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"warehouse": "WH9"}, "unknown_warehouse", "warehouse"),
        ({"owner": "OTHER"}, "other_owner", "lines[0].sku"),
        ({"lines": (line(1, "Z", 1),)}, "unknown_sku", "lines[0].sku"),
        ({"type": "CGTH", "partner": "SUP9"}, "unknown_supplier", "partner"),
    ],
)
def test_names_that_are_not_there_are_refused(
    bench: Bench, changes: dict[str, object], code: str, field: str
) -> None:
    before = bench.documents()
    with pytest.raises(Refused) as refused:
        bench.movements.take("ERP", order_input(**changes), MESSAGE, approved_by="ERP")
    assert (refused.value.code, refused.value.field) == (code, field)
    assert bench.documents() == before


def test_a_draft_moves_nothing_until_it_is_approved_once(bench: Bench) -> None:
    order, _ = bench.movements.take(PEOPLE, order_input(), MESSAGE)
    bench.run()
    assert (bench.state(order.no), bench.figures("WH1", "A")) == ("DRAFT", (116, 116, 0))
    assert bench.systems.methods() == []
    bench.movements.approve(order.no, by="li")
    bench.movements.approve(order.no, by="wang")
    bench.run()
    assert bench.state(order.no) == "SENT"
    assert bench.movements.order(order.no).approved_by == "li"
    assert bench.figures("WH1", "A") == (116, 106, 10)


def test_a_draft_is_cancelled_at_once_and_cannot_be_approved_then(bench: Bench) -> None:
    order, _ = bench.movements.take(PEOPLE, order_input(), MESSAGE)
    bench.movements.cancel(order.no)
    bench.movements.cancel(order.no)
    assert bench.state(order.no) == "CANCELLED"
    with pytest.raises(IllegalTransition):
        bench.movements.approve(order.no, by="li")


def test_a_draft_of_too_much_stays_a_draft(bench: Bench) -> None:
    order, _ = bench.movements.take(PEOPLE, order_input(line(1, "A", 500)), MESSAGE)
    with pytest.raises(Refused, match="enough of: A"):
        bench.movements.approve(order.no, by="li")
    assert bench.state(order.no) == "DRAFT"


# --- vendor returns


def vendor_return(bench: Bench, *lines: MovementLineInput) -> str:
    return bench.ordered(*lines, type="CGTH", partner="SUP1", department="")


def test_a_supplier_gets_back_only_what_it_delivered(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        vendor_return(bench, line(1, "A", 17, batch="B1"), line(2, "A", 4, "CC", batch="B1"))
    assert refused.value.code == "not_from_supplier"
    assert refused.value.message == "SUP1 hasn't delivered as many of: A (B1)"
    with pytest.raises(Refused, match="B \\(no batch\\)"):
        vendor_return(bench, line(1, "B", 1))
    no = vendor_return(bench, line(1, "A", 16, batch="B1"), line(2, "A", 4, "CC", batch="B1"))
    assert bench.state(no) == "APPROVED"


def test_what_went_back_once_cannot_go_back_again(bench: Bench) -> None:
    no = vendor_return(bench, line(1, "A", 4, "CC", batch="B1"))
    bench.stockout_confirm(no, (1, "A", 4, "CC", "B1"))
    bench.run()
    assert bench.booked(no) == [("VENDOR_RETURN", "A", 4, "WAREHOUSE:WH1:CC", "SUPPLIER:SUP1")]
    with pytest.raises(Refused, match="hasn't delivered as many"):
        bench.ordered(
            line(1, "A", 17, batch="B1"), id="M-2", type="CGTH", partner="SUP1", department=""
        )


def test_a_vendor_return_costs_the_average(bench: Bench) -> None:
    """120 pieces of A are worth 140.00: 1.1667 each."""
    no = vendor_return(bench, line(1, "A", 10, batch="B1", price=20_000))
    bench.stockout_confirm(no, (1, "A", 10, "ZP", "B1"))
    bench.run()
    assert bench.values(no) == [-1167]


def test_another_batch_than_the_suppliers_is_booked_and_a_person_is_asked(bench: Bench) -> None:
    no = vendor_return(bench, line(1, "A", 4, batch="B1"))
    bench.stockout_confirm(no, (1, "A", 4, "ZP", "B7"))
    bench.run()
    assert bench.state(no) == "DONE"
    assert bench.texts() == {
        "vendor_return_other_batch": "A (B7) went to SUP1, who hasn't delivered them"
    }


# --- confirms


def test_confirms_are_increments_and_the_last_one_gives_back_the_rest(bench: Bench) -> None:
    no = bench.ordered()
    bench.run()
    bench.stockout_confirm(no, (1, "A", 3), confirmType="1", outBizCode="1")
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("PART_DONE", (113, 106, 7))
    bench.stockout_confirm(no, (1, "A", 4), confirmType="0", outBizCode="2")
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("SHORT_CLOSED", (109, 109, 0))
    bench.stockout_confirm(no, (1, "A", 3), confirmType="1", outBizCode="3")
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("DONE", (106, 106, 0))


def test_a_final_confirm_of_nothing_closes_it_short(bench: Bench) -> None:
    no = bench.ordered()
    bench.stockout_confirm(no, (1, "A", 0))
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("SHORT_CLOSED", (116, 116, 0))
    assert bench.booked(no) == []


def test_a_confirm_that_comes_twice_is_booked_once(bench: Bench) -> None:
    no = bench.ordered()
    for _ in range(2):
        assert bench.stockout_confirm(no, (1, "A", 10)) == "success"
        bench.run()
    assert bench.figures("WH1", "A") == (106, 106, 0)


def test_more_than_ordered_other_goods_and_unknown_ones_are_booked_and_told(bench: Bench) -> None:
    no = bench.ordered()
    bench.stockout_confirm(no, (1, "A", 12), (2, "B", 1), (3, "NOBODYS", 2))
    bench.run()
    assert bench.booked(no) == [
        ("REQUISITION", "A", 12, "WAREHOUSE:WH1:ZP", "CONSUMPTION:OFFICE"),
        ("SUSPENSE", "B", 1, "WAREHOUSE:WH1:ZP", "SUSPENSE:WH1"),
        ("SUSPENSE", "NOBODYS", 2, "WAREHOUSE:WH1:ZP", "SUSPENSE:WH1"),
    ]
    assert set(bench.texts()) == {
        "movement_over",
        "movement_sku_not_ordered",
        "movement_sku_unknown",
        "stock_below_zero",
    }
    assert bench.texts()["movement_over"] == "line 1 (A) moved more than was ordered"


def test_a_line_without_a_number_is_that_of_its_type_and_batch(bench: Bench) -> None:
    no = vendor_return(bench, line(1, "A", 4, batch="B1"), line(2, "A", 4, "CC", batch="B1"))
    bench.stockout_confirm(no, ("", "A", 4, "CC", "B1"), ("", "A", 4, "ZP", "B1"))
    bench.run()
    order = bench.movements.order(no)
    assert [dict(each.moved) for each in order.lines] == [{"ZP": 4}, {"CC": 4}]
    assert bench.texts() == {}


def test_a_confirm_after_a_cancel_is_booked_and_a_person_is_asked(bench: Bench) -> None:
    no = bench.ordered()
    bench.run()
    bench.movements.cancel(no)
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))
    assert bench.stockout_confirm(no, (1, "A", 10)) == "success"
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("CANCELLED", (106, 106, 0))
    assert bench.texts() == {"movement_unexpected": f"{no} moved goods while it was CANCELLED"}


def test_goods_come_in_by_their_price_or_at_the_average(bench: Bench) -> None:
    no = bench.ordered(line(1, "A", 3, price=33_333), line(2, "B", 2), type="QTRK", department="")
    bench.run()
    assert bench.systems.methods() == ["entryorder.create"]
    assert bench.entry_confirm(no, (1, "A", 2), (1, "A", 1, "CC"), (2, "B", 2)) == "success"
    bench.run()
    assert bench.state(no) == "DONE"
    assert sorted(bench.values(no)) == [200, 333, 667]
    assert bench.booked(no)[0] == ("OTHER_IN", "A", 2, "ADJUSTMENT", "WAREHOUSE:WH1:ZP")


def test_what_a_department_brings_back_comes_from_it(bench: Bench) -> None:
    no = bench.ordered(line(1, "A", 2), type="LYRK")
    bench.entry_confirm(no, (1, "A", 2))
    bench.run()
    assert bench.booked(no) == [
        ("REQUISITION_RETURN", "A", 2, "CONSUMPTION:OFFICE", "WAREHOUSE:WH1:ZP")
    ]


def test_another_wms_cannot_confirm_it(bench: Bench) -> None:
    no = bench.ordered()
    assert bench.stockout_confirm(no, (1, "A", 10), wms="W2") == "failure"
    assert bench.entry_confirm(no, (1, "A", 10), wms="W2") == "failure"
    assert bench.movements.confirmations(no) == []


# --- at the WMS


def test_a_lost_answer_is_asked_for_and_not_sent_twice(bench: Bench) -> None:
    no = bench.ordered()
    bench.systems.faults = ["lost"]
    bench.run()
    assert bench.systems.methods() == ["stockout.create", "stockout.query"]
    assert (bench.state(no), bench.systems.created.count(no)) == ("SENT", 1)
    incoming = bench.ordered(line(1, "A", 1), id="M-2", type="LYRK")
    bench.systems.calls.clear()
    bench.systems.faults = ["dropped"]
    bench.run()
    # The first create never came; the query says so, and it is sent again.
    assert bench.systems.methods() == ["entryorder.query", "entryorder.create"]
    assert bench.state(incoming) == "SENT"


def test_a_cancel_before_it_went_out_never_reaches_the_wms(bench: Bench) -> None:
    no = bench.ordered()
    bench.movements.cancel(no)
    bench.later.clear()
    bench.collect()
    bench.later.reverse()
    bench.run()
    assert bench.state(no) == "CANCELLED"
    assert "order.cancel" not in bench.systems.methods() or bench.systems.created == []
    assert bench.figures("WH1", "A") == (116, 116, 0)


def test_a_wms_that_refuses_a_cancel_goes_on_and_a_person_hears_of_it(bench: Bench) -> None:
    no = bench.ordered()
    bench.run()
    bench.systems.orders["W1", no] = "DELIVERED"
    bench.movements.cancel(no)
    bench.run()
    assert (bench.state(no), bench.movements.order(no).cancel.value) == ("SENT", "REFUSED")
    assert "movement_kept" in bench.texts()
    assert bench.figures("WH1", "A") == (116, 106, 10)


def test_a_cancel_after_a_part_closes_it_short(bench: Bench) -> None:
    no = bench.ordered()
    bench.run()
    bench.stockout_confirm(no, (1, "A", 3), confirmType="1")
    bench.run()
    bench.movements.cancel(no)
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("SHORT_CLOSED", (113, 113, 0))


def test_a_refused_create_is_a_case_and_can_be_cancelled(bench: Bench) -> None:
    no = bench.ordered()
    bench.systems.faults = [("S1", "库存组织错误")]
    bench.run()
    assert (bench.state(no), bench.cases()) == ("APPROVED", ["dispatch_refused"])
    bench.movements.cancel(no)
    bench.run()
    assert (bench.state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


def step(no: str, status: str) -> str:
    return (
        f"<request><order><orderCode>{no}</orderCode></order>"
        f"<process><processStatus>{status}</processStatus></process></request>"
    )


def test_steps_that_say_cancelled_cancel_it(bench: Bench) -> None:
    no = bench.ordered()
    bench.run()
    for _ in range(2):
        answer = bench.callback("orderprocess.report", step(no, "CANCELED"))
        assert answer.needed_text("flag") == "success"
    assert (bench.state(no), bench.figures("WH1", "A")) == ("CANCELLED", (116, 116, 0))


@pytest.mark.parametrize(
    ("status", "cases"),
    [
        ("PACKAGE", []),
        ("DELIVERED", []),
        ("EXCEPTION", ["warehouse_step_needs_a_look"]),
        ("REJECT", ["warehouse_step_needs_a_look"]),
        ("VOIDED", ["warehouse_step_needs_a_look"]),
    ],
)
def test_other_steps_move_nothing_and_of_what_goes_wrong_a_person_is_told(
    bench: Bench, status: str, cases: list[str]
) -> None:
    no = bench.ordered()
    bench.run()
    answer = bench.callback("orderprocess.report", step(no, status))
    assert answer.needed_text("flag") == "success"
    assert (bench.state(no), bench.cases()) == ("SENT", cases)


def test_a_code_of_its_own_means_what_the_wms_s_table_says_of_movement_orders(
    bench: Bench,
) -> None:
    no = bench.ordered()
    bench.run()
    rows = b'{"rows": [{"document": "movement", "code": "VOIDED", "effect": "CANCELLED"}]}'
    bench.service.statuses.put(parse_statuses(rows, wms="W1"))
    answer = bench.callback("orderprocess.report", step(no, "VOIDED"))
    assert answer.needed_text("flag") == "success"
    assert (bench.state(no), bench.cases()) == ("CANCELLED", [])


def test_what_is_confirmed_and_not_booked_is_pending(bench: Bench) -> None:
    no = bench.ordered()
    bench.stockout_confirm(no, (1, "A", 4), confirmType="1")
    (pending,) = bench.movements.pending("WH1", ["A", "B"])
    assert (pending.sku, pending.inventory_type, pending.quantity) == ("A", "ZP", -4)
    bench.run()
    assert bench.movements.pending("WH1", ["A"]) == []


# --- laws


@settings(max_examples=30, deadline=None)
@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "Q"]), st.integers(0, 9), st.sampled_from(["ZP", "CC"])
        ),
        max_size=5,
    ),
    finals=st.lists(st.booleans(), min_size=5, max_size=5),
    out=st.booleans(),
)
def test_whatever_is_confirmed_pieces_neither_appear_nor_vanish(
    parts: list[tuple[str, int, str]], finals: list[bool], out: bool
) -> None:
    bench = Bench()
    kind = {"type": "QTCK"} if out else {"type": "LYRK"}
    no = bench.ordered(line(1, "A", 5), line(2, "B", 5), **kind)
    before = {sku: bench.figures("WH1", sku)[0] for sku in ("A", "B", "Q")}
    send = bench.stockout_confirm if out else bench.entry_confirm
    for at, (sku, pieces, name) in enumerate(parts):
        last = "0" if finals[at] else "1"
        assert send(no, ("", sku, pieces, name), outBizCode=str(at), confirmType=last) == "success"
    bench.run()
    booked = bench.booked(no)
    assert sum(each[2] for each in booked) == sum(pieces for _, pieces, _ in parts)
    for sku in ("A", "B", "Q"):
        good, available, reserved = bench.figures("WH1", sku)
        moved = sum(pieces for each, pieces, name in parts if each == sku and name == "ZP")
        assert good == before[sku] + (-moved if out else moved)
        assert available + reserved == good
    order = bench.movements.order(no)
    ended = order.state.value in ("DONE", "SHORT_CLOSED")
    assert ended == (
        any(finals[: len(parts)]) or all(e.moved_total >= e.quantity for e in order.lines)
    )
    if ended:
        assert [bench.figures("WH1", sku)[2] for sku in ("A", "B")] == [0, 0]
