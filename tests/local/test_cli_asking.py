"""The command line: what a WMS says when it is asked by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.seeding import EAST
from tests.local.cli_world import Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def test_a_wms_that_is_not_there_is_shown_as_such(stage: Stage) -> None:
    said = stage.json("ask", EAST, "stock.query", f"warehouse={EAST}")
    assert (said["wms"], said["query"], said["page"]) == (EAST, "stock.query", 1)
    assert (said["arrival"], said["content"]) == ("NOT_TAKEN", None)
    assert "NOT_TAKEN, no: not_sent" in stage.done("ask", EAST, "stock.query")


def test_what_cannot_be_asked_is_refused_by_its_field(stage: Stage) -> None:
    for wrong in (["order.cancel"], ["itemlack.query"], ["stock.query", "fulfilment=F"]):
        assert stage.run("ask", EAST, *wrong).exit_code == 1
    assert stage.run("ask", "NOBODY", "stock.query").exit_code == 1
    for unusable in ("warehouse", "page=2"):
        assert stage.run("ask", EAST, "stock.query", unusable).exit_code == 2
