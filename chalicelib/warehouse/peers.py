"""Connections looked up for what has to be known of many WMS before anything is sent."""

from __future__ import annotations

from chalicelib.catalog.cache import TimedCache
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.store import WarehouseStore


class Connections:
    """Connections by code, each kept for the seconds of `kept`."""

    def __init__(self, *, store: WarehouseStore, kept: TimedCache[Connection]) -> None:
        self._store = store
        self._kept = kept

    def find(self, wms: str) -> Connection | None:
        """The connection, None if there is none (yet)."""
        kept = self._kept.get(wms)
        if kept is not None:
            return kept
        found = self._store.connection(wms)
        if found is not None:
            self._kept.put(wms, found)
        return found
