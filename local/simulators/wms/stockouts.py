"""Stockout orders: goods that leave and are no sale (to suppliers, other warehouses, others)."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents
from local.simulators.wms.paging import page_of
from local.simulators.wms.stock import Lot, NotEnough
from local.simulators.wms.strict import REMARK, Block, Refusal
from local.simulators.wms.warehouse import STOCKOUT, Warehouse

ORDER_TYPES = frozenset(["QTCK", "PTCK", "DBCK", "B2BCK", "CGTH", "XNCK", "JITCK", "SCCK"])


def create_stockout(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a stockout order, locks its stock, answers its id. It may come in parts, as an entry
    order may.
    """
    header = request.block("deliveryOrder")
    code = header.text("deliveryOrderCode")
    lines = request.blocks("orderLines")
    known = warehouse.get(STOCKOUT, code)
    if known is not None and not documents.is_next_part(known, lines):
        raise Refusal("DUPLICATE", f"出库单已存在: {code}")
    warehouse.check_addressed(header)
    header.time("createTime")
    header.optional("remark", REMARK)
    order = known or documents.new_order(
        warehouse,
        STOCKOUT,
        code,
        order_type=header.one_of("orderType", ORDER_TYPES),
        header=header,
        logistics_code=header.optional("logisticsCode") or "OTHER",
        total_lines=documents.total_lines(header, lines),
    )
    for line in lines:
        _add(warehouse, order, documents.plain_line(warehouse, line))
    if len(order["lines"]) > order["total_lines"]:
        raise Refusal("INVALID_VALUE", f"明细行数超过 totalOrderLines: {code}")
    order["owner"] = order["lines"][0]["owner"]
    if len(order["lines"]) == order["total_lines"]:
        documents.keep_new(warehouse, STOCKOUT, order)
    else:
        warehouse.put(STOCKOUT, code, order)
    return {"deliveryOrderId": order["id"], "createTime": order["created_at"]}


def query_stockout(warehouse: Warehouse, request: Block) -> JsonObject:
    """A stockout order with one page of its lines; the elements are those of its confirm."""
    code = request.optional("deliveryOrderCode") or request.text("orderCode")
    order = documents.found(warehouse, STOCKOUT, code)
    return {
        "totalLines": len(order["lines"]),
        "deliveryOrder": confirm_header(order),
        "packages": order["packages"],
        "orderLines": [documents.described_line(line) for line in page_of(request, order["lines"])],
    }


def confirm_header(order: JsonObject) -> JsonObject:
    """What stockout.confirm says of the order, whatever the occasion."""
    return {
        "deliveryOrderCode": order["code"],
        "deliveryOrderId": order["id"],
        "warehouseCode": order["warehouse"],
        "orderType": order["order_type"],
        "status": order["status"],
        "logisticsCode": order["logistics_code"],
        "totalOrderLines": order["total_lines"],
    }


def _add(warehouse: Warehouse, order: JsonObject, line: JsonObject) -> None:
    lot = Lot(inventory_type=line["inventory_type"], batch_code=line["batch_code"])
    try:
        pieces = warehouse.stock.lock(line["item"], lot, line["plan"])
    except NotEnough as error:
        raise Refusal("STOCK", str(error)) from error
    order["allocations"] += [{"line": len(order["lines"])} | piece for piece in pieces]
    order["lines"].append(line)
