"""orderprocess.report, orderexception.report and itemlack.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import (
    pieces_of,
    read_own_batch,
    read_props,
    repeated,
)
from chalicelib.warehouse.documents.incoming.ordercontrol import (
    ExceptionLine,
    ExceptionReport,
    LackLine,
    LackReport,
    ProcessReport,
)
from chalicelib.warehouse.xml import Node


def read_process(request: Node) -> ProcessReport:
    """One step. operateInfo may name people, like the operator, so neither is shown."""
    order, process = request.needed("order"), request.needed("process")
    return ProcessReport(
        code=order.needed_code("orderCode"),
        wms_id=order.code("orderId"),
        order_type=order.code("orderType"),
        warehouse_code=order.code("warehouseCode"),
        status=process.needed_code("processStatus"),
        operated_at=process.time("operateTime"),
        waybill=process.code("expressCode"),
        path=process.path,
        text=process.text("operateInfo") or "",
        owner_code=order.code("ownerCode"),
        operator_code=process.code("operatorCode"),
        operator_name=process.text("operatorName") or "",
        remark=process.text("remark") or order.text("remark") or "",
        extend_props={**read_props(order), **read_props(process)},
    )


def read_exception(request: Node) -> ExceptionReport:
    """Something is wrong with a delivery order; without lines, with all of it.

    The protocol names the message's own id as mandatory and no order as such: one of the two
    numbers of the order is asked for here, since without it nobody knows what is meant.
    """
    code = request.code("deliveryOrderCode")
    wms_id = request.code("deliveryOrderId")
    return ExceptionReport(
        message_id=request.code("messageId"),
        kind=request.code("messageType"),
        code=code if code or wms_id else request.needed_code("deliveryOrderCode"),
        wms_id=wms_id,
        warehouse_code=request.code("warehouseCode"),
        order_type=request.code("orderType"),
        carrier_code=request.code("logisticsCode"),
        waybill=request.code("expressCode"),
        created_at=request.time("createTime"),
        lines=tuple(_exception_line(line) for line in request.listed("orderLines", "orderLine")),
        text=request.text("messageDesc") or "",
        remark=request.text("remark") or "",
        extend_props=read_props(request),
    )


def _exception_line(line: Node) -> ExceptionLine:
    return ExceptionLine(
        order_line_no=line.code("orderLineNo"),
        source_order_code=line.code("orderSourceCode") or line.code("sourceOrderCode"),
        sub_source_order_code=line.code("subSourceCode") or line.code("subSourceOrderCode"),
        item_code=line.needed_code("itemCode"),
        item_id=line.code("itemId"),
        inventory_type=line.code("inventoryType"),
        planned=line.whole("planQty"),
        affected=line.whole("exceptionQty"),
        path=line.path,
    )


def read_lack(request: Node) -> LackReport:
    """What can't be shipped of a delivery order; no item at all is `Malformed`."""
    items = repeated(request, "items", "item")
    return LackReport(
        code=request.needed_code("deliveryOrderCode"),
        wms_id=request.code("deliveryOrderId"),
        warehouse_code=request.code("warehouseCode"),
        out_biz_code=request.code("outBizCode"),
        created_at=request.time("createTime"),
        lines=tuple(_lack_line(item) for item in items),
        remark=request.text("remark") or "",
        extend_props=read_props(request),
    )


def _lack_line(item: Node) -> LackLine:
    lacking = pieces_of(item, "lackQty")
    return LackLine(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType"),
        planned=item.whole("planQty"),
        lacking=lacking,
        reason=item.text("reason") or "",
        batch=read_own_batch(item, lacking),
        path=item.path,
    )
