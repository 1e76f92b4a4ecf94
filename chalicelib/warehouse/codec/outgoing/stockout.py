"""stockout.create and stockout.query."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import (
    page_of,
    write_batch,
    write_picker,
    write_related,
)
from chalicelib.warehouse.codec.outgoing.fields import count, day, maybe, needed
from chalicelib.warehouse.codec.outgoing.orderpage import read_order, read_order_page
from chalicelib.warehouse.codec.parts import given, read_answer, write_contact
from chalicelib.warehouse.documents.answers import OrderAnswer, OrderPage
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.stockout import (
    StockoutCreated,
    StockoutLine,
    StockoutOrder,
)
from chalicelib.warehouse.texts import name, remark
from chalicelib.warehouse.xml import Content, Node


def write_create(order: StockoutOrder) -> Content:
    """The document or a part of it: `totalOrderLines` counts the lines of the whole."""
    return {
        "deliveryOrder": {
            "totalOrderLines": len(order.lines) if order.total_lines is None else order.total_lines,
            "deliveryOrderCode": needed(order.code, "deliveryOrderCode"),
            "orderType": needed(order.order_type, "orderType"),
            "relatedOrders": write_related(order.related),
            "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
            "warehouseName": given(name(order.warehouse_name)),
            "createTime": order.created_at,
            "scheduleDate": day(order.scheduled_on),
            "logisticsCode": maybe(order.carrier_code, "logisticsCode"),
            "logisticsName": given(name(order.carrier_name)),
            "supplierCode": maybe(order.supplier_code, "supplierCode"),
            "supplierName": given(name(order.supplier_name)),
            "transportMode": given(name(order.transport_mode)),
            "pickerInfo": write_picker(order.picker) if order.picker else None,
            "senderInfo": write_contact(order.sender) if order.sender else None,
            "receiverInfo": write_contact(order.receiver) if order.receiver else None,
            **_target(order),
            "remark": given(remark(order.remark)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _target(order: StockoutOrder) -> dict[str, Content]:
    return {
        "orderSourceType": maybe(order.source_type, "orderSourceType"),
        "receivingTime": order.receiving_at,
        "shippingTime": order.shipping_at,
        "targetWarehouseCode": maybe(order.target_warehouse_code, "targetWarehouseCode"),
        "targetWarehouseName": given(name(order.target_warehouse_name)),
        "targetEntryOrderCode": maybe(order.target_entry_order_code, "targetEntryOrderCode"),
    }


def _line(order: StockoutOrder, line: StockoutLine) -> Content:
    return {
        "outBizCode": maybe(line.out_biz_code, "outBizCode"),
        "orderLineNo": maybe(line.line_no, "orderLineNo"),
        "ownerCode": needed(line.owner_code or order.owner_code, "ownerCode"),
        "itemCode": needed(line.item_code, "itemCode"),
        "itemId": maybe(line.item_id, "itemId"),
        "inventoryType": maybe(line.inventory_type, "inventoryType"),
        "itemName": given(name(line.item_name)),
        "planQty": count(line.quantity, "planQty"),
        **write_batch(line.batch),
        "platformCode": maybe(line.platform_code, "platformCode"),
        "unit": maybe(line.unit, "unit"),
    }


def read_create(response: Node) -> StockoutCreated:
    """The WMS's number of the order, and when it made it."""
    return StockoutCreated(
        answer=read_answer(response),
        order_id=response.code("deliveryOrderId"),
        created_at=response.time("createTime"),
    )


def write_query(order: OrderReference, *, page: int = 1) -> Content:
    """Asks for a page of lines with the header."""
    return {
        "deliveryOrderCode": needed(order.order_code, "deliveryOrderCode"),
        "deliveryOrderId": maybe(order.order_id, "deliveryOrderId"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
        **page_of(page),
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the order, where the WMS has it."""
    return read_order(response, "deliveryOrder")


def read_query_page(response: Node) -> OrderPage:
    """The order with its parcels and a page of its lines."""
    return read_order_page(response, "deliveryOrder")
