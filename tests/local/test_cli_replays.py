"""`oms replay`, `oms message accept`, `oms lines`: what people do with kept messages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.messages.model import HttpHead, Outcome
from tests.local.cli_world import Stage, a_stage

QUERY = (("method", "taobao.qimen.entryorder.confirm"),)
LATE = (
    "<request><items><item><ownerCode>DEMO</ownerCode><warehouseCode>{warehouse}</warehouseCode>"
    "<orderCode>A{n}</orderCode><outBizCode>A{n}</outBizCode><itemCode>TEE-WHITE-M</itemCode>"
    "<orderType>QTRK</orderType><inventoryType>ZP</inventoryType><quantity>{n}</quantity></item>"
    "</items></request>"
)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def refused(
    stage: Stage, number: int, *, code: str = "unknown_sku", warehouse: str = "WH-EAST"
) -> str:
    """A change of stock that was refused when it came."""
    head = HttpHead(
        verb="POST",
        url="/wms/WH-EAST/qimen",
        query=(("method", "taobao.qimen.stockchange.report"),),
        headers={},
    )
    body = LATE.format(n=number, warehouse=warehouse).encode()
    log = stage.oms.messages
    message = log.receive(head, body, peer="wms:WH-EAST", method="stockchange.report")
    log.record(replace(message, outcome=Outcome.REFUSED, code=code))
    return message.id


DAY = ("--day", "2026-11-22", "--wms", "WH-EAST")


def test_a_days_refused_messages_are_rehearsed_and_then_taken(stage: Stage) -> None:
    ids = [refused(stage, number) for number in (1, 2)]
    stage.master_data()
    dry = stage.json("replay", *DAY, "--outcome", "REFUSED", "--dry-run")["replays"]
    assert [(each["message_id"], each["outcome"]) for each in dry] == [
        (each, "ACCEPTED") for each in ids
    ]
    assert all(each["changes"] for each in dry)
    assert [stage.oms.messages.message(each).outcome for each in ids] == ["REFUSED"] * 2
    text = stage.done("replay", *DAY, "--dry-run")
    assert "created documents ADJUSTMENT#" in text
    assert "quantity" in text
    assert "event AdjustmentAccepted" in text
    stage.json("replay", *DAY, "--outcome", "REFUSED")
    assert [stage.oms.messages.message(each).outcome for each in ids] == ["ACCEPTED"] * 2
    assert stage.json("replay", *DAY, "--outcome", "REFUSED") == {"replays": []}


def test_one_message_and_a_documents_messages_are_replayed(stage: Stage) -> None:
    elsewhere = refused(stage, 1, warehouse="NOWHERE")
    again = stage.json("replay", elsewhere)["replays"]
    assert [(each["before"], each["outcome"]) for each in again] == [("REFUSED", "REFUSED")]
    assert "failure unknown_warehouse" in stage.done("replay", elsewhere)
    message = refused(stage, 1)
    stage.master_data()
    (done,) = stage.json("replay", message)["replays"]
    (number,) = done["documents"]
    (of_document,) = stage.json("replay", "--document", number)["replays"]
    assert (of_document["message_id"], of_document["outcome"]) == (message, "ACCEPTED")


def test_a_message_that_a_crash_left_without_a_row_is_found_by_its_bytes(stage: Stage) -> None:
    head = HttpHead(verb="POST", url="/wms/WH-EAST/qimen", query=QUERY, headers={})
    lost = stage.oms.messages.receive(head, b"<request/>", peer="wms:WH-EAST", method="x").id
    assert stage.json("replay", *DAY)["replays"] == []
    result = stage.run("replay", *DAY, "--lost")
    # It isn't signed, so it isn't taken; but it was found.
    assert result.exit_code == 1
    assert "not_trusted" in result.output
    assert lost[:20] in result.output


@pytest.mark.parametrize(
    "arguments",
    [(), ("M1", "--document", "D1"), ("--day", "2026-11-22"), ("--wms", "WH-EAST")],
)
def test_what_is_to_be_replayed_has_to_be_said_in_one_way(
    stage: Stage, arguments: tuple[str, ...]
) -> None:
    assert stage.run("replay", *arguments).exit_code == 2


def test_only_a_held_message_can_be_accepted(stage: Stage) -> None:
    result = stage.run("message", "accept", refused(stage, 1), "--reason", "because")
    assert result.exit_code == 1
    assert "not_held" in result.output


def test_a_message_is_still_shown_by_its_id_alone(stage: Stage) -> None:
    message = refused(stage, 1)
    assert stage.json("message", message)["id"] == message


def test_lines_are_listed_counted_and_written(stage: Stage, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        refused(stage, number)
    found = stage.json("lines", *DAY, "--where", "orderCode=A2")["lines"]
    assert [each["leaves"]["quantity"] for each in found] == ["2"]
    counted = stage.json("lines", *DAY, "--count-by", "itemCode")
    assert counted == {"counts": {"TEE-WHITE-M": 3}, "lines": 3}
    file = tmp_path / "lines.csv"
    assert "3 lines written" in stage.done("lines", *DAY, "--csv", str(file))
    with file.open(encoding="utf-8-sig", newline="") as rows:
        read = list(csv.DictReader(rows))
    assert [row["line/quantity"] for row in read] == ["1", "2", "3"]
    assert "orderCode=A3" in stage.done("lines", *DAY, "--method", "stockchange.report")


def test_a_cell_that_a_spreadsheet_would_run_is_put_out_of_its_way(
    stage: Stage, tmp_path: Path
) -> None:
    item = "<item><itemCode>=1+1</itemCode><quantity>-5</quantity></item>"
    body = f"<request><items>{item}</items></request>"
    stage.message(body.encode(), method="stockchange.report", document="D1")
    file = tmp_path / "lines.csv"
    stage.done("lines", *DAY, "--csv", str(file))
    assert "'=1+1" in file.read_text("utf-8-sig")
    assert ",-5" in file.read_text("utf-8-sig")
