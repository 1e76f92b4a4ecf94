"""transferorder.*: a transfer that the warehouses arrange among themselves. The order is taken by
the warehouse it is sent to, whose stock leaves; the other side of it is not simulated.

How the lists' elements are called isn't published, so any name is read. `inventoryType` has
figures of its own: 1 is good, 101 defective.
"""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents
from local.simulators.wms.stock import Lot
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import TRANSFER, Warehouse

TYPES = {"1": "ZP", "101": "CC"}


def create_transfer(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a transfer and answers its number."""
    code = request.text("erpOrderCode")
    documents.refuse_known(warehouse, TRANSFER, code)
    if request.text("fromStoreCode") != warehouse.code:
        raise Refusal("WAREHOUSE", f"调出仓不符: 本仓为 {warehouse.code}")
    request.text("toStoreCode")
    order = documents.new_order(
        warehouse,
        TRANSFER,
        code,
        order_type="DBCK",
        header=request,
        owner=request.text("ownerCode"),
        items=[_item(warehouse, item) for item in _listed(request)],
    )
    documents.keep_new(warehouse, TRANSFER, order)
    expected = {"expectOutStoreTime": warehouse.time(), "expectInStoreTime": warehouse.time()}
    return {"transferOrderCode": order["id"], "transferExecuteInfo": expected}


def query_transfer(warehouse: Warehouse, request: Block) -> JsonObject:
    """How far a transfer has come."""
    order = documents.found(warehouse, TRANSFER, request.text("erpOrderCode"))
    return {"transferOrder": described(order)}


def send_off(warehouse: Warehouse, order: JsonObject) -> None:
    """The goods leave the shelves."""
    for item in order["items"]:
        warehouse.stock.take(
            item["item"], Lot(inventory_type=TYPES[item["type"]]), item["plan"] - item["out"]
        )
        item["out"] = item["plan"]
    order["status"], order["out_at"] = "PARTDELIVERED", warehouse.time()


def arrive(warehouse: Warehouse, order: JsonObject) -> None:
    """The other warehouse has them."""
    for item in order["items"]:
        item["in"] = item["out"]
    order["status"], order["in_at"] = "DELIVERED", warehouse.time()


def described(order: JsonObject) -> JsonObject:
    """The elements of transferorder.report and transferorder.query."""
    header = order["header"]
    return {
        "transferOrderCode": order["id"],
        "transferOutOrderCode": f"{order['id']}-OUT",
        "transferInOrderCode": f"{order['id']}-IN",
        "createTime": order["created_at"],
        "confirmOutTime": order.get("out_at"),
        "confirmInTime": order.get("in_at"),
        "fromWarehouseCode": header["fromStoreCode"],
        "toWarehouseCode": header["toStoreCode"],
        "erpOrderCode": order["code"],
        "ownerCode": order["owner"],
        "orderStatus": order["status"],
        "items": [
            {
                "scItemCode": item["item"],
                "inventoryType": item["type"],
                "planCount": item["plan"],
                "outCount": item["out"],
                "inCount": item["in"],
            }
            for item in order["items"]
        ],
    }


def _listed(request: Block) -> list[Block]:
    listed = request.element.findall("transferItems")
    inner = [
        child for each in listed for child in (each if each.find("*/*") is not None else [each])
    ]
    if not inner:
        raise Refusal("MISSING_FIELD", f"缺少必填字段: {request.path}/transferItems")
    return [Block(each, f"{request.path}/transferItems/{each.tag}") for each in inner]


def _item(warehouse: Warehouse, item: Block) -> JsonObject:
    code = item.text("scItemCode")
    if warehouse.get("item", code) is None:
        raise Refusal("UNKNOWN_ITEM", f"商品未同步: {code}")
    kind = item.one_of("inventoryType", frozenset(TYPES))
    return {"item": code, "type": kind, "plan": item.quantity("count"), "out": 0, "in": 0}
