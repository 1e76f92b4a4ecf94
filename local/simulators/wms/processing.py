"""Processing orders: goods put together or taken apart in the warehouse."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents
from local.simulators.wms.lots import described_lot
from local.simulators.wms.shipping import item_id
from local.simulators.wms.stock import NotEnough, lot_of
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import PROCESS, Warehouse


def create_process(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a processing order, locks its materials, answers its id."""
    code = request.text("processOrderCode")
    documents.refuse_known(warehouse, PROCESS, code)
    warehouse.check_addressed(request)
    request.time("orderCreateTime")
    request.time("planTime")
    request.one_of("serviceType", frozenset("12"))
    order = documents.new_order(
        warehouse,
        PROCESS,
        code,
        order_type=request.one_of("orderType", frozenset(["CNJG"])),
        header=request,
        owner=request.optional("ownerCode") or warehouse.settings.owner_code,
        plan=request.quantity("planQty") if request.optional("planQty") else None,
        done=0,
        materials=_items(warehouse, request, "materialitems"),
        products=_items(warehouse, request, "productitems"),
    )
    for index, each in enumerate(order["materials"]):
        try:
            pieces = warehouse.stock.lock(each["item"], lot_of(each), each["quantity"])
        except NotEnough as error:
            raise Refusal("STOCK", str(error)) from error
        order["allocations"] += [{"line": index} | piece for piece in pieces]
    documents.keep_new(warehouse, PROCESS, order)
    return {"processOrderId": order["id"]}


def carry_out(warehouse: Warehouse, order: JsonObject) -> JsonObject:
    """Materials become products on the shelves; the items of storeprocess.confirm."""
    consumed = order["allocations"]
    warehouse.stock.release(consumed)
    taken = []
    for piece in consumed:
        taken += warehouse.stock.take(piece["item"], lot_of(piece), piece["quantity"])
    order["allocations"] = []
    for each in order["products"]:
        warehouse.stock.change(each["item"], lot_of(each), each["quantity"])
    return {
        "materialitems": [
            {
                "itemCode": piece["item"],
                "itemId": item_id(warehouse, piece["item"]),
                "quantity": piece["quantity"],
            }
            | described_lot(lot_of(piece))
            for piece in taken
        ],
        "productitems": [
            {"itemCode": each["item"], "itemId": each["item_id"], "quantity": each["quantity"]}
            | described_lot(lot_of(each))
            for each in order["products"]
        ],
    }


def _items(warehouse: Warehouse, request: Block, wrapper: str) -> list[JsonObject]:
    return [
        {
            "item": item.text("itemCode"),
            "item_id": warehouse.check_item(item)["item_id"],
            "quantity": item.quantity("quantity"),
            "inventory_type": item.optional("inventoryType") or "ZP",
            "batch_code": item.optional("batchCode"),
            "product_date": item.optional("productDate"),
            "expire_date": item.optional("expireDate"),
            "produce_code": item.optional("produceCode"),
        }
        for item in request.blocks(wrapper)
    ]
