"""Stock counts: pages in any order, then one adjustment of what differs."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.movements.adjustment_service import MOST_LINES
from chalicelib.movements.counts.model import StockCount
from chalicelib.movements.states import AdjustmentState
from tests.movements.bench import Bench
from tests.warehouse.world import connection

Item = tuple[str, int] | tuple[str, int, str, int | None]
"""SKU, quantity, and perhaps inventory type and total."""


@pytest.fixture
def bench() -> Bench:
    return Bench()


def body(*items: Item, page: int = 1, pages: int = 1, **changes: str) -> str:
    said = {
        "checkOrderCode": "CHK1",
        "outBizCode": f"OUT-{page}",
        "warehouseCode": "WH1",
        "adjustType": "CHECK",
        "checkTime": "2026-11-22 18:00:00",
    } | changes
    head = "".join(f"<{name}>{text}</{name}>" for name, text in said.items() if text)
    inner = "".join(map(_item, items))
    paging = f"<totalPage>{pages}</totalPage><currentPage>{page}</currentPage>"
    return f"<request>{paging}{head}<items>{inner}</items></request>"


def _item(item: Item) -> str:
    sku, quantity, *more = item
    kind, total = (*more, "ZP", None)[:2] if more else ("ZP", None)
    counted = "" if total is None else f"<totalQty>{total}</totalQty>"
    return (
        f"<item><itemCode>{sku}</itemCode><inventoryType>{kind}</inventoryType>"
        f"<quantity>{quantity}</quantity>{counted}</item>"
    )


def report(bench: Bench, text: str, *, wms: str = "W1") -> str:
    return str(bench.callback("inventory.report", text, wms=wms).needed_text("flag"))


def adjusted(bench: Bench) -> list[tuple[str, str, int]]:
    """(kind, SKU, signed pieces) of what counts have booked."""
    found = bench.adjustments.adjustments("WH1", AdjustmentState.POSTED)
    return sorted(
        (entry.kind.value, entry.sku, entry.pool_delta())
        for each in found
        for entry in bench.stock.entries_of(each.number)
    )


def counts(bench: Bench) -> list[StockCount]:
    numbers = {
        key.pk.removeprefix("COUNT#") for key in bench.tables.tables if key.pk.startswith("COUNT#")
    }
    return [bench.counts.count(number) for number in sorted(numbers)]


def test_a_count_of_one_page_books_surplus_and_loss(bench: Bench) -> None:
    assert report(bench, body(("A", 3), ("B", -2), ("C", 0))) == "success"
    bench.run()
    assert adjusted(bench) == [("LOSS", "B", -2), ("SURPLUS", "A", 3)]
    (count,) = counts(bench)
    assert (count.state.value, len(count.adjustments)) == ("ADJUSTED", 1)
    assert bench.cases() == []


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_pages_in_any_order_and_twice_are_one_adjustment(
    bench: Bench, order: tuple[int, ...]
) -> None:
    pages = {
        1: body(("A", 3), page=1, pages=3),
        2: body(("B", -2), page=2, pages=3),
        3: body(("C", 1), page=3, pages=3),
    }
    for page in order[:2]:
        for _ in range(2):
            assert report(bench, pages[page]) == "success"
        bench.later.clear()
        bench.collect()
        assert adjusted(bench) == []
    for _ in range(2):
        assert report(bench, pages[order[2]]) == "success"
    bench.run()
    assert adjusted(bench) == [("LOSS", "B", -2), ("SURPLUS", "A", 3), ("SURPLUS", "C", 1)]
    assert len(counts(bench)[0].adjustments) == 1
    assert bench.cases() == []


def test_pages_that_never_come_are_told_and_nothing_is_booked(bench: Bench) -> None:
    report(bench, body(("A", 3), page=2, pages=4))
    bench.run()
    assert bench.texts() == {
        "count_pages_missing": "of 4 pages these haven't come: 1, 3, 4; nothing is booked"
    }
    assert adjusted(bench) == []
    for page in (4, 1, 3):
        report(bench, body(("B", 1), page=page, pages=4))
    bench.run()
    assert adjusted(bench) == [("SURPLUS", "A", 3), *[("SURPLUS", "B", 1)] * 3]


def test_a_page_that_comes_with_other_content_is_held(bench: Bench) -> None:
    report(bench, body(("A", 3), page=1, pages=2))
    assert report(bench, body(("A", 4), page=1, pages=2)) == "success"
    report(bench, body(page=2, pages=2))
    bench.run()
    assert adjusted(bench) == [("SURPLUS", "A", 3)]
    assert "callback_differs" in bench.cases()


def test_several_reports_of_one_page_under_one_check_order_are_counts_of_their_own(
    bench: Bench,
) -> None:
    report(bench, body(("A", 3), outBizCode="1"))
    report(bench, body(("A", -1), outBizCode="2"))
    bench.run()
    assert adjusted(bench) == [("LOSS", "A", -1), ("SURPLUS", "A", 3)]


def test_absolute_figures_are_compared_with_the_books(bench: Bench) -> None:
    """A: 116 good and 4 defective pieces, B and C 100 each."""
    bench.service.put_connection(connection("W1", absolute_counts=True))
    report(
        bench,
        body(("A", 110), ("A", 4, "CC", None), ("B", 1, "ZP", 100), ("C", 0, "ZP", 101)),
    )
    bench.run()
    assert adjusted(bench) == [("LOSS", "A", -6), ("SURPLUS", "C", 1)]
    assert bench.figures("WH1", "A") == (110, 110, 0)


def test_absolute_figures_by_batch_are_added_up(bench: Bench) -> None:
    bench.service.put_connection(connection("W1", absolute_counts=True))
    report(bench, body(("B", 60), ("B", 41)))
    bench.run()
    assert adjusted(bench) == [("SURPLUS", "B", 1)]


def test_what_was_found_to_differ_is_not_compared_anew(bench: Bench) -> None:
    """The books move on between the comparison and the repetition."""
    bench.service.put_connection(connection("W1", absolute_counts=True))
    report(bench, body(("B", 90)))
    (count,) = counts(bench)
    for _ in range(2):
        bench.counts.adjust(count.number)
        bench.run()
    assert adjusted(bench) == [("LOSS", "B", -10)]
    assert bench.figures("WH1", "B")[0] == 90


def test_a_sku_that_is_not_ours_is_booked_apart_in_suspense(bench: Bench) -> None:
    report(bench, body(("A", 1), ("NOBODYS", 2)))
    bench.run()
    assert adjusted(bench) == [("SURPLUS", "A", 1), ("SUSPENSE", "NOBODYS", 2)]
    assert bench.texts() == {
        "unclassified_movement": "WH1 reported a change of a SKU that isn't ours: it is in suspense"
    }


def test_an_adjustment_of_its_own_is_not_a_count(bench: Bench) -> None:
    report(bench, body(("A", -1), adjustType="ADJUST"))
    bench.run()
    assert adjusted(bench) == [("ADJUSTMENT", "A", -1)]


def test_a_large_count_makes_adjustments_that_each_hold_500_lines(bench: Bench) -> None:
    report(bench, body(*[("A", 1)] * (MOST_LINES + 1)))
    bench.run(steps=2000)
    assert len(counts(bench)[0].adjustments) == 2
    assert bench.figures("WH1", "A")[0] == 116 + MOST_LINES + 1


def test_a_warehouse_that_is_not_this_wms_s_is_refused(bench: Bench) -> None:
    before = bench.documents()
    assert report(bench, body(("A", 1), warehouseCode="WH9")) == "failure"
    assert bench.documents() == before


@settings(max_examples=25, deadline=None)
@given(
    pages=st.lists(
        st.lists(st.tuples(st.sampled_from(["A", "B", "Q"]), st.integers(-5, 5)), max_size=3),
        min_size=1,
        max_size=4,
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_what_a_count_says_is_what_the_books_change_by(
    pages: list[list[tuple[str, int]]], shuffled: object
) -> None:
    bench = Bench()
    before = {sku: bench.figures("WH1", sku)[0] for sku in "ABQ"}
    texts = [body(*page, page=at, pages=len(pages)) for at, page in enumerate(pages, start=1)]
    twice = texts * 2
    shuffled.shuffle(twice)  # type: ignore[attr-defined]
    for text in twice:
        assert report(bench, text) == "success"
    bench.run()
    for sku in "ABQ":
        said = sum(pieces for page in pages for each, pieces in page if each == sku)
        assert bench.figures("WH1", sku)[0] == before[sku] + said
