"""Receiving goods for an entry order: which go onto which shelf, and the confirm."""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import entries
from local.simulators.wms.lots import batches_of, described_batches
from local.simulators.wms.shipping import item_id
from local.simulators.wms.stock import Lot
from local.simulators.wms.warehouse import Warehouse


@dataclass(slots=True, kw_only=True)
class Received:
    """So many of an item arrived; `line` is its place in the order, None when unannounced."""

    line: int | None
    item: str
    quantity: int
    inventory_type: str
    parts: list[tuple[Lot, int]]


def received(order: JsonObject, fields: Fields) -> list[Received]:
    """What arrived: the lines named, else all that is still expected."""
    if fields.has("lines"):
        return [_named(order, line) for line in fields.objects("lines")]
    return [
        _plain(index, line["item"], line["inventory_type"], line["plan"] - line["actual"])
        for index, line in enumerate(order["lines"])
        if line["plan"] > line["actual"]
    ]


def put_on_shelf(warehouse: Warehouse, order: JsonObject, each: Received) -> None:
    """Books the goods into the warehouse's own stock and into the order."""
    for lot, quantity in each.parts:
        warehouse.stock.change(each.item, lot, quantity)
    if each.line is not None:
        order["lines"][each.line]["actual"] += each.quantity


def confirm_line(warehouse: Warehouse, order: JsonObject, each: Received) -> JsonObject:
    """A line of entryorder.confirm: the quantity of this message, not the total so far."""
    if each.line is None:
        line: JsonObject = {
            "ownerCode": order["owner"],
            "itemCode": each.item,
            "itemId": item_id(warehouse, each.item),
            "planQty": 0,
        }
    else:
        line = entries.described_line(order["lines"][each.line])
    line |= {"inventoryType": each.inventory_type, "actualQty": each.quantity}
    return line | described_batches(each.parts)


def confirm_header(
    order: JsonObject, confirm_type: str, out_biz_code: str, time: str
) -> JsonObject:
    """The header of entryorder.confirm."""
    return {
        "entryOrderCode": order["code"],
        "ownerCode": order["owner"],
        "warehouseCode": order["warehouse"],
        "entryOrderId": order["id"],
        "entryOrderType": order["order_type"],
        "outBizCode": out_biz_code,
        "confirmType": confirm_type,
        "status": order["status"],
        "operateTime": time,
        "purchaseOrderCode": order["header"].get("purchaseOrderCode") or None,
    }


def _plain(line: int | None, item: str, inventory_type: str, quantity: int) -> Received:
    return Received(
        line=line,
        item=item,
        quantity=quantity,
        inventory_type=inventory_type,
        parts=[(Lot(inventory_type=inventory_type), quantity)] if quantity else [],
    )


def _named(order: JsonObject, line: Fields) -> Received:
    item, number = line.text("item"), line.text("line_no", "")
    place = next(
        (
            index
            for index, known in enumerate(order["lines"])
            if known["item"] == item and number in ("", known["line_no"])
        ),
        None,
    )
    if number and place is None:
        raise Refused(400, f"lines: the order has no line {number} with item {item}")
    default_type = "ZP" if place is None else order["lines"][place]["inventory_type"]
    inventory_type = line.text("inventory_type", default_type)
    batches = batches_of(line, inventory_type)
    total = sum(quantity for _, quantity in batches)
    quantity = line.whole("quantity", total if batches else None)
    if quantity < 0 or (batches and quantity != total):
        raise Refused(400, f"lines: {item}: quantity {quantity}, its batches {total}")
    plain = _plain(place, item, inventory_type, quantity)
    if batches:
        plain.parts = batches
    return plain
