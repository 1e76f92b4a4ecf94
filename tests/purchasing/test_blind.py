"""Goods that nobody announced: in suspense, until a person says which purchase order they are
of.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.purchasing.model import Receipt, ReceiptLine
from chalicelib.purchasing.states import PurchaseState, ReceiptState
from chalicelib.stock.cost_service import CostService
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import Unplaced
from chalicelib.stock.standing import StandingState
from chalicelib.stock.store import StockStore
from tests.fakes.dynamodb import MemoryTables
from tests.purchasing.bench import PurchasingBench, arrived, line_input, receipt
from tests.purchasing.tables import Failing, Overtaken


def blind(*lines: ReceiptLine, **changes: Any) -> Receipt:
    return receipt("", *lines, id="RK1", announced_as="ASN-77", **changes)


def arrived_blind(bench: PurchasingBench) -> None:
    bench.received(blind(arrived(1, "A", 4), arrived(2, "B", 2, kind="CC", batch="L1")))


def waiting(bench: PurchasingBench, warehouse: str = "WH1") -> list[str]:
    return [each.id for each in bench.service.blind_receipts(warehouse)[0]]


def test_it_is_booked_from_suspense_and_a_person_is_told() -> None:
    bench = PurchasingBench()

    arrived_blind(bench)

    assert bench.entries("RK1") == [
        ("A", "SUSPENSE:WH1", "WAREHOUSE:WH1:ZP", 4, None),
        ("B", "SUSPENSE:WH1", "WAREHOUSE:WH1:CC", 2, None),
    ]
    assert bench.cases() == {
        "receipt_blind": "ASN-77 arrived and nobody announced it; booked from suspense"
    }
    assert waiting(bench) == ["RK1"]
    assert waiting(bench, "WH2") == []
    found = bench.service.receipt("RK1")
    assert (found.state, found.blind, found.announced_as) == (ReceiptState.POSTED, True, "ASN-77")


def test_unknown_skus_are_told_too() -> None:
    bench = PurchasingBench()
    bench.received(blind(arrived(1, "X", 4)))
    assert set(bench.cases()) == {"receipt_blind", "receipt_sku_unknown"}


def test_before_it_is_booked_it_is_pending_and_can_not_be_attached() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.accept(blind(arrived(1, "A", 4)))
    assert [each.quantity for each in bench.service.pending("WH1", ["A"])] == [4]
    with pytest.raises(Refused, match="receipt_not_blind"):
        bench.service.attach_receipt("RK1", no, by="mei")


def test_attached_it_leaves_suspense_by_reversing_entries_and_counts_for_the_order() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    arrived_blind(bench)

    settling = bench.service.attach_receipt("RK1", no, by="mei")
    bench.service.post_receipt(settling.id)

    assert (settling.id, settling.settles, settling.attached_by) == ("RK1-1", "RK1", "mei")
    assert bench.entries("RK1-1") == [
        ("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 4, 400),
        ("A", "WAREHOUSE:WH1:ZP", "SUSPENSE:WH1", 4, None),
        ("B", "SUPPLIER:SUP1", "WAREHOUSE:WH1:CC", 2, 67),
        ("B", "WAREHOUSE:WH1:CC", "SUSPENSE:WH1", 2, None),
    ]
    (row,) = bench.stock.standing(StandingState.SETTLED).rows
    assert (row.document, row.kind, row.pieces) == ("RK1", Unplaced.RECEIPT, 6)
    assert bench.pieces("WH1", "A") == {"ZP": 4}
    order = bench.service.purchase_order(no)
    assert [dict(line.received) for line in order.lines] == [{"ZP": 4}, {"CC": 2}]
    assert (order.state, order.final) == (PurchaseState.PART_RECEIVED, False)
    assert waiting(bench) == []
    assert [each.id for each in bench.service.receipts(no)] == ["RK1-1"]
    assert bench.service.receipt("RK1").attached == "RK1-1"


def test_what_the_order_does_not_have_stays_in_suspense() -> None:
    bench = PurchasingBench()
    no = bench.ordered(lines=(line_input(1, "A", 10),))
    arrived_blind(bench)

    bench.service.post_receipt(bench.service.attach_receipt("RK1", no, by="mei").id)

    assert [each[0] for each in bench.entries("RK1-1")] == ["A", "A"]
    (row,) = bench.stock.standing(StandingState.OPEN).rows
    assert (row.document, row.pieces, row.left) == ("RK1", 6, 2)
    assert bench.pieces("WH1", "B") == {"CC": 2}
    assert "receipt_sku_not_ordered" in bench.cases()


def test_said_again_it_is_the_same_and_another_order_is_a_conflict() -> None:
    bench = PurchasingBench()
    no, other = bench.ordered(), bench.ordered(id="P-2")
    arrived_blind(bench)
    first = bench.service.attach_receipt("RK1", no, by="mei")
    before = bench.state()

    assert bench.service.attach_receipt("RK1", no, by="li") == first
    with pytest.raises(Conflict, match="receipt_attached"):
        bench.service.attach_receipt("RK1", other, by="li")
    assert bench.state() == before


def test_it_is_attached_to_what_is_there_and_was_ordered_for_its_warehouse() -> None:
    bench = PurchasingBench()
    elsewhere = bench.ordered(warehouse="WH2")
    arrived_blind(bench)
    with pytest.raises(Refused, match="unknown_purchase_order"):
        bench.service.attach_receipt("RK1", "PO9", by="mei")
    with pytest.raises(NotFound, match="unknown_receipt"):
        bench.service.attach_receipt("RK9", elsewhere, by="mei")
    with pytest.raises(Refused, match="other_warehouse"):
        bench.service.attach_receipt("RK1", elsewhere, by="mei")


def test_an_announced_receipt_is_not_attached() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1)))
    with pytest.raises(Refused, match="receipt_not_blind"):
        bench.service.attach_receipt("RK1", no, by="mei")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_attaching_broken_off_anywhere_and_said_again_ends_the_same(at: int, after: bool) -> None:
    def attach(bench: PurchasingBench, no: str) -> None:
        bench.service.post_receipt(bench.service.attach_receipt("RK1", no, by="mei").id)

    def made(tables: MemoryTables) -> tuple[PurchasingBench, str]:
        bench = PurchasingBench(tables=tables)
        no = bench.ordered()
        bench.received(blind(*(arrived(n, "A", n, batch=f"L{n}") for n in range(1, 26))))
        return bench, no

    calm, no = made(MemoryTables())
    attach(calm, no)
    tables = Failing()
    bench, no = made(tables)
    tables.fail_at, tables.after = at, after

    with pytest.raises(Unavailable):
        attach(bench, no)
    attach(bench, no)

    assert bench.state() == calm.state()
    assert bench.pieces("WH1", "A") == {"ZP": 325}
    assert [event.id for event in tables.events] == [event.id for event in calm.tables.events]


def test_two_people_who_attach_it_to_two_orders_at_once() -> None:
    tables = Overtaken()
    bench = PurchasingBench(tables=tables)
    no, other = bench.ordered(), bench.ordered(id="P-2")
    arrived_blind(bench)
    tables.at, tables.other = 1, lambda: bench.service.attach_receipt("RK1", other, by="li")

    with pytest.raises(Conflict, match="receipt_attached"):
        bench.service.attach_receipt("RK1", no, by="mei")
    assert bench.service.receipts(no) == []


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 30)), min_size=1, max_size=8))
def test_attaching_moves_no_piece_and_gives_what_was_ordered_its_price(
    lines: list[tuple[str, int]],
) -> None:
    bench = PurchasingBench()
    bench.ordered(lines=(line_input(1, "A", 20, 12_345), line_input(2, "B", 20, 777)))
    bench.received(blind(*(arrived(n, sku, q) for n, (sku, q) in enumerate(lines, start=1))))
    skus = sorted({sku for sku, _ in lines})
    before = {sku: bench.pieces("WH1", sku) for sku in skus}
    costs = CostService(
        store=StockStore(bench.tables),
        values=ValueStore(bench.tables),
        transaction=bench.tables,
        clock=bench.clock,
        method=lambda warehouse: CostMethod.AVERAGE,
    )
    costs.cost_pools([f"WH1/{sku}" for sku in skus])

    bench.service.post_receipt(bench.service.attach_receipt("RK1", "PO000001", by="mei").id)
    costs.cost_pools([f"WH1/{sku}" for sku in skus])

    assert {sku: bench.pieces("WH1", sku) for sku in skus} == before
    for sku, pool in costs.pools([("WH1", sku) for sku in skus]).items():
        pieces = sum(quantity for each, quantity in lines if each == sku[1])
        price = {"A": 12_345, "B": 777, "C": 0}[sku[1]]
        assert (pool.quantity, pool.value) == (pieces, (2 * pieces * price + 100) // 200)
