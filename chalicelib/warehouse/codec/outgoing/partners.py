"""supplier.synchronize, shop.synchronize, warehouseinfo.synchronize and warehouseinfo.query."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.fields import maybe, needed, needed_name
from chalicelib.warehouse.codec.outgoing.item import action
from chalicelib.warehouse.codec.parts import given, read_answer, yes_no
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.outgoing.partners import (
    ShopSync,
    SupplierSync,
    WarehouseInfo,
    WarehouseInfoAnswer,
    WarehouseInfoQuery,
    WarehouseInfoSync,
)
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Content, Node


def write_supplier(supplier: SupplierSync) -> Content:
    """One supplier; its fields stand at the root."""
    return {
        "actionType": action(update=supplier.update),
        "warehouseCode": needed(supplier.warehouse_code, "warehouseCode"),
        "ownerCode": needed(supplier.owner_code, "ownerCode"),
        "supplierCode": needed(supplier.supplier_code, "supplierCode"),
        "supplierName": needed_name(supplier.supplier_name, "supplierName"),
        "contact": given(name(supplier.contact)),
        "tel": given(supplier.phone),
        "address": given(name(supplier.address)),
        "isValid": yes_no(supplier.valid),
    }


def write_shop(shop: ShopSync) -> Content:
    """One shop."""
    return {
        "actionType": action(update=shop.update),
        "shop": {
            "sourcePlatformCode": needed(shop.platform_code, "sourcePlatformCode"),
            "ownerCode": needed(shop.owner_code, "ownerCode"),
            "warehouseCode": needed(shop.warehouse_code, "warehouseCode"),
            "shopCode": needed(shop.shop_code, "shopCode"),
            "shopName": given(name(shop.shop_name)),
            "platformShopCode": maybe(shop.platform_shop_code, "platformShopCode"),
            "platformShopName": given(name(shop.platform_shop_name)),
            "shopAddress": given(name(shop.address)),
        },
    }


def write_warehouses(sync: WarehouseInfoSync) -> Content:
    """Warehouses; one element each, as the catalogue of the protocol shows them."""
    return [
        ("actionType", action(update=sync.update)),
        ("ownerCode", maybe(sync.owner_code, "ownerCode")),
        *(
            (
                "warehouseInfos",
                {
                    "warehouseCode": needed(each.warehouse_code, "warehouseCode"),
                    "warehouseName": given(name(each.warehouse_name)),
                    "address": given(name(each.address)),
                    "name": given(name(each.contact)),
                    "tel": maybe(each.phone, "tel"),
                    "mobile": maybe(each.mobile, "mobile"),
                    "status": maybe(each.status, "status"),
                },
            )
            for each in sync.warehouses
        ),
    ]


def write_warehouses_query(query: WarehouseInfoQuery) -> Content:
    """Asks for one warehouse or all of an owner."""
    return {
        "ownerCode": maybe(query.owner_code, "ownerCode"),
        "warehouseCode": maybe(query.warehouse_code, "warehouseCode"),
    }


def read_warehouses_query(response: Node) -> WarehouseInfoAnswer:
    """The warehouses, each in an element of its own or all in one."""
    found = [
        inner
        for outer in response.children("warehouseInfos")
        for inner in outer.children("warehouseInfo") or [outer]
    ]
    return WarehouseInfoAnswer(
        answer=read_answer(response),
        warehouses=tuple(
            WarehouseInfo(
                warehouse_code=each.code("warehouseCode"),
                warehouse_name=each.text("warehouseName") or "",
                address=each.text("address") or "",
                contact=each.text("name") or "",
                phone=each.text("tel") or "",
                mobile=each.text("mobile") or "",
                status=each.code("status"),
            )
            for each in found
        ),
        rest=rest(response, "flag", "code", "message", "warehouseInfos"),
    )
