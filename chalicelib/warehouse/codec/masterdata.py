"""singleitem.synchronize and supplier.synchronize."""

from __future__ import annotations

from chalicelib.warehouse.codec.parts import given, yes_no
from chalicelib.warehouse.documents.outgoing import ItemSync, SupplierSync
from chalicelib.warehouse.texts import code, name, remark, write_time
from chalicelib.warehouse.xml import Content

ITEM = "singleitem.synchronize"
SUPPLIER = "supplier.synchronize"


def write_item(item: ItemSync) -> Content:
    """One SKU. `itemId` is repeated once the WMS has given one; weight is kg with three
    decimals.
    """
    kilograms, grams = divmod(item.weight_grams, 1000)
    return {
        "actionType": "update" if item.update else "add",
        "warehouseCode": code(item.warehouse_code, field="warehouseCode"),
        "ownerCode": code(item.owner_code, field="ownerCode"),
        "item": {
            "itemCode": code(item.item_code, field="itemCode"),
            "itemId": given(item.item_id),
            "itemName": name(item.item_name),
            "barCode": remark(item.bar_code),
            "itemType": item.item_type,
            "stockUnit": given(item.unit),
            "skuProperty": given(name(item.specification)),
            "categoryName": given(name(item.category)),
            "grossWeight": f"{kilograms}.{grams:03d}" if item.weight_grams else None,
            "isValid": yes_no(item.valid),
            "isSku": "Y",
            "updateTime": write_time(item.updated_at) if item.updated_at else None,
        },
    }


def write_supplier(supplier: SupplierSync) -> Content:
    """One supplier; its fields stand at the root."""
    return {
        "actionType": "update" if supplier.update else "add",
        "warehouseCode": code(supplier.warehouse_code, field="warehouseCode"),
        "ownerCode": code(supplier.owner_code, field="ownerCode"),
        "supplierCode": code(supplier.supplier_code, field="supplierCode"),
        "supplierName": name(supplier.supplier_name),
        "contact": given(name(supplier.contact)),
        "tel": given(supplier.phone),
        "address": given(name(supplier.address)),
        "isValid": yes_no(supplier.valid),
    }
