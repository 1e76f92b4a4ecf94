"""The command line: what a WMS knows against what we know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from local.seeding import EAST
from tests.local.cli_world import Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


@contextmanager
def worked_off(stage: Stage) -> Iterator[None]:
    """Somebody takes the steps of the run meanwhile."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.05):
            try:
                found = stage.oms.warehouse.drift.run(EAST)
            except NotFound:
                continue
            stage.oms.warehouse.drift.step(
                Event(
                    id="a step",
                    kind="DriftStepWanted",
                    subject=EAST,
                    occurred_at=found.updated_at,
                    correlation=EAST,
                    data={"wms": EAST, "run": found.id, "step": found.step},
                )
            )

    thread = threading.Thread(target=work)
    thread.start()
    yield
    done.set()
    thread.join()


def test_a_run_is_followed_to_its_end(stage: Stage) -> None:
    with worked_off(stage):
        said = stage.json("drift", EAST)
    assert (said["run"]["state"], said["run"]["percent"]) == ("DONE", 100)
    assert said["differences"] == []


def test_a_run_can_be_started_without_waiting_for_it_and_joined(stage: Stage) -> None:
    first = stage.json("drift", EAST, "--fix", "--no-wait")
    assert (first["run"]["state"], first["run"]["fix"]) == ("RUNNING", True)
    assert stage.json("drift", EAST, "--fix", "--no-wait")["run"]["id"] == first["run"]["id"]
    refused = stage.run("drift", EAST, "--no-wait")
    assert refused.exit_code == 1
    with worked_off(stage):
        assert "is DONE: 0 asked, 0 different" in stage.done("drift", EAST, "--fix")


def test_an_unknown_wms_is_refused(stage: Stage) -> None:
    assert stage.run("drift", "NOBODY").exit_code == 1
