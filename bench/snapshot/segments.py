"""The entries of a day in files: CSV in gzip, as many files as one likes, some written twice.

A file's name holds the digest of its bytes, so one that was cut or changed is noticed. An entry may
stand in several: its SKU and sequence tell it apart.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from chalicelib.stock.closing import packed, unpacked
from chalicelib.stock.folding import Line

COLUMNS = (
    "sku",
    "sequence",
    "kind",
    "quantity",
    "out_of",
    "into",
    "value",
    "variance",
    "document",
    "entry",
)
"""The header of a segment: positive pieces `out_of` an inventory type of the warehouse `into` one,
either may be empty; `value` and `variance` are signed fen.
"""

LinesBySku: TypeAlias = dict[str, dict[int, Line]]
"""Lines by SKU and sequence."""


def folder(warehouse: str, bucket: int, day: date) -> str:
    """What the keys of a day's segments begin with."""
    return f"segments/{warehouse}/{bucket}/{day.isoformat()}/"


def segment_name(body: bytes) -> str:
    """What a segment is called in its folder."""
    return f"{hashlib.sha256(body).hexdigest()[:32]}.csv.gz"


def write_segment(lines: Iterable[tuple[str, Line]]) -> bytes:
    """A segment of costed lines and their SKUs, all of one posting day: the same lines give the
    same bytes.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sku, line in sorted(lines, key=lambda each: (each[0], each[1].sequence)):
        sequence, _, *rest = line
        writer.writerow((sku, sequence, *rest))
    return packed(text.getvalue().encode())


def is_whole(name: str, body: bytes) -> bool:
    """Whether these are the bytes that the segment was written with."""
    return name == segment_name(body)


def read_segment(body: bytes, day: date, found: LinesBySku) -> None:
    """Adds a segment's lines to those that were found."""
    rows = csv.reader(io.StringIO(unpacked(body).decode(), newline=""))
    next(rows)
    for sku, number, kind, quantity, out_of, into, value, variance, document, entry in rows:
        lines = found.get(sku)
        if lines is None:
            lines = found[sku] = {}
        sequence = int(number)
        lines[sequence] = Line(
            sequence,
            day,
            kind,
            int(quantity),
            out_of,
            into,
            int(value),
            int(variance),
            document,
            entry,
        )
