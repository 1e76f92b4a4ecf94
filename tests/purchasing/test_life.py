"""A purchase order's life by a person's word: drafted, changed, approved, cancelled, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, IllegalTransition, Refused, Unavailable
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.purchasing.states import PurchaseCancel, PurchaseState
from tests.catalog.builders import supplier_input
from tests.fakes.dynamodb import MemoryTables
from tests.purchasing.bench import (
    ARRIVED,
    MESSAGE,
    PurchasingBench,
    arrived,
    line_input,
    order_input,
    receipt,
)
from tests.purchasing.tables import Failing, Overtaken

ANSWER = Source(message_id="M5", path="/response")


def drafted(bench: PurchasingBench) -> str:
    return bench.service.draft(order_input(), by="mei")[0].no


def sent(bench: PurchasingBench) -> str:
    no = bench.ordered()
    bench.tables.commit(bench.service.plan_sent(no, "W-7", ANSWER, ARRIVED))
    return no


def said(bench: PurchasingBench, no: str, *, accepted: bool) -> Writes:
    writes = bench.service.plan_cancel_result(no, accepted=accepted, source=ANSWER, at=ARRIVED)
    if len(writes):
        bench.tables.commit(writes)
    return writes


def history(bench: PurchasingBench, no: str) -> list[tuple[str, str, str, str]]:
    return [(each.event, each.before, each.after, each.by) for each in bench.service.steps(no)]


def test_a_draft_waits_for_a_person_and_goes_to_no_warehouse() -> None:
    bench = PurchasingBench()

    order, created = bench.service.draft(order_input(), by="mei")

    assert (order.no, order.state, order.source, order.message, created) == (
        "PO000001",
        PurchaseState.DRAFT,
        "@hand",
        None,
        True,
    )
    assert bench.service.purchase_order(order.no) == order
    assert bench.tables.events == []
    assert history(bench, order.no) == [("draft", "", "DRAFT", "mei")]


def test_the_same_draft_again_is_the_first_one_and_another_under_its_id_is_a_conflict() -> None:
    bench = PurchasingBench()
    no = drafted(bench)

    order, created = bench.service.draft(order_input(), by="li")

    assert (order.no, created) == (no, False)
    with pytest.raises(Conflict, match="other_content"):
        bench.service.draft(order_input(lines=(line_input(1, "C", 1),)), by="li")
    assert history(bench, no) == [("draft", "", "DRAFT", "mei")]


def test_a_person_s_id_is_not_a_purchasing_system_s() -> None:
    bench = PurchasingBench()
    assert drafted(bench) != bench.ordered()


def test_a_draft_is_said_anew() -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    other = order_input(warehouse="WH2", lines=(line_input(1, "C", 4),))

    changed = bench.service.change_draft(no, other, version=1, by="li")

    assert bench.service.purchase_order(no) == changed
    assert (changed.version, changed.warehouse, changed.state) == (2, "WH2", PurchaseState.DRAFT)
    assert [(line.sku, line.quantity) for line in changed.lines] == [("C", 4)]
    assert bench.service.purchase_orders("WH1") == ([], None)
    assert bench.service.purchase_orders("WH2") == ([no], None)
    assert history(bench, no)[-1] == ("change", "DRAFT", "DRAFT", "li")


def test_a_change_said_twice_is_one_and_one_of_an_old_version_is_a_conflict() -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    other = order_input(lines=(line_input(1, "C", 4),))
    changed = bench.service.change_draft(no, other, version=1, by="li")

    assert bench.service.change_draft(no, other, version=1, by="li") == changed
    with pytest.raises(Conflict, match="stale_purchase_order"):
        bench.service.change_draft(no, order_input(), version=1, by="mei")


def test_a_change_keeps_the_id_and_names_what_is_there() -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    before = bench.state()

    with pytest.raises(Refused) as fixed:
        bench.service.change_draft(no, order_input(id="P-2"), version=1, by="li")
    with pytest.raises(Refused) as unknown:
        other = order_input(lines=(line_input(1, "X", 4),))
        bench.service.change_draft(no, other, version=1, by="li")

    assert (fixed.value.code, fixed.value.field) == ("identity_fixed", "id")
    assert (unknown.value.code, unknown.value.field) == ("unknown_sku", "lines[0].sku")
    assert bench.state() == before


def test_a_draft_changed_by_another_while_we_read_it_is_a_conflict() -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    no = drafted(bench)
    other = order_input(lines=(line_input(1, "C", 4),))
    tables.at = 1
    tables.other = lambda: bench.service.change_draft(no, other, version=1, by="li")

    with pytest.raises(Conflict, match="stale_purchase_order"):
        bench.service.change_draft(
            no, order_input(lines=(line_input(1, "A", 1),)), version=1, by="mei"
        )
    assert [line.sku for line in bench.service.purchase_order(no).lines] == ["C"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["change", "approve", "cancel", "close"])
def test_what_a_person_says_again_after_a_failure_is_said_once(name: str, after: bool) -> None:
    def say(bench: PurchasingBench) -> object:
        match name:
            case "change":
                other = order_input(lines=(line_input(1, "C", 4),))
                return bench.service.change_draft("PO000001", other, version=1, by="mei")
            case "approve":
                return bench.service.approve("PO000001", version=1, by="mei")
            case "cancel":
                return bench.service.cancel("PO000002", because="late", by="mei")
        return bench.service.close("PO000002", because="late", by="mei")

    def made(tables: MemoryTables) -> PurchasingBench:
        bench = PurchasingBench(tables=tables)
        drafted(bench)
        sent(bench)
        return bench

    calm = made(MemoryTables())
    said_calmly = say(calm)
    tables = Failing()
    bench = made(tables)
    tables.fail_at, tables.after = 1, after
    with pytest.raises(Unavailable):
        say(bench)

    assert say(bench) == said_calmly
    assert bench.state() == calm.state()
    assert [event.id for event in bench.tables.events] == [event.id for event in calm.tables.events]


def test_an_approved_draft_goes_to_the_warehouse_once() -> None:
    bench = PurchasingBench()
    no = drafted(bench)

    approved = bench.service.approve(no, version=1, by="boss")
    again = bench.service.approve(no, version=1, by="boss")

    assert approved == again
    assert (approved.state, approved.version) == (PurchaseState.APPROVED, 2)
    assert bench.events("PurchaseOrderApproved") == [f"PurchaseOrderApproved:{no}"]
    assert history(bench, no)[-1] == ("approve", "DRAFT", "APPROVED", "boss")


def test_only_the_version_that_was_seen_is_approved() -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    bench.service.change_draft(no, order_input(lines=(line_input(1, "C", 4),)), version=1, by="li")

    with pytest.raises(Conflict, match="stale_purchase_order"):
        bench.service.approve(no, version=1, by="boss")
    assert bench.events("PurchaseOrderApproved") == []


def test_what_went_out_of_use_since_is_not_approved() -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    bench.catalog.put_suppliers("SRM", [supplier_input("SUP1", valid=False)], MESSAGE)

    with pytest.raises(Refused) as refused:
        bench.service.approve(no, version=1, by="boss")

    assert (refused.value.code, refused.value.field) == ("supplier_not_in_use", "supplier")
    assert bench.service.purchase_order(no).state is PurchaseState.DRAFT


def test_an_order_of_a_purchasing_system_is_approved_there_and_says_so() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    (step,) = bench.service.steps(no)
    assert (step.event, step.before, step.after, step.by, step.message) == (
        "approve",
        "DRAFT",
        "APPROVED",
        "SRM",
        MESSAGE,
    )
    with pytest.raises(Refused, match="identity_fixed"):
        bench.service.change_draft(no, order_input(), version=1, by="mei")


def test_a_cancelled_draft_is_gone_at_once_and_nobody_is_asked() -> None:
    bench = PurchasingBench()
    no = drafted(bench)

    cancelled = bench.service.cancel(no, because="too dear, call 13800000000", by="mei")

    assert (cancelled.state, cancelled.cancel) == (PurchaseState.CANCELLED, PurchaseCancel.NONE)
    assert bench.events("PurchaseCancelRequested") == []
    step = bench.service.steps(no)[-1]
    assert (step.event, step.by, step.because) == ("cancel", "mei", "too dear, call 1**********")
    with pytest.raises(IllegalTransition):
        bench.service.approve(no, version=2, by="boss")


@pytest.mark.parametrize("make", [PurchasingBench.ordered, sent])
def test_what_the_warehouse_may_have_is_asked_back_once(
    make: Callable[[PurchasingBench], str],
) -> None:
    bench = PurchasingBench()
    no = make(bench)
    before = bench.service.purchase_order(no)

    asked = bench.service.cancel(no, because="late", by="mei")
    again = bench.service.cancel(no, because="late", by="li")

    assert asked == again
    assert (asked.state, asked.cancel) == (before.state, PurchaseCancel.PENDING)
    assert bench.events("PurchaseCancelRequested") == [
        f"PurchaseCancelRequested:{no}:{before.version + 1}"
    ]


def test_the_warehouse_s_yes_cancels_it() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    bench.service.cancel(no, because="late", by="mei")

    said(bench, no, accepted=True)

    order = bench.service.purchase_order(no)
    assert (order.state, order.cancel) == (PurchaseState.CANCELLED, PurchaseCancel.ACCEPTED)
    assert history(bench, no)[-2:] == [
        ("request_cancel", "NONE", "PENDING", "mei"),
        ("cancel", "SENT", "CANCELLED", ""),
    ]
    assert len(said(bench, no, accepted=True)) == 0
    assert bench.cases() == {}


def test_the_warehouse_s_no_leaves_it_and_it_can_be_asked_again() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    bench.service.cancel(no, because="late", by="mei")

    said(bench, no, accepted=False)
    refused = bench.service.purchase_order(no)
    asked = bench.service.cancel(no, because="please", by="mei")

    assert (refused.state, refused.cancel) == (PurchaseState.SENT, PurchaseCancel.REFUSED)
    assert asked.cancel is PurchaseCancel.PENDING
    assert len(bench.events("PurchaseCancelRequested")) == 2
    assert len(said(bench, no, accepted=False)) > 0
    assert len(said(bench, no, accepted=False)) == 0


def test_a_warehouse_that_cancels_unasked_is_believed_and_a_person_is_told() -> None:
    bench = PurchasingBench()
    no = sent(bench)

    said(bench, no, accepted=True)

    assert bench.service.purchase_order(no).state is PurchaseState.CANCELLED
    assert list(bench.cases()) == ["purchase_cancelled_by_warehouse"]


def test_a_warehouse_that_cancels_after_goods_came_ends_it_short_and_a_person_is_told() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    bench.service.cancel(no, because="late", by="mei")
    bench.received(receipt(no, arrived(1, "A", 4, on=1), final=False))

    said(bench, no, accepted=True)

    order = bench.service.purchase_order(no)
    assert (order.state, order.final) == (PurchaseState.SHORT_CLOSED, True)
    assert list(bench.cases()) == ["purchase_cancelled_after_receipt"]
    assert history(bench, no)[-1] == ("close_short", "PART_RECEIVED", "SHORT_CLOSED", "")


def test_a_warehouse_that_keeps_what_is_cancelled_here_is_a_case() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    said(bench, no, accepted=True)
    said(bench, no, accepted=False)
    assert "purchase_kept_after_cancel" in bench.cases()


def test_what_was_received_is_not_cancelled_but_closed() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    bench.received(receipt(no, arrived(1, "A", 4, on=1), final=False))

    with pytest.raises(Conflict, match="already_received"):
        bench.service.cancel(no, because="late", by="mei")
    closed = bench.service.close(no, because="the supplier has no more", by="mei")

    assert (closed.state, closed.final, closed.closed_by_hand) == (
        PurchaseState.SHORT_CLOSED,
        True,
        True,
    )
    assert bench.service.close(no, because="again", by="li") == closed
    assert history(bench, no)[-1] == ("close_by_hand", "PART_RECEIVED", "SHORT_CLOSED", "mei")


def test_goods_for_what_a_person_closed_are_booked_and_a_person_is_told() -> None:
    bench = PurchasingBench()
    no = sent(bench)
    bench.service.close(no, because="never came", by="mei")

    bench.received(receipt(no, arrived(1, "A", 4, on=1), final=False))

    order = bench.service.purchase_order(no)
    assert (order.state, order.lines[0].received) == (PurchaseState.SHORT_CLOSED, {"ZP": 4})
    assert bench.cases() == {
        "receipt_unexpected": f"{no} received goods while it was closed by hand"
    }


@pytest.mark.parametrize("make", [drafted, PurchasingBench.ordered])
def test_what_the_warehouse_does_not_have_is_not_closed(
    make: Callable[[PurchasingBench], str],
) -> None:
    bench = PurchasingBench()
    no = make(bench)
    with pytest.raises(IllegalTransition):
        bench.service.close(no, because="never mind", by="mei")


EVENTS: dict[str, Callable[[PurchasingBench, str, int], Any]] = {
    "change": lambda bench, no, n: bench.service.change_draft(
        no,
        order_input(lines=(line_input(1, "A", 10 + n), line_input(2, "B", 5))),
        version=bench.service.purchase_order(no).version,
        by="mei",
    ),
    "approve": lambda bench, no, n: bench.service.approve(
        no, version=bench.service.purchase_order(no).version, by="mei"
    ),
    "send": lambda bench, no, n: bench.tables.commit(
        bench.service.plan_sent(no, "W-7", ANSWER, ARRIVED)
    ),
    "cancel": lambda bench, no, n: bench.service.cancel(no, because="why", by="mei"),
    "yes": lambda bench, no, n: said(bench, no, accepted=True),
    "no": lambda bench, no, n: said(bench, no, accepted=False),
    "close": lambda bench, no, n: bench.service.close(no, because="why", by="mei"),
    "part": lambda bench, no, n: bench.received(
        receipt(no, arrived(1, "A", 3, on=1), id=f"RK{n}", final=False)
    ),
    "rest": lambda bench, no, n: bench.received(
        receipt(no, arrived(1, "A", 10, on=1), arrived(2, "B", 5, on=2), id=f"RK{n}")
    ),
}


@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=10))
def test_every_life_is_a_chain_of_steps_and_every_piece_is_booked(names: list[str]) -> None:
    bench = PurchasingBench()
    no = drafted(bench)
    pieces = 0
    for number, name in enumerate(names):
        before = bench.state()
        try:
            EVENTS[name](bench, no, number)
        except Refused:
            assert bench.state() == before
        pieces += {"part": 3, "rest": 15}.get(name, 0)
    order = bench.service.purchase_order(no)
    steps = bench.service.steps(no)
    state = ""
    for step in steps:
        if step.axis == "purchase_order":
            assert step.before == state
            state = step.after
    assert state == order.state
    assert [step.version for step in steps] == sorted({step.version for step in steps})
    assert sum(line.received_total for line in order.lines) == pieces
