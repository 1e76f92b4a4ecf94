"""Segments of the ledger: written from its stream, gathered, read by a close, never relied on."""

from __future__ import annotations

import csv
import gc
import gzip
import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Key, Writes
from chalicelib.stock.closing import Flow, packed, unpacked
from chalicelib.stock.segment_service import MARK, STEP
from chalicelib.stock.segments import file_name, is_whole
from chalicelib.stock.shard_closer import uncollected
from chalicelib.stock.shard_lines import FEW
from chalicelib.stock.snapshot_store import ShardClosing
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

YESTERDAY = TODAY - timedelta(days=1)
FOLDER = f"segments/WH1/0/{TODAY.isoformat()}/"


def a_day() -> World:
    """10 pieces for 100.00 closed yesterday, and five entries of today, costed."""
    world = World()
    world.post("OPEN", opening(10, 10000), opening(4, 400, line="2", sku="B"), day=YESTERDAY)
    world.cost("WH1/A", "WH1/B")
    world.close(YESTERDAY)
    world.post("R1", receipt(5, 6000), receipt(1, 1200, inventory_type="CC"))
    world.post("S1", shipment(4), shipment(1, line="2", sku="B"))
    world.post("Q1", quality_move(1))
    world.cost("WH1/A", "WH1/B")
    return world


def hide_the_indexes(world: World) -> None:
    """Nobody finds an entry of today through an index any more."""
    for key, item in world.tables.tables.items():
        if key.pk.startswith("ENTRY#") and item["posting_date"] != YESTERDAY.isoformat():
            item.pop("gsi1sk", None)
            item.pop("gsi2sk", None)


def segments(world: World) -> list[str]:
    return [name for name in world.files.bodies if name.startswith("segments/")]


def closed(world: World) -> ShardClosing:
    world.close()
    (shard,) = world.closes.shards("2026-11-22.001")
    return shard


def test_a_segment_is_a_csv_of_a_places_day_that_anybody_can_read() -> None:
    world = a_day()
    world.stream()
    (name,) = [each for each in segments(world) if each.startswith(FOLDER)]
    text = gzip.decompress(world.files.bodies[name]).decode()
    header, *rows = csv.reader(text.splitlines())
    assert " ".join(header) == (
        "sku sequence kind quantity out_of into value variance document entry"
    )
    assert rows == [
        ["A", "2", "RECEIPT", "5", "", "ZP", "6000", "0", "R1", "1#RECEIPT#ZP#"],
        ["A", "3", "RECEIPT", "1", "", "CC", "1200", "0", "R1", "1#RECEIPT#CC#"],
        ["A", "4", "SHIPMENT", "4", "ZP", "", "-4300", "0", "S1", "1#SHIPMENT#ZP#"],
        ["A", "5", "QUALITY_MOVE", "1", "ZP", "CC", "0", "0", "Q1", "1#QUALITY_MOVE#CC#"],
        ["B", "2", "SHIPMENT", "1", "ZP", "", "-100", "0", "S1", "2#SHIPMENT#ZP#"],
    ]


def test_a_close_reads_its_entries_from_segments_and_needs_no_index() -> None:
    plain = closed(a_day())
    world = a_day()
    world.stream()
    hide_the_indexes(world)
    shard = closed(world)
    assert (shard.sha256, shard.ids, shard.entries) == (plain.sha256, plain.ids, 5)


def test_the_settling_of_an_estimate_stands_in_its_entrys_line() -> None:
    world = World()
    world.post("OPEN", opening(1, 100), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("S1", shipment(3))
    world.post("R1", receipt(5, 750))
    world.cost()
    world.stream()
    hide_the_indexes(world)
    closed(world)
    (row,) = world.closes.rows("2026-11-22.001", "WH1")
    # Two pieces were estimated at 1.00 and cost 1.50.
    assert row.value == Flow(
        opening=100,
        incoming={"RECEIPT": 750},
        outgoing={"SHIPMENT": 300, "VARIANCE": 100},
        closing=450,
    )


def lose(world: World) -> None:
    for name in segments(world):
        del world.files.bodies[name]


def cut(world: World) -> None:
    for name in segments(world):
        world.files.bodies[name] = world.files.bodies[name][:-9]


def change(world: World) -> None:
    """A segment whose text was changed and packed anew, under its old name."""
    for name in segments(world):
        text = unpacked(world.files.bodies[name])
        world.files.bodies[name] = packed(text.replace(b",4300,", b",9999,") + b"\n")


def tell_twice(world: World) -> None:
    world.clock.forward(minutes=1)
    values = [item for item in world.tables.tables.values() if item.get("document") == "S1"]
    world.segments.record(values)
    world.clock.forward(minutes=3)
    world.segments.gather()


def another_history(world: World) -> None:
    """What a table says that was set back to a moment and went on otherwise."""
    for name in segments(world):
        text = unpacked(world.files.bodies.pop(name)).replace(b",5,,ZP,6000,", b",7,,ZP,8400,")
        body = packed(text)
        world.files.bodies[FOLDER + file_name(body)] = body


@pytest.mark.parametrize("happens", [lose, cut, change, tell_twice, another_history])
def test_whatever_happens_to_segments_the_closing_is_the_same(
    happens: Callable[[World], None],
) -> None:
    plain = closed(a_day())
    world = a_day()
    world.stream()
    happens(world)
    shard = closed(world)
    assert (shard.sha256, shard.ids, shard.entries) == (plain.sha256, plain.ids, 5)


@pytest.mark.parametrize("happens", [lose, cut, change, another_history])
def test_what_a_segment_lacks_is_never_left_out(happens: Callable[[World], None]) -> None:
    world = a_day()
    world.stream()
    happens(world)
    hide_the_indexes(world)
    run = world.closes.start_close(TODAY)
    with pytest.raises(Unavailable, match="the index lags"):
        world.closes.close_shard(run.id, "WH1", 0)


def test_segments_that_lag_are_made_up_for_sku_by_sku() -> None:
    world = a_day()
    world.stream()
    world.post("S2", shipment(2, sku="B"))
    world.cost("WH1/B")
    for key, item in world.tables.tables.items():
        if key.pk.startswith("ENTRY#") and item["sku"] == "A":
            item.pop("gsi1sk", None)
    assert closed(world).entries == 6


def test_many_skus_without_segments_are_read_a_whole_day_at_once() -> None:
    world = World()
    skus = [f"SKU{number:02d}" for number in range(FEW + 1)]
    pools = [f"WH1/{sku}" for sku in skus]
    lines = [opening(9, 900, line=str(n), sku=sku) for n, sku in enumerate(skus, start=1)]
    world.post("OPEN", *lines, day=YESTERDAY)
    world.cost(*pools)
    world.close(YESTERDAY)
    world.post("S1", *(shipment(1, line=str(n), sku=sku) for n, sku in enumerate(skus, start=1)))
    world.cost(*pools)
    for key, item in world.tables.tables.items():
        if key.pk == "ENTRY#S1":
            item.pop("gsi1sk", None)
    assert closed(world).entries == FEW + 1
    assert closed(world).quantity["closing"] == 8 * (FEW + 1)


def test_an_entry_that_isnt_costed_stands_in_no_segment_and_is_waited_for() -> None:
    world = a_day()
    world.post("S2", shipment(2))
    world.stream()
    run = world.closes.start_close(TODAY)
    with pytest.raises(Unavailable, match="aren't costed yet"):
        world.closes.close_shard(run.id, "WH1", 0)
    world.cost()
    world.closes.close_shard(run.id, "WH1", 0)
    assert world.closes.shards(run.id)[0].entries == 6


def test_an_item_without_a_line_is_passed_by() -> None:
    world = a_day()
    values = [item for item in world.tables.tables.values() if item.get("record") == "VALUE"]
    old = {name: value for name, value in values[0].items() if name != "pieces"}
    assert world.segments.record([old, {"record": "ENTRY"}, {}]) == 0
    assert world.files.names("entries/") == []
    assert world.segments.record(values) == 7


def test_what_the_stream_brings_twice_is_written_once() -> None:
    world = a_day()
    world.segments.record(world.tables.tables.values())
    world.segments.record(world.tables.tables.values())
    assert len(world.files.names("entries/")) == 1


def test_batches_are_gathered_when_they_are_settled_and_once() -> None:
    world = a_day()
    world.segments.record(world.tables.tables.values())
    world.clock.forward(minutes=1)
    assert (world.segments.gather(), segments(world)) == (0, [])
    world.clock.forward(minutes=2)
    assert world.segments.gather() == 1
    assert len(segments(world)) == 2
    assert world.segments.gather() == 0


def test_many_batches_are_gathered_in_steps() -> None:
    world = World()
    for number in range(STEP + 3):
        world.post(f"R{number}", receipt(1, 100))
        world.cost()
        entries = [
            item for item in world.tables.tables.values() if item.get("document") == f"R{number}"
        ]
        world.segments.record(entries)
        world.clock.forward(minutes=1)
    world.clock.forward(minutes=3)
    assert world.segments.gather(steps=1) == STEP
    assert world.segments.gather() == 3
    assert len(segments(world)) == 2


def test_a_gathering_that_dies_before_its_mark_is_done_again() -> None:
    world = a_day()
    world.segments.record(world.tables.tables.values())
    world.clock.forward(minutes=3)

    def dies(writes: Writes) -> None:
        raise Unavailable("died")

    world.transaction.before = dies
    with pytest.raises(Unavailable):
        world.segments.gather()
    before = segments(world)
    world.transaction.before = lambda writes: None
    assert world.segments.gather() == 1
    assert segments(world) == before


def test_of_two_that_gather_at_once_one_moves_the_mark() -> None:
    world = a_day()
    world.segments.record(world.tables.tables.values())
    world.clock.forward(minutes=3)
    counts: list[int] = []

    def rival_first(writes: Writes) -> None:
        world.transaction.before = lambda writes: None
        counts.append(world.segments.gather())

    world.transaction.before = rival_first
    counts.append(world.segments.gather())
    assert counts == [1, 0]
    assert world.tables.tables[MARK]["after"] == world.files.names("entries/")[-1]


def test_a_batch_that_is_damaged_is_passed_by() -> None:
    world = a_day()
    world.segments.record(world.tables.tables.values())
    (name,) = world.files.names("entries/")
    world.files.bodies[name] = b"cut"
    world.clock.forward(minutes=3)
    assert (world.segments.gather(), segments(world)) == (1, [])


def test_a_name_tells_whether_its_bytes_are_whole() -> None:
    body = packed(b"text")
    digest = hashlib.sha256(body).hexdigest()[:32]
    assert file_name(body) == f"{digest}.csv.gz"
    assert is_whole(f"segments/WH1/0/2026-11-22/{digest}.csv.gz", body)
    assert not is_whole(f"{digest}.csv.gz", body[:-1])


FAULTS = st.lists(st.sampled_from(["keep", "lose", "cut", "twice"]), min_size=12, max_size=12)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["receipt", "shipment", "quality", "stream", "close"]),
        st.sampled_from(["A", "B"]),
        st.integers(1, 9),
        st.integers(0, 500),
        st.integers(-2, 1),
    ),
    max_size=25,
)


@given(MOVES, FAULTS)
@settings(max_examples=100, deadline=None)
def test_with_any_segments_days_close_as_they_do_without(
    moves: list[tuple[str, str, int, int, int]], faults: list[str]
) -> None:
    with_segments, without = World(), World()
    for world in (with_segments, without):
        play(world, moves, faults if world is with_segments else None)
    first, second = (
        {
            shard.file.partition("/")[2]: (shard.ids, shard.entries, shard.value)
            for run in world.tables.tables
            if run.pk == "CLOSES"
            for shard in world.closes.shards(run.sk)
        }
        for world in (with_segments, without)
    )
    assert first == second


def play(
    world: World, moves: list[tuple[str, str, int, int, int]], faults: list[str] | None
) -> None:
    day, kept = date(2026, 11, 1), iter(faults or ())
    for number, (what, sku, pieces, value, days) in enumerate(
        [*moves, ("close", "A", 1, 0, 0)], start=1
    ):
        if what == "stream":
            if faults is not None:
                world.stream()
                damage(world, next(kept, "keep"))
        elif what == "close":
            world.cost("WH1/A", "WH1/B")
            world.close(day)
            day += timedelta(days=1)
        else:
            moved = {
                "receipt": receipt(pieces, value, sku=sku),
                "shipment": shipment(pieces, sku=sku),
                "quality": quality_move(pieces, sku=sku),
            }[what]
            world.post(f"D{number}", moved, day=day + timedelta(days=days))
            if number % 2:
                world.cost("WH1/A", "WH1/B")


def damage(world: World, fault: str) -> None:
    names = segments(world)
    if not names or fault == "keep":
        return
    if fault == "lose":
        del world.files.bodies[names[-1]]
    elif fault == "cut":
        world.files.bodies[names[-1]] = world.files.bodies[names[-1]][:20]
    else:
        world.tables.tables.pop(Key("stock", "SEGMENTS", "HEAD"), None)
        world.segments.gather()


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_rests_while_a_shard_is_closed_and_is_then_as_it_was(was_on: bool) -> None:
    try:
        (gc.enable if was_on else gc.disable)()
        with pytest.raises(ValueError, match="died"), uncollected():
            assert not gc.isenabled()
            raise ValueError("died")
        assert gc.isenabled() is was_on
    finally:
        gc.enable()
