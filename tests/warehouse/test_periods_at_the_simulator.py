"""A warehouse confirms late what arrived in a month that was closed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from chalicelib.stock.comparison_store import ComparisonStore
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.model import Entry
from chalicelib.stock.period_checks import PeriodChecks
from chalicelib.stock.period_service import PeriodService
from chalicelib.stock.period_store import PeriodStore
from chalicelib.stock.periods import CloseKind, Point, parse_period
from chalicelib.stock.shard_closer import ShardCloser
from chalicelib.stock.shard_lines import ShardLines
from chalicelib.stock.snapshot_service import CloseService
from chalicelib.stock.snapshot_store import SnapshotStore
from chalicelib.stock.store import StockStore
from tests.warehouse.test_against_the_simulator import Oms, playing, tell
from tests.warehouse.world import World, approved

NOVEMBER = parse_period("2026-11")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    oms = Oms()
    with playing(oms, tmp_path) as made:
        yield made
    oms.server.stop()


def at(world: World, month: int, day: int, hour: int) -> None:
    world.clock.moment = datetime(2026, month, day, hour, tzinfo=UTC)


def sent(world: World, identity: str) -> str:
    """A purchase order of 10 A that the warehouse has."""
    no = world.purchase(("A", 10, 10_000), identity=identity)
    world.handle(approved(no))
    world.run()
    return no


def arrived(world: World, no: str) -> Entry:
    """All of it arrived on 30 November, in the afternoon; its entry."""
    tell(
        world,
        "POST",
        f"entryorders/{no}/confirm",
        confirm_type="0",
        operate_time="2026-11-30 15:00:00",
        lines=[{"item": "A", "quantity": 10}],
    )
    (receipt,) = world.purchasing.receipts(no)
    world.purchasing.post_receipt(receipt.id)
    world.run()
    (entry,) = world.stock.entries_of(receipt.id)
    return entry


def closes(world: World) -> CloseService:
    snapshots, store = SnapshotStore(world.tables), StockStore(world.tables)
    return CloseService(
        store=store,
        snapshots=snapshots,
        closer=ShardCloser(
            store=store,
            lines=ShardLines(store=store, values=ValueStore(world.tables), files=world.files),
            snapshots=snapshots,
            files=world.files,
            transaction=world.tables,
            clock=world.clock,
        ),
        files=world.files,
        warehouses=lambda: {each.code: each.buckets for each in world.catalog.warehouses()},
        transaction=world.tables,
        clock=world.clock,
    )


def night(world: World, month: int, day: int) -> None:
    """At 01:30 of the next day in China a day is closed."""
    at(world, month, day, 18)
    service = closes(world)
    run = service.start_close(date(2026, month, day))
    for shard in run.shards:
        code, _, bucket = shard.partition("/")
        service.close_shard(run.id, code, int(bucket))


def periods(world: World) -> PeriodService:
    store = PeriodStore(world.tables)
    checks = PeriodChecks(
        store=StockStore(world.tables),
        values=ValueStore(world.tables),
        snapshots=SnapshotStore(world.tables),
        files=world.files,
        comparisons=ComparisonStore(world.tables),
        periods=store,
        blockers={},
        clock=world.clock,
    )
    return PeriodService(periods=store, checks=checks, transaction=world.tables, clock=world.clock)


def test_a_receipt_told_after_the_month_was_closed_counts_for_the_day_it_is_told(
    world: World,
) -> None:
    at(world, 11, 30, 3)
    numbers = [sent(world, identity) for identity in ("P-1", "P-2")]
    for pair in world.stock.balances([("WH1", sku) for sku in "ABC"]):
        world.costs.cost_pools(["/".join(pair)])
    for month, day in ((11, 30), (12, 1), (12, 2)):
        night(world, month, day)
    told_in_time = arrived(world, numbers[0])
    periods(world).close(
        NOVEMBER,
        CloseKind.SOFT,
        by="lin",
        reason="month end",
        sign_offs={Point.UNEXPLAINED: "not asked"},
    )
    told_late = arrived(world, numbers[1])
    assert [
        (each.posting_date, each.occurred_at.isoformat()) for each in (told_in_time, told_late)
    ] == [
        (date(2026, 11, 30), "2026-11-30T07:00:00+00:00"),
        (date(2026, 12, 3), "2026-11-30T07:00:00+00:00"),
    ]
    # The night after, November holds the first one and nothing else.
    night(world, 12, 3)
    (row,) = [
        row
        for row in closes(world).rows("2026-11-30.001", "WH1")
        if row.sku == "A" and row.quantities
    ]
    assert row.quantities["ZP"].closing == 110
