"""Return orders: goods that buyers send back, announced and asked for."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms import documents
from local.simulators.wms.paging import page_of
from local.simulators.wms.strict import NAME, REMARK, Block
from local.simulators.wms.warehouse import RETURN, Warehouse

ORDER_TYPES = frozenset(["THRK", "HHRK", "XTRK"])


def create_return(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a return order and answers its id."""
    header = request.block("returnOrder")
    code = header.text("returnOrderCode")
    documents.refuse_known(warehouse, RETURN, code)
    warehouse.check_addressed(header)
    header.text("preDeliveryOrderCode")
    header.text("logisticsCode")
    header.optional("returnReason", REMARK)
    sender = header.block("senderInfo")
    for name in ("name", "province", "city", "detailAddress"):
        sender.text(name, NAME)
    sender.text("mobile")
    order = documents.new_order(
        warehouse,
        RETURN,
        code,
        order_type=header.one_of("orderType", ORDER_TYPES, default="THRK"),
        header=header,
    )
    lines = request.blocks("orderLines")
    order["lines"] = [documents.plain_line(warehouse, line) for line in lines]
    order["owner"] = order["lines"][0]["owner"]
    documents.keep_new(warehouse, RETURN, order)
    return {"returnOrderId": order["id"]}


def query_return(warehouse: Warehouse, request: Block) -> JsonObject:
    """A return order with one page of its lines. The protocol's own answer isn't published; these
    are the elements of returnorder.confirm.
    """
    code = request.optional("returnOrderCode") or request.text("orderCode")
    order = documents.found(warehouse, RETURN, code)
    return {
        "totalLines": len(order["lines"]),
        "returnOrder": confirm_header(order) | {"status": order["status"]},
        "orderLines": [documents.described_line(line) for line in page_of(request, order["lines"])],
    }


def confirm_header(order: JsonObject) -> JsonObject:
    """What returnorder.confirm says of the order, whatever the occasion."""
    header = order["header"]
    return {
        "returnOrderCode": order["code"],
        "returnOrderId": order["id"],
        "warehouseCode": order["warehouse"],
        "orderType": order["order_type"],
        "logisticsCode": header["logisticsCode"],
        "logisticsName": header.get("logisticsName") or None,
        "expressCode": header.get("expressCode") or None,
        "returnReason": header.get("returnReason") or None,
    }
