"""What stands in suspense is reversed and booked anew as what a person says it was."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Conflict, NotFound, Refused
from chalicelib.movements.otherways import OtherWays
from chalicelib.movements.states import AdjustmentState
from chalicelib.movements.suspense import Suspense
from chalicelib.stock.model import Kind
from tests.movements.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def book(bench: Bench) -> Suspense:
    return Suspense(
        items=bench.tables,
        transaction=bench.tables,
        clock=bench.clock,
        catalog=bench.catalog,
        stock=bench.stock,
        other_ways=OtherWays(returns=bench.returns, purchasing=bench.purchasing, stock=bench.stock),
    )


def unexplained(bench: Bench, sku: str, pieces: int) -> str:
    """A change that nothing places, booked; its adjustment's number."""
    body = (
        "<request><items><item><warehouseCode>WH1</warehouseCode><orderCode>X1</orderCode>"
        f"<outBizCode>X</outBizCode><itemCode>{sku}</itemCode><quantity>{pieces}</quantity>"
        "</item></items></request>"
    )
    assert bench.callback("stockchange.report", body).needed_text("flag") == "success"
    bench.run()
    (found,) = bench.adjustments.adjustments("WH1", AdjustmentState.POSTED)
    return found.number


def settled(bench: Bench, document: str) -> list[tuple[str, str, int, str, str]]:
    return [
        (each.kind.value, each.sku, each.quantity, each.from_location, each.to_location)
        for each in sorted(bench.stock.entries_of(f"{document}-S"), key=lambda e: e.posted_at)
    ]


def worth(bench: Bench, sku: str) -> tuple[int, int]:
    pool = bench.costs.pools([("WH1", sku)])[("WH1", sku)]
    return pool.quantity, pool.value


def test_goods_that_came_are_reversed_and_booked_as_a_surplus(bench: Bench) -> None:
    document = unexplained(bench, "A", 3)
    before = worth(bench, "A")
    for _ in range(2):
        book(bench).settle(document, kind=Kind.SURPLUS, by="li", because="found behind the rack")
        book(bench).post(document)
        bench.run()
    good, place = "WAREHOUSE:WH1:ZP", "SUSPENSE:WH1"
    assert sorted(settled(bench, document)) == [
        ("SURPLUS", "A", 3, "ADJUSTMENT", good),
        ("SUSPENSE", "A", 3, good, place),
    ]
    assert worth(bench, "A") == before
    assert bench.figures("WH1", "A") == (119, 119, 0)


def test_goods_that_went_come_back_at_their_cost_and_are_lost(bench: Bench) -> None:
    document = unexplained(bench, "A", -3)
    before = worth(bench, "A")
    book(bench).settle(document, kind=Kind.LOSS, by="li", because="stolen; call 13800000000")
    book(bench).post(document)
    bench.run()
    assert worth(bench, "A") == before
    assert bench.figures("WH1", "A") == (113, 113, 0)
    said = book(bench).settlement(document)
    assert said is not None
    assert "13800000000" not in said.because


def test_a_sku_that_was_misread_is_booked_on_the_right_one(bench: Bench) -> None:
    document = unexplained(bench, "NOBODYS", 3)
    book(bench).settle(document, kind=Kind.OTHER_IN, by="li", because="it was B", sku="B")
    book(bench).post(document)
    bench.run()
    assert bench.figures("WH1", "B") == (103, 103, 0)
    assert bench.figures("WH1", "NOBODYS") == (0, 0, 0)
    assert worth(bench, "NOBODYS") == (0, 0)


def test_a_settlement_is_one_persons_word(bench: Bench) -> None:
    document = unexplained(bench, "A", 3)
    first = book(bench).settle(document, kind=Kind.SURPLUS, by="li", because="found")
    assert book(bench).settle(document, kind=Kind.SURPLUS, by="wang", because="also") == first
    with pytest.raises(Conflict):
        book(bench).settle(document, kind=Kind.OTHER_IN, by="wang", because="no")


@pytest.mark.parametrize(
    ("kind", "sku", "code"),
    [
        (Kind.LOSS, "", "wrong_direction"),
        (Kind.SHIPMENT, "", "wrong_direction"),
        (Kind.SURPLUS, "Z", "unknown_sku"),
    ],
)
def test_what_it_cannot_have_been_is_refused(bench: Bench, kind: Kind, sku: str, code: str) -> None:
    document = unexplained(bench, "A", 3)
    before = bench.documents()
    with pytest.raises(Refused) as refused:
        book(bench).settle(document, kind=kind, by="li", because="x", sku=sku)
    assert refused.value.code == code
    assert bench.documents() == before


def test_only_what_is_in_suspense_can_be_settled(bench: Bench) -> None:
    with pytest.raises(Refused, match="nothing_in_suspense"):
        book(bench).settle("OPENING-WH1", kind=Kind.SURPLUS, by="li", because="x")
    with pytest.raises(NotFound):
        book(bench).post("OPENING-WH1")
