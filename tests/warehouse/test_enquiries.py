"""What a person asks a WMS: one call, its content as the WMS told it, nothing else changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.messages.model import Outcome
from chalicelib.warehouse.calling import Arrival
from chalicelib.warehouse.enquiries import Enquired, Enquiries
from chalicelib.warehouse.enquiry import parse_enquiry
from chalicelib.warehouse.own_documents import OwnDocuments
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.simulator import build
from tests.fakes.exchange import ApplicationHttp
from tests.warehouse.world import Killed, World, connection, reserved

SINCE = "2020-01-01T00:00:00+08:00"
AGES = 10**9


def enquiries(world: World) -> Enquiries:
    return Enquiries(
        store=world.store,
        transaction=world.tables,
        calls=world.service.calls,
        circuits=world.service.circuits,
        catalog=world.catalog,
        own=OwnDocuments(catalog=world.catalog, documents=world.slices),
    )


def ask(world: World, query: str, *, wms: str = "W1", **given: Any) -> Enquired:
    body = json.dumps({"query": query, **given}).encode()
    return enquiries(world).ask(wms, parse_enquiry(body))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """With the simulator as W1, strict, and 100 pieces of A there."""
    settings = WarehouseSettings(
        code="WH1",
        customer_id="c-W1",
        app_key="app-W1",
        secret="secret of W1",
        callback_url="http://127.0.0.1:9/nobody",
        callback_secret="secret of W1-callback",
        owner_code="OWNER-AT-WMS",
        timestamp_tolerance_seconds=AGES,
    )
    application = build([settings], tmp_path)
    made = World(http=ApplicationHttp(application))
    made.service.put_connection(
        connection("W1", url="http://127.0.0.1/WH1/qimen", window_seconds=AGES)
    )
    answered = made.http.send(
        "PUT",
        "http://127.0.0.1/_sim/stock",
        body=b'{"warehouse": "WH1", "item": "A", "quantity": 100}',
        headers={"content-type": "application/json"},
        timeout_seconds=5,
    )
    assert answered.status == 200
    return made


def sent(world: World) -> str:
    no = world.order(("A", 3, "10.00"))
    world.handle(reserved(no))
    world.run_only("W1")
    return no


# --- what is told


def test_stock_is_told_free_and_locked(world: World) -> None:
    sent(world)
    told = ask(world, "stock.query", warehouse="WH1", sku="A")
    assert (told.arrival, told.success, told.page) == (Arrival.ANSWERED, True, 1)
    assert told.content is not None
    assert told.content["total"] == 1
    (figure,) = told.content["figures"]
    assert (figure["item_code"], figure["free"], figure["locked"]) == ("A", 97, 3)
    assert "rest" not in figure


def test_a_sku_is_told_batch_by_batch(world: World) -> None:
    sent(world)
    told = ask(world, "inventorybatch.query", warehouse="WH1", sku="A")
    assert told.content is not None
    assert sum(each["free"] + each["locked"] for each in told.content["figures"]) == 100


def test_where_orders_are_is_told_for_a_span_of_time(world: World) -> None:
    no = sent(world)
    told = ask(world, "orderstatus.batchquery", since=SINCE)
    assert told.content is not None
    (order,) = [each for each in told.content["orders"] if each["order_code"] == no]
    assert order["status"] == "NEW"
    nothing = ask(world, "orderstatus.batchquery", since=SINCE, until="2020-01-02T00:00:00Z")
    assert nothing.content is not None
    assert nothing.content["orders"] == []


def test_what_an_order_lacks_is_told(world: World) -> None:
    told = ask(world, "itemlack.query", fulfilment=sent(world))
    assert told.content is not None
    assert (told.success, told.content["items"]) == (True, [])


def test_a_count_that_the_wms_does_not_know_is_its_failure(world: World) -> None:
    told = ask(world, "inventorycheck.query", count="NOBODYS")
    assert (told.arrival, told.success, told.content) == (Arrival.ANSWERED, False, None)
    assert told.code
    assert told.message


def test_what_it_knows_of_its_warehouses_is_told_with_whom_to_call_masked(world: World) -> None:
    place = world.catalog.warehouse("WH1")
    whom = {"contact": "王强", "phone": "057187654321", "mobile": "13900001111"}
    world.catalog.put_warehouse(replace(place, address="仓前街 1 号", status="ON", **whom))
    world.service.put_connection(replace(world.service.connection("W1"), takes_warehouses=True))
    world.run_only("W1")
    for narrowed in ({}, {"warehouse": "WH1"}):
        told = ask(world, "warehouseinfo.query", **narrowed)
        assert told.content == {
            "warehouses": [
                {
                    "warehouse_code": "WH1",
                    "warehouse_name": "Hangzhou",
                    "address": "仓前街 1 号",
                    "contact": "王*",
                    "phone": "057*******21",
                    "mobile": "139******11",
                    "status": "ON",
                }
            ]
        }


def test_each_asking_is_a_message_and_changes_nothing_else(world: World) -> None:
    no = sent(world)
    before = world.documents()
    told = ask(world, "itemlack.query", fulfilment=no)
    message = world.log.message(told.message_id)
    assert (message.method, message.outcome) == ("itemlack.query", Outcome.ANSWERED)
    assert message.documents == (no,)
    assert world.documents() == before


# --- what can't be asked


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"query": "order.cancel"}, "malformed_field", "query"),
        ({"query": "orderstatus.batchquery"}, "missing_field", "since"),
        ({"query": "stock.query", "fulfilment": "F"}, "unknown_field", "fulfilment"),
        ({"query": "stock.query", "nonsense": "F"}, "unknown_field", "nonsense"),
        ({"query": "stock.query", "page": 0}, "out_of_range", "page"),
        ({"query": "stock.query", "sku": "A" * 51}, "text_length", "sku"),
        ({"query": "warehouseinfo.query", "page": 2}, "out_of_range", "page"),
        ({"query": "warehouseinfo.query", "sku": "A"}, "unknown_field", "sku"),
        ({"query": "warehouseinfo.query", "warehouse": "WH2"}, "unknown_warehouse", "warehouse"),
        ({"query": "stock.query", "warehouse": "WH2"}, "unknown_warehouse", "warehouse"),
        ({"query": "stock.query", "warehouse": "NO"}, "unknown_warehouse", "warehouse"),
        ({"query": "itemlack.query", "fulfilment": "F"}, "unknown_fulfilment", "fulfilment"),
        (
            {"query": "orderstatus.batchquery", "since": "2020-01-01T00:00:00"},
            "malformed_time",
            "since",
        ),
        (
            {"query": "orderstatus.batchquery", "since": SINCE, "until": "2019-01-01T00:00:00Z"},
            "malformed_time",
            "until",
        ),
    ],
)
def test_a_bad_question_is_refused_by_its_field_and_nobody_is_asked(
    given: dict[str, Any], code: str, field: str
) -> None:
    world = World()
    with pytest.raises(Refused) as refused:
        enquiries(world).ask("W1", parse_enquiry(json.dumps(given).encode()))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert world.systems.calls == []


def test_of_another_wms_order_nothing_is_asked(world: World) -> None:
    with pytest.raises(Refused, match="no such fulfilment"):
        ask(world, "itemlack.query", wms="W2", fulfilment=sent(world))


def test_a_wms_that_is_not_connected_cannot_be_asked(world: World) -> None:
    with pytest.raises(NotFound):
        ask(world, "stock.query", wms="NOBODY")


# --- what goes wrong on the way


@pytest.mark.parametrize(
    ("fault", "arrival", "outcome"),
    [
        ("not_sent", Arrival.NOT_TAKEN, Outcome.NOT_SENT),
        ("dropped", Arrival.UNKNOWN, Outcome.NO_ANSWER),
        ("down", Arrival.NOT_TAKEN, Outcome.ANSWERED),
        ("html", Arrival.NOT_TAKEN, Outcome.ANSWERED),
    ],
)
def test_without_an_answer_it_is_said_what_is_known(
    fault: str, arrival: Arrival, outcome: Outcome
) -> None:
    world = World()
    world.systems.faults = [fault]
    told = ask(world, "stock.query")
    assert (told.arrival, told.success, told.content) == (arrival, False, None)
    assert world.log.message(told.message_id).outcome is outcome


def test_a_wms_that_is_left_alone_is_not_asked() -> None:
    world = World()
    for _ in range(5):
        world.systems.faults = ["not_sent"]
        ask(world, "stock.query")
    with pytest.raises(Unavailable):
        ask(world, "stock.query")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2])
def test_an_asking_that_dies_can_be_said_again(world: World, commit: int, *, after: bool) -> None:
    world.tables.die_at(commit, after=after)
    with pytest.raises(Killed):
        ask(world, "stock.query")
    assert ask(world, "stock.query").success
