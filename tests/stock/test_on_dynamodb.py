"""The story of a day on DynamoDB's rules (as moto plays them): indexes, conditions, item shapes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed
from chalicelib.stock.comparing import Figure
from chalicelib.stock.model import EntryId
from chalicelib.stock.snapshot_store import RunState
from tests.fakes.cloud import moto_cloud
from tests.stock.world import World, opening, receipt, returned, shipment


@pytest.fixture
def world() -> Iterator[World]:
    with moto_cloud() as cloud:
        yield World(cloud.tables)


def test_a_day_of_stock_from_opening_to_comparison(world: World) -> None:
    world.post("OPEN", opening(10, 10000), opening(1, 7, line="2", sku="B.1-x_y"))
    world.post("R1", receipt(5, 6000, batch="B1"), receipt(1, 1200, inventory_type="CC"))
    world.reserve("F1", **{"A": 4, "B.1-x_y": 1})
    with pytest.raises(ConditionFailed, match="short:A"):
        world.reserve("F2", A=12)
    world.post("S1", shipment(3), reservation="F1", void_rest=True)
    world.post("S1", shipment(3), reservation="F1", void_rest=True)
    issue = EntryId(document="S1", entry="1#SHIPMENT#ZP#")
    world.post("T1", returned(1, cost_of=issue))
    balance = world.balance()
    assert balance.quantities == {"CC": 1, "ZP": 13}
    assert (balance.available, balance.reserved, balance.version) == (13, 0, 5)

    world.cost("WH1/A", "WH1/B.1-x_y")
    assert (world.values("S1"), world.values("T1")) == ([-3225], [1075])
    run = world.close()
    assert run.state is RunState.CLOSED
    rows = {row.sku: row for row in world.closes.rows(run.id, "WH1")}
    assert rows["A"].value.closing == 15050
    assert rows["A"].quantities["ZP"].closing == 13

    world.clock.forward(hours=1)
    result = world.reconciliation.record_figures(
        run=run.id,
        warehouse="WH1",
        figures=[
            Figure(sku="A", inventory_type="ZP", quantity=12),
            Figure(sku="A", inventory_type="CC", quantity=1),
            Figure(sku="B.1-x_y", inventory_type="ZP", quantity=1),
        ],
        source=Source(message_id="M7"),
        asked_at=world.clock.now(),
    )
    assert (result.different, result.unexplained) == (1, 1)
    assert world.reconciliation.comparisons(run.id, "WH1") == [result]
