"""Crash points: one use case, run again and again, each time with one outside call gone wrong.

An undisturbed run gives the list of calls and the end state. Then, for every call and every mode,
the scenario is prepared afresh, delivered with that fault, and delivered again until it returns, as
SQS, a WMS or a clock would; the end state has to be the same. A killed sandbox makes no further
call: whatever the dying code still tries (`finally`, `except BaseException`) doesn't go out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from chalicelib.kernel.http import NoAnswer, NotSent
from tests.harness.outside_calls import Call, listening
from tests.harness.state import unequal_parts

World = TypeVar("World")


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
    """

    KILL_BEFORE = "kill_before"
    KILL_AFTER = "kill_after"
    LOST_RESPONSE = "lost_response"
    UNANSWERED = "unanswered"
    DROPPED = "dropped"
    REFUSED = "refused"


# A peer's caller sends nothing again, so an unanswered call is a lost response there; an AWS call
# that was dropped is a refused one: the same error for the code, the same effect.
_ONLY_FOR = {Mode.UNANSWERED: "aws", Mode.DROPPED: "peer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Generic[World]):
    """A use case to be crashed.

    `prepare` makes a fresh world each time. `deliver` is one delivery of the same event, message or
    request; it may raise, and builds anew whatever a new sandbox would (container, caches). `state`
    is what has to be equal in the end: tables without times, attempt counters and random ids (see
    `tests.harness.state`), objects, and what peers were effectively told. `between_deliveries` is
    where the clock moves on, so that leases run out.
    """

    name: str
    prepare: Callable[[], World]
    deliver: Callable[[World], object]
    state: Callable[[World], object]
    between_deliveries: Callable[[World], object] = lambda world: None
    max_deliveries: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The call (counted from 0 over all deliveries of a run) that goes wrong, and how."""

    at: int
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Faults after which the end state was another one. `calls` names the calls they hit."""

    faults: tuple[Fault, ...]
    calls: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        where = ", then ".join(
            f"{fault.mode} at call {fault.at} ({call})"
            for fault, call in zip(self.faults, self.calls, strict=True)
        )
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an enumeration found. `calls` are those of the undisturbed run; assert `divergences ==
    ()`.
    """

    scenario: str
    calls: tuple[str, ...]
    runs: int
    seconds: float
    divergences: tuple[Divergence, ...]

    def __str__(self) -> str:
        head = (
            f"{self.scenario}: {len(self.calls)} calls, {self.runs} runs in {self.seconds:.1f} s, "
            f"{len(self.divergences)} divergences"
        )
        return "\n".join([head, *(f"  {each}" for each in self.divergences)])


class CrashInjector:
    """A listener that keeps the trace of the calls and lets some of them go wrong."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = {fault.at: fault.mode for fault in faults}
        self.trace: list[Call] = []
        self.hit: set[int] = set()
        self._dead = False
        self._cut_off: dict[str, Mode] = {}

    def revive(self) -> None:
        """A new sandbox takes over."""
        self._dead = False
        self._cut_off.clear()

    def before(self, call: Call) -> None:
        if self._dead:
            raise Killed
        if call.invocation in self._cut_off:
            raise _refusal(call, self._cut_off[call.invocation])
        self.trace.append(call)
        mode = self._mode_now()
        if mode is Mode.KILL_BEFORE:
            self._die()
        if mode is Mode.DROPPED:
            self._fire()
            raise _silence(call)
        if mode is Mode.REFUSED:
            self._fire(cut_off=call)
            raise _refusal(call, mode)

    def after(self, call: Call) -> None:
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

    def _fire(self, cut_off: Call | None = None) -> None:
        at = len(self.trace) - 1
        mode = self._faults.pop(at)
        self.hit.add(at)
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


@dataclass(slots=True, kw_only=True)
class _Run:
    """One prepared, disturbed and finished world. `raised` is what the last delivery raised."""

    state: Any
    trace: tuple[Call, ...]
    deliveries: int
    raised: BaseException | None
    missed: tuple[Fault, ...] = field(default=())


def enumerate_crashes(
    scenario: Scenario[World], *, pairs: bool = False, modes: Sequence[Mode] = tuple(Mode)
) -> Report:
    """Every call in every mode; with `pairs` also every second fault in what follows the first, up
    to the end of the last redelivery.

    The undisturbed run has to return on its first delivery.
    """
    started = time.monotonic()
    golden = _run(scenario, ())
    if golden.deliveries > 1 or golden.raised is not None:
        raise AssertionError(f"{scenario.name} fails undisturbed") from golden.raised
    runs = 1
    divergences: list[Divergence] = []
    for fault in _faults(golden.trace, 0, modes):
        first = _run(scenario, (fault,))
        runs += 1
        divergences.extend(_compare(golden, first, (fault,)))
        for second in _faults(first.trace, fault.at + 1, modes) if pairs else ():
            both = _run(scenario, (fault, second))
            runs += 1
            divergences.extend(_compare(golden, both, (fault, second)))
    return Report(
        scenario=scenario.name,
        calls=tuple(call.name for call in golden.trace),
        runs=runs,
        seconds=time.monotonic() - started,
        divergences=tuple(divergences),
    )


def _faults(trace: Sequence[Call], first: int, modes: Sequence[Mode]) -> Iterator[Fault]:
    for at in range(first, len(trace)):
        for mode in modes:
            if trace[at].to == _ONLY_FOR.get(mode, trace[at].to):
                yield Fault(at=at, mode=mode)


def _run(scenario: Scenario[World], faults: tuple[Fault, ...]) -> _Run:
    world = scenario.prepare()
    injector = CrashInjector(faults)
    raised: BaseException | None = None
    deliveries = 0
    while deliveries < scenario.max_deliveries:
        if deliveries:
            scenario.between_deliveries(world)
        deliveries += 1
        injector.revive()
        raised = _deliver(scenario, world, injector)
        if raised is None:
            break
    return _Run(
        state=scenario.state(world),
        trace=tuple(injector.trace),
        deliveries=deliveries,
        raised=raised,
        missed=tuple(fault for fault in faults if fault.at not in injector.hit),
    )


def _deliver(
    scenario: Scenario[World], world: World, injector: CrashInjector
) -> BaseException | None:
    """What one delivery raised: the fault itself, or what the code made of it."""
    try:
        with listening(injector):
            scenario.deliver(world)
    except (Exception, Killed) as error:
        return error
    return None


def _compare(golden: _Run, run: _Run, faults: tuple[Fault, ...]) -> Iterator[Divergence]:
    calls = tuple(
        run.trace[fault.at].name if fault.at < len(run.trace) else "never made" for fault in faults
    )
    what = "; ".join(_differences(golden, run))
    if what:
        yield Divergence(faults=faults, calls=calls, what=what)


def _differences(golden: _Run, run: _Run) -> Iterator[str]:
    if run.missed:
        yield "the call was never made: the scenario doesn't repeat itself"
    if run.raised is not None:
        yield f"still raises after {run.deliveries} deliveries: {run.raised!r}"
    yield from (
        f"{path or 'state'}: {expected!r} became {actual!r}"
        for path, expected, actual in unequal_parts(golden.state, run.state)
    )
