"""The answers of the queries of inbound and outbound orders: a header, parcels, a page of lines."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.warehouse.codec.incoming.packages import read_packages
from chalicelib.warehouse.codec.outgoing.blocks import BATCH_FIELDS, read_batch
from chalicelib.warehouse.codec.parts import read_answer
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.answers import OrderAnswer, OrderLine, OrderPage
from chalicelib.warehouse.xml import Node

_LINE = (
    "orderLineNo",
    "itemCode",
    "itemId",
    "ownerCode",
    "inventoryType",
    "planQty",
    "actualQty",
    *BATCH_FIELDS,
)
_HEADER = (
    "orderType",
    "warehouseCode",
    "status",
    "orderConfirmTime",
    "operateTime",
    "logisticsCode",
    "expressCode",
)


def read_order(response: Node, order: str) -> OrderAnswer:
    """The header alone, where the WMS has the order, and how many lines it counts; `order` is its
    element (`entryOrder`).
    """
    answer, header = read_answer(response), response.child(order)
    if header is None:
        return OrderAnswer(answer=answer)
    wms_id = header.code(f"{order}Id")
    return OrderAnswer(
        answer=replace(answer, wms_ids=(wms_id,) if wms_id else answer.wms_ids),
        order_code=header.code(f"{order}Code"),
        status=header.code("status"),
        total_lines=response.whole("totalLines"),
    )


def read_order_page(response: Node, order: str) -> OrderPage:
    """The order with a page of its lines; empty where the WMS doesn't have it."""
    found, header = read_order(response, order), response.child(order)
    page = OrderPage(
        answer=found.answer,
        total_lines=response.whole("totalLines"),
        packages=read_packages(response),
        lines=tuple(_line(each) for each in response.listed("orderLines", "orderLine")),
    )
    if header is None:
        return page
    return replace(
        page,
        order_code=found.order_code,
        order_id=header.code(f"{order}Id"),
        order_type=header.code(f"{order}Type") or header.code("orderType"),
        warehouse_code=header.code("warehouseCode"),
        status=found.status,
        confirmed_at=header.time("orderConfirmTime") or header.time("operateTime"),
        carrier_code=header.code("logisticsCode"),
        waybill=header.code("expressCode"),
        rest=rest(header, f"{order}Code", f"{order}Id", f"{order}Type", *_HEADER),
    )


def _line(line: Node) -> OrderLine:
    return OrderLine(
        order_line_no=line.code("orderLineNo"),
        item_code=line.code("itemCode"),
        item_id=line.code("itemId"),
        owner_code=line.code("ownerCode"),
        inventory_type=line.code("inventoryType"),
        planned=line.whole("planQty"),
        actual=line.whole("actualQty"),
        path=line.path,
        batch=read_batch(line),
        rest=rest(line, *_LINE),
    )
