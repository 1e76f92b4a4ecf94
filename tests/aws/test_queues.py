"""Dead letters go home, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.queues import Queues
from chalicelib.kernel.errors import NotFound
from tests.fakes.cloud import Cloud, moto_cloud


class Killed(BaseException):
    """The process dies here."""


class DyingClients(Clients):
    """The cloud's clients; the process dies at an SQS operation, before or after it took effect."""

    def __init__(self, cloud: Cloud, operation: str, *, after: bool) -> None:
        self._sqs = cloud.clients["sqs"]
        self._operation = operation
        self._after = after

    def __getitem__(self, service: str) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._sqs, name)
        if name != self._operation:
            return operation

        def dying(**request: Any) -> None:
            if self._after:
                operation(**request)
            raise Killed

        return dying


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


def dead_letters(cloud: Cloud, *bodies: str) -> str:
    """Dead letters of the queue `posting`; the URL of their queue."""
    sqs = cloud.clients["sqs"]
    url = str(sqs.create_queue(QueueName="oms-test-posting-dead-letters")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 5}
    sqs.set_queue_attributes(
        QueueUrl=cloud.settings.queue_urls["posting"],
        Attributes={"RedrivePolicy": json.dumps(policy)},
    )
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    return url


def bodies(cloud: Cloud, url: str) -> set[str]:
    answer = cloud.clients["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return {message["Body"] for message in answer.get("Messages", [])}


def queues(cloud: Cloud) -> Queues:
    return Queues(cloud.clients, cloud.settings.queue_urls, cloud.tables)


@pytest.mark.parametrize("operation", ["send_message_batch", "delete_message_batch"])
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_anywhere_loses_no_letter(cloud: Cloud, operation: str, after: bool) -> None:
    dead_letters(cloud, "a", "b")
    dying = DyingClients(cloud, operation, after=after)
    with pytest.raises(Killed):
        Queues(dying, cloud.settings.queue_urls, cloud.tables).redrive("posting")
    # What was taken and not deleted comes back into sight after a while; it is counted here.
    waiting = queues(cloud).depth("posting").waiting
    left = queues(cloud).depth("posting").dead or 0
    assert waiting + left >= 2
    sent = operation == "delete_message_batch" or after
    assert waiting == (2 if sent else 0)
    assert left == (0 if operation == "delete_message_batch" and after else 2)
    assert bodies(cloud, cloud.settings.queue_urls["posting"]) == ({"a", "b"} if sent else set())


def test_letters_keep_their_attributes(cloud: Cloud) -> None:
    dead = dead_letters(cloud)
    cloud.clients["sqs"].send_message(
        QueueUrl=dead,
        MessageBody="a",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "OrderPlaced"}},
    )
    queues(cloud).redrive("posting")
    (message,) = cloud.clients["sqs"].receive_message(
        QueueUrl=cloud.settings.queue_urls["posting"], MessageAttributeNames=["All"]
    )["Messages"]
    assert message["MessageAttributes"]["kind"]["StringValue"] == "OrderPlaced"


def test_progress_is_told_batch_by_batch(cloud: Cloud) -> None:
    dead_letters(cloud, *(str(number) for number in range(23)))
    told: list[int] = []
    done = queues(cloud).redrive("posting", progress=told.append)
    assert (done.moved, done.failed, sum(told)) == (23, 0, 23)
    assert max(told) == 10


def test_a_queue_without_a_place_for_dead_letters_has_none_to_give(cloud: Cloud) -> None:
    assert queues(cloud).depth("costing").dead is None
    with pytest.raises(NotFound):
        queues(cloud).redrive("costing")
