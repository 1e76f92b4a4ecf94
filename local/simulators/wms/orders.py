"""What is asked of any order: to cancel it, to leave it lying, to stop its parcel, to tell its
steps.
"""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import qimen
from local.simulators.wms.paging import LARGEST_PAGE, page_of
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import DELIVERY, ORDERS, Warehouse

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
    warehouse.stock.release(order.get("allocations", []))
    order["allocations"] = []
    order["status"] = "CANCELED"
    order["processes"].append(
        {"status": "CANCELED", "time": warehouse.time(), "info": "", "operator": ""}
    )
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


def hold_order(warehouse: Warehouse, request: Block) -> JsonObject:
    """order.pending: an automatic warehouse leaves the order lying, or goes on with it."""
    action = request.one_of("actionType", frozenset({"pending", "restore"}))
    warehouse.check_addressed(request)
    code = request.text("orderCode")
    kind, order = warehouse.order(code)
    if order["status"] in _TOO_LATE:
        raise Refusal("STATE", f"{_TOO_LATE[order['status']]}: {code}")
    order["held"] = action == "pending"
    warehouse.put(kind, code, order)
    return {}


def intercept(warehouse: Warehouse, request: Block) -> JsonObject:
    """order.callback: the carrier is asked to stop a parcel; an automatic warehouse tells later
    whether it could.
    """
    warehouse.check_addressed(request)
    code = request.text("deliveryOrderCode")
    order = warehouse.get(DELIVERY, code)
    if order is None:
        raise Refusal("NOT_FOUND", f"订单不存在: {code}")
    if not order["packages"]:
        raise Refusal("STATE", f"订单未发货, 请用 order.cancel: {code}")
    task = {"kind": DELIVERY, "order": code, "step": 0, "intercept": True}
    warehouse.put("task", f"intercept/{code}", task)
    return {}


def query_statuses(warehouse: Warehouse, request: Block) -> JsonObject:
    """orderstatus.batchquery: the last step of every order made in a span of time, by page."""
    since = qimen.read_time(request.time("startTime"))
    until = qimen.read_time(request.time("endTime")) if request.optional("endTime") else None
    wanted = request.optional("orderType")
    found = [
        _status(order)
        for kind in ORDERS
        for _, order in warehouse.store.documents(kind, warehouse.code)
        if wanted in ("", order["order_type"])
        and since <= qimen.read_time(order["created_at"])
        and (until is None or qimen.read_time(order["created_at"]) <= until)
    ]
    size = request.quantity("pageSize") if request.optional("pageSize") else LARGEST_PAGE
    return {"totalPage": -(-len(found) // size), "orders": page_of(request, found)}


def query_lack(warehouse: Warehouse, request: Block) -> JsonObject:
    """itemlack.query: what was reported short of an order."""
    code = request.text("deliveryOrderCode")
    order = warehouse.get(DELIVERY, code)
    if order is None:
        raise Refusal("NOT_FOUND", f"订单不存在: {code}")
    lacking = order.get("lacking", [])
    return {
        "totalLines": len(lacking),
        "deliveryOrderCode": code,
        "deliveryOrderId": order["id"],
        "createTime": order["created_at"],
        "items": page_of(request, lacking),
    }


def _status(order: JsonObject) -> JsonObject:
    last = order["processes"][-1] if order["processes"] else None
    return {
        "orderCode": order["code"],
        "orderId": order["id"],
        "orderType": order["order_type"],
        "warehouseCode": order["warehouse"],
        "processStatus": last["status"] if last else order["status"],
        "operateTime": last["time"] if last else order["created_at"],
    }
