"""Shops and warehouses, as the OMS makes them known, and pre-sale orders that are paid."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents, qimen
from local.simulators.wms.strict import NAME, Block, Refusal
from local.simulators.wms.warehouse import DELIVERY, Warehouse

ACTIONS = frozenset({"add", "update"})


def synchronize_shop(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps every field of a shop."""
    request.one_of("actionType", ACTIONS)
    shop = request.block("shop")
    warehouse.check_addressed(shop)
    for name in ("sourcePlatformCode", "ownerCode"):
        shop.text(name)
    shop.optional("platformShopCode")
    for name in ("shopName", "platformShopName", "shopAddress"):
        shop.optional(name, NAME)
    warehouse.put("shop", shop.text("shopCode"), {"fields": shop.value()})
    return {}


def synchronize_warehouses(warehouse: Warehouse, request: Block) -> JsonObject:
    """Keeps what is said of warehouses; each has an element of its own, or all stand in one."""
    request.one_of("actionType", ACTIONS)
    for place in _listed(request):
        for name in ("warehouseName", "address", "name"):
            place.optional(name, NAME)
        for name in ("tel", "mobile", "status"):
            place.optional(name)
        # By name, not as a whole: the element of one place is called as the list of several is.
        fields = {child.tag: qimen.value(child) for child in place.element}
        warehouse.put("place", place.text("warehouseCode"), {"fields": fields})
    return {}


def query_warehouses(warehouse: Warehouse, request: Block) -> JsonObject:
    """One warehouse or all that were made known."""
    asked = request.optional("warehouseCode")
    found = [
        body["fields"]
        for code, body in warehouse.store.documents("place", warehouse.code)
        if asked in ("", code)
    ]
    return {"warehouseInfos": found}


def consign(warehouse: Warehouse, request: Block) -> JsonObject:
    """presalespackage.consign: the balance is paid, the parcel may leave. The amount is in fen."""
    order = documents.found(warehouse, DELIVERY, request.text("orderCode"))
    request.text("ownerCode")
    request.quantity("totalAmount")
    order["paid_at"] = request.time("payTime")
    warehouse.put(DELIVERY, order["code"], order)
    return {}


def _listed(request: Block) -> list[Block]:
    outer = request.element.findall("warehouseInfos")
    found = [inner for each in outer for inner in each.findall("warehouseInfo") or [each]]
    if not found:
        raise Refusal("MISSING_FIELD", f"缺少必填字段: {request.path}/warehouseInfos")
    return [Block(each, f"{request.path}/warehouseInfos") for each in found]
