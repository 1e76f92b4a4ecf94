"""The app's own relay and workers on the pump."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib.bootstrap import container, reset
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Absent, Key, Put, Writes
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.pump import Pump
from tests.harness.sandboxes import new_sandbox
from tests.harness.sources import app_relay, app_sources
from tests.harness.state import rows


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as empty:
        yield empty
    reset()


def test_a_new_sandbox_remembers_nothing_but_the_cloud(fresh: Callable[[], Cloud]) -> None:
    cloud = fresh()
    first = new_sandbox(cloud)
    second = new_sandbox(cloud)
    assert container() is second
    assert second.tables is not first.tables
    assert second.clients is cloud.clients
    assert second.clock is cloud.clock


def test_an_event_goes_through_the_apps_relay_to_its_worker(fresh: Callable[[], Cloud]) -> None:
    cloud = fresh()
    new_sandbox(cloud)
    happened = Event(
        id="EntriesPosted:1",
        kind="EntriesPosted",
        subject="1",
        occurred_at=cloud.clock.now(),
        correlation="1",
        data={"pools": [], "document": "1"},
    )
    put = Put(key=Key("documents", "1", "HEAD"), item={}, condition=Absent(), refusal="there")
    cloud.tables.commit(Writes([put], [happened]))
    costing = [source for source in app_sources() if source.queue == "costing"]
    pump = Pump(cloud, costing, relay=app_relay())
    drained = pump.drain()
    assert (drained.invocations, drained.deliveries, drained.raised) == (2, 1, [])
    assert pump.dead == []
    assert rows(cloud, "outbox") == []
