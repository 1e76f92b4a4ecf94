"""One way to call an AWS service, and one word for its outages.

What the SDK gave up on after its own tries (no connection, no answer in time, throttled, a failure
inside the service) is `Unavailable`: HTTP answers it 503 with `Retry-After`, a queue gives the
event again. Everything else a service says is an answer, and stays the SDK's error: a condition
that failed, a name that isn't there, or a mistake of ours such as a missing permission.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)

from chalicelib.aws.clients import Clients
from chalicelib.kernel.errors import Unavailable

_NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError)

_PASSING_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "KmsThrottled",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Said with a status below 500 and passing all the same: those that the SDK's standard mode tries
again, and SQS's own.
"""


def ask(clients: Clients, service: str, operation: str, **request: Any) -> Any:
    """The service's answer; `Unavailable` where it can't be had now."""
    with reaching(service, operation):
        return getattr(clients[service], operation)(**request)


@contextmanager
def reaching(service: str, operation: str) -> Iterator[None]:
    """For what isn't over with the call: a body is read from the connection later."""
    try:
        yield
    except _NO_ANSWER as error:
        raise Unavailable(f"{service} {operation}: {type(error).__name__}") from error
    except ClientError as error:
        if not _passes(error):
            raise
        raise Unavailable(f"{service} {operation}: {_code(error)}") from error


def _passes(error: ClientError) -> bool:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or _code(error) in _PASSING_CODES


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
