"""combineitem.synchronize, combineitem.query and combineitem.delete."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.blocks import repeated
from chalicelib.warehouse.codec.outgoing.fields import count, maybe, needed
from chalicelib.warehouse.codec.outgoing.item import write_query as write_item_query
from chalicelib.warehouse.codec.parts import read_answer
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.outgoing.combineitem import (
    CombineItemAnswer,
    CombineItemSync,
    Component,
)
from chalicelib.warehouse.documents.outgoing.item import ItemQuery
from chalicelib.warehouse.xml import Content, Node


def write_synchronize(combined: CombineItemSync) -> Content:
    """A combined item with its components."""
    return {
        "itemCode": needed(combined.item_code, "itemCode"),
        "ownerCode": needed(combined.owner_code, "ownerCode"),
        "warehouseCode": needed(combined.warehouse_code, "warehouseCode"),
        "items": repeated(
            "item",
            [
                {
                    "itemCode": needed(each.item_code, "items/item/itemCode"),
                    "itemId": maybe(each.item_id, "items/item/itemId"),
                    "quantity": count(each.quantity, "items/item/quantity"),
                }
                for each in combined.components
            ],
        ),
    }


def write_query(query: ItemQuery) -> Content:
    """Asks what a combined item is made of."""
    return write_item_query(query)


def read_query(response: Node) -> CombineItemAnswer:
    """The combined item. Its components stand in `item/items` or beside it: both are read."""
    answer = read_answer(response)
    item = response.child("item") or response
    return CombineItemAnswer(
        answer=answer,
        item_code=item.code("itemCode"),
        components=tuple(
            Component(
                item_code=each.code("itemCode"),
                item_id=each.code("itemId"),
                quantity=each.needed_whole("quantity"),
            )
            for each in item.listed("items", "item")
        ),
        rest=rest(item, "flag", "code", "message", "itemCode", "items"),
    )


def write_delete(query: ItemQuery) -> Content:
    """A combined item is given up."""
    return write_item_query(query)
