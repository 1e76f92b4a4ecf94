"""The outbox: every queue that wants an event gets it, and only then its row goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.outbox import Outbox, event_from_message
from chalicelib.aws.outbox_rows import outbox_key, outbox_put
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Absent, Key, Put, Writes
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.crash_points import (
    CrashInjector,
    Fault,
    Killed,
    Mode,
    Scenario,
    enumerate_crashes,
)
from tests.harness.moto_queues import take_all
from tests.harness.outside_calls import listening
from tests.harness.state import rows

SUBSCRIPTIONS = {"OrderPlaced": ("routing",), "ParcelShipped": ("notices", "upstream"), "Heard": ()}


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as empty:
        yield empty


@pytest.fixture
def cloud(fresh: Callable[[], Cloud]) -> Cloud:
    return fresh()


def outbox(cloud: Cloud, clients: Clients | None = None, **urls: str) -> Outbox:
    return Outbox(
        clients or cloud.clients,
        {**cloud.settings.queue_urls, **urls},
        SUBSCRIPTIONS,
        items=cloud.tables,
        transaction=cloud.tables,
        clock=cloud.clock,
    )


def happen(cloud: Cloud, kind: str, subject: str, delay_seconds: int = 0) -> Event:
    event = Event(
        id=f"{kind}:{subject}",
        kind=kind,
        subject=subject,
        occurred_at=cloud.clock.now(),
        correlation="SO1",
        data={"quantity": 3, "仓": "WH1"},
        delay_seconds=delay_seconds,
    )
    put = Put(key=Key("documents", subject, "HEAD"), item={}, condition=Absent(), refusal="there")
    cloud.tables.commit(Writes([put], [event]))
    return event


def told(queue: str) -> list[Event]:
    return [event_from_message(taken.body) for taken in take_all(f"oms-test-{queue}")]


def unsent(cloud: Cloud) -> int:
    return len(rows(cloud, "outbox"))


def test_an_event_reaches_each_subscribed_queue_unchanged_and_leaves_the_outbox(
    cloud: Cloud,
) -> None:
    placed, shipped = happen(cloud, "OrderPlaced", "SO1"), happen(cloud, "ParcelShipped", "P1")
    assert outbox(cloud).relay([placed, shipped]) == []
    assert told("routing") == [placed]
    assert told("notices") == told("upstream") == [shipped]
    assert told("dispatch") == []
    assert unsent(cloud) == 0


def test_an_event_that_nobody_wants_just_leaves(cloud: Cloud) -> None:
    assert outbox(cloud).relay([happen(cloud, "Heard", "1")]) == []
    assert unsent(cloud) == 0


def test_a_kind_that_is_not_known_stays_and_holds_nobody_up(cloud: Cloud) -> None:
    stranger, placed = happen(cloud, "Stranger", "1"), happen(cloud, "OrderPlaced", "2")
    assert outbox(cloud).relay([stranger, placed]) == ["Stranger:1"]
    assert told("routing") == [placed]
    assert cloud.tables.get(outbox_key("Stranger:1")) is not None
    assert unsent(cloud) == 1


def test_a_delay_goes_along(cloud: Cloud) -> None:
    outbox(cloud).relay([happen(cloud, "OrderPlaced", "1", delay_seconds=900)])
    assert [taken.delay_seconds for taken in take_all("oms-test-routing")] == [900]


def test_more_events_than_a_batch_holds_all_go(cloud: Cloud) -> None:
    events = [happen(cloud, "OrderPlaced", str(number)) for number in range(23)]
    assert outbox(cloud).relay(events) == []
    assert told("routing") == events


def test_one_queue_that_is_gone_keeps_its_events_and_no_other(cloud: Cloud) -> None:
    events = [happen(cloud, "ParcelShipped", "P1"), happen(cloud, "OrderPlaced", "1")]
    gone = cloud.settings.queue_urls["notices"] + "-gone"
    assert outbox(cloud, notices=gone).relay(events) == ["ParcelShipped:P1"]
    assert [event.id for event in told("upstream")] == ["ParcelShipped:P1"]
    assert [event.id for event in told("routing")] == ["OrderPlaced:1"]
    assert unsent(cloud) == 1
    assert outbox(cloud).relay(events[:1]) == []
    assert [event.id for event in told("notices")] == ["ParcelShipped:P1"]
    assert unsent(cloud) == 0


def test_a_queue_that_does_not_answer_keeps_its_events(cloud: Cloud) -> None:
    event = happen(cloud, "OrderPlaced", "1")
    with listening(CrashInjector([Fault(at=0, mode=Mode.REFUSED)])):
        assert outbox(cloud).relay([event]) == ["OrderPlaced:1"]
    assert unsent(cloud) == 1


class OneRefused:
    """SQS that takes every message of a batch but the second."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getitem__(self, service: str) -> Any:
        return self if service == "sqs" else self._inner[service]

    def send_message_batch(self, **request: Any) -> Any:
        entries = [entry for entry in request["Entries"] if entry["Id"] != "1"]
        answer = self._inner["sqs"].send_message_batch(**{**request, "Entries": entries})
        failure = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
        return {**answer, "Failed": [failure]}


def test_a_message_that_the_queue_did_not_take_keeps_its_event(cloud: Cloud) -> None:
    events = [happen(cloud, "OrderPlaced", str(number)) for number in range(3)]
    clients: Any = OneRefused(cloud.clients)
    assert outbox(cloud, clients).relay(events) == ["OrderPlaced:1"]
    assert [event.subject for event in told("routing")] == ["0", "2"]
    assert unsent(cloud) == 1


def test_the_sweeper_takes_what_is_a_minute_old_and_leaves_the_rest_to_the_stream(
    cloud: Cloud,
) -> None:
    happen(cloud, "OrderPlaced", "old")
    cloud.clock.forward(seconds=1)
    happen(cloud, "OrderPlaced", "young")
    cloud.clock.forward(seconds=59)
    assert outbox(cloud).sweep() == (1, 0)
    assert [event.subject for event in told("routing")] == ["old"]
    assert unsent(cloud) == 1
    cloud.clock.forward(seconds=1)
    assert outbox(cloud).sweep() == (1, 0)
    assert unsent(cloud) == 0


def test_the_sweeper_reads_every_shard_to_its_end(cloud: Cloud) -> None:
    for number in range(120):
        happen(cloud, "OrderPlaced", str(number))
    cloud.clock.forward(seconds=60)
    assert outbox(cloud).sweep() == (120, 0)
    assert sorted(int(event.subject) for event in told("routing")) == list(range(120))
    assert unsent(cloud) == 0


def test_the_sweeper_counts_what_is_left(cloud: Cloud) -> None:
    happen(cloud, "OrderPlaced", "1")
    happen(cloud, "ParcelShipped", "P1")
    cloud.clock.forward(seconds=60)
    gone = cloud.settings.queue_urls["notices"] + "-gone"
    assert outbox(cloud, notices=gone).sweep() == (1, 1)


def test_a_crash_between_sending_and_deleting_sends_again(cloud: Cloud) -> None:
    event = happen(cloud, "OrderPlaced", "1")
    with (
        pytest.raises(Killed),
        listening(CrashInjector([Fault(at=1, mode=Mode.KILL_BEFORE)])),
    ):
        outbox(cloud).relay([event])
    assert unsent(cloud) == 1
    cloud.clock.forward(seconds=60)
    outbox(cloud).sweep()
    assert told("routing") == [event, event]
    assert unsent(cloud) == 0


def test_relay_and_sweeper_can_meet(cloud: Cloud) -> None:
    event = happen(cloud, "OrderPlaced", "1")
    cloud.clock.forward(seconds=60)
    outbox(cloud).sweep()
    assert outbox(cloud).relay([event]) == []
    assert unsent(cloud) == 0


def test_a_late_sender_leaves_an_event_that_has_happened_again(cloud: Cloud) -> None:
    first = happen(cloud, "OrderPlaced", "1")
    outbox(cloud).relay([first])
    cloud.clock.forward(milliseconds=1)
    again = replace(first, occurred_at=cloud.clock.now(), data={"quantity": 4})
    cloud.tables.commit(Writes([outbox_put(again, cloud.clock.now())]))
    assert outbox(cloud).relay([first]) == []
    assert unsent(cloud) == 1
    assert outbox(cloud).relay([again]) == []
    assert unsent(cloud) == 0


def test_no_crash_of_the_relay_loses_an_event(fresh: Callable[[], Cloud]) -> None:
    def prepare() -> tuple[Cloud, list[Event]]:
        cloud = fresh()
        return cloud, [happen(cloud, "ParcelShipped", "P1"), happen(cloud, "OrderPlaced", "1")]

    def deliver(world: tuple[Cloud, list[Event]]) -> None:
        cloud, events = world
        if outbox(cloud).relay(events):
            raise AssertionError("the batch is given again")

    def state(world: tuple[Cloud, list[Event]]) -> Any:
        heard = {
            queue: sorted({event.id for event in told(queue)})
            for queue in ("routing", "notices", "upstream")
        }
        return {"unsent": unsent(world[0]), **heard}

    report = enumerate_crashes(
        Scenario(name="relay", prepare=prepare, deliver=deliver, state=state),
        pairs=True,
        modes=[Mode.KILL_AFTER, Mode.REFUSED],
    )
    assert report.divergences == (), str(report)
    assert len(report.calls) == 5
