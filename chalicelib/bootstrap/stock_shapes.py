"""Stock in JSON: money as text, moments as UTC text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import divide_half_up, format_fen, format_unit_price

if TYPE_CHECKING:
    from chalicelib.stock.costing import Pool, ValueEntry
    from chalicelib.stock.export_store import Export, ExportFile
    from chalicelib.stock.model import Balance, Entry
    from chalicelib.stock.past import ClosingStock


def balance_json(balance: Balance, pool: Pool | None) -> dict[str, Any]:
    """A balance, with its cost pool where something has been costed."""
    return {
        "warehouse": balance.warehouse,
        "sku": balance.sku,
        "bucket": balance.bucket,
        "quantities": dict(balance.quantities),
        "available": balance.available,
        "reserved": balance.reserved,
        "version": balance.version,
        "value": format_fen(pool.value) if pool else None,
        "unit_cost": format_unit_price(pool.unit_cost) if pool else None,
        "costed_version": pool.sequence if pool else 0,
    }


def entry_json(entry: Entry, values: Sequence[ValueEntry]) -> dict[str, Any]:
    """A ledger entry, its value once it is costed, and where it comes from."""
    return {
        "document": entry.document,
        "entry": entry.entry,
        "kind": entry.kind.value,
        "warehouse": entry.warehouse,
        "sku": entry.sku,
        "inventory_type": entry.inventory_type,
        "batch": entry.batch,
        "quantity": entry.quantity,
        "from": entry.from_location,
        "to": entry.to_location,
        "sequence": entry.sequence,
        "balances": {
            name: {"before": after - entry.deltas()[name], "after": after}
            for name, after in sorted(entry.after.items())
        },
        "posting_date": entry.posting_date.isoformat(),
        "occurred_at": to_text(entry.occurred_at),
        "posted_at": to_text(entry.posted_at),
        "value": format_fen(sum(value.value for value in values)) if values else None,
        "message_id": entry.source.message_id,
        "path": entry.source.path,
    }


def closing_json(stock: ClosingStock) -> dict[str, Any]:
    """What there was of a SKU on a day; value and unit cost once all of it is costed."""
    value, pieces = stock.value, stock.quantity
    unit_cost = None
    if value is not None and pieces > 0:
        unit_cost = format_unit_price(divide_half_up(value * 100, pieces))
    return {
        "sku": stock.sku,
        "quantities": dict(stock.quantities),
        "quantity": pieces,
        "value": None if value is None else format_fen(value),
        "unit_cost": unit_cost,
        "entries_since_close": stock.since,
    }


def export_json(export: Export, files: Sequence[tuple[ExportFile, str]]) -> dict[str, Any]:
    """An export and its files so far, each with the address it can be read at."""
    return {
        "id": export.id,
        "warehouse": export.warehouse,
        "since": export.since.isoformat(),
        "until": export.until.isoformat(),
        "state": export.state.value,
        "written_until": export.day.isoformat(),
        "rows": export.rows,
        "requested_by": export.requested_by,
        "requested_at": to_text(export.requested_at),
        "files": [
            {"rows": file.rows, "bytes": file.bytes, "sha256": file.sha256, "url": url}
            for file, url in files
        ],
    }
