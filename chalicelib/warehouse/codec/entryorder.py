"""entryorder.create, entryorder.query and entryorder.confirm."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.money import format_fen, line_amount
from chalicelib.warehouse.codec.parts import given, read_answer, read_confirm_line
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.incoming import EntryConfirm
from chalicelib.warehouse.documents.outgoing import EntryLine, EntryOrder, OrderReference
from chalicelib.warehouse.texts import code, name, remark, write_time
from chalicelib.warehouse.xml import Content, Node

CREATE = "entryorder.create"
QUERY = "entryorder.query"
CONFIRM = "entryorder.confirm"
PAGE_SIZE = 100


def write_create(order: EntryOrder) -> Content:
    """The whole document in one message: `totalOrderLines` is the count of its lines."""
    return {
        "entryOrder": {
            "totalOrderLines": len(order.lines),
            "entryOrderCode": code(order.code, field="entryOrderCode"),
            "ownerCode": code(order.owner_code, field="ownerCode"),
            "purchaseOrderCode": code(order.purchase_order_code, field="purchaseOrderCode"),
            "warehouseCode": code(order.warehouse_code, field="warehouseCode"),
            "orderCreateTime": write_time(order.created_at),
            "orderType": order.order_type,
            "expectStartTime": write_time(order.expected_from) if order.expected_from else None,
            "expectEndTime": write_time(order.expected_until) if order.expected_until else None,
            "supplierCode": given(code(order.supplier_code, field="supplierCode")),
            "supplierName": given(name(order.supplier_name)),
            "remark": given(remark(order.remark)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _line(order: EntryOrder, line: EntryLine) -> Content:
    return {
        "orderLineNo": line.line_no,
        "ownerCode": order.owner_code,
        "itemCode": code(line.item_code, field="itemCode"),
        "itemId": given(line.item_id),
        "itemName": name(line.item_name),
        "planQty": line.quantity,
        # Money on the wire has two decimals; ours has four, rounded half up here and nowhere else.
        "purchasePrice": format_fen(line_amount(1, line.purchase_price)),
        "inventoryType": line.inventory_type,
    }


def write_query(order: OrderReference) -> Content:
    """Asks for the first page: the header is what is wanted."""
    return {
        "entryOrderCode": code(order.order_code, field="entryOrderCode"),
        "entryOrderId": given(order.order_id),
        "ownerCode": given(order.owner_code),
        "warehouseCode": order.warehouse_code,
        "orderType": given(order.order_type),
        "page": 1,
        "pageSize": PAGE_SIZE,
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the order, where the WMS has it."""
    answer = read_answer(response)
    header = response.child("entryOrder")
    if header is None:
        return OrderAnswer(answer=answer)
    wms_id = header.text("entryOrderId")
    return OrderAnswer(
        answer=replace(answer, wms_ids=(wms_id,) if wms_id else answer.wms_ids),
        order_code=header.code("entryOrderCode"),
        status=header.code("status"),
    )


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
        lines=tuple(read_confirm_line(line) for line in request.listed("orderLines", "orderLine")),
    )
