"""A warehouse that works by itself, where that is switched on (`POST /_sim/auto`).

A delivery order is accepted, picked, packed and shipped in one parcel; an entry order is received
whole. A message the OMS did not accept is sent again, later and later, before the next step.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields, whole_number
from local.simulators.store import Store
from local.simulators.wms.qimen import CHINA
from local.simulators.wms.strict import Refusal
from local.simulators.wms.warehouse import DELIVERY, ENTRY, FINISHED, Warehouse
from local.simulators.wms.work import Work

TICK_SECONDS = 0.1
STEPS = ("ACCEPT", "PICK", "PACKAGE")
ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 60.0
MOST_HOURS = 100 * 365 * 24
"""Of shelf life; what lasts longer doesn't expire."""


class Automatic:
    """One thread that takes the due tasks of every automatic warehouse in turn."""

    def __init__(
        self,
        warehouses: dict[str, Warehouse],
        store: Store,
        work: Work,
        stopping: threading.Event,
    ) -> None:
        self._warehouses = warehouses
        self._store = store
        self._work = work
        self._stopping = stopping
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self.work_once(time.time())
            except Exception:  # the thread's entry point: show the fault, go on
                traceback.print_exc()

    def work_once(self, now: float) -> None:
        """Advances every due task by one step."""
        for warehouse in list(self._warehouses.values()):
            mode = warehouse.get("auto", "")
            if not mode or not mode["enabled"]:
                continue
            for code, task in self._store.documents("task", warehouse.code):
                if self._stopping.is_set():
                    return
                if "due_at" not in task:
                    task["due_at"] = now + _pause(task, mode)
                    warehouse.put("task", code, task)
                elif task["due_at"] <= now:
                    self._advance(warehouse, code, task, mode)

    def _advance(self, warehouse: Warehouse, code: str, task: JsonObject, mode: JsonObject) -> None:
        order = warehouse.get(task["kind"], task["order"])
        if order is None or (order["status"] in FINISHED and not order["unacknowledged"]):
            self._store.delete("task", warehouse.code, code)
            return
        try:
            accepted = self._do_step(warehouse, task, order)
        except (Refused, Refusal) as refused:
            print(f"{task['order']}: {refused}", file=sys.stderr)
            accepted = False
        attempts = 0 if accepted else task.get("attempts", 0) + 1
        if attempts >= ATTEMPTS:
            self._store.delete("task", warehouse.code, code)
            return
        pause = min(_pause(task, mode) * 2**attempts, LONGEST_PAUSE_SECONDS)
        warehouse.put("task", code, task | {"attempts": attempts, "due_at": time.time() + pause})

    def _do_step(self, warehouse: Warehouse, task: JsonObject, order: JsonObject) -> bool:
        code = task["order"]
        if order["unacknowledged"]:
            answer = self._work.send_again(warehouse, order["unacknowledged"][0])
        elif task["kind"] == ENTRY:
            lines = [_receipt(warehouse, line) for line in order["lines"]]
            answer = self._work.confirm_entry(warehouse, code, Fields({"lines": lines}))
        elif task["step"] < len(STEPS):
            step = Fields({"status": STEPS[task["step"]]})
            answer = self._work.report_step(warehouse, code, step)
            task["step"] += 1
        else:
            answer = self._work.confirm_delivery(warehouse, code, Fields({}))
        return bool(answer["flag"] == "success")


def _pause(task: JsonObject, mode: JsonObject) -> float:
    return float(mode["step_seconds"] if task["kind"] == DELIVERY else mode["receive_seconds"])


def _receipt(warehouse: Warehouse, line: JsonObject) -> JsonObject:
    """All that is still expected of a line; items under batch control get a batch of today."""
    quantity = line["plan"] - line["actual"]
    receipt = {"item": line["item"], "quantity": quantity, "inventory_type": line["inventory_type"]}
    if line["line_no"]:
        receipt["line_no"] = line["line_no"]
    item = warehouse.get("item", line["item"])
    if quantity > 0 and item and item["fields"].get("isBatchMgmt") == "Y":
        today = datetime.now(UTC).astimezone(CHINA).date()
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
