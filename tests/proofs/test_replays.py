"""Replays with every outside call gone wrong: what the message does is done once, and the trace
says so.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.harness.crash_points import Mode, Scenario, enumerate_crashes
from tests.proofs.deliveries import Asked
from tests.proofs.effects import effects, known_numbers
from tests.proofs.held_messages import prepared, rows
from tests.proofs.world import Moment, World


def everything(world: World) -> list[list[str]]:
    """Every row and every object's name."""
    tables = ("documents", "stock", "messages", "outbox")
    found = [sorted(map(str, world.raw_rows(table))) for table in tables]
    return [*found, world.object_names()]


@pytest.fixture(scope="module")
def waiting(world: World) -> tuple[Moment, Mapping[str, str]]:
    messages = prepared(world)
    return world.moment(), messages


def scenario(world: World, moment: Moment, asked: Asked) -> Scenario[World]:
    message = asked.path.split("/")[3]

    def prepare() -> World:
        world.put_back(moment)
        return world

    world.put_back(moment)
    known = known_numbers(world)

    def state(world: World) -> object:
        (row,) = [each for each in rows(world) if each["id"] == message]
        listed = (row["outcome"], len(row["documents"]), row.get("replays", 0) > 0)
        return effects(world, known), listed

    return Scenario(
        name=asked.label,
        prepare=prepare,
        deliver=lambda world: world.deliver(asked),
        between_deliveries=lambda world: world.later(),
        state=state,
    )


CASES = [("changes", "replay"), ("order", "replay"), ("held", "accept")]


@pytest.mark.parametrize(("name", "verb"), CASES)
def test_a_replay_that_dies_after_any_call_does_its_work_once(
    world: World, waiting: tuple[Moment, Mapping[str, str]], name: str, verb: str
) -> None:
    moment, messages = waiting
    asked = Asked(path=f"/v1/messages/{messages[name]}/{verb}", body={"reason": "asked"})
    report = enumerate_crashes(scenario(world, moment, asked), modes=(Mode.KILL_AFTER,))
    assert report.divergences == (), str(report)
    (row,) = [each for each in rows(world) if each["id"] == messages[name]]
    assert (row["outcome"], row["replays"] > 0) == ("ACCEPTED", True)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "verb"), CASES)
def test_no_call_of_a_replay_that_goes_wrong_in_any_way_changes_the_end(
    world: World, waiting: tuple[Moment, Mapping[str, str]], name: str, verb: str
) -> None:
    moment, messages = waiting
    asked = Asked(path=f"/v1/messages/{messages[name]}/{verb}", body={"reason": "asked"})
    report = enumerate_crashes(scenario(world, moment, asked))
    assert report.divergences == (), str(report)


def test_a_dry_run_leaves_everything_as_it_is(
    world: World, waiting: tuple[Moment, Mapping[str, str]]
) -> None:
    moment, messages = waiting
    for name, verb in CASES:
        world.put_back(moment)
        before = everything(world)
        path = f"/v1/messages/{messages[name]}/{verb}"
        status, answer = world.deliver(Asked(path=path, body={"reason": "x", "dry_run": True}))
        assert (status, answer["outcome"]) == (200, "ACCEPTED")
        assert answer["changes"]
        assert everything(world) == before
