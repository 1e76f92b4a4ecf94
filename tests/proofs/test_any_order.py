"""The whole main job with everything delivered twice, shuffled, late, to sandboxes that die, and
with the stream switched off: always the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.harness.pump import Disorder
from tests.harness.state import unequal_parts
from tests.proofs.deliveries import Delivery
from tests.proofs.effects import end_state
from tests.proofs.main_job import MainJob
from tests.proofs.recording import pump_of, settle
from tests.proofs.world import Moment, World

pytestmark = pytest.mark.xdist_group("any-order")
DISORDER = Disorder(duplicated=0.5, late=0.3, late_seconds=300, shuffled=True)
DEADLY = Disorder(duplicated=0.3, late=0.3, late_seconds=300, shuffled=True, killed=0.05)
"""So few die that none does so often that its message ends in a DLQ."""

EndState = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def beginning(world: World) -> Moment:
    return world.moment()


@pytest.fixture(scope="module")
def orderly(world: World, beginning: Moment) -> EndState:
    return played(world, beginning)


def played(
    world: World,
    beginning: Moment,
    *,
    deliver: Callable[[Delivery], Any] | None = None,
    **settings: Any,
) -> EndState:
    """The end of the main job, played from its beginning."""
    world.put_back(beginning)
    world.incoming = deliver = deliver or world.deliver
    pump = pump_of(world, deliver, **settings)
    try:
        MainJob(world, deliver, lambda: settle(pump)).play()
    finally:
        world.incoming = world.deliver
    return end_state(world)


def differences(expected: EndState, actual: EndState) -> str:
    return "\n".join(
        f"{path}:\n  - {gone}\n  + {new}" for path, gone, new in unequal_parts(expected, actual)
    )


def test_the_orderly_run_ends_as_the_main_job_should(orderly: EndState) -> None:
    def count(table: str, *texts: str) -> int:
        return sum(all(text in row for text in texts) for row in orderly[table])

    assert count("documents", '"sk": "HEAD"', '"pk": "NOTICE#', '"state": "SENT"') == 4
    assert count("documents", '"pk": "INVOICE#', '"state": "ISSUED"', '"gross": 62400') == 1
    assert count("stock", '"pk": "BALANCE#WH-EAST#TEE"', '"quantity_ZP": 17') == 1
    assert count("stock", '"pk": "BALANCE#WH-EAST#MUG"', '"quantity_ZP": 27') == 1
    assert count("stock", '"pk": "BALANCE#WH-SOUTH#LAMP"', '"quantity_ZP": 6') == 1
    assert count("comparisons", '"unexplained": 0') == len(orderly["comparisons"]) > 0
    assert orderly["events"] == orderly["turned down"] == []
    assert len(orderly["stock messages"]) == 7


def test_every_delivery_twice_ends_the_same(
    world: World, beginning: Moment, orderly: EndState
) -> None:
    def twice(delivery: Delivery) -> Any:
        first = world.deliver(delivery)
        world.deliver(delivery)
        return first

    again = played(world, beginning, deliver=twice)
    assert differences(orderly, again) == ""


def test_events_duplicated_shuffled_and_late_end_the_same(
    world: World, beginning: Moment, orderly: EndState
) -> None:
    again = played(world, beginning, disorder=DISORDER, seed=1)
    assert differences(orderly, again) == ""


def test_with_the_stream_switched_off_the_sweeper_delivers_everything(
    world: World, beginning: Moment, orderly: EndState
) -> None:
    again = played(world, beginning, stream=False)
    assert differences(orderly, again) == ""


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(10, 16))
@pytest.mark.parametrize("disorder", [DISORDER, DEADLY], ids=["disorder", "deadly"])
def test_every_seed_of_disorder_ends_the_same(
    world: World, beginning: Moment, orderly: EndState, *, disorder: Disorder, seed: int
) -> None:
    again = played(world, beginning, disorder=disorder, seed=seed)
    assert differences(orderly, again) == ""
