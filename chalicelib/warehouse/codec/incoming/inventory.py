"""inventory.report, stockchange.report and inventory.synchronize.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import (
    read_batches,
    read_own_batch,
    read_paging,
    read_props,
    read_serial_numbers,
    read_several,
    repeated,
)
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.inventory import (
    AdjustLine,
    AdjustReport,
    CountLine,
    CountReport,
    StockChange,
    StockChangeReport,
)
from chalicelib.warehouse.documents.incoming.lines import DEFAULT_INVENTORY_TYPE
from chalicelib.warehouse.documents.parts import RelatedOrder
from chalicelib.warehouse.xml import Node

_ADJUST_FIELDS = (
    "ownerCode",
    "warehouseCode",
    "adjustOrderCode",
    "adjustTime",
    "adjustType",
    "outBizCode",
    "relatedOrders",
    "items",
    "remark",
    "extendProps",
)
_ADJUST_LINE_FIELDS = (
    "itemCode",
    "itemId",
    "inventoryType",
    "quantity",
    "batchCode",
    "productDate",
    "expireDate",
    "produceCode",
    "extendProps",
)


def read_change(request: Node) -> StockChangeReport:
    """The changes, each with its own order and outBizCode; none at all is `Malformed`."""
    items = repeated(request, "items", "item")
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
        inventory_type=item.code("inventoryType") or DEFAULT_INVENTORY_TYPE,
        quantity=quantity,
        batches=read_batches(item, quantity),
        changed_at=item.time("changeTime"),
        path=item.path,
        locked=item.code("isLocked"),
        serial_numbers=read_serial_numbers(item),
        remark=item.text("remark") or "",
        extend_props=read_props(item),
    )


def read_count(request: Node) -> CountReport:
    """A page of a count. A page without items is one: nothing differs."""
    return CountReport(
        paging=read_paging(request),
        code=request.needed_code("checkOrderCode"),
        wms_id=request.code("checkOrderId"),
        warehouse_code=request.code("warehouseCode"),
        owner_code=request.code("ownerCode"),
        out_biz_code=request.code("outBizCode"),
        adjust_type=request.code("adjustType"),
        order_type=request.code("orderType"),
        checked_at=request.time("checkTime"),
        lines=tuple(_count_line(item) for item in request.listed("items", "item")),
        remark=request.text("remark") or "",
        extend_props=read_props(request),
    )


def _count_line(item: Node) -> CountLine:
    difference = item.needed_whole("quantity")
    return CountLine(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType") or DEFAULT_INVENTORY_TYPE,
        difference=difference,
        counted=item.whole("totalQty"),
        batch=read_own_batch(item, difference),
        path=item.path,
        serial_numbers=read_several(item, "snCode"),
        remark=item.text("remark") or "",
        extend_props=read_props(item),
    )


def read_adjustment(request: Node) -> AdjustReport:
    """An adjustment that was made. Fields of the items that aren't known are kept as the rest."""
    return AdjustReport(
        code=request.needed_code("adjustOrderCode"),
        warehouse_code=request.code("warehouseCode"),
        owner_code=request.code("ownerCode"),
        out_biz_code=request.code("outBizCode"),
        adjust_type=request.code("adjustType"),
        adjusted_at=request.time("adjustTime"),
        related_orders=tuple(
            RelatedOrder(order_type=each.code("orderType"), order_code=each.code("orderCode"))
            for each in request.listed("relatedOrders", "relatedOrder")
        ),
        lines=tuple(_adjust_line(item) for item in request.listed("items", "item")),
        remark=request.text("remark") or "",
        extend_props=read_props(request),
        rest=rest(request, *_ADJUST_FIELDS),
    )


def _adjust_line(item: Node) -> AdjustLine:
    quantity = item.whole("quantity")
    return AdjustLine(
        item_code=item.needed_code("itemCode"),
        item_id=item.code("itemId"),
        inventory_type=item.code("inventoryType"),
        quantity=quantity,
        batch=read_own_batch(item, quantity),
        path=item.path,
        extend_props=read_props(item),
        rest=rest(item, *_ADJUST_LINE_FIELDS),
    )
