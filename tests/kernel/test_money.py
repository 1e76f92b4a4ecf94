"""The apportioning rules, against the vectors of the trade and their laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.money import (
    apportion,
    divide_half_up,
    format_fen,
    line_amount,
    parse_fen,
    parse_unit_price,
    unit_share,
)

AMOUNTS = st.integers(-(10**9), 10**9)
WEIGHTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (1000, [10000] * 3, [334, 333, 333]),
        (1000, [1999, 2999, 4999], [200, 300, 500]),
        (1, [1] * 5, [1, 0, 0, 0, 0]),
        (-1000, [10000] * 3, [-334, -333, -333]),
        (9999, [6000, 5000], [5454, 4545]),
        (7, [0, 0], [4, 3]),
        (0, [], []),
    ],
)
def test_shares_by_largest_remainder(total: int, weights: list[int], expected: list[int]) -> None:
    assert apportion(total, weights) == expected


def test_a_line_over_its_cap_is_fixed_and_the_rest_runs_again() -> None:
    assert apportion(12500, [10000, 5000], [10000, 3000]) == [9500, 3000]


def test_more_than_the_caps_can_bear_is_refused() -> None:
    with pytest.raises(Refused, match="larger than what the lines"):
        apportion(101, [1, 1], [50, 50])


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_and_stay_within_a_fen_of_exact(total: int, weights: list[int]) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    if any(weights):
        whole = sum(weights)
        assert all(abs(s * whole - total * w) < whole for s, w in zip(shares, weights, strict=True))


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1), st.data())
def test_capped_shares_add_up_within_their_caps(
    lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    weights, caps = [w for w, _ in lines], [c for _, c in lines]
    total = data.draw(st.integers(0, sum(caps)))
    shares = apportion(total, weights, caps)
    assert sum(shares) == total
    assert all(0 <= s <= c for s, c in zip(shares, caps, strict=True))


@pytest.mark.parametrize(
    ("total", "quantity", "units"),
    [(1000, 3, [333, 333, 334]), (500, 3, [166, 167, 167]), (-500, 3, [-166, -167, -167])],
)
def test_units_carry_cumulative_floors(total: int, quantity: int, units: list[int]) -> None:
    assert [unit_share(total, quantity, unit, 1) for unit in range(quantity)] == units


@given(AMOUNTS, st.integers(1, 200), st.data())
def test_any_cut_of_a_line_adds_up(total: int, quantity: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, quantity), max_size=6)))
    edges = [0, *cuts, quantity]
    shares = [
        unit_share(total, quantity, low, high - low)
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    assert sum(shares) == total


@given(AMOUNTS)
def test_amounts_survive_their_text(amount: int) -> None:
    assert parse_fen(format_fen(amount), field="x") == amount


@pytest.mark.parametrize("bad", [12.1, 12, None, "", "1.234", "1,00", "1e3", " 1", "١", "--1", "."])
def test_what_is_no_amount_is_malformed_and_named(bad: object) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_fen(bad, field="lines[0].unit_price")
    assert refusal.value.field == "lines[0].unit_price"


def test_half_a_fen_rounds_away_from_zero() -> None:
    assert [divide_half_up(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert line_amount(3, parse_unit_price("3.3350", field="p")) == 1001
