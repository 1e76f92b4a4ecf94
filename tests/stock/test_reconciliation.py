"""Comparing with a warehouse's own figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key
from chalicelib.stock.comparing import Figure, Label, Pending
from chalicelib.stock.comparison_store import Comparison
from chalicelib.stock.model import ADJUSTMENT, Kind, Movement, warehouse
from tests.stock.world import AT, TODAY, World, opening, receipt, shipment

NEXT = TODAY + timedelta(days=1)
CASE = Key("documents", "EXCEPTION#stock_difference:WH1/A:ZP", "HEAD")


def closed_world() -> World:
    world = World()
    world.post("OPEN", opening(10, 1000), opening(5, 500, line="2", sku="B"))
    world.cost("WH1/A", "WH1/B")
    world.close()
    world.clock.forward(hours=1)
    return world


def says(world: World, *figures: Figure, message: str = "M7") -> Comparison:
    return world.reconciliation.record_figures(
        run="2026-11-22.001",
        warehouse="WH1",
        figures=figures,
        source=Source(message_id=message),
        asked_at=world.clock.now(),
    )


def figure(pieces: int, sku: str = "A", inventory_type: str = "ZP", locked: int = 0) -> Figure:
    return Figure(sku=sku, inventory_type=inventory_type, quantity=pieces, locked=locked)


def correction(pieces: int) -> Movement:
    return replace(
        shipment(pieces),
        kind=Kind.ADJUSTMENT,
        from_location=warehouse("WH1"),
        to_location=ADJUSTMENT,
        occurred_at=AT + timedelta(minutes=5),
        source=Source(message_id="M9", path="/request/items/item[1]"),
    )


def test_figures_that_agree_leave_nothing_to_explain() -> None:
    world = closed_world()
    result = says(world, figure(7, locked=3), figure(2, "B"), figure(3, "B"))
    assert (result.compared, result.different, result.unexplained) == (2, 0, 0)


def test_a_planted_difference_is_found_and_then_explained_by_its_document() -> None:
    world = closed_world()
    first = says(world, figure(8), figure(5, "B"))
    assert (first.different, first.unexplained) == (1, 1)
    assert (first.differences[0].sku, first.differences[0].unexplained) == ("A", -2)
    assert world.tables.tables[CASE]["state"] == "OPEN"

    world.post("ADJ-1", correction(2), day=NEXT)
    world.clock.forward(hours=1)
    second = says(world, figure(8), figure(5, "B"), message="M8")
    assert (second.different, second.unexplained) == (1, 0)
    (explanation,) = second.differences[0].explanations
    assert (explanation.label, explanation.document, explanation.quantity) == (
        Label.MISSING_MSG,
        "ADJ-1",
        -2,
    )
    assert (explanation.message_id, explanation.entry) == ("M9", "1#ADJUSTMENT#ZP#")
    assert world.tables.tables[CASE]["state"] == "RESOLVED"
    assert world.tables.tables[CASE]["gsi1pk"] == "EXCEPTIONS#RESOLVED"


def test_the_next_days_close_has_the_correction_in_it_and_resolves_the_question() -> None:
    world = closed_world()
    says(world, figure(8), figure(5, "B"))
    world.post("ADJ-1", correction(2), day=NEXT)
    world.cost()
    world.clock.forward(days=1)
    run = world.close(NEXT)
    result = world.reconciliation.record_figures(
        run=run.id,
        warehouse="WH1",
        figures=[figure(8), figure(5, "B")],
        source=Source(message_id="M8"),
        asked_at=world.clock.now(),
    )
    assert (result.different, result.unexplained) == (0, 0)
    assert world.tables.tables[CASE]["state"] == "RESOLVED"


def test_the_same_message_again_gives_the_first_result() -> None:
    world = closed_world()
    first = says(world, figure(8), figure(5, "B"))
    before = dict(world.tables.tables)
    world.clock.forward(hours=1)
    assert says(world, figure(8), figure(5, "B")) == first
    assert world.tables.tables == before


def test_what_ships_between_the_cut_off_and_the_question_is_explained() -> None:
    world = closed_world()
    moved = replace(shipment(3), occurred_at=world.clock.now() - timedelta(minutes=1))
    world.post("S1", moved, day=NEXT)
    result = says(world, figure(7), figure(5, "B"))
    assert result.unexplained == 0
    assert result.differences[0].explanations[0].label is Label.CUTOFF_CROSS


def test_what_ships_after_the_question_doesnt_count() -> None:
    world = closed_world()
    moved = replace(shipment(3), occurred_at=world.clock.now() + timedelta(minutes=1))
    world.post("S1", moved, day=NEXT)
    assert says(world, figure(10), figure(5, "B")).different == 0


def test_a_document_that_is_accepted_and_not_booked_explains_its_pieces() -> None:
    world = closed_world()
    world.pending.documents = [
        Pending(document="R7", sku="A", inventory_type="ZP", quantity=5),
        Pending(document="CK3", sku="A", inventory_type="ZP", quantity=-4, message_id="M5"),
    ]
    result = says(world, figure(6), figure(5, "B"))
    assert result.unexplained == 0
    (explanation,) = result.differences[0].explanations
    assert (explanation.label, explanation.document, explanation.message_id) == (
        Label.IN_FLIGHT,
        "CK3",
        "M5",
    )


def test_several_documents_may_explain_together_but_not_half_of_it() -> None:
    world = closed_world()
    world.pending.documents = [
        Pending(document="R7", sku="A", inventory_type="ZP", quantity=5),
        Pending(document="CK3", sku="A", inventory_type="ZP", quantity=-4),
    ]
    together = says(world, figure(11), figure(5, "B"))
    assert [each.document for each in together.differences[0].explanations] == ["R7", "CK3"]
    world.clock.forward(minutes=1)
    half = says(world, figure(14), figure(5, "B"), message="M8")
    assert half.differences[0].explanations == ()
    assert half.differences[0].unexplained == 4


def test_a_sku_or_type_that_the_warehouse_doesnt_mention_isnt_there() -> None:
    world = closed_world()
    result = says(world, figure(10), figure(1, "X", "CC"))
    found = {(each.sku, each.inventory_type): each.unexplained for each in result.differences}
    assert found == {("B", "ZP"): -5, ("X", "CC"): 1}


def test_only_what_was_asked_for_is_compared() -> None:
    world = closed_world()
    result = world.reconciliation.record_figures(
        run="2026-11-22.001",
        warehouse="WH1",
        figures=[figure(10)],
        source=Source(message_id="M7"),
        asked_at=world.clock.now(),
        skus=["A"],
    )
    assert (result.compared, result.different) == (1, 0)


def test_very_many_differences_are_kept_in_the_file_and_told_once() -> None:
    world = closed_world()
    many = [figure(1, f"X{number:03d}") for number in range(150)]
    result = says(world, figure(10), figure(5, "B"), *many)
    assert (result.unexplained, len(result.differences)) == (150, 90)
    cases = [key for key in world.tables.tables if key.pk.startswith("EXCEPTION#")]
    assert len(cases) == 91
    assert world.files.bodies[result.file].count(b'"sku"') == 150


def test_an_open_run_cant_be_compared_with() -> None:
    world = World()
    world.post("OPEN", receipt(1))
    world.closes.start_close(TODAY)
    with pytest.raises(Refused, match="run_open"):
        says(world, figure(1))
    with pytest.raises(Refused, match="nothing_to_compare"):
        world.reconciliation.ask_again("2026-11-22.001", "WH1")


def test_the_warehouse_can_be_asked_once_more() -> None:
    world = closed_world()
    world.reconciliation.ask_again("2026-11-22.001", "WH1")
    assert [event.data for event in world.events("StockFiguresWanted")] == [
        {"run": "2026-11-22.001", "warehouse": "WH1"},
        {"run": "2026-11-22.001", "warehouse": "WH1"},
    ]
    assert len({event.id for event in world.events("StockFiguresWanted")}) == 2
