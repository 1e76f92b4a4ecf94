"""transferorder.*: a transfer that the warehouses arrange among themselves. The order is taken by
the warehouse it is sent to; the stock of both changes, as far as they are of this simulator.

How the lists' elements are called isn't published, so any name is read. `inventoryType` has
figures of its own: 1 is good, 101 defective.
"""

from __future__ import annotations

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import documents
from local.simulators.wms.stock import Lot
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import TRANSFER, Warehouse

TYPES = {"1": "ZP", "101": "CC"}


def create_transfer(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a transfer and answers its number."""
    code = request.text("erpOrderCode")
    documents.refuse_known(warehouse, TRANSFER, code)
    leaving, arriving = request.text("fromStoreCode"), request.text("toStoreCode")
    if warehouse.stock_at(leaving) is None:
        raise Refusal("WAREHOUSE", f"调出仓不符: 本仓为 {warehouse.code}")
    if arriving == leaving:
        raise Refusal("WAREHOUSE", f"调入仓与调出仓相同: {leaving}")
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


def has_left(order: JsonObject) -> bool:
    """Whether nothing more is to leave."""
    return all(item["out"] == item["plan"] for item in order["items"])


def still_to_leave(order: JsonObject) -> list[JsonObject]:
    """As a control request names it."""
    return [
        {
            "item": item["item"],
            "inventory_type": TYPES[item["type"]],
            "quantity": item["plan"] - item["out"],
        }
        for item in order["items"]
    ]


def move(warehouse: Warehouse, order: JsonObject, fields: Fields) -> None:
    """Goods leave the shelves, or, when all have left, arrive on the others; `whole`: both. `lines`
    say which of them, else all that haven't yet.
    """
    whole = fields.flag("whole", False)
    arrives = has_left(order)
    if not arrives:
        _send_off(warehouse, order, _wanted(order, fields, "plan", "out"))
    if arrives or whole:
        _arrive(warehouse, order, _wanted(order, fields, "out", "in"))


def _wanted(order: JsonObject, fields: Fields, until: str, so_far: str) -> list[int]:
    """Pieces of each item, in their order."""
    given = fields.objects("lines")
    if not given:
        return [item[until] - item[so_far] for item in order["items"]]
    pieces = [0] * len(order["items"])
    for line in given:
        code, name = line.text("item"), line.text("inventory_type", "ZP")
        for at, item in enumerate(order["items"]):
            if (item["item"], TYPES[item["type"]]) == (code, name):
                pieces[at] += line.whole("quantity")
                break
        else:
            raise Refused(400, f"{order['code']} has no {code} ({name})")
    return pieces


def _send_off(warehouse: Warehouse, order: JsonObject, pieces: list[int]) -> None:
    stock = warehouse.stock_at(order["header"]["fromStoreCode"])
    for item, count in zip(order["items"], pieces, strict=True):
        if stock is not None and count:
            stock.take(item["item"], Lot(inventory_type=TYPES[item["type"]]), count)
        item["out"] += count
    order["status"], order["out_at"] = "PARTDELIVERED", warehouse.time()


def _arrive(warehouse: Warehouse, order: JsonObject, pieces: list[int]) -> None:
    stock = warehouse.stock_at(order["header"]["toStoreCode"])
    for item, count in zip(order["items"], pieces, strict=True):
        if stock is not None and count:
            stock.change(item["item"], Lot(inventory_type=TYPES[item["type"]]), count)
        item["in"] += count
    done = has_left(order) and all(item["in"] >= item["out"] for item in order["items"])
    order["status"] = "DELIVERED" if done else "PARTFULFILLED"
    order["in_at"] = warehouse.time()


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
