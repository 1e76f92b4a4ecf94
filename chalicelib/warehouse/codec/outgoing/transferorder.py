"""transferorder.create and transferorder.query.

Not verified: how the lists' elements are called. The catalogue of the protocol names the list only,
so items are written as `transferItems/transferItem`, and read as children of the list whatever
their name, or as the list's element itself where it repeats.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.warehouse.codec.outgoing.fields import count, maybe, needed
from chalicelib.warehouse.codec.parts import given, read_answer
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.transferorder import (
    TransferAnswer,
    TransferCreated,
    TransferOrder,
    TransferQuery,
    TransferredItem,
)
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Content, Node

_ANSWER = ("flag", "code", "message", "msg")
_EXPECTED = ("expectOutStoreTime", "expectInStoreTime")
_TRANSFER = (
    "erpOrderCode",
    "transferOrderCode",
    "orderStatus",
    "confirmOutTime",
    "confirmInTime",
    "items",
)


def write_create(order: TransferOrder) -> Content:
    """A transfer between two warehouses of the peer's."""
    return {
        "erpOrderCode": needed(order.code, "erpOrderCode"),
        "fromStoreCode": needed(order.from_warehouse_code, "fromStoreCode"),
        "toStoreCode": needed(order.to_warehouse_code, "toStoreCode"),
        "ownerCode": needed(order.owner_code, "ownerCode"),
        "expectStartTime": order.expected_start,
        "attributes": given(remark(order.attributes)),
        "transferItems": [
            (
                "transferItem",
                {
                    "scItemCode": needed(each.item_code, "transferItems/scItemCode"),
                    "inventoryType": needed(each.inventory_type, "transferItems/inventoryType"),
                    "count": count(each.quantity, "transferItems/count"),
                },
            )
            for each in order.items
        ],
    }


def read_create(response: Node) -> TransferCreated:
    """The WMS's number; the times it expects stand beside it or in `transferExecuteInfo`."""
    plan = response.child("transferExecuteInfo") or response
    return TransferCreated(
        answer=read_answer(response),
        order_id=response.code("transferOrderCode"),
        expected_out=plan.time("expectOutStoreTime"),
        expected_in=plan.time("expectInStoreTime"),
        rest=rest(response, *_ANSWER, "transferOrderCode", *_EXPECTED, "transferExecuteInfo"),
    )


def write_query(query: TransferQuery) -> Content:
    """Asks for a transfer by our code and, where known, the WMS's number."""
    return {
        "ownerCode": needed(query.owner_code, "ownerCode"),
        "erpOrderCode": needed(query.order_code, "erpOrderCode"),
        "transferOrderCode": maybe(query.order_id, "transferOrderCode"),
    }


def read_query(response: Node) -> TransferAnswer:
    """The transfer. Its elements are taken to be those of transferorder.report."""
    order = response.child("transferOrder") or response
    return TransferAnswer(
        answer=read_answer(response),
        order_code=order.code("erpOrderCode"),
        order_id=order.code("transferOrderCode"),
        status=order.code("orderStatus"),
        left_at=order.time("confirmOutTime"),
        arrived_at=order.time("confirmInTime"),
        items=tuple(_item(each) for each in _items(order)),
        rest=rest(order, *_ANSWER, *_TRANSFER),
    )


def read_status(response: Node) -> OrderAnswer:
    """Where the transfer is, without its items."""
    found = read_query(response)
    ids = (found.order_id,) if found.order_id else found.answer.wms_ids
    return OrderAnswer(
        answer=replace(found.answer, wms_ids=ids),
        order_code=found.order_code,
        status=found.status,
    )


def _items(order: Node) -> list[Node]:
    outer = order.children("items")
    return [inner for each in outer for inner in each.children("item") or [each]]


def _item(item: Node) -> TransferredItem:
    return TransferredItem(
        item_code=item.code("scItemCode"),
        inventory_type=item.code("inventoryType"),
        planned=item.whole("planCount"),
        left=item.whole("outCount"),
        arrived=item.whole("inCount"),
        path=item.path,
    )
