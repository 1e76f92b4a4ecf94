"""Read-modify-write has to oversell in some schedule, a conditional update in none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from chalicelib.kernel.writes import (
    Absent,
    AtLeast,
    ConditionFailed,
    Exists,
    Key,
    Put,
    Update,
    Writes,
)
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.interleaving import Race, explore
from tests.harness.outside_calls import Call, before

STOCK = Key("stock", "SKU#a", "BALANCE")


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as empty:
        yield empty


def available(cloud: Cloud) -> int:
    found = cloud.tables.get(STOCK)
    assert found is not None
    return int(found["available"])


def read_modify_write(cloud: Cloud) -> int:
    left = available(cloud)
    if left < 1:
        return 0
    change = Update(key=STOCK, condition=Exists(), refusal="gone", set={"available": left - 1})
    cloud.tables.commit(Writes([change]))
    return 1


def conditional_update(cloud: Cloud) -> int:
    if available(cloud) < 1:
        return 0
    take = Update(
        key=STOCK, condition=AtLeast("available", 1), refusal="short", add={"available": -1}
    )
    try:
        cloud.tables.commit(Writes([take]))
    except ConditionFailed:
        return 0
    return 1


def race(
    fresh: Callable[[], Cloud], work: Callable[[Cloud], int], *, workers: int, stock: int
) -> Race[Cloud]:
    def prepare() -> Cloud:
        cloud = fresh()
        put = Put(key=STOCK, item={"available": stock}, condition=Absent(), refusal="there")
        cloud.tables.commit(Writes([put]))
        return cloud

    def check(cloud: Cloud, sold: Sequence[Any]) -> str | None:
        exact = sum(sold) == stock and available(cloud) == 0
        return None if exact else f"sold {sum(sold)} of {stock}, left {available(cloud)}"

    return Race(
        name=work.__name__,
        prepare=prepare,
        workers=lambda cloud: [functools.partial(work, cloud)] * workers,
        check=check,
    )


def test_read_modify_write_oversells_in_some_schedules(fresh: Callable[[], Cloud]) -> None:
    found = explore(race(fresh, read_modify_write, workers=2, stock=1))
    assert found.exhausted
    assert found.findings, str(found)
    assert found.findings[0].what == "sold 2 of 1, left 0"
    assert len(found.findings) < found.schedules


def test_a_conditional_update_never_oversells_in_any_schedule(fresh: Callable[[], Cloud]) -> None:
    found = explore(race(fresh, conditional_update, workers=2, stock=1))
    assert found.exhausted
    assert found.schedules == 6
    assert found.findings == (), str(found)


def test_three_workers_never_oversell_within_the_limit(fresh: Callable[[], Cloud]) -> None:
    found = explore(race(fresh, conditional_update, workers=3, stock=2), limit=60)
    assert (found.schedules, found.exhausted) == (60, False)
    assert found.findings == (), str(found)


def test_every_schedule_of_two_workers_is_tried_once() -> None:
    tried: list[str] = []

    def steps(log: list[str], name: str) -> Callable[[], None]:
        def work() -> None:
            for step in "12":
                before(Call(to="peer", name=step, url=""))
                log.append(f"{name}{step}")

        return work

    def check(log: list[str], outcomes: Sequence[Any]) -> None:
        tried.append(" ".join(log))

    found = explore(
        Race(
            name="steps",
            prepare=list[str],
            workers=lambda log: [steps(log, "a"), steps(log, "b")],
            check=check,
        )
    )
    assert found.exhausted
    assert sorted(tried) == [
        "a1 a2 b1 b2", "a1 b1 a2 b2", "a1 b1 b2 a2", "b1 a1 a2 b2", "b1 a1 b2 a2", "b1 b2 a1 a2",
    ]  # fmt: skip


def test_what_a_worker_raises_is_its_outcome() -> None:
    seen: list[str] = []

    def check(world: None, outcomes: Sequence[Any]) -> None:
        seen.append(repr(outcomes))

    explore(
        Race(
            name="raises",
            prepare=lambda: None,
            workers=lambda world: [lambda: 1 // 0, lambda: "fine"],
            check=check,
        )
    )
    assert seen[0] == "[ZeroDivisionError('integer division or modulo by zero'), 'fine']"
