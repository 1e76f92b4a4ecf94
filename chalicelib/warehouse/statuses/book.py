"""The status tables in force, WMS by WMS."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.catalog.cache import TimedCache
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.statuses.checking import statuses
from chalicelib.warehouse.statuses.model import Statuses, StatusTable
from chalicelib.warehouse.statuses.rows import put_statuses
from chalicelib.warehouse.store import WarehouseStore


class StatusBook:
    """The default rows with the WMS's own in place of theirs.

    What was found for a WMS (also that it has none) holds for the cache's seconds in this execution
    environment: a table changed elsewhere is followed that much later.
    """

    def __init__(
        self, store: WarehouseStore, transaction: Transaction, kept: TimedCache[Statuses]
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._kept = kept

    def of(self, wms: str) -> Statuses:
        """The rows in force for a WMS; refused as `put` would refuse them, should the code have
        become stricter than it was then.
        """
        found = self._kept.get(wms)
        if found is None:
            found = statuses(self._store.status_table(wms))
            self._kept.put(wms, found)
        return found

    @property
    def usual(self) -> Statuses:
        """The default rows: of what is no WMS's."""
        return statuses(StatusTable(wms=""))

    def put(self, table: StatusTable) -> Statuses:
        """Writes a WMS's own rows; `table.version` is the version they were made from (0: the
        first). Raises `Conflict` (`stale_statuses`) if others were written meanwhile.
        """
        following = replace(table, version=table.version + 1)
        found = statuses(following)
        try:
            self._transaction.commit(Writes([put_statuses(following, before=table.version)]))
        except ConditionFailed:
            raise Conflict(
                "stale_statuses", "the statuses were changed meanwhile", field="version"
            ) from None
        self._kept.drop(table.wms)
        return found
