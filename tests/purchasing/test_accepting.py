"""Purchase orders come in and are sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused, Unavailable
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, ConditionFailed, Key, Put, Writes
from chalicelib.purchasing.states import PurchaseState
from chalicelib.purchasing.store import change_order
from tests.catalog.builders import sku_input, supplier_input
from tests.fakes.dynamodb import MemoryTables
from tests.purchasing.bench import (
    ARRIVED,
    MESSAGE,
    PurchasingBench,
    line_input,
    order_input,
)

ANSWER = Source(message_id="M5", path="/response/entryOrderId")


def test_an_accepted_order_is_approved_and_tells_the_warehouse_s_side() -> None:
    bench = PurchasingBench()

    order, created = bench.service.accept("SRM", order_input(), MESSAGE)

    assert (order.no, created) == ("PO000001", True)
    assert bench.service.purchase_order("PO000001") == order
    assert (order.state, order.version, order.wms_id, order.final) == (
        PurchaseState.APPROVED,
        1,
        "",
        False,
    )
    assert (order.source, order.source_id, order.message) == ("SRM", "P-1", MESSAGE)
    assert [(line.line_no, line.sku, line.quantity, line.price) for line in order.lines] == [
        (1, "A", 10, 10_000),
        (2, "B", 5, 3_333),
    ]
    (event,) = bench.tables.events
    assert (event.id, event.kind, event.data) == (
        "PurchaseOrderApproved:PO000001",
        "PurchaseOrderApproved",
        {"warehouse": "WH1"},
    )


def test_the_same_order_again_has_the_same_answer_and_no_effect() -> None:
    bench = PurchasingBench()
    bench.ordered()
    before = bench.state()

    order, created = bench.service.accept("SRM", order_input(), Source(message_id="M2"))

    assert (order.no, order.message, created) == ("PO000001", MESSAGE, False)
    assert bench.state() == before
    assert len(bench.tables.events) == 1


def test_a_repeat_is_answered_even_when_a_sku_is_no_longer_in_use() -> None:
    bench = PurchasingBench()
    bench.ordered()
    bench.catalog.put_skus("PIM", [sku_input("A", valid=False)], MESSAGE)

    assert bench.service.accept("SRM", order_input(), MESSAGE)[1] is False


def test_other_content_under_the_same_id_is_a_conflict() -> None:
    bench = PurchasingBench()
    bench.ordered()
    before = bench.state()

    with pytest.raises(Conflict) as refused:
        bench.ordered(lines=(line_input(1, "A", 11),))

    assert (refused.value.code, refused.value.field) == ("other_content", "id")
    assert bench.state() == before


def test_the_same_id_of_another_system_is_another_order() -> None:
    bench = PurchasingBench()
    bench.ordered()

    assert bench.service.accept("OTHER", order_input(), MESSAGE)[0].no == "PO000002"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"supplier": "NONE"}, "unknown_supplier", "supplier"),
        ({"supplier": "OLD"}, "supplier_not_in_use", "supplier"),
        ({"warehouse": "NONE"}, "unknown_warehouse", "warehouse"),
        ({"lines": (line_input(1, "A", 1), line_input(2, "X", 1))}, "unknown_sku", "lines[1].sku"),
        ({"lines": (line_input(1, "GONE", 1),)}, "sku_not_in_use", "lines[0].sku"),
        ({"owner": "OTHER"}, "other_owner", "lines[0].sku"),
    ],
)
def test_an_order_that_names_what_cannot_be_is_refused_with_the_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    bench = PurchasingBench()
    bench.catalog.put_suppliers("SRM", [supplier_input("OLD", valid=False)], MESSAGE)
    bench.catalog.put_skus("PIM", [sku_input("GONE", valid=False)], MESSAGE)
    before = bench.state()

    with pytest.raises(Refused) as refused:
        bench.ordered(**changes)

    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 422)
    assert bench.state() == before


def test_what_the_caller_adds_is_committed_with_the_order_or_not_at_all() -> None:
    bench = PurchasingBench()

    def mine(no: str) -> Writes:
        key = Key("messages", "REQUEST#1", "HEAD")
        return Writes([Put(key=key, item={"no": no}, condition=Absent(), refusal="seen")])

    bench.service.accept("SRM", order_input(), MESSAGE, mine)
    with pytest.raises(ConditionFailed) as failed:
        bench.service.accept("SRM", order_input(id="P-2"), MESSAGE, mine)

    assert bench.tables.tables[Key("messages", "REQUEST#1", "HEAD")]["no"] == "PO000001"
    assert failed.value.refusals == ("seen",)
    assert bench.store.identity("SRM", "P-2") is None


def test_an_order_whose_commit_was_told_twice_is_new_once() -> None:
    class ToldTwice(MemoryTables):
        """The first transaction takes effect and is then sent again by the layer below."""

        def commit(self, writes: Writes) -> None:
            super().commit(writes)
            if any(event.kind == "PurchaseOrderApproved" for event in writes.events):
                super().commit(writes)

    bench = PurchasingBench(tables=ToldTwice())

    order, created = bench.service.accept("SRM", order_input(), MESSAGE)

    assert (order.no, created) == ("PO000001", True)
    assert bench.events("PurchaseOrderApproved") == ["PurchaseOrderApproved:PO000001"]


class Overtaken(MemoryTables):
    """Just before the next commit somebody else commits something."""

    def __init__(self) -> None:
        super().__init__()
        self.other: Any = None

    def commit(self, writes: Writes) -> None:
        other, self.other = self.other, None
        if other is not None:
            other()
        super().commit(writes)


def test_an_order_whose_answer_was_lost_is_found_again() -> None:
    class AnswerLost(MemoryTables):
        def commit(self, writes: Writes) -> None:
            super().commit(writes)
            if any(event.kind == "PurchaseOrderApproved" for event in writes.events):
                raise Unavailable("planted")

    bench = PurchasingBench(tables=AnswerLost())
    with pytest.raises(Unavailable):
        bench.ordered()

    order, created = bench.service.accept("SRM", order_input(), MESSAGE)

    assert (order.no, created) == ("PO000001", False)
    assert bench.events("PurchaseOrderApproved") == ["PurchaseOrderApproved:PO000001"]


def test_of_two_at_once_one_is_accepted_and_the_other_told_so() -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    tables.other = bench.ordered

    late, created = bench.service.accept("SRM", order_input(), MESSAGE)

    assert created is False
    assert bench.events("PurchaseOrderApproved") == [f"PurchaseOrderApproved:{late.no}"]


def test_of_two_different_ones_at_once_the_later_is_a_conflict() -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    tables.other = lambda: bench.ordered(lines=(line_input(1, "C", 1),))

    with pytest.raises(Conflict):
        bench.service.accept("SRM", order_input(), MESSAGE)


def test_sending_keeps_the_wms_s_id_and_its_answer() -> None:
    bench = PurchasingBench()
    no = bench.ordered()

    bench.tables.commit(bench.service.plan_sent(no, "W-77", ANSWER, ARRIVED))

    order = bench.service.purchase_order(no)
    assert (order.state, order.wms_id, order.sent, order.sent_at, order.version) == (
        PurchaseState.SENT,
        "W-77",
        ANSWER,
        ARRIVED,
        2,
    )


@pytest.mark.parametrize("again", ["W-77", ""])
def test_sending_told_again_changes_nothing(again: str) -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.tables.commit(bench.service.plan_sent(no, "W-77", ANSWER, ARRIVED))

    writes = bench.service.plan_sent(no, again, ANSWER, ARRIVED + timedelta(hours=1))

    assert len(writes) == 0


def test_an_id_that_was_not_told_at_first_is_filled_in_later() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.tables.commit(bench.service.plan_sent(no, "", ANSWER, ARRIVED))

    later = ARRIVED + timedelta(hours=1)
    bench.tables.commit(bench.service.plan_sent(no, "W-77", ANSWER, later))

    order = bench.service.purchase_order(no)
    assert (order.wms_id, order.sent_at, order.state) == ("W-77", ARRIVED, PurchaseState.SENT)


def test_another_wms_id_is_a_conflict() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.tables.commit(bench.service.plan_sent(no, "W-77", ANSWER, ARRIVED))

    with pytest.raises(Conflict, match="other_wms_id"):
        bench.service.plan_sent(no, "W-78", ANSWER, ARRIVED)


def test_a_cancelled_order_is_not_sent_and_stays_as_it_is() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    order = bench.service.purchase_order(no)
    cancelled = replace(order, state=PurchaseState.CANCELLED, version=2)
    bench.tables.commit(Writes([change_order(cancelled)]))
    before = bench.state()

    with pytest.raises(IllegalTransition):
        bench.service.plan_sent(no, "W-77", ANSWER, ARRIVED)

    assert bench.state() == before


def test_an_unknown_order_is_not_found_or_refused_with_the_field_that_named_it() -> None:
    bench = PurchasingBench()

    with pytest.raises(NotFound):
        bench.service.purchase_order("PO9")
    with pytest.raises(Refused) as refused:
        bench.service.purchase_order("PO9", field="/request/entryOrder/entryOrderCode")
    assert refused.value.status == 422


def test_the_orders_of_a_warehouse_are_listed_the_newest_first() -> None:
    bench = PurchasingBench()
    for number in range(3):
        bench.clock.forward(seconds=1)
        bench.ordered(id=f"P-{number}")
    bench.ordered(id="P-9", warehouse="WH2")

    first, cursor = bench.service.purchase_orders("WH1", limit=2)
    rest, end = bench.service.purchase_orders("WH1", limit=2, cursor=cursor)

    assert (first, rest, end) == (["PO000003", "PO000002"], ["PO000001"], None)
