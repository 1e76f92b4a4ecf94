"""The queues for people: how much waits in them and behind them, and dead letters given again.

A dead letter is given again by sending it to its queue and deleting it afterwards. A crash in
between sends it a second time, which consumers take as they take every redelivery; so nothing is
lost, and running it again finishes the work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.clients import Clients
from chalicelib.aws.outages import ask
from chalicelib.aws.outbox_rows import SHARDS, shard_pk
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items

BATCH = 10
"""The most that SQS takes and gives at once."""

TAKEN_SECONDS = 120
"""How long a dead letter is out of sight while it is moved; then it can be taken again."""

_WAITING = "ApproximateNumberOfMessages"
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
_DELAYED = "ApproximateNumberOfMessagesDelayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What is in a queue, as SQS counts it (approximately): waiting, with a worker, for later; and
    its dead letters, with those that are being moved (None: the queue has no place for them).
    """

    queue: str
    waiting: int
    in_flight: int
    delayed: int
    dead: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Events that are still in the outbox, and when the oldest was written ("": none)."""

    events: int
    oldest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """How many dead letters went home, and how many the queue didn't take (they stay dead)."""

    moved: int
    failed: int


class Queues:
    """Depths and redrive. `queue_urls` maps queue names to their URLs; the queue of dead letters is
    the one that the queue's own redrive policy names.
    """

    def __init__(self, clients: Clients, queue_urls: Mapping[str, str], items: Items) -> None:
        self._clients = clients
        self._queue_urls = queue_urls
        self._items = items

    def depths(self) -> list[Depth]:
        """Every queue, in the order of the settings."""
        return [self.depth(queue) for queue in self._queue_urls]

    def depth(self, queue: str) -> Depth:
        """One queue; `NotFound` if there is none of this name."""
        attributes = self._attributes(self._url(queue))
        dead_url = self._dead_url(attributes)
        dead = None
        if dead_url is not None:
            behind = self._attributes(dead_url)
            dead = int(behind[_WAITING]) + int(behind[_IN_FLIGHT])
        return Depth(
            queue=queue,
            waiting=int(attributes[_WAITING]),
            in_flight=int(attributes[_IN_FLIGHT]),
            delayed=int(attributes[_DELAYED]),
            dead=dead,
        )

    def unsent(self) -> Unsent:
        """What the outbox still holds, by consistent reads of all its shards."""
        written: list[str] = []
        for shard in range(SHARDS):
            cursor: str | None = None
            while True:
                page = self._items.query("outbox", shard_pk(shard), cursor=cursor)
                written += [str(item["written_at"]) for item in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
        return Unsent(events=len(written), oldest=min(written, default=""))

    def redrive(
        self,
        queue: str,
        *,
        limit: int | None = None,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Redriven:
        """Gives up to `limit` dead letters of a queue again, or all there are; `progress` hears of
        each batch that went home. `NotFound` for a queue without a place for dead letters.
        """
        url = self._url(queue)
        dead_url = self._dead_url(self._attributes(url))
        if dead_url is None:
            raise NotFound(
                "no_dead_letters", f"{queue} has no queue of dead letters", field="queue"
            )
        moved = failed = 0
        while limit is None or moved + failed < limit:
            wanted = BATCH if limit is None else min(BATCH, limit - moved - failed)
            letters = self._receive(dead_url, wanted)
            if not letters:
                break
            sent = self._send(url, letters)
            self._delete(dead_url, sent)
            moved += len(sent)
            failed += len(letters) - len(sent)
            progress(len(sent))
        return Redriven(moved=moved, failed=failed)

    def _receive(self, url: str, most: int) -> Sequence[Mapping[str, Any]]:
        answer = self._sqs(
            "receive_message",
            QueueUrl=url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=TAKEN_SECONDS,
            # Long polling asks every server: an empty answer then means that it is empty.
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        found: Sequence[Mapping[str, Any]] = answer.get("Messages", [])
        return found

    def _send(self, url: str, letters: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        entries = [
            {
                "Id": str(position),
                "MessageBody": letter["Body"],
                "MessageAttributes": letter.get("MessageAttributes", {}),
            }
            for position, letter in enumerate(letters)
        ]
        answer = self._sqs("send_message_batch", QueueUrl=url, Entries=entries)
        return [letters[int(each["Id"])] for each in answer.get("Successful", [])]

    def _delete(self, url: str, letters: Sequence[Mapping[str, Any]]) -> None:
        if not letters:
            return
        entries = [
            {"Id": str(position), "ReceiptHandle": letter["ReceiptHandle"]}
            for position, letter in enumerate(letters)
        ]
        # What isn't deleted now comes back and is sent once more.
        self._sqs("delete_message_batch", QueueUrl=url, Entries=entries)

    def _url(self, queue: str) -> str:
        try:
            return self._queue_urls[queue]
        except KeyError:
            known = ", ".join(self._queue_urls)
            raise NotFound("unknown_queue", f"the queues are {known}", field="queue") from None

    def _attributes(self, url: str) -> Mapping[str, str]:
        answer = self._sqs("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def _dead_url(self, attributes: Mapping[str, str]) -> str | None:
        policy = attributes.get("RedrivePolicy")
        if not policy:
            return None
        name = str(json.loads(policy)["deadLetterTargetArn"]).rpartition(":")[2]
        return str(self._sqs("get_queue_url", QueueName=name)["QueueUrl"])

    def _sqs(self, operation: str, **request: Any) -> Any:
        return ask(self._clients, "sqs", operation, **request)
