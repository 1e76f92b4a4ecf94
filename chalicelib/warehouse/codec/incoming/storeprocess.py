"""storeprocess.confirm."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import pieces_of, read_own_batch, read_props
from chalicelib.warehouse.documents.incoming.storeprocess import ProcessedItem, StoreProcessConfirm
from chalicelib.warehouse.xml import Node


def read_confirm(request: Node) -> StoreProcessConfirm:
    """Materials that became products.

    Their children are `item` in documents and in real messages; the SDK's own writer names them
    `materialItem` and `productItem`. Both are read.
    """
    return StoreProcessConfirm(
        code=request.needed_code("processOrderCode"),
        wms_id=request.code("processOrderId"),
        warehouse_code=request.code("warehouseCode"),
        owner_code=request.code("ownerCode"),
        order_type=request.code("orderType"),
        out_biz_code=request.code("outBizCode"),
        completed_at=request.time("orderCompleteTime"),
        actual=request.whole("actualQty"),
        materials=_items(request, "materialitems", "materialItem"),
        products=_items(request, "productitems", "productItem"),
        remark=request.text("remark") or "",
        extend_props=read_props(request),
    )


def _items(request: Node, wrapper: str, name: str) -> tuple[ProcessedItem, ...]:
    return tuple(_item(item) for item in request.listed(wrapper, "item", name))


def _item(item: Node) -> ProcessedItem:
    quantity = pieces_of(item, "quantity")
    return ProcessedItem(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        owner_code=item.code("ownerCode"),
        inventory_type=item.code("inventoryType"),
        quantity=quantity,
        ratio=item.whole("ratioQty"),
        batch=read_own_batch(item, quantity),
        path=item.path,
        remark=item.text("remark") or "",
        extend_props=read_props(item),
    )
