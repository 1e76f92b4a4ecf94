"""stockout.confirm."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import read_confirm_lines, read_props
from chalicelib.warehouse.codec.incoming.packages import read_packages
from chalicelib.warehouse.documents.incoming.stockout import StockoutConfirm
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Node


def read_confirm(request: Node) -> StockoutConfirm:
    """Goods that left for other reasons than a sale; the header's name is that of a sale's."""
    header = request.needed("deliveryOrder")
    return StockoutConfirm(
        code=header.needed_code("deliveryOrderCode"),
        wms_id=header.code("deliveryOrderId"),
        warehouse_code=header.code("warehouseCode"),
        order_type=header.code("orderType"),
        out_biz_code=header.code("outBizCode"),
        confirm_type=header.code("confirmType"),
        status=header.code("status"),
        confirmed_at=header.time("orderConfirmTime") or header.time("operateTime"),
        total_lines=header.whole("totalOrderLines"),
        packages=read_packages(request),
        lines=read_confirm_lines(request),
        carrier_code=header.code("logisticsCode"),
        carrier_name=name(header.text("logisticsName") or ""),
        waybill=header.code("expressCode"),
        sub_order_type=header.code("subOrderType"),
        responsible_department=name(header.text("responsibleDepartment") or ""),
        remark=header.text("remark") or "",
        extend_props=read_props(header),
    )
