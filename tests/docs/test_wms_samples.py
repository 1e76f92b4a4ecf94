"""The samples of `docs/wms.md`: the simulator takes what we send, the OMS what a WMS sends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib import bootstrap
from chalicelib.warehouse.connecting import check
from chalicelib.warehouse.connections import Connection
from local.cli.application import app
from local.cli.reading import as_document
from tests.docs.test_wms_examples import SIMULATOR, WMS, example
from tests.local.wms_world import a_world

SENT = ("singleitem.synchronize", "entryorder.create", "deliveryorder.create")
TAKEN = {
    "entryorder.confirm": "entry RECEIPT 5 x TEE-WHITE-M ZP",
    "deliveryorder.confirm": "entry SHIPMENT 2 x TEE-WHITE-M ZP",
    "inventory.report": "2 x TEE-WHITE-M CC",
    "stockchange.report": "1 x TEE-WHITE-M ZP",
}


@pytest.fixture(autouse=True)
def left_as_it_was() -> Iterator[None]:
    yield
    bootstrap.reset()


def on_one_line(sample: str) -> str:
    return re.sub(r">\s+<", "><", sample)


def test_the_simulator_takes_what_we_send(tmp_path: Path) -> None:
    with a_world(tmp_path, by_hand=True) as world:
        item = world.item_id
        for method in SENT:
            text = on_one_line(example(WMS, method))
            text = text.replace("TJ01", "WH1").replace("DEMO", "O1").replace("N-1001", item)
            answer = world.wms.call(method, text)
            assert answer.findtext("flag") == "success", answer.findtext("message")
            item = answer.findtext("itemId") or item
            world.wms.control("PUT", "stock", {"item": "TEE-WHITE-M", "quantity": 10})


def test_the_oms_takes_what_a_warehouse_sends(tmp_path: Path) -> None:
    for method in TAKEN:
        (tmp_path / f"{method}__sample.xml").write_text(example(WMS, method))
    result = CliRunner().invoke(app, ["wms-check", str(tmp_path), "--prepare", "--json"])
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    by_method = {each["file"].partition("__")[0]: each for each in found}
    for method, effect in TAKEN.items():
        told = by_method[method]
        assert told["flag"] == "success", told
        assert effect in told["effect"], told


def test_the_file_for_a_simulator_beside_an_oms_is_a_connection() -> None:
    connection = as_document(json.loads(example(SIMULATOR, "beside")), Connection)
    check(connection)
    assert connection.warehouse_code("WH-NORTH") == "TJ01"
