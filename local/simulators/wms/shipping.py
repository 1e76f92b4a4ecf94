"""Shipping a delivery order: what goes into which parcel, off which shelf, and the confirm."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import deliveries
from local.simulators.wms.lots import batches_of, described_batches
from local.simulators.wms.stock import Lot, lot_of
from local.simulators.wms.warehouse import Warehouse


@dataclass(slots=True, kw_only=True)
class Shipped:
    """So many of an item leave; `line` is its place in the order, None for a stranger to it."""

    line: int | None
    item: str
    quantity: int
    inventory_type: str = "ZP"
    batches: list[tuple[Lot, int]] = field(default_factory=list)


def shipped(order: JsonObject, fields: Fields) -> list[Shipped]:
    """What leaves: the lines named; else what the parcels hold; else all that remains."""
    if fields.has("lines"):
        return [_named(order, line) for line in fields.objects("lines")]
    held: dict[str, int] = {}
    for package in fields.objects("packages"):
        for item in package.objects("items"):
            code = item.text("item")
            held[code] = held.get(code, 0) + item.whole("quantity")
    if held:
        return [each for code, quantity in held.items() for each in _spread(order, code, quantity)]
    return [
        _of_line(order, index, line["plan"] - line["actual"])
        for index, line in enumerate(order["lines"])
        if line["plan"] > line["actual"]
    ]


def take_from_shelf(warehouse: Warehouse, order: JsonObject, each: Shipped) -> list[JsonObject]:
    """Takes the goods, the promised ones first; returns the pieces taken, by batch."""
    promised = _promised(order, each)
    warehouse.stock.release(promised)
    if each.batches:
        wanted = each.batches
    else:
        wanted = [
            (lot_of(piece), piece["quantity"])
            for piece in promised
            if piece["inventory_type"] == each.inventory_type
        ]
        rest = each.quantity - sum(quantity for _, quantity in wanted)
        wanted += [(Lot(inventory_type=each.inventory_type), rest)] if rest else []
    pieces = []
    for lot, quantity in wanted:
        pieces += warehouse.stock.take(each.item, lot, quantity)
    if each.line is not None:
        order["lines"][each.line]["actual"] += each.quantity
    return pieces


def packages(
    warehouse: Warehouse, order: JsonObject, goods: list[Shipped], fields: Fields
) -> list[JsonObject]:
    """The parcels as the protocol writes them; one with everything when none is named."""
    asked = fields.objects("packages") or ([Fields({})] if goods else [])
    if len(asked) > 1 and not all(package.has("items") for package in asked):
        raise Refused(400, "packages: with several parcels each has to name its items")
    result = []
    for package in asked:
        logistics = package.text("logistics_code", order["logistics_code"])
        items = [(item.text("item"), item.whole("quantity")) for item in package.objects("items")]
        items = items or [(each.item, each.quantity) for each in goods]
        number = package.text("express_code", "") or _waybill(warehouse, logistics)
        result.append(
            {
                "logisticsCode": logistics,
                "expressCode": number,
                "weight": package.text("weight", "1.000"),
                "items": [
                    {"itemCode": code, "itemId": item_id(warehouse, code), "quantity": quantity}
                    for code, quantity in items
                ],
            }
        )
    return result


def confirm_line(
    warehouse: Warehouse, order: JsonObject, each: Shipped, pieces: list[JsonObject]
) -> JsonObject:
    """A line of deliveryorder.confirm: the quantity of this message, not the total so far."""
    if each.line is None:
        line: JsonObject = {"itemCode": each.item, "itemId": item_id(warehouse, each.item)}
    else:
        line = deliveries.described_line(order["lines"][each.line])
    line |= {"inventoryType": each.inventory_type, "actualQty": each.quantity}
    return line | described_batches([(lot_of(piece), piece["quantity"]) for piece in pieces])


def confirm_header(
    order: JsonObject, confirm_type: str, out_biz_code: str, time: str
) -> JsonObject:
    """The header of deliveryorder.confirm."""
    return {
        "deliveryOrderCode": order["code"],
        "deliveryOrderId": order["id"],
        "warehouseCode": order["warehouse"],
        "orderType": order["order_type"],
        "status": order["status"],
        "outBizCode": out_biz_code,
        "confirmType": confirm_type,
        "orderConfirmTime": time,
    }


def item_id(warehouse: Warehouse, code: str) -> str | None:
    """The id of an item the OMS made known, None of any other."""
    item = warehouse.get("item", code)
    return str(item["item_id"]) if item else None


def _waybill(warehouse: Warehouse, logistics: str) -> str:
    return f"{logistics}{warehouse.store.next_number('waybill'):012d}"


def _named(order: JsonObject, line: Fields) -> Shipped:
    item, number = line.text("item"), line.text("line_no", "")
    places = [
        index
        for index, known in enumerate(order["lines"])
        if known["item"] == item and number in ("", known["line_no"])
    ]
    if number and not places:
        raise Refused(400, f"lines: the order has no line {number} with item {item}")
    open_places = [
        index for index in places if order["lines"][index]["plan"] > order["lines"][index]["actual"]
    ]
    place = next(iter(open_places or places), None)
    default_type = "ZP" if place is None else order["lines"][place]["inventory_type"]
    inventory_type = line.text("inventory_type", default_type)
    batches = batches_of(line, inventory_type)
    total = sum(quantity for _, quantity in batches)
    return Shipped(
        line=place,
        item=item,
        quantity=line.whole("quantity", total if batches else None),
        inventory_type=inventory_type,
        batches=batches,
    )


def _spread(order: JsonObject, item: str, quantity: int) -> list[Shipped]:
    """So many of an item, over the order's open lines of it; what is too many goes to the last."""
    result: list[Shipped] = []
    for index, line in enumerate(order["lines"]):
        part = min(quantity, line["plan"] - line["actual"])
        if line["item"] == item and part > 0:
            result.append(_of_line(order, index, part))
            quantity -= part
    if quantity and result:
        result[-1].quantity += quantity
    elif quantity:
        result.append(Shipped(line=None, item=item, quantity=quantity))
    return result


def _of_line(order: JsonObject, index: int, quantity: int) -> Shipped:
    line = order["lines"][index]
    return Shipped(
        line=index, item=line["item"], quantity=quantity, inventory_type=line["inventory_type"]
    )


def _promised(order: JsonObject, each: Shipped) -> list[JsonObject]:
    """Takes out of the order's allocations what was promised to a line, up to the quantity."""
    kept, promised, wanted = [], [], each.quantity
    for piece in order["allocations"]:
        part = min(wanted, piece["quantity"]) if piece["line"] == each.line else 0
        if part:
            promised.append(piece | {"quantity": part})
            wanted -= part
        if piece["quantity"] > part:
            kept.append(piece | {"quantity": piece["quantity"] - part})
    order["allocations"] = kept
    return promised
