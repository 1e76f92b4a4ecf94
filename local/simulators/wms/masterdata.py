"""Items and suppliers, as the OMS makes them known."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms.strict import NAME, REMARK, Block, Refusal
from local.simulators.wms.warehouse import Warehouse

ACTIONS = frozenset({"add", "update"})
ITEM_TYPES = frozenset(["ZC", "FX", "ZH", "ZP", "BC", "HC", "FL", "XN", "FS", "CC", "OTHER"])
YES_NO = frozenset("YN")
_FLAGS = ("isSNMgmt", "isShelfLifeMgmt", "isBatchMgmt", "isFragile", "isHazardous", "isValid")


def synchronize_item(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps every field of an item; answers its id, the same one at every repeat."""
    action = request.one_of("actionType", ACTIONS)
    warehouse.check_addressed(request)
    owner = request.text("ownerCode")
    item = request.block("item")
    code = item.text("itemCode")
    item.text("itemName", NAME)
    item.text("barCode", REMARK)
    item.one_of("itemType", ITEM_TYPES)
    for name in _FLAGS:
        item.one_of(name, YES_NO, default="N")
    known = warehouse.get("item", code)
    if known is None and action == "update":
        raise Refusal("UNKNOWN_ITEM", f"商品不存在, 不能更新: {code}")
    item_id = known["item_id"] if known else warehouse.new_id("SKU")
    document = {
        "item_id": item_id,
        "owner": owner,
        "supplier_code": request.optional("supplierCode"),
        "supplier_name": request.optional("supplierName", NAME),
        "fields": item.value(),
    }
    warehouse.put("item", code, document)
    return {"itemId": item_id}


def synchronize_supplier(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps every field of a supplier; they stand at the root or in a `supplier` element."""
    request.one_of("actionType", ACTIONS)
    inner = request.element.find("supplier")
    supplier = request if inner is None else request.block("supplier")
    code = supplier.text("supplierCode")
    supplier.text("supplierName", NAME)
    supplier.one_of("isValid", YES_NO, default="Y")
    warehouse.put("supplier", code, {"fields": supplier.value()})
    return {}
