"""deliveryorder.create, deliveryorder.batchcreate and deliveryorder.query."""

from __future__ import annotations

from chalicelib.kernel.money import format_fen
from chalicelib.warehouse.codec.outgoing.blocks import page_of, write_batch
from chalicelib.warehouse.codec.outgoing.fields import (
    count,
    flag,
    flags,
    maybe,
    needed,
    needed_name,
    yuan,
)
from chalicelib.warehouse.codec.outgoing.invoices import write_insurance, write_invoices
from chalicelib.warehouse.codec.outgoing.orderpage import read_order, read_order_page
from chalicelib.warehouse.codec.parts import given, read_answer, write_contact
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.answers import OrderAnswer, OrderPage
from chalicelib.warehouse.documents.outgoing.deliveryorder import (
    BatchCreated,
    CreatedLine,
    CreatedPart,
    DeliveryCreated,
    DeliveryLine,
    DeliveryOrder,
    DeliveryOrders,
    FailedOrder,
    Requirements,
)
from chalicelib.warehouse.documents.outgoing.ordercontrol import OrderReference
from chalicelib.warehouse.texts import name, remark
from chalicelib.warehouse.xml import Content, Node

_CREATED = ("deliveryOrderId", "warehouseCode", "logisticsCode", "createTime", "deliveryOrders")


def write_create(order: DeliveryOrder) -> dict[str, Content]:
    """Header and lines. totalAmount = arAmount + gotAmount = itemAmount - discountAmount + freight.

    The lines add up to the header to the fen: see `price_groups`.
    """
    return {
        "deliveryOrder": {
            **_identity(order),
            **_times(order),
            "shopNick": needed_name(order.shop_nick, "shopNick"),
            "sellerNick": given(name(order.seller_nick)),
            "buyerNick": given(name(order.buyer_nick)),
            **_amounts(order),
            "logisticsCode": needed(order.logistics_code, "logisticsCode"),
            "logisticsName": given(name(order.carrier_name)),
            "expressCode": maybe(order.waybill, "expressCode"),
            "logisticsAreaCode": maybe(order.carrier_area_code, "logisticsAreaCode"),
            "deliveryRequirements": _requirements(order.requirements),
            "senderInfo": write_contact(order.sender),
            "receiverInfo": write_contact(order.receiver),
            "isUrgency": flag(order.urgent),
            "invoiceFlag": flag(bool(order.invoices)),
            "invoices": write_invoices(order.invoices),
            **write_insurance(order.insurance),
            "buyerMessage": given(remark(order.buyer_message)),
            "sellerMessage": given(remark(order.seller_message)),
            "serviceCode": maybe(order.service_code, "serviceCode"),
            "oaidOrderSourceCode": maybe(order.oaid_order_source_code, "oaidOrderSourceCode"),
            "remark": given(remark(order.remark)),
        },
        "orderLines": [("orderLine", _line(order, line)) for line in order.lines],
    }


def _identity(order: DeliveryOrder) -> dict[str, Content]:
    return {
        "deliveryOrderCode": needed(order.code, "deliveryOrderCode"),
        "preDeliveryOrderCode": maybe(order.replaced_order_code, "preDeliveryOrderCode"),
        "preDeliveryOrderId": maybe(order.replaced_order_id, "preDeliveryOrderId"),
        "orderType": needed(order.order_type, "orderType"),
        "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
        "ownerCode": needed(order.owner_code, "ownerCode"),
        "orderFlag": flags(order.flags, "orderFlag"),
        "sourcePlatformCode": needed(order.platform_code, "sourcePlatformCode"),
        "sourcePlatformName": given(name(order.platform_name)),
    }


def _times(order: DeliveryOrder) -> dict[str, Content]:
    return {
        "createTime": order.created_at,
        "placeOrderTime": order.placed_at,
        "payTime": order.paid_at,
        "payNo": maybe(order.pay_no, "payNo"),
        "operatorCode": maybe(order.operator_code, "operatorCode"),
        "operatorName": given(name(order.operator_name)),
        "operateTime": order.operated_at,
        "latestCollectionTime": order.collect_before,
        "latestDeliveryTime": order.deliver_before,
    }


def _amounts(order: DeliveryOrder) -> dict[str, Content]:
    return {
        "totalAmount": format_fen(order.total_amount),
        "itemAmount": format_fen(order.item_amount),
        "discountAmount": format_fen(order.discount_amount),
        "freight": format_fen(order.freight),
        "arAmount": format_fen(order.to_collect),
        "gotAmount": format_fen(order.paid_amount),
        "serviceFee": yuan(order.service_fee),
    }


def _requirements(wanted: Requirements | None) -> Content:
    if wanted is None:
        return None
    return {
        "scheduleType": maybe(wanted.schedule_type, "scheduleType"),
        "scheduleDay": maybe(wanted.schedule_day, "scheduleDay"),
        "scheduleStartTime": maybe(wanted.start_time, "scheduleStartTime"),
        "scheduleEndTime": maybe(wanted.end_time, "scheduleEndTime"),
        "deliveryType": maybe(wanted.delivery_type, "deliveryType"),
    }


def _line(order: DeliveryOrder, line: DeliveryLine) -> Content:
    return {
        "orderLineNo": maybe(line.line_no, "orderLineNo"),
        "sourceOrderCode": maybe(line.source_order_code, "sourceOrderCode"),
        "subSourceOrderCode": maybe(line.sub_source_order_code, "subSourceOrderCode"),
        "payNo": maybe(line.pay_no, "payNo"),
        "ownerCode": needed(line.owner_code or order.owner_code, "ownerCode"),
        "itemCode": needed(line.item_code, "itemCode"),
        "itemId": maybe(line.item_id, "itemId"),
        "inventoryType": maybe(line.inventory_type, "inventoryType"),
        "itemName": given(name(line.item_name)),
        "extCode": maybe(line.platform_item_code, "extCode"),
        "planQty": count(line.quantity, "planQty"),
        "retailPrice": format_fen(line.retail_price),
        "actualPrice": format_fen(line.actual_price),
        "discountAmount": format_fen(line.discount),
        **write_batch(line.batch),
    }


def read_create(response: Node) -> DeliveryCreated:
    """The delivery that the WMS made of it, or those it split it into."""
    return DeliveryCreated(
        answer=read_answer(response),
        order_id=response.code("deliveryOrderId"),
        warehouse_code=response.code("warehouseCode"),
        logistics_code=response.code("logisticsCode"),
        created_at=response.time("createTime"),
        parts=tuple(_part(each) for each in response.listed("deliveryOrders", "deliveryOrder")),
        rest=rest(response, "flag", "code", "message", "msg", *_CREATED),
    )


def _part(part: Node) -> CreatedPart:
    return CreatedPart(
        order_id=part.code("deliveryOrderId"),
        warehouse_code=part.code("warehouseCode"),
        logistics_code=part.code("logisticsCode"),
        created_at=part.time("createTime"),
        lines=tuple(
            CreatedLine(
                order_line_no=line.code("orderLineNo"),
                item_code=line.code("itemCode"),
                item_id=line.code("itemId"),
                quantity=line.whole("quantity"),
                path=line.path,
            )
            for line in part.listed("orderLines", "orderLine")
        ),
    )


def write_batch_create(batch: DeliveryOrders) -> Content:
    """Several orders at once."""
    return {"orders": [("order", write_create(order)) for order in batch.orders]}


def read_batch_create(response: Node) -> BatchCreated:
    """The orders told are the failed ones, whatever the flag says."""
    return BatchCreated(
        answer=read_answer(response),
        failed=tuple(
            FailedOrder(
                order_code=each.code("deliveryOrderCode"),
                message=each.text("message") or "",
                path=each.path,
            )
            for each in response.listed("orders", "order")
        ),
    )


def write_query(order: OrderReference, *, page: int = 1) -> Content:
    """Asks for a page of lines; the header, which comes with each, may be all that is wanted."""
    return {
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
        "orderCode": needed(order.order_code, "orderCode"),
        "orderId": maybe(order.order_id, "orderId"),
        "orderSourceCode": maybe(order.source_order_code, "orderSourceCode"),
        **page_of(page),
    }


def read_query(response: Node) -> OrderAnswer:
    """The header of the order, where the WMS has it."""
    return read_order(response, "deliveryOrder")


def read_query_page(response: Node) -> OrderPage:
    """The order with its parcels and a page of its lines."""
    return read_order_page(response, "deliveryOrder")
