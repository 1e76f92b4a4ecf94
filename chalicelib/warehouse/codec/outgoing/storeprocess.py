"""storeprocess.create."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import repeated, write_batch
from chalicelib.warehouse.codec.outgoing.fields import count, maybe, needed
from chalicelib.warehouse.codec.parts import given, read_answer
from chalicelib.warehouse.documents.outgoing.storeprocess import (
    ProcessCreated,
    ProcessItem,
    ProcessOrder,
)
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Content, Node


def write_create(order: ProcessOrder) -> Content:
    """The order with its materials and products. The wrappers are written with a small `i`, their
    children `item`, as real messages have them.
    """
    return {
        "processOrderCode": needed(order.code, "processOrderCode"),
        "warehouseCode": needed(order.warehouse_code, "warehouseCode"),
        "ownerCode": maybe(order.owner_code, "ownerCode"),
        "orderType": needed(order.order_type, "orderType"),
        "orderCreateTime": order.created_at,
        "planTime": order.planned_at,
        "serviceType": needed(order.service_type, "serviceType"),
        "planQty": None if order.quantity is None else count(order.quantity, "planQty"),
        "materialitems": _items(order.materials, "materialitems"),
        "productitems": _items(order.products, "productitems"),
        "remark": given(remark(order.remark)),
    }


def _items(items: tuple[ProcessItem, ...], wrapper: str) -> Content:
    return repeated("item", [_item(each, f"{wrapper}/item") for each in items])


def _item(item: ProcessItem, path: str) -> Content:
    return {
        "itemCode": needed(item.item_code, f"{path}/itemCode"),
        "itemId": maybe(item.item_id, f"{path}/itemId"),
        "ownerCode": maybe(item.owner_code, f"{path}/ownerCode"),
        "inventoryType": maybe(item.inventory_type, f"{path}/inventoryType"),
        "quantity": count(item.quantity, f"{path}/quantity"),
        "ratioQty": None if item.ratio is None else count(item.ratio, f"{path}/ratioQty"),
        **write_batch(item.batch),
        "remark": given(remark(item.remark)),
    }


def read_create(response: Node) -> ProcessCreated:
    """The WMS's number of the order."""
    return ProcessCreated(answer=read_answer(response), order_id=response.code("processOrderId"))
