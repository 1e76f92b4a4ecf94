"""Makes moto behave like DynamoDB and SQS where our tests would otherwise prove nothing.

moto 5.2.5 has no lock, ignores ClientRequestToken and several limits, leaves failed updates half
done and writes stream records for what never happened. Each repair is a function that says
what and why, here and in `strict_dynamodb` and `strict_sqs`;
`tests/harness_tests/test_strict_moto.py` holds moto to all of it, so that an upgrade can't quietly
take the repairs away. Not repaired, because tests inject or play it themselves:
TransactionConflict, throttling, stale reads, index lag, TTL, disorder of standard queues.
"""

from __future__ import annotations

import copy
import functools
import threading
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber
from moto.core.serialize import BaseJSONSerializer

from tests.harness.replacing import replace
from tests.harness.strict_dynamodb import repair_dynamodb
from tests.harness.strict_sqs import repair_sqs

_one_at_a_time = threading.RLock()


@functools.cache
def install() -> None:
    """Repairs moto for the rest of the process."""
    _serve_one_request_at_a_time()
    _answer_attributes_as_they_are()
    repair_dynamodb()
    repair_sqs()


def _serve_one_request_at_a_time() -> None:
    """moto checks conditions and writes without any lock, so threads oversell and lose writes (also
    S3's If-None-Match). ReceiveMessage is left out: a long poll would stop all the others.
    """

    def make(process_request: Any) -> Any:
        def serve(self: BotocoreStubber, request: Any) -> Any:
            target = request.headers.get("X-Amz-Target", "")
            text = target.decode() if isinstance(target, bytes) else target
            if text == "AmazonSQS.ReceiveMessage":
                return process_request(self, request)
            with _one_at_a_time:
                return process_request(self, request)

        return serve

    replace(BotocoreStubber, "process_request", make)


def _answer_attributes_as_they_are() -> None:
    """No repair, but half of the time of the proofs: moto looks for each of the ten possible types
    of every attribute under several names each. An attribute that DynamoDB's JSON can hold as it
    stands (no bytes) is copied.
    """

    def make(serialize: Any) -> Any:
        def structure(self: Any, *arguments: Any) -> None:
            serialized, value, shape, key = arguments
            if shape.name == "AttributeValue" and key and _is_plain(value):
                self._default_serialize(serialized, copy.deepcopy(value), shape, key)
            else:
                serialize(self, *arguments)

        return structure

    replace(BaseJSONSerializer, "_serialize_type_structure", make)


def _is_plain(value: Any) -> bool:
    """Whether an attribute value holds no bytes, which travel as base64."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return all(map(_is_plain, content.values()))
    if kind == "L":
        return all(map(_is_plain, content))
    return kind in ("S", "N", "BOOL", "NULL", "SS", "NS")
