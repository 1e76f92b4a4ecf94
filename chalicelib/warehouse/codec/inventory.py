"""inventory.query and stockchange.report."""

from __future__ import annotations

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.codec.parts import given, read_answer, read_batches
from chalicelib.warehouse.documents.answers import Figure, InventoryAnswer
from chalicelib.warehouse.documents.incoming import StockChange, StockChangeReport
from chalicelib.warehouse.documents.outgoing import InventoryQuery
from chalicelib.warehouse.texts import code
from chalicelib.warehouse.xml import Content, Node

QUERY = "inventory.query"
CHANGE = "stockchange.report"


def write_query(query: InventoryQuery) -> Content:
    """One criterion a SKU; without inventoryType every type is told."""
    return {
        "criteriaList": [
            (
                "criteria",
                {
                    "warehouseCode": query.warehouse_code,
                    "ownerCode": given(query.owner_code),
                    "itemCode": code(item_code, field="itemCode"),
                    "itemId": given(item_id),
                },
            )
            for item_code, item_id in query.items
        ]
    }


def read_query(response: Node) -> InventoryAnswer:
    """The figures told, one a batch and inventory type. A missing quantity is `Malformed`."""
    items = response.listed("items", "item")
    return InventoryAnswer(
        answer=read_answer(response), figures=tuple(_figure(item) for item in items)
    )


def _figure(item: Node) -> Figure:
    return Figure(
        warehouse_code=item.code("warehouseCode"),
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType") or "ZP",
        free=item.needed_whole("quantity"),
        locked=item.whole("lockQuantity") or 0,
        batch_code=item.code("batchCode"),
        path=item.path,
    )


def read_change(request: Node) -> StockChangeReport:
    """The changes, each with its own order and outBizCode; none at all is `Malformed`."""
    items = request.listed("items", "item")
    if not items:
        raise Malformed("missing_element", "there is no item", field="/request/items/item")
    return StockChangeReport(changes=tuple(_change(item) for item in items))


def _change(item: Node) -> StockChange:
    quantity = item.needed_whole("quantity")
    return StockChange(
        order_code=item.code("orderCode"),
        order_type=item.code("orderType"),
        out_biz_code=item.code("outBizCode"),
        owner_code=item.code("ownerCode"),
        warehouse_code=item.code("warehouseCode"),
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType") or "ZP",
        quantity=quantity,
        batches=read_batches(item, quantity),
        changed_at=item.time("changeTime"),
        path=item.path,
    )
