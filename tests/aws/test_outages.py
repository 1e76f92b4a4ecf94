"""What the SDK gave up on is `Unavailable`, whichever service it was; an answer stays an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ParamValidationError,
    ReadTimeoutError,
)

from chalicelib.aws.clients import Clients
from chalicelib.aws.dynamodb import DynamoTables
from chalicelib.aws.envelope import KmsSealer
from chalicelib.aws.files import S3Files
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import SecretsManager
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.sealing import Sealed
from chalicelib.kernel.writes import Absent, Key, Put, Update, Writes
from tests.fakes.kernel import PlainSealer, SettableClock

ROW = Key("documents", "A", "HEAD")
PUT = Put(key=ROW, item={}, condition=Absent(), refusal="there")
COUNTED = Update(key=ROW, condition=Absent(), refusal="there", add={"n": 1})


class Failing:
    """Clients of which every request ends with one error, or one answer."""

    def __init__(self, outcome: Any) -> None:
        self._outcome = outcome

    def __getitem__(self, service: str) -> Failing:
        return self

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            if isinstance(self._outcome, Exception):
                raise self._outcome
            return self._outcome

        return call


def tables(clients: Clients) -> DynamoTables:
    names = {"documents": "documents"}
    return DynamoTables(clients, names, clock=SettableClock(), pause=lambda seconds: None)


def files(clients: Clients) -> S3Files:
    return S3Files(clients, "raw", PlainSealer())


def queues(clients: Clients) -> Queues:
    return Queues(clients, {"posting": "http://sqs.invalid/posting"}, tables(clients))


def secrets(clients: Clients) -> SecretsManager:
    return SecretsManager(clients, "oms", SettableClock())


REQUESTS: dict[str, Callable[[Clients], object]] = {
    "get_item": lambda clients: tables(clients).get(ROW),
    "batch_get_item": lambda clients: tables(clients).get_many([ROW]),
    "query": lambda clients: tables(clients).query("documents", "A"),
    "put_item": lambda clients: tables(clients).commit(Writes([PUT])),
    "transact_write_items": lambda clients: tables(clients).commit(Writes([COUNTED])),
    "put_object": lambda clients: files(clients).put("a", b""),
    "get_object": lambda clients: files(clients).get_sealed("a"),
    "put_object_tagging": lambda clients: files(clients).mark_unverified("a"),
    "generate_data_key": lambda clients: KmsSealer(clients, "key").new_key("a"),
    "decrypt": lambda clients: KmsSealer(clients, "key").key_of(
        "a", Sealed(key="", nonce="", data="")
    ),
    "get_secret_value": lambda clients: secrets(clients).current("a"),
    "create_secret": lambda clients: secrets(clients).put("a", "text"),
    "get_queue_attributes": lambda clients: queues(clients).depth("posting"),
}


def said(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "private words"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Operation")


OUTAGES = {
    "no connection": EndpointConnectionError(endpoint_url="http://aws.invalid"),
    "no connection in time": ConnectTimeoutError(endpoint_url="http://aws.invalid"),
    "no answer in time": ReadTimeoutError(endpoint_url="http://aws.invalid"),
    "throttled": said("ThrottlingException", 400),
    "over the throughput": said("ProvisionedThroughputExceededException", 400),
    "too many": said("TooManyRequestsException", 429),
    "slow down": said("SlowDown", 503),
    "failed inside": said("InternalFailure", 500),
}


def asked(name: str, outcome: Any) -> object:
    return REQUESTS[name](cast("Clients", Failing(outcome)))


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("outage", OUTAGES)
def test_what_the_sdk_gave_up_on_is_unavailable(name: str, outage: str) -> None:
    with pytest.raises(Unavailable) as raised:
        asked(name, OUTAGES[outage])
    assert raised.value.__cause__ is OUTAGES[outage]
    assert "private words" not in str(raised.value)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_refusal_is_no_outage(name: str) -> None:
    with pytest.raises(ClientError):
        asked(name, said("AccessDeniedException", 400))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request_is_our_bug_and_no_outage(name: str) -> None:
    with pytest.raises(ParamValidationError):
        asked(name, ParamValidationError(report="x"))


def test_an_object_whose_body_breaks_off_is_unavailable() -> None:
    class Broken:
        def read(self) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=2)

    with pytest.raises(Unavailable, match="s3 get_object: IncompleteReadError"):
        asked("get_object", {"Body": Broken(), "Metadata": {}})
