"""Every handler, with every outside call gone wrong: nothing is lost, nothing is done twice.

`make test` lets the sandbox die after each call of the handlers that move money and goods; `make
proof` tries every handler in every mode, overtaken by itself, with a second fault wherever the
first one leads, and with a sample of all other pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chalicelib.bootstrap.consumers import CONSUMERS
from tests.harness.crash_pairs import crash_in_pairs
from tests.harness.crash_points import Mode, Report, enumerate_crashes
from tests.proofs import (
    stories_of_goods,
    stories_of_orders,
    stories_of_people,
    test_adjustment_orders,
    test_movement_crashes,
    test_movement_dispatch,
    test_order_batches,
    test_order_control,
    test_places,
    test_purchasing_crash_points,
    test_returns,
)
from tests.proofs.labels import GOOD_RUN, IN_PAIRS, IN_SHORT, LABELS, LARGE, LONG
from tests.proofs.recording import Recorded, Stage, record
from tests.proofs.scenarios import fullest, scenario_of
from tests.proofs.telling import told
from tests.proofs.world import World

SAMPLED_PAIRS = 6
"""Pairs of faults drawn for each scenario; the seed is its name."""

FEW_PAIRS = 2
"""Of those that take long."""

IN_STORIES = (
    *(Mode.KILL_AFTER, Mode.LOST_RESPONSE, Mode.UNANSWERED),
    *(Mode.DROPPED, Mode.REFUSED, Mode.OVERTAKEN),
)
"""A story goes most of its way along the good run's: being killed before a call is what being
killed after the one before it is, or nearly."""

OF_LARGE = (Mode.KILL_AFTER, Mode.UNANSWERED, Mode.REFUSED)
"""A run of a hundred lines takes as long as ten others, and tells no peer anything."""

OF_LONG = (*OF_LARGE, Mode.LOST_RESPONSE)
"""So does one with as many reminders."""

GROUPS = 2

ELSEWHERE = frozenset(
    {
        *(test_returns.LABELS + test_purchasing_crash_points.LABELS + test_order_control.LABELS),
        *(*test_movement_dispatch.LABELS, *test_movement_crashes.EVENTS),
        *(*test_order_batches.LABELS, *test_places.EVENTS, *test_adjustment_orders.LABELS),
    }
)
"""What the proofs of the slices beside the main job deliver."""

Told = Callable[[str, object], None]


def shared(labels: tuple[str, ...]) -> list[object]:
    """The scenarios spread over two workers, each of which records the job once."""
    return [
        pytest.param(label, marks=pytest.mark.xdist_group(f"crash-points-{number % GROUPS}"))
        for number, label in enumerate(labels)
    ]


@pytest.fixture(scope="module")
def stages() -> dict[str, Stage]:
    return {}


@pytest.fixture(scope="module")
def good_run(world: World, stages: dict[str, Stage]) -> Mapping[str, Recorded]:
    return fullest(record(world, stages))


@pytest.fixture(scope="module")
def recorded(
    world: World, stages: dict[str, Stage], good_run: Mapping[str, Recorded]
) -> Mapping[str, Recorded]:
    stories = [
        story
        for book in (stories_of_goods, stories_of_orders, stories_of_people)
        for story in book.STORIES
    ]
    return fullest([*good_run.values(), *told(world, stages, stories)])


def modes_of(label: str) -> tuple[Mode, ...]:
    if label in GOOD_RUN:
        return tuple(Mode)
    if label in LONG:
        return OF_LONG
    return OF_LARGE if label in LARGE else IN_STORIES


def _row(report: Report, *more: object) -> list[object]:
    return [report.scenario, *(more or [len(report.calls)]), report.runs, len(report.divergences)]


@pytest.mark.xdist_group("crash-points-0")
def test_every_kind_of_delivery_is_a_scenario(good_run: Mapping[str, Recorded]) -> None:
    assert sorted(good_run) == sorted(GOOD_RUN)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("crash-points-0")
def test_every_point_of_a_story_is_a_scenario(recorded: Mapping[str, Recorded]) -> None:
    assert sorted(recorded) == sorted(LABELS)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("crash-points-0")
@pytest.mark.parametrize(
    ("kind", "queue"),
    [
        (kind, queue)
        for kind, queues in CONSUMERS.items()
        for queue in queues
        if f"{queue}: {kind}" not in ELSEWHERE
    ],
)
def test_every_kind_of_event_does_something_in_a_scenario(
    recorded: Mapping[str, Recorded], kind: str, queue: str
) -> None:
    calls = [each.calls for label, each in recorded.items() if label.startswith(f"{queue}: {kind}")]
    # One call only is a look at what is settled already.
    assert max(map(len, calls), default=0) > 1


@pytest.mark.parametrize("label", shared(IN_SHORT))
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, good_run: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = enumerate_crashes(scenario_of(world, good_run[label]), modes=(Mode.KILL_AFTER,))
    record_property("crash points", _row(report))
    assert report.divergences == (), str(report)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("label", shared(IN_PAIRS))
def test_no_two_calls_that_go_wrong_change_the_end(
    world: World, good_run: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = enumerate_crashes(
        scenario_of(world, good_run[label]),
        modes=(Mode.KILL_AFTER, Mode.LOST_RESPONSE),
        pairs=True,
    )
    record_property("pairs of crash points", _row(report))
    assert report.divergences == (), str(report)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", shared(LABELS))
def test_nothing_that_goes_wrong_changes_the_end(
    world: World,
    recorded: Mapping[str, Recorded],
    label: str,
    record_property: Told,
) -> None:
    paired = crash_in_pairs(
        scenario_of(world, recorded[label]),
        modes=modes_of(label),
        sample=FEW_PAIRS if label in (*LARGE, *LONG) else SAMPLED_PAIRS,
        seed=label,
    )
    record_property("crash points", _row(paired.singles))
    record_property("crash points of what recovers", _row(paired.led, len(paired.led.calls)))
    record_property("sampled pairs of crash points", _row(paired.sampled, paired.possible))
    reports = [paired.singles, paired.led, paired.sampled]
    assert [each for report in reports for each in report.divergences] == [], "\n".join(
        map(str, reports)
    )
