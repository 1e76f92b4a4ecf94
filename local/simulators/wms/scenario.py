"""A scenario file: how a simulator works by itself, what lies there at first, what goes wrong.

    {
      "steps": ["ACCEPT", "PRINT", "PICK", "CHECK", "PACKAGE", "WEIGH"],
      "seconds": {"PICK": 3, "SHIP": 5},
      "step_seconds": 1, "receive_seconds": 5,
      "senders": 1, "by_hand": false, "time": "2026-11-22 09:30:00",
      "positive_only": false, "batch_answer_seconds": 0,
      "stock": [{"item": "TEE", "quantity": 100, "inventory_type": "ZP", "batch_code": "B1"}],
      "rules": [{"what": "duplicate", "method": "*.confirm", "probability": 0.2}]
    }

Every field may be left out. `seconds` says how long before each step, `step_seconds` how long where
it says nothing, SHIP being the last one; `receive_seconds` is for all other documents. With one
sender messages leave in the same order at every run. `by_hand`: nothing happens unless a control
request says so. `time`: the time stands still from then on, and is moved by `POST /_sim/advance`;
then a run repeats to the byte. `positive_only`: stock changes are written without a sign.
`batch_answer_seconds`: orders of a deliveryorder.batchcreate are worked off so much later, and what
became of them is told by deliveryorder.batchcreate.answer; 0: at once. `rules` has what may go
wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from local.simulators.application import CannotStart, JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import qimen
from local.simulators.wms.course import ALL_STEPS
from local.simulators.wms.lots import lot_in
from local.simulators.wms.rules import Rule, rule_of
from local.simulators.wms.stock import Lot
from local.simulators.wms.warehouse import Warehouse

MOST_SENDERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a file says, checked."""

    mode: JsonObject
    senders: int = 1
    standing: datetime | None = None
    positive_only: bool = False
    batch_answer_seconds: float = 0.0
    stock: tuple[tuple[str, Lot, int], ...] = ()
    rules: tuple[Rule, ...] = field(default=())

    def settle(self, warehouse: Warehouse) -> None:
        """Puts it into force: the opening stock only where nothing was ever kept."""
        warehouse.put("auto", "", self.mode)
        manner = {
            "positive_only": self.positive_only,
            "batch_answer_seconds": self.batch_answer_seconds,
        }
        warehouse.put("manner", "", manner)
        if warehouse.stock.items():
            return
        for item, lot, quantity in self.stock:
            warehouse.stock.count(item, lot, quantity)


def scenario_of(values: JsonObject) -> Scenario:
    """The scenario that a JSON object describes; `Refused` names what is wrong with it."""
    fields = Fields(values)
    fields.only(
        *("steps", "seconds", "step_seconds", "receive_seconds"),
        *("senders", "by_hand", "time", "positive_only", "batch_answer_seconds"),
        *("stock", "rules"),
    )
    steps = values.get("steps", list(ALL_STEPS))
    if not isinstance(steps, list) or not all(isinstance(each, str) and each for each in steps):
        raise Refused(400, "steps: a list of texts is wanted")
    seconds = {name: _seconds(name, text) for name, text in fields.texts("seconds").items()}
    senders = fields.whole("senders", 1)
    if not 1 <= senders <= MOST_SENDERS:
        raise Refused(400, f"senders: 1 to {MOST_SENDERS} are wanted")
    return Scenario(
        mode={
            "enabled": not fields.flag("by_hand", False),
            "steps": steps,
            "seconds": seconds,
            "step_seconds": fields.number("step_seconds", 1.0),
            "receive_seconds": fields.number("receive_seconds", 5.0),
        },
        senders=senders,
        standing=_moment(fields.text("time")) if fields.has("time") else None,
        positive_only=fields.flag("positive_only", False),
        batch_answer_seconds=fields.number("batch_answer_seconds", 0.0),
        stock=tuple(_stock(each) for each in fields.objects("stock")),
        rules=tuple(
            rule_of(each, f"scenario-{number:03d}")
            for number, each in enumerate(fields.objects("rules"), start=1)
        ),
    )


def load(file: Path | None) -> Scenario:
    """The scenario of a file, or the plain one without."""
    if file is None:
        return scenario_of({})
    try:
        values = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CannotStart(f"The scenario {file} can't be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CannotStart(f"The scenario {file} is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise CannotStart(f"The scenario {file} is not a JSON object.")
    try:
        return scenario_of(values)
    except Refused as refused:
        raise CannotStart(f"The scenario {file} can't be used: {refused.message}") from None


def _stock(fields: Fields) -> tuple[str, Lot, int]:
    quantity = fields.whole("quantity")
    if quantity < 0:
        raise Refused(400, "stock: quantity: 0 or more is wanted")
    return fields.text("item"), lot_in(fields), quantity


def _moment(text: str) -> datetime:
    try:
        return qimen.read_time(text)
    except ValueError:
        raise Refused(400, "time: a China time such as 2026-11-22 09:30:00 is wanted") from None


def _seconds(name: str, text: str | None) -> float:
    try:
        seconds = float(text or "")
    except ValueError:
        raise Refused(400, f"seconds: {name}: a number is wanted") from None
    if not 0 <= seconds < 10**6:
        raise Refused(400, f"seconds: {name}: a number from 0 is wanted")
    return seconds
