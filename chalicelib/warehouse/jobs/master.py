"""SKUs and suppliers to one WMS (singleitem.synchronize, supplier.synchronize)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Key, Writes
from chalicelib.warehouse.codec.outgoing import item as item_codec
from chalicelib.warehouse.codec.outgoing.partners import write_supplier
from chalicelib.warehouse.composing import OTHER_WAREHOUSE, item_sync, supplier_sync
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Drop,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.store import (
    Acknowledged,
    WarehouseStore,
    item_key,
    put_acknowledged,
    supplier_key,
)


class ItemJob:
    """A SKU to one WMS. Saying it twice does no harm."""

    refusal_needs_a_person = True

    def __init__(self, *, store: WarehouseStore, clock: Clock, catalog: Catalog) -> None:
        self._store = store
        self._clock = clock
        self._catalog = catalog

    def reads(self, dispatch: Dispatch) -> Sequence[Key]:
        """Nothing."""
        del dispatch
        return ()

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The SKU as it is now; waits while our own look-up is behind the version wanted."""
        sku = self._catalog.sku(dispatch.document)
        if sku.version < dispatch.revision:
            return Wait(reason="stale_catalog")
        known = self._store.acknowledged(item_key(connection.code, sku.code))
        warehouses = [each for each in self._catalog.warehouses() if each.owner == sku.owner]
        named = _warehouse_code(connection, warehouses)
        if not named:
            return Drop(reason="no_warehouse")
        item = item_sync(connection, sku, known, warehouse=named, now=self._clock.now())
        return Send(content=item_codec.write_synchronize(item), revision=sku.version)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """None: it is just sent again."""
        del dispatch, connection
        return ()

    def means(self, failure: Failure) -> Failure:
        """As classified."""
        return failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has, and the id it gave (an earlier one if it gave none)."""
        return self._plan_known(item_key(dispatch.wms, dispatch.document), dispatch, settlement)

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Nothing: the case says it."""
        del dispatch, settlement
        return Writes()

    def _plan_known(self, key: Key, dispatch: Dispatch, settlement: Settlement) -> Writes:
        known = self._store.acknowledged(key)
        return Writes(
            [
                put_acknowledged(
                    key,
                    Acknowledged(
                        version=max(dispatch.revision, known.version if known else 0),
                        wms_id=settlement.wms_id or (known.wms_id if known else ""),
                        message_id=settlement.source.message_id,
                        at=self._clock.now(),
                    ),
                )
            ]
        )


class SupplierJob(ItemJob):
    """A supplier to one WMS."""

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The supplier as it is now."""
        supplier = self._catalog.supplier(dispatch.document)
        key = supplier_key(connection.code, supplier.code)
        named = _warehouse_code(connection, self._catalog.warehouses())
        if not named:
            return Drop(reason="no_warehouse")
        document = supplier_sync(
            connection, supplier, self._store.acknowledged(key), warehouse=named
        )
        return Send(content=write_supplier(document), revision=supplier.version)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has."""
        return self._plan_known(supplier_key(dispatch.wms, dispatch.document), dispatch, settlement)


def _warehouse_code(connection: Connection, warehouses: Iterable[Warehouse]) -> str:
    """What a WMS calls the warehouse that a master record is for: `OTHER` where it has several of
    ours, "" where it has none.
    """
    ours = [each for each in warehouses if each.wms == connection.code and each.active]
    if len(ours) > 1:
        return OTHER_WAREHOUSE
    return connection.warehouse_code(ours[0].code) if ours else ""
