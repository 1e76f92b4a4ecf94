"""Requests of the purchasing system, read strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.purchasing.intake import parse_purchase_order
from chalicelib.purchasing.model import PurchaseLineInput, PurchaseOrderInput, content_digest

LINE = {"line_no": 1, "sku": "A", "quantity": 100, "price": "12.3456", "tax_rate_percent": 13}
ORDER = {
    "id": "PO-2026-117",
    "supplier": "SUP1",
    "warehouse": "WH1",
    "owner": "ACME",
    "currency": "CNY",
    "lines": [LINE],
}


def body(**changes: Any) -> bytes:
    return json.dumps(ORDER | changes).encode()


def body_with_line(**changes: Any) -> bytes:
    return body(lines=[LINE, LINE | {"line_no": 2} | changes])


def test_a_purchase_order_is_read() -> None:
    raw = body(expected_from="2026-11-23T09:00:00+08:00", expected_to="2026-11-23T18:00:00+08:00")

    assert parse_purchase_order(raw) == PurchaseOrderInput(
        id="PO-2026-117",
        supplier="SUP1",
        warehouse="WH1",
        owner="ACME",
        currency="CNY",
        expected_from=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
        expected_to=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        lines=(
            PurchaseLineInput(line_no=1, sku="A", quantity=100, price=123_456, tax_rate_percent=13),
        ),
    )


def test_the_spelling_of_the_json_does_not_change_the_content() -> None:
    plain = parse_purchase_order(body(expected_from="2026-11-23T09:00:00+08:00"))
    turned = dict(reversed(list(ORDER.items()))) | {"expected_from": "2026-11-23T01:00:00Z"}
    turned["lines"] = [LINE | {"price": "12.3456"}]
    other = parse_purchase_order(json.dumps(turned, indent=2).encode())

    assert content_digest(plain) == content_digest(other)
    assert content_digest(plain) != content_digest(parse_purchase_order(body()))


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        (body_with_line(quantity=-1), "out_of_range", "lines[1].quantity"),
        (body_with_line(quantity=0), "out_of_range", "lines[1].quantity"),
        (body_with_line(quantity=1.5), "malformed_field", "lines[1].quantity"),
        (body_with_line(quantity="1"), "malformed_field", "lines[1].quantity"),
        (body_with_line(price=12.3), "malformed_field", "lines[1].price"),
        (body_with_line(price="12.34567"), "malformed_amount", "lines[1].price"),
        (body_with_line(price="1e3"), "malformed_amount", "lines[1].price"),
        (body_with_line(price="-1"), "negative_price", "lines[1].price"),
        (body_with_line(tax_rate_percent=101), "out_of_range", "lines[1].tax_rate_percent"),
        (body_with_line(line_no=1), "line_repeated", "lines[1].line_no"),
        (body_with_line(sku="a b"), "malformed_code", "lines[1].sku"),
        (body_with_line(tax="x"), "unknown_field", "lines[1].tax"),
        (body(lines=[]), "too_many_or_none", "lines"),
        (body(lines=[LINE | {"line_no": n} for n in range(1, 502)]), "too_many_or_none", "lines"),
        (body(id=5), "malformed_field", "id"),
        (body(id=""), "text_length", "id"),
        (body(currency="USD"), "unknown_currency", "currency"),
        (body(expected_from="2026-11-23T09:00:00"), "malformed_field", "expected_from"),
        (
            body(expected_from="2026-11-23T09:00:00Z", expected_to="2026-11-22T09:00:00Z"),
            "times_reversed",
            "expected_to",
        ),
        (b"{", "malformed_json", None),
    ],
)
def test_what_is_wrong_is_named(raw: bytes, code: str, field: str | None) -> None:
    with pytest.raises(Refused) as refused:
        parse_purchase_order(raw)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_missing_field_is_malformed() -> None:
    with pytest.raises(Malformed) as refused:
        parse_purchase_order(json.dumps({"id": "1"}).encode())
    assert (refused.value.code, refused.value.field) == ("missing_field", "supplier")


@given(st.binary(max_size=80))
def test_no_bytes_make_anything_but_a_refusal(raw: bytes) -> None:
    with pytest.raises(Refused):
        parse_purchase_order(raw)
