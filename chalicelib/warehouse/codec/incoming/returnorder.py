"""returnorder.confirm and returnpackage.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import read_confirm_lines, read_props, repeated
from chalicelib.warehouse.codec.incoming.packages import read_packages
from chalicelib.warehouse.codec.incoming.people import read_contact
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.returnorder import ReturnConfirm, ReturnPackageReport
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Node


def read_confirm(request: Node) -> ReturnConfirm:
    """Goods sent back. The time is orderConfirmTime, else operateTime."""
    header = request.needed("returnOrder")
    return ReturnConfirm(
        code=header.needed_code("returnOrderCode"),
        wms_id=header.code("returnOrderId"),
        warehouse_code=header.code("warehouseCode"),
        order_type=header.code("orderType"),
        out_biz_code=header.code("outBizCode"),
        confirm_type=header.code("confirmType"),
        status=header.code("status"),
        confirmed_at=header.time("orderConfirmTime") or header.time("operateTime"),
        lines=read_confirm_lines(request),
        carrier_code=header.code("logisticsCode"),
        carrier_name=name(header.text("logisticsName") or ""),
        waybill=header.code("expressCode"),
        delivery_order_code=header.code("preDeliveryOrderCode"),
        reason=header.text("returnReason") or "",
        sender=read_contact(header, "senderInfo"),
        remark=header.text("remark") or "",
        extend_props=read_props(header),
    )


_ORDER_FIELDS = (
    "orderCode",
    "orderId",
    "orderType",
    "warehouseCode",
    "ownerCode",
    "outBizCode",
    "remark",
    "extendProps",
)


def read_package_report(request: Node) -> ReturnPackageReport:
    """Parcels signed for. What the order says of itself isn't known for certain: the rest is kept.

    Parcels are needed, the order's code is not: a parcel without papers belongs to none yet.
    """
    order = request.needed("order")
    repeated(request, "packages", "package")
    return ReturnPackageReport(
        code=order.code("orderCode"),
        wms_id=order.code("orderId"),
        order_type=order.code("orderType"),
        warehouse_code=order.code("warehouseCode"),
        owner_code=order.code("ownerCode"),
        out_biz_code=order.code("outBizCode"),
        packages=read_packages(request),
        remark=order.text("remark") or "",
        extend_props=read_props(order),
        rest=rest(order, *_ORDER_FIELDS) + rest(request, "order", "packages"),
    )
