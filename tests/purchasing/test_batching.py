"""Batch codes by a rule: pieces of one SKU from several suppliers can be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.purchasing.model import BatchRule
from tests.catalog.builders import sku_input, supplier_input
from tests.purchasing.bench import (
    MESSAGE,
    PurchasingBench,
    arrived,
    line_input,
    order_input,
    receipt,
)
from tests.purchasing.tables import Failing, Overtaken

RULE = "{supplier}-{date}-{sequence}"


def ruled(template: str = RULE, **names: str) -> PurchasingBench:
    bench = PurchasingBench()
    bench.service.batches.put(BatchRule(template=template, **names))
    return bench


def codes(bench: PurchasingBench, no: str) -> list[str]:
    return [line.batch for line in bench.service.purchase_order(no).lines]


def test_an_approved_order_s_lines_get_codes_and_no_two_the_same() -> None:
    bench = ruled()
    first, second = bench.ordered(), bench.ordered(id="P-2")
    assert codes(bench, first) == ["SUP1-261122-001", "SUP1-261122-002"]
    assert codes(bench, second) == ["SUP1-261122-003", "SUP1-261122-004"]
    bench.clock.forward(days=1)
    assert codes(bench, bench.ordered(id="P-3"))[0] == "SUP1-261123-001"


def test_a_draft_gets_them_when_it_is_approved() -> None:
    bench = ruled("{order}.{line}")
    no = bench.service.draft(order_input(), by="mei")[0].no
    assert codes(bench, no) == ["", ""]
    approved = bench.service.approve(no, version=1, by="boss")
    assert codes(bench, no) == [f"{no}.1", f"{no}.2"]
    assert bench.service.purchase_order(no) == approved


def test_without_a_rule_there_are_none() -> None:
    bench = PurchasingBench()
    assert codes(bench, bench.ordered()) == ["", ""]


def test_the_rule_that_names_most_counts_the_warehouse_before_the_category() -> None:
    bench = PurchasingBench()
    bench.catalog.put_skus("PIM", [sku_input("A", category="TEA")], MESSAGE)
    expected = []
    for number, names in enumerate(
        (
            {},
            {"category": "TEA"},
            {"warehouse": "WH1"},
            {"warehouse": "WH1", "category": "TEA"},
        )
    ):
        bench.service.batches.put(BatchRule(template=f"{number}-{{supplier}}", **names))
        expected.append(codes(bench, bench.ordered(id=f"P-{number}")))
    assert expected == [
        ["0-SUP1", "0-SUP1"],
        ["1-SUP1", "0-SUP1"],
        ["2-SUP1", "2-SUP1"],
        ["3-SUP1", "2-SUP1"],
    ]
    bench.service.batches.put(BatchRule(warehouse="WH1", template=""))
    assert codes(bench, bench.ordered(id="P-9")) == ["3-SUP1", ""]
    assert len(bench.service.batches.listed()[0]) == 4


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{date}-{sequence}", "template_tells_nothing"),
        ("{sku}", "template_tells_nothing"),
        ("{supplier}-{colour}", "malformed_template"),
        ("{supplier} {date}", "malformed_template"),
        ("{supplier", "malformed_template"),
        ("{supplier}批", "malformed_template"),
    ],
)
def test_a_template_that_tells_nothing_or_can_not_be_filled_is_refused(
    template: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        ruled(template)
    assert (refused.value.code, refused.value.field) == (code, "template")


def test_a_code_that_would_be_too_long_is_refused_before_anything_is_written() -> None:
    bench = ruled("{supplier}-" + "x" * 46)
    before = bench.state()
    with pytest.raises(Refused) as refused:
        bench.ordered()
    assert (refused.value.code, refused.value.field) == ("malformed_batch_code", "lines[0]")
    assert bench.state() == before


@pytest.mark.parametrize("said", ["", "L-77", "SUP1-261122-001"])
def test_the_receipt_keeps_both_codes_and_the_ledger_has_ours(said: str) -> None:
    bench = ruled()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1, batch=said)))
    (line,) = bench.service.receipt("RK1").lines
    assert (line.batch, line.reported_batch) == ("SUP1-261122-001", said)
    assert [entry.batch for entry in bench.stock.entries_of("RK1")] == ["SUP1-261122-001"]


def test_our_code_tells_the_line_where_the_number_does_not() -> None:
    bench = ruled()
    no = bench.ordered(lines=(line_input(1, "A", 10, 100), line_input(2, "A", 10, 200)))
    bench.received(receipt(no, arrived(1, "A", 4, batch="SUP1-261122-002")))
    order = bench.service.purchase_order(no)
    assert [dict(line.received) for line in order.lines] == [{}, {"ZP": 4}]
    assert bench.cases() == {}


def test_a_batch_leads_to_its_receipts_and_their_supplier_by_either_code() -> None:
    bench = ruled()
    bench.catalog.put_suppliers("SRM", [supplier_input("SUP2")], MESSAGE)
    first, second = bench.ordered(), bench.ordered(id="P-2", supplier="SUP2")
    bench.received(receipt(first, arrived(1, "A", 4, on=1, batch="L-77")))
    bench.received(receipt(second, arrived(1, "A", 3, on=1, batch="L-77"), id="RK2"))
    bench.received(receipt(first, arrived(1, "A", 1, on=1, kind="CC"), id="RK3"))

    def found(batch: str) -> list[tuple[str, str, str, int]]:
        rows = bench.service.batches.receipts_of("WH1", "A", batch)
        return [(row.receipt, row.supplier, row.purchase_order, row.quantity) for row in rows]

    assert found("SUP1-261122-001") == [("RK1", "SUP1", first, 4), ("RK3", "SUP1", first, 1)]
    assert found("SUP2-261122-003") == [("RK2", "SUP2", second, 3)]
    assert found("L-77") == [("RK1", "SUP1", first, 4), ("RK2", "SUP2", second, 3)]
    assert found("L-78") == []


def test_batches_of_the_warehouse_alone_are_found_too() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1, batch="L-77")))
    (row,) = bench.service.batches.receipts_of("WH1", "A", "L-77")
    assert (row.batch, row.reported_batch, row.supplier) == ("L-77", None, "SUP1")


def test_a_blind_receipt_is_settled_under_ours_and_reversed_under_theirs() -> None:
    bench = ruled()
    no = bench.ordered()
    bench.received(receipt("", arrived(1, "A", 4, batch="L-77"), announced_as="ASN-1"))
    bench.service.post_receipt(bench.service.attach_receipt("RK1", no, by="mei").id)
    assert sorted((each.kind.value, each.batch) for each in bench.stock.entries_of("RK1-1")) == [
        ("RECEIPT", "SUP1-261122-001"),
        ("SUSPENSE", "L-77"),
    ]


def test_two_orders_approved_at_once_share_no_number() -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    bench.service.batches.put(BatchRule(template=RULE))
    tables.at, tables.other = 1, lambda: bench.ordered(id="P-2")
    no = bench.ordered()
    assert codes(bench, no) == ["SUP1-261122-003", "SUP1-261122-004"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_posting_broken_off_and_resumed_leaves_each_batch_once(at: int, after: bool) -> None:
    def received(bench: PurchasingBench) -> None:
        bench.service.post_receipt("RK1")

    def made(tables: Failing) -> PurchasingBench:
        bench = PurchasingBench(tables=tables)
        bench.service.batches.put(BatchRule(template=RULE))
        no = bench.ordered()
        bench.accept(receipt(no, arrived(1, "A", 4, on=1, batch="L-77"), arrived(2, "B", 1, on=2)))
        return bench

    calm = made(Failing())
    received(calm)
    tables = Failing()
    bench = made(tables)
    tables.fail_at, tables.after = at, after
    with pytest.raises(Unavailable):
        received(bench)
    received(bench)
    assert bench.state() == calm.state()


@given(st.lists(st.tuples(st.sampled_from(["SUP1", "SUP2"]), st.sampled_from("AB")), max_size=6))
def test_a_batch_is_of_one_supplier_whatever_is_bought(bought: list[tuple[str, str]]) -> None:
    bench = ruled()
    bench.catalog.put_suppliers("SRM", [supplier_input("SUP2")], MESSAGE)
    for number, (supplier, sku) in enumerate(bought):
        no = bench.ordered(id=f"P-{number}", supplier=supplier, lines=(line_input(1, sku, 5),))
        bench.received(receipt(no, arrived(1, sku, 5, on=1, batch="L"), id=f"RK{number}"))
    given_codes = [codes(bench, f"PO{number + 1:06d}")[0] for number in range(len(bought))]
    assert len(set(given_codes)) == len(given_codes)
    for code, (supplier, sku) in zip(given_codes, bought, strict=True):
        rows = bench.service.batches.receipts_of("WH1", sku, code)
        assert {row.supplier for row in rows} == {supplier}
