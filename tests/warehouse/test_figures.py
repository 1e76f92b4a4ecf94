"""A WMS's own stock figures, for the opening stock and for the close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.stock.comparing import Figure
from chalicelib.warehouse.figures import WmsFigures
from tests.warehouse.world import World


class Row:
    def __init__(self, sku: str) -> None:
        self.sku = sku


class Recorder:
    """Stands in for the close and the reconciliation."""

    def __init__(self, skus: Sequence[str]) -> None:
        self.skus = skus
        self.recorded: list[dict[str, Any]] = []

    def rows(self, run: str, warehouse: str) -> list[Any]:
        return [Row(sku) for sku in self.skus]

    def record_figures(self, **said: Any) -> Any:
        self.recorded.append(said)


def figures(world: World, recorder: Recorder) -> WmsFigures:
    return WmsFigures(
        store=world.store,
        transaction=world.tables,
        clock=world.clock,
        calls=world.service.calls,
        circuits=world.service.circuits,
        catalog=world.catalog,
        closes=recorder,
        reconciliation=recorder,
    )


def wanted(**data: Any) -> Event:
    return Event(
        id="StockFiguresWanted:R1:WH1",
        kind="StockFiguresWanted",
        subject="R1",
        occurred_at=World().clock.now(),
        correlation="R1",
        data={"run": "R1", "warehouse": "WH1", **data},
    )


def test_figures_are_summed_over_batches_and_carry_their_message() -> None:
    world = World()
    world.know_items()
    world.systems.figures = [("A", "ZP", 5, 1), ("A", "ZP", 2, 0), ("A", "CC", 1, 0)]
    recorder = Recorder(["A", "B"])
    figures(world, recorder).wanted(wanted())
    (said,) = recorder.recorded
    assert list(said["figures"]) == [
        Figure(sku="A", inventory_type="CC", quantity=1, locked=0),
        Figure(sku="A", inventory_type="ZP", quantity=7, locked=1),
    ]
    assert list(said["skus"]) == ["A", "B"]
    row = world.log.message(said["source"].message_id)
    assert (row.method, row.outcome.value, row.documents) == (
        "inventory.query",
        "ANSWERED",
        ("WH1",),
    )
    _, _, request = world.systems.calls[-1]
    asked = request.listed("criteriaList", "criteria")
    assert [(each.text("itemCode"), each.text("itemId")) for each in asked] == [
        ("A", "ID-W1-A"),
        ("B", "ID-W1-B"),
    ]


def test_of_a_close_without_any_sku_nobody_is_asked() -> None:
    world = World()
    recorder = Recorder([])
    figures(world, recorder).wanted(wanted())
    assert (world.systems.methods(), recorder.recorded) == ([], [])


def test_many_skus_are_asked_for_in_parts_each_an_event_of_its_own() -> None:
    world = World()
    recorder = Recorder([f"S{number:03d}" for number in range(120)])
    asking = figures(world, recorder)
    world.collect()
    world.later.clear()
    asking.wanted(wanted())
    world.collect()
    parts = [event for _, event in world.later]
    assert [str(event.data["skus"]).count("S") for event in parts] == [50, 50, 20]
    for event in parts:
        asking.wanted(event)
    assert sum(len(said["skus"]) for said in recorder.recorded) == 120
    assert len(asking.figures("WH1", [f"S{number}" for number in range(60)])) == 0
    assert world.systems.methods() == ["inventory.query"] * 5


@pytest.mark.parametrize("fault", ["not_sent", "dropped", "html", "down", ("X", "系统繁忙")])
def test_a_wms_that_tells_nothing_is_asked_again_later(fault: Any) -> None:
    world = World()
    world.systems.faults = [fault]
    recorder = Recorder(["A"])
    with pytest.raises(Unavailable):
        figures(world, recorder).wanted(wanted())
    assert recorder.recorded == []
    assert world.outcomes()[-1][1] != "PREPARED"
