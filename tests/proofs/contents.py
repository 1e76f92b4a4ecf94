"""What moto holds for the OMS: rows, objects, messages, looked at and put back without a
request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from tests.fakes.cloud import REGION, Cloud
from tests.harness.strict_dynamodb import forget_tokens
from tests.proofs.peers import Peers, Saved

DEAD = "-dead"
"""The name of a queue's dead letters, behind the queue's own."""

LEASES_OVER = timedelta(minutes=16)
"""Longer than every lease and claim there is, and than the longest delay of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything there is, as it was: rows, objects, what the peers have, and the time.

    Queues are empty at every moment: what was on its way isn't part of it.
    """

    time: datetime
    tables: Mapping[str, Mapping[Any, Any]]
    objects: Mapping[str, Any]
    peers: Saved


class Contents:
    """The rows, objects and messages of a cloud, and its clock."""

    cloud: Cloud
    peers: Peers
    handed_on: list[dict[str, Any]]
    """Rows of the outbox whose events are with their queues."""

    def later(self, *, relayed: bool = False) -> None:
        """Every lease is over, also on what was received from a queue; and, if that isn't what is
        being tried, what was in the outbox has been handed on.
        """
        self.cloud.clock.moment += LEASES_OVER
        if relayed:
            self.handed_on += self.raw_rows("outbox")
            self._table("outbox").items.clear()
        for queue in self._queues().values():
            for message in queue._messages:
                message.visible_at = 0
            queue.pending_messages.clear()

    def moment(self) -> Moment:
        return Moment(
            time=self.cloud.clock.moment,
            tables={name: _copied(table.items) for name, table in self._tables().items()},
            objects={name: bucket[name] for bucket in [self._bucket()] for name in bucket},
            peers=self.peers.saved(),
        )

    def put_back(self, moment: Moment) -> None:
        """As it was then. What moto holds for a row is never changed, only replaced."""
        self.cloud.clock.moment = moment.time
        for name, table in self._tables().items():
            table.items.clear()
            table.items.update(_copied(moment.tables[name]))
        bucket = self._bucket()
        bucket.clear()
        for name, key in moment.objects.items():
            bucket[name] = key
        for queue in self._queues().values():
            queue._messages.clear()
            queue.pending_messages.clear()
            queue.deleted_messages.clear()
        self.peers.put_back(moment.peers)
        self.handed_on = []
        forget_tokens()

    def raw_rows(self, table: str) -> list[dict[str, Any]]:
        """A table's rows as DynamoDB JSON, without a request: a look isn't a crash point."""
        return [item.to_json()["Attributes"] for item in self._table(table).all_items()]

    def events(self) -> list[dict[str, Any]]:
        """The rows of events that are in the outbox, or were."""
        return self.raw_rows("outbox") + self.handed_on

    def drop_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Takes a row away, without a request."""
        for items in self._table(table).items.values():
            for key, item in list(items.items()):
                if item.to_json()["Attributes"] == row:
                    del items[key]

    def queued(self) -> list[str]:
        """The bodies of the messages in the queues, each with its queue's name."""
        return [
            f"{name}: {message.body}"
            for name, queue in self._queues().items()
            for message in queue._messages
        ]

    def bury(self, queue: str, bodies: Sequence[str]) -> None:
        """Puts messages among a queue's dead letters."""
        url = f"{self.cloud.settings.queue_urls[queue]}{DEAD}"
        for body in bodies:
            self.cloud.clients["sqs"].send_message(QueueUrl=url, MessageBody=body)

    def object_names(self) -> list[str]:
        return sorted(self._bucket())

    def _queues(self) -> dict[str, Any]:
        return dict(sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues)

    def _table(self, name: str) -> Any:
        return self._tables()[self.cloud.settings.tables[name]]

    def _tables(self) -> dict[str, Any]:
        return dict(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables)

    def _bucket(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[self.cloud.settings.raw_bucket].keys


def _copied(items: Mapping[Any, Any]) -> dict[Any, Any]:
    return {hash_key: dict(found) for hash_key, found in items.items()}


def give_dead_letter_queues(cloud: Cloud) -> None:
    """A queue of dead letters for each of the OMS's queues, as the template makes them."""
    sqs = cloud.clients["sqs"]
    for url in cloud.settings.queue_urls.values():
        dead = sqs.create_queue(QueueName=f"{url.rsplit('/', 1)[1]}{DEAD}")["QueueUrl"]
        named = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": named["Attributes"]["QueueArn"], "maxReceiveCount": 5}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
