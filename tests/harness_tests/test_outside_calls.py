"""The hooks: moto carries out exactly what is let through, and so does an emulator over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from tests.harness.crash_points import CrashInjector, Fault, Killed, Mode
from tests.harness.outside_calls import listening

STANDARD = Config(retries={"mode": "standard", "total_max_attempts": 3})


class Emulator(HTTPServer):
    """Answers every request like a DynamoDB that has nothing to say, and counts them."""

    def __init__(self) -> None:
        self.served = 0
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Emulator

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.served += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    server = Emulator()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def counted() -> Iterator[Any]:
    """A client on moto with a table, and one item with `n` = 0."""
    with mock_aws():
        client = boto3.client("dynamodb", config=STANDARD)
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        client.put_item(TableName="things", Item={"pk": {"S": "a"}, "n": {"N": "0"}})
        yield client


def add_one(client: Any) -> None:
    client.update_item(
        TableName="things",
        Key={"pk": {"S": "a"}},
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )


FELT = [
    (Mode.KILL_BEFORE, 0, Killed),
    (Mode.KILL_AFTER, 1, Killed),
    (Mode.REFUSED, 0, EndpointConnectionError),
    (Mode.LOST_RESPONSE, 2, None),
    (Mode.UNANSWERED, 1, Exception),
]
"""Mode, how often the request takes effect (a bare ADD is doubled by the SDK's own retry), and what
the caller gets to feel.
"""


def feel(client: Any, mode: Mode, error: type[BaseException] | None) -> CrashInjector:
    injector = CrashInjector([Fault(at=0, mode=mode)])
    with listening(injector):
        if error is None:
            add_one(client)
        else:
            with pytest.raises(error):
                add_one(client)
    return injector


@pytest.mark.parametrize(("mode", "effects", "error"), FELT)
def test_on_moto_each_mode_takes_effect_as_often_as_it_says(
    counted: Any, mode: Mode, effects: int, error: type[BaseException] | None
) -> None:
    feel(counted, mode, error)
    found = counted.get_item(TableName="things", Key={"pk": {"S": "a"}})["Item"]
    assert found["n"] == {"N": str(effects)}


@pytest.mark.parametrize(("mode", "effects", "error"), FELT)
def test_over_http_each_mode_takes_effect_as_often_as_it_says(
    emulator: Emulator, mode: Mode, effects: int, error: type[BaseException] | None
) -> None:
    url = f"http://127.0.0.1:{emulator.server_port}"
    client = boto3.client("dynamodb", endpoint_url=url, config=STANDARD)
    feel(client, mode, error)
    assert emulator.served == effects


def test_all_attempts_of_one_call_have_one_invocation(counted: Any) -> None:
    injector = feel(counted, Mode.LOST_RESPONSE, None)
    first, second = injector.trace
    assert first.invocation == second.invocation != ""
    assert first.name == "dynamodb.UpdateItem"


def test_nobody_listens_twice_or_after_the_end(counted: Any) -> None:
    injector = CrashInjector()
    with (
        listening(injector),
        pytest.raises(RuntimeError, match="listening already"),
        listening(CrashInjector()),
    ):
        pass
    add_one(counted)
    assert injector.trace == []


def test_a_lost_answer_is_a_time_out_for_a_client_that_does_not_try_again() -> None:
    with mock_aws():
        client = boto3.client("sqs", config=Config(retries={"total_max_attempts": 1}))
        injector = CrashInjector([Fault(at=0, mode=Mode.LOST_RESPONSE)])
        with listening(injector), pytest.raises(ReadTimeoutError):
            client.create_queue(QueueName="q")
        assert len(client.list_queues()["QueueUrls"]) == 1
