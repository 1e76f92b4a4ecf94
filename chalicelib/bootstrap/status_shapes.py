"""Status tables, and what channel and buyer see by them, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import to_item

if TYPE_CHECKING:
    from chalicelib.warehouse.statuses.audiences import Shown, ShownTrack
    from chalicelib.warehouse.statuses.model import Statuses


def shown_track_json(order_no: str, audience: str, seen: ShownTrack) -> dict[str, Any]:
    """What an audience sees of an order, oldest first, and where it sees it stand."""
    return {
        "order_no": order_no,
        "audience": audience,
        "head": _shown(seen.head) if seen.head else None,
        "track": [_shown(row) for row in seen.rows],
    }


def _shown(row: Shown) -> dict[str, Any]:
    return {
        "at": to_text(row.at),
        "key": row.text.key,
        "text": row.text.text,
        "waybill": row.waybill,
        "carrier": row.carrier,
    }


def statuses_json(found: Statuses) -> dict[str, Any]:
    """A WMS's own status rows, and those in force."""
    own = to_item(found.table)
    return {**own, "in_force": [to_item(row) for row in found.rows.values()]}
