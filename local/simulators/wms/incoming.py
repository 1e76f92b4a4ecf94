"""How the warehouse misbehaves towards the OMS's messages: as ordered, else as the rules strike."""

from __future__ import annotations

import threading

from local.simulators.behaviour import Behaviour, Behaviours
from local.simulators.wms.clock import MACHINE, Clock
from local.simulators.wms.rules import Rule, Rules

_MODES = {
    "drop_answer": "drop_after",
    "drop_request": "drop_before",
    "fail": "fail",
    "slow": "slow",
    "restart": "drop_after",
}
TOO_LATE = "订单已拣货, 不能取消"


class Incoming(Behaviours):
    """The orders in force, and the rules. While the simulator is away nothing is answered."""

    def __init__(self, stopping: threading.Event, rules: Rules, clock: Clock = MACHINE) -> None:
        super().__init__(stopping)
        self._rules = rules
        self._clock = clock
        self._away_until = 0.0

    def leave(self, seconds: float) -> None:
        """Away for so long, like a process that is started anew: what was told to the memory alone
        (`POST /_sim/behaviour`) is forgotten, what is kept stays.
        """
        self.clear()
        self._away_until = self._clock.now().timestamp() + seconds

    def is_away(self) -> bool:
        return self._clock.now().timestamp() < self._away_until

    def take(self, peer: str, method: str, codes: tuple[str, ...] = ()) -> Behaviour | None:
        if self.is_away():
            return Behaviour(mode="drop_before")
        ordered = super().take(peer, method, codes)
        if ordered is not None:
            return ordered
        if method == "order.cancel":
            rule = self._rules.strikes("refuse_cancel", peer, method, codes)
            if rule is not None:
                return Behaviour(mode="fail", code="STATE", message=TOO_LATE)
        for what, mode in _MODES.items():
            rule = self._rules.strikes(what, peer, method, codes)
            if rule is not None:
                return self._behaviour(rule, mode)
        return None

    def _behaviour(self, rule: Rule, mode: str) -> Behaviour:
        if rule.what == "restart":
            self.leave(rule.seconds)
        return Behaviour(mode=mode, seconds=rule.seconds, code=rule.code_said, message=rule.message)
