"""Whether a document may go out: its warehouse is open, its WMS knows its SKUs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.warehouse.jobs.steps import (
    Wait,
)
from chalicelib.warehouse.masterdata import MasterData
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.store import (
    WarehouseStore,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The SKUs of a document as its WMS knows them: item ids, or what to wait for."""

    item_ids: dict[str, str]
    wait: Wait | None


class Readiness:
    """Whether a document may go out: its warehouse is open, its SKUs are known there."""

    def __init__(self, *, store: WarehouseStore, catalog: Catalog, master_data: MasterData) -> None:
        self._store = store
        self._catalog = catalog
        self._master_data = master_data

    def of(self, wms: str, warehouse: str, skus: Iterable[str]) -> Known:
        """Waits for the opening stock first, since nothing may move before it is booked."""
        if not self._catalog.warehouse(warehouse).stock_open:
            return Known(item_ids={}, wait=Wait(reason="stock_not_open"))
        wanted = sorted(set(skus))
        known = self._store.acknowledged_items(wms, wanted)
        missing = [sku for sku in wanted if sku not in known]
        item_ids = {sku: each.wms_id for sku, each in known.items()}
        if not missing:
            return Known(item_ids=item_ids, wait=None)
        writes = self._master_data.plan_missing(wms, missing)
        return Known(item_ids=item_ids, wait=Wait(reason="sku_not_acknowledged", writes=writes))
