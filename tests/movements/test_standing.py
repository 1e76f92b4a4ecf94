"""The list of what stands in suspense: a row per document, gone when as much is out as came in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.movements.suspense import Suspense
from chalicelib.stock.model import Kind, Unplaced
from chalicelib.stock.standing import Standing, StandingState
from tests.movements.bench import Bench
from tests.movements.test_suspense import book, unexplained

OPEN, SETTLED = StandingState.OPEN, StandingState.SETTLED


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def suspense(bench: Bench) -> Suspense:
    return book(bench)


def change(bench: Bench, name: str, *, pieces: int, warehouse: str = "WH1") -> str:
    """An unplaced change of a warehouse, booked under a name of its own, an hour after the last."""
    bench.clock.forward(hours=1)
    body = (
        f"<request><items><item><warehouseCode>{warehouse}</warehouseCode>"
        f"<orderCode>{name}</orderCode><outBizCode>{name}</outBizCode><itemCode>A</itemCode>"
        f"<quantity>{pieces}</quantity></item></items></request>"
    )
    before = {row.document for row in rows(bench)}
    wms = f"W{warehouse[-1]}"
    answer = bench.callback("stockchange.report", body, wms=wms)
    assert answer.needed_text("flag") == "success"
    bench.run()
    (new,) = {row.document for row in rows(bench)} - before
    return new


def rows(bench: Bench, state: StandingState = OPEN, **filters: Any) -> list[Standing]:
    return list(bench.stock.standing(state, **filters).rows)


def test_what_nothing_places_is_on_the_list_until_it_is_booked_anew(
    bench: Bench, suspense: Suspense
) -> None:
    document = unexplained(bench, "A", -3)
    (row,) = rows(bench)
    assert (row.document, row.warehouse, row.kind, row.left) == (
        document,
        "WH1",
        Unplaced.CHANGE,
        3,
    )
    suspense.settle(document, kind=Kind.LOSS, by="li", because="stolen")
    assert len(rows(bench)) == 1, "said, and not booked yet"
    bench.clock.forward(hours=2)
    for _ in range(2):
        suspense.post(document)
    assert rows(bench) == []
    (done,) = rows(bench, SETTLED)
    assert (done.document, done.left, done.pieces) == (document, 0, 3)
    assert done.settled_at is not None
    assert done.settled_at - done.since >= timedelta(hours=2)


def test_the_oldest_come_first_by_warehouse_and_page_by_page(bench: Bench) -> None:
    first = change(bench, "X1", pieces=1)
    second = change(bench, "X2", pieces=2, warehouse="WH2")
    third = change(bench, "X3", pieces=3)
    assert [row.document for row in rows(bench)] == [first, second, third]
    assert [row.document for row in rows(bench, warehouse="WH1")] == [first, third]
    page = bench.stock.standing(OPEN, limit=2)
    assert [row.document for row in page.rows] == [first, second]
    rest = bench.stock.standing(OPEN, limit=2, cursor=page.next_cursor)
    assert ([row.document for row in rest.rows], rest.next_cursor) == ([third], None)


def test_a_rare_kind_is_found_behind_the_others(bench: Bench) -> None:
    for number in range(3):
        change(bench, f"X{number}", pieces=1)
    assert rows(bench, kind=Unplaced.PARCEL, limit=1) == []
    assert len(rows(bench, kind=Unplaced.CHANGE, limit=2)) == 2
