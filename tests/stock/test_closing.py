"""The daily close: shards, runs, and figures that equal a replay of the whole ledger."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.writes import Key, Writes
from chalicelib.stock.closing import (
    BooksDisagree,
    Flow,
    SkuClosing,
    read_rows,
    unpacked,
    write_rows,
)
from chalicelib.stock.snapshot_store import RunState
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

YESTERDAY = TODAY - timedelta(days=1)


def test_closing_is_opening_plus_in_less_out_in_pieces_and_fen() -> None:
    world = World()
    world.post("OPEN", opening(10, 10000), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("R1", receipt(5, 6000), receipt(1, 1200, inventory_type="CC"))
    world.post("S1", shipment(4))
    world.post("Q1", quality_move(1))
    world.cost()
    run = world.close()
    assert world.closes.rows(run.id, "WH1") == [
        SkuClosing(
            sku="A",
            sequence=5,
            quantities={
                "CC": Flow(opening=0, incoming={"QUALITY_MOVE": 1, "RECEIPT": 1}, closing=2),
                "ZP": Flow(
                    opening=10,
                    incoming={"RECEIPT": 5},
                    outgoing={"QUALITY_MOVE": 1, "SHIPMENT": 4},
                    closing=10,
                ),
            },
            value=Flow(
                opening=10000,
                incoming={"RECEIPT": 7200},
                outgoing={"SHIPMENT": 4300},
                closing=12900,
            ),
        )
    ]
    (shard,) = world.closes.shards(run.id)
    assert shard.quantity == {"opening": 10, "incoming": 7, "outgoing": 5, "closing": 12}
    assert shard.value == {"opening": 10000, "incoming": 7200, "outgoing": 4300, "closing": 12900}
    assert (shard.skus, shard.entries) == (1, 4)
    names = [
        "R1\t1#RECEIPT#ZP#",
        "R1\t1#RECEIPT#CC#",
        "S1\t1#SHIPMENT#ZP#",
        "Q1\t1#QUALITY_MOVE#CC#",
    ]
    text = "".join(f"{name}\n" for name in names)
    assert shard.ids == hashlib.sha256(text.encode()).hexdigest()


def test_a_run_asks_for_each_shard_that_ever_moved_and_closes_with_the_last() -> None:
    world = World()
    world.buckets = {"WH1": 4, "WH2": 4, "WH3": 4}
    world.post("OPEN", opening(1, bucket=1), opening(1, line="2", code="WH2", bucket=3))
    world.cost("WH1/A", "WH2/A")
    run = world.closes.start_close(TODAY)
    assert run.shards == ("WH1/1", "WH2/3")
    assert [event.data for event in world.events("SnapshotShardWanted")] == [
        {"run": "2026-11-22.001", "warehouse": "WH1", "bucket": 1},
        {"run": "2026-11-22.001", "warehouse": "WH2", "bucket": 3},
    ]
    world.closes.close_shard(run.id, "WH2", 3)
    progress = world.closes.run(run.id)
    assert (progress.done, progress.total, progress.run.state) == (1, 2, RunState.OPEN)
    assert world.events("StockFiguresWanted") == []
    world.closes.close_shard(run.id, "WH1", 1)
    assert world.closes.run(run.id).run.state is RunState.CLOSED
    assert [event.data["warehouse"] for event in world.events("StockFiguresWanted")] == [
        "WH1",
        "WH2",
    ]


def test_starting_and_closing_again_changes_nothing() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.cost()
    world.close()
    before = (dict(world.tables.tables), list(world.tables.events), dict(world.files.bodies))
    world.close()
    world.closes.close_shard("2026-11-22.001", "WH1", 0)
    after = (dict(world.tables.tables), list(world.tables.events), dict(world.files.bodies))
    assert after == before


def test_a_shard_that_died_before_its_run_was_closed_finishes_it_the_next_time() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.cost()
    run = world.closes.start_close(TODAY)
    calls: list[Writes] = []

    def dies_before_the_second(writes: Writes) -> None:
        calls.append(writes)
        if len(calls) == 2:
            raise Unavailable("died")

    world.transaction.before = dies_before_the_second
    with pytest.raises(Unavailable):
        world.closes.close_shard(run.id, "WH1", 0)
    world.closes.close_shard(run.id, "WH1", 0)
    assert world.closes.run(run.id).run.state is RunState.CLOSED
    assert len(world.events("StockFiguresWanted")) == 1


def test_many_shards_are_handed_out_in_parts_and_a_lost_part_later() -> None:
    world = World()
    world.buckets = {"WH1": 200}
    for bucket in range(200):
        world.post(f"R{bucket}", opening(1, sku=f"S{bucket}", bucket=bucket))

    def dies(writes: Writes) -> None:
        if len(world.events("SnapshotShardWanted")) == 90:
            raise Unavailable("died")

    world.transaction.before = dies
    with pytest.raises(Unavailable):
        world.closes.start_close(TODAY)
    world.transaction.before = lambda writes: None
    world.closes.start_close(TODAY)
    wanted = [event.data["bucket"] for event in world.events("SnapshotShardWanted")]
    assert wanted == list(range(200))


def test_a_close_waits_for_the_cost_of_every_entry() -> None:
    world = World()
    world.post("OPEN", opening(1))
    run = world.closes.start_close(TODAY)
    with pytest.raises(Unavailable, match="aren't costed yet"):
        world.closes.close_shard(run.id, "WH1", 0)


def test_an_index_that_hides_an_entry_delays_the_close() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.cost()
    item = world.tables.tables[Key("stock", "ENTRY#OPEN", "1#OPENING#ZP#")]
    item.pop("gsi1sk")
    run = world.closes.start_close(TODAY)
    with pytest.raises(Unavailable, match="the index lags"):
        world.closes.close_shard(run.id, "WH1", 0)


def test_the_day_index_alone_lagging_is_made_up_for_by_the_pool() -> None:
    world = World()
    world.post("OPEN", opening(1), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("R1", receipt(2))
    world.cost()
    world.tables.tables[Key("stock", "ENTRY#R1", "1#RECEIPT#ZP#")].pop("gsi2sk")
    run = world.close()
    assert world.closes.rows(run.id, "WH1")[0].quantities["ZP"].closing == 3


def test_what_moved_after_midnight_stays_out_of_yesterdays_close() -> None:
    world = World()
    world.post("OPEN", opening(5), day=YESTERDAY)
    world.post("S1", shipment(2), day=TODAY)
    world.cost()
    run = world.close(YESTERDAY)
    assert world.closes.rows(run.id, "WH1")[0].quantities["ZP"].closing == 5


def test_a_day_without_movement_carries_the_figures_on() -> None:
    world = World()
    world.post("OPEN", opening(5, 500), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    run = world.close()
    (row,) = world.closes.rows(run.id, "WH1")
    assert row.quantities == {"ZP": Flow(opening=5, closing=5)}
    assert (row.sequence, row.value) == (1, Flow(opening=500, closing=500))


def test_a_closed_day_is_closed_anew_only_for_a_reason_and_before_the_next() -> None:
    world = World()
    world.post("OPEN", opening(5), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(2), day=YESTERDAY)
    world.cost()
    again = world.close(YESTERDAY, reason="a late shipment")
    assert (again.id, again.previous) == ("2026-11-21.002", None)
    assert world.close(YESTERDAY, reason="a late shipment").id == "2026-11-21.002"
    assert world.closes.rows(again.id, "WH1")[0].quantities["ZP"].closing == 3
    assert world.closes.rows("2026-11-21.001", "WH1")[0].quantities["ZP"].closing == 5
    world.close()
    with pytest.raises(Refused, match="later_day_begun"):
        world.close(YESTERDAY, reason="too late")


def test_days_are_closed_in_order_and_not_before_they_are_here() -> None:
    world = World()
    world.post("OPEN", opening(5))
    world.cost()
    with pytest.raises(Refused, match="day_not_begun"):
        world.closes.start_close(TODAY + timedelta(days=1))
    world.closes.start_close(YESTERDAY)
    with pytest.raises(Refused, match="close_unfinished"):
        world.closes.start_close(TODAY)


def test_days_that_were_missed_are_closed_one_by_one_up_to_the_one_wanted() -> None:
    world = World()
    world.post("OPEN", opening(5), day=TODAY - timedelta(days=3))
    world.post("S1", shipment(2), day=YESTERDAY)
    world.cost()
    world.close(TODAY - timedelta(days=3))
    told = len(world.events("StockFiguresWanted"))

    first = world.close(YESTERDAY)
    assert (first.id, first.until) == ("2026-11-20.001", YESTERDAY)
    assert [event.subject for event in world.events("NextDayWanted")] == [first.id]
    assert len(world.events("StockFiguresWanted")) == told
    world.closes.close_next(first.id)
    second = world.closes.start_close(YESTERDAY)
    assert (second.id, second.previous) == ("2026-11-21.001", first.id)
    for shard in second.shards:
        code, _, bucket = shard.partition("/")
        world.closes.close_shard(second.id, code, int(bucket))

    assert world.closes.rows(first.id, "WH1")[0].quantities["ZP"] == Flow(opening=5, closing=5)
    flow = world.closes.rows(second.id, "WH1")[0].quantities["ZP"]
    assert flow == Flow(opening=5, outgoing={"SHIPMENT": 2}, closing=3)
    assert len(world.events("StockFiguresWanted")) == told + 1
    assert len(world.events("NextDayWanted")) == 1


def test_the_next_day_is_begun_once_however_often_it_is_said() -> None:
    world = World()
    world.post("OPEN", opening(5), day=TODAY - timedelta(days=3))
    world.cost()
    world.close(TODAY - timedelta(days=3))
    first = world.close(YESTERDAY)
    for _ in range(3):
        world.closes.close_next(first.id)
    assert world.closes.run("2026-11-21.001").run.state is RunState.OPEN
    world.close(YESTERDAY)
    world.closes.close_next(first.id)
    assert world.close(TODAY).id == "2026-11-22.001"
    world.closes.close_next(first.id)
    assert world.closes.run("2026-11-22.001").run.version == 1


def test_a_close_of_missed_days_goes_on_where_it_was_left() -> None:
    world = World()
    world.post("OPEN", opening(5), day=TODAY - timedelta(days=3))
    world.cost()
    world.close(TODAY - timedelta(days=3))
    first = world.closes.start_close(YESTERDAY)
    assert world.closes.start_close(YESTERDAY).id == first.id
    with pytest.raises(Refused, match="close_unfinished"):
        world.closes.start_close(TODAY)


def test_a_stock_that_never_moved_closes_at_once() -> None:
    assert World().closes.start_close(TODAY).state is RunState.CLOSED


def test_a_shard_that_isnt_of_the_run_is_refused() -> None:
    world = World()
    run = world.closes.start_close(TODAY)
    with pytest.raises(Refused, match="unknown_shard"):
        world.closes.close_shard(run.id, "WH1", 7)


def test_two_workers_on_one_shard_write_it_once() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.cost()
    run = world.closes.start_close(TODAY)
    nested = []

    def rival_first(writes: Writes) -> None:
        if not nested:
            nested.append(True)
            world.closes.close_shard(run.id, "WH1", 0)

    world.transaction.before = rival_first
    world.closes.close_shard(run.id, "WH1", 0)
    assert len(world.closes.shards(run.id)) == 1
    assert len(world.events("StockFiguresWanted")) == 1


def test_a_changed_file_is_noticed() -> None:
    world = World()
    world.post("OPEN", opening(1))
    world.cost()
    run = world.close()
    (name,) = world.files.bodies
    world.files.bodies[name] += b"\n"
    with pytest.raises(BooksDisagree):
        world.closes.rows(run.id, "WH1")


def test_rows_are_written_in_one_way_only() -> None:
    rows = [SkuClosing(sku=sku, sequence=1, quantities={}, value=Flow()) for sku in ("B", "A")]
    assert write_rows(rows) == write_rows(rows[::-1])
    assert [row.sku for row in read_rows(write_rows(rows))] == ["A", "B"]
    assert [row.sku for row in read_rows(unpacked(write_rows(rows)))] == ["A", "B"]


def test_the_file_of_a_shard_is_json_lines_in_gzip() -> None:
    row = SkuClosing(sku="A", sequence=1, quantities={"ZP": Flow(closing=2)}, value=Flow())
    (line,) = gzip.decompress(write_rows([row])).decode().splitlines()
    assert json.loads(line) == {
        "sku": "A",
        "sequence": 1,
        "quantities": {"ZP": {"opening": 0, "incoming": {}, "outgoing": {}, "closing": 2}},
        "value": {"opening": 0, "incoming": {}, "outgoing": {}, "closing": 0},
        "ahead": [],
        "late": [],
    }


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["receipt", "shipment", "quality", "close"]),
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 9),
        st.integers(0, 500),
        st.integers(-2, 0),
    ),
    max_size=25,
)


@given(MOVES)
@settings(max_examples=60, deadline=None)
def test_closing_day_by_day_equals_one_pass_over_the_ledger(
    moves: list[tuple[str, str, int, int, int]],
) -> None:
    world = World()
    day = date(2026, 11, 1)
    pools = ("WH1/A", "WH1/B", "WH1/C")
    for number, (what, sku, pieces, value, days) in enumerate(moves):
        if what == "close":
            world.cost(*pools)
            world.close(day)
            day += timedelta(days=1)
            continue
        moved = {
            "receipt": receipt(pieces, value, sku=sku),
            "shipment": shipment(pieces, sku=sku),
            "quality": quality_move(pieces, sku=sku),
        }[what]
        world.post(f"D{number}", moved, day=day + timedelta(days=days))
    world.cost(*pools)
    run = world.close(day)
    rows = {row.sku: row for row in world.closes.rows(run.id, "WH1")}
    for sku in ("A", "B", "C"):
        entries = world.store.pool_entries("WH1", sku, after=0, limit=1000)
        pieces = {"ZP": 0, "CC": 0}
        for entry in entries:
            for inventory_type, delta in entry.deltas().items():
                pieces[inventory_type] += delta
        worth = sum(sum(world.values(f"{entry.document}")) for entry in entries)
        if not entries:
            assert sku not in rows
            continue
        row = rows[sku]
        assert {n: f.closing for n, f in row.quantities.items() if f.closing} == {
            n: p for n, p in pieces.items() if p
        }
        assert (row.sequence, row.value.closing) == (len(entries), worth)


def test_a_run_started_by_two_at_once_is_one_run() -> None:
    world = World()
    world.post("OPEN", opening(1))
    nested = []

    def rival_first(writes: Writes) -> None:
        if not nested:
            nested.append(True)
            world.closes.start_close(TODAY)

    world.transaction.before = rival_first
    assert world.closes.start_close(TODAY).id == "2026-11-22.001"
    assert len(world.events("SnapshotShardWanted")) == 1
