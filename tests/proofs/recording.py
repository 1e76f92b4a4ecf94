"""The main job played once in good order, every delivery kept with the moment before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.outbox import event_from_stream
from chalicelib.aws.settings import QUEUES
from chalicelib.bootstrap.consumers import SUBSCRIPTIONS
from chalicelib.kernel.clock import to_text
from tests.harness.lambda_envelopes import LambdaContext
from tests.harness.outside_calls import Call, listening
from tests.harness.pump import Disorder, Pump
from tests.harness.sources import Source, app_sources
from tests.proofs.deliveries import ComesAgain, Delivery, Queued, Scheduled, Streamed
from tests.proofs.main_job import MainJob
from tests.proofs.world import Moment, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A delivery, the moment before it, and the outside calls it made. `story` says what else is
    the case, where it isn't the good run; `arrange` does what a moment doesn't hold.
    """

    delivery: Delivery
    moment: Moment
    calls: tuple[str, ...]
    story: str = ""
    arrange: Callable[[World], object] = field(default=lambda world: None, repr=False)

    @property
    def label(self) -> str:
        return f"{self.delivery.label}, {self.story}" if self.story else self.delivery.label


class Counter:
    """Listens to the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: Call) -> None:
        self.calls.append(call.name)

    def after(self, call: Call) -> None:
        """It was counted before."""


class Recorder:
    """Delivers and keeps."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.recorded: list[Recorded] = []

    def deliver(self, delivery: Delivery, *, story: str = "") -> Any:
        moment, counter = self._world.moment(), Counter()
        with listening(counter):
            answer = self._world.deliver(delivery)
        self.recorded.append(
            Recorded(delivery=delivery, moment=moment, calls=tuple(counter.calls), story=story)
        )
        return answer


def pump_of(
    world: World,
    deliver: Callable[[Delivery], Any],
    *,
    disorder: Disorder | None = None,
    seed: int = 0,
    stream: bool = True,
    queues: Collection[str] = QUEUES,
) -> Pump:
    """A pump that hands every batch over as deliveries of one message; without the `stream` the
    sweeper moves the outbox. Only the messages of `queues` are delivered.
    """

    def worker(queue: str) -> Callable[[dict[str, Any], LambdaContext], Any]:
        def work(envelope: Mapping[str, Any], context: LambdaContext) -> Any:
            failures = []
            for record in envelope["Records"]:
                try:
                    deliver(Queued(queue=queue, body=record["body"]))
                except ComesAgain:
                    failures.append({"itemIdentifier": record["messageId"]})
            return {"batchItemFailures": failures}

        return work

    def relay(envelope: Mapping[str, Any], context: LambdaContext) -> Any:
        return deliver(Streamed(records=tuple(envelope["Records"])))

    def sweep() -> Any:
        return deliver(Scheduled(function="outbox_sweeper", time=to_text(world.cloud.clock.now())))

    sources = [
        Source(queue=each.queue, handler=worker(each.queue), batch_size=1)
        for each in app_sources()
        if each.queue in queues
    ]
    return Pump(
        world.cloud,
        sources,
        relay=relay if stream else None,
        sweep=sweep,
        disorder=disorder,
        seed=seed,
    )


def settle(pump: Pump) -> None:
    """Everything to rest; nothing may end in a DLQ."""
    done = pump.drain(most_invocations=2_000)
    if pump.dead:
        raise AssertionError(f"dead: {pump.dead}; raised: {done.raised}")


def played(world: World, play: Callable[[Recorder, Callable[[], None]], object]) -> list[Recorded]:
    """What is delivered while a job is played: `play` gets the recorder, and what brings everything
    to rest.
    """
    recorder = Recorder(world)
    pump = pump_of(world, recorder.deliver)
    world.incoming = recorder.deliver
    try:
        play(recorder, lambda: settle(pump))
    finally:
        world.incoming = world.deliver
    return recorder.recorded


def next_event(world: World, kinds: Collection[str]) -> Queued | None:
    """Takes the event that is due first out of the outbox, without a request, and moves the clock
    to its time; None where none of these kinds is there. Handed on or not, it comes once.
    """
    rows = [(plain_item(raw), raw) for raw in world.events()]
    due = [(row, raw) for row, raw in rows if row["kind"] in kinds]
    if not due:
        return None
    row, raw = min(due, key=lambda each: (each[0]["occurred_at"], each[0]["id"]))
    world.handed_on = [each for each in world.handed_on if each["sk"] != raw["sk"]]
    world.drop_row("outbox", raw)
    event = event_from_stream(row)
    moment = event.occurred_at + timedelta(seconds=event.delay_seconds)
    world.cloud.clock.moment = max(world.cloud.clock.moment, moment)
    (queue,) = SUBSCRIPTIONS[event.kind]
    return Queued(queue=queue, body=msgspec.json.encode(event).decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The main job after one of its steps: the moment, and the orders' numbers by name."""

    moment: Moment
    numbers: Mapping[str, str]


def record(world: World, stages: dict[str, Stage] | None = None) -> list[Recorded]:
    """Every delivery of the main job; fills in what there was before it and after each step."""
    recorder = Recorder(world)
    pump = pump_of(world, recorder.deliver)
    world.incoming = recorder.deliver
    stages = {} if stages is None else stages
    stages["beginning"] = Stage(moment=world.moment(), numbers={})
    job = MainJob(world, recorder.deliver, lambda: settle(pump))
    try:
        for step in job.steps():
            step()
            stages[step.__name__] = Stage(moment=world.moment(), numbers=dict(job.numbers))
    finally:
        world.incoming = world.deliver
    return recorder.recorded
