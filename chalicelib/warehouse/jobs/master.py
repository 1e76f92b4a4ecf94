"""SKUs, suppliers, bundles, shops and warehouses to one WMS (singleitem, supplier, combineitem,
shop and warehouseinfo.synchronize).
"""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Key, Writes
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import combineitem as bundle_codec
from chalicelib.warehouse.codec.outgoing import item as item_codec
from chalicelib.warehouse.codec.outgoing.partners import (
    write_shop,
    write_supplier,
    write_warehouses,
)
from chalicelib.warehouse.composing_master import (
    combined_item,
    item_sync,
    shop_sync,
    supplier_sync,
    warehouse_code_at,
    warehouse_sync,
    warehouses_of,
)
from chalicelib.warehouse.connections import Connection, Failure
from chalicelib.warehouse.documents.outgoing.item import ItemQuery
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
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
    bundle_key,
    item_key,
    put_acknowledged,
    shop_key,
    supplier_key,
    warehouse_key,
)


class ItemJob(Job):
    """A SKU to one WMS. Saying it twice does no harm."""

    refusal_needs_a_person = True

    def __init__(self, *, store: WarehouseStore, clock: Clock, catalog: Catalog) -> None:
        self._store = store
        self._clock = clock
        self._catalog = catalog

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The SKU as it is now; waits while our own look-up is behind the version wanted."""
        sku = self._catalog.sku(dispatch.document)
        if sku.version < dispatch.revision:
            return Wait(reason="stale_catalog")
        known = self._store.acknowledged(item_key(connection.code, sku.code))
        warehouses = [each for each in self._catalog.warehouses() if each.owner == sku.owner]
        named = warehouse_code_at(connection, warehouses)
        if not named:
            return Drop(reason="no_warehouse")
        item = item_sync(
            connection, sku, known, warehouse=named, now=dispatch.said_at or self._clock.now()
        )
        return Send(content=item_codec.write_synchronize(item), revision=sku.version)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """None: it is just sent again."""
        del dispatch, connection
        return ()

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has, and the id it gave (an earlier one if it gave none)."""
        return self._plan_known(item_key(dispatch.wms, dispatch.document), dispatch, settlement)

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
        named = warehouse_code_at(connection, self._catalog.warehouses())
        if not named:
            return Drop(reason="no_warehouse")
        document = supplier_sync(
            connection, supplier, self._store.acknowledged(key), warehouse=named
        )
        return Send(content=write_supplier(document), revision=supplier.version)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has."""
        return self._plan_known(supplier_key(dispatch.wms, dispatch.document), dispatch, settlement)


class BundleJob(ItemJob):
    """A bundle to one WMS, after its parts; one that is no longer sold is deleted there."""

    def __init__(
        self, *, store: WarehouseStore, clock: Clock, catalog: Catalog, readiness: Readiness
    ) -> None:
        super().__init__(store=store, clock=clock, catalog=catalog)
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The bundle as it is now; nothing where it isn't sold and the WMS has never seen it."""
        bundle = self._catalog.bundle(dispatch.document)
        known = self._store.acknowledged(bundle_key(connection.code, bundle.code))
        if not bundle.valid:
            if known is None and not dispatch.sent:
                return Done(reason="never_sent", writes=Writes())
            query = ItemQuery(owner_code=connection.owner, item_code=bundle.code)
            return Send(
                content=bundle_codec.write_delete(query),
                revision=bundle.version,
                method=methods.COMBINEITEM_DELETE,
            )
        warehouses = [each for each in self._catalog.warehouses() if each.owner == bundle.owner]
        named = warehouse_code_at(connection, warehouses)
        if not named:
            return Drop(reason="no_warehouse")
        parts = self._readiness.skus(connection.code, [each.sku for each in bundle.components])
        if parts.wait is not None:
            return parts.wait
        document = combined_item(connection, bundle, item_ids=parts.item_ids, warehouse=named)
        return Send(content=bundle_codec.write_synchronize(document), revision=bundle.version)

    def means(self, failure: Failure) -> Failure:
        """What the WMS doesn't know is as good as deleted."""
        return Failure.ALREADY_EXISTS if failure is Failure.NOT_FOUND else failure

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has, or had when it was deleted."""
        return self._plan_known(bundle_key(dispatch.wms, dispatch.document), dispatch, settlement)


class ShopJob(ItemJob):
    """A shop to one WMS that ships its orders."""

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The shop as it is now; waits while our own look-up is behind the version wanted. Nothing
        would tell it to a warehouse that it hasn't seen, so these are read anew.
        """
        if not connection.takes_shops:
            return Drop(reason="not_wanted")
        shop = self._catalog.shop(dispatch.document)
        if shop.version < dispatch.revision:
            return Wait(reason="stale_catalog")
        named = warehouse_code_at(connection, warehouses_of(shop, self._catalog.fresh_warehouses()))
        if not named:
            return Drop(reason="no_warehouse")
        known = self._store.acknowledged(shop_key(connection.code, shop.code))
        document = shop_sync(connection, shop, known, warehouse=named)
        return Send(content=write_shop(document), revision=shop.version)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has."""
        return self._plan_known(shop_key(dispatch.wms, dispatch.document), dispatch, settlement)


class WarehouseJob(ItemJob):
    """A warehouse to the WMS that runs it."""

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The warehouse as it is now; waits while our own look-up is behind the version wanted."""
        if not connection.takes_warehouses:
            return Drop(reason="not_wanted")
        warehouse = self._catalog.warehouse(dispatch.document)
        if warehouse.version < dispatch.revision:
            return Wait(reason="stale_catalog")
        if warehouse.wms != connection.code:
            return Drop(reason="no_warehouse")
        known = self._store.acknowledged(warehouse_key(connection.code, warehouse.code))
        document = warehouse_sync(connection, warehouse, known)
        return Send(content=write_warehouses(document), revision=warehouse.version)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """Keeps the version the WMS has."""
        key = warehouse_key(dispatch.wms, dispatch.document)
        return self._plan_known(key, dispatch, settlement)
