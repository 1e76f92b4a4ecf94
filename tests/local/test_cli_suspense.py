"""The command line: what stands in suspense."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.movements.model import AdjustmentLine
from chalicelib.stock.model import Kind
from tests.local.cli_world import AT, TEE, Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def test_what_stands_in_suspense_is_listed_until_it_is_settled(stage: Stage) -> None:
    oms = stage.oms
    document = oms.adjustments.adjust(
        warehouse="WH-EAST",
        key="X1",
        lines=[AdjustmentLine(sku=TEE, inventory_type="ZP", quantity=2)],
        source=Source(message_id="M1"),
        occurred_at=AT,
        kind=Kind.SUSPENSE,
    ).number
    oms.adjustments.post_adjustment(document)
    table = stage.done("suspense", "--warehouse", "WH-EAST", "--kind", "CHANGE")
    assert (document in table, "CHANGE" in table) == (True, True)
    shown = stage.json("suspense")
    assert ([row["document"] for row in shown["documents"]], shown["more"]) == ([document], False)
    oms.suspense.settle(document, kind=Kind.SURPLUS, by="li", because="found")
    oms.suspense.post(document)
    assert stage.json("suspense")["documents"] == []
    (done,) = stage.json("suspense", "--settled")["documents"]
    assert (done["document"], done["came_in"]) == (document, 2)
