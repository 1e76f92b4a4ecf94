"""Second faults: where the first one has led, and a sample of everywhere else.

All pairs of faults of a handler are some thousand runs. Two ways through them find most of what
they would find. The **led** pairs go where only recovering code comes by: whatever a run with one
fault makes its outside calls from, and no fault has hit yet, is hit by a second fault (or by a
first one, where it follows undisturbed). The **sampled** pairs are drawn from all others, by a
seed, so that every run of the tests draws the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.harness.crash_points import Crashing, Report, Run, Scenario, faults_in
from tests.harness.injecting import FAILURES, Fault, Mode

World = TypeVar("World")

SECOND = Mode.KILL_AFTER
"""The second fault of a led pair: the call took effect, and nothing after it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """`singles`: every call in every mode. `led` and `sampled`: two faults; `possible` is how many
    pairs there are to draw from.
    """

    singles: Report
    led: Report
    sampled: Report
    possible: int


def crash_in_pairs(
    scenario: Scenario[World], *, sample: int, seed: str, modes: tuple[Mode, ...] = tuple(Mode)
) -> Paired:
    """Every call of the first delivery in every mode, then the led pairs, then `sample` others."""
    pairs = _Pairs(scenario, modes)
    singles = pairs.singles()
    led = pairs.led()
    possible, sampled = pairs.sampled(sample, seed)
    return Paired(singles=singles, led=led, sampled=sampled, possible=possible)


class _Pairs(Generic[World]):
    def __init__(self, scenario: Scenario[World], modes: tuple[Mode, ...]) -> None:
        self._crashing = Crashing(scenario)
        self._modes = modes
        self._firsts: list[tuple[Fault, Run]] = []

    def singles(self) -> Report:
        golden = self._crashing.golden
        for fault in faults_in(golden, 0, golden.first, self._modes):
            self._firsts.append((fault, self._crashing.crash(fault)))
        return self._crashing.report()

    def led(self) -> Report:
        golden = self._crashing.golden
        self._lead((), golden, golden.first)
        for fault, run in self._firsts:
            self._lead((fault,), run, fault.at + 1)
        return self._crashing.report()

    def _lead(self, before: tuple[Fault, ...], run: Run, since: int) -> None:
        for at in range(since, len(run.trace)):
            if run.places[at] - self._crashing.crossed:
                self._crashing.crash(*before, Fault(at=at, mode=SECOND))

    def sampled(self, count: int, seed: str) -> tuple[int, Report]:
        possible = list(self._others())
        # Which pairs are drawn is no secret; it has to be the same ones every time.
        drawn = random.Random(seed).sample(possible, min(count, len(possible)))
        for pair in drawn:
            self._crashing.crash(*pair)
        return len(possible), self._crashing.report()

    def _others(self) -> Iterator[tuple[Fault, Fault]]:
        for fault, run in self._firsts:
            for second in faults_in(run, fault.at + 1, len(run.trace), FAILURES):
                yield fault, second
