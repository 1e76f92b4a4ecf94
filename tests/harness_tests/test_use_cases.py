"""Use cases of the app under every crash: the pattern for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib.bootstrap import reset
from tests.catalog.builders import MESSAGE, sku_input
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.crash_points import Scenario, enumerate_crashes
from tests.harness.interleaving import Race, explore
from tests.harness.sandboxes import new_sandbox
from tests.harness.state import rows


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as empty:
        yield empty
    reset()


def take_skus(cloud: Cloud) -> object:
    inputs = [sku_input("TEA-100"), sku_input("TEA-200")]
    return new_sandbox(cloud).catalog.put_skus("PIM", inputs, MESSAGE)


def kept(cloud: Cloud) -> dict[str, list[str]]:
    return {table: rows(cloud, table) for table in ("documents", "outbox")}


def test_taking_skus_survives_every_crash(fresh: Callable[[], Cloud]) -> None:
    report = enumerate_crashes(
        Scenario(name="put_skus", prepare=fresh, deliver=take_skus, state=kept)
    )
    assert report.divergences == (), str(report)
    assert "dynamodb.TransactWriteItems" in report.calls


def test_taking_the_same_skus_twice_at_once_keeps_each_once(fresh: Callable[[], Cloud]) -> None:
    def check(cloud: Cloud, outcomes: object) -> str | None:
        return None if kept(cloud) == alone else f"{kept(cloud)} after {outcomes}"

    cloud = fresh()
    take_skus(cloud)
    alone = kept(cloud)
    found = explore(
        Race(
            name="put_skus twice",
            prepare=fresh,
            workers=lambda cloud: [lambda: take_skus(cloud)] * 2,
            check=check,
        ),
        limit=300,
    )
    assert found.findings == (), str(found)
