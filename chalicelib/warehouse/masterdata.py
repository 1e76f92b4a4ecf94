"""SKUs and suppliers at the WMS: what each WMS has acknowledged, and bringing it up to date.

A SKU has one dispatch per WMS. A change raises the version that dispatch has to bring; what is sent
is always the SKU as it is then, so an older version never overwrites a newer one. No document goes
out with a SKU that its WMS hasn't acknowledged, since the WMS would refuse it or take it for
another; it waits, and the SKU is sent first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.states import DispatchEvent
from chalicelib.warehouse.store import (
    WarehouseStore,
    change_dispatch,
    new_dispatch,
)

TOGETHER = 40
"""Dispatches begun in one transaction: each takes itself and its event."""

TRIES = 5


class MasterData:
    """Begins the dispatches that bring SKUs and suppliers to the WMS."""

    def __init__(
        self, *, store: WarehouseStore, transaction: Transaction, clock: Clock, catalog: Catalog
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog

    def sku_changed(self, sku: str, version: int, owner: str) -> None:
        """Brings the SKU to every WMS of its owner; told again, it changes nothing."""
        warehouses = [each for each in self._catalog.warehouses() if each.owner == owner]
        self._bring(DispatchKind.ITEM, sku, version, _systems(warehouses))

    def supplier_changed(self, supplier: str, version: int) -> None:
        """Brings the supplier to every WMS."""
        systems = _systems(self._catalog.warehouses())
        self._bring(DispatchKind.SUPPLIER, supplier, version, systems)

    def plan_missing(self, wms: str, skus: Iterable[str]) -> Writes:
        """Sets off the SKUs that a WMS doesn't know and that aren't on their way, some at a
        time.
        """
        wanted = {dispatch_id(DispatchKind.ITEM, sku, wms): sku for sku in skus}
        there = self._store.dispatches(wanted)
        absent = [sku for each, sku in wanted.items() if each not in there][:TOGETHER]
        writes = Writes()
        for sku in absent:
            writes += self._plan_begun(self._new(DispatchKind.ITEM, sku, wms, version=1))
        return writes

    def _bring(
        self, kind: DispatchKind, document: str, version: int, systems: Sequence[str], /
    ) -> None:
        for start in range(0, len(systems), TOGETHER):
            self._bring_together(kind, document, version, systems[start : start + TOGETHER])

    def _bring_together(
        self, kind: DispatchKind, document: str, version: int, systems: Sequence[str], /
    ) -> None:
        for _ in range(TRIES):
            there = self._store.dispatches(dispatch_id(kind, document, wms) for wms in systems)
            writes = Writes()
            for wms in systems:
                found = there.get(dispatch_id(kind, document, wms))
                if found is None:
                    writes += self._plan_begun(self._new(kind, document, wms, version=version))
                elif found.revision < version:
                    writes += self._plan_changed(found, version)
            try:
                self._transaction.commit(writes)
                return
            except ConditionFailed:
                continue
        raise Unavailable(f"others keep changing the dispatches of {document}")

    def _new(self, kind: DispatchKind, document: str, wms: str, *, version: int) -> Dispatch:
        now = self._clock.now()
        return Dispatch(
            id=dispatch_id(kind, document, wms),
            kind=kind,
            document=document,
            wms=wms,
            correlation=document,
            created_at=now,
            updated_at=now,
            revision=version,
        )

    def _plan_begun(self, dispatch: Dispatch) -> Writes:
        return Writes([new_dispatch(dispatch)], [due_event(dispatch, 0, self._clock)])

    def _plan_changed(self, found: Dispatch, version: int) -> Writes:
        """A sender at work sees the new version when it is done, and goes on with it."""
        after = advanced(found, DispatchEvent.CHANGE, self._clock.now())
        after = replace(after, revision=version)
        events = () if after.attempt_id else (due_event(after, 0, self._clock),)
        return Writes([change_dispatch(after)], events)


def _systems(warehouses: Iterable[Warehouse]) -> list[str]:
    return sorted({each.wms for each in warehouses if each.active})
