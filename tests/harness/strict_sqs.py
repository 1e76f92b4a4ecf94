"""Repairs of moto's SQS; `tests.harness.strict_moto` installs them."""

from __future__ import annotations

import time
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

from tests.harness.replacing import replace

DEDUPLICATION_SECONDS = 300


def repair_sqs() -> None:
    """All of the repairs below."""
    _remember_deduplication()
    _keep_messages_of_stale_handles()
    _answer_empty_receives_at_once()


def _remember_deduplication() -> None:
    """A FIFO queue of moto forgets a deduplication id with its message; SQS keeps it 5 minutes."""

    def make(add_message: Any) -> Any:
        def add(self: Queue, message: Message) -> None:
            if self.fifo_queue and message.deduplication_id:
                known = self.__dict__.setdefault("strict_deduplication", {})
                sent = known.get(message.deduplication_id)
                if sent and time.monotonic() - sent[0] < DEDUPLICATION_SECONDS:
                    message.id = sent[1]
                    return
                known[message.deduplication_id] = (time.monotonic(), message.id)
            add_message(self, message)

        return add

    replace(Queue, "add_message", make)


def _keep_messages_of_stale_handles() -> None:
    """Deleting with the handle of an earlier receive: SQS says yes and may keep the message (a FIFO
    queue refuses); moto deletes it.
    """

    def make(delete_message: Any) -> Any:
        def delete(self: Queue, receipt_handle: str) -> None:
            if any(receipt_handle in each._old_receipt_handles for each in self._messages):
                if self.fifo_queue:
                    raise ReceiptHandleIsInvalid
                return
            delete_message(self, receipt_handle)

        return delete

    replace(Queue, "delete_message", make)


def _answer_empty_receives_at_once() -> None:
    """A long poll asks every server, and may end as soon as they have answered; moto, which is one
    server, sleeps its time through.
    """

    def make(receive_message: Any) -> Any:
        def receive(
            self: SQSBackend,
            queue_name: str,
            count: int,
            wait_seconds_timeout: int,
            *rest: Any,
            **named: Any,
        ) -> Any:
            return receive_message(self, queue_name, count, 0, *rest, **named)

        return receive

    replace(SQSBackend, "receive_message", make)
