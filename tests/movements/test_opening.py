"""Opening stock, from draft to an open warehouse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kernel.errors import IllegalTransition, NotFound, Refused, Unavailable
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.movements.model import OpeningLine
from chalicelib.movements.states import OpeningState
from chalicelib.stock.comparing import Figure
from tests.movements.world import MESSAGE, Movements

LINES = [
    OpeningLine(sku="S1", quantity=10, value=10000, batch="B1"),
    OpeningLine(sku="S1", quantity=5, value=6000, batch="B2"),
    OpeningLine(sku="S2", quantity=1, value=100, inventory_type="CC"),
]
AGREES = [
    Figure(sku="S1", inventory_type="ZP", quantity=12, locked=3),
    Figure(sku="S2", inventory_type="CC", quantity=1),
]


def checked(lines: list[OpeningLine] = LINES) -> Movements:
    world = Movements()
    world.wms.has = [
        Figure(sku=each.sku, inventory_type=each.inventory_type, quantity=each.quantity)
        for each in lines
    ]
    world.openings.draft(warehouse="WH1", lines=lines, source=MESSAGE)
    world.openings.check("WH1")
    return world


def test_opening_stock_is_booked_with_its_value_and_opens_the_warehouse() -> None:
    world = checked()
    world.openings.close("WH1")
    assert not world.catalog.is_open
    assert [event.data for event in world.events("OpeningStockClosed")] == [{"warehouse": "WH1"}]
    world.openings.post_opening("WH1")
    assert world.catalog.is_open
    assert world.catalog.opened_on == world.openings.opening("WH1").posting_date
    assert world.openings.opening("WH1").state is OpeningState.POSTED
    assert world.balance("S1").quantities == {"ZP": 15}
    assert world.balance("S2").quantities == {"CC": 1}
    assert world.balance("S2").available == 0
    world.cost("WH1/S1", "WH1/S2")
    assert world.costs.pools([("WH1", "S1")])[("WH1", "S1")].value == 16000
    entries = world.stock.entries_of("OPENING-WH1")
    assert [entry.source for entry in entries] == [
        Source(message_id="M1", path="/request/lines/0"),
        Source(message_id="M1", path="/request/lines/1"),
        Source(message_id="M1", path="/request/lines/2"),
    ]
    assert entries[0].from_location == "OPENING"


def test_every_step_again_changes_nothing() -> None:
    world = checked()
    world.openings.draft(warehouse="WH1", lines=LINES, source=MESSAGE)
    world.openings.check("WH1")
    world.openings.close("WH1")
    world.openings.close("WH1")
    world.openings.post_opening("WH1")
    before = dict(world.tables.tables)
    events = list(world.tables.events)
    world.openings.post_opening("WH1")
    world.openings.close("WH1")
    assert world.tables.tables == before
    assert world.tables.events == events


def test_what_the_wms_has_otherwise_refuses_the_check_and_is_named() -> None:
    world = Movements()
    world.openings.draft(warehouse="WH1", lines=LINES, source=MESSAGE)
    world.wms.has = [AGREES[0], Figure(sku="S2", inventory_type="ZP", quantity=1)]
    with pytest.raises(Refused) as refused:
        world.openings.check("WH1")
    assert refused.value.code == "opening_differs"
    assert refused.value.message == (
        "S2 CC (line 3): 1 here, 0 at the WMS; S2 ZP (line -): 0 here, 1 at the WMS"
    )
    assert world.openings.opening("WH1").state is OpeningState.DRAFT
    with pytest.raises(IllegalTransition):
        world.openings.close("WH1")
    world.wms.has = AGREES
    assert world.openings.check("WH1").state is OpeningState.CHECKED


def test_another_draft_replaces_the_lines_and_has_to_be_checked_anew() -> None:
    world = checked()
    world.openings.draft(warehouse="WH1", lines=LINES[:1], source=MESSAGE)
    opening = world.openings.opening("WH1")
    assert (opening.state, opening.line_count, opening.quantity) == (OpeningState.DRAFT, 1, 10)
    assert world.openings.lines("WH1") == LINES[:1]


def test_what_is_closed_cant_be_drafted_anew() -> None:
    world = checked()
    world.openings.close("WH1")
    before = dict(world.tables.tables)
    with pytest.raises(IllegalTransition):
        world.openings.draft(warehouse="WH1", lines=LINES[:1], source=MESSAGE)
    with pytest.raises(IllegalTransition):
        world.openings.check("WH1")
    assert world.tables.tables == before


@pytest.mark.parametrize("dies_at", range(1, 6))
def test_posting_that_dies_goes_on_where_it_was(dies_at: int) -> None:
    lines = [OpeningLine(sku=f"S{n}", quantity=n + 1, value=n) for n in range(100)]
    world = checked(lines)
    world.openings.close("WH1")
    commits: list[Writes] = []

    def dies(writes: Writes) -> None:
        commits.append(writes)
        if len(commits) == dies_at:
            raise Unavailable("died")

    world.transaction.before = dies
    if dies_at <= 4:
        with pytest.raises(Unavailable):
            world.openings.post_opening("WH1")
        assert not world.catalog.is_open
    world.openings.post_opening("WH1")
    assert world.catalog.is_open
    entries = world.stock.entries_of("OPENING-WH1")
    assert sum(entry.quantity for entry in entries) == 5050
    assert all(entry.sequence == 1 for entry in entries)


def test_a_warehouse_may_start_empty() -> None:
    world = checked([])
    world.openings.close("WH1")
    world.openings.post_opening("WH1")
    assert world.catalog.is_open


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (replace(LINES[0], sku="X1"), "unknown_sku", "lines[1].sku"),
        (replace(LINES[0], quantity=0), "not_positive", "lines[1].quantity"),
        (replace(LINES[0], value=-1), "negative_value", "lines[1].value"),
        (replace(LINES[0], inventory_type="Z#"), "unknown_inventory_type", None),
        (LINES[2], "duplicate_line", "lines[1]"),
    ],
)
def test_a_line_that_cant_be_stock_is_refused(
    line: OpeningLine, code: str, field: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        Movements().openings.draft(
            warehouse="WH1",
            lines=[LINES[2], replace(line, batch=line.batch and "B9")],
            source=MESSAGE,
        )
    assert refused.value.code == code
    assert field is None or refused.value.field == field


def test_a_warehouse_that_isnt_there_has_no_opening_stock() -> None:
    world = Movements()
    with pytest.raises(NotFound):
        world.openings.draft(warehouse="WH9", lines=LINES, source=MESSAGE)
    with pytest.raises(NotFound):
        world.openings.opening("WH1")
