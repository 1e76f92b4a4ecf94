"""More than was ordered: quiet within the tolerance, a person's matter beyond it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused
from chalicelib.purchasing.model import Tolerance
from tests.catalog.builders import supplier_input
from tests.purchasing.bench import MESSAGE, PurchasingBench, arrived, line_input, receipt


@pytest.mark.parametrize(
    ("tolerance", "ordered", "most"),
    [
        (Tolerance(), 10, 10),
        (Tolerance(percent=5), 100, 105),
        (Tolerance(percent=5), 19, 19),
        (Tolerance(percent=5), 20, 21),
        (Tolerance(pieces=2), 10, 12),
        (Tolerance(percent=5, pieces=2), 10, 12),
        (Tolerance(percent=5, pieces=2), 100, 105),
    ],
)
def test_a_line_may_exceed_by_percent_or_pieces_whichever_is_more(
    tolerance: Tolerance, ordered: int, most: int
) -> None:
    assert tolerance.allows(ordered, most)
    assert not tolerance.allows(ordered, most + 1)


@pytest.mark.parametrize(("pieces", "cases"), [(105, []), (106, ["receipt_over"])])
def test_inside_it_is_quiet_and_outside_a_person_is_asked_but_all_is_booked(
    pieces: int, cases: list[str]
) -> None:
    bench = PurchasingBench()
    bench.service.tolerances.put(Tolerance(percent=5))
    no = bench.ordered(lines=(line_input(1, "A", 100),))

    bench.received(receipt(no, arrived(1, "A", 100, on=1)))
    bench.received(receipt(no, arrived(1, "A", pieces - 100, on=1), id="RK2"))

    assert list(bench.cases()) == cases
    assert bench.pieces("WH1", "A") == {"ZP": pieces}


def test_the_one_that_names_most_counts() -> None:
    bench = PurchasingBench()
    order = bench.service.purchase_order(bench.ordered())
    settings = bench.service.tolerances
    assert settings.of(order) == Tolerance()
    for tolerance in (
        Tolerance(pieces=1),
        Tolerance(owner="ACME", pieces=2),
        Tolerance(warehouse="WH1", pieces=3),
        Tolerance(supplier="SUP1", pieces=4),
        Tolerance(owner="ACME", warehouse="WH1", pieces=5),
        Tolerance(owner="ACME", supplier="SUP1", pieces=6),
        Tolerance(supplier="SUP1", warehouse="WH1", pieces=7),
        Tolerance(owner="ACME", supplier="SUP1", warehouse="WH1", pieces=8),
    ):
        settings.put(tolerance)
        assert settings.of(order) == tolerance
    settings.put(Tolerance(supplier="SUP2", warehouse="WH1", pieces=9))
    assert settings.of(order).pieces == 8


def test_said_anew_it_replaces_and_all_are_listed() -> None:
    bench = PurchasingBench()
    bench.service.tolerances.put(Tolerance(pieces=1))
    bench.service.tolerances.put(Tolerance(pieces=2))
    bench.service.tolerances.put(Tolerance(supplier="SUP1", percent=3))
    assert bench.service.tolerances.listed() == (
        [Tolerance(pieces=2), Tolerance(supplier="SUP1", percent=3)],
        None,
    )


@pytest.mark.parametrize(
    ("tolerance", "field"),
    [
        (Tolerance(percent=101), "percent"),
        (Tolerance(percent=-1), "percent"),
        (Tolerance(pieces=-1), "pieces"),
        (Tolerance(supplier="a b"), "supplier"),
        (Tolerance(owner=""), "owner"),
    ],
)
def test_what_can_not_be_one_is_refused_with_its_field(tolerance: Tolerance, field: str) -> None:
    with pytest.raises(Refused) as refused:
        PurchasingBench().service.tolerances.put(tolerance)
    assert refused.value.field == field


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(0, 30), st.integers(0, 5))
def test_a_person_is_asked_as_soon_as_the_total_exceeds_and_not_before(
    parts: list[int], percent: int, pieces: int
) -> None:
    bench = PurchasingBench()
    bench.service.tolerances.put(Tolerance(percent=percent, pieces=pieces))
    no = bench.ordered(lines=(line_input(1, "A", 20),))
    total = 0
    for number, part in enumerate(parts):
        total += part
        bench.received(receipt(no, arrived(1, "A", part, on=1), id=f"RK{number}", final=False))
        over = total - 20 > max(20 * percent // 100, pieces)
        assert ("receipt_over" in bench.cases()) == over


@pytest.mark.parametrize(
    ("named", "cases"), [("", []), ("SUP1", []), ("SUP9", ["receipt_supplier_differs"])]
)
def test_the_supplier_that_a_message_names_is_the_order_s(named: str, cases: list[str]) -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.received(receipt(no, arrived(1, "A", 4, on=1), named_supplier=named))
    assert list(bench.cases()) == cases
    assert bench.entries("RK1") == [("A", "SUPPLIER:SUP1", "WAREHOUSE:WH1:ZP", 4, 400)]


def test_goods_of_a_supplier_that_is_no_longer_in_use_are_booked_and_a_person_is_told() -> None:
    bench = PurchasingBench()
    no = bench.ordered()
    bench.catalog.put_suppliers("SRM", [supplier_input("SUP1", valid=False)], MESSAGE)
    bench.received(receipt(no, arrived(1, "A", 4, on=1)))
    assert list(bench.cases()) == ["receipt_supplier_not_in_use"]
    assert bench.pieces("WH1", "A") == {"ZP": 4}
