"""Return orders (announced by the seller, sent back by buyers): taken, and shown.

They are kept beside the entry orders, so that they are cancelled and asked for like those.
"""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import qimen
from local.simulators.wms.entries import described_line
from local.simulators.wms.paging import page_of
from local.simulators.wms.strict import NAME, REMARK, Block, Refusal
from local.simulators.wms.warehouse import ENTRY, Warehouse

ORDER_TYPES = frozenset(["THRK", "HHRK"])


def create_return(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a return order and answers its id."""
    header = request.block("returnOrder")
    code = header.text("returnOrderCode")
    if warehouse.get(ENTRY, code) is not None:
        raise Refusal("DUPLICATE", f"退货单已存在: {code}")
    _check_header(warehouse, header)
    order: JsonObject = {
        "code": code,
        "id": warehouse.new_id("RT"),
        "warehouse": warehouse.code,
        "owner": request.blocks("orderLines")[0].text("ownerCode"),
        "order_type": header.one_of("orderType", ORDER_TYPES, default="THRK"),
        "status": "NEW",
        "created_at": qimen.china_time(),
        "total_lines": len(request.blocks("orderLines")),
        "lines": [_checked_line(warehouse, line) for line in request.blocks("orderLines")],
        "processes": [],
        "confirmations": 0,
        "unacknowledged": [],
        "header": header.value(),
    }
    warehouse.put(ENTRY, code, order)
    return {"returnOrderId": order["id"]}


def query_return(warehouse: Warehouse, request: Block) -> JsonObject:
    """A return order with its status and one page of its lines."""
    code = request.text("returnOrderCode")
    order = warehouse.get(ENTRY, code)
    if order is None or order["order_type"] not in ORDER_TYPES:
        raise Refusal("NOT_FOUND", f"退货单不存在: {code}")
    return {
        "totalLines": len(order["lines"]),
        "returnOrder": {
            "returnOrderCode": code,
            "returnOrderId": order["id"],
            "warehouseCode": warehouse.code,
            "orderType": order["order_type"],
            "status": order["status"],
        },
        "orderLines": [described_line(line) for line in page_of(request, order["lines"])],
    }


def _check_header(warehouse: Warehouse, header: Block) -> None:
    warehouse.check_addressed(header)
    header.text("preDeliveryOrderCode")
    header.text("logisticsCode")
    header.optional("returnReason", NAME)
    header.optional("remark", REMARK)
    sender = header.block("senderInfo")
    for name in ("name", "province", "city", "detailAddress"):
        sender.text(name, NAME)
    sender.text("mobile")


def _checked_line(warehouse: Warehouse, line: Block) -> JsonObject:
    item = warehouse.check_item(line)
    return {
        "line_no": line.text("orderLineNo"),
        "owner": line.text("ownerCode"),
        "item": line.text("itemCode"),
        "item_id": item["item_id"],
        "name": item["fields"]["itemName"],
        "inventory_type": line.optional("inventoryType") or "ZP",
        "plan": line.quantity("planQty"),
        "actual": 0,
        "fields": line.value(),
    }
