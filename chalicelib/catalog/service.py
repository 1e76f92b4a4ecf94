"""The catalog's use cases: what others look up, and what source systems and the setup put in.

**How fresh a look-up is.** SKUs, shops, warehouses and clients are kept for `cache_seconds` in each
execution environment, so a change made elsewhere is seen at most that much later. What doesn't
exist is looked up each time. A warehouse whose stock isn't open yet is read each time, so opening
is seen at once (it never closes again). Suppliers, bundles and categories are always read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from chalicelib.catalog.cache import TimedCache
from chalicelib.catalog.listing import BundlePage, Listing, SkuPage
from chalicelib.catalog.model import (
    BUCKETS,
    Bundle,
    Category,
    Client,
    ClientKind,
    CostMethod,
    Shop,
    Sku,
    Supplier,
    Warehouse,
    bucket_of,
)
from chalicelib.catalog.setting_up import SettingUp, check_shop, check_warehouse
from chalicelib.catalog.store import (
    CatalogStore,
    change_setup,
    create_setup,
    open_stock,
)
from chalicelib.catalog.taking_in import CatalogIntake
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.strict_json import check_code
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes

Found = TypeVar("Found")

_ALL = "*"
"""Under what the list of all warehouses is kept: no code, so never a warehouse."""


class CatalogService(CatalogIntake):
    """Look-ups for everybody; intake of SKUs, suppliers, bundles and categories; setup of
    warehouses, shops, clients.

    A look-up of one thing raises `NotFound`; given `field`, the place in a request that named the
    code, it is the request that is wrong: `Refused` with that field.
    """

    def __init__(
        self,
        *,
        store: CatalogStore,
        transaction: Transaction,
        clock: Clock,
        buckets: int = BUCKETS,
        cache_seconds: int = 30,
    ) -> None:
        skus = TimedCache[Sku](clock, seconds=cache_seconds)
        super().__init__(
            store=store, transaction=transaction, clock=clock, buckets=buckets, skus=skus
        )
        self._store = store
        self._transaction = transaction
        self._setting_up = SettingUp(store=store, transaction=transaction, clock=clock)
        self._listing = Listing(store=store, buckets=buckets)
        self._warehouses = TimedCache[Warehouse](clock, seconds=cache_seconds)
        self._all_warehouses = TimedCache[tuple[Warehouse, ...]](clock, seconds=cache_seconds)
        self._shops = TimedCache[Shop](clock, seconds=cache_seconds)
        self._clients = TimedCache[Client](clock, seconds=cache_seconds)

    # --- look-ups

    def sku(self, code: str, *, field: str | None = None) -> Sku:
        """One SKU, valid or not."""
        return _required(self.skus((code,)).get(code), "sku", field)

    def skus(self, codes: Iterable[str]) -> dict[str, Sku]:
        """Those of the SKUs that exist, valid or not; a code that is missing doesn't exist."""
        wanted = tuple(dict.fromkeys(codes))
        kept = {code: sku for code in wanted if (sku := self._skus.get(code)) is not None}
        missing = [code for code in wanted if code not in kept]
        read = self._store.masters(Sku, missing) if missing else {}
        for code, sku in read.items():
            self._skus.put(code, sku)
        return kept | read

    def fresh_skus(self, codes: Iterable[str]) -> dict[str, Sku]:
        """`skus`, read anew whatever was kept."""
        wanted = tuple(dict.fromkeys(codes))
        for code in wanted:
            self._skus.drop(code)
        return self.skus(wanted)

    def buckets_of(self, codes: Iterable[str]) -> dict[str, int]:
        """The bucket of each SKU; of one that doesn't exist (goods nobody announced) the bucket it
        would get.
        """
        wanted = tuple(codes)
        known = self.skus(wanted)
        return {
            code: known[code].bucket if code in known else bucket_of(code, self._buckets)
            for code in wanted
        }

    def sku_page(self, *, limit: int = 100, cursor: str | None = None) -> SkuPage:
        """SKUs a page at a time, bucket by bucket; a page may be empty and still have a next
        one.
        """
        return self._listing.sku_page(limit=limit, cursor=cursor)

    def supplier(self, code: str, *, field: str | None = None) -> Supplier:
        """One supplier, valid or not."""
        return _required(self._store.masters(Supplier, (code,)).get(code), "supplier", field)

    def bundles(self, codes: Iterable[str]) -> dict[str, Bundle]:
        """Those of the bundles that exist, valid or not."""
        return self._store.masters(Bundle, tuple(dict.fromkeys(codes)))

    def bundle(self, code: str, *, field: str | None = None) -> Bundle:
        """One bundle, valid or not."""
        return _required(self.bundles((code,)).get(code), "bundle", field)

    def bundle_page(self, *, limit: int = 100, cursor: str | None = None) -> BundlePage:
        """Bundles by code, a page at a time."""
        return self._listing.bundle_page(limit=limit, cursor=cursor)

    def category(self, code: str, *, field: str | None = None) -> Category:
        """One category."""
        return _required(self._store.masters(Category, (code,)).get(code), "category", field)

    def category_page(
        self, code: str, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """The codes of a category's own SKUs (not of those below it), and where to go on."""
        return self._listing.category_page(code, limit=limit, cursor=cursor)

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        """One warehouse."""
        kept = self._warehouses.get(code)
        if kept is not None:
            return kept
        warehouse = _required(self._store.setup(Warehouse, code), "warehouse", field)
        if warehouse.stock_open:
            self._warehouses.put(code, warehouse)
        return warehouse

    def cost_method(self, warehouse: str) -> CostMethod:
        """How a warehouse's pools are costed, read anew: asked once in a pool's life."""
        return _required(self._store.setup(Warehouse, warehouse), "warehouse", None).cost_method

    def warehouses(self) -> tuple[Warehouse, ...]:
        """All warehouses by code; kept for a while once the stock of all of them is open."""
        kept = self._all_warehouses.get(_ALL)
        if kept is not None:
            return kept
        warehouses = tuple(self._store.all_setup(Warehouse))
        if warehouses and all(warehouse.stock_open for warehouse in warehouses):
            self._all_warehouses.put(_ALL, warehouses)
        return warehouses

    def fresh_warehouses(self) -> tuple[Warehouse, ...]:
        """`warehouses`, read anew whatever was kept."""
        self._all_warehouses.drop(_ALL)
        return self.warehouses()

    def shop(self, code: str, *, field: str | None = None) -> Shop:
        """One shop."""
        kept = self._shops.get(code)
        if kept is not None:
            return kept
        shop = _required(self._store.setup(Shop, code), "shop", field)
        self._shops.put(code, shop)
        return shop

    def shops(self) -> tuple[Shop, ...]:
        """All shops by code, read anew."""
        return tuple(self._store.all_setup(Shop))

    def client(self, code: str, *, field: str | None = None) -> Client:
        """One signing caller, active or not."""
        kept = self._clients.get(code)
        if kept is not None:
            return kept
        client = _required(self._store.setup(Client, code), "client", field)
        self._clients.put(code, client)
        return client

    # --- setup

    def put_warehouse(self, warehouse: Warehouse) -> None:
        """Sets a warehouse up, or says it anew. Whether its stock is open counts only when it is
        created. Its own WMS is told by `WarehouseChanged`.
        """
        check_code(warehouse.code, field="code")
        check_warehouse(warehouse)
        if warehouse.buckets < self._buckets:
            raise Refused(
                "too_few_buckets",
                f"SKUs are spread over {self._buckets} buckets; the warehouse has to close all",
                field="buckets",
            )
        self._setting_up.put(warehouse)
        self._warehouses.drop(warehouse.code)
        self._all_warehouses.drop(_ALL)

    def put_shop(self, shop: Shop) -> None:
        """Sets a shop up, or says it anew; its warehouses have to be there. Their WMS are told by
        `ShopChanged`.
        """
        check_code(shop.code, field="code")
        check_shop(shop)
        for at, code in enumerate(shop.warehouses):
            self.warehouse(code, field=f"warehouses[{at}]")
        self._setting_up.put(shop)
        self._shops.drop(shop.code)

    def put_client(self, client: Client) -> None:
        """Sets a signing caller up, or says it anew; a SHOP client names a shop that is there."""
        if client.kind is ClientKind.SHOP or client.shop:
            self.shop(client.shop, field="shop")
        check_code(client.code, field="code")
        try:
            self._transaction.commit(Writes([create_setup(client)]))
        except ConditionFailed:
            self._transaction.commit(Writes([change_setup(client)]))
        self._clients.drop(client.code)

    def plan_open(self, warehouse: str, on: date | None) -> Writes:
        """Opens a warehouse's stock, which is booked for the day `on` (None: it has none): from
        now on orders may be dispatched from it. Planned again it changes nothing. Refusal:
        `unknown_warehouse`.
        """
        return Writes([open_stock(warehouse, on)])


def _required(found: Found | None, what: str, field: str | None) -> Found:
    if found is not None:
        return found
    if field is not None:
        raise Refused(f"unknown_{what}", f"there is no such {what}", field=field)
    raise NotFound(f"unknown_{what}", f"there is no such {what}")
