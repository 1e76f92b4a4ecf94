"""deliveryorder.create, deliveryorder.query and deliveryorder.confirm."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.money import format_fen
from chalicelib.warehouse.codec.parts import (
    given,
    read_answer,
    read_confirm_line,
    read_grams,
    write_contact,
)
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.incoming import DeliveryConfirm, Package
from chalicelib.warehouse.documents.outgoing import DeliveryLine, DeliveryOrder, OrderReference
from chalicelib.warehouse.texts import code, name, remark, write_time
from chalicelib.warehouse.xml import Content, Node

CREATE = "deliveryorder.create"
QUERY = "deliveryorder.query"
CONFIRM = "deliveryorder.confirm"
PAGE_SIZE = 100


def write_create(order: DeliveryOrder) -> Content:
    """Header and lines. totalAmount = arAmount + gotAmount = itemAmount - discountAmount + freight.

    The lines add up to the header to the fen: see `documents.outgoing.price_groups`.
    """
    total = format_fen(order.total_amount)
    return {
        "deliveryOrder": {
            "deliveryOrderCode": code(order.code, field="deliveryOrderCode"),
            "orderType": order.order_type,
            "warehouseCode": code(order.warehouse_code, field="warehouseCode"),
            "ownerCode": code(order.owner_code, field="ownerCode"),
            "sourcePlatformCode": order.platform_code,
            "createTime": write_time(order.created_at),
            "placeOrderTime": write_time(order.placed_at),
            "payTime": write_time(order.paid_at),
            "operateTime": write_time(order.operated_at),
            "shopNick": name(order.shop_nick),
            "buyerNick": given(name(order.buyer_nick)),
            "totalAmount": total,
            "itemAmount": format_fen(order.item_amount),
            "discountAmount": format_fen(order.discount_amount),
            "freight": format_fen(order.freight),
            "arAmount": format_fen(0),
            "gotAmount": total,
            "logisticsCode": order.logistics_code,
            "senderInfo": write_contact(order.sender),
            "receiverInfo": write_contact(order.receiver),
            "invoiceFlag": "N",
            "buyerMessage": given(remark(order.buyer_message)),
            "sellerMessage": given(remark(order.seller_message)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _line(order: DeliveryOrder, line: DeliveryLine) -> Content:
    return {
        "orderLineNo": line.line_no,
        "sourceOrderCode": given(code(line.source_order_code, field="sourceOrderCode")),
        "subSourceOrderCode": given(code(line.sub_source_order_code, field="subSourceOrderCode")),
        "ownerCode": order.owner_code,
        "itemCode": code(line.item_code, field="itemCode"),
        "itemId": given(line.item_id),
        "inventoryType": line.inventory_type,
        "itemName": name(line.item_name),
        "planQty": line.quantity,
        "retailPrice": format_fen(line.retail_price),
        "actualPrice": format_fen(line.actual_price),
        "discountAmount": format_fen(line.discount),
    }


def write_query(order: OrderReference) -> Content:
    """Asks for the first page: the header is what is wanted."""
    return {
        "ownerCode": given(order.owner_code),
        "warehouseCode": order.warehouse_code,
        "orderCode": code(order.order_code, field="orderCode"),
        "orderId": given(order.order_id),
        "page": 1,
        "pageSize": PAGE_SIZE,
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the order, where the WMS has it."""
    answer = read_answer(response)
    header = response.child("deliveryOrder")
    if header is None:
        return OrderAnswer(answer=answer)
    wms_id = header.text("deliveryOrderId")
    return OrderAnswer(
        answer=replace(answer, wms_ids=(wms_id,) if wms_id else answer.wms_ids),
        order_code=header.code("deliveryOrderCode"),
        status=header.code("status"),
    )


def read_confirm(request: Node) -> DeliveryConfirm:
    """Goods shipped. The time is orderConfirmTime, else operateTime."""
    header = request.needed("deliveryOrder")
    return DeliveryConfirm(
        code=header.needed_code("deliveryOrderCode"),
        wms_id=header.code("deliveryOrderId"),
        warehouse_code=header.code("warehouseCode"),
        order_type=header.code("orderType"),
        out_biz_code=header.code("outBizCode"),
        confirm_type=header.code("confirmType"),
        status=header.code("status"),
        confirmed_at=header.time("orderConfirmTime") or header.time("operateTime"),
        packages=tuple(_package(each) for each in request.listed("packages", "package")),
        lines=tuple(read_confirm_line(line) for line in request.listed("orderLines", "orderLine")),
    )


def _package(package: Node) -> Package:
    return Package(
        code=package.code("packageCode"),
        waybill=package.code("expressCode"),
        carrier_code=package.code("logisticsCode"),
        carrier_name=name(package.text("logisticsName") or ""),
        weight_grams=read_grams(package.text("weight")),
        items=tuple(_packed(item) for item in package.listed("items", "item")),
        path=package.path,
    )


def _packed(item: Node) -> tuple[str, int]:
    quantity = item.needed_whole("quantity")
    if quantity < 0:
        raise Malformed(
            "negative_quantity", "quantity is not negative", field=f"{item.path}/quantity"
        )
    return item.needed_code("itemCode"), quantity
