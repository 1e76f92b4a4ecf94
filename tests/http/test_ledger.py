"""The ledger by SKU, day and kind, its exports, and what there was on a day."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from urllib.parse import unquote, urlsplit

import pytest
from chalice.test import HTTPResponse

from chalicelib.kernel.roles import Role
from tests.http.documents import as_json, category, sku
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


def test_what_there_was_on_a_day_is_told_in_pieces_and_money(site: Site) -> None:
    site.in_stock(40)
    token = site.token(Role.FINANCE)
    day = site.now.date().isoformat()
    site.oms.costs.cost_pools([f"{EAST}/TEE"])

    answer = site.ask("/v1/closing-stock", token, warehouse=EAST, day=day, sku="TEE").json_body
    before = site.ask("/v1/closing-stock", token, warehouse=EAST, day="2026-11-01", sku="TEE")
    whole = site.ask("/v1/closing-stock", token, warehouse=EAST, day=day).json_body
    skus = [each["sku"] for each in whole["stock"]]
    while whole["next_cursor"]:
        cursor = whole["next_cursor"]
        whole = site.ask(
            "/v1/closing-stock", token, warehouse=EAST, day=day, cursor=cursor
        ).json_body
        skus += [each["sku"] for each in whole["stock"]]

    (stock,) = answer["stock"]
    assert answer["run"] is None
    assert stock["quantities"] == {"ZP": 40}
    assert (stock["quantity"], stock["entries_since_close"]) == (40, 1)
    assert Decimal(stock["value"]) / 40 == Decimal(stock["unit_cost"])
    assert before.json_body["stock"] == []
    assert "TEE" in skus


def test_a_category_is_asked_for_by_its_code(site: Site) -> None:
    site.in_stock(40)
    site.post("/v1/categories", {"categories": [category(code="CAT-1", id="CAT-1")]})
    site.post("/v1/skus", {"skus": [sku("CUP-1", category="CAT-1")]})
    asked = {"warehouse": EAST, "day": site.now.date().isoformat()}
    token = site.token(Role.FINANCE)

    known = site.ask("/v1/closing-stock", token, **asked, category="CAT-1")
    unknown = site.ask("/v1/closing-stock", token, **asked, category="NONE")

    assert (known.json_body["stock"], known.json_body["next_cursor"]) == ([], None)
    assert (unknown.status_code, unknown.json_body["field"]) == (422, "category")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({}, "missing_parameter", "day"),
        ({"day": "soon"}, "malformed_field", "day"),
        ({"day": "2027-01-01"}, "day_not_begun", "day"),
        ({"day": "2026-11-22", "cursor": "x"}, "malformed_cursor", "cursor"),
    ],
)
def test_a_day_that_cant_be_asked_for_is_told_with_its_field(
    site: Site, query: dict[str, str], code: str, field: str
) -> None:
    token = site.token(Role.FINANCE)
    answer = site.ask("/v1/closing-stock", token, warehouse=EAST, **query)
    assert answer.status_code in (400, 422)
    assert (answer.json_body["code"], answer.json_body["field"]) == (code, field)


def test_an_export_is_written_and_read_at_its_address(site: Site) -> None:
    site.in_stock(40)
    token = site.token(Role.FINANCE)
    day = site.now.date().isoformat()
    body = {"id": "X-1", "warehouse": EAST, "since": day, "until": day}

    first, again = (_posted(site, body) for _ in range(2))
    site.oms.exports.step("X-1", 0)
    done = site.ask("/v1/exports/X-1", token).json_body

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json_body["state"] == "RUNNING"
    assert (done["state"], done["rows"]) == ("READY", 2)
    (file,) = done["files"]
    key = unquote(urlsplit(file["url"]).path).partition("exports/")[2]
    body_there = site.oms.files.get(f"exports/{key}")
    assert body_there is not None
    assert hashlib.sha256(body_there).hexdigest() == file["sha256"]
    assert b",TEE,1,OPENING,40," in body_there


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": "a/b"}, (400, "malformed_field", "id")),
        ({"since": "soon"}, (400, "malformed_field", "since")),
        ({"since": "2026-11-22", "until": "2026-11-21"}, (422, "bad_range", "until")),
        ({"until": "2027-01-01"}, (422, "day_not_begun", "until")),
        ({"warehouse": "WH-NONE"}, (404, "unknown_warehouse", None)),
    ],
)
def test_an_export_that_cant_be_is_refused_with_its_field(
    site: Site, change: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    body = {"id": "X-1", "warehouse": EAST, "since": "2026-11-21", "until": "2026-11-22"}
    answer = _posted(site, body | change)
    told = answer.json_body
    assert (answer.status_code, told["code"], told.get("field")) == expected
    assert site.ask("/v1/exports/X-1", site.token(Role.FINANCE)).status_code == 404


def _posted(site: Site, body: dict[str, str]) -> HTTPResponse:
    headers = {
        "Authorization": f"Bearer {site.token(Role.FINANCE)}",
        "content-type": "application/json",
    }
    return site.send("POST", "/v1/exports", body=as_json(body), headers=headers)
