"""sn.report and order.sn.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import (
    read_paging,
    read_props,
    read_serial_numbers,
    repeated,
)
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.serialnumbers import SerialLine, SerialReport
from chalicelib.warehouse.xml import Node

_READ = ("totalPage", "currentPage", "pageSize", "items", "extendProps")
_ORDER_FIELDS = (
    "ownerCode",
    "warehouseCode",
    "orderType",
    "outBizCode",
    "remark",
    "extendProps",
)


def read_delivery(request: Node) -> SerialReport:
    """sn.report: the numbers that left with a delivery order."""
    return _report(request, "deliveryOrder", "deliveryOrderCode", "deliveryOrderId")


def read_order(request: Node) -> SerialReport:
    """order.sn.report: the numbers of any order. Its fields aren't known for certain."""
    return _report(request, "order", "orderCode", "orderId")


def _report(request: Node, header_name: str, code: str, wms_id: str) -> SerialReport:
    header = request.needed(header_name)
    return SerialReport(
        paging=read_paging(request),
        code=header.needed_code(code),
        wms_id=header.code(wms_id),
        order_type=header.code("orderType"),
        warehouse_code=header.code("warehouseCode"),
        owner_code=header.code("ownerCode"),
        out_biz_code=header.code("outBizCode"),
        lines=tuple(_line(item) for item in repeated(request, "items", "item")),
        remark=header.text("remark") or request.text("remark") or "",
        extend_props={**read_props(request), **read_props(header)},
        rest=rest(header, code, wms_id, *_ORDER_FIELDS)
        + rest(request, header_name, "remark", *_READ),
    )


def _line(item: Node) -> SerialLine:
    """`sn` is a number of one piece; it may repeat, and a list is read too."""
    given = tuple(found for sn in item.children("sn") if (found := sn.value()))
    return SerialLine(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        numbers=given + read_serial_numbers(item),
        path=item.path,
    )
