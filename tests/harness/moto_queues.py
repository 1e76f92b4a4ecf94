"""What the code has sent, taken out of moto's queues."""

from __future__ import annotations

from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import Message, sqs_backends

from tests.fakes.cloud import REGION


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message as it was sent: what moto's queue held."""

    id: str
    body: str
    delay_seconds: int


def take_all(queue_name: str) -> list[Taken]:
    """Empties a queue of moto (by its deployed name), also of messages that are still delayed."""
    queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[queue_name]
    held, queue._messages[:] = list(queue._messages), []
    return [
        Taken(
            id=message.id,
            body=message.body,
            delay_seconds=round(
                (message.delayed_until - float(message.sent_timestamp or 0)) / 1000
            ),
        )
        for message in held
    ]


def _delay_of(message: Message) -> int:
    if not message.delayed_until:
        return 0
    return round((message.delayed_until - float(message.sent_timestamp or 0)) / 1000)
