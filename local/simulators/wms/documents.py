"""What all orders of a warehouse have in common: their header, and the parts they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.simulators.application import JsonObject
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import FINISHED, Warehouse

_PREFIXES = {
    "return": "RT",
    "stockout": "SO",
    "process": "PR",
    "transfer": "TR",
    "adjustment": "AD",
    "count": "PD",
    "change": "SC",
}


def new_order(
    warehouse: Warehouse,
    kind: str,
    code: str,
    *,
    order_type: str,
    header: Block | None = None,
    **more: Any,
) -> JsonObject:
    """A new order of a kind, with an id of the warehouse's own."""
    return {
        "code": code,
        "id": warehouse.new_id(_PREFIXES[kind]),
        "warehouse": warehouse.code,
        "order_type": order_type,
        "status": "NEW",
        "created_at": warehouse.time(),
        "lines": [],
        "allocations": [],
        "packages": [],
        "processes": [],
        "confirmations": 0,
        "unacknowledged": [],
        "header": header.value() if header else {},
    } | more


def keep_new(warehouse: Warehouse, kind: str, order: JsonObject) -> None:
    """Keeps an order that is complete, and lets an automatic warehouse work on it."""
    warehouse.put(kind, order["code"], order)
    task = {"kind": kind, "order": order["code"], "step": 0}
    warehouse.put("task", f"{kind}/{order['code']}", task)


def refuse_known(warehouse: Warehouse, kind: str, code: str) -> None:
    if warehouse.get(kind, code) is not None:
        raise Refusal("DUPLICATE", f"单据已存在: {code}")


def found(warehouse: Warehouse, kind: str, code: str) -> JsonObject:
    order = warehouse.get(kind, code)
    if order is None:
        raise Refusal("NOT_FOUND", f"单据不存在: {code}")
    return order


def total_lines(header: Block, lines: list[Block]) -> int:
    """How many lines the whole document has."""
    return header.quantity("totalOrderLines") if header.optional("totalOrderLines") else len(lines)


def is_next_part(known: JsonObject, lines: list[Block]) -> bool:
    """Whether these lines are the missing ones of an order that came in part."""
    if len(known["lines"]) >= known["total_lines"] or known["status"] in FINISHED:
        return False
    numbers = {line["line_no"] for line in known["lines"]}
    return all(line.text("orderLineNo") not in numbers for line in lines)


def plain_line(warehouse: Warehouse, line: Block) -> JsonObject:
    """A line with a planned quantity, of an item that was made known."""
    item = warehouse.check_item(line)
    return {
        "line_no": line.optional("orderLineNo"),
        "owner": line.text("ownerCode"),
        "item": line.text("itemCode"),
        "item_id": item["item_id"],
        "name": item["fields"]["itemName"],
        "inventory_type": line.optional("inventoryType") or "ZP",
        "batch_code": line.optional("batchCode"),
        "plan": line.quantity("planQty"),
        "actual": 0,
        "source_order": line.optional("sourceOrderCode"),
        "sub_source_order": line.optional("subSourceOrderCode"),
        "fields": line.value(),
    }


def described_line(line: Mapping[str, Any]) -> JsonObject:
    """A line as most queries and confirms name its fields."""
    return {
        "orderLineNo": line["line_no"] or None,
        "sourceOrderCode": line.get("source_order") or None,
        "subSourceOrderCode": line.get("sub_source_order") or None,
        "ownerCode": line["owner"],
        "itemCode": line["item"],
        "itemId": line["item_id"],
        "itemName": line["name"],
        "inventoryType": line["inventory_type"],
        "planQty": line["plan"],
        "actualQty": line["actual"],
    }
