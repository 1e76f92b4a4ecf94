"""From the outbox to the queues: the relay behind the table's stream, and the sweeper.

An event leaves the outbox when every queue that wants it has taken it: at least once, never lost. A
crash between sending and deleting sends again; consumers are idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.observability import logger
from chalicelib.aws.outages import ask
from chalicelib.aws.outbox_rows import SHARDS, event_of, outbox_delete, shard_pk
from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import Items
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes

BATCH = 10
OLD_ENOUGH = timedelta(seconds=60)
"""What the stream should have moved by now; younger rows are left to it."""


class Outbox:
    """Sends events to the queues that `subscriptions` (kind -> queue names) lists, then deletes
    them.
    """

    def __init__(
        self,
        clients: Clients,
        queue_urls: Mapping[str, str],
        subscriptions: Mapping[str, Sequence[str]],
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._clients = clients
        self._queue_urls = queue_urls
        self._subscriptions = subscriptions
        self._items = items
        self._transaction = transaction
        self._clock = clock

    def relay(self, events: Iterable[Event]) -> list[str]:
        """Sends and deletes; answers the ids of the events that some queue didn't take, or whose
        kind nobody has subscribed to: those stay, and don't hold up the others.
        """
        events = list(events)
        failed = {event.id for event in events if event.kind not in self._subscriptions}
        for queue in self._queue_urls:
            wanted = [event for event in events if queue in self._subscriptions.get(event.kind, ())]
            for start in range(0, len(wanted), BATCH):
                failed.update(self._send(queue, wanted[start : start + BATCH]))
        for event in events:
            if event.id not in failed:
                self._delete(event)
        return [event.id for event in events if event.id in failed]

    def sweep(self) -> tuple[int, int]:
        """Relays what the stream left behind; answers how many were sent and how many are left."""
        sent = left = 0
        limit = to_text(self._clock.now() - OLD_ENOUGH)
        for shard in range(SHARDS):
            cursor: str | None = None
            while True:
                page = self._items.query("outbox", shard_pk(shard), limit=BATCH, cursor=cursor)
                due = [event_of(item) for item in page.items if item["written_at"] <= limit]
                failed = self.relay(due)
                sent += len(due) - len(failed)
                left += len(failed)
                cursor = page.next_cursor
                if cursor is None:
                    break
        return sent, left

    def _send(self, queue: str, events: Sequence[Event]) -> list[str]:
        entries = [
            {
                "Id": str(position),
                "MessageBody": msgspec.json.encode(event).decode(),
                "DelaySeconds": event.delay_seconds,
            }
            for position, event in enumerate(events)
        ]
        try:
            url = self._queue_urls[queue]
            answer = ask(self._clients, "sqs", "send_message_batch", QueueUrl=url, Entries=entries)
        except (Unavailable, ClientError) as error:
            # One queue's trouble is no reason to keep events from the others.
            logger.warning("queue takes nothing", queue=queue, error=str(error))
            return [event.id for event in events]
        return [events[int(failure["Id"])].id for failure in answer.get("Failed", [])]

    def _delete(self, event: Event) -> None:
        try:
            self._transaction.commit(Writes([outbox_delete(event)]))
        except ConditionFailed:
            # The sweeper and the relay met: the other one has deleted it. Or the event has happened
            # once more since: that row is for whoever sends it.
            return


def event_from_message(body: str) -> Event:
    """The event of a queue message's body."""
    return msgspec.json.decode(body, type=Event)


def event_from_stream(image: Mapping[str, Any]) -> Event:
    """The event of a stream record's new image, already as plain values."""
    return event_of(image)
