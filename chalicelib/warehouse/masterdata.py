"""Master data at the WMS: what each has acknowledged, and bringing it up to date.

A SKU has one dispatch per WMS, and so has any other master document. A change raises the version
that dispatch has to bring; what is sent is always the document as it is then, so an older version
never overwrites a newer one. No document goes out with a SKU that its WMS hasn't acknowledged,
since the WMS would refuse it or take it for another; it waits, and the SKU is sent first.

Where a WMS takes several SKUs in one message, a changed one is gathered: it waits some seconds for
others (`gathering`). Its own `DispatchDue` comes much later then, and sends it alone if nobody has
sent it with others, so gathering can fail in any way and nothing is lost.

Shops and warehouses go where a connection asks for them. No document waits for them, so whatever
can make a WMS one of those concerned brings all that it lacks: the connection said anew, a
warehouse of its set up. They change seldom; what decides is read anew each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.composing_master import warehouses_of
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.gathering import Gathering, alone_later, gathers
from chalicelib.warehouse.model import Dispatch, DispatchKind, advanced, dispatch_id
from chalicelib.warehouse.peers import Connections
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.store import (
    WarehouseStore,
    change_dispatch,
    new_dispatch,
)

TOGETHER = 40
"""Dispatches begun in one transaction: each takes itself and its event."""

TRIES = 5

_DROPPABLE = (DispatchState.DROPPED, DispatchState.QUEUED, DispatchState.RETRY)

Wanted: TypeAlias = tuple[str, int, str]
"""A document's code and version, and the WMS that is to have it."""


class MasterData:
    """Begins the dispatches that bring master data to the WMS."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        connections: Connections,
        gathering: Gathering,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._connections = connections
        self._gathering = gathering

    def sku_changed(self, sku: str, version: int, owner: str) -> None:
        """Brings the SKU to every WMS of its owner; told again, it changes nothing."""
        self._bring(DispatchKind.ITEM, sku, version, self._systems(DispatchKind.ITEM, owner))

    def bundle_changed(self, bundle: str, version: int, owner: str) -> None:
        """Brings the bundle to every WMS of its owner that takes bundles."""
        systems = self._systems(DispatchKind.BUNDLE, owner)
        self._bring(DispatchKind.BUNDLE, bundle, version, systems)

    def supplier_changed(self, supplier: str, version: int) -> None:
        """Brings the supplier to every WMS that takes suppliers."""
        systems = self._systems(DispatchKind.SUPPLIER, None)
        self._bring(DispatchKind.SUPPLIER, supplier, version, systems)

    def shop_changed(self, shop: str, version: int) -> None:
        """Brings the shop to every WMS that ships its orders and takes shops."""
        known = {each.code: each for each in self._catalog.shops()}[shop]
        systems = _systems(warehouses_of(known, self._catalog.fresh_warehouses()))
        wanted = [(shop, version, wms) for wms in systems if self._wants(wms, DispatchKind.SHOP)]
        self._bring_missing(DispatchKind.SHOP, wanted)

    def warehouse_changed(self, warehouse: str, version: int, wms: str) -> None:
        """Brings the warehouse to the WMS that runs it, and that WMS the shops that it lacks."""
        if self._wants(wms, DispatchKind.WAREHOUSE):
            self._bring_missing(DispatchKind.WAREHOUSE, [(warehouse, version, wms)])
        self._bring_shops(wms)

    def connection_changed(self, wms: str) -> None:
        """Brings a WMS the shops and warehouses that it takes and lacks."""
        if self._wants(wms, DispatchKind.WAREHOUSE):
            ours = [each for each in self._catalog.fresh_warehouses() if each.wms == wms]
            wanted = [(each.code, each.version, wms) for each in ours]
            self._bring_missing(DispatchKind.WAREHOUSE, wanted)
        self._bring_shops(wms)

    def _bring_shops(self, wms: str) -> None:
        if not self._wants(wms, DispatchKind.SHOP):
            return
        ours = [each for each in self._catalog.fresh_warehouses() if each.wms == wms]
        shops = [each for each in self._catalog.shops() if warehouses_of(each, ours)]
        wanted = [(each.code, each.version, wms) for each in shops]
        self._bring_missing(DispatchKind.SHOP, wanted)

    def _wants(self, wms: str, kind: DispatchKind) -> bool:
        return _takes(self._store.connection(wms), kind)

    def _bring_missing(self, kind: DispatchKind, wanted: Sequence[Wanted]) -> None:
        """What was dropped is taken up too, since it is wanted now; and so is what a sender may be
        about to drop, by what it read before.
        """
        for start in range(0, len(wanted), TOGETHER):
            self._bring_together(kind, wanted[start : start + TOGETHER], again=_DROPPABLE)

    def plan_missing(self, kind: DispatchKind, wms: str, codes: Iterable[str]) -> Writes:
        """Sets off what a WMS doesn't know and what isn't on its way, some at a time."""
        wanted = {dispatch_id(kind, code, wms): code for code in codes}
        there = self._store.dispatches(wanted)
        writes = Writes()
        for each, code in wanted.items():
            found = there.get(each)
            if len(writes) >= 2 * TOGETHER:
                break
            if found is None:
                writes += self._plan_begun(self._new(kind, code, wms, version=1))
            elif found.state is DispatchState.DROPPED:
                writes += self._plan_changed(found, found.revision, gather=False)
        return writes

    def plan_again(self, kind: DispatchKind, wms: str, code: str, version: int) -> Writes:
        """Sends it once more, whatever the WMS has acknowledged."""
        name = dispatch_id(kind, code, wms)
        found = self._store.dispatches([name]).get(name)
        if found is None:
            return self._plan_begun(self._new(kind, code, wms, version=version))
        return self._plan_changed(found, max(version, found.revision), gather=False)

    def _bring(
        self, kind: DispatchKind, document: str, version: int, systems: Sequence[str], /
    ) -> None:
        wanted = [(document, version, wms) for wms in systems]
        for start in range(0, len(wanted), TOGETHER):
            self._bring_together(kind, wanted[start : start + TOGETHER])
        for wms in systems:
            if self._gathers(kind, wms):
                self._gathering.wake(wms, kind)

    def _bring_together(
        self, kind: DispatchKind, wanted: Sequence[Wanted], *, again: Collection[DispatchState] = ()
    ) -> None:
        for _ in range(TRIES):
            there = self._store.dispatches(dispatch_id(kind, code, wms) for code, _, wms in wanted)
            writes = Writes()
            for document, version, wms in wanted:
                found = there.get(dispatch_id(kind, document, wms))
                gather = self._gathers(kind, wms)
                if found is None:
                    new = self._new(kind, document, wms, version=version)
                    writes += self._plan_begun(replace(new, gathered=gather))
                elif found.revision < version or found.state in again:
                    newest = max(version, found.revision)
                    writes += self._plan_changed(found, newest, gather=gather)
            try:
                self._transaction.commit(writes)
                return
            except ConditionFailed:
                continue
        raise Unavailable(f"others keep changing the dispatches of {wanted[0][0]}")

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
        return Writes([new_dispatch(dispatch)], [self._due(dispatch)])

    def _plan_changed(self, found: Dispatch, version: int, *, gather: bool) -> Writes:
        """A sender at work sees the new version when it is done, and goes on with it."""
        after = advanced(found, DispatchEvent.CHANGE, self._clock.now())
        gathered = gather and after.state is DispatchState.QUEUED
        after = replace(after, revision=version, gathered=gathered)
        return Writes([change_dispatch(after)], () if after.attempt_id else (self._due(after),))

    def _due(self, dispatch: Dispatch) -> Event:
        if dispatch.gathered:
            return alone_later(dispatch, self._clock)
        return due_event(dispatch, 0, self._clock)

    def _gathers(self, kind: DispatchKind, wms: str) -> bool:
        return gathers(self._connections.find(wms), kind)

    def _systems(self, kind: DispatchKind, owner: str | None) -> list[str]:
        """The WMS of an owner's warehouses (None: of all) that take this kind."""
        warehouses = self._catalog.warehouses()
        codes = _systems(each for each in warehouses if owner in (None, each.owner))
        return [code for code in codes if _takes(self._connections.find(code), kind)]


def _systems(warehouses: Iterable[Warehouse]) -> list[str]:
    return sorted({each.wms for each in warehouses if each.active})


def _takes(connection: Connection | None, kind: DispatchKind) -> bool:
    """A WMS that isn't connected yet takes everything but what has to be agreed on: its dispatches
    show that it is missing.
    """
    if kind is DispatchKind.SHOP:
        return connection is not None and connection.active and connection.takes_shops
    if kind is DispatchKind.WAREHOUSE:
        return connection is not None and connection.active and connection.takes_warehouses
    if connection is None or kind is DispatchKind.ITEM:
        return True
    if kind is DispatchKind.SUPPLIER:
        return connection.takes_suppliers
    return connection.takes_bundles
