"""Makes moto behave like DynamoDB and SQS where our tests would otherwise prove nothing.

moto 5.2.5 has no lock, ignores ClientRequestToken and several limits, leaves failed updates half
done and writes stream records for what never happened. Each repair is a function that says
what and why, here and in `strict_dynamodb` and `strict_sqs`;
`tests/harness_tests/test_strict_moto.py` holds moto to all of it, so that an upgrade can't quietly
take the repairs away. Not repaired, because tests inject or play it themselves:
TransactionConflict, throttling, stale reads, index lag, TTL, disorder of standard queues.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber

from tests.harness.replacing import replace
from tests.harness.strict_dynamodb import repair_dynamodb
from tests.harness.strict_sqs import repair_sqs

_one_at_a_time = threading.RLock()


@functools.cache
def install() -> None:
    """Repairs moto for the rest of the process."""
    _serve_one_request_at_a_time()
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
