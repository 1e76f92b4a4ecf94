"""Whether a document may go out: its warehouse is open, its WMS knows its SKUs and its supplier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.catalog.cache import TimedCache
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.steps import Wait
from chalicelib.warehouse.masterdata import MasterData
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.store import WarehouseStore, supplier_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The SKUs of a document as its WMS knows them: item ids, or what to wait for."""

    item_ids: dict[str, str]
    wait: Wait | None


class Readiness:
    """Whether a document may go out: its warehouse is open, its SKUs are known there.

    Item ids are kept in `known` for its seconds; a SKU that isn't known yet is looked up each time.
    """

    def __init__(
        self,
        *,
        store: WarehouseStore,
        catalog: Catalog,
        master_data: MasterData,
        known: TimedCache[str],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._master_data = master_data
        self._known = known

    def of(self, wms: str, warehouse: str, skus: Iterable[str]) -> Known:
        """Waits for the opening stock first, since nothing may move before it is booked."""
        if not self._catalog.warehouse(warehouse).stock_open:
            return Known(item_ids={}, wait=Wait(reason="stock_not_open"))
        return self.skus(wms, skus)

    def skus(self, wms: str, skus: Iterable[str]) -> Known:
        """The SKUs as the WMS knows them; those it doesn't are set off."""
        wanted = sorted(set(skus))
        item_ids = self._item_ids(wms, wanted)
        missing = [sku for sku in wanted if sku not in item_ids]
        if not missing:
            return Known(item_ids=item_ids, wait=None)
        writes = self._master_data.plan_missing(DispatchKind.ITEM, wms, missing)
        return Known(item_ids=item_ids, wait=Wait(reason="sku_not_acknowledged", writes=writes))

    def supplier(self, connection: Connection, supplier: str) -> Wait | None:
        """What to wait for where the WMS is to be told of suppliers and doesn't know this one."""
        name = f"{connection.code}#supplier:{supplier}"
        if not connection.takes_suppliers or self._known.get(name) is not None:
            return None
        if self._store.acknowledged(supplier_key(connection.code, supplier)) is not None:
            self._known.put(name, "")
            return None
        writes = self._master_data.plan_missing(DispatchKind.SUPPLIER, connection.code, [supplier])
        return Wait(reason="supplier_not_acknowledged", writes=writes)

    def _item_ids(self, wms: str, skus: list[str]) -> dict[str, str]:
        """The WMS's item ids of the SKUs it has acknowledged."""
        kept = {sku: self._known.get(f"{wms}#{sku}") for sku in skus}
        found = {sku: item_id for sku, item_id in kept.items() if item_id is not None}
        unknown = [sku for sku in skus if sku not in found]
        if unknown:
            for sku, each in self._store.acknowledged_items(wms, unknown).items():
                found[sku] = each.wms_id
                self._known.put(f"{wms}#{sku}", each.wms_id)
        return found
