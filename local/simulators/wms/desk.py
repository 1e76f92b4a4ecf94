"""The desk that messages leave from: at once, later, twice, or never, as the rules have it.

A message is kept before it leaves, and its order remembers it as unacknowledged until the OMS has
answered `success`. What is to leave later stands as a `post`, under the number of its message.
"""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.application import JsonObject, Refused
from local.simulators.store import Store
from local.simulators.wms import qimen
from local.simulators.wms.callbacks import Callbacks, Outgoing, Report, unanswered
from local.simulators.wms.rules import Rules
from local.simulators.wms.warehouse import KINDS, Warehouse

QUEUED = "queued"
"""The flag that is told of a message that leaves later."""

POST = "post"
COPY = "+copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """How long a message waits before it leaves; `behind`: until another one has left."""

    seconds: float
    behind: bool = False


class Desk:
    """The outgoing side of all warehouses, with its rules."""

    def __init__(self, store: Store, callbacks: Callbacks, rules: Rules) -> None:
        self.store = store
        self.rules = rules
        self._callbacks = callbacks

    def prepared(
        self,
        warehouse: Warehouse,
        order: JsonObject,
        *,
        kind: str,
        method: str,
        content: JsonObject,
        others: tuple[str, ...] = (),
    ) -> Outgoing:
        """Keeps a message about an order (and `others`), and the order, in the caller's
        transaction.
        """
        codes = (order["code"], *others)
        report = Report(method=method, body=qimen.xml("request", content), codes=codes)
        outgoing = self._callbacks.prepare(warehouse, report)
        order["unacknowledged"].append(outgoing.number)
        warehouse.put(kind, order["code"], order)
        return outgoing

    def prepared_plain(self, warehouse: Warehouse, report: Report) -> Outgoing:
        """Keeps a message that no order waits for."""
        return self._callbacks.prepare(warehouse, report)

    def sent(
        self, warehouse: Warehouse, outgoing: Outgoing, hold: Hold | None = None
    ) -> JsonObject:
        """Sends a message as the rules have it; what the OMS answered, or that it waits."""
        hold = hold or self._hold(warehouse, outgoing.report)
        if hold is not None:
            self._put(warehouse, f"{outgoing.number:012d}", outgoing.number, hold)
            return unanswered(outgoing, "", QUEUED)
        return self._delivered(warehouse, outgoing, first=True)

    def sent_all(
        self, warehouse: Warehouse, parts: list[Outgoing], hold: Hold | None = None
    ) -> JsonObject:
        """Sends the messages of one document; what the OMS answered to the last, or to the first
        that it didn't take.
        """
        answers = [self.sent(warehouse, part, hold) for part in parts]
        return next((each for each in answers if each["flag"] != "success"), answers[-1])

    def send_again(self, warehouse: Warehouse, number: int) -> JsonObject:
        """A message sent before, byte for byte, with a new time and signature."""
        message = self.store.message(number)
        sender = (message["direction"], message["peer"]) if message else None
        if message is None or sender != ("out", warehouse.code):
            raise Refused(404, f"warehouse {warehouse.code} sent no message {number}")
        report = Report(
            method=message["method"],
            body=message["body"],
            codes=tuple(message["codes"]),
            content_type=message["headers"]["Content-Type"],
            note=f"again {message['n']}",
        )
        outgoing = self._callbacks.prepare(warehouse, report)
        return self._delivered(warehouse, outgoing, first=False)

    def send_post(self, warehouse: Warehouse, code: str) -> JsonObject:
        """What has waited leaves."""
        post = warehouse.get(POST, code)
        if post is None:
            raise Refused(404, f"no message {code} waits")
        self.store.delete(POST, warehouse.code, code)
        if post["copy"]:
            return self.send_again(warehouse, post["number"])
        outgoing = self._callbacks.renew(warehouse, post["number"])
        return self._delivered(warehouse, outgoing, first=False)

    def waits(self, warehouse: Warehouse, number: int) -> bool:
        """Whether a message has not left yet."""
        return warehouse.get(POST, f"{number:012d}") is not None

    def _delivered(self, warehouse: Warehouse, outgoing: Outgoing, *, first: bool) -> JsonObject:
        method, codes = outgoing.report.method, outgoing.report.codes
        if first and self.rules.strikes("lose", warehouse.code, method, codes):
            return self._callbacks.lost(outgoing)
        answer = self._callbacks.send(outgoing)
        if first:
            self._let_go(warehouse)
            copy = self.rules.strikes("duplicate", warehouse.code, method, codes)
            if copy is not None:
                name = f"{outgoing.number:012d}{COPY}"
                self._put(warehouse, name, outgoing.number, Hold(seconds=copy.seconds), copy=True)
            if self.rules.strikes("ignore_answer", warehouse.code, method, codes):
                return answer | {"flag": "", "error": "the answer was ignored"}
        if answer["flag"] == "success":
            with self.store.transaction():
                for code in codes:
                    acknowledge(warehouse, code, outgoing.report.body)
        return answer

    def _hold(self, warehouse: Warehouse, report: Report) -> Hold | None:
        for what in ("delay", "reorder"):
            rule = self.rules.strikes(what, warehouse.code, report.method, report.codes)
            if rule is not None:
                return Hold(seconds=rule.seconds, behind=what == "reorder")
        return None

    def _put(
        self, warehouse: Warehouse, code: str, number: int, hold: Hold, *, copy: bool = False
    ) -> None:
        due = warehouse.clock.now().timestamp() + hold.seconds
        post = {"number": number, "due_at": due, "behind": hold.behind, "copy": copy}
        warehouse.put(POST, code, post)

    def _let_go(self, warehouse: Warehouse) -> None:
        """A message has left: those that waited for it follow."""
        now = warehouse.clock.now().timestamp()
        for code, post in self.store.documents(POST, warehouse.code):
            if post["behind"] and post["due_at"] > now:
                warehouse.put(POST, code, post | {"due_at": now})


def acknowledge(warehouse: Warehouse, code: str, body: bytes) -> None:
    """Strikes off what the OMS has now accepted, under whichever number it was sent."""
    for kind in KINDS:
        order = warehouse.get(kind, code)
        if order is None or not order["unacknowledged"]:
            continue
        waiting = []
        for number in order["unacknowledged"]:
            message = warehouse.store.message(number)
            if message is not None and message["body"] != body:
                waiting.append(number)
        order["unacknowledged"] = waiting
        warehouse.put(kind, code, order)
