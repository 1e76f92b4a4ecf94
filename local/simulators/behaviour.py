"""How a simulator misbehaves, on order: `POST /_sim/behaviour`.

A behaviour holds for one peer (or any), one method (or any) and a number of requests (or until
`normal` is set). It lives in the memory of the process only.

| mode | effect of the request | answer |
| --- | --- | --- |
| normal | yes | the true one; clears what was set for the same peer and method |
| down | no | HTTP 503 |
| fail | no | the protocol's own failure, with the given code and message |
| drop_before | no | none, connection closed |
| drop_after | yes | none, connection closed |
| timeout | yes | none for `seconds`, then the connection is closed |
| slow | yes | the true one, after `seconds` |
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from local.simulators.application import ConnectionDropped, JsonObject, Refused, Response
from local.simulators.fields import Fields

MODES = ("normal", "down", "fail", "drop_before", "drop_after", "timeout", "slow")
MOST_SECONDS = 3600


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """One order to misbehave; `times` counts down, None has no end. Empty peer/method: any."""

    peer: str = ""
    method: str = ""
    mode: str = "normal"
    seconds: float = 30.0
    times: int | None = None
    code: str = "FAILED"
    message: str = "模拟的失败"

    def described(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}


def requested(fields: Fields) -> Behaviour:
    """The behaviour a control request asks for."""
    behaviour = Behaviour(
        peer=fields.text("warehouse", fields.text("peer", "")),
        method=fields.text("method", "").removeprefix("taobao.qimen."),
        mode=fields.text("mode"),
        seconds=fields.number("seconds", 30.0),
        times=fields.whole("times") if fields.has("times") else None,
        code=fields.text("code", "FAILED"),
        message=fields.text("message", "模拟的失败"),
    )
    if behaviour.mode not in MODES:
        raise Refused(400, f"mode: one of {', '.join(MODES)} is wanted")
    if not 0 <= behaviour.seconds <= MOST_SECONDS:
        raise Refused(400, f"seconds: 0 to {MOST_SECONDS} are wanted")
    if behaviour.times is not None and behaviour.times < 1:
        raise Refused(400, "times: at least 1 is wanted")
    return behaviour


class Behaviours:
    """The orders in force; the oldest that fits a request is used (and used up) first."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._lock = threading.Lock()
        self._orders: list[Behaviour] = []

    def set(self, behaviour: Behaviour) -> None:
        with self._lock:
            if behaviour.mode == "normal":
                self._orders = [
                    order
                    for order in self._orders
                    if (order.peer, order.method) != (behaviour.peer, behaviour.method)
                ]
            else:
                self._orders.append(behaviour)

    def clear(self) -> None:
        """Forgets every order."""
        with self._lock:
            self._orders.clear()

    def described(self) -> list[JsonObject]:
        with self._lock:
            return [order.described() for order in self._orders]

    def take(self, peer: str, method: str, codes: tuple[str, ...] = ()) -> Behaviour | None:
        """The order that fits, counted down by one; None behaves normally. Here the codes that a
        message is about make no difference.
        """
        with self._lock:
            for order in self._orders:
                if order.peer in ("", peer) and order.method in ("", method):
                    if order.times is not None:
                        order.times -= 1
                        if order.times == 0:
                            self._orders.remove(order)
                    return order
        return None

    def apply(
        self,
        behaviour: Behaviour | None,
        effect: Callable[[], Response],
        failure: Callable[[Behaviour], Response],
    ) -> Response:
        """Answers a request as ordered: `effect` does it, `failure` words the refusal."""
        if behaviour is None:
            return effect()
        if behaviour.mode == "down":
            return Response(status=503, body=b"down\n", content_type="text/plain")
        if behaviour.mode == "fail":
            return failure(behaviour)
        if behaviour.mode == "drop_before":
            raise ConnectionDropped
        if behaviour.mode == "slow":
            self._stopping.wait(behaviour.seconds)
            return effect()
        effect()
        if behaviour.mode == "timeout":
            self._stopping.wait(behaviour.seconds)
        raise ConnectionDropped
