"""Ledger entries as CSV (RFC 4180) for spreadsheets: UTF-8 with the mark that Excel wants, a
header in each file.

A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP's "CSV
Injection" says: codes come from other systems.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import format_fen
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

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(entries: Iterable[Entry], values: Mapping[EntryId, Sequence[ValueEntry]]) -> bytes:
    """A file of these entries."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(entry, values.get(entry.id, ())) for entry in entries)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _row(entry: Entry, values: Sequence[ValueEntry]) -> list[str | int]:
    after = entry.after.get(entry.inventory_type)
    delta = entry.deltas().get(entry.inventory_type, 0)
    return [
        entry.posting_date.isoformat(),
        to_text(entry.occurred_at),
        to_text(entry.posted_at),
        _harmless(entry.warehouse),
        _harmless(entry.sku),
        entry.sequence,
        entry.kind.value,
        entry.quantity,
        _harmless(entry.from_location),
        _harmless(entry.to_location),
        _harmless(entry.inventory_type),
        _harmless(entry.batch),
        "" if after is None else after - delta,
        "" if after is None else after,
        format_fen(sum(value.value for value in values)) if values else "",
        _harmless(entry.document),
        _harmless(entry.line),
        _harmless(entry.source.message_id),
        _harmless(entry.source.path),
    ]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
