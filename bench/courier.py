"""Lambda's part, played without its polling: outbox rows to the relay, messages to their workers.

Its own requests go by clients of its own and aren't counted. Every event is an invocation of its
own, which is the dearest case: in a busy hour the relay and the workers get batches.
"""

from __future__ import annotations

import json
import time
from typing import Any

from bench.first_call import Context
from bench.meter import Meter
from chalicelib.aws.clients import Clients
from chalicelib.bootstrap import Container
from chalicelib.workers.outbox import relay
from chalicelib.workers.queues import work_off


class WorkFailed(Exception):
    """A worker or the relay gave an event back."""


class Courier:
    """Moves events until nothing is left."""

    def __init__(self, oms: Container, meter: Meter) -> None:
        self._settings = oms.settings
        self._clients = Clients(oms.settings)
        self._meter = meter
        self.envelopes: dict[str, dict[str, Any]] = {}
        """The last event of each handler, as Lambda gave it."""

    def run(self, *, wait_seconds: float = 0.0) -> None:
        """Until all is quiet; `wait_seconds` for what comes later (delayed messages)."""
        quiet_at = time.monotonic() + wait_seconds
        while True:
            if self._relay_all() or self._work_all():
                quiet_at = time.monotonic() + wait_seconds
            elif time.monotonic() >= quiet_at:
                return
            else:
                time.sleep(0.2)

    def _relay_all(self) -> bool:
        rows = self._clients["dynamodb"].scan(
            TableName=self._settings.tables["outbox"], ConsistentRead=True
        )["Items"]
        for row in rows:
            record = {
                "eventName": "INSERT",
                "dynamodb": {"NewImage": row, "SequenceNumber": "1"},
            }
            envelope = self.envelopes["outbox_relay"] = {"Records": [record]}
            with self._meter.step(f"relay {row['kind']['S']}"):
                answer = relay(envelope)
            if answer["batchItemFailures"]:
                raise WorkFailed(f"relay of {row['sk']['S']}")
        return bool(rows)

    def _work_all(self) -> bool:
        worked = False
        for queue, url in self._settings.queue_urls.items():
            answer = self._clients["sqs"].receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=0
            )
            for message in answer.get("Messages", []):
                self._work(queue, message)
                self._clients["sqs"].delete_message(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
                worked = True
        return worked

    def _work(self, queue: str, message: dict[str, Any]) -> None:
        kind = json.loads(message["Body"])["kind"]
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }
        envelope = self.envelopes[f"{queue}_worker"] = {"Records": [record]}
        with self._meter.step(f"{queue} {kind}"):
            answer = work_off(queue, envelope, Context())
        if answer["batchItemFailures"]:
            raise WorkFailed(f"{queue} {kind}: {message['Body']}")
