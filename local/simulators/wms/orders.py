"""What is asked of any order: to cancel it, hold it, stop it on the road, and to tell its steps."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import qimen
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import DELIVERY, Warehouse

_TOO_LATE = {
    "CANCELED": "订单已取消",
    "PARTDELIVERED": "订单已部分发货, 不能取消",
    "DELIVERED": "订单已发货, 不能取消",
    "PARTFULFILLED": "入库单已部分收货, 不能取消",
    "FULFILLED": "入库单已收货, 不能取消",
}


def cancel_order(warehouse: Warehouse, request: Block) -> JsonObject:
    """Cancels what has not moved yet and frees its stock, unless the order's policy refuses."""
    warehouse.check_addressed(request)
    code = request.text("orderCode")
    kind, order = warehouse.order(code)
    if order["status"] in _TOO_LATE:
        raise Refusal("STATE", f"{_TOO_LATE[order['status']]}: {code}")
    policy = warehouse.get("cancel_policy", code) or {"accept": True}
    if not policy["accept"]:
        raise Refusal("STATE", policy["message"])
    if kind == DELIVERY:
        warehouse.stock.release(order["allocations"])
        order["allocations"] = []
    order["status"] = "CANCELED"
    order["processes"].append(
        {"status": "CANCELED", "time": qimen.china_time(), "info": "", "operator": ""}
    )
    warehouse.put(kind, code, order)
    return {}


def hold_order(warehouse: Warehouse, request: Block) -> JsonObject:
    """Lets an order lie that hasn't moved yet, or goes on with it."""
    warehouse.check_addressed(request)
    action = request.one_of("actionType", frozenset({"pending", "restore"}))
    code = request.text("orderCode")
    kind, order = warehouse.order(code)
    if action == "pending" and order["status"] in _TOO_LATE:
        raise Refusal("STATE", f"订单不能挂起: {code}")
    order["held"] = action == "pending"
    warehouse.put(kind, code, order)
    return {}


def intercept_order(warehouse: Warehouse, request: Block) -> JsonObject:
    """Passes it on to the carrier, whose word comes later as a step."""
    warehouse.check_addressed(request)
    code = request.text("deliveryOrderCode")
    kind, order = warehouse.order(code)
    if order["status"] not in ("PARTDELIVERED", "DELIVERED"):
        raise Refusal("STATE", f"订单未发货, 不能拦截: {code}")
    order["intercepted"] = True
    warehouse.put(kind, code, order)
    return {}


def query_processes(warehouse: Warehouse, request: Block) -> JsonObject:
    """The steps an order has gone through."""
    warehouse.check_addressed(request)
    code = request.text("orderCode")
    _, order = warehouse.order(code)
    steps = [
        {
            "processStatus": step["status"],
            "operatorName": step["operator"],
            "operateTime": step["time"],
            "operateInfo": step["info"],
        }
        for step in order["processes"]
    ]
    return {
        "orderProcess": {
            "orderCode": code,
            "orderId": order["id"],
            "orderType": order["order_type"],
            "warehouseCode": warehouse.code,
            "processes": steps,
        }
    }
