"""What there was on any day: from the last close, and the entries since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused, Unavailable
from chalicelib.kernel.writes import Key
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.past import ClosingStock, PastStock
from chalicelib.stock.snapshot_store import ShardClosing, SnapshotStore
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

YESTERDAY = TODAY - timedelta(days=1)
UTC = "UTC"


def on(world: World, day: date, *skus: str) -> tuple[ClosingStock, ...]:
    return world.past.of_skus("WH1", skus or ("A",), day, zone=UTC).stock


def test_a_closed_day_is_what_its_run_says() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY)
    world.cost()
    run = world.close(YESTERDAY)
    page = world.past.of_skus("WH1", ["A"], YESTERDAY, zone=UTC)
    assert page.run == run.id
    assert page.stock == (
        ClosingStock(warehouse="WH1", sku="A", quantities={"ZP": 10}, value=10000, since=0),
    )


def test_a_day_after_the_last_close_has_the_entries_since_added() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(4))
    world.post("Q1", quality_move(1))
    world.cost()
    (stock,) = on(world, TODAY)
    assert (stock.quantities, stock.value) == ({"CC": 1, "ZP": 5}, 6000)
    assert (stock.since, stock.quantity) == (2, 6)
    assert on(world, YESTERDAY)[0].quantities == {"ZP": 10}


def test_without_any_close_the_entries_are_added_up_from_the_first() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY)
    world.post("S1", shipment(4))
    world.cost()
    page = world.past.of_skus("WH1", ["A"], YESTERDAY, zone=UTC)
    assert page.run is None
    assert [(each.quantities, each.since) for each in page.stock] == [({"ZP": 10}, 1)]
    assert on(world, YESTERDAY - timedelta(days=1)) == ()


def test_what_was_booked_for_a_day_after_its_close_is_in_it() -> None:
    world = World()
    world.post("OPEN", opening(5), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(2), day=YESTERDAY)
    assert on(world, YESTERDAY)[0].quantities == {"ZP": 3}


def test_an_open_run_is_passed_over() -> None:
    world = World()
    world.post("OPEN", opening(5), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.closes.start_close(TODAY)
    assert world.past.of_skus("WH1", ["A"], TODAY, zone=UTC).run == "2026-11-21.001"


def test_the_latest_version_of_a_day_counts() -> None:
    world = World()
    world.post("OPEN", opening(5), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(2), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY, reason="a late shipment")
    page = world.past.of_skus("WH1", ["A"], YESTERDAY, zone=UTC)
    assert (page.run, page.stock[0].since) == ("2026-11-21.002", 0)


def test_a_value_that_isnt_known_yet_is_none_rather_than_wrong() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(4))
    assert on(world, TODAY)[0].value is None
    assert on(world, YESTERDAY)[0].value == 10000


def test_an_index_that_hides_an_entry_gives_no_figure() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.tables.tables[Key("stock", "ENTRY#OPEN", "1#OPENING#ZP#")].pop("gsi1sk")
    with pytest.raises(Unavailable, match="the index lags"):
        on(world, TODAY)


def test_a_sku_that_never_moved_has_no_figure() -> None:
    assert on(World(), TODAY, "NONE") == ()


def test_a_day_that_hasnt_begun_is_refused() -> None:
    with pytest.raises(Refused, match="day_not_begun"):
        on(World(), TODAY + timedelta(days=1))


class Restless(SnapshotStore):
    """The next day is closed, and restates the days before, while somebody reads."""

    def __init__(self, world: World) -> None:
        super().__init__(world.tables)
        self._world = world
        self._closed = False

    def shards(self, run: str) -> list[ShardClosing]:
        found = super().shards(run)
        if not self._closed:
            self._closed = True
            self._world.close()
        return found


def test_a_close_that_restates_the_day_meanwhile_loses_nothing_and_counts_nothing_twice() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY - timedelta(days=1))
    world.cost()
    world.close(YESTERDAY - timedelta(days=1))
    world.close(YESTERDAY)
    world.post("S1", shipment(4), day=YESTERDAY - timedelta(days=1))
    world.cost()
    past = PastStock(
        store=world.store,
        values=ValueStore(world.tables),
        snapshots=Restless(world),
        files=world.files,
        clock=world.clock,
    )
    for _ in range(2):
        page = past.of_skus("WH1", ["A"], YESTERDAY - timedelta(days=1), zone=UTC)
        assert [(each.quantity, each.value) for each in page.stock] == [(6, 6000)]


def pages(world: World, day: date, buckets: Sequence[int], limit: int) -> list[ClosingStock]:
    """All of a warehouse, page by page."""
    found: list[ClosingStock] = []
    cursor: str | None = None
    while True:
        page = world.past.of_warehouse("WH1", buckets, day, zone=UTC, limit=limit, cursor=cursor)
        found += page.stock
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_warehouse_is_listed_over_all_its_buckets(limit: int) -> None:
    world = World()
    world.buckets = {"WH1": 4}
    for at, sku in enumerate("ABCDE"):
        world.post(f"O{sku}", opening(at + 1, sku=sku, bucket=at % 3))
    found = pages(world, TODAY, range(4), limit)
    assert {each.sku: each.quantity for each in found} == {"A": 1, "B": 2, "C": 3, "D": 4, "E": 5}
    assert len(found) == 5


@pytest.mark.parametrize("cursor", ["x", "9:", "-1:"])
def test_a_foreign_cursor_is_malformed(cursor: str) -> None:
    with pytest.raises(Malformed):
        World().past.of_warehouse("WH1", [0], TODAY, zone=UTC, cursor=cursor)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["receipt", "shipment", "quality", "close", "next"]),
            st.sampled_from(["A", "B"]),
            st.integers(1, 9),
            st.integers(0, 500),
        ),
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_day_is_the_sum_of_the_entries_up_to_it_wherever_the_closes_are(
    steps: list[tuple[str, str, int, int]],
) -> None:
    world = World()
    day = first = date(2026, 11, 1)
    pools = ("WH1/A", "WH1/B")
    for number, (what, sku, pieces, value) in enumerate(steps):
        if what == "close":
            world.cost(*pools)
            world.close(day)
        if what in ("close", "next"):
            day += timedelta(days=1)
            continue
        moved = {
            "receipt": receipt(pieces, value, sku=sku),
            "shipment": shipment(pieces, sku=sku),
            "quality": quality_move(pieces, sku=sku),
        }[what]
        world.post(f"D{number}", moved, day=day)
    world.cost(*pools)
    entries = {sku: world.store.pool_entries("WH1", sku, after=0, limit=1000) for sku in ("A", "B")}
    for back in range((day - first).days + 1):
        asked = first + timedelta(days=back)
        expected = {}
        for sku, all_of_it in entries.items():
            until = [entry for entry in all_of_it if entry.posting_date <= asked]
            pieces_left = sum(entry.pool_delta() for entry in until)
            worth = sum(sum(world.values(entry.document)) for entry in until)
            if until:
                expected[sku] = (pieces_left, worth)
        found = {each.sku: (each.quantity, each.value) for each in on(world, asked, "A", "B")}
        assert found == expected
