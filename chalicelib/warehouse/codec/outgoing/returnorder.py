"""returnorder.create and returnorder.query."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import page_of, write_batch, write_serials
from chalicelib.warehouse.codec.outgoing.fields import count, flags, maybe, needed
from chalicelib.warehouse.codec.outgoing.orderpage import read_order, read_order_page
from chalicelib.warehouse.codec.parts import given, write_contact
from chalicelib.warehouse.documents.answers import OrderAnswer, OrderPage
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.documents.outgoing.returnorder import ReturnLine, ReturnOrder
from chalicelib.warehouse.texts import name, remark
from chalicelib.warehouse.xml import Content, Node


def write_create(order: ReturnOrder) -> Content:
    """An announced return. It has no totalOrderLines, so it can't go out in parts."""
    return {
        "returnOrder": {
            "returnOrderCode": needed(order.code, "returnOrderCode"),
            "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
            "orderType": maybe(order.order_type, "orderType"),
            "orderFlag": flags(order.flags, "orderFlag"),
            "preDeliveryOrderCode": needed(order.delivery_order_code, "preDeliveryOrderCode"),
            "preDeliveryOrderId": maybe(order.delivery_order_id, "preDeliveryOrderId"),
            "logisticsCode": needed(order.carrier_code, "logisticsCode"),
            "logisticsName": given(name(order.carrier_name)),
            "expressCode": maybe(order.waybill, "expressCode"),
            "returnReason": given(name(order.reason)),
            "buyerNick": given(name(order.buyer_nick)),
            "sellerNick": given(name(order.seller_nick)),
            "shopNick": given(name(order.shop_nick)),
            "sourcePlatformCode": maybe(order.platform_code, "sourcePlatformCode"),
            "sourcePlatformName": given(name(order.platform_name)),
            "senderInfo": write_contact(order.sender) if order.sender else None,
            "remark": given(remark(order.remark)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _line(order: ReturnOrder, line: ReturnLine) -> Content:
    return {
        "orderLineNo": maybe(line.line_no, "orderLineNo"),
        "sourceOrderCode": maybe(line.source_order_code, "sourceOrderCode"),
        "subSourceOrderCode": maybe(line.sub_source_order_code, "subSourceOrderCode"),
        "ownerCode": needed(line.owner_code or order.owner_code, "ownerCode"),
        "itemCode": needed(line.item_code, "itemCode"),
        "itemId": maybe(line.item_id, "itemId"),
        "inventoryType": maybe(line.inventory_type, "inventoryType"),
        "planQty": count(line.quantity, "planQty"),
        **write_batch(line.batch),
        "snList": write_serials(line.serial_numbers),
    }


def write_query(order: OrderReference, *, page: int = 1) -> Content:
    """Asks for a page of lines with the header."""
    return {
        "returnOrderCode": needed(order.order_code, "returnOrderCode"),
        "returnOrderId": maybe(order.order_id, "returnOrderId"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
        **page_of(page),
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the return, where the WMS has it."""
    return read_order(response, "returnOrder")


def read_query_page(response: Node) -> OrderPage:
    """The return with a page of its lines. Its elements are taken to be those of the confirm."""
    return read_order_page(response, "returnOrder")
