"""The gateway and a strict WMS, the demo's own: what each sends, the other takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.messages.model import HttpHead
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from chalicelib.warehouse.drift_store import DriftPart
from local.simulators.application import Application, Request, Response
from local.simulators.server import Server
from local.simulators.wms.scenario import scenario_of
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.simulator import build
from tests.fakes.exchange import ApplicationHttp
from tests.movements.bench import line, order_input
from tests.warehouse.test_bundles import bundle_input
from tests.warehouse.world import MESSAGE, World, approved, connection, reserved, sku_changed

SKUS = DriftPart.SKUS
AGES = 10**9
"""Seconds: the test's clock stands still, the simulator's doesn't."""


class Oms:
    """The route that a WMS calls back, over HTTP, in front of a world that comes later."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.flags: list[bytes] = []
        application = Application("oms")
        application.otherwise(self._take)
        self.server = Server(application)
        self.server.start()

    def _take(self, request: Request) -> Response:
        assert self.world is not None
        head = HttpHead(
            verb="POST", url=request.path, query=tuple(request.query), headers=request.headers
        )
        answer = self.world.callbacks.receive("W1", head, request.body).xml
        self.flags.append(answer)
        return Response(body=answer, content_type="text/xml")


@pytest.fixture
def oms() -> Iterator[Oms]:
    made = Oms()
    yield made
    made.server.stop()


@pytest.fixture
def world(oms: Oms, tmp_path: Path) -> Iterator[World]:
    with playing(oms, tmp_path) as made:
        yield made


@pytest.fixture
def slow_world(oms: Oms, tmp_path: Path) -> Iterator[World]:
    """Its WMS takes batches in, and works them off later."""
    with playing(oms, tmp_path, batch_answer_seconds=60) as made:
        yield made


@contextmanager
def playing(
    oms: Oms, folder: Path, *, warehouses: tuple[str, ...] = ("WH1",), **scenario: Any
) -> Iterator[World]:
    """A world whose WMS is the simulator, with a scenario of its own or by hand."""
    settings = [
        WarehouseSettings(
            code=code,
            customer_id="c-W1",
            app_key="app-W1",
            secret="secret of W1",
            callback_url=f"{oms.server.url}/wms/W1/qimen",
            callback_secret="secret of W1-callback",
            owner_code="OWNER-AT-WMS",
            timestamp_tolerance_seconds=AGES,
        )
        for code in warehouses
    ]
    given = scenario_of({"by_hand": True} | scenario) if scenario else None
    application = build(settings, folder, scenario=given)
    made = World(http=ApplicationHttp(application))
    made.service.put_connection(
        connection("W1", url="http://127.0.0.1/WH1/qimen", window_seconds=AGES)
    )
    oms.world = made
    yield made
    application.end()


def http(world: World) -> ApplicationHttp:
    assert isinstance(world.http, ApplicationHttp)
    return world.http


def tell(world: World, verb: str, path: str, **body: Any) -> None:
    """Has people in the warehouse do something."""
    answered = http(world).send(
        verb,
        f"http://127.0.0.1/_sim/{path}",
        body=json.dumps({"warehouse": "WH1"} | body).encode(),
        headers={"content-type": "application/json"},
        timeout_seconds=5,
    )
    assert answered.status == 200, answered.body


def test_a_purchase_order_arrives_with_its_items_first_and_is_received(
    world: World, oms: Oms
) -> None:
    no = world.purchase(("A", 10, 31_416), ("B", 5, 3_333))
    http(world).faults = ["ok", "ok", "lost"]
    world.handle(approved(no))
    world.run()
    assert world.state_of(f"{no}#entryorder.create") == "ACKED"
    order = world.purchasing.purchase_order(no)
    assert (order.state.value, order.wms_id) == ("SENT", "WH1-IN00000001")
    assert world.store.acknowledged_items("W1", ["A"])["A"].wms_id.startswith("WH1-SKU")
    tell(
        world,
        "POST",
        f"entryorders/{no}/confirm",
        confirm_type="1",
        lines=[
            {
                "item": "A",
                "quantity": 9,
                "batches": [
                    {"batch_code": "L1", "quantity": 6},
                    {"batch_code": "L2", "quantity": 2},
                    {"batch_code": "L2", "quantity": 1, "inventory_type": "CC"},
                ],
            }
        ],
    )
    tell(
        world,
        "POST",
        f"entryorders/{no}/confirm",
        confirm_type="0",
        lines=[{"item": "B", "quantity": 4}],
    )
    received = [
        [(line.sku, line.quantity, line.inventory_type, line.batch) for line in receipt.lines]
        for receipt in world.purchasing.receipts(no)
    ]
    assert received == [
        [("A", 6, "ZP", "L1"), ("A", 2, "ZP", "L2"), ("A", 1, "CC", "L2")],
        [("B", 4, "ZP", "")],
    ]
    assert [receipt.final for receipt in world.purchasing.receipts(no)] == [False, True]
    assert all(b"success" in flag for flag in oms.flags)
    assert world.cases() == []


def test_a_delivery_order_of_an_awkward_amount_is_taken_stepped_and_shipped(
    world: World,
) -> None:
    no = world.order(("A", 3, "4.00"), order_discount="2.00", freight="6.00", payable="16.00")
    tell(world, "PUT", "stock", item="A", quantity=100)
    world.handle(reserved(no))
    world.run()
    dispatch = world.dispatch(f"{no}#deliveryorder.create")
    assert (dispatch.state.value, dispatch.code) == ("ACKED", "0")
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.wms_order_id) == (
        FulfilmentState.ACCEPTED,
        "WH1-DO00000001",
    )
    tell(world, "POST", f"orders/{no}/process", status="PICK")
    assert world.orders.fulfilment(no).state is FulfilmentState.PICKING
    tell(world, "POST", f"orders/{no}/confirm", confirm_type="0")
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    world.orders.post_shipment(shipment.id)
    assert world.orders.fulfilment(no).state is FulfilmentState.SHIPPED
    assert world.cases() == []


def two_sold(world: World) -> list[str]:
    tell(world, "PUT", "stock", item="A", quantity=100)
    return [world.order(("A", 3, "4.00"), channel_order_id=f"C{number}") for number in (1, 2)]


def test_orders_that_went_together_ship_and_are_confirmed_together(world: World, oms: Oms) -> None:
    url, age = "http://127.0.0.1/WH1/qimen", {"window_seconds": AGES}
    world.service.put_connection(connection("W1", url=url, batch_orders=10, **age))
    world.handle(sku_changed("A"))
    world.run_only("W1")
    orders = two_sold(world)
    http(world).faults = ["lost"]
    for no in orders:
        world.handle(reserved(no))
    world.run()
    assert [world.orders.fulfilment(no).state for no in orders] == [FulfilmentState.ACCEPTED] * 2
    tell(
        world,
        "POST",
        "send/deliveryorder.batchconfirm",
        orders=[{"code": no} for no in orders],
    )
    assert b"success" in oms.flags[-1]
    for no in orders:
        (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
        world.orders.post_shipment(shipment.id)
        assert world.orders.fulfilment(no).state is FulfilmentState.SHIPPED
    assert world.outcomes()[-1] == ("deliveryorder.batchconfirm", "ACCEPTED")
    assert world.cases() == []


def test_what_became_of_orders_is_told_later(slow_world: World, oms: Oms) -> None:
    world = slow_world
    url, age = "http://127.0.0.1/WH1/qimen", {"window_seconds": AGES}
    later = {"batch_orders": 10, "batch_answer_seconds": 300}
    world.service.put_connection(connection("W1", url=url, **later, **age))
    world.handle(sku_changed("A"))
    world.run_only("W1")
    orders = two_sold(world)
    tell(world, "PUT", "stock", item="A", quantity=5)
    for no in orders:
        world.handle(reserved(no))
    while world.state_of(f"{orders[0]}#deliveryorder.create") != "UNKNOWN":
        assert world.step()
    tell(world, "POST", "send/deliveryorder.batchcreate.answer")
    assert b"success" in oms.flags[-1]
    # The second one lacks a piece: it is tried alone, and refused there too.
    world.run()
    states = [world.orders.fulfilment(no).state for no in orders]
    assert states == [FulfilmentState.ACCEPTED, FulfilmentState.REJECTED]
    assert world.orders.fulfilment(orders[0]).wms_order_id == "WH1-DO00000001"


def test_a_cancel_whose_answer_got_lost_is_asked_about(world: World) -> None:
    no = world.order(("A", 3, "4.00"))
    tell(world, "PUT", "stock", item="A", quantity=100)
    world.handle(reserved(no))
    world.run()
    http(world).faults = ["lost"]
    world.orders.cancel(no.rpartition("-")[0], reason="退款", by="S1")
    world.run()
    assert world.orders.fulfilment(no).cancel is FulfilmentCancel.ACCEPTED
    assert world.cases() == []


def test_skus_go_together_and_bundles_after_them(world: World) -> None:
    url, age = "http://127.0.0.1/WH1/qimen", {"window_seconds": AGES}
    world.service.put_connection(connection("W1", url=url, batch_items=10, **age))
    for sku in ("A", "B", "C"):
        world.handle(sku_changed(sku))
    world.run_only("W1")
    known = world.store.acknowledged_items("W1", ["A", "B", "C"])
    assert {sku: each.version for sku, each in known.items()} == {"A": 1, "B": 1, "C": 1}
    world.catalog.put_bundles("PIM", [bundle_input()], MESSAGE)
    world.run_only("W1")
    assert world.service.acknowledged_bundle("GIFT")["W1"].version == 1


def test_a_drift_run_learns_the_ids_that_a_batch_doesnt_tell(world: World) -> None:
    url, age = "http://127.0.0.1/WH1/qimen", {"window_seconds": AGES}
    world.service.put_connection(connection("W1", url=url, batch_items=10, **age))
    for sku in ("A", "B"):
        world.handle(sku_changed(sku))
    world.catalog.put_bundles("PIM", [bundle_input()], MESSAGE)
    world.run_only("W1")
    assert world.store.acknowledged_items("W1", ["A"])["A"].wms_id == ""
    world.service.drift.start("W1", fix=True)
    world.run_only("W1")
    rows = {row.code: row.differences for row in world.service.drift.rows("W1", SKUS)[0]}
    assert rows == {"A": ("item_id",), "B": ("item_id",), "C": ("missing",)}
    assert world.store.acknowledged_items("W1", ["A"])["A"].wms_id.startswith("WH1-SKU")
    assert world.service.drift.start("W1", fix=False).state.value == "RUNNING"
    world.run_only("W1")
    assert world.service.drift.run("W1").different == 0


def test_it_is_answered_what_it_asks(world: World, oms: Oms) -> None:
    settings = world.service.connection("W1")
    world.service.put_connection(replace(settings, finds_orders=True, logistics_code="YTO"))
    tell(world, "PUT", "stock", item="A", quantity=100)
    no = world.order(("A", 1, "10.00"))
    world.handle(reserved(no))
    world.run()
    oms.flags.clear()
    tell(world, "POST", "send/receiverinfo.query", code=no)
    tell(world, "POST", "send/order.query", name="张三", mobile="13800000000")
    tell(world, "POST", "send/order.query", name="李四", mobile="13800000000")
    tell(world, "POST", "send/expressinfo.query")
    receiver, found, nobody, carriers = [each.decode() for each in oms.flags]
    assert all("<flag>success</flag>" in each.decode() for each in oms.flags)
    assert "<name>张三</name>" in receiver
    assert "<detailAddress>文一西路 1 号</detailAddress>" in receiver
    assert f"<deliveryOrderCode>{no}</deliveryOrderCode>" in found
    assert "orderLine>" not in nobody
    assert "<expressCode>YTO</expressCode>" in carriers


def test_a_large_movement_order_goes_out_and_is_confirmed_in_parts(world: World, oms: Oms) -> None:
    known = world.service.connection("W1")
    world.service.put_connection(replace(known, most_lines=2))
    for sku in "ABC":
        tell(world, "PUT", "stock", item=sku, quantity=100)
    wanted = order_input(*(line(n, sku, n) for n, sku in enumerate("ABC", start=1)))
    no = world.movements.take("ERP", wanted, MESSAGE, approved_by="ERP")[0].no
    http(world).faults = ["ok", "ok", "ok", "ok", "lost"]
    world.run()
    assert world.movements.order(no).state.value == "SENT"
    tell(world, "POST", "send/stockout.confirm", code=no, lines_each=1)
    assert [b"success" in each for each in oms.flags] == [True] * 3
    (confirmed,) = world.movements.confirmations(no)
    assert [(each.sku, each.quantity) for each in confirmed.lines] == [("A", 1), ("B", 2), ("C", 3)]
    world.run()
    assert world.movements.order(no).state.value == "DONE"
    assert world.cases() == []


def test_shops_and_warehouses_are_told_compared_and_set_right(world: World) -> None:
    settings = world.service.connection("W1")
    world.service.put_connection(replace(settings, takes_shops=True, takes_warehouses=True))
    http(world).faults = ["lost", "down"]
    world.run()
    kept = state(world)
    assert kept["shops"]["S1"] == {
        "ownerCode": "OWNER-AT-WMS",
        "shopCode": "S1",
        "shopName": "示范店",
        "sourcePlatformCode": "OTHER",
        "warehouseCode": "WH1",
    }
    assert kept["places"]["WH1"] == {"warehouseCode": "WH1", "warehouseName": "Hangzhou"}
    changed = replace(world.catalog.warehouse("WH1"), name="杭州仓", mobile="13900001111")
    world.catalog.put_warehouse(changed)
    world.catalog.put_shop(replace(world.catalog.shop("S1"), platform_shop_code="T-1"))
    world.run()
    kept = state(world)
    assert kept["shops"]["S1"]["platformShopCode"] == "T-1"
    assert kept["places"]["WH1"]["mobile"] == "13900001111"
    assert world.service.acknowledged_shop("S1")["W1"].version == 2
    world.catalog.put_warehouse(replace(changed, name="杭州一号仓"))
    world.collect()
    world.later = []
    world.service.drift.start("W1", fix=True)
    world.run()
    (row,) = world.service.drift.rows("W1", DriftPart.WAREHOUSES)[0]
    assert (row.differences, row.fixed) == (("older", "name"), True)
    assert state(world)["places"]["WH1"]["warehouseName"] == "杭州一号仓"
    assert world.cases() == []


def state(world: World) -> Any:
    """What the warehouse has kept."""
    answered = http(world).send(
        "GET", "http://127.0.0.1/state", body=b"", headers={}, timeout_seconds=5
    )
    return json.loads(answered.body)["warehouses"]["WH1"]
