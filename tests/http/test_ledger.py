"""`GET /v1/entries`: the ledger by SKU, day and kind."""

from __future__ import annotations

import pytest

from chalicelib.kernel.roles import Role
from tests.http.world import EAST, Site


def test_a_skus_entries_tell_what_was_there_before_and_after(site: Site) -> None:
    site.in_stock(40)
    answer = site.ask("/v1/entries", site.token(Role.FINANCE), warehouse=EAST, sku="TEE")
    (entry,) = answer.json_body["entries"]
    assert answer.json_body["next_cursor"] is None
    assert (entry["kind"], entry["quantity"], entry["sequence"]) == ("OPENING", 40, 1)
    assert entry["balances"] == {"ZP": {"before": 0, "after": 40}}


def test_a_days_entries_are_listed_over_all_buckets(site: Site) -> None:
    site.in_stock(40)
    token = site.token(Role.FINANCE)
    day = site.now.date().isoformat()
    found = site.ask("/v1/entries", token, warehouse=EAST, day=day, kind="OPENING")
    none = site.ask("/v1/entries", token, warehouse=EAST, day=day, kind="SHIPMENT")
    both = site.ask("/v1/entries", token, warehouse=EAST, day=day, sku="TEE")
    skus = [entry["sku"] for entry in found.json_body["entries"]]
    while found.json_body["next_cursor"]:
        cursor = found.json_body["next_cursor"]
        found = site.ask(
            "/v1/entries", token, warehouse=EAST, day=day, kind="OPENING", cursor=cursor
        )
        skus += [entry["sku"] for entry in found.json_body["entries"]]
    assert "TEE" in skus
    assert none.json_body["entries"] == []
    assert [entry["sku"] for entry in both.json_body["entries"]] == ["TEE"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({}, "missing_parameter", "warehouse"),
        ({"warehouse": EAST}, "missing_parameter", "sku"),
        ({"warehouse": EAST, "day": "yesterday"}, "malformed_field", "day"),
        ({"warehouse": EAST, "sku": "TEE", "kind": "SALE"}, "malformed_parameter", "kind"),
        (
            {"warehouse": EAST, "day": "2026-11-22", "cursor": "9999:"},
            "malformed_cursor",
            "cursor",
        ),
    ],
)
def test_what_cant_be_asked_is_told_with_its_field(
    site: Site, query: dict[str, str], code: str, field: str
) -> None:
    site.in_stock()
    answer = site.ask("/v1/entries", site.token(Role.FINANCE), **query)
    assert answer.status_code == 400
    assert (answer.json_body["code"], answer.json_body["field"]) == (code, field)
