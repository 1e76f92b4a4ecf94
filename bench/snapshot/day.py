"""A seeded business in files: an opening, and the entries of some days as segments.

Each warehouse is made by itself, so that several processes can make them. What is made is lawful:
sequences are dense, no stock goes below zero, value follows the average, an entry here and there
counts for the next day already, and some segments were written twice, cut in another place.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from chalicelib.catalog.model import bucket_of
from chalicelib.kernel.money import divide_half_up
from chalicelib.stock.closing import Flow, SkuClosing, write_rows
from chalicelib.stock.folding import Line
from chalicelib.stock.segments import file_name, folder, row_of, write_segment

FIRST = date(2026, 11, 22)
LINES_AN_ORDER = 3
AHEAD_IN_THOUSAND = 5
TWICE_IN_HUNDRED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much business: per warehouse so many `balances` and `orders` a day, in as many `buckets`,
    each bucket's day in so many `segments`.
    """

    warehouses: int
    balances: int
    orders: int
    buckets: int
    segments: int
    days: int = 1
    seed: int = 20261122

    @property
    def entries(self) -> int:
        """Entries of a day over all warehouses."""
        return self.warehouses * self.orders * LINES_AN_ORDER

    @property
    def shards(self) -> list[tuple[str, int]]:
        """All (warehouse, bucket)."""
        return [
            (warehouse_code(number), bucket)
            for number in range(self.warehouses)
            for bucket in range(self.buckets)
        ]


SEED_SIZE = Size(warehouses=20, balances=30_000, orders=25_000, buckets=16, segments=24)
"""500,000 SKUs (a sixth of a warehouse's are another's too), 600,000 balances, 500,000 orders,
1,500,000 entries.
"""


def warehouse_code(number: int) -> str:
    """`WH01` …"""
    return f"WH{number + 1:02d}"


def opening_file(root: Path, warehouse: str, bucket: int) -> Path:
    """Where the closing lies that the first day begins with."""
    return closing_file(root, warehouse, bucket, FIRST - timedelta(days=1))


def closing_file(root: Path, warehouse: str, bucket: int, day: date) -> Path:
    """Where a day's closing of a shard lies."""
    return root / "closings" / day.isoformat() / warehouse / f"{bucket}.jsonl.gz"


def balances_file(root: Path, warehouse: str, bucket: int, day: date) -> Path:
    """Where the balances at the end of a day lie."""
    return root / "balances" / day.isoformat() / warehouse / f"{bucket}.csv.gz"


def publish(root: Path, day: date) -> None:
    """Has the segments of a day lie where a close looks for them; those of later days don't yet."""
    for path in _unpublished(root, day).rglob("*.csv.gz"):
        target = root / path.relative_to(_unpublished(root, day))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _unpublished(root: Path, day: date) -> Path:
    return root / "unpublished" / day.isoformat()


@dataclass(slots=True)
class _Stock:
    """A SKU of a warehouse while its days are made."""

    sku: str
    bucket: int
    sequence: int
    good: int
    damaged: int
    value: int
    unit_cost: int
    lines: list[Line] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        return self.good + self.damaged


def make_warehouse(root: Path, size: Size, number: int) -> None:
    """Writes a warehouse's opening, and the segments and balances of its days."""
    chance = Random(size.seed * 1_000 + number)  # noqa: S311 - a business, not a secret
    code = warehouse_code(number)
    stocks = [_opening(chance, size, number, at) for at in range(size.balances)]
    by_bucket = [[each for each in stocks if each.bucket == b] for b in range(size.buckets)]
    for bucket, held in enumerate(by_bucket):
        path = opening_file(root, code, bucket)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_rows([_row(each) for each in held]))
    for day in (FIRST + timedelta(days=each) for each in range(size.days)):
        for order in range(size.orders):
            _order(chance, stocks, f"{code}-{day:%y%m%d}-{order:07d}", day)
        for bucket, held in enumerate(by_bucket):
            for counted, count in ((day, size.segments), (day + timedelta(days=1), 1)):
                path = _unpublished(root, day) / folder(code, bucket, counted)
                path.mkdir(parents=True, exist_ok=True)
                for part in _parts(chance, _booked(held, counted), count):
                    body = write_segment(row_of(*each) for each in part)
                    (path / file_name(body)).write_bytes(body)
            _write_balances(balances_file(root, code, bucket, day), held)
            for each in held:
                each.lines.clear()


class _Draft(NamedTuple):
    """A line before its stock has moved."""

    document: str
    line: str
    kind: str
    pieces: int
    day: date


def _opening(chance: Random, size: Size, number: int, at: int) -> _Stock:
    # The last sixth of a warehouse's SKUs are the first ones of the next warehouse.
    own = size.balances * 5 // 6
    all_skus = max(size.warehouses * own, size.balances)
    sku = f"SKU-{(number * own + at) % all_skus:07d}"
    good, damaged = chance.randrange(300), chance.choice((0, 0, 0, 0, 1, 3))
    unit_cost = chance.randrange(100, 30_000)
    stock = _Stock(sku, bucket_of(sku, size.buckets), 0, good, damaged, 0, unit_cost)
    stock.sequence = chance.randrange(1, 500)
    stock.value = stock.quantity * unit_cost
    return stock


def _row(stock: _Stock) -> SkuClosing:
    pieces = {"ZP": stock.good} | ({"CC": stock.damaged} if stock.damaged else {})
    return SkuClosing(
        sku=stock.sku,
        sequence=stock.sequence,
        quantities={
            name: Flow(opening=left, closing=left) for name, left in sorted(pieces.items())
        },
        value=Flow(opening=stock.value, closing=stock.value),
    )


def _order(chance: Random, stocks: Sequence[_Stock], document: str, day: date) -> None:
    kind = chance.choices(("SHIPMENT", "RETURN", "RECEIPT", "QUALITY_MOVE"), (90, 4, 4, 2))[0]
    if chance.randrange(1_000) < AHEAD_IN_THOUSAND:
        day += timedelta(days=1)
    for line in range(1, LINES_AN_ORDER + 1):
        # Few sell much, many little.
        stock = stocks[int(len(stocks) * chance.random() ** 2)]
        pieces = chance.randrange(1, 4)
        does = kind if stock.good >= pieces or kind in ("RETURN", "RECEIPT") else "RECEIPT"
        draft = _Draft(document, str(line), does, pieces, day)
        stock.lines.append(_line(chance, stock, draft))


def _line(chance: Random, stock: _Stock, draft: _Draft) -> Line:
    kind, pieces = draft.kind, draft.pieces
    value, variance, out_of, into = 0, 0, "", ""
    if kind == "SHIPMENT":
        value, out_of = -divide_half_up(stock.value * pieces, stock.quantity), "ZP"
        stock.good -= pieces
    elif kind == "QUALITY_MOVE":
        out_of, into = "ZP", "CC"
        stock.good -= pieces
        stock.damaged += pieces
    else:
        pieces *= 40 if kind == "RECEIPT" else 1
        value, into = pieces * stock.unit_cost, "ZP"
        variance = chance.randrange(-99, 100) if chance.randrange(50) == 0 else 0
        stock.good += pieces
    stock.value += value + variance
    stock.sequence += 1
    return Line(
        sequence=stock.sequence,
        posting_date=draft.day,
        kind=kind,
        quantity=pieces,
        out_of=out_of,
        into=into,
        value=value,
        variance=variance,
        document=draft.document,
        entry=f"{draft.line}#{kind}#{into or out_of}#",
    )


def _booked(held: Sequence[_Stock], day: date) -> list[tuple[str, Line]]:
    """A day's lines as they came: by document, not by SKU."""
    rows = [(each.sku, line) for each in held for line in each.lines if line.posting_date == day]
    return sorted(rows, key=lambda row: (row[1].document, row[1].entry))


def _parts(
    chance: Random, rows: Sequence[tuple[str, Line]], count: int
) -> Iterator[Sequence[tuple[str, Line]]]:
    length = max(1, -(-len(rows) // count))
    for first in range(0, len(rows), length):
        yield rows[first : first + length]
        if chance.randrange(100) < TWICE_IN_HUNDRED:
            yield rows[first : first + length // 2 + 1]


def _write_balances(path: Path, held: Sequence[_Stock]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(
            (each.sku, each.sequence, each.good, each.damaged) for each in held
        )
