"""order.cancel, order.pending, order.callback, and the queries about what orders do:
orderprocess.query, orderstatus.batchquery, itemlack.query.
"""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import PAGE_SIZE, page_of, read_batch, repeated
from chalicelib.warehouse.codec.outgoing.fields import maybe, needed
from chalicelib.warehouse.codec.parts import given, read_answer
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.codes import PendingAction
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.ordercontrol import (
    Hold,
    Intercept,
    LackingItem,
    LackPage,
    OrderReference,
    OrderStatus,
    StatusPage,
    StatusQuery,
)
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Content, Node

_ANSWER = ("flag", "code", "message", "msg")
_LACK = ("totalLines", "deliveryOrderCode", "deliveryOrderId", "createTime", "items")
_STATUS = ("orderCode", "orderId", "orderType", "warehouseCode", "processStatus", "operateTime")


def write_cancel(order: OrderReference) -> Content:
    """One method for all kinds of orders: `orderType` tells which."""
    return {
        "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "orderCode": needed(order.order_code, "orderCode"),
        "orderId": maybe(order.order_id, "orderId"),
        "orderType": maybe(order.order_type, "orderType"),
        "cancelReason": given(remark(order.reason)),
        "subSourceOrders": repeated(
            "subSourceOrder",
            [
                {"subSourceOrderCode": needed(each, "subSourceOrderCode")}
                for each in order.sub_source_order_codes
            ],
        ),
    }


def write_pending(hold: Hold) -> Content:
    """Leave it lying, or go on with it."""
    order = hold.order
    return {
        "actionType": PendingAction.RESTORE if hold.restore else PendingAction.PENDING,
        "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "orderCode": needed(order.order_code, "orderCode"),
        "orderId": maybe(order.order_id, "orderId"),
        "orderType": maybe(order.order_type, "orderType"),
        "reason": given(remark(order.reason)),
    }


def write_intercept(parcel: Intercept) -> Content:
    """Stop it on the road. Whether that succeeded comes later, as a step."""
    return {
        "warehouseCode": needed(parcel.warehouse_code, "warehouseCode"),
        "ownerCode": maybe(parcel.owner_code, "ownerCode"),
        "deliveryOrderCode": needed(parcel.order_code, "deliveryOrderCode"),
        "orderId": maybe(parcel.order_id, "orderId"),
        "expressCode": maybe(parcel.waybill, "expressCode"),
    }


def write_query(order: OrderReference) -> Content:
    """Asks for the steps an order has gone through."""
    return {
        "orderType": maybe(order.order_type, "orderType"),
        "orderCode": needed(order.order_code, "orderCode"),
        "orderId": maybe(order.order_id, "orderId"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
    }


def read_query(response: Node) -> OrderAnswer:
    """The steps in the order told."""
    answer = read_answer(response)
    process = response.child("orderProcess")
    if process is None:
        return OrderAnswer(answer=answer)
    steps = process.listed("processes", "process")
    return OrderAnswer(
        answer=answer,
        order_code=process.code("orderCode"),
        steps=tuple((step.code("processStatus"), step.time("operateTime")) for step in steps),
    )


def write_status_query(query: StatusQuery, *, page: int = 1) -> Content:
    """Asks for a page of orders. Sources call the page `page` or `currentPage`, so it is both."""
    return {
        "ownerCode": needed(query.owner_code, "ownerCode"),
        "warehouseCode": maybe(query.warehouse_code, "warehouseCode"),
        "orderType": maybe(query.order_type, "orderType"),
        "startTime": query.since,
        "endTime": query.until,
        "currentPage": page,
        "page": page,
        "pageSize": PAGE_SIZE,
    }


def read_status_query(response: Node) -> StatusPage:
    """The orders told; who worked on them and what they wrote is not read."""
    return StatusPage(
        answer=read_answer(response),
        total_pages=response.whole("totalPage"),
        orders=tuple(_status(each) for each in response.listed("orders", "order")),
        rest=rest(response, *_ANSWER, "totalPage", "orders"),
    )


def _status(order: Node) -> OrderStatus:
    return OrderStatus(
        order_code=order.needed_code("orderCode"),
        order_id=order.code("orderId"),
        order_type=order.code("orderType"),
        warehouse_code=order.code("warehouseCode"),
        status=order.code("processStatus"),
        operated_at=order.time("operateTime"),
        path=order.path,
        rest=rest(order, *_STATUS),
    )


def write_lack_query(order: OrderReference, *, page: int = 1) -> Content:
    """Asks what an order lacks."""
    return {
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "warehouseCode": maybe(order.warehouse_code, "warehouseCode"),
        "deliveryOrderCode": needed(order.order_code, "deliveryOrderCode"),
        "deliveryOrderId": maybe(order.order_id, "deliveryOrderId"),
        **page_of(page),
    }


def read_lack_query(response: Node) -> LackPage:
    """What is lacking. The items are taken to be those of itemlack.report."""
    return LackPage(
        answer=read_answer(response),
        total_lines=response.whole("totalLines"),
        order_code=response.code("deliveryOrderCode"),
        order_id=response.code("deliveryOrderId"),
        created_at=response.time("createTime"),
        items=tuple(
            LackingItem(
                item_code=each.needed_code("itemCode"),
                item_id=each.code("itemId"),
                inventory_type=each.code("inventoryType"),
                planned=each.whole("planQty"),
                lacking=each.whole("lackQty"),
                reason=each.text("reason") or "",
                path=each.path,
                batch=read_batch(each),
            )
            for each in response.listed("items", "item")
        ),
        rest=rest(response, *_ANSWER, *_LACK),
    )
