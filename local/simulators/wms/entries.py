"""Entry orders (announced goods): taken whole or in parts, and shown."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents
from local.simulators.wms.paging import page_of
from local.simulators.wms.strict import REMARK, Block, Refusal
from local.simulators.wms.warehouse import ENTRY, Warehouse

ORDER_TYPES = frozenset(
    ["CGRK", "DBRK", "QTRK", "SCRK", "LYRK", "CCRK", "B2BRK", "XNRK", "THRK", "HHRK", "XTRK"]
)


def create_entry(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks an entry order and answers its id.

    `totalOrderLines` above the lines sent means that more parts follow under the same code.
    """
    header = request.block("entryOrder")
    code = header.text("entryOrderCode")
    lines = request.blocks("orderLines")
    stated = documents.total_lines(header, lines)
    known = warehouse.get(ENTRY, code)
    if known is not None and not documents.is_next_part(known, lines):
        raise Refusal("DUPLICATE", f"入库单已存在: {code}")
    _check_header(warehouse, header)
    order = known or _new_order(warehouse, header, stated)
    order["lines"] += [_checked_line(warehouse, line) for line in lines]
    if len(order["lines"]) > order["total_lines"]:
        raise Refusal("INVALID_VALUE", f"明细行数超过 totalOrderLines: {code}")
    warehouse.put(ENTRY, code, order)
    if len(order["lines"]) == order["total_lines"]:
        warehouse.put("task", f"{ENTRY}/{code}", {"kind": ENTRY, "order": code, "step": 0})
    return {"entryOrderId": order["id"]}


def query_entry(warehouse: Warehouse, request: Block) -> JsonObject:
    """An entry order with its status and one page of its lines."""
    code = request.text("entryOrderCode")
    order = warehouse.get(ENTRY, code)
    if order is None:
        raise Refusal("NOT_FOUND", f"入库单不存在: {code}")
    return {
        "totalLines": len(order["lines"]),
        "entryOrder": {
            "entryOrderCode": code,
            "entryOrderId": order["id"],
            "ownerCode": order["owner"],
            "warehouseCode": warehouse.code,
            "entryOrderType": order["order_type"],
            "status": order["status"],
        },
        "orderLines": [described_line(line) for line in page_of(request, order["lines"])],
    }


def described_line(line: JsonObject) -> JsonObject:
    """A line as entryorder.query and entryorder.confirm name its fields."""
    return {
        "orderLineNo": line["line_no"],
        "ownerCode": line["owner"],
        "itemCode": line["item"],
        "itemId": line["item_id"],
        "itemName": line["name"],
        "inventoryType": line["inventory_type"],
        "planQty": line["plan"],
        "actualQty": line["actual"],
    }


def _check_header(warehouse: Warehouse, header: Block) -> None:
    warehouse.check_addressed(header)
    header.text("ownerCode")
    order_type = header.one_of("orderType", ORDER_TYPES, default="QTRK")
    if order_type == "CGRK":
        header.text("purchaseOrderCode")
    for name in ("orderCreateTime", "expectStartTime", "expectEndTime", "operateTime"):
        if header.optional(name):
            header.time(name)
    header.optional("remark", REMARK)


def _new_order(warehouse: Warehouse, header: Block, total_lines: int) -> JsonObject:
    return {
        "code": header.text("entryOrderCode"),
        "id": warehouse.new_id("IN"),
        "warehouse": warehouse.code,
        "owner": header.text("ownerCode"),
        "order_type": header.optional("orderType") or "QTRK",
        "status": "NEW",
        "created_at": warehouse.time(),
        "total_lines": total_lines,
        "lines": [],
        "processes": [],
        "confirmations": 0,
        "unacknowledged": [],
        "header": header.value(),
    }


def _checked_line(warehouse: Warehouse, line: Block) -> JsonObject:
    item = warehouse.check_item(line)
    return {
        "line_no": line.optional("orderLineNo"),
        "owner": line.text("ownerCode"),
        "item": line.text("itemCode"),
        "item_id": item["item_id"],
        "name": item["fields"]["itemName"],
        "inventory_type": line.optional("inventoryType") or "ZP",
        "plan": line.quantity("planQty"),
        "actual": 0,
        "fields": line.value(),
    }
