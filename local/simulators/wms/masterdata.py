"""Items, bundles, suppliers, shops and warehouses, as the OMS makes them known, and asked for."""

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
    document = _kept_item(warehouse, request.block("item"), action) | {
        "owner": owner,
        "supplier_code": request.optional("supplierCode"),
        "supplier_name": request.optional("supplierName", NAME),
        "told": True,
    }
    warehouse.put("item", document["fields"]["itemCode"], document)
    return {"itemId": document["item_id"]}


def synchronize_items(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps the items that can be kept and names the others; tells no ids."""
    action = request.one_of("actionType", ACTIONS)
    warehouse.check_addressed(request)
    owner = request.text("ownerCode")
    failed = []
    for item in request.blocks("items"):
        try:
            document = _kept_item(warehouse, item, action)
        except Refusal as refusal:
            failed.append({"itemCode": item.optional("itemCode"), "message": refusal.message})
            continue
        known = warehouse.get("item", document["fields"]["itemCode"])
        told = bool(known and known.get("told"))
        warehouse.put(
            "item", document["fields"]["itemCode"], document | {"owner": owner, "told": told}
        )
    return {"items": failed} if failed else {}


def query_item(warehouse: Warehouse, request: Block) -> JsonObject:
    """An item with every field it was last told."""
    code = _asked(request)
    item = warehouse.get("item", code)
    if item is None:
        raise Refusal("UNKNOWN_ITEM", f"商品不存在: {code}")
    return {"item": item["fields"] | {"itemId": item["item_id"]}}


def synchronize_bundle(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps what a bundle is made of; its parts have to be items that are known."""
    warehouse.check_addressed(request)
    code = request.text("itemCode")
    parts = []
    for part in request.blocks("items"):
        item = warehouse.check_item(part)
        quantity = part.quantity("quantity")
        parts.append(
            {
                "itemCode": part.text("itemCode"),
                "itemId": item["item_id"],
                "quantity": quantity,
            }
        )
    warehouse.put("bundle", code, {"owner": request.text("ownerCode"), "parts": parts})
    return {}


def query_bundle(warehouse: Warehouse, request: Block) -> JsonObject:
    """What a bundle is made of."""
    code = _asked(request)
    return {"item": {"itemCode": code, "items": _bundle(warehouse, code)["parts"]}}


def delete_bundle(warehouse: Warehouse, request: Block) -> JsonObject:
    """Gives a bundle up."""
    code = _asked(request)
    _bundle(warehouse, code)
    warehouse.store.delete("bundle", warehouse.code, code)
    return {}


def _bundle(warehouse: Warehouse, code: str) -> JsonObject:
    bundle = warehouse.get("bundle", code)
    if bundle is None:
        raise Refusal("UNKNOWN_ITEM", f"组合商品不存在: {code}")
    return bundle


def _asked(request: Block) -> str:
    request.text("ownerCode")
    return request.text("itemCode")


def _kept_item(warehouse: Warehouse, item: Block, action: str) -> JsonObject:
    """An item as it is to be kept, with the id it has or gets."""
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
    return {"item_id": item_id, "fields": item.value()}


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
