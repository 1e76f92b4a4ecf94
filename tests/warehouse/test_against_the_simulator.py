"""What the gateway sends is taken by a strict WMS: the demo's own, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from local.simulators.application import Application
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.simulator import build
from tests.fakes.exchange import ApplicationHttp
from tests.warehouse.world import World, approved, connection, reserved


@pytest.fixture
def wms(tmp_path: Path) -> Iterator[Application]:
    settings = WarehouseSettings(
        code="WH1",
        customer_id="c-W1",
        app_key="app-W1",
        secret="secret of W1",
        callback_url="http://127.0.0.1:9/none",
        owner_code="OWNER-AT-WMS",
        # The test's clock stands still, the simulator's doesn't.
        timestamp_tolerance_seconds=1e12,
    )
    application = build([settings], tmp_path)
    yield application
    application.end()


@pytest.fixture
def world(wms: Application) -> World:
    made = World(http=ApplicationHttp(wms))
    made.service.put_connection(connection("W1", url="http://127.0.0.1/WH1/qimen"))
    return made


def http(world: World) -> ApplicationHttp:
    assert isinstance(world.http, ApplicationHttp)
    return world.http


def test_a_purchase_order_arrives_with_its_items_first(world: World) -> None:
    no = world.purchase(("A", 10, 31_416), ("B", 5, 3_333))
    http(world).faults = ["ok", "ok", "lost"]
    world.handle(approved(no))
    world.run()
    assert world.state_of(f"{no}#entryorder.create") == "ACKED"
    order = world.purchasing.purchase_order(no)
    assert (order.state.value, order.wms_id) == ("SENT", "WH1-IN00000001")
    assert world.store.acknowledged_items("W1", ["A"])["A"].wms_id.startswith("WH1-SKU")
    assert world.cases() == []


def stocked(world: World) -> None:
    """The WMS has 100 pieces of A too."""
    answered = http(world).send(
        "PUT",
        "http://127.0.0.1/_sim/stock",
        body=b'{"warehouse": "WH1", "item": "A", "quantity": 100}',
        headers={"content-type": "application/json"},
        timeout_seconds=5,
    )
    assert answered.status == 200, answered.body


def test_a_delivery_order_of_an_awkward_amount_is_taken_and_cancelled(world: World) -> None:
    world.purchase(("A", 1, 10_000))
    no = world.order(("A", 3, "4.00"), order_discount="2.00", freight="6.00", payable="16.00")
    world.handle(reserved(no))
    stocked(world)
    world.run()
    dispatch = world.dispatch(f"{no}#deliveryorder.create")
    assert (dispatch.state.value, dispatch.code) == ("ACKED", "0")
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == (
        FulfilmentState.ACCEPTED,
        "WH1-DO00000001",
    )
    http(world).faults = ["lost"]
    world.orders.cancel(no.rpartition("-")[0], reason="退款", by="S1")
    world.run()
    assert world.orders.fulfilment(no).cancel is FulfilmentCancel.ACCEPTED
    assert world.cases() == []
