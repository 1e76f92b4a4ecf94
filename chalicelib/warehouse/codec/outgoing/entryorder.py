"""entryorder.create and entryorder.query."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import (
    page_of,
    write_batch,
    write_related,
    write_serials,
)
from chalicelib.warehouse.codec.outgoing.fields import count, maybe, needed, price
from chalicelib.warehouse.codec.outgoing.orderpage import read_order, read_order_page
from chalicelib.warehouse.codec.parts import given, write_contact
from chalicelib.warehouse.documents.answers import OrderAnswer, OrderPage
from chalicelib.warehouse.documents.outgoing.entryorder import EntryLine, EntryOrder
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.texts import name, remark
from chalicelib.warehouse.xml import Content, Node


def write_create(order: EntryOrder) -> Content:
    """The document or a part of it: `totalOrderLines` counts the lines of the whole."""
    return {
        "entryOrder": {
            "totalOrderLines": len(order.lines) if order.total_lines is None else order.total_lines,
            "entryOrderCode": needed(order.code, "entryOrderCode"),
            "ownerCode": needed(order.owner_code, "ownerCode"),
            "purchaseOrderCode": maybe(order.purchase_order_code, "purchaseOrderCode"),
            "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
            "warehouseName": given(name(order.warehouse_name)),
            "orderCreateTime": order.created_at,
            "orderType": needed(order.order_type, "orderType"),
            "relatedOrders": write_related(order.related),
            "expectStartTime": order.expected_from,
            "expectEndTime": order.expected_until,
            "logisticsCode": maybe(order.carrier_code, "logisticsCode"),
            "logisticsName": given(name(order.carrier_name)),
            "expressCode": maybe(order.waybill, "expressCode"),
            "supplierCode": maybe(order.supplier_code, "supplierCode"),
            "supplierName": given(name(order.supplier_name)),
            "operatorCode": maybe(order.operator_code, "operatorCode"),
            "operatorName": given(name(order.operator_name)),
            "operateTime": order.operated_at,
            "sourceWarehouseCode": maybe(order.source_warehouse_code, "sourceWarehouseCode"),
            "sourceWarehouseName": given(name(order.source_warehouse_name)),
            "senderInfo": write_contact(order.sender) if order.sender else None,
            "receiverInfo": write_contact(order.receiver) if order.receiver else None,
            "remark": given(remark(order.remark)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _line(order: EntryOrder, line: EntryLine) -> Content:
    return {
        "outBizCode": maybe(line.out_biz_code, "outBizCode"),
        "orderLineNo": maybe(line.line_no, "orderLineNo"),
        "ownerCode": needed(line.owner_code or order.owner_code, "ownerCode"),
        "itemCode": needed(line.item_code, "itemCode"),
        "itemId": maybe(line.item_id, "itemId"),
        "itemName": given(name(line.item_name)),
        "skuProperty": given(name(line.sku_property)),
        "planQty": count(line.quantity, "planQty"),
        "purchasePrice": price(line.purchase_price),
        "retailPrice": price(line.retail_price),
        "inventoryType": maybe(line.inventory_type, "inventoryType"),
        **write_batch(line.batch),
        "unit": maybe(line.unit, "unit"),
        "snList": write_serials(line.serial_numbers),
    }


def write_query(order: OrderReference, *, page: int = 1) -> Content:
    """Asks for a page of lines; the header, which comes with each, may be all that is wanted."""
    return {
        "entryOrderCode": needed(order.order_code, "entryOrderCode"),
        "entryOrderId": maybe(order.order_id, "entryOrderId"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
        "orderType": maybe(order.order_type, "orderType"),
        **page_of(page),
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the order, where the WMS has it."""
    return read_order(response, "entryOrder")


def read_query_page(response: Node) -> OrderPage:
    """The order with a page of its lines."""
    return read_order_page(response, "entryOrder")
