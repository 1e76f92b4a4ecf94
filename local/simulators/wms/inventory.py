"""The warehouse's own stock, as it tells it: `quantity` is free, `lockQuantity` is locked.

One element per inventory type and batch: a reader adds them up.
"""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.wms.paging import page_of
from local.simulators.wms.strict import Block
from local.simulators.wms.warehouse import ANY_WAREHOUSE, Warehouse


def query_inventory(warehouse: Warehouse, request: Block) -> JsonObject:
    """inventory.query: what lies there of each item asked for. Unknown items are left out."""
    items: list[JsonObject] = []
    for criterion in request.blocks("criteriaList"):
        code = criterion.text("itemCode")
        inventory_type = criterion.optional("inventoryType")
        if criterion.optional("warehouseCode") in ("", warehouse.code, ANY_WAREHOUSE):
            items += _rows(warehouse, code, inventory_type)
    return {"items": items}


def query_stock(warehouse: Warehouse, request: Block) -> JsonObject:
    """stock.query: one page of the whole stock, or of one item's."""
    code = request.optional("itemCode")
    inventory_type = request.optional("inventoryType")
    codes = [code] if code else warehouse.stock.items()
    rows = [row for each in codes for row in _rows(warehouse, each, inventory_type)]
    return {"totalCount": len(rows), "totalLines": len(rows), "items": page_of(request, rows)}


def query_batches(warehouse: Warehouse, request: Block) -> JsonObject:
    """inventorybatch.query: one page of an item's stock by batch, asked for by code or by id."""
    request.text("ownerCode")
    warehouse.check_addressed(request)
    code = request.optional("itemCode")
    if not code:
        wanted = request.text("itemId")
        items = warehouse.store.documents("item", warehouse.code)
        code = next((each for each, item in items if item["item_id"] == wanted), "")
    rows = _rows(warehouse, code, "")
    return {"totalCount": len(rows), "items": page_of(request, rows, mandatory=True)}


def _rows(warehouse: Warehouse, code: str, inventory_type: str) -> list[JsonObject]:
    rows = [
        row for row in warehouse.stock.rows(code) if inventory_type in ("", row["inventory_type"])
    ]
    item = warehouse.get("item", code)
    if not rows and item is None:
        return []
    nothing = {"inventory_type": inventory_type or "ZP", "quantity": 0, "locked": 0}
    return [
        {
            "warehouseCode": warehouse.code,
            "itemCode": code,
            "itemId": item["item_id"] if item else None,
            "inventoryType": row["inventory_type"],
            "quantity": row["quantity"],
            "lockQuantity": row["locked"],
            "batchCode": row.get("batch_code") or None,
            "productDate": row.get("product_date") or None,
            "expireDate": row.get("expire_date") or None,
            "produceCode": row.get("produce_code") or None,
        }
        for row in rows or [nothing]
    ]
