"""Stock changes that a warehouse reports."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Conflict, NotFound, Refused
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key
from chalicelib.movements.model import Adjustment, AdjustmentLine
from chalicelib.movements.states import AdjustmentState
from chalicelib.stock.comparing import Figure, Label
from chalicelib.stock.model import Kind
from chalicelib.stock.reconciliation import ReconciliationService
from tests.movements.world import AT, MESSAGE, Movements
from tests.stock.world import TODAY, opening


def line(pieces: int, sku: str = "S1", inventory_type: str = "ZP") -> AdjustmentLine:
    return AdjustmentLine(
        sku=sku, inventory_type=inventory_type, quantity=pieces, path="/request/items/item[1]"
    )


def report(
    world: Movements, *lines: AdjustmentLine, key: str = "K1", kind: Kind = Kind.ADJUSTMENT
) -> Adjustment:
    return world.adjustments.adjust(
        warehouse="WH1", key=key, lines=lines, source=MESSAGE, occurred_at=AT, kind=kind
    )


def stocked() -> Movements:
    world = Movements()
    world.post("OPEN", opening(10, 1000, sku="S1"))
    world.cost("WH1/S1")
    return world


def test_a_loss_leaves_the_warehouse_at_average_cost_with_its_message() -> None:
    world = stocked()
    adjustment = report(world, line(-2))
    assert adjustment.state is AdjustmentState.ACCEPTED
    assert [event.subject for event in world.events("AdjustmentAccepted")] == [adjustment.number]
    world.adjustments.post_adjustment(adjustment.number)
    (entry,) = world.stock.entries_of(adjustment.number)
    assert (entry.from_location, entry.to_location, entry.quantity) == (
        "WAREHOUSE:WH1:ZP",
        "ADJUSTMENT",
        2,
    )
    assert entry.source == Source(message_id="M1", path="/request/items/item[1]")
    world.cost("WH1/S1")
    assert world.values(adjustment.number) == [-200]
    assert world.adjustments.adjustment(adjustment.number).state is AdjustmentState.POSTED


def test_a_gain_comes_from_the_adjustment_location() -> None:
    world = stocked()
    world.adjustments.post_adjustment(report(world, line(3)).number)
    assert world.balance("S1").available == 13


def test_the_same_report_again_is_the_same_adjustment_booked_once() -> None:
    world = stocked()
    first = report(world, line(-2))
    world.clock.forward(hours=1)
    assert report(world, line(-2)) == first
    for _ in range(2):
        world.adjustments.post_adjustment(first.number)
    report(world, line(-2))
    assert world.balance("S1").quantity("ZP") == 8
    assert len(world.events("AdjustmentAccepted")) == 1


def test_another_content_under_the_same_key_is_a_conflict() -> None:
    world = stocked()
    report(world, line(-2))
    with pytest.raises(Conflict, match="adjustment_differs"):
        report(world, line(-3))
    report(world, line(-3), key="K2")


def test_two_opposite_lines_of_a_sku_are_one_quality_move_without_value() -> None:
    world = stocked()
    adjustment = report(world, line(2, inventory_type="CC"), line(-2))
    world.adjustments.post_adjustment(adjustment.number)
    (entry,) = world.stock.entries_of(adjustment.number)
    assert (entry.kind, entry.from_location, entry.to_location) == (
        Kind.QUALITY_MOVE,
        "WAREHOUSE:WH1:ZP",
        "WAREHOUSE:WH1:CC",
    )
    assert world.balance("S1").quantities == {"CC": 2, "ZP": 8}


def test_what_no_rule_places_is_in_suspense_and_told_to_a_person() -> None:
    world = stocked()
    adjustment = report(world, line(-1), kind=Kind.SUSPENSE)
    world.adjustments.post_adjustment(adjustment.number)
    (entry,) = world.stock.entries_of(adjustment.number)
    assert entry.to_location == "SUSPENSE:WH1"
    key = Key("documents", f"EXCEPTION#unclassified_movement:{adjustment.number}", "HEAD")
    assert world.tables.tables[key]["state"] == "OPEN"


def test_taking_away_more_than_there_is_is_booked_and_told_to_a_person() -> None:
    world = stocked()
    adjustment = report(world, line(-12), line(-1, inventory_type="CC"))
    world.adjustments.post_adjustment(adjustment.number)
    assert world.stock.balances([("WH1", "S1")])[("WH1", "S1")].quantities == {"ZP": -2, "CC": -1}
    name = f"stock_below_zero:{adjustment.number}:WH1/S1/CC"
    case = world.tables.get(Key("documents", f"EXCEPTION#{name}", "HEAD"))
    assert case is not None
    assert case["text"] == "more left than the books had: WH1/S1/CC, WH1/S1/ZP"


def test_a_long_adjustment_is_booked_in_chunks() -> None:
    world = Movements()
    adjustment = report(world, *[line(n + 1, sku=f"S{n}") for n in range(70)])
    world.adjustments.post_adjustment(adjustment.number)
    assert len(world.stock.entries_of(adjustment.number)) == 70


def test_what_is_accepted_and_not_booked_is_pending() -> None:
    world = stocked()
    adjustment = report(world, line(-2), line(1, sku="S2"))
    (pending,) = world.adjustments.pending("WH1", ["S1"])
    assert (pending.document, pending.quantity) == (adjustment.number, -2)
    world.adjustments.post_adjustment(adjustment.number)
    assert world.adjustments.pending("WH1", ["S1"]) == []


def test_a_planted_difference_is_explained_by_the_report_that_comes_later() -> None:
    world = stocked()
    world.close()
    world.reconciliation = ReconciliationService(
        comparisons=world.comparisons,
        store=world.store,
        closes=world.closes,
        files=world.files,
        pending=world.adjustments,
        transaction=world.transaction,
        clock=world.clock,
    )

    def unexplained(message: str) -> tuple[int, list[tuple[Label, str]]]:
        world.clock.forward(hours=1)
        comparison = world.reconciliation.record_figures(
            run=f"{TODAY}.001",
            warehouse="WH1",
            figures=[Figure(sku="S1", inventory_type="ZP", quantity=8)],
            source=Source(message_id=message),
            asked_at=world.clock.now() + timedelta(minutes=1),
        )
        explained = comparison.differences[0].explanations
        return comparison.unexplained, [(each.label, each.document) for each in explained]

    assert unexplained("M7") == (1, [])
    adjustment = report(world, line(-2))
    assert unexplained("M8") == (0, [(Label.IN_FLIGHT, adjustment.number)])
    world.adjustments.post_adjustment(adjustment.number)
    assert unexplained("M9") == (0, [(Label.MISSING_MSG, adjustment.number)])


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line(1, sku="X")], "unknown_sku"),
        ([line(0)], "no_pieces"),
        ([line(1, inventory_type="")], "unknown_inventory_type"),
        ([], "line_count"),
    ],
)
def test_what_cant_be_booked_is_refused(lines: list[AdjustmentLine], code: str) -> None:
    with pytest.raises(Refused, match=code):
        report(Movements(), *lines)


def test_an_adjustment_that_isnt_there_cant_be_posted() -> None:
    with pytest.raises(NotFound):
        Movements().adjustments.post_adjustment("TZ-NONE")
