"""transferorder.report."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import read_props
from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.documents.incoming.transferorder import TransferLine, TransferReport
from chalicelib.warehouse.xml import Node

_READ = (
    "erpOrderCode",
    "transferOrderCode",
    "transferOutOrderCode",
    "transferInOrderCode",
    "fromWarehouseCode",
    "toWarehouseCode",
    "ownerCode",
    "orderStatus",
    "createTime",
    "confirmOutTime",
    "confirmInTime",
    "items",
    "extendProps",
)


def read_report(request: Node) -> TransferReport:
    """How far a transfer has come. Our number may be missing, the WMS's may not."""
    return TransferReport(
        erp_code=request.code("erpOrderCode"),
        code=request.needed_code("transferOrderCode"),
        out_order_code=request.code("transferOutOrderCode"),
        in_order_code=request.code("transferInOrderCode"),
        from_warehouse=request.code("fromWarehouseCode"),
        to_warehouse=request.code("toWarehouseCode"),
        owner_code=request.code("ownerCode"),
        status=request.code("orderStatus"),
        created_at=request.time("createTime"),
        gone_at=request.time("confirmOutTime"),
        arrived_at=request.time("confirmInTime"),
        lines=tuple(_line(item) for item in _items(request)),
        extend_props=read_props(request),
        rest=rest(request, *_READ),
    )


def _items(request: Node) -> list[Node]:
    """`items/item`, or `items` that repeats and holds the fields itself: sources differ."""
    wrappers = request.children("items")
    wrapped = [item for wrapper in wrappers for item in wrapper.children("item")]
    return wrapped or [each for each in wrappers if each.text("scItemCode")]


def _line(item: Node) -> TransferLine:
    return TransferLine(
        item_code=item.needed_code("scItemCode"),
        inventory_type=item.code("inventoryType"),
        planned=item.whole("planCount"),
        gone=item.whole("outCount"),
        arrived=item.whole("inCount"),
        path=item.path,
    )
