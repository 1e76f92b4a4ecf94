"""The pump plays SQS by AWS's rules: twice, late, in any order, partly, and at last in the DLQ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.outbox import Outbox, event_from_message, event_from_stream
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import Absent, ConditionFailed, Exists, Key, Put, Update, Writes
from tests.fakes.cloud import Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.lambda_envelopes import LambdaContext
from tests.harness.pump import Disorder, NotQuiet, Pump
from tests.harness.sources import Handler, Source, app_sources

Record = dict[str, Any]
ROUGH = Disorder(duplicated=0.3, late=0.3, shuffled=True, killed=0.1)


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as empty:
        yield empty


@pytest.fixture
def cloud(fresh: Callable[[], Cloud]) -> Cloud:
    return fresh()


def outbox(cloud: Cloud) -> Outbox:
    return Outbox(
        cloud.clients,
        cloud.settings.queue_urls,
        {"OrderPlaced": ["routing"], "ParcelShipped": ["notices", "upstream"]},
        items=cloud.tables,
        transaction=cloud.tables,
        clock=cloud.clock,
    )


def relay(cloud: Cloud) -> Handler:
    """As the app's own: sends what is new, names what some queue didn't take."""

    def handle(envelope: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        events = {
            record["dynamodb"]["SequenceNumber"]: event_from_stream(
                plain_item(record["dynamodb"]["NewImage"])
            )
            for record in envelope["Records"]
        }
        failed = outbox(cloud).relay(events.values())
        return {
            "batchItemFailures": [
                {"itemIdentifier": number} for number, e in events.items() if e.id in failed
            ]
        }

    return handle


def happen(cloud: Cloud, kind: str, subject: str, delay_seconds: int = 0) -> None:
    event = Event(
        id=f"{kind}:{subject}",
        kind=kind,
        subject=subject,
        occurred_at=cloud.clock.now(),
        correlation=subject,
        delay_seconds=delay_seconds,
    )
    put = Put(key=Key("documents", subject, "HEAD"), item={}, condition=Absent(), refusal="there")
    cloud.tables.commit(Writes([put], [event]))


class Worker:
    """Notes every delivery; `answer` says what Lambda is told (it may raise)."""

    def __init__(self, cloud: Cloud, answer: Callable[[list[Record]], Any] = lambda records: {}):
        self.cloud = cloud
        self.answer = answer
        self.batches: list[list[Record]] = []
        self.times: list[str] = []

    def __call__(self, envelope: dict[str, Any], context: LambdaContext) -> Any:
        self.batches.append(envelope["Records"])
        self.times.append(self.cloud.clock.now().strftime("%H:%M:%S"))
        return self.answer(envelope["Records"])

    @property
    def subjects(self) -> list[str]:
        return [event_from_message(r["body"]).subject for batch in self.batches for r in batch]


def send(cloud: Cloud, *bodies: str) -> None:
    url = cloud.settings.queue_urls["routing"]
    for body in bodies:
        cloud.clients["sqs"].send_message(QueueUrl=url, MessageBody=body)


def test_an_event_goes_through_the_outbox_to_every_queue_that_wants_it(cloud: Cloud) -> None:
    notices, upstream = Worker(cloud), Worker(cloud)
    happen(cloud, "ParcelShipped", "P1")
    pump = Pump(
        cloud,
        [Source(queue="notices", handler=notices), Source(queue="upstream", handler=upstream)],
        relay=relay(cloud),
    )
    drained = pump.drain()
    assert (notices.subjects, upstream.subjects) == (["P1"], ["P1"])
    assert (drained.invocations, drained.deliveries, drained.raised) == (3, 2, [])
    assert pump.drain().invocations == 0


def test_a_record_looks_like_one_of_sqs(cloud: Cloud) -> None:
    worker = Worker(cloud)
    send(cloud, "正文")
    Pump(cloud, [Source(queue="routing", handler=worker)]).drain()
    ((record,),) = worker.batches
    assert record["body"] == "正文"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["eventSource"] == "aws:sqs"
    assert record["md5OfBody"] == "58378f0dcab630975bc4324f9d06cb0e"
    assert json.loads(json.dumps(record)) == record


def test_a_delayed_event_comes_when_its_time_has_come(cloud: Cloud) -> None:
    worker = Worker(cloud)
    happen(cloud, "OrderPlaced", "1", delay_seconds=900)
    happen(cloud, "OrderPlaced", "2")
    Pump(cloud, [Source(queue="routing", handler=worker)], relay=relay(cloud)).drain()
    assert worker.subjects == ["2", "1"]
    assert worker.times == ["01:30:00", "01:45:00"]


def test_what_lies_beyond_the_horizon_stays(cloud: Cloud) -> None:
    worker = Worker(cloud)
    happen(cloud, "OrderPlaced", "1", delay_seconds=900)
    pump = Pump(cloud, [Source(queue="routing", handler=worker)], relay=relay(cloud))
    pump.drain(horizon=timedelta(minutes=5))
    assert worker.subjects == []
    pump.drain(horizon=timedelta(minutes=20))
    assert worker.subjects == ["1"]


def test_only_the_named_record_comes_again_with_its_id_after_its_visibility(cloud: Cloud) -> None:
    def refuse_second_once(records: list[Record]) -> Any:
        return {
            "batchItemFailures": [
                {"itemIdentifier": r["messageId"]}
                for r in records
                if r["body"] == "two" and r["attributes"]["ApproximateReceiveCount"] == "1"
            ]
        }

    worker = Worker(cloud, refuse_second_once)
    send(cloud, "one", "two", "three")
    Pump(cloud, [Source(queue="routing", handler=worker)]).drain()
    first, again = worker.batches
    assert [record["body"] for record in again] == ["two"]
    assert again[0]["messageId"] == first[1]["messageId"]
    assert again[0]["receiptHandle"] != first[1]["receiptHandle"]
    assert worker.times == ["01:30:00", "01:33:00"]


@pytest.mark.parametrize("bad", ["", None, "unknown"])
def test_an_answer_with_a_bad_id_brings_the_whole_batch_again(cloud: Cloud, bad: Any) -> None:
    answers: list[Any] = [{"batchItemFailures": [{"itemIdentifier": bad}]}, None]
    worker = Worker(cloud, lambda records: answers.pop(0))
    send(cloud, "one", "two")
    Pump(cloud, [Source(queue="routing", handler=worker)]).drain()
    assert [len(batch) for batch in worker.batches] == [2, 2]


def test_a_poison_message_ends_in_the_dlq_after_its_tries_and_comes_back_by_redrive(
    cloud: Cloud,
) -> None:
    def choke(records: list[Record]) -> Any:
        if any(record["body"] == "poison" for record in records):
            raise ValueError("poison")

    worker = Worker(cloud, choke)
    send(cloud, "poison")
    pump = Pump(cloud, [Source(queue="routing", handler=worker, max_receives=3)])
    drained = pump.drain()
    assert len(worker.batches) == 3
    assert [repr(error) for error in drained.raised] == ["ValueError('poison')"] * 3
    assert [message.body for message in pump.dead] == ["poison"]
    worker.answer = lambda records: None
    pump.redrive()
    pump.drain()
    assert pump.dead == []
    assert len(worker.batches) == 4


def test_a_batch_holds_no_more_than_its_size_and_no_message_twice(cloud: Cloud) -> None:
    worker = Worker(cloud)
    send(cloud, *(str(number) for number in range(23)))
    source = Source(queue="routing", handler=worker, batch_size=5)
    Pump(cloud, [source], disorder=Disorder(duplicated=1.0)).drain()
    assert max(map(len, worker.batches)) == 5
    for batch in worker.batches:
        assert len({record["messageId"] for record in batch}) == len(batch)
    assert Counter(r["body"] for b in worker.batches for r in b) == {str(n): 2 for n in range(23)}


def test_messages_that_make_messages_for_ever_are_stopped(cloud: Cloud) -> None:
    worker = Worker(cloud, lambda records: send(cloud, "again"))
    send(cloud, "first")
    with pytest.raises(NotQuiet):
        Pump(cloud, [Source(queue="routing", handler=worker)]).drain(most_invocations=20)


def test_with_the_stream_off_the_sweeper_delivers_all(cloud: Cloud) -> None:
    worker = Worker(cloud)
    for number in range(25):
        happen(cloud, "OrderPlaced", str(number))
    pump = Pump(
        cloud, [Source(queue="routing", handler=worker)], sweep=lambda: outbox(cloud).sweep()
    )
    pump.drain()
    assert sorted(map(int, worker.subjects)) == list(range(25))
    assert worker.times[0] == "01:31:01"


def counting(cloud: Cloud, *, idempotent: bool) -> Handler:
    """Adds one to a total per event; the idempotent one in a transaction with a marker."""
    total = Key("stock", "TOTAL", "HEAD")

    def handle(envelope: dict[str, Any], context: LambdaContext) -> None:
        for record in envelope["Records"]:
            subject = event_from_message(record["body"]).subject
            add = Update(key=total, condition=Exists(), refusal="gone", add={"n": 1})
            marker = Put(
                key=Key("stock", f"DONE#{subject}", "HEAD"),
                item={},
                condition=Absent(),
                refusal="done",
            )
            try:
                cloud.tables.commit(Writes([add, marker] if idempotent else [add]))
            except ConditionFailed:
                continue

    zero = Put(key=total, item={"n": 0}, condition=Absent(), refusal="there")
    cloud.tables.commit(Writes([zero]))
    return handle


def total_after(cloud: Cloud, seed: int, *, idempotent: bool) -> int:
    handler = counting(cloud, idempotent=idempotent)
    for number in range(40):
        happen(cloud, "OrderPlaced", str(number))
    source = Source(queue="routing", handler=handler, max_receives=30)
    pump = Pump(cloud, [source], relay=relay(cloud), disorder=ROUGH, seed=seed)
    pump.drain()
    found = cloud.tables.get(Key("stock", "TOTAL", "HEAD"))
    assert found is not None and pump.dead == []
    return int(found["n"])


@pytest.mark.parametrize("seed", range(5))
def test_in_every_disorder_an_idempotent_worker_counts_each_event_once(
    cloud: Cloud, seed: int
) -> None:
    assert total_after(cloud, seed, idempotent=True) == 40


def test_disorder_shows_a_worker_that_is_not_idempotent(cloud: Cloud) -> None:
    assert total_after(cloud, 1, idempotent=False) > 40


def test_a_seed_repeats_its_run(fresh: Callable[[], Cloud]) -> None:
    assert total_after(fresh(), 7, idempotent=False) == total_after(fresh(), 7, idempotent=False)


def test_the_apps_own_handlers_are_found_with_their_batch_sizes() -> None:
    assert {source.queue: source.batch_size for source in app_sources()} == {
        "routing": 10, "dispatch": 5, "posting": 10, "costing": 10, "notices": 10,
        "invoicing": 10, "upstream": 10, "snapshots": 1,
    }  # fmt: skip
