"""`oms verify`: three computations of a closing agree, and each planted error shows in the one that
it was planted in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.stock.closing import write_rows
from chalicelib.stock.model import Kind, Movement, supplier, warehouse
from chalicelib.stock.snapshot_store import SnapshotStore, put_shard, read_shard
from local.counting import plain_path, said_in, told_in
from tests.local.cli_world import AT, DAY, SHIPPED_XML, TEE, Stage, a_stage

RUN = "2026-11-22.001"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def closed(stage: Stage) -> None:
    stage.done("close", "2026-11-22")
    stage.oms.closes.close_shard(RUN, "WH-EAST", stage.oms.catalog.sku(TEE).bucket)


def verified(stage: Stage, *more: str) -> tuple[int, Any]:
    result = stage.run("verify", "--day", "2026-11-22", *more, "--json")
    return result.exit_code, json.loads(result.stdout)


def received(stage: Stage, *, told: int, booked: int) -> str:
    """A receipt as a message tells it, and as it was booked; the message."""
    body = (
        "<request><orderLines><orderLine><itemCode>TEE-WHITE-M</itemCode><batchs><batch>"
        f"<actualQty>{told}</actualQty></batch></batchs></orderLine></orderLines></request>"
    ).encode()
    message = stage.message(body, method="entryorder.confirm", document="R1")
    path = "/request/orderLines/orderLine[1]/batchs/batch[1]"
    arrived = Movement(
        line="1",
        kind=Kind.RECEIPT,
        warehouse="WH-EAST",
        sku=TEE,
        bucket=stage.oms.catalog.sku(TEE).bucket,
        quantity=booked,
        from_location=supplier("SUP1"),
        to_location=warehouse("WH-EAST"),
        occurred_at=AT,
        source=Source(message_id=message, path=path),
        given_value=2500 * booked,
    )
    posting = stage.oms.stock.plan_post(document="R1", movements=[arrived], posting_date=DAY)
    stage.oms.tables.commit(posting.writes)
    stage.oms.costs.cost_pools([f"WH-EAST/{TEE}"])
    return message


def test_a_sound_day_holds_and_says_what_had_no_words(stage: Stage) -> None:
    stage.shipped()
    received(stage, told=5, booked=5)
    closed(stage)
    assert verified(stage) == (
        0,
        {
            "run": RUN,
            "holds": True,
            "figures": 2,
            "entries": 3,
            "late": 0,
            "elements": 2,
            "messages": 2,
            "taken_as_booked": {"no message: a person, or the OMS itself": 1},
            "differing": [],
            "told": [],
        },
    )
    assert "distributed, serial and raw agree on 2 figures" in stage.done(
        "verify", "--day", "2026-11-22"
    )


def test_what_was_booked_otherwise_than_told_shows_in_the_raw_figure(stage: Stage) -> None:
    stage.opened()
    message = received(stage, told=7, booked=5)
    closed(stage)
    code, found = verified(stage)
    path = "/request/orderLines/orderLine/batchs/batch"
    assert (code, found["told"]) == (
        1,
        [{"message_id": message, "path": path, "said": 7, "booked": 5}],
    )
    (differing,) = found["differing"]
    assert (differing["what"], differing["distributed"], differing["serial"], differing["raw"]) == (
        *("ZP", 15, 15),
        17,
    )
    shown = stage.run("verify", "--day", "2026-11-22")
    assert (shown.exit_code, "don't agree on 2 figures" in shown.stdout) == (1, True)


def test_pieces_that_were_told_and_never_booked_are_found(stage: Stage) -> None:
    stage.shipped()
    message = stage.message(SHIPPED_XML, method="deliveryorder.confirm", document="F9")
    closed(stage)
    code, found = verified(stage)
    assert (code, found["differing"]) == (1, [])
    assert found["told"] == [
        {
            "message_id": message,
            "path": "/request/orderLines/orderLine",
            "said": 2,
            "booked": 0,
        }
    ]


def test_a_shard_that_was_closed_otherwise_shows_in_the_distributed_figure(stage: Stage) -> None:
    stage.shipped()
    closed(stage)
    snapshots, files = SnapshotStore(stage.oms.tables), stage.oms.files
    shard = snapshots.shard(RUN, "WH-EAST", stage.oms.catalog.sku(TEE).bucket)
    assert shard is not None
    (row,) = read_shard(files, shard)
    good = row.quantities["ZP"]
    wrong = replace(
        row, quantities={"ZP": replace(good, opening=good.opening + 1, closing=good.closing + 1)}
    )
    body = write_rows([wrong])
    files.put("snapshots/wrong.jsonl", body)
    planted = replace(
        shard, version=2, file="snapshots/wrong.jsonl", sha256=hashlib.sha256(body).hexdigest()
    )
    stage.oms.tables.commit(Writes([put_shard(planted)]))
    code, found = verified(stage)
    (differing,) = found["differing"]
    assert (code, differing["what"], differing["distributed"]) == (1, "ZP", 9)
    assert (differing["serial"], differing["raw"]) == (8, 8)


def test_what_is_booked_after_the_close_waits_for_the_next_one(stage: Stage) -> None:
    stage.shipped()
    closed(stage)
    stage.oms.clock.forward(minutes=10)
    received(stage, told=5, booked=5)
    code, found = verified(stage)
    assert (code, found["late"], found["entries"]) == (0, 1, 2)


def test_messages_are_read_from_a_day_on_and_a_day_that_isnt_closed_has_none(stage: Stage) -> None:
    stage.shipped()
    assert stage.run("verify", "--day", "2026-11-22").exit_code == 1
    closed(stage)
    assert verified(stage, "--since", "2026-11-20")[0] == 0
    result = stage.run("verify", "--day", "2026-11-22", "--since", "2026-11-23")
    assert (result.exit_code, "is after" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("element", "pieces"),
    [
        ("<l><planQty>5</planQty><actualQty>4</actualQty></l>", 4),
        ("<l><quantity>-2</quantity></l>", -2),
        ("<l><quantity>3.0</quantity></l>", 3),
        ("<l><actualQty>null</actualQty><quantity>1</quantity></l>", 1),
        ("<l><planQty>5</planQty></l>", None),
        ("<l><actualQty>2.5</actualQty></l>", None),
        ("<l><actualQty>two</actualQty></l>", None),
        ('{"sku": "A", "quantity": 6}', 6),
        ("[1]", None),
    ],
)
def test_an_element_tells_the_pieces_that_moved(element: str, pieces: int | None) -> None:
    assert said_in(element) == pieces


def test_a_message_tells_lines_with_their_batches_and_warehouse() -> None:
    body = (
        b"<request><order><warehouseCode>W1</warehouseCode></order><items>"
        b"<item><quantity>2</quantity></item>"
        b"<item><warehouseCode>W2</warehouseCode><quantity>-1</quantity><batchs><batch/></batchs>"
        b"</item></items></request>"
    )
    lines = [
        (each.paths, each.pieces, each.warehouse) for each in told_in("stockchange.report", body)
    ]
    assert lines == [
        (("/request/items/item",), 2, "W1"),
        (("/request/items/item[2]", "/request/items/item[2]/batchs/batch"), -1, "W2"),
    ]
    assert list(told_in("orderprocess.report", body)) == []
    assert (
        plain_path("/request/items/item[1]/batchs/batch[2]")
        == "/request/items/item/batchs/batch[2]"
    )
