"""Prices on the wire: two decimals a piece, and still every sum is exact."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.warehouse.codec.outgoing import deliveryorder
from chalicelib.warehouse.documents.outgoing.deliveryorder import (
    line_no_of,
    part_no,
    price_groups,
)
from chalicelib.warehouse.xml import Node, read, write
from tests.warehouse.codec.outgoing.test_deliveryorder import LINE, ORDER


def test_ten_yuan_for_three_pieces_are_two_lines_that_add_up() -> None:
    assert price_groups(1000, 3) == [(333, 2), (334, 1)]
    assert price_groups(999, 3) == [(333, 3)]
    assert price_groups(0, 2) == [(0, 2)]
    assert price_groups(2, 3) == [(0, 1), (1, 2)]


@given(st.integers(0, 10**9), st.integers(1, 10_000))
def test_price_groups_keep_the_sum_and_the_pieces_in_at_most_two_lines(
    payable: int, quantity: int
) -> None:
    groups = price_groups(payable, quantity)
    assert len(groups) <= 2
    assert sum(price * pieces for price, pieces in groups) == payable
    assert sum(pieces for _, pieces in groups) == quantity


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 10_000), st.integers(0, 100)), max_size=9
    ),
    st.integers(0, 5000),
    st.integers(0, 100),
)
def test_every_identity_of_the_header_and_the_lines_holds(
    lines: list[tuple[int, int, int]], freight: int, percent_to_collect: int
) -> None:
    parts = [
        replace(
            LINE,
            line_no=part_no(number, part),
            quantity=pieces,
            retail_price=price,
            actual_price=actual,
        )
        for number, (quantity, price, percent) in enumerate(lines, start=1)
        for part, (actual, pieces) in enumerate(
            price_groups(quantity * price * percent // 100, quantity), start=1
        )
    ]
    order = replace(ORDER, lines=tuple(parts), freight=freight)
    order = replace(order, to_collect=order.total_amount * percent_to_collect // 100)
    request = read(write("request", deliveryorder.write_create(order)))
    header = request.needed("deliveryOrder")
    total, items, discount, carried, collected, paid = (
        fen(header, name)
        for name in (
            "totalAmount",
            "itemAmount",
            "discountAmount",
            "freight",
            "arAmount",
            "gotAmount",
        )
    )
    assert total == collected + paid == items - discount + carried
    told = request.listed("orderLines", "orderLine")
    assert sum(fen(each, "actualPrice") * (each.whole("planQty") or 0) for each in told) == (
        items - discount
    )
    assert sum(fen(each, "retailPrice") * (each.whole("planQty") or 0) for each in told) == items
    for each in told:
        assert fen(each, "retailPrice") == fen(each, "actualPrice") + fen(each, "discountAmount")
    numbers = [each.text("orderLineNo") for each in told]
    assert len(set(numbers)) == len(numbers)


def fen(node: Node, name: str) -> int:
    whole, _, decimals = node.needed_text(name).partition(".")
    assert len(decimals) == 2
    return int(whole) * 100 + int(decimals)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("12-2", 12), ("", None), (None, None), ("A", None), ("1-x", None), ("１", None)],
)
def test_a_line_number_that_comes_back_names_the_line_or_none(
    text: str | None, expected: int | None
) -> None:
    assert line_no_of(text) == expected
