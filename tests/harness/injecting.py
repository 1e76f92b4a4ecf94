"""Letting single outside calls go wrong: the ways there are, and the listener that does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from chalicelib.kernel.http import NoAnswer, NotSent
from tests.harness.outside_calls import Call
from tests.harness.places import Place, places_on_the_stack


class Killed(BaseException):
    """The sandbox is gone. No `Exception`, so nothing of the code under test holds it up."""


class Mode(StrEnum):
    """How a call goes wrong.

    - `kill_before`, `kill_after`: the sandbox dies before, or after, the call took effect.
    - `lost_response`: it took effect and the answer is lost, once. The SDK sends it again, which is
      a true duplicate; the caller of a peer gets `NoAnswer`.
    - `unanswered` (AWS only): it took effect, and all attempts stay without an answer, so the code
      gets the SDK's error for something that has happened.
    - `dropped` (peers only): it never arrived, and the caller gets `NoAnswer` all the same.
    - `refused`: it never arrived, nor did the SDK's retries; a peer's caller gets `NotSent`.
    - `overtaken`: nothing is wrong with the call, but just before it a second delivery of the same
      runs through from beginning to end, so whatever was read is out of date.
    """

    KILL_BEFORE = "kill_before"
    KILL_AFTER = "kill_after"
    LOST_RESPONSE = "lost_response"
    UNANSWERED = "unanswered"
    DROPPED = "dropped"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


FAILURES = tuple(mode for mode in Mode if mode is not Mode.OVERTAKEN)
"""What networks and machines do; being overtaken is what queues do."""

# A peer's caller sends nothing again, so an unanswered call is a lost response there; an AWS call
# that was dropped is a refused one: the same error for the code, the same effect.
_ONLY_FOR = {Mode.UNANSWERED: "aws", Mode.DROPPED: "peer"}


def applies(mode: Mode, call: Call) -> bool:
    """Whether a call of this kind can go wrong in this way."""
    return call.to == _ONLY_FOR.get(mode, call.to)


READS = frozenset(
    [
        *("dynamodb.GetItem", "dynamodb.BatchGetItem", "dynamodb.TransactGetItems"),
        *("dynamodb.Query", "dynamodb.Scan"),
        *("s3.GetObject", "s3.HeadObject", "s3.ListObjectsV2"),
        *("secrets-manager.GetSecretValue", "kms.Decrypt", "kms.GenerateDataKey"),
    ]
)
"""Calls that leave nothing behind."""

_SAME_FOR_READS = {
    Mode.KILL_BEFORE: Mode.KILL_AFTER,
    Mode.UNANSWERED: Mode.REFUSED,
    Mode.LOST_RESPONSE: Mode.REFUSED,
}


def distinct(modes: Collection[Mode], call: Call) -> Iterator[Mode]:
    """The ways in which this call can go wrong, each once. To die before a read is to die after it;
    an error is the same one to the code; and a read that the SDK sends again is a read.
    """
    for mode in modes:
        again = call.name in READS and _SAME_FOR_READS.get(mode) in modes
        if applies(mode, call) and not again:
            yield mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The call (counted from 0 over all deliveries of a run) that goes wrong, and how."""

    at: int
    mode: Mode


class CrashInjector:
    """A listener that keeps the trace of the calls and lets some of them go wrong.

    `places` holds the call expressions on the stack of each call of the trace, `crossed` those of
    the calls that went wrong. `overtake` is the second delivery of `Mode.OVERTAKEN`.
    """

    def __init__(
        self, faults: Sequence[Fault] = (), *, overtake: Callable[[], object] | None = None
    ) -> None:
        self._faults = {fault.at: fault.mode for fault in faults}
        self._overtake = overtake
        self.trace: list[Call] = []
        self.places: list[frozenset[Place]] = []
        self.crossed: frozenset[Place] = frozenset()
        self.hit: set[int] = set()
        self._dead = False
        self._aside = False
        self._cut_off: dict[str, Mode] = {}

    def revive(self) -> None:
        """A new sandbox takes over."""
        self._dead = False
        self._cut_off.clear()

    def before(self, call: Call) -> None:
        if self._aside:
            return
        if self._dead:
            raise Killed
        if call.invocation in self._cut_off:
            raise _refusal(call, self._cut_off[call.invocation])
        self.trace.append(call)
        self.places.append(places_on_the_stack())
        mode = self._mode_now()
        if mode is Mode.OVERTAKEN:
            self._let_by()
        if mode is Mode.KILL_BEFORE:
            self._die()
        if mode is Mode.DROPPED:
            self._fire()
            raise _silence(call)
        if mode is Mode.REFUSED:
            self._fire(cut_off=call)
            raise _refusal(call, mode)

    def after(self, call: Call) -> None:
        if self._aside:
            return
        mode = self._mode_now()
        if mode is Mode.KILL_AFTER:
            self._die()
        if mode in (Mode.LOST_RESPONSE, Mode.UNANSWERED):
            self._fire(cut_off=call if mode is Mode.UNANSWERED else None)
            raise _silence(call)

    def _mode_now(self) -> Mode | None:
        return self._faults.get(len(self.trace) - 1)

    def _die(self) -> None:
        self._fire()
        self._dead = True
        raise Killed

    def _let_by(self) -> None:
        if self._overtake is None:
            raise ValueError("nobody is there to overtake")
        self._fire()
        with self._looking_away():
            self._overtake()

    @contextmanager
    def _looking_away(self) -> Iterator[None]:
        self._aside = True
        try:
            yield
        finally:
            self._aside = False

    def _fire(self, cut_off: Call | None = None) -> None:
        at = len(self.trace) - 1
        mode = self._faults.pop(at)
        self.hit.add(at)
        self.crossed |= self.places[at]
        if cut_off is not None and cut_off.invocation:
            self._cut_off[cut_off.invocation] = mode


def _refusal(call: Call, mode: Mode) -> Exception:
    if call.to == "peer":
        return NotSent("refused")
    if mode is Mode.UNANSWERED:
        return ConnectionClosedError(endpoint_url=call.url)
    return EndpointConnectionError(endpoint_url=call.url)


def _silence(call: Call) -> Exception:
    if call.to == "peer":
        return NoAnswer("lost")
    return ReadTimeoutError(endpoint_url=call.url)
