"""What the body of POST /v1/orders may hold, and how each mistake is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.orders.intake import parse_order
from tests.orders.world import body


def _parse(given: dict[str, Any]) -> Any:
    return parse_order(json.dumps(given).encode())


def _refusal(given: dict[str, Any] | bytes) -> tuple[type[Refused], str, str | None]:
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    with pytest.raises(Refused) as refused:
        parse_order(raw)
    return type(refused.value), refused.value.code, refused.value.field


def _changed(path: str, value: Any) -> dict[str, Any]:
    """A good body with one place changed; `...` drops it."""
    given: Any = body(("A", 2, "59.00"), ("B", 1, "30.00"))
    given["buyer"] = {"nick": "nick"}
    place, _, name = path.rpartition("/")
    target = given
    for step in place.split("/") if place else []:
        target = target[int(step)] if step.isdigit() else target[step]
    if value is ...:
        del target[name]
    else:
        target[name] = value
    return dict(given)


def test_a_whole_order_is_read() -> None:
    given = _parse(
        body(
            ("A", 2, "59.00"),
            order_discount="10.00",
            freight="6",
            payable="114.0",
            buyer={"nick": "n", "remark": "快点", "email": "a@example.com"},
            seller_remark="gift",
            invoice={"kind": "COMPANY", "title": "某公司", "tax_no": "91330100MA00000000"},
        )
    )
    assert given.channel_order_id == "6712345678901234567"
    assert given.placed_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert (given.order_discount, given.freight, given.payable) == (1000, 600, 11400)
    assert (given.lines[0].unit_price, given.lines[0].quantity, given.lines[0].discount) == (
        5900,
        2,
        0,
    )
    assert given.person.buyer_remark == "快点"
    assert given.invoice.kind == "COMPANY"


def test_the_digest_is_of_what_is_said_not_of_how_it_is_written() -> None:
    first = body(("A", 2, "59.00"))
    again = dict(reversed(first.items())) | {
        "payable": "118",
        "placed_at": "2026-11-22T01:30:00Z",
        "freight": "0.0",
        "buyer": {},
    }
    assert _parse(first).digest() == _parse(again).digest()
    assert _parse(first).digest() != _parse(first | {"seller_remark": "x"}).digest()


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("colour", "red", "unknown_field", "colour"),
        ("lines/1/colour", "red", "unknown_field", "lines[1].colour"),
        ("receiver/id_card", "3301", "unknown_field", "receiver.id_card"),
        ("payable", ..., "missing_field", "payable"),
        ("receiver/address", ..., "missing_field", "receiver.address"),
        ("lines/1/quantity", 1.5, "malformed_field", "lines[1].quantity"),
        ("lines/1/quantity", 1.0, "malformed_field", "lines[1].quantity"),
        ("lines/1/quantity", "1", "malformed_field", "lines[1].quantity"),
        ("lines/1/quantity", True, "malformed_field", "lines[1].quantity"),
        ("lines/1/quantity", 0, "malformed_quantity", "lines[1].quantity"),
        ("lines/1/quantity", -1, "malformed_quantity", "lines[1].quantity"),
        ("lines/1/quantity", 10**30, "malformed_quantity", "lines[1].quantity"),
        ("lines/1/unit_price", 30.0, "malformed_field", "lines[1].unit_price"),
        ("lines/1/unit_price", "30.001", "malformed_amount", "lines[1].unit_price"),
        ("lines/1/unit_price", "-30.00", "negative_amount", "lines[1].unit_price"),
        ("lines/1/discount", "-0.00", "negative_amount", "lines[1].discount"),
        ("lines/1/discount", "1e2", "malformed_amount", "lines[1].discount"),
        ("freight", "٣", "malformed_amount", "freight"),
        ("channel_order_id", 6712345678901234567, "malformed_field", "channel_order_id"),
        ("channel_order_id", "", "malformed_field", "channel_order_id"),
        ("lines/0/channel_line_id", "L" * 51, "malformed_field", "lines[0].channel_line_id"),
        ("lines/0/channel_line_id", "L2", "duplicate_line", "lines[1].channel_line_id"),
        ("receiver/name", "张" * 201, "malformed_field", "receiver.name"),
        ("buyer/remark", "x" * 501, "malformed_field", "buyer.remark"),
        ("buyer/remark", "a\x00b", "unwritable_text", "buyer.remark"),
        ("lines", [], "no_lines", "lines"),
        ("lines", {}, "malformed_field", "lines"),
        ("placed_at", "2026-11-22 09:30:00", "malformed_time", "placed_at"),
        ("placed_at", "2026-11-22T09:30:00", "malformed_time", "placed_at"),
        ("placed_at", "2026-02-30T09:30:00Z", "malformed_time", "placed_at"),
        ("placed_at", "0001-01-01T00:00:00+08:00", "malformed_time", "placed_at"),
        ("paid_at", 1763775000, "malformed_field", "paid_at"),
        ("currency", "USD", "unknown_currency", "currency"),
        ("invoice", {"kind": "OTHER", "title": "t"}, "unknown_invoice_kind", "invoice.kind"),
        ("invoice", {"kind": "COMPANY", "title": "t"}, "missing_tax_no", "invoice.tax_no"),
    ],
)
def test_a_mistake_is_named_with_its_field(path: str, value: Any, code: str, field: str) -> None:
    assert _refusal(_changed(path, value))[1:] == (code, field)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        '{"channel_order_id": "中"}'.encode("gbk"),
        b'{"channel_order_id": "\\ud800"}',
        b'{"payable": NaN}',
    ],
)
def test_what_is_not_json_in_utf8_is_malformed(raw: bytes) -> None:
    assert _refusal(raw) == (Malformed, "malformed_json", None)


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"text"', b"[" * 100_000])
def test_another_shape_is_a_malformed_field(raw: bytes) -> None:
    assert _refusal(raw)[:2] == (Malformed, "malformed_field")


def test_more_lines_than_the_limit_are_too_many() -> None:
    lines = [("A", 1, "1.00")] * 501
    assert _refusal(body(*lines))[1:] == ("too_many_lines", "lines")
    assert len(_parse(body(*lines[:500])).lines) == 500


def test_no_value_of_the_body_is_repeated_in_an_error() -> None:
    with pytest.raises(Refused) as refused:
        _parse(_changed("receiver/mobile", ["13812345678"]))
    assert "138" not in str(refused.value)
    with pytest.raises(Refused) as refused:
        _parse(_changed("buyer/remark", "my number is 13812345678\x00"))
    assert "138" not in str(refused.value)
