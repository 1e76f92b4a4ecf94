"""Weights, sizes and amounts: exact where they can be read, nothing where they can't."""

from __future__ import annotations

import pytest

from chalicelib.warehouse.codec.incoming.measures import read_amount, read_measure, read_price
from tests.warehouse.codec.incoming.message import request


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("1.2345", 1235),
        ("0.0000", 0),
        ("0.0005", 1),
        ("3", 3000),
        ("-1", None),
        ("heavy", None),
        ("null", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_weights_are_read_to_the_gram(text: str, grams: int | None) -> None:
    assert read_measure(request(f"<weight>{text}</weight>"), "weight", units=1000) == grams


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12.5", 1250), ("-0.01", -1), ("3", 300), ("0.005", 1), ("-0.005", -1), ("免", None)],
)
def test_amounts_are_read_to_the_fen(text: str, fen: int | None) -> None:
    assert read_amount(request(f"<freight>{text}</freight>"), "freight") == fen


def test_prices_are_read_to_a_ten_thousandth() -> None:
    assert read_price(request("<price>1.23456</price>"), "price") == 12346
