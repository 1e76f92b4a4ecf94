"""Entries in files, compact enough for a close to read all of a day at once; pure.

Both kinds of file are CSV in gzip. A **batch** is what the ledger's stream brought at one time, of
all warehouses. A **segment** is of one warehouse, bucket and posting day, gathered from batches.
The name of each holds the digest of its bytes, so one that was cut or changed is noticed. A line
stands in them once its entry is costed, and may stand in several: its SKU and sequence tell it
apart. That none is missing is proved by whoever reads them (`stock.shard_lines`).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from chalicelib.kernel.writes import Value
from chalicelib.stock.closing import packed, unpacked
from chalicelib.stock.costing import VALUE
from chalicelib.stock.folding import Line
from chalicelib.stock.model import Entry, inventory_type_at

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

BATCH_COLUMNS = ("warehouse", "bucket", "posting_date", *COLUMNS)
"""The header of a batch."""

Row: TypeAlias = list[str]
"""A line of a file, as texts."""

LinesBySku: TypeAlias = dict[str, dict[int, Line]]
"""Lines by SKU and sequence."""


def folder(warehouse: str, bucket: int, day: date) -> str:
    """What the keys of a day's segments begin with."""
    return f"segments/{warehouse}/{bucket}/{day.isoformat()}/"


def file_name(body: bytes) -> str:
    """What a file is called in its folder, or behind its time."""
    return f"{hashlib.sha256(body).hexdigest()[:32]}.csv.gz"


def is_whole(name: str, body: bytes) -> bool:
    """Whether these are the bytes that the file was written with."""
    return name.endswith(file_name(body))


# --- what the stream tells


def told_with(entry: Entry, variance: int) -> dict[str, Value]:
    """Attributes of an entry's value item, besides the value entry itself: with them whoever sees
    this item alone, as the stream shows it, knows the whole line.
    """
    return {
        "bucket": entry.bucket,
        "pieces": entry.quantity,
        "out_of": inventory_type_at(entry.from_location, entry.warehouse) or "",
        "into": inventory_type_at(entry.to_location, entry.warehouse) or "",
        "variance": variance,
    }


def batch_row(item: Mapping[str, Any]) -> Row | None:
    """The line of a value item; None for any other item."""
    if item.get("record") != VALUE or "pieces" not in item:
        return None
    told = (
        item["warehouse"],
        item["bucket"],
        item["posting_date"],
        item["sku"],
        item["sequence"],
        item["kind"],
        item["pieces"],
        item["out_of"],
        item["into"],
        item["value"],
        item["variance"],
        item["document"],
        item["entry"],
    )
    return [str(each) for each in told]


def write_batch(rows: Iterable[Row]) -> bytes:
    """A batch: the same rows give the same bytes."""
    return _written(BATCH_COLUMNS, sorted(rows))


def by_folder(body: bytes, found: dict[str, list[Row]]) -> None:
    """Adds a batch's rows to those of the folders that they belong to, less their place."""
    for warehouse, bucket, day, *row in _rows(body):
        place = folder(warehouse, int(bucket), date.fromisoformat(day))
        found.setdefault(place, []).append(row)


# --- segments


def row_of(sku: str, line: Line) -> Row:
    """A costed line as a segment's row."""
    sequence, _, *rest = line
    return [sku, str(sequence), *map(str, rest)]


def write_segment(rows: Iterable[Row]) -> bytes:
    """A segment of rows that are all of one posting day: the same rows give the same bytes."""
    return _written(COLUMNS, sorted(rows))


def read_segment(body: bytes, day: date, found: LinesBySku) -> None:
    """Adds a segment's lines to those that were found."""
    for sku, number, kind, quantity, out_of, into, value, variance, document, entry in _rows(body):
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


def _written(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return packed(text.getvalue().encode())


def _rows(body: bytes) -> Iterable[list[str]]:
    rows = csv.reader(io.StringIO(unpacked(body).decode(), newline=""))
    next(rows)
    return rows
