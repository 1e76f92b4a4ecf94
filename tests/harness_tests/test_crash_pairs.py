"""Second faults: what only recovering code does is hit too, and a sample is the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from chalicelib.kernel.http import HttpAnswer, NoAnswer
from tests.harness.crash_pairs import Paired, crash_in_pairs
from tests.harness.crash_points import Crashing, Fault, Mode, Scenario
from tests.harness.outside_calls import WatchedHttp

KILLS = (Mode.KILL_BEFORE, Mode.KILL_AFTER)


@dataclass
class Peer:
    """A peer that keeps what it is sent."""

    heard: list[str] = field(default_factory=list)

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: object,
        timeout_seconds: float,
    ) -> HttpAnswer:
        self.heard.append(body.decode())
        return HttpAnswer(status=200, headers={}, body=b"ok")


@dataclass
class Line:
    """A world: a peer, and what the sandboxes have written down."""

    peer: Peer = field(default_factory=Peer)
    written: list[str] = field(default_factory=list)
    due: list[str] = field(default_factory=list)

    def say(self, word: str) -> None:
        WatchedHttp(self.peer).send(
            "POST", f"http://wms/{word}", body=word.encode(), headers={}, timeout_seconds=1
        )


def scenario(deliver: Callable[[Line], object]) -> Scenario[Line]:
    return Scenario(
        name="say",
        prepare=Line,
        deliver=deliver,
        next_delivery=_reminder,
        state=lambda line: sorted({*line.peer.heard}),
    )


def _reminder(line: Line) -> Callable[[Line], object] | None:
    if not line.due:
        return None
    word = line.due.pop()
    return lambda line: line.say(word)


def says_hello(line: Line) -> None:
    line.say("hello")


def crashed(deliver: Callable[[Line], object], sample: int = 0) -> Paired:
    return crash_in_pairs(scenario(deliver), modes=KILLS, sample=sample, seed="say")


def test_a_reminder_is_crashed_like_the_delivery_it_follows() -> None:
    def asks_for_more(line: Line) -> None:
        line.say("hello")
        line.due.append("more")

    found = crashed(asks_for_more)
    assert found.singles.calls == ("POST /hello",)
    assert found.singles.divergences == found.led.divergences == ()


def test_a_second_delivery_right_in_the_middle_shows_what_was_read_too_early() -> None:
    def counts(line: Line) -> None:
        before = len(line.written)
        line.say(f"number {before}")
        line.written.append("one more")

    once = crash_in_pairs(scenario(counts), modes=(Mode.OVERTAKEN,), sample=0, seed="say")
    assert once.singles.divergences == ()

    def reads_early(line: Line) -> None:
        before = len(line.written)
        line.say("asking")
        line.written.append("one more")
        line.say(f"number {before + len(line.written)}")

    twice = crash_in_pairs(scenario(reads_early), modes=(Mode.OVERTAKEN,), sample=0, seed="say")
    assert [each.faults[0] for each in twice.singles.divergences] == [
        Fault(at=0, mode=Mode.OVERTAKEN),
        Fault(at=1, mode=Mode.OVERTAKEN),
    ]


def test_an_overtaker_that_fails_for_no_lease_is_no_silent_success() -> None:
    def breaks(line: Line) -> None:
        raise KeyError("a bug")

    def leased(line: Line) -> None:
        raise NoAnswer("http://wms/hello")

    broken = replace(scenario(says_hello), overtake=breaks, turned_away=NoAnswer)
    with pytest.raises(AssertionError, match="what overtook it failed"):
        crash_in_pairs(broken, modes=(Mode.OVERTAKEN,), sample=0, seed="say")
    waits = replace(scenario(says_hello), overtake=leased, turned_away=NoAnswer)
    found = crash_in_pairs(waits, modes=(Mode.OVERTAKEN,), sample=0, seed="say")
    assert found.singles.divergences == ()


def test_the_sample_is_drawn_from_all_pairs_and_is_the_same_every_time() -> None:
    drawn: list[list[str]] = []

    def listens(line: Line) -> None:
        drawn[-1].append("delivered")
        line.say("first")
        line.say("second")

    for _ in range(2):
        drawn.append([])
        found = crashed(listens, sample=3)
        assert found.possible == 40
        assert found.sampled.runs == 3
        assert found.sampled.divergences == ()
    assert drawn[0] == drawn[1]


def test_a_bug_that_takes_two_faults_is_found_by_the_pairs_alone() -> None:
    def forgets_after_two(line: Line) -> None:
        line.written.append("begun")
        if len(line.written) > 2:
            return
        try:
            line.say("hello")
        except NoAnswer:
            line.say("hello")

    found = crash_in_pairs(scenario(forgets_after_two), modes=KILLS, sample=1_000, seed="say")
    assert found.singles.divergences == ()
    assert {each.faults for each in found.sampled.divergences} == {
        (Fault(at=0, mode=Mode.KILL_BEFORE), Fault(at=1, mode=Mode.KILL_BEFORE)),
        (Fault(at=0, mode=Mode.KILL_BEFORE), Fault(at=1, mode=Mode.REFUSED)),
    }


@pytest.mark.parametrize("mode", KILLS)
def test_a_fault_that_no_call_meets_is_told(mode: Mode) -> None:
    crashing = Crashing(scenario(says_hello))
    crashing.crash(Fault(at=7, mode=mode))
    (divergence,) = crashing.report().divergences
    assert divergence.calls == ("never made",)
