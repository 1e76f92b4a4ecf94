"""The moves: a receipt of 6 to 9 pieces, then two issues of 1 to 3, for each SKU in turn."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

MOVES, SKUS, DAYS = 300_000, 3_000, 30
FIRST = date(2026, 10, 1)
PAST = FIRST + timedelta(days=DAYS - 4)
"""The day that is asked for: three before the last one."""

ONE = "S00000"
"""The SKU whose cost is computed anew."""


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces that came in (positive) or left; `price` in 1/10000, of what came in."""

    number: int
    day: date
    sku: str
    pieces: int
    price: int


def moves(count: int, skus: int) -> Iterator[Move]:
    """All of them, by day; the same for the same figures."""
    chance = random.Random(7)
    for number in range(count):
        comes = number // skus % 3 == 0
        pieces = chance.randint(6, 9) if comes else -chance.randint(1, 3)
        price = chance.randint(50_000, 500_000)
        day = FIRST + timedelta(days=number * DAYS // count)
        yield Move(number, day, f"S{number % skus:05d}", pieces, price)


def write(file: Path, count: int, skus: int) -> None:
    """As CSV, for the process of the other side."""
    with file.open("w", newline="") as text:
        rows = csv.writer(text)
        for move in moves(count, skus):
            rows.writerow(
                (move.day.isoformat(), move.sku, move.pieces, f"{move.price / 10_000:.4f}")
            )
