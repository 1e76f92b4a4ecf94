"""The ledger, asked for by SKU, day and kind."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import MOST_PAGES
from chalicelib.stock.listing import Wanted, entry_page
from chalicelib.stock.model import Entry, Kind
from tests.stock.world import TODAY, World, opening, quality_move, receipt, sequences, shipment

YESTERDAY = date(2026, 11, 21)


def listed(world: World, wanted: Wanted, limit: int = 100) -> list[Entry]:
    """Every page after the other."""
    found: list[Entry] = []
    cursor: str | None = None
    while True:
        page = entry_page(world.store, wanted, limit=limit, cursor=cursor)
        found += page.entries
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_skus_entries_come_the_newest_first(limit: int) -> None:
    world = World()
    world.post("R1", receipt(5), receipt(2, line="2", sku="B"))
    world.post("S1", shipment(1))
    world.post("S2", shipment(2))
    found = listed(world, Wanted(warehouse="WH1", buckets=[0], sku="A"), limit)
    assert [(entry.document, entry.sequence) for entry in found] == [
        ("S2", 3),
        ("S1", 2),
        ("R1", 1),
    ]


def test_of_a_sku_and_day_only_that_days_in_their_order() -> None:
    world = World()
    world.post("R1", receipt(5), day=YESTERDAY)
    world.post("S1", shipment(1), day=TODAY)
    world.post("S2", shipment(2), receipt(1, line="9", sku="AB"), day=TODAY)
    found = listed(world, Wanted(warehouse="WH1", buckets=[0], sku="A", day=TODAY))
    assert [(entry.document, entry.sku, entry.sequence) for entry in found] == [
        ("S1", "A", 2),
        ("S2", "A", 3),
    ]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_day_is_listed_over_its_buckets(limit: int) -> None:
    world = World()
    world.post("R1", opening(5), opening(2, line="2", sku="B", bucket=2))
    world.post("R2", opening(1, sku="C", bucket=MOST_PAGES + 3))
    world.post("OLD", receipt(1, sku="D"), day=YESTERDAY)
    wanted = Wanted(warehouse="WH1", buckets=range(MOST_PAGES + 5), day=TODAY)
    assert [entry.sku for entry in listed(world, wanted, limit)] == ["A", "B", "C"]


def test_one_kind_is_picked_out() -> None:
    world = World()
    world.post("R1", receipt(5))
    world.post("S1", shipment(1))
    world.post("S2", shipment(2))
    for wanted in (
        Wanted(warehouse="WH1", buckets=[0], sku="A", kind=Kind.SHIPMENT),
        Wanted(warehouse="WH1", buckets=[0], day=TODAY, kind=Kind.SHIPMENT),
    ):
        assert {entry.document for entry in listed(world, wanted, 1)} == {"S1", "S2"}


@pytest.mark.parametrize("cursor", ["x", "1:", "-1:", ":", "0"])
def test_a_cursor_of_somebody_elses_is_refused(cursor: str) -> None:
    world = World()
    with pytest.raises(Malformed, match="malformed_cursor"):
        world.stock.entries(warehouse="WH1", buckets=[0], day=TODAY, cursor=cursor)


def test_an_entry_tells_what_was_there_after_it() -> None:
    world = World()
    (opened,) = world.post("OPEN", opening(10)).entries
    assert opened.after == {"ZP": 10}
    two = world.post("S1", shipment(3), shipment(1, line="2")).entries
    assert [(entry.sequence, entry.after) for entry in two] == [(2, {"ZP": 7}), (3, {"ZP": 6})]
    (moved,) = world.post("Q1", quality_move(2)).entries
    assert moved.after == {"ZP": 4, "CC": 2}
    assert sequences(world.stock.entries_of("S1")) == [2, 3]
