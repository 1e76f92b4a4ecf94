"""What happens in the warehouse by itself: messages that waited leave, and where that is switched
on (`POST /_sim/auto`) documents take their course.

A message the OMS did not accept is sent again, later and later, before the document's next step.
Everything due is done in the order of its time and name, so that a run repeats.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.simulators.application import JsonObject, Refused
from local.simulators.wms.batches import BATCH
from local.simulators.wms.clock import Clock, Standing
from local.simulators.wms.course import Course
from local.simulators.wms.desk import POST, Desk
from local.simulators.wms.strict import Refusal
from local.simulators.wms.warehouse import DELIVERY, FINISHED, Warehouse

TICK_SECONDS = 0.1
ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something to be done at a time; equal times go by name."""

    at: float
    warehouse: str
    kind: str
    code: str


class Automatic:
    """One thread that does what is due, or several senders beside each other."""

    def __init__(
        self,
        warehouses: dict[str, Warehouse],
        course: Course,
        desk: Desk,
        clock: Clock,
        *,
        stopping: threading.Event,
        is_away: Callable[[], bool] = bool,
        senders: int = 1,
    ) -> None:
        self._warehouses = warehouses
        self._store = desk.store
        self._course = course
        self._desk = desk
        self._clock = clock
        self._stopping = stopping
        self._is_away = is_away
        self._moving = threading.Lock()
        self._pool = ThreadPoolExecutor(senders) if senders > 1 else None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """By the machine's time; a time that stands still is moved by `advance` alone."""
        if not isinstance(self._clock, Standing):
            self._thread.start()

    def join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self.work_once(self._clock.now().timestamp())
            except Exception:  # the thread's entry point: show the fault, go on
                traceback.print_exc()

    def work_once(self, now: float) -> None:
        """Does everything that is due by one step."""
        if self._is_away():
            return
        due = [each for each in self._listed(now) if each.at <= now]
        if self._pool is not None:
            list(self._pool.map(self._do, due))
            return
        for each in due:
            self._do(each)

    def advance(self, seconds: float) -> int:
        """Moves a time that stands still, doing what falls due on the way, each at its moment; how
        many things were done.
        """
        if not isinstance(self._clock, Standing):
            raise Refused(409, "the time runs by itself; start with --time to move it by hand")
        with self._moving:
            target, done = self._clock.now().timestamp() + seconds, 0
            while True:
                now = self._clock.now().timestamp()
                due = [each for each in self._listed(now) if each.at <= target]
                if not due or self._stopping.is_set():
                    break
                self._clock.move_to(due[0].at)
                self._do(due[0])
                done += 1
            self._clock.move_to(target)
            return done

    def _listed(self, now: float) -> list[Due]:
        """Everything there is to do, in order. A new task starts its pause when it is first
        seen.
        """
        found = []
        for name, warehouse in list(self._warehouses.items()):
            for code, post in self._store.documents(POST, name):
                found.append(Due(post["due_at"], name, POST, code))
            mode = warehouse.get("auto", "")
            if not mode or not mode["enabled"]:
                continue
            for code, batch in self._store.documents(BATCH, name):
                found.append(Due(batch["due_at"], name, BATCH, code))
            for code, task in self._store.documents("task", name):
                if "due_at" not in task:
                    task["due_at"] = now + _pause(task, mode)
                    warehouse.put("task", code, task)
                found.append(Due(task["due_at"], name, "task", code))
        return sorted(found)

    def _do(self, due: Due) -> None:
        warehouse = self._warehouses.get(due.warehouse)
        if warehouse is None or self._stopping.is_set():
            return
        try:
            if due.kind == POST:
                self._desk.send_post(warehouse, due.code)
            elif due.kind == BATCH:
                self._course.work_off(warehouse, due.code)
            else:
                self._advance(warehouse, due.code)
        except (Refused, Refusal) as refused:
            print(f"{due.code}: {refused}", file=sys.stderr)

    def _advance(self, warehouse: Warehouse, code: str) -> None:
        task, mode = warehouse.get("task", code), warehouse.get("auto", "")
        if task is None or mode is None:
            return
        order = warehouse.get(task["kind"], task["order"])
        if order is None or _is_over(task, order):
            self._store.delete("task", warehouse.code, code)
            return
        try:
            accepted = self._do_step(warehouse, task, order, mode)
        except (Refused, Refusal) as refused:
            print(f"{task['order']}: {refused}", file=sys.stderr)
            accepted = False
        attempts = 0 if accepted else task.get("attempts", 0) + 1
        if attempts >= ATTEMPTS:
            self._store.delete("task", warehouse.code, code)
            return
        pause = min(_pause(task, mode) * 2**attempts, LONGEST_PAUSE_SECONDS)
        due = self._clock.now().timestamp() + max(pause, 0.001)
        warehouse.put("task", code, task | {"attempts": attempts, "due_at": due})

    def _do_step(
        self, warehouse: Warehouse, task: JsonObject, order: JsonObject, mode: JsonObject
    ) -> bool:
        waiting = [
            number for number in order["unacknowledged"] if not self._desk.waits(warehouse, number)
        ]
        if waiting:
            return bool(self._desk.send_again(warehouse, waiting[0])["flag"] == "success")
        if order.get("held") or (_is_done(task, order) and not task.get("intercept")):
            return True
        return self._course.step(warehouse, task, order, mode)


def _is_done(task: JsonObject, order: JsonObject) -> bool:
    return bool(order["status"] in FINISHED or task.get("stopped"))


def _is_over(task: JsonObject, order: JsonObject) -> bool:
    """Nothing is left to do, or to be answered."""
    intercepting = task.get("intercept") and not task.get("stopped")
    return bool(_is_done(task, order) and not order["unacknowledged"] and not intercepting)


def _pause(task: JsonObject, mode: JsonObject) -> float:
    """How long until a task's next step."""
    if task["kind"] != DELIVERY:
        return float(mode["receive_seconds"])
    steps = [*mode.get("steps", ()), "SHIP"]
    name = steps[min(task["step"], len(steps) - 1)]
    return float(mode.get("seconds", {}).get(name, mode["step_seconds"]))
