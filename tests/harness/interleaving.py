"""Interleavings: workers stopped at every outside call, every order of their calls tried.

Each worker is a thread; one holds the turn at a time and gives it up before each call, so a
schedule is a list of choices and repeats itself. All schedules are tried depth first, up to a
limit. Two workers of five calls each have 252 schedules, three of three 1,680.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tests.harness.outside_calls import Call, listening

World = TypeVar("World")

STUCK_SECONDS = 30.0
"""Longer than any worker needs from one call to the next."""

MOST_WORKERS, MOST_TURNS = 12, 400
"""Every number of workers up to four divides the first, so that each is as likely to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race(Generic[World]):
    """What runs against what.

    `workers` gives the callables for a fresh world. `check` gets the world and what each worker
    answered or raised (as an exception object), and says what is wrong, or None.
    """

    name: str
    prepare: Callable[[], World]
    workers: Callable[[World], Sequence[Callable[[], object]]]
    check: Callable[[World, Sequence[Any]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A schedule (which of the waiting workers went on, at each turn) that came out wrong."""

    schedule: tuple[int, ...]
    calls: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        return f"{self.what}\n    after {', '.join(self.calls)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """`exhausted`: every schedule was tried, not only as many as the limit allows."""

    race: str
    schedules: int
    exhausted: bool
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        all_of = "all " if self.exhausted else ""
        head = f"{self.race}: {all_of}{self.schedules} schedules, {len(self.findings)} wrong"
        return "\n".join([head, *(f"  {each}" for each in self.findings[:5])])


def explore(race: Race[World], *, limit: int = 2_000) -> Exploration:
    """Tries all schedules depth first, at most `limit` of them."""
    prefix: list[int] = []
    findings: list[Finding] = []
    schedules = 0
    while True:
        world = race.prepare()
        turns = _Turns(prefix)
        outcomes = turns.run(race.workers(world))
        schedules += 1
        what = race.check(world, outcomes)
        if what is not None:
            chosen = tuple(choice for choice, _ in turns.choices)
            findings.append(Finding(schedule=chosen, calls=tuple(turns.calls), what=what))
        following = _next_prefix(turns.choices)
        if following is None or schedules >= limit:
            return Exploration(
                race=race.name,
                schedules=schedules,
                exhausted=following is None,
                findings=tuple(findings),
            )
        prefix = following


def sample(race: Race[World], *, schedules: int, seed: int = 0) -> Exploration:
    """So many schedules drawn at random, where there are too many to try all; the same seed draws
    the same ones. Depth first alone would stay among schedules that begin alike.
    """
    chooser = random.Random(seed)
    findings: list[Finding] = []
    for _ in range(schedules):
        world = race.prepare()
        turns = _Turns([chooser.randrange(MOST_WORKERS) for _ in range(MOST_TURNS)])
        outcomes = turns.run(race.workers(world))
        what = race.check(world, outcomes)
        if what is not None:
            chosen = tuple(choice for choice, _ in turns.choices)
            findings.append(Finding(schedule=chosen, calls=tuple(turns.calls), what=what))
    return Exploration(
        race=race.name, schedules=schedules, exhausted=False, findings=tuple(findings)
    )


def _next_prefix(choices: Sequence[tuple[int, int]]) -> list[int] | None:
    """The schedule after this one in depth-first order: the last choice that has another."""
    left = list(choices)
    while left and left[-1][0] + 1 >= left[-1][1]:
        left.pop()
    if not left:
        return None
    return [choice for choice, _ in left[:-1]] + [left[-1][0] + 1]


class _Turns:
    """Gives the turn to one worker at a time: by the prefix, then always to the first that waits.

    `choices` are (which, of how many) for each turn given.
    """

    def __init__(self, prefix: Sequence[int]) -> None:
        self._prefix = tuple(prefix)
        self._me = threading.local()
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._done: set[int] = set()
        self._running: int | None = None
        self.choices: list[tuple[int, int]] = []
        self.calls: list[str] = []

    def before(self, call: Call) -> None:
        worker = getattr(self._me, "worker", None)
        if worker is not None:
            self._wait_for_turn(worker)
            self.calls.append(f"{worker}: {call.name}")

    def after(self, call: Call) -> None:
        """The turn lasts until the worker's next call."""

    def run(self, workers: Sequence[Callable[[], object]]) -> list[Any]:
        outcomes: list[Any] = [None] * len(workers)
        threads = [
            threading.Thread(target=self._work, args=(number, work, outcomes), daemon=True)
            for number, work in enumerate(workers)
        ]
        with listening(self):
            for number, thread in enumerate(threads):
                self._bring_to_first_call(number, thread)
            while self._give_turn(len(workers)):
                pass
            for thread in threads:
                thread.join()
        return outcomes

    def _bring_to_first_call(self, number: int, thread: threading.Thread) -> None:
        # What comes before the first call is nobody else's business, so its order is no choice.
        with self._changed:
            self._running = number
            thread.start()
            self._until(lambda: self._running is None)

    def _work(self, number: int, work: Callable[[], object], outcomes: list[Any]) -> None:
        self._me.worker = number
        try:
            outcomes[number] = work()
        except BaseException as error:  # a thread's error has nowhere else to go
            outcomes[number] = error
        with self._changed:
            self._done.add(number)
            self._running = None
            self._changed.notify_all()

    def _wait_for_turn(self, worker: int) -> None:
        with self._changed:
            self._waiting.add(worker)
            if self._running == worker:
                self._running = None
            self._changed.notify_all()
            self._until(lambda: self._running == worker)
            self._waiting.discard(worker)

    def _give_turn(self, workers: int) -> bool:
        """Waits until all are waiting or done, then lets one go on; False if all are done."""
        with self._changed:
            self._until(
                lambda: self._running is None and len(self._waiting | self._done) == workers
            )
            if len(self._done) == workers:
                return False
            enabled = sorted(self._waiting)
            turn = len(self.choices)
            choice = self._prefix[turn] % len(enabled) if turn < len(self._prefix) else 0
            self.choices.append((choice, len(enabled)))
            self._running = enabled[choice]
            self._waiting.discard(self._running)
            self._changed.notify_all()
            return True

    def _until(self, condition: Callable[[], bool]) -> None:
        if not self._changed.wait_for(condition, timeout=STUCK_SECONDS):
            raise TimeoutError(f"no turn for {STUCK_SECONDS} s")
