"""Ledger entries as CSV (RFC 4180) for spreadsheets: UTF-8 with the mark that Excel wants, a
header in each file.

A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP's "CSV
Injection" says: codes come from other systems.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from chalicelib.kernel.clock import to_text
from chalicelib.stock.costing import ValueEntry
from chalicelib.stock.model import Entry, EntryId

COLUMNS = (
    "posting_date",
    "occurred_at",
    "posted_at",
    "warehouse",
    "sku",
    "sequence",
    "kind",
    "quantity",
    "from",
    "to",
    "inventory_type",
    "batch",
    "before",
    "after",
    "value",
    "document",
    "line",
    "message_id",
    "path",
)
"""`quantity` is positive, its direction is from → to; `before` and `after` are pieces of
`inventory_type`; `value` is what the entry added to the stock's value in yuan, signed, empty until
it is costed. Times are UTC, `posting_date` is the business date.
"""

Cell: TypeAlias = str | int | Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(entries: Iterable[Entry], values: Mapping[EntryId, Sequence[ValueEntry]]) -> bytes:
    """A file of these entries."""
    return b"\xef\xbb\xbf" + _written([COLUMNS]) + write_rows(entries, values)


def write_rows(
    entries: Iterable[Entry],
    values: Mapping[EntryId, Sequence[ValueEntry]],
    *,
    for_people: bool = True,
) -> bytes:
    """The lines of these entries, without a header. Not `for_people`: texts as they are, for a
    program that takes none for a formula.
    """
    rows = (_row(entry, values.get(entry.id, ())) for entry in entries)
    if for_people:
        rows = ([_harmless(cell) for cell in row] for row in rows)
    return _written(rows)


def _written(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _row(entry: Entry, values: Sequence[ValueEntry]) -> list[Cell]:
    after = entry.after.get(entry.inventory_type)
    delta = entry.deltas().get(entry.inventory_type, 0)
    return [
        entry.posting_date.isoformat(),
        to_text(entry.occurred_at),
        to_text(entry.posted_at),
        entry.warehouse,
        entry.sku,
        entry.sequence,
        entry.kind.value,
        entry.quantity,
        entry.from_location,
        entry.to_location,
        entry.inventory_type,
        entry.batch,
        "" if after is None else after - delta,
        "" if after is None else after,
        _worth(values),
        entry.document,
        entry.line,
        entry.source.message_id,
        entry.source.path,
    ]


def _worth(values: Sequence[ValueEntry]) -> Decimal | str:
    return Decimal(sum(value.value for value in values)).scaleb(-2) if values else ""


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
