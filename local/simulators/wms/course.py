"""The course of a document in a warehouse that works by itself: one step at a time.

| kind | steps |
| --- | --- |
| delivery | the steps of the mode (ACCEPT, PRINT, PICK …), then shipped in one parcel |
| stockout | accepted, then shipped whole |
| entry, return | received whole |
| process | carried out |
| transfer | sent off, then arrived; both at once where the rule `one_report` strikes |
| adjustment | reported |

The rules of the course (`rules`) change it: rejected, short, an exception, split, a parcel lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from local.simulators.application import JsonObject
from local.simulators.fields import Fields, whole_number
from local.simulators.wms.deeds import Deeds
from local.simulators.wms.desk import QUEUED, Desk
from local.simulators.wms.qimen import CHINA
from local.simulators.wms.transfers import has_left, still_to_leave
from local.simulators.wms.warehouse import (
    ADJUSTMENT,
    DELIVERY,
    ENTRY,
    PROCESS,
    RETURN,
    STOCKOUT,
    TRANSFER,
    Warehouse,
)
from local.simulators.wms.work import Work

STEPS = ("ACCEPT", "PICK", "PACKAGE")
ALL_STEPS = ("ACCEPT", "PRINT", "PICK", "CHECK", "PACKAGE", "WEIGH")
MOST_HOURS = 100 * 365 * 24
"""Of shelf life; what lasts longer doesn't expire."""

Deed = Callable[[Warehouse, str, Fields], JsonObject]


class Course:
    """Does the next step of a document; true when the OMS has accepted its message, or it waits."""

    def __init__(self, work: Work, deeds: Deeds, desk: Desk) -> None:
        self._work = work
        self._deeds = deeds
        self._desk = desk
        self._final: dict[str, Deed] = {
            DELIVERY: work.confirm_delivery,
            STOCKOUT: deeds.confirm_stockout,
            ENTRY: work.confirm_entry,
            RETURN: deeds.confirm_return,
            PROCESS: deeds.confirm_process,
            TRANSFER: deeds.report_transfer,
            ADJUSTMENT: deeds.report_adjustment,
        }

    def step(
        self, warehouse: Warehouse, task: JsonObject, order: JsonObject, mode: JsonObject
    ) -> bool:
        """One step; `task["step"]` is how many of its steps are done."""
        if task.get("intercept"):
            return self._intercepted(warehouse, task)
        steps = _steps(task["kind"], mode)
        if task["step"] == 0 and self._strikes("reject", warehouse, task):
            return self._stepped(warehouse, task, "REJECT")
        if task["step"] < len(steps):
            status = steps[task["step"]]
            if status == "PICK" and task["kind"] == DELIVERY and self._is_short(warehouse, task):
                return True
            task["step"] += 1
            return self._stepped(warehouse, task, status)
        return self._concluded(warehouse, task, order)

    def work_off(self, warehouse: Warehouse, batch: str) -> None:
        """A batch of orders that waited is taken in, and what became of it told."""
        self._work.tell(warehouse, "deliveryorder.batchcreate.answer", Fields({"batch": batch}))

    def _stepped(self, warehouse: Warehouse, task: JsonObject, status: str) -> bool:
        answer = self._work.report_step(warehouse, task["order"], Fields({"status": status}))
        return _accepted(answer)

    def _is_short(self, warehouse: Warehouse, task: JsonObject) -> bool:
        """Shortages and exceptions come to light when the goods are picked."""
        fields = Fields({"code": task["order"]})
        if self._strikes("exception", warehouse, task):
            self._work.tell(warehouse, "orderexception.report", fields)
        if not self._strikes("short", warehouse, task):
            return False
        self._work.tell(warehouse, "itemlack.report", fields)
        task["stopped"] = True
        return True

    def _concluded(self, warehouse: Warehouse, task: JsonObject, order: JsonObject) -> bool:
        kind, code = task["kind"], task["order"]
        if kind == TRANSFER:
            return self._transferred(warehouse, task, order)
        lines = _lines(warehouse, kind, order)
        final_first = self._strikes("final_first", warehouse, task)
        split = final_first or self._strikes("split", warehouse, task)
        first, rest = _halves(lines) if split and kind != PROCESS else ([], lines)
        if first:
            hold = {"hold_seconds": 5.0} if final_first else {}
            part = Fields({"confirm_type": "1", "lines": first} | hold)
            self._final[kind](warehouse, code, part)
        answer = self._final[kind](warehouse, code, Fields({"lines": rest} if rest else {}))
        if kind == DELIVERY:
            self._after_shipping(warehouse, task, order)
        return _accepted(answer)

    def _transferred(self, warehouse: Warehouse, task: JsonObject, order: JsonObject) -> bool:
        """`split`: what leaves is told in two reports."""
        fields: JsonObject = {}
        if not has_left(order):
            if self._strikes("split", warehouse, task):
                first = _halves(still_to_leave(order))[0]
                if first:
                    self._final[TRANSFER](warehouse, task["order"], Fields({"lines": first}))
            if self._strikes("one_report", warehouse, task):
                fields = {"whole": True}
        return _accepted(self._final[TRANSFER](warehouse, task["order"], Fields(fields)))

    def _after_shipping(self, warehouse: Warehouse, task: JsonObject, order: JsonObject) -> None:
        code = task["order"]
        if self._strikes("lose_parcel", warehouse, task):
            lost = Fields({"code": code, "type": "203", "description": "包裹丢失"})
            self._work.tell(warehouse, "orderexception.report", lost)
        rule = self._desk.rules.strikes("stock_change", warehouse.code, DELIVERY, (code,))
        if rule is not None:
            line = order["lines"][0]
            chance = self._desk.rules.chance
            pieces = chance.whole(1, rule.most, "pieces", warehouse.code, code)
            if chance.draw("sign", warehouse.code, code) < 0.5:
                pieces = -min(pieces, warehouse.stock.free(line["item"], line["inventory_type"]))
            if pieces:
                item = {"item": line["item"], "quantity": pieces}
                item["inventory_type"] = line["inventory_type"]
                self._work.change_stock(warehouse, Fields({"items": [item]}))

    def _intercepted(self, warehouse: Warehouse, task: JsonObject) -> bool:
        refused = self._strikes("refuse_cancel", warehouse, task)
        task["stopped"] = True
        return self._stepped(warehouse, task, "TMSCANCELFAILED" if refused else "TMSCANCELED")

    def _strikes(self, what: str, warehouse: Warehouse, task: JsonObject) -> bool:
        codes = (task["order"],)
        return self._desk.rules.strikes(what, warehouse.code, task["kind"], codes) is not None


def _steps(kind: str, mode: JsonObject) -> tuple[str, ...]:
    if kind == DELIVERY:
        return tuple(mode.get("steps", STEPS))
    return ("ACCEPT",) if kind == STOCKOUT else ()


def _accepted(answer: JsonObject) -> bool:
    return answer["flag"] in ("success", QUEUED)


def _lines(warehouse: Warehouse, kind: str, order: JsonObject) -> list[JsonObject]:
    """All that is still to be done of an order, as a control request names it."""
    if kind == ENTRY:
        return [_receipt(warehouse, line) for line in order["lines"]]
    if kind not in (DELIVERY, STOCKOUT, RETURN):
        return []
    return [
        {"item": line["item"], "quantity": line["plan"] - line["actual"]}
        | ({"line_no": line["line_no"]} if line["line_no"] else {})
        for line in order["lines"]
        if line["plan"] > line["actual"]
    ]


def _halves(lines: list[JsonObject]) -> tuple[list[JsonObject], list[JsonObject]]:
    """The lines in two parts, the smaller half first; nothing in the first where there is only one
    piece, or where batches say what is what.
    """
    first = [
        line | {"quantity": line["quantity"] // 2}
        for line in lines
        if line["quantity"] > 1 and "batches" not in line
    ]
    taken = {(line.get("line_no"), line["item"]): line["quantity"] for line in first}
    rest = [
        line | {"quantity": line["quantity"] - taken.get((line.get("line_no"), line["item"]), 0)}
        for line in lines
    ]
    return first, rest


def _receipt(warehouse: Warehouse, line: JsonObject) -> JsonObject:
    """All that is still expected of a line; items under batch control get a batch of today."""
    quantity = line["plan"] - line["actual"]
    receipt = {"item": line["item"], "quantity": quantity, "inventory_type": line["inventory_type"]}
    if line["line_no"]:
        receipt["line_no"] = line["line_no"]
    item = warehouse.get("item", line["item"])
    if quantity > 0 and item and item["fields"].get("isBatchMgmt") == "Y":
        today = warehouse.clock.now().astimezone(CHINA).date()
        hours = whole_number(item["fields"].get("shelfLife") or "") or 0
        life = timedelta(hours=hours) if 0 < hours < MOST_HOURS else timedelta(365)
        batch = {
            "batch_code": f"B{today:%Y%m%d}",
            "product_date": today.isoformat(),
            "expire_date": (today + life).isoformat(),
            "quantity": quantity,
        }
        receipt["batches"] = [batch]
    return receipt
