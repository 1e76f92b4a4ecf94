"""Transfers that go whole to a strict WMS with two warehouses, and what it reports of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.movements.transfers.model import TransferLine
from tests.movements.bench import transfer_input
from tests.warehouse.test_against_the_simulator import Oms, http, playing, tell
from tests.warehouse.test_enquiries import ask
from tests.warehouse.world import MESSAGE, World


@pytest.fixture
def oms() -> Iterator[Oms]:
    made = Oms()
    yield made
    made.server.stop()


@pytest.fixture
def world(oms: Oms, tmp_path: Path) -> Iterator[World]:
    """W1 has WH1 and WH2; 100 pieces each in WH1, there and in the books."""
    with playing(oms, tmp_path, warehouses=("WH1", "WH2")) as made:
        made.catalog.put_warehouse(replace(made.catalog.warehouse("WH2"), wms="W1"))
        known = made.service.connection("W1")
        made.service.put_connection(replace(known, takes_transfers=True))
        for sku in ("A", "B"):
            tell(made, "PUT", "stock", item=sku, quantity=100)
        yield made


def transferred(world: World) -> str:
    lines = (
        TransferLine(line_no=1, sku="A", quantity=10),
        TransferLine(line_no=2, sku="B", quantity=4),
    )
    given = transfer_input(*lines)
    return world.transfers.take("ERP", given, MESSAGE, approved_by="ERP")[0].no


def report(world: World, no: str, **fields: Any) -> None:
    tell(world, "POST", "send/transferorder.report", code=no, **fields)


def shelves(world: World) -> dict[str, dict[str, int]]:
    """Good pieces on the WMS's own shelves, by warehouse and item."""
    answered = http(world).send(
        "GET", "http://127.0.0.1/state", body=b"", headers={}, timeout_seconds=5
    )
    warehouses = json.loads(answered.body)["warehouses"]
    return {
        code: {row["item"]: row["quantity"] for row in each["stock"] if row["quantity"]}
        for code, each in warehouses.items()
    }


def books(world: World) -> dict[str, dict[str, int]]:
    """The same, of ours."""
    pairs = [(code, sku) for code in ("WH1", "WH2") for sku in ("A", "B")]
    found = world.stock.balances(pairs)
    return {
        code: {
            sku: found[code, sku].quantity("ZP")
            for place, sku in pairs
            if place == code and (code, sku) in found and found[code, sku].quantity("ZP")
        }
        for code in ("WH1", "WH2")
    }


def test_a_transfer_leaves_and_arrives_and_both_agree(world: World, oms: Oms) -> None:
    no = transferred(world)
    http(world).faults = ["ok", "ok", "lost"]
    world.run()
    assert world.state_of(f"{no}#transferorder.create") == "ACKED"
    out = world.movements.order(world.transfers.transfer(no).out_leg)
    assert (out.state.value, out.wms_id) == ("SENT", "WH1-TR00000001")
    report(world, no)
    world.run()
    assert world.transfers.transfer(no).state.value == "IN_TRANSIT"
    report(world, no)
    world.run()
    assert world.transfers.transfer(no).state.value == "RECEIVED"
    assert [b"success" in each for each in oms.flags] == [True, True]
    assert books(world) == shelves(world) == {"WH1": {"A": 90, "B": 96}, "WH2": {"A": 10, "B": 4}}
    assert world.cases() == []


def test_one_report_after_everything_is_enough(world: World) -> None:
    no = transferred(world)
    world.run()
    report(world, no, whole=True)
    world.run()
    assert world.transfers.transfer(no).state.value == "RECEIVED"
    assert books(world) == shelves(world)
    assert world.cases() == []


def test_reports_that_come_twice_and_in_another_order_book_the_same(world: World) -> None:
    no = transferred(world)
    world.run()
    rule = {"what": "duplicate", "method": "transferorder.report", "seconds": 0}
    tell(world, "POST", "rules", **rule)
    report(world, no, lines=[{"item": "A", "quantity": 6}], hold_seconds=1)
    report(world, no)
    report(world, no)
    messages = told(world)
    for number in messages:
        tell(world, "POST", f"messages/{number}/send_again")
    world.run()
    assert world.transfers.transfer(no).state.value == "RECEIVED"
    assert books(world) == shelves(world)


def told(world: World) -> list[int]:
    """The numbers of the reports, the latest first."""
    answered = http(world).send(
        "GET",
        "http://127.0.0.1/_sim/messages?method=transferorder.report&direction=out",
        body=b"",
        headers={},
        timeout_seconds=5,
    )
    return sorted((each["n"] for each in json.loads(answered.body)["messages"]), reverse=True)


def test_a_cancel_before_it_leaves_is_taken_and_one_after_is_not(world: World) -> None:
    no = transferred(world)
    world.run()
    world.transfers.cancel(no)
    world.run()
    assert world.transfers.transfer(no).state.value == "CANCELLED"
    given = transfer_input(id="T-2")
    other = world.transfers.take("ERP", given, MESSAGE, approved_by="ERP")[0].no
    world.run()
    report(world, other)
    world.transfers.cancel(other)
    world.run()
    assert world.transfers.transfer(other).state.value == "IN_TRANSIT"
    assert world.cases() == ["movement_kept"]


def test_it_can_be_asked_how_far_it_has_come(world: World) -> None:
    no = transferred(world)
    world.run()
    report(world, no)
    asked = ask(world, "transferorder.query", transfer=no)
    assert asked.success
    assert asked.content is not None
    assert (asked.content["order_code"], asked.content["status"]) == (no, "PARTDELIVERED")
    assert [
        (each["item_code"], each["left"], each["arrived"]) for each in asked.content["items"]
    ] == [
        ("A", 10, 0),
        ("B", 4, 0),
    ]


def test_another_wms_cant_be_asked_for_it_and_there_is_one_page(world: World) -> None:
    no = transferred(world)
    with pytest.raises(Refused) as refused:
        ask(world, "transferorder.query", wms="W2", transfer=no)
    assert (refused.value.code, refused.value.field) == ("unknown_transfer", "transfer")
    with pytest.raises(Refused) as refused:
        ask(world, "transferorder.query", transfer=no, page=2)
    assert refused.value.field == "page"
