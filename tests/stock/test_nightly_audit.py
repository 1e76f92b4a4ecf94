"""The nightly audit: it goes on from the night before, and raises a case for what doesn't agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.writes import Key, Writes
from chalicelib.stock.auditing import Check
from chalicelib.stock.closing import BooksDisagree
from chalicelib.stock.nightly_audit import ShardAudit
from tests.stock.trading import (
    MOVES,
    Trade,
    a_lost_piece,
    a_piece_promised_twice,
    a_pool_with_a_fen_too_much,
    item,
)
from tests.stock.world import TODAY, World, opening, quality_move, receipt, shipment

YESTERDAY = TODAY - timedelta(days=1)
CASE = Key("documents", "EXCEPTION#books_disagree:WH1/A", "HEAD")


def audited(world: World, run: str) -> ShardAudit:
    world.audit.audit_shard(run, "WH1", 0)
    (audit,) = world.audit.audits(run, "WH1")
    return audit


def a_night(world: World, day: date) -> ShardAudit:
    world.cost()
    return audited(world, world.close(day).id)


def traded(method: CostMethod = CostMethod.AVERAGE) -> World:
    """A day that was closed and audited, and what moved since."""
    world = World()
    world.methods = {"WH1": method}
    world.post("O1", opening(10, 10000), day=YESTERDAY)
    world.post("R1", receipt(5, 6000), day=YESTERDAY)
    world.post("S1", shipment(6), day=YESTERDAY)
    a_night(world, YESTERDAY)
    world.clock.forward(hours=12)
    world.post("S2", shipment(2))
    world.post("Q1", quality_move(1))
    return world


@pytest.mark.parametrize("method", list(CostMethod))
def test_each_night_adds_up_what_moved_since_the_night_before(method: CostMethod) -> None:
    world = traded(method)
    second = a_night(world, TODAY)
    assert (second.pools, second.entries, second.found) == (1, 2, 0)
    world.clock.forward(hours=24)
    third = a_night(world, TODAY + timedelta(days=1))
    assert (third.pools, third.entries, third.found) == (1, 0, 0)
    assert CASE not in world.tables.tables


def test_a_closed_shard_wants_its_audit() -> None:
    world = traded()
    assert [event.data for event in world.events("ShardAuditWanted")] == [
        {"run": "2026-11-21.001", "warehouse": "WH1", "bucket": 0}
    ]


def test_an_audit_that_never_ended_is_no_gap() -> None:
    world = traded()
    del world.tables.tables[Key("stock", "AUDITS#2026-11-21.001", "WH1#0000")]
    audit = a_night(world, TODAY)
    assert (audit.entries, audit.found) == (5, 0)


def a_changed_value(world: World) -> None:
    item(world, "ENTRY#S2", "1#SHIPMENT#ZP##VALUE")["value"] += 1


@pytest.mark.parametrize(
    ("plant", "checks"),
    [
        (a_lost_piece, {Check.BALANCE, Check.CLOSING}),
        (a_piece_promised_twice, {Check.AVAILABLE}),
        (a_changed_value, {Check.COST, Check.POOL}),
        (a_pool_with_a_fen_too_much, {Check.POOL, Check.CLOSING}),
    ],
)
@pytest.mark.parametrize("method", list(CostMethod))
def test_an_error_is_found_in_its_night_and_is_a_case(
    method: CostMethod, plant: Callable[[World], None], checks: set[Check]
) -> None:
    world = traded(method)
    world.cost()
    run = world.close(TODAY).id
    plant(world)
    audit = audited(world, run)
    assert {each.check for each in audit.findings} == checks
    assert audit.found == len(audit.findings)
    assert world.tables.tables[CASE]["kind"] == "books_disagree"


def test_an_error_in_a_pool_that_didnt_move_is_found_as_well() -> None:
    world = traded()
    a_night(world, TODAY)
    world.clock.forward(hours=24)
    run = world.close(TODAY + timedelta(days=1)).id
    a_lost_piece(world)
    assert {each.check for each in audited(world, run).findings} == {Check.BALANCE, Check.CLOSING}
    case = world.tables.tables[CASE]
    assert case["text"] == (
        "BALANCE ZP: 5 is kept, the ledger says 6; close 2026-11-23.001, and 1 more"
    )


def test_sums_that_differ_are_told_every_night_until_they_agree() -> None:
    world = traded()
    a_night(world, TODAY)
    for day in (1, 2):
        world.clock.forward(hours=24)
        run = world.close(TODAY + timedelta(days=day)).id
        item(world, "POOL#WH1#A")["value"] += 2 - day
        assert {each.check for each in audited(world, run).findings} == {Check.POOL, Check.CLOSING}
    item(world, "POOL#WH1#A")["value"] -= 1
    world.clock.forward(hours=24)
    assert audited(world, world.close(TODAY + timedelta(days=3)).id).found == 0


def test_an_audit_done_again_changes_nothing() -> None:
    world = traded()
    first = a_night(world, TODAY)
    before = dict(world.tables.tables)
    world.clock.forward(hours=1)
    assert audited(world, first.run) == first
    assert world.tables.tables == before


def test_of_two_workers_the_first_ones_audit_stands() -> None:
    world = traded()
    world.cost()
    run = world.close(TODAY).id

    def rival(writes: Writes) -> None:
        world.transaction.before = lambda writes: None
        world.audit.audit_shard(run, "WH1", 0)

    world.transaction.before = rival
    assert audited(world, run).found == 0


def test_where_the_last_audit_ended_cant_be_changed_unseen() -> None:
    world = traded()
    world.files.bodies = {
        key: body.replace(b'"ZP":9', b'"ZP":8') if key.startswith("audits/") else body
        for key, body in world.files.bodies.items()
    }
    world.cost()
    run = world.close(TODAY).id
    with pytest.raises(BooksDisagree, match="is missing or was changed"):
        world.audit.audit_shard(run, "WH1", 0)


def test_a_shard_that_isnt_closed_has_no_audit() -> None:
    world = traded()
    run = world.closes.start_close(TODAY)
    with pytest.raises(BooksDisagree, match="WH1/0 isn't closed by 2026-11-22.001"):
        world.audit.audit_shard(run.id, "WH1", 0)


def some_night(world: World, day: date, pieces: int, value: int) -> None:
    """A night with its audit or without one; between both something is booked, costed or not."""
    world.cost()
    run = world.close(day).id
    if pieces > 4:
        world.post(f"{run}B", receipt(pieces, value), day=day + timedelta(days=1))
        if value % 2:
            world.cost()
    if value % 5:
        assert audited(world, run).findings == ()


@given(MOVES, st.sampled_from(list(CostMethod)))
@settings(max_examples=100, deadline=None)
def test_whatever_happens_no_night_finds_anything(
    moves: list[tuple[str, int, int]], method: CostMethod
) -> None:
    world = World()
    world.methods = {"WH1": method}
    trade = Trade(world, YESTERDAY - timedelta(days=60))
    world.post("O1", opening(3, 100), day=trade.day)

    def night(pieces: int, value: int) -> None:
        some_night(world, trade.day, pieces, value)
        trade.day += timedelta(days=1)

    trade.play(moves, night)
