"""order.cancel, orderprocess.query and orderprocess.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.parts import given, read_answer
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.incoming import ProcessReport
from chalicelib.warehouse.documents.outgoing import OrderReference
from chalicelib.warehouse.texts import code, remark
from chalicelib.warehouse.xml import Content, Node

CANCEL = "order.cancel"
QUERY = "orderprocess.query"
REPORT = "orderprocess.report"


def write_cancel(order: OrderReference) -> Content:
    """One method for all kinds of orders: `orderType` tells which."""
    return {
        "warehouseCode": code(order.warehouse_code, field="warehouseCode"),
        "ownerCode": given(order.owner_code),
        "orderCode": code(order.order_code, field="orderCode"),
        "orderId": given(order.order_id),
        "orderType": order.order_type,
        "cancelReason": given(remark(order.reason)),
    }


def write_query(order: OrderReference) -> Content:
    """Asks for the steps an order has gone through."""
    return {
        "orderType": order.order_type,
        "orderCode": code(order.order_code, field="orderCode"),
        "orderId": given(order.order_id),
        "warehouseCode": order.warehouse_code,
    }


def read_query(response: Node) -> OrderAnswer:
    """The steps in the order told."""
    answer = read_answer(response)
    process = response.child("orderProcess")
    if process is None:
        return OrderAnswer(answer=answer)
    steps = process.listed("processes", "process")
    return OrderAnswer(
        answer=answer,
        order_code=process.code("orderCode"),
        steps=tuple((step.code("processStatus"), step.time("operateTime")) for step in steps),
    )


def read_report(request: Node) -> ProcessReport:
    """One step. Who did it at the WMS isn't kept; operateInfo may name people, so it isn't
    shown.
    """
    order, process = request.needed("order"), request.needed("process")
    return ProcessReport(
        code=order.needed_code("orderCode"),
        wms_id=order.code("orderId"),
        order_type=order.code("orderType"),
        warehouse_code=order.code("warehouseCode"),
        status=process.needed_code("processStatus"),
        operated_at=process.time("operateTime"),
        waybill=process.code("expressCode"),
        text=process.text("operateInfo") or "",
        path=process.path,
    )
