"""What stands in suspense, listed and settled over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role
from chalicelib.movements.model import AdjustmentLine
from chalicelib.stock.model import Kind
from tests.fakes.kernel import SettableClock
from tests.http.world import EAST, Site

SOUTH = "WH-SOUTH"


@pytest.fixture
def document(site: Site) -> str:
    """Three pieces that nothing places, a day and two hours ago."""
    adjustment = site.oms.adjustments.adjust(
        warehouse=EAST,
        key="X1",
        lines=[AdjustmentLine(sku="TEE", inventory_type="ZP", quantity=3)],
        source=Source(message_id="M1"),
        occurred_at=site.now,
        kind=Kind.SUSPENSE,
    )
    site.oms.adjustments.post_adjustment(adjustment.number)
    assert isinstance(site.cloud.clock, SettableClock)
    site.cloud.clock.forward(hours=26)
    return adjustment.number


def listed(site: Site, **query: str) -> list[dict[str, Any]]:
    answer = site.ask("/v1/suspense", site.token(Role.FINANCE), **query)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json_body["documents"]
    return found


def test_it_is_listed_with_its_age_until_it_is_settled_and_booked(
    site: Site, document: str
) -> None:
    (row,) = listed(site)
    assert row == {
        "document": document,
        "warehouse": EAST,
        "kind": "CHANGE",
        "state": "OPEN",
        "pieces": 3,
        "came_in": 3,
        "since": row["since"],
        "age_hours": 26,
        "settled_at": None,
    }
    site.oms.suspense.settle(document, kind=Kind.SURPLUS, by="li", because="found")
    site.oms.suspense.post(document)
    assert listed(site) == []
    (done,) = listed(site, state="SETTLED")
    assert (done["document"], done["pieces"], done["came_in"]) == (document, 0, 3)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"warehouse": EAST}, 1),
        ({"warehouse": SOUTH}, 0),
        ({"kind": "CHANGE"}, 1),
        ({"warehouse": EAST, "kind": "PARCEL"}, 0),
    ],
)
def test_it_is_found_by_warehouse_and_by_what_it_came_with(
    site: Site, document: str, query: dict[str, str], count: int
) -> None:
    assert [row["document"] for row in listed(site, **query)] == [document] * count


@pytest.mark.parametrize("query", [{"kind": "SURPLUS"}, {"state": "GONE"}])
def test_a_kind_or_state_that_is_none_is_refused(site: Site, query: dict[str, str]) -> None:
    answer = site.ask("/v1/suspense", site.token(Role.FINANCE), **query)
    (field,) = query
    assert (answer.status_code, answer.json_body["field"]) == (400, field)


def test_others_warehouses_are_not_shown(site: Site, document: str) -> None:
    answer = site.ask("/v1/suspense", site.token(Role.OPERATOR, places=(SOUTH,)))
    assert answer.json_body["documents"] == []
    answer = site.ask("/v1/suspense", site.token(Role.OPERATOR, places=(EAST,)))
    assert [row["document"] for row in answer.json_body["documents"]] == [document]
