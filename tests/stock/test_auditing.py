"""The audit: it finds nothing in sound books, and each planted error by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.writes import Key
from chalicelib.stock.auditing import Auditor, Check, Closed, Finding, audit_closing
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.costing import Pool
from chalicelib.stock.layers import Layer
from chalicelib.stock.model import Balance, Entry, EntryId
from chalicelib.stock.snapshot_store import SnapshotStore
from chalicelib.stock.store import StockStore
from tests.stock.trading import (
    MOVES,
    Trade,
    a_lost_piece,
    a_piece_promised_twice,
    a_pool_with_a_fen_too_much,
    item,
)
from tests.stock.world import TODAY, World, opening, quality_move, receipt, returned, shipment

YESTERDAY = TODAY - timedelta(days=1)
ISSUE = EntryId(document="S1", entry="1#SHIPMENT#ZP#")


def auditor_of(world: World) -> Auditor:
    return Auditor(
        store=world.store,
        values=ValueStore(world.tables),
        snapshots=SnapshotStore(world.tables),
        files=world.files,
    )


def findings(world: World, *, run: str = "") -> list[Finding]:
    """What the audit of the whole warehouse finds, and of a run."""
    auditor = auditor_of(world)
    closed = world.closes.run(run).run if run else None
    return list(auditor.audit_bucket("WH1", 0, closed))


def told(found: list[Finding]) -> list[tuple[Check, str, str, str]]:
    return [(each.check, each.what, each.kept, each.ledger) for each in found]


def traded(method: CostMethod) -> tuple[World, str]:
    """A SKU with some history over two days, costed and closed."""
    world = World()
    world.methods = {"WH1": method}
    world.post("O1", opening(10, 10000), day=YESTERDAY)
    world.cost()
    world.close(YESTERDAY)
    world.post("R1", receipt(5, 6000))
    world.reserve("F1", A=2)
    world.post("S1", shipment(12))
    world.post("T1", returned(2, cost_of=ISSUE))
    world.post("Q1", quality_move(1))
    world.cost()
    world.clock.forward(minutes=30)
    run = world.close()
    world.post("S2", shipment(1))
    return world, run.id


@pytest.mark.parametrize("method", list(CostMethod))
def test_nothing_is_found_in_sound_books(method: CostMethod) -> None:
    world, run = traded(method)
    assert findings(world, run=run) == []
    assert findings(world, run="2026-11-21.001") == []


def a_changed_entry(world: World) -> None:
    item(world, "ENTRY#R1", "1#RECEIPT#ZP#")["quantity"] = 6


def a_backdated_entry(world: World) -> None:
    item(world, "ENTRY#S1", "1#SHIPMENT#ZP#")["posting_date"] = "2026-11-20"


def test_an_entry_that_was_moved_to_a_closed_day_is_missed_there() -> None:
    world, _ = traded(CostMethod.AVERAGE)
    a_backdated_entry(world)
    assert told(findings(world, run="2026-11-21.001")) == [
        (Check.CLOSING, "S1 1#SHIPMENT#ZP#", "missing", "in time")
    ]


def a_changed_value(world: World) -> None:
    item(world, "ENTRY#S1", "1#SHIPMENT#ZP##VALUE")["value"] += 1


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (a_lost_piece, {Check.BALANCE}),
        (a_piece_promised_twice, {Check.AVAILABLE}),
        (
            a_changed_entry,
            {Check.RUNNING, Check.BALANCE, Check.AVAILABLE, Check.COST, Check.POOL, Check.CLOSING},
        ),
        (a_changed_value, {Check.COST, Check.POOL, Check.CLOSING}),
        (a_pool_with_a_fen_too_much, {Check.POOL}),
    ],
)
@pytest.mark.parametrize("method", list(CostMethod))
def test_a_planted_error_is_found_by_its_name(
    method: CostMethod, plant: Callable[[World], None], expected: set[Check]
) -> None:
    world, run = traded(method)
    plant(world)
    assert {each.check for each in findings(world, run=run)} == expected


def test_a_finding_names_what_was_kept_and_what_the_ledger_says() -> None:
    world, run = traded(CostMethod.AVERAGE)
    a_lost_piece(world)
    a_pool_with_a_fen_too_much(world)
    assert told(findings(world, run=run)) == [
        (Check.BALANCE, "ZP", "2", "3"),
        (Check.POOL, "value", "5334", "5333"),
    ]


def test_a_layer_that_changed_is_found() -> None:
    world, run = traded(CostMethod.FIFO)
    item(world, "LAYERS#WH1#A", "000000000002#0000")["value"] = 6001
    assert told(findings(world, run=run)) == [
        (Check.COST, "layers of R1 1#RECEIPT#ZP#", "5 for 6001", "5 for 6000")
    ]


def test_a_layer_that_no_entry_brought_is_found() -> None:
    world, run = traded(CostMethod.FIFO)
    lost = world.tables.tables.pop(Key("stock", "LAYERS#WH1#A", "000000000002#0000"))
    world.tables.tables[Key("stock", "LAYERS#WH1#A", "000000000009#0000")] = {
        **lost,
        "sequence": 9,
    }
    assert told(findings(world, run=run)) == [
        (Check.COST, "layers of R1 1#RECEIPT#ZP#", "none", "5 for 6000"),
        (Check.COST, "layers of sequence 9", "5 for 6000", "none"),
    ]


def test_a_close_that_lacks_what_was_booked_in_time_is_found() -> None:
    world, run = traded(CostMethod.AVERAGE)
    rows = {row.sku: row for row in world.closes.rows(run, "WH1")}
    books = auditor_of(world).books("WH1", "A")
    later = world.clock.now() + timedelta(hours=1)
    closed = Closed(day=TODAY, begun_at=later, rows=rows)
    assert told(list(audit_closing(books, closed))) == [
        (Check.CLOSING, "S2 1#SHIPMENT#ZP#", "missing", "in time")
    ]
    nothing = Closed(day=YESTERDAY, begun_at=later, rows={})
    assert told(list(audit_closing(books, nothing))) == [
        (Check.CLOSING, "O1 1#OPENING#ZP#", "missing", "in time")
    ]


def test_a_close_with_entries_of_a_later_day_is_found() -> None:
    world, run = traded(CostMethod.AVERAGE)
    rows = {row.sku: row for row in world.closes.rows(run, "WH1")}
    books = auditor_of(world).books("WH1", "A")
    early = Closed(day=YESTERDAY, begun_at=world.clock.now(), rows=rows)
    assert {each.kept for each in audit_closing(books, early)} == {"2026-11-21"}


class Busy:
    """Goods that move, and are costed, whenever the audit reads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._number = 0

    def goes_on(self) -> None:
        for moved in (receipt(3, 1000), shipment(1)):
            self._number += 1
            self._world.post(f"BUSY{self._number}", moved, day=YESTERDAY)
        self._world.cost()


class BusyValues(ValueStore):
    def __init__(self, world: World, trade: Busy) -> None:
        super().__init__(world.tables)
        self._trade = trade

    def pools(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Pool]:
        found = super().pools(pairs)
        self._trade.goes_on()
        return found

    def layers_since(self, pool: Pool) -> list[Layer]:
        self._trade.goes_on()
        return super().layers_since(pool)


class BusyStock(StockStore):
    def __init__(self, world: World, trade: Busy) -> None:
        super().__init__(world.tables)
        self._trade = trade

    def pool_run(self, balance: Balance, *, after: int) -> list[Entry]:
        self._trade.goes_on()
        return super().pool_run(balance, after=after)


@pytest.mark.parametrize("method", list(CostMethod))
def test_nothing_is_found_while_the_books_go_on(method: CostMethod) -> None:
    world, run = traded(method)
    trade = Busy(world)
    auditor = Auditor(
        store=BusyStock(world, trade),
        values=BusyValues(world, trade),
        snapshots=SnapshotStore(world.tables),
        files=world.files,
    )
    closed = world.closes.run(run).run
    for _ in range(3):
        assert list(auditor.audit_bucket("WH1", 0, closed)) == []


def test_the_closed_run_of_a_day_is_found_and_none_of_another() -> None:
    world, run = traded(CostMethod.AVERAGE)
    auditor = auditor_of(world)
    assert auditor.closed_run(TODAY).id == run
    with pytest.raises(NotFound, match="day_not_closed"):
        auditor.closed_run(TODAY + timedelta(days=1))


def test_a_manifest_that_was_changed_is_found_by_the_root() -> None:
    world, run = traded(CostMethod.AVERAGE)
    auditor = auditor_of(world)
    assert auditor.root_holds(world.closes.run(run).run)
    item(world, f"CLOSE#{run}", "SHARD#WH1#0000")["sha256"] = "0" * 64
    assert not auditor.root_holds(world.closes.run(run).run)


def test_every_bucket_is_read_page_by_page() -> None:
    world = World()
    for at in range(7):
        world.post(f"O{at}", opening(1, sku=f"S{at}"))
        item(world, f"BALANCE#WH1#S{at}")["available"] = 0
    found = list(auditor_of(world).audit_bucket("WH1", 0, None, limit=2))
    assert [each.sku for each in found] == [f"S{at}" for at in range(7)]


@given(MOVES, st.sampled_from(list(CostMethod)))
@settings(max_examples=100, deadline=None)
def test_whatever_happens_the_books_agree_with_the_ledger(
    moves: list[tuple[str, int, int]], method: CostMethod
) -> None:
    world = World()
    world.methods = {"WH1": method}
    trade = Trade(world, YESTERDAY - timedelta(days=60))
    run = ""

    def night(pieces: int, value: int) -> None:
        nonlocal run
        world.cost()
        run = world.close(trade.day).id
        trade.day += timedelta(days=1)

    trade.play(moves, night)
    assert findings(world, run=run) == []
