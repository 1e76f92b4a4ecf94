"""entryorder.confirm."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import read_confirm_lines, read_props
from chalicelib.warehouse.codec.incoming.measures import read_amount
from chalicelib.warehouse.documents.incoming.entryorder import EntryConfirm
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Node


def read_confirm(request: Node) -> EntryConfirm:
    """Goods received. A missing `orderLines` is a document without lines: a close."""
    header = request.needed("entryOrder")
    return EntryConfirm(
        code=header.needed_code("entryOrderCode"),
        wms_id=header.code("entryOrderId"),
        warehouse_code=header.code("warehouseCode"),
        owner_code=header.code("ownerCode"),
        order_type=header.code("entryOrderType") or header.code("orderType"),
        out_biz_code=header.code("outBizCode"),
        confirm_type=header.code("confirmType"),
        status=header.code("status"),
        operated_at=header.time("operateTime"),
        total_lines=header.whole("totalOrderLines"),
        lines=read_confirm_lines(request),
        purchase_order_code=header.code("purchaseOrderCode"),
        freight=read_amount(header, "freight"),
        sub_order_type=header.code("subOrderType"),
        responsible_department=name(header.text("responsibleDepartment") or ""),
        shop_nick=name(header.text("shopNick") or ""),
        shop_code=header.code("shopCode"),
        supplier_code=header.code("supplierCode"),
        remark=header.text("remark") or "",
        extend_props=read_props(header),
    )
