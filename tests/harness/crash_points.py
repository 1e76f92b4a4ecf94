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
from typing import Any, Generic, TypeVar

from tests.harness.injecting import FAILURES, CrashInjector, Fault, Killed, Mode, distinct
from tests.harness.outside_calls import Call, listening
from tests.harness.places import Place
from tests.harness.room import with_room
from tests.harness.state import unequal_parts

__all__ = [
    "CrashInjector",
    "Crashing",
    "Divergence",
    "Fault",
    "Killed",
    "Mode",
    "Report",
    "Scenario",
    "enumerate_crashes",
]

World = TypeVar("World")
Delivery = Callable[[World], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Generic[World]):
    """A use case to be crashed.

    `prepare` makes a fresh world each time. `deliver` is one delivery of the same event, message or
    request; it may raise, and builds anew whatever a new sandbox would (container, caches).
    `next_delivery` gives what the use case has asked for itself and waits for now (a reminder), as
    a delivery of its own, or None; each is delivered until it returns, like the first one.
    `state` is what has to be equal in the end: tables without times, attempt counters and random
    ids (see `tests.harness.state`), objects, and what peers were effectively told.
    `overtake` is the second delivery of `Mode.OVERTAKEN`, where it isn't just `deliver`; it may
    raise `turned_away` (it found the other one's lease, and would come again), and nothing else.
    `between_deliveries` is where the clock moves on, so that leases run out.
    """

    name: str
    prepare: Callable[[], World]
    deliver: Delivery[World]
    state: Callable[[World], object]
    next_delivery: Callable[[World], Delivery[World] | None] = lambda world: None
    overtake: Delivery[World] | None = None
    turned_away: type[Exception] = Exception
    between_deliveries: Callable[[World], object] = lambda world: None
    max_deliveries: int = 6


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
    """What an enumeration found. `calls` are those of the undisturbed first delivery; assert
    `divergences == ()`.
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


@dataclass(slots=True, kw_only=True)
class Run:
    """One prepared, disturbed and finished world. `raised` is what the last delivery raised;
    `first` how many calls were made before the first delivery was through.
    """

    state: Any
    trace: tuple[Call, ...]
    places: tuple[frozenset[Place], ...]
    first: int
    deliveries: int
    raised: BaseException | None
    missed: tuple[Fault, ...] = field(default=())


class Crashing(Generic[World]):
    """The runs of one scenario, each compared with the undisturbed one, and what they found.

    The undisturbed run has to return on its first delivery.
    """

    def __init__(self, scenario: Scenario[World]) -> None:
        self._scenario = scenario
        self._started = time.monotonic()
        self._divergences: list[Divergence] = []
        self._aside: Exception | None = None
        self.runs = 1
        self.crossed: frozenset[Place] = frozenset()
        self.golden = self._run(())
        if self.golden.raised is not None or self.golden.deliveries > 1:
            raise AssertionError(f"{scenario.name} fails undisturbed") from self.golden.raised

    def crash(self, *faults: Fault) -> Run:
        """One run with these faults, in the order of their calls."""
        self.runs += 1
        run = with_room(lambda: self._run(faults))
        self._divergences.extend(_compare(self.golden, run, faults))
        # It is equal, or said to be another: what whoever goes on needs are the calls.
        run.state = None
        return run

    def report(self) -> Report:
        """What the runs since the last report found."""
        report = Report(
            scenario=self._scenario.name,
            calls=tuple(call.name for call in self.golden.trace[: self.golden.first]),
            runs=self.runs,
            seconds=time.monotonic() - self._started,
            divergences=tuple(self._divergences),
        )
        self.runs, self._started = 0, time.monotonic()
        self._divergences.clear()
        return report

    def _run(self, faults: tuple[Fault, ...]) -> Run:
        scenario, world = self._scenario, self._scenario.prepare()
        injector = CrashInjector(faults, overtake=lambda: self._deliver_aside(world))
        raised, deliveries = self._until_it_returns(world, scenario.deliver, injector)
        first = len(injector.trace)
        while raised is None and (follows := scenario.next_delivery(world)) is not None:
            raised, _ = self._until_it_returns(world, follows, injector)
        self.crossed |= injector.crossed
        if self._aside is not None:
            raise AssertionError(f"{scenario.name}: what overtook it failed") from self._aside
        return Run(
            state=scenario.state(world),
            trace=tuple(injector.trace),
            places=tuple(injector.places),
            first=first,
            deliveries=deliveries,
            raised=raised,
            missed=tuple(fault for fault in faults if fault.at not in injector.hit),
        )

    def _until_it_returns(
        self, world: World, deliver: Delivery[World], injector: CrashInjector
    ) -> tuple[BaseException | None, int]:
        """What the last of the deliveries raised, and how many there were."""
        raised: BaseException | None = None
        for number in range(1, self._scenario.max_deliveries + 1):
            if number > 1:
                self._scenario.between_deliveries(world)
            injector.revive()
            try:
                with listening(injector):
                    deliver(world)
            except (Exception, Killed) as error:
                raised = error
            else:
                return None, number
        return raised, self._scenario.max_deliveries

    def _deliver_aside(self, world: World) -> None:
        """What overtakes. It runs inside a call of the other one, which mustn't see its failure."""
        overtake = self._scenario.overtake or self._scenario.deliver
        try:
            overtake(world)
        except self._scenario.turned_away:
            return
        except Exception as error:
            self._aside = error


def enumerate_crashes(
    scenario: Scenario[World], *, pairs: bool = False, modes: Sequence[Mode] = FAILURES
) -> Report:
    """Every call of the first delivery in every mode; with `pairs` also every second fault in what
    follows the first, up to the end of the last redelivery.
    """
    crashing = Crashing(scenario)
    golden = crashing.golden
    for fault in faults_in(golden, 0, golden.first, modes):
        first = crashing.crash(fault)
        for second in faults_in(first, fault.at + 1, first.first, modes) if pairs else ():
            crashing.crash(fault, second)
    return crashing.report()


def faults_in(run: Run, since: int, until: int, modes: Sequence[Mode]) -> Iterator[Fault]:
    """Every fault that differs from the others, in a part of a run's trace."""
    for at in range(since, until):
        for mode in distinct(modes, run.trace[at]):
            yield Fault(at=at, mode=mode)


def _compare(golden: Run, run: Run, faults: tuple[Fault, ...]) -> Iterator[Divergence]:
    calls = tuple(
        run.trace[fault.at].name if fault.at < len(run.trace) else "never made" for fault in faults
    )
    what = "; ".join(_differences(golden, run))
    if what:
        yield Divergence(faults=faults, calls=calls, what=what)


def _differences(golden: Run, run: Run) -> Iterator[str]:
    if run.missed:
        yield "the call was never made: the scenario doesn't repeat itself"
    if run.raised is not None:
        yield f"still raises after {run.deliveries} deliveries: {run.raised!r}"
    yield from (
        f"{path or 'state'}: {expected!r} became {actual!r}"
        for path, expected, actual in unequal_parts(golden.state, run.state)
    )
