"""inventory.query, stock.query, inventorybatch.query, inventorycheck.query,
inventory.synchronize.
"""

from __future__ import annotations

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse.codec.outgoing.blocks import (
    BATCH_FIELDS,
    page_of,
    read_batch,
    repeated,
    write_batch,
    write_related,
)
from chalicelib.warehouse.codec.outgoing.fields import maybe, needed
from chalicelib.warehouse.codec.parts import given, read_answer
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.codes import InventoryType
from chalicelib.warehouse.documents.outgoing.inventory import (
    BatchQuery,
    CheckedItem,
    CheckPage,
    CheckQuery,
    Figure,
    InventoryAnswer,
    InventoryQuery,
    StockAdjustment,
    StockPage,
    StockQuery,
)
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Content, Node

_ITEM = ("itemCode", "itemId", "inventoryType", "quantity", *BATCH_FIELDS)
_FIGURE = ("warehouseCode", "lockQuantity", *_ITEM)
_CHECK = (
    "totalLines",
    "checkOrderCode",
    "checkOrderId",
    "warehouseCode",
    "ownerCode",
    "checkTime",
    "items",
)


def write_query(query: InventoryQuery) -> Content:
    """One criterion a SKU; without inventoryType every type is told."""
    return {
        "criteriaList": [
            (
                "criteria",
                {
                    "warehouseCode": maybe(query.warehouse_code, "warehouseCode"),
                    "ownerCode": maybe(query.owner_code, "ownerCode"),
                    "itemCode": needed(item_code, "itemCode"),
                    "itemId": maybe(item_id, "itemId"),
                    "inventoryType": maybe(query.inventory_type, "inventoryType"),
                },
            )
            for item_code, item_id in query.items
        ]
    }


def read_query(response: Node) -> InventoryAnswer:
    """The figures told, one a batch and inventory type. A missing quantity is `Malformed`."""
    items = response.listed("items", "item")
    return InventoryAnswer(
        answer=read_answer(response),
        figures=tuple(_figure(item, item.needed_code("itemCode")) for item in items),
    )


def write_stock_query(query: StockQuery, *, page: int = 1) -> Content:
    """Asks for a page of all that lies there."""
    return {
        "ownerCode": maybe(query.owner_code, "ownerCode"),
        "warehouseCode": maybe(query.warehouse_code, "warehouseCode"),
        "itemCode": maybe(query.item_code, "itemCode"),
        "itemId": maybe(query.item_id, "itemId"),
        "inventoryType": maybe(query.inventory_type, "inventoryType"),
        **write_batch(query.batch),
        **page_of(page),
    }


def read_stock_query(response: Node) -> StockPage:
    """A page of figures; an item may be named by the WMS's own id alone."""
    return StockPage(
        answer=read_answer(response),
        total=_total(response),
        figures=tuple(
            _figure(item, item.code("itemCode")) for item in response.listed("items", "item")
        ),
    )


def write_batch_query(query: BatchQuery, *, page: int = 1) -> Content:
    """Asks for a page of an item's batches; refused without any name of the item."""
    if not query.item_id:
        needed(query.item_code, "itemCode")
    return {
        "ownerCode": needed(query.owner_code, "ownerCode"),
        "warehouseCode": needed(query.warehouse_code, "warehouseCode"),
        "itemCode": maybe(query.item_code, "itemCode"),
        "itemId": maybe(query.item_id, "itemId"),
        **page_of(page),
    }


def read_batch_query(response: Node) -> StockPage:
    """A page of figures, one a batch."""
    return read_stock_query(response)


def _total(response: Node) -> int | None:
    # The client library of the protocol says totalCount, its own example totalLines.
    counted = response.whole("totalCount")
    return response.whole("totalLines") if counted is None else counted


def _figure(item: Node, item_code: str) -> Figure:
    return Figure(
        warehouse_code=item.code("warehouseCode"),
        item_code=item_code,
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType") or InventoryType.ZP,
        free=item.needed_whole("quantity"),
        locked=item.whole("lockQuantity") or 0,
        batch_code=item.code("batchCode"),
        path=item.path,
        batch=read_batch(item),
        rest=rest(item, *_FIGURE),
    )


def write_check_query(query: CheckQuery, *, page: int = 1) -> Content:
    """Asks for a page of a stock count's result."""
    return {
        "ownerCode": maybe(query.owner_code, "ownerCode"),
        "warehouseCode": maybe(query.warehouse_code, "warehouseCode"),
        "checkOrderCode": needed(query.check_order_code, "checkOrderCode"),
        "checkOrderId": maybe(query.check_order_id, "checkOrderId"),
        **page_of(page),
    }


def read_check_query(response: Node) -> CheckPage:
    """The count with a page of its items."""
    return CheckPage(
        answer=read_answer(response),
        total_lines=response.whole("totalLines"),
        check_order_code=response.code("checkOrderCode"),
        check_order_id=response.code("checkOrderId"),
        warehouse_code=response.code("warehouseCode"),
        owner_code=response.code("ownerCode"),
        checked_at=response.time("checkTime"),
        items=tuple(_checked(item) for item in response.listed("items", "item")),
        rest=rest(response, "flag", "code", "message", "msg", *_CHECK),
    )


def _checked(item: Node) -> CheckedItem:
    return CheckedItem(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType") or InventoryType.ZP,
        quantity=item.needed_whole("quantity"),
        path=item.path,
        batch=read_batch(item),
        serial_number=item.text("snCode") or "",
        rest=rest(item, *_ITEM, "snCode"),
    )


def write_synchronize(adjustment: StockAdjustment) -> Content:
    """An adjustment that the WMS is to make; an empty one is refused."""
    if not adjustment.items:
        raise Refused("missing_element", "there is no item", field="items/item")
    return {
        "ownerCode": needed(adjustment.owner_code, "ownerCode"),
        "warehouseCode": needed(adjustment.warehouse_code, "warehouseCode"),
        "adjustOrderCode": needed(adjustment.code, "adjustOrderCode"),
        "adjustTime": adjustment.adjusted_at,
        "adjustType": maybe(adjustment.adjust_type, "adjustType"),
        "relatedOrders": write_related(adjustment.related),
        "remark": given(remark(adjustment.remark)),
        "items": repeated(
            "item",
            [
                {
                    "itemCode": needed(each.item_code, "items/item/itemCode"),
                    "itemId": maybe(each.item_id, "items/item/itemId"),
                    "inventoryType": maybe(each.inventory_type, "items/item/inventoryType"),
                    "quantity": each.quantity,
                    **write_batch(each.batch),
                }
                for each in adjustment.items
            ],
        ),
    }
