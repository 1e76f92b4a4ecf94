"""deliveryorder.batchcreate: several delivery orders in one message, each for itself; answered at
once, or, as a scenario may have it (`batch_answer_seconds`), taken in and worked off later.
"""

from __future__ import annotations

from xml.etree import ElementTree

from local.simulators.application import JsonObject
from local.simulators.wms import deliveries, qimen
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import Warehouse

BATCH = "batch"


def create_deliveries(warehouse: Warehouse, request: Block) -> JsonObject:
    """Takes the orders that can be taken, and names the others; or all of them, for later."""
    seconds = (warehouse.get("manner", "") or {}).get("batch_answer_seconds", 0.0)
    if seconds:
        number = warehouse.store.next_number(f"{warehouse.code}/{BATCH}")
        due = warehouse.clock.now().timestamp() + seconds
        kept = {"xml": ElementTree.tostring(request.element, "unicode"), "due_at": due}
        warehouse.put(BATCH, f"{number:08d}", kept)
        return {}
    told = _told(warehouse, request)
    failed = [
        {"deliveryOrderCode": code, "message": text} for code, text, created in told if not created
    ]
    return {"orders": failed} if failed else {}


def worked_off(warehouse: Warehouse, batch: str = "") -> list[JsonObject]:
    """What became of the orders of a batch that waits, or of every one of them: the contents of
    deliveryorder.batchcreate.answer.
    """
    answers: list[JsonObject] = []
    for code, kept in warehouse.store.documents(BATCH, warehouse.code):
        if batch in ("", code):
            warehouse.store.delete(BATCH, warehouse.code, code)
            request = Block(qimen.parse(kept["xml"].encode()), "request")
            orders = [
                made(number, created) if created else refused(number, text)
                for number, text, created in _told(warehouse, request)
            ]
            answers.append({"orders": orders})
    return answers


def made(code: str, order: JsonObject) -> JsonObject:
    """An order that was taken, as the answer tells it."""
    return {"deliveryOrderCode": code, "orderInfo": order}


def refused(code: str, text: str) -> JsonObject:
    """An order that wasn't."""
    return {"deliveryOrderCode": code, "flag": "failure", "message": text}


def _told(warehouse: Warehouse, request: Block) -> list[tuple[str, str, JsonObject]]:
    """Of each order its code, why it wasn't taken, and what was made of it (nothing then)."""
    told: list[tuple[str, str, JsonObject]] = []
    for order in request.blocks("orders"):
        header = order.element.find("deliveryOrder")
        code = header.findtext("deliveryOrderCode", "") if header is not None else ""
        try:
            with warehouse.store.transaction():
                told.append((code, "", deliveries.create_delivery(warehouse, order)))
        except Refusal as refusal:
            told.append((code, refusal.message[:100], {}))
    return told
