"""A WMS's own status rows as an item: its key and its write."""

from __future__ import annotations

from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put
from chalicelib.warehouse.statuses.model import StatusTable

TABLE = "documents"
STALE_STATUSES = "stale_statuses"


def statuses_key(code: str) -> Key:
    """A connection's own status rows."""
    return Key(TABLE, f"WMS#{code}", "STATUSES")


def put_statuses(table: StatusTable, *, before: int) -> Put:
    """A WMS's own status rows, made from the version `before` (0: the first)."""
    return Put(
        key=statuses_key(table.wms),
        item=to_item(table),
        condition=Equals("version", before) if before else Absent(),
        refusal=STALE_STATUSES,
    )
