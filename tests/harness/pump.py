"""The pump: the outbox's stream, SQS and Lambda's polling, played on moto with a settable clock.

moto's own event source mappings must not be used: without docker they delete messages that no
handler has seen. The pump takes what the code has sent out of moto's queues and plays a standard
queue by AWS's rules: at least once, any order, late, partial failures, maxReceiveCount and a DLQ.
The same seed gives the same run.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.fakes.cloud import REGION, Cloud
from tests.harness.crash_points import CrashInjector, Fault, Killed, Mode
from tests.harness.lambda_envelopes import LambdaContext, sqs_record, stream_record
from tests.harness.moto_queues import take_all
from tests.harness.outside_calls import listening
from tests.harness.partial_batch import failed_messages, first_failed_record
from tests.harness.sources import Handler, Source

STREAM_BATCH = 100
SWEEP_AFTER = timedelta(seconds=61)
KILLED_WITHIN = 12
"""A killed invocation dies at one of its first outside calls, if it makes that many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """What a standard queue may do: shares (0 to 1) of the messages that come once more, and that
    come up to `late_seconds` late; any order; and the share of invocations that are killed.
    """

    duplicated: float = 0.0
    late: float = 0.0
    late_seconds: int = 600
    shuffled: bool = False
    killed: float = 0.0


@dataclass(slots=True, kw_only=True)
class Message:
    """A message on its way. `receives` counts the deliveries so far."""

    queue: str
    id: str
    body: str
    sent: datetime
    due: datetime
    receives: int = 0


@dataclass(slots=True, kw_only=True)
class Drained:
    """What a drain did: invocations and deliveries, and what they raised."""

    invocations: int = 0
    deliveries: int = 0
    raised: list[BaseException] = field(default_factory=list)


class NotQuiet(AssertionError):
    """The messages never came to an end."""


class Pump:
    """Moves events from the outbox through the queues to their handlers until all is quiet.

    Without `relay` the stream is off, and `sweep` (if given) is called a minute later instead.
    `dead` holds the DLQs' messages.
    """

    def __init__(
        self,
        cloud: Cloud,
        sources: Iterable[Source],
        *,
        relay: Handler | None = None,
        sweep: Callable[[], object] | None = None,
        disorder: Disorder | None = None,
        seed: int = 0,
    ) -> None:
        self._cloud = cloud
        self._sources = {source.queue: source for source in sources}
        self._relay = relay
        self._sweep = sweep
        self._disorder = disorder or Disorder()
        self._random = random.Random(seed)
        self._on_the_way: list[Message] = []
        self._stream: list[dict[str, Any]] = []
        self._streamed: set[tuple[str, str]] = set()
        self._sequence = itertools.count(1)
        self.dead: list[Message] = []

    def drain(
        self, *, most_invocations: int = 1_000, horizon: timedelta = timedelta(hours=6)
    ) -> Drained:
        """Runs until nothing is left, or nothing that is due within the horizon.

        The clock is moved on whenever there is nothing to do but wait. `NotQuiet` after
        `most_invocations`.
        """
        done = Drained()
        end = self._cloud.clock.now() + horizon
        while done.invocations < most_invocations:
            self._read_outbox()
            self._collect()
            if self._stream:
                self._invoke_relay(done)
            elif due := self._due():
                self._invoke(self._random.choice(due), done)
            elif not self._wait(end):
                return done
        raise NotQuiet(f"{most_invocations} invocations, {len(self._on_the_way)} on the way")

    def redrive(self) -> None:
        """Gives the DLQs' messages back to their queues, as new ones."""
        for message in self.dead:
            message.receives = 0
            message.due = self._cloud.clock.now()
        self._on_the_way.extend(self.dead)
        self.dead.clear()

    def _read_outbox(self) -> None:
        rows = {(row["pk"]["S"], row["sk"]["S"]): row for row in self._outbox_rows()}
        self._streamed &= rows.keys()
        if self._relay is None:
            return
        new = [key for key in sorted(rows) if key not in self._streamed]
        if self._disorder.shuffled:
            self._random.shuffle(new)
        for key in new:
            self._streamed.add(key)
            self._stream.append(
                stream_record(
                    table=self._cloud.settings.tables["outbox"],
                    image=rows[key],
                    sequence_number=f"{next(self._sequence):021d}",
                    created=self._cloud.clock.now(),
                )
            )

    def _outbox_rows(self) -> list[dict[str, Any]]:
        # Not by a request: the pump's own calls would be crash points of whoever uses it.
        tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
        table = tables[self._cloud.settings.tables["outbox"]]
        return [item.to_json()["Attributes"] for item in table.all_items()]

    def _invoke_relay(self, done: Drained) -> None:
        assert self._relay is not None
        batch = self._stream[:STREAM_BATCH]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        answer, failed = self._call(self._relay, batch, done)
        taken_up = 0 if failed else first_failed_record(answer, numbers)
        del self._stream[:taken_up]

    def _collect(self) -> None:
        """Takes over what was sent, some of it twice, some of it later."""
        now = self._cloud.clock.now()
        for queue, url in self._cloud.settings.queue_urls.items():
            for taken in take_all(url.rsplit("/", 1)[1]):
                copies = 2 if self._random.random() < self._disorder.duplicated else 1
                for _ in range(copies):
                    due = now + timedelta(seconds=taken.delay_seconds + self._lateness())
                    self._on_the_way.append(
                        Message(queue=queue, id=taken.id, body=taken.body, sent=now, due=due)
                    )

    def _lateness(self) -> int:
        if self._random.random() < self._disorder.late:
            return self._random.randint(1, self._disorder.late_seconds)
        return 0

    def _due(self) -> list[Source]:
        now = self._cloud.clock.now()
        queues = {message.queue for message in self._on_the_way if message.due <= now}
        return [source for queue, source in self._sources.items() if queue in queues]

    def _invoke(self, source: Source, done: Drained) -> None:
        batch = self._batch(source)
        for message in batch:
            message.receives += 1
        records = [
            sqs_record(
                queue=message.queue,
                message_id=message.id,
                body=message.body,
                receives=message.receives,
                sent=message.sent,
            )
            for message in batch
        ]
        done.deliveries += len(records)
        answer, failed = self._call(source.handler, records, done)
        ids = [message.id for message in batch]
        again = set(ids) if failed else failed_messages(answer, ids)
        for message in batch:
            self._settle(source, message, again=message.id in again)

    def _batch(self, source: Source) -> Sequence[Message]:
        now = self._cloud.clock.now()
        due = [m for m in self._on_the_way if m.queue == source.queue and m.due <= now]
        due.sort(key=lambda message: message.due)
        if self._disorder.shuffled:
            self._random.shuffle(due)
        # A duplicate may come soon, but not in the same batch.
        distinct = list({message.id: message for message in reversed(due)}.values())[::-1]
        size = source.batch_size
        return distinct[: self._random.randint(1, size) if self._disorder.shuffled else size]

    def _settle(self, source: Source, message: Message, *, again: bool) -> None:
        if again and message.receives < source.max_receives:
            message.due = self._cloud.clock.now() + timedelta(seconds=source.visibility_seconds)
            return
        self._on_the_way.remove(message)
        if again:
            self.dead.append(message)

    def _call(
        self, handler: Handler, records: list[dict[str, Any]], done: Drained
    ) -> tuple[Any, bool]:
        """The handler's answer, and whether the invocation failed, by itself or by a kill."""
        done.invocations += 1
        try:
            with self._danger():
                return handler({"Records": records}, LambdaContext()), False
        except (Exception, Killed) as error:
            done.raised.append(error)
            return None, True

    def _danger(self) -> AbstractContextManager[None]:
        if self._random.random() >= self._disorder.killed:
            return nullcontext()
        mode = self._random.choice([Mode.KILL_BEFORE, Mode.KILL_AFTER])
        fault = Fault(at=self._random.randrange(KILLED_WITHIN), mode=mode)
        return listening(CrashInjector([fault]))

    def _wait(self, end: datetime) -> bool:
        """Moves the clock to what comes next; False if nothing does."""
        clock = self._cloud.clock
        if self._relay is None and self._sweep is not None and self._outbox_rows():
            if clock.now() + SWEEP_AFTER > end:
                return False
            clock.moment += SWEEP_AFTER
            self._sweep()
            return True
        known = [message.due for message in self._on_the_way if message.queue in self._sources]
        if not known or min(known) > end:
            return False
        clock.moment = min(known)
        return True
