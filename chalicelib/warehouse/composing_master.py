"""Our master data as the documents a WMS gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.catalog.model import Bundle, Shop, Sku, Supplier, Warehouse
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.combineitem import CombineItemSync, Component
from chalicelib.warehouse.documents.outgoing.item import ItemSync
from chalicelib.warehouse.documents.outgoing.partners import (
    ShopSync,
    SupplierSync,
    WarehouseInfo,
    WarehouseInfoSync,
)
from chalicelib.warehouse.store import Acknowledged

OTHER_WAREHOUSE = "OTHER"


def warehouse_code_at(connection: Connection, warehouses: Iterable[Warehouse]) -> str:
    """What a WMS calls the warehouse that a master record is for: `OTHER` where it has several of
    ours, "" where it has none.
    """
    ours = [each for each in warehouses if each.wms == connection.code and each.active]
    if len(ours) > 1:
        return OTHER_WAREHOUSE
    return connection.warehouse_code(ours[0].code) if ours else ""


def warehouses_of(shop: Shop, warehouses: Iterable[Warehouse]) -> list[Warehouse]:
    """Those that the shop's orders may ship from."""
    return [
        each
        for each in warehouses
        if each.active
        and each.owner == shop.owner
        and (not shop.warehouses or each.code in shop.warehouses)
    ]


def item_sync(
    connection: Connection, sku: Sku, known: Acknowledged | None, *, warehouse: str, now: datetime
) -> ItemSync:
    """A SKU for a WMS; an update once the WMS has acknowledged it, under the id it gave."""
    return ItemSync(
        warehouse_code=warehouse,
        owner_code=connection.owner,
        update=known is not None,
        item_code=sku.code,
        item_name=sku.name,
        bar_code=sku.barcode,
        item_type=sku.item_type,
        item_id=known.wms_id if known else "",
        unit=sku.unit,
        # A text that is no category of ours may be longer than a code.
        category_code=sku.category if sku.category_name else "",
        category=sku.category_name or sku.category,
        specification=sku.specification,
        weight_grams=sku.weight_grams,
        valid=sku.valid,
        serial_numbers=sku.serial_managed,
        batches=sku.batch_managed,
        shelf_life=sku.shelf_life_managed,
        updated_at=now,
        **{name: getattr(sku, name) for name in _SAME_NAMED},
    )


_SAME_NAMED = (
    "goods_code",
    "short_name",
    "english_name",
    "title",
    "color",
    "size",
    "length_mm",
    "width_mm",
    "height_mm",
    "volume_ml",
    "net_weight_grams",
    "pricing_category",
    "safety_stock",
    "tag_price",
    "retail_price",
    "cost_price",
    "purchase_price",
    "season_code",
    "season",
    "brand_code",
    "brand",
    "shelf_life_hours",
    "reject_days",
    "lockup_days",
    "advent_days",
    "package_code",
    "pieces",
    "packaging",
    "origin",
    "approval_number",
    "fragile",
    "hazardous",
    "liquid",
    "remark",
)
"""What a SKU and the item that a WMS is told call the same."""


def combined_item(
    connection: Connection, bundle: Bundle, *, item_ids: Mapping[str, str], warehouse: str
) -> CombineItemSync:
    """A bundle for a WMS, its parts under the ids that the WMS gave them."""
    return CombineItemSync(
        item_code=bundle.code,
        owner_code=connection.owner,
        warehouse_code=warehouse,
        components=tuple(
            Component(item_code=each.sku, item_id=item_ids[each.sku], quantity=each.quantity)
            for each in bundle.components
        ),
    )


def supplier_sync(
    connection: Connection, supplier: Supplier, known: Acknowledged | None, *, warehouse: str
) -> SupplierSync:
    """A supplier for a WMS."""
    return SupplierSync(
        warehouse_code=warehouse,
        owner_code=connection.owner,
        update=known is not None,
        supplier_code=supplier.code,
        supplier_name=supplier.name,
        contact=supplier.contact,
        phone=supplier.phone,
        address=supplier.address,
        valid=supplier.valid,
    )


def shop_sync(
    connection: Connection, shop: Shop, known: Acknowledged | None, *, warehouse: str
) -> ShopSync:
    """A shop for a WMS."""
    return ShopSync(
        warehouse_code=warehouse,
        owner_code=connection.owner,
        update=known is not None,
        shop_code=shop.code,
        platform_code=shop.platform_code,
        shop_name=shop.name,
        platform_shop_code=shop.platform_shop_code,
        platform_shop_name=shop.platform_shop_name,
        address=shop.address,
    )


def warehouse_sync(
    connection: Connection, warehouse: Warehouse, known: Acknowledged | None
) -> WarehouseInfoSync:
    """A warehouse for the WMS that runs it."""
    return WarehouseInfoSync(
        update=known is not None,
        owner_code=connection.owner,
        warehouses=(warehouse_info(connection, warehouse),),
    )


def warehouse_info(connection: Connection, warehouse: Warehouse) -> WarehouseInfo:
    """A warehouse by the name that its WMS gives it, and as it is told."""
    return WarehouseInfo(
        warehouse_code=connection.warehouse_code(warehouse.code),
        warehouse_name=warehouse.name,
        address=warehouse.address,
        contact=warehouse.contact,
        phone=warehouse.phone,
        mobile=warehouse.mobile,
        status=warehouse.status,
    )
