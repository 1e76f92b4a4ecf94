"""Goods arrive: receipts are accepted as it happened and posted to the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Writes
from chalicelib.purchasing.model import Receipt, ReceiptLine
from chalicelib.purchasing.receiving import match_lines, values_of
from chalicelib.purchasing.states import PurchaseState, ReceiptState
from chalicelib.purchasing.store import change_order
from tests.purchasing.bench import ARRIVED, PurchasingBench, arrived, line_input, receipt
from tests.purchasing.tables import Failing, Overtaken


def test_an_accepted_receipt_waits_for_posting_with_its_lines_and_their_source() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.accept(receipt(no, arrived(1, "A", 4, on=1, batch="L7"), final=False))

    found = bench.service.receipt("RK1")
    assert (found.state, found.supplier, found.final, found.out_biz_code) == (
        ReceiptState.ACCEPTED,
        "SUP1",
        False,
        "W-1",
    )
    (line,) = found.lines
    assert (line.purchase_line_no, line.batch) == (1, "L7")
    assert line.source == Source(message_id="M7", path="/request/orderLines/orderLine[1]")
    event = bench.tables.events[-1]
    assert (event.id, event.subject, event.correlation, event.data) == (
        "ReceiptAccepted:RK1",
        "RK1",
        no,
        {"purchase_order": no, "warehouse": "WH1"},
    )
    assert bench.service.receipts(no) == [found]
    assert bench.service.purchase_order(no).state is PurchaseState.APPROVED


def test_what_has_arrived_and_is_not_booked_is_pending() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.accept(
        receipt(no, arrived(1, "A", 3, on=1), arrived(2, "A", 1, kind="CC"), arrived(3, "B", 2))
    )

    pending = bench.service.pending("WH1", ["A"])

    assert [(each.document, each.sku, each.inventory_type, each.quantity) for each in pending] == [
        ("RK1", "A", "ZP", 3),
        ("RK1", "A", "CC", 1),
    ]
    assert bench.service.pending("WH2", ["A"]) == []
    bench.service.post_receipt("RK1")
    assert bench.service.pending("WH1", ["A"]) == []


def test_an_intermediate_and_a_final_message_one_line_short_with_batches_and_damage() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "A", 6, on=1), final=False))
    between = bench.service.purchase_order(no)
    bench.received(
        receipt(
            no,
            arrived(1, "A", 2, on=1, batch="L1"),
            arrived(2, "A", 1, on=1, batch="L2"),
            arrived(3, "A", 1, on=1, batch="L2", kind="CC"),
            arrived(4, "B", 3, on=2),
            id="RK2",
        )
    )

    assert between.state is PurchaseState.PART_RECEIVED
    assert bench.entries("RK1") == [("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 6, 600)]
    assert bench.entries("RK2") == [
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 2, 200),
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 1, 100),
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:CC", 1, 100),
        ("B", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 3, 100),
    ]
    assert bench.pieces("WH1", "A") == {"CC": 1, "ZP": 9}
    assert bench.pieces("WH1", "B") == {"ZP": 3}
    order = bench.service.purchase_order(no)
    assert [dict(line.received) for line in order.lines] == [{"ZP": 9, "CC": 1}, {"ZP": 3}]
    assert (order.state, order.final) == (PurchaseState.SHORT_CLOSED, True)
    assert bench.cases() == {}


def test_all_received_is_received_also_without_a_final_message() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "A", 10, on=1), arrived(2, "B", 5, on=2), final=False))

    order = bench.service.purchase_order(no)
    assert (order.state, order.final) == (PurchaseState.RECEIVED, False)


def test_a_message_after_the_final_one_can_still_complete_the_order() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 10, on=1)))
    assert bench.service.purchase_order(no).state is PurchaseState.SHORT_CLOSED

    bench.received(receipt(no, arrived(1, "B", 2, on=2), id="RK2", final=False))
    assert bench.service.purchase_order(no).state is PurchaseState.SHORT_CLOSED
    bench.received(receipt(no, arrived(1, "B", 3, on=2), id="RK3", final=False))

    assert bench.service.purchase_order(no).state is PurchaseState.RECEIVED
    assert bench.cases() == {}


def test_nothing_received_yet_leaves_the_state_and_a_final_nothing_closes_short() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "A", 0, on=1), final=False))
    assert bench.service.purchase_order(no).state is PurchaseState.APPROVED
    bench.received(receipt(no, arrived(1, "A", 0, on=1), id="RK2"))

    assert bench.service.purchase_order(no).state is PurchaseState.SHORT_CLOSED
    assert bench.entries("RK1") == bench.entries("RK2") == []


def test_the_wms_s_late_answer_does_not_set_a_received_order_back() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 1, on=1), final=False))

    bench.tables.commit(bench.service.plan_sent(no, "W-7", Source(message_id="M5"), ARRIVED))

    order = bench.service.purchase_order(no)
    assert (order.state, order.wms_id) == (PurchaseState.PART_RECEIVED, "W-7")
    assert order.lines[0].received == {"ZP": 1}


def test_more_than_ordered_is_booked_and_a_person_is_asked() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 8, on=1), final=False))

    bench.received(receipt(no, arrived(1, "A", 3, on=1), id="RK2"))

    assert bench.pieces("WH1", "A") == {"ZP": 11}
    assert bench.cases() == {"receipt_over": "line 1 (A) has received more than was ordered"}
    assert bench.entries("RK2") == [("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 3, 300)]


def test_a_sku_that_was_not_ordered_is_booked_from_suspense_and_a_person_is_asked() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "C", 2, on=1), arrived(2, "NEW", 1), final=False))

    assert bench.entries("RK1") == [
        ("C", "SUSPENSE:WH1", "WAREHOUSE:WH1:ZP", 2, None),
        ("NEW", "SUSPENSE:WH1", "WAREHOUSE:WH1:ZP", 1, None),
    ]
    assert bench.cases() == {
        "receipt_sku_not_ordered": "C arrived with a purchase order that doesn't have it; "
        "booked from suspense",
        "receipt_sku_unknown": "NEW arrived and is no SKU of ours; booked from suspense",
    }
    assert bench.service.purchase_order(no).lines[0].received == {}


@pytest.mark.parametrize("named", [None, 0, 2, 99])
def test_a_line_number_that_does_not_fit_gives_way_to_the_sku(named: int | None) -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "A", 4, on=named), final=False))

    assert bench.service.purchase_order(no).lines[0].received == {"ZP": 4}
    assert bench.cases() == {}


def test_a_sku_on_several_lines_without_a_number_goes_to_the_first_and_a_person_is_asked() -> None:
    bench = PurchasingBench()
    no = bench.ordered(lines=(line_input(1, "A", 5, 10_000), line_input(2, "A", 5, 20_000)))

    bench.received(receipt(no, arrived(1, "A", 3, on=2), arrived(2, "A", 1), final=False))

    assert bench.entries("RK1") == [
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 3, 600),
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 1, 100),
    ]
    assert list(bench.cases()) == ["receipt_line_unclear"]


def test_goods_in_another_warehouse_are_booked_where_they_are() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.received(receipt(no, arrived(1, "A", 1, on=1), warehouse="WH2", final=False))

    assert bench.pieces("WH2", "A") == {"ZP": 1}
    assert list(bench.cases()) == ["receipt_other_warehouse"]


def test_goods_for_a_cancelled_order_are_booked_and_the_order_stays_cancelled() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    order = replace(bench.service.purchase_order(no), state=PurchaseState.CANCELLED, version=2)
    bench.tables.commit(Writes([change_order(order)]))

    bench.received(receipt(no, arrived(1, "A", 10, on=1)))

    assert bench.service.purchase_order(no).state is PurchaseState.CANCELLED
    assert bench.pieces("WH1", "A") == {"ZP": 10}
    assert bench.cases() == {"receipt_unexpected": f"{no} received goods while it was CANCELLED"}


def test_a_case_names_ten_skus_and_counts_the_rest() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.accept(receipt(no, *[arrived(n, f"X{n:02d}", 1) for n in range(1, 251)]))

    assert bench.cases()["receipt_sku_unknown"].startswith("X01, X02, X03")
    assert "X10 and 240 more arrived" in bench.cases()["receipt_sku_unknown"]
    assert len(bench.service.receipt("RK1").lines) == 250


def test_an_unknown_order_or_a_negative_quantity_is_refused_with_its_field() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    before = bench.state()

    with pytest.raises(Refused) as unknown:
        bench.accept(receipt("PO9", arrived(1, "A", 1)))
    with pytest.raises(Refused) as negative:
        bench.accept(receipt(no, arrived(1, "A", 1), arrived(2, "A", -1)))

    assert (unknown.value.code, unknown.value.field) == (
        "unknown_purchase_order",
        "purchase_order",
    )
    assert (negative.value.code, negative.value.field) == (
        "negative_quantity",
        "lines[1].quantity",
    )
    assert bench.state() == before


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (arrived(1, "", 1), "lines[0].sku"),
        (arrived(1, "x" * 101, 1), "lines[0].sku"),
        (arrived(1, "A", 1, kind="x" * 21), "lines[0].inventory_type"),
        (arrived(1, "A", 1, batch="批" * 101), "lines[0].batch"),
    ],
)
def test_what_is_too_long_for_the_ledger_is_refused_before_it_is_accepted(
    line: ReceiptLine, field: str
) -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    with pytest.raises(Refused) as refused:
        bench.service.plan_receipt(receipt(no, line))

    assert (refused.value.code, refused.value.field) == ("text_length", field)


def test_the_longest_names_can_be_booked() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "物" * 100, 1, kind="#" * 20, batch="批" * 100)))

    keys = [key for key in bench.tables.tables if key.pk == "ENTRY#RK1"]

    assert len(keys) == 1
    assert len(keys[0].sk.encode()) < 1024


def test_a_receipt_is_accepted_once() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.accept(receipt(no, arrived(1, "A", 1, on=1)))

    with pytest.raises(ConditionFailed) as failed:
        bench.accept(receipt(no, arrived(1, "A", 1, on=1)))

    assert set(failed.value.refusals) == {"receipt_taken"}


def test_posting_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        PurchasingBench().service.post_receipt("RK9")


def test_posting_again_does_nothing() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1)))
    before, events = bench.state(), len(bench.tables.events)

    bench.service.post_receipt("RK1")

    assert bench.state() == before
    assert len(bench.tables.events) == events


def test_receipts_posted_in_any_order_end_the_same() -> None:
    def ends(first: str, second: str) -> tuple[object, ...]:
        bench = PurchasingBench()
        no = bench.ordered()
        bench.accept(receipt(no, arrived(1, "A", 6, on=1), final=False))
        bench.accept(receipt(no, arrived(1, "A", 4, on=1), arrived(2, "B", 1, on=2), id="RK2"))
        bench.service.post_receipt(first)
        bench.service.post_receipt(second)
        order = bench.service.purchase_order(no)
        return order, bench.pieces("WH1", "A"), bench.pieces("WH1", "B")

    assert ends("RK1", "RK2") == ends("RK2", "RK1")


def big_receipt(no: str) -> Receipt:
    lines = [arrived(n, "A", n, on=1, batch=f"L{n}") for n in range(1, 76)]
    return receipt(no, *lines)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_posting_broken_off_anywhere_and_resumed_ends_the_same(at: int, after: bool) -> None:
    calm = PurchasingBench()
    calm_no = calm.ordered()
    calm.received(big_receipt(calm_no))
    tables = Failing()
    bench = PurchasingBench(tables=tables)
    no = bench.ordered()
    bench.accept(big_receipt(no))
    tables.fail_at, tables.after = at, after

    with pytest.raises(Unavailable):
        bench.service.post_receipt("RK1")
    bench.service.post_receipt("RK1")

    assert bench.state() == calm.state()
    assert bench.pieces("WH1", "A") == {"ZP": 2850}
    assert [event.id for event in tables.events] == [event.id for event in calm.tables.events]


@pytest.mark.parametrize("at", [1, 2])
def test_a_receipt_posted_by_two_workers_at_once_is_booked_once(at: int) -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    no = bench.ordered()
    bench.accept(receipt(no, arrived(1, "A", 4, on=1)))
    tables.at, tables.other = at, lambda: bench.service.post_receipt("RK1")

    bench.service.post_receipt("RK1")

    assert bench.pieces("WH1", "A") == {"ZP": 4}
    assert bench.service.purchase_order(no).lines[0].received == {"ZP": 4}


@pytest.mark.parametrize("at", [1, 2])
def test_two_receipts_of_one_order_posted_at_once_both_count(at: int) -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    no = bench.ordered()
    bench.accept(receipt(no, arrived(1, "A", 4, on=1), final=False))
    bench.accept(receipt(no, arrived(1, "A", 6, on=1), arrived(2, "B", 5, on=2), id="RK2"))
    tables.at, tables.other = at, lambda: bench.service.post_receipt("RK2")

    bench.service.post_receipt("RK1")

    order = bench.service.purchase_order(no)
    assert [dict(line.received) for line in order.lines] == [{"ZP": 10}, {"ZP": 5}]
    assert order.state is PurchaseState.RECEIVED
    assert bench.pieces("WH1", "A") == {"ZP": 10}


def test_entries_lead_back_to_the_message_s_element_and_the_order_s_job() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1), posting_date=date(2026, 11, 21)))

    (entry,) = bench.stock.entries_of("RK1")

    assert entry.source == Source(message_id="M7", path="/request/orderLines/orderLine[1]")
    assert (entry.posting_date, entry.occurred_at) == (date(2026, 11, 21), ARRIVED)
    posted = [event for event in bench.tables.events if event.kind == "EntriesPosted"]
    assert [event.correlation for event in posted] == [no]


@settings(max_examples=200, deadline=None)
@given(
    price=st.integers(0, 10**9),
    parts=st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
)
def test_the_parts_of_a_line_are_worth_the_line_rounded_once(price: int, parts: list[int]) -> None:
    bench = PurchasingBench()
    no = bench.ordered(lines=(line_input(1, "A", 1, price),))
    order = bench.service.purchase_order(no)
    lines = [arrived(at, "A", quantity, on=1) for at, quantity in enumerate(parts, 1)]
    given_receipt = receipt(no, *match_lines(order, lines))

    values = values_of(order, given_receipt)

    exact = sum(parts) * price
    assert abs(sum(values.values()) * 100 - exact) <= 50
    for at, quantity in enumerate(parts, 1):
        assert abs(values[at] * 100 - quantity * price) < 200
        assert quantity or values[at] in (0, 1)


def test_a_line_of_three_parts_at_a_third_adds_up_to_the_fen() -> None:
    bench = PurchasingBench()
    no = bench.ordered(lines=(line_input(1, "A", 10, 3_333),))
    bench.received(
        receipt(
            no,
            arrived(1, "A", 1, on=1, batch="x"),
            arrived(2, "A", 1, on=1, batch="y"),
            arrived(3, "A", 1, on=1, kind="CC"),
        )
    )

    assert [entry[4] for entry in bench.entries("RK1")] == [34, 33, 33]
