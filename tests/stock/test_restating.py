"""What was booked late for a closed day restates it, and each day since."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Writes
from chalicelib.stock.auditing import Auditor
from chalicelib.stock.closing import Flow
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.snapshot_store import SnapshotStore, read_shard
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

FIRST = TODAY - timedelta(days=3)
RUN_1, RUN_2, RUN_3 = "2026-11-19.001", "2026-11-20.001", "2026-11-21.001"


def three_days() -> World:
    """10 pieces for 100.00 since three days, each closed."""
    world = World()
    world.post("OPEN", opening(10, 10000), day=FIRST)
    world.cost()
    for back in (3, 2, 1):
        world.close(TODAY - timedelta(days=back))
    return world


def flows(world: World, run: str, sku: str = "A") -> tuple[Flow, Flow]:
    """Good pieces and value of a SKU's closing."""
    (row,) = [row for row in world.closes.rows(run, "WH1") if row.sku == sku]
    return row.quantities["ZP"], row.value


def test_the_day_it_counts_for_has_it_and_the_days_since_have_its_closing() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST + timedelta(days=1))
    world.cost()
    today = world.close()
    assert flows(world, RUN_1) == (
        Flow(opening=0, incoming={"OPENING": 10}, closing=10),
        Flow(opening=0, incoming={"OPENING": 10000}, closing=10000),
    )
    assert flows(world, RUN_2) == (
        Flow(opening=10, outgoing={"SHIPMENT": 4}, closing=6),
        Flow(opening=10000, outgoing={"SHIPMENT": 4000}, closing=6000),
    )
    assert flows(world, RUN_3) == (Flow(opening=6, closing=6), Flow(opening=6000, closing=6000))
    assert flows(world, today.id) == flows(world, RUN_3)


def test_only_the_days_since_get_a_version_and_the_ones_before_are_kept() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST + timedelta(days=1))
    world.cost()
    today = world.close()
    snapshots = SnapshotStore(world.tables)
    shown = {run: world.closes.shards(run)[0] for run in (RUN_1, RUN_2, RUN_3, today.id)}
    assert [(each.version, each.found_by) for each in shown.values()] == [
        (1, ""),
        (2, today.id),
        (2, today.id),
        (1, ""),
    ]
    (first,) = snapshots.first_shards(RUN_2)
    (row,) = read_shard(world.files, first)
    assert row.quantities["ZP"].closing == 10
    assert (first.entries, shown[RUN_2].entries, shown[RUN_3].entries) == (0, 1, 0)
    assert shown[RUN_2].value == {
        "opening": 10000,
        "incoming": 0,
        "outgoing": 4000,
        "closing": 6000,
    }


def test_the_root_of_a_run_stays_what_it_was_closed_with() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST)
    world.cost()
    before = world.closes.run(RUN_1).run
    world.close()
    auditor = Auditor(
        store=world.store,
        values=ValueStore(world.tables),
        snapshots=SnapshotStore(world.tables),
        files=world.files,
    )
    assert world.closes.run(RUN_1).run == before
    assert auditor.root_holds(before)


def test_a_sku_that_nobody_had_seen_that_day_gets_its_row() -> None:
    world = three_days()
    world.post("R1", receipt(3, 300, sku="B"), day=FIRST)
    world.cost("WH1/B")
    world.close()
    assert flows(world, RUN_1, "B")[0] == Flow(incoming={"RECEIPT": 3}, closing=3)
    assert flows(world, RUN_3, "B") == (Flow(opening=3, closing=3), Flow(opening=300, closing=300))


def test_a_bucket_that_nobody_had_seen_that_day_gets_its_shard() -> None:
    world = three_days()
    world.buckets = {"WH1": 2}
    world.post("R1", opening(3, 300, sku="B", bucket=1), day=FIRST)
    world.cost("WH1/B")
    world.close()
    assert flows(world, RUN_2, "B")[0] == Flow(opening=3, closing=3)
    assert [each.version for each in world.closes.shards(RUN_2)] == [1, 2]


def test_what_counts_for_days_before_the_first_close_is_in_it() -> None:
    world = three_days()
    world.post("R1", receipt(5, 5000), day=FIRST - timedelta(days=9))
    world.cost()
    world.close()
    assert flows(world, RUN_1)[0] == Flow(incoming={"OPENING": 10, "RECEIPT": 5}, closing=15)


def test_a_day_is_restated_again_by_what_comes_later_still() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST)
    world.cost()
    world.close()
    world.clock.forward(days=1)
    world.post("S2", shipment(1), day=FIRST)
    world.cost()
    world.close(TODAY + timedelta(days=1))
    assert flows(world, RUN_1)[0].closing == 5
    assert world.closes.shards(RUN_1)[0].version == 3
    assert flows(world, "2026-11-22.001")[0] == Flow(opening=5, closing=5)


def test_what_moved_after_midnight_waits_also_if_something_late_follows_it() -> None:
    world = three_days()
    world.post("S1", shipment(1), day=TODAY + timedelta(days=1))
    world.post("S2", shipment(2))
    world.cost()
    today = world.close()
    assert flows(world, today.id)[0] == Flow(opening=10, outgoing={"SHIPMENT": 2}, closing=8)
    world.clock.forward(days=1)
    tomorrow = world.close(TODAY + timedelta(days=1))
    assert flows(world, tomorrow.id)[0] == Flow(opening=8, outgoing={"SHIPMENT": 1}, closing=7)


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4, 5])
def test_a_worker_that_dies_while_restating_does_it_once_in_the_end(dies_at: int) -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST)
    world.cost()
    run = world.closes.start_close(TODAY)
    commits: list[Writes] = []

    def dies(writes: Writes) -> None:
        commits.append(writes)
        if len(commits) == dies_at:
            raise Unavailable("died")

    world.transaction.before = dies
    with pytest.raises(Unavailable):
        world.closes.close_shard(run.id, "WH1", 0)
    world.transaction.before = lambda writes: None
    world.closes.close_shard(run.id, "WH1", 0)
    assert [world.closes.shards(each)[0].version for each in (RUN_1, RUN_2, RUN_3)] == [2, 2, 2]
    assert flows(world, RUN_3)[0] == Flow(opening=6, closing=6)
    assert flows(world, run.id)[0] == Flow(opening=6, closing=6)


def test_two_workers_that_restate_at_once_do_it_once() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST)
    world.cost()
    run = world.closes.start_close(TODAY)
    nested: list[bool] = []

    def rival_first(writes: Writes) -> None:
        if not nested:
            nested.append(True)
            world.closes.close_shard(run.id, "WH1", 0)

    world.transaction.before = rival_first
    with pytest.raises(Unavailable, match="another worker restates"):
        world.closes.close_shard(run.id, "WH1", 0)
    world.closes.close_shard(run.id, "WH1", 0)
    assert [world.closes.shards(each)[0].version for each in (RUN_1, RUN_2, RUN_3)] == [2, 2, 2]


def test_a_rival_that_saw_more_has_the_slower_worker_try_again() -> None:
    world = three_days()
    run = world.closes.start_close(TODAY)
    balance_page = world.store.balance_page
    seen: list[bool] = []

    def rival_after_the_balances(*where: Any, **page: Any) -> Any:
        found = balance_page(*where, **page)
        if not seen:
            seen.append(True)
            world.post("S1", shipment(4), day=FIRST)
            world.post("R1", receipt(3, 300, sku="B"), day=FIRST)
            world.cost("WH1/A", "WH1/B")
            world.transaction.before = dies_at_the_manifest
            with pytest.raises(Unavailable, match="died"):
                world.closes.close_shard(run.id, "WH1", 0)
            world.transaction.before = lambda writes: None
        return found

    def dies_at_the_manifest(writes: Writes) -> None:
        if world.closes.shards(RUN_3)[0].version == 2:
            raise Unavailable("died")

    world.post("S0", shipment(1), day=FIRST)
    world.cost()
    world.store.balance_page = rival_after_the_balances  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="another worker restates"):
        world.closes.close_shard(run.id, "WH1", 0)
    world.closes.close_shard(run.id, "WH1", 0)
    assert flows(world, run.id)[0] == Flow(opening=5, closing=5)
    assert flows(world, run.id, "B")[0] == Flow(opening=3, closing=3)


def test_nothing_is_restated_before_it_is_costed() -> None:
    world = three_days()
    world.post("S1", shipment(4), day=FIRST)
    run = world.closes.start_close(TODAY)
    with pytest.raises(Unavailable, match="aren't costed"):
        world.closes.close_shard(run.id, "WH1", 0)
    assert world.closes.shards(RUN_1)[0].version == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receipt", "shipment", "quality", "close", "close"]),
        st.sampled_from(["A", "B"]),
        st.integers(1, 9),
        st.integers(0, 500),
        st.integers(-4, 1),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_every_closed_day_is_the_sum_of_what_counts_up_to_it_however_late_it_came(
    steps: list[tuple[str, str, int, int, int]],
) -> None:
    world = World()
    day = date(2026, 11, 1)
    pools = ("WH1/A", "WH1/B")
    runs: dict[date, str] = {}
    for number, (what, sku, pieces, value, days) in enumerate(steps):
        if what == "close":
            world.cost(*pools)
            runs[day] = world.close(day).id
            day += timedelta(days=1)
            continue
        moved = {
            "receipt": receipt(pieces, value, sku=sku),
            "shipment": shipment(pieces, sku=sku),
            "quality": quality_move(pieces, sku=sku),
        }[what]
        world.post(f"D{number}", moved, day=day + timedelta(days=days))
    world.cost(*pools)
    runs[day] = world.close(day).id
    for closed, run in runs.items():
        rows = {row.sku: row for row in world.closes.rows(run, "WH1")}
        before = rows_before(world, runs, closed)
        for sku in ("A", "B"):
            entries = [
                entry
                for entry in world.store.pool_entries("WH1", sku, after=0, limit=1000)
                if entry.posting_date <= closed
            ]
            if not entries:
                assert sku not in rows
                continue
            row = rows[sku]
            pieces_left = {"ZP": 0, "CC": 0}
            for entry in entries:
                for name, delta in entry.deltas().items():
                    pieces_left[name] += delta
            worth = sum(sum(world.values(entry.document)) for entry in entries)
            closings = {name: flow.closing for name, flow in row.quantities.items()}
            assert {name: left for name, left in closings.items() if left} == {
                name: left for name, left in pieces_left.items() if left
            }
            assert row.value.closing == worth
            assert all(flow.balanced() for flow in (*row.quantities.values(), row.value))
            if sku in before:
                assert row.value.opening == before[sku]
        shown = world.past.of_skus("WH1", ["A", "B"], closed, zone="UTC").stock
        assert {each.sku: (each.quantity, each.value) for each in shown} == {
            sku: (sum(flow.closing for flow in row.quantities.values()), row.value.closing)
            for sku, row in rows.items()
        }


def rows_before(world: World, runs: dict[date, str], day: date) -> dict[str, int]:
    """What the values were at the end of the day before, by SKU."""
    run = runs.get(day - timedelta(days=1))
    return (
        {} if run is None else {row.sku: row.value.closing for row in world.closes.rows(run, "WH1")}
    )
