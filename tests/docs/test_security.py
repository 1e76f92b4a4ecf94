"""The table of bad input in `docs/security.md` says what the readers and checks really answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.webhooks import sign, verify
from chalicelib.orders.intake import parse_order
from chalicelib.warehouse.xml import read

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "security.md"
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
DECLARED = b'<?xml version="1.0" encoding="%s"?>'

ORDER: dict[str, Any] = {
    "channel_order_id": "6712345678901234567",
    "currency": "CNY",
    "placed_at": "2026-11-22T09:30:00+08:00",
    "paid_at": "2026-11-22T09:31:05+08:00",
    "lines": [{"channel_line_id": "L1", "sku": "TEE", "quantity": 1, "unit_price": "59.00"}],
    "payable": "59.00",
    "receiver": {
        "name": "张三",
        "mobile": "13800000000",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "address": "文一西路 1 号",
    },
}


def order(**changes: Any) -> bytes:
    return json.dumps({**ORDER, **changes}, ensure_ascii=False).encode()


def line(**changes: Any) -> bytes:
    return order(lines=[{**ORDER["lines"][0], **changes}])


def signed(body: bytes, *, signature: str | None, moment: datetime) -> None:
    verify(
        secrets=[SECRET],
        message_id="msg_1",
        timestamp=str(int(moment.timestamp())),
        signatures=signature,
        body=body,
        now=NOW,
    )


def stale() -> None:
    moment = NOW - timedelta(seconds=301)
    signature = sign(SECRET, "msg_1", int(moment.timestamp()), b"{}")
    signed(b"{}", signature=signature, moment=moment)


CASES: dict[tuple[str, int, str], Callable[[], object]] = {
    ("signature missing", 2, "signature_missing"): lambda: signed(
        b"{}", signature=None, moment=NOW
    ),
    ("signature wrong", 2, "signature_invalid"): lambda: signed(
        b"{}", signature="v1,AAAA", moment=NOW
    ),
    ("stale time stamp", 2, "signature_stale"): stale,
    ("negative quantity", 2, "malformed_quantity"): lambda: parse_order(line(quantity=-1)),
    ("fractional quantity", 2, "malformed_field"): lambda: parse_order(line(quantity=1.5)),
    ("19-digit id as a number", 2, "malformed_field"): lambda: parse_order(
        order(channel_order_id=6712345678901234567)
    ),
    ("broken JSON, broken XML", 2, "malformed_json"): lambda: parse_order(b'{"lines": ['),
    ("wrong encoding", 2, "malformed_json"): lambda: parse_order(order().decode().encode("gbk")),
    ("unknown field", 2, "unknown_field"): lambda: parse_order(order(surprise=1)),
    ("broken JSON, broken XML", 3, "malformed_xml"): lambda: read(b"<request><a></request>"),
    ("DOCTYPE, entity bomb", 3, "document_type"): lambda: read(
        b'<!DOCTYPE r [<!ENTITY a "aa">]><request>&a;</request>'
    ),
    ("wrong encoding", 3, "wrong_encoding"): lambda: read(
        DECLARED % b"utf-8" + "<request>收货</request>".encode("gbk")
    ),
    ("wrong encoding", 3, "unsupported_encoding"): lambda: read(
        DECLARED % b"utf-16" + b"<request/>"
    ),
    ("body over the limit", 3, "body_too_large"): lambda: read(b" " * 1_048_577),
}
"""(row, column, code) of the table -> what is refused with it."""


@pytest.mark.parametrize(("row", "column", "code"), CASES)
def test_bad_input_gets_the_answer_that_the_table_says(row: str, column: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        CASES[row, column, code]()
    assert caught.value.code == code
    cells = next(
        written.split("|")
        for written in DOCUMENT.read_text().splitlines()
        if written.startswith(f"| {row} |")
    )
    assert f"`{code}`" in cells[column]


def test_a_good_order_and_a_19_digit_id_as_text_are_taken_unchanged() -> None:
    assert parse_order(order()).channel_order_id == "6712345678901234567"
