"""Our side of the bench beside Tryton: what it answers is the sum of the moves."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from bench.tryton.moves import ONE, PAST, Move, moves
from bench.tryton.ours import Ours


def played(made: list[Move]) -> Ours:
    side = Ours()
    for day, of_day in groupby(made, key=lambda move: move.day):
        side.live(day, list(of_day))
    return side


def test_the_stock_of_a_past_day_is_the_sum_of_the_moves_until_then() -> None:
    made = list(moves(600, 20))
    found = played(made).measured(PAST, ONE)
    assert found.skus == 20
    assert found.pieces == sum(move.pieces for move in made if move.day <= PAST)


def test_the_cost_of_a_sku_is_the_average_of_what_came() -> None:
    day = date(2026, 10, 1)
    made = [Move(0, day, ONE, 6, 100_000), Move(1, day, ONE, 4, 200_000), Move(2, day, ONE, -2, 0)]
    assert played(made).measured(day, ONE).unit_cost == "14.0000"
