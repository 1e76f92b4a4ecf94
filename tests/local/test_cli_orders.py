"""The command line: an order sent in over HTTP, as a shop's system would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chalicelib.kernel import webhooks
from chalicelib.orders.intake import parse_order
from tests.local.cli_world import TEE, Stage, a_stage


class Receiver(HTTPServer):
    """An API that keeps what comes and answers what it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.answer = 201, {"order_no": "N1", "payable": "118.00", "currency": "CNY"}
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        answer = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


def post(stage: Stage, receiver: Receiver, *more: str) -> Any:
    options = ("--shop", "shop-demo", "--sku", TEE, "--quantity", "2", "--url", receiver.url)
    return stage.run("order", "post", *options, *more)


def test_an_order_is_signed_with_the_clients_key(stage: Stage, receiver: Receiver) -> None:
    result = post(stage, receiver, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["order_no"] == "N1"
    ((path, headers, body),) = receiver.requests
    assert (path, headers["oms-client"]) == ("/v1/orders", "shop-demo")
    webhooks.verify(
        secrets=[stage.seeded.client_secrets["shop-demo"]],
        message_id=headers[webhooks.ID_HEADER],
        timestamp=headers[webhooks.TIMESTAMP_HEADER],
        signatures=headers[webhooks.SIGNATURE_HEADER],
        body=body,
        now=_second(headers[webhooks.TIMESTAMP_HEADER]),
    )


def test_what_is_sent_is_an_order_that_the_oms_reads(stage: Stage, receiver: Receiver) -> None:
    post(stage, receiver, "--order-id", "C-1", "--price", "12.50")
    given = parse_order(receiver.requests[0][2])
    assert (given.channel_order_id, given.payable) == ("C-1", 2_500)
    assert [(line.sku, line.quantity, line.unit_price) for line in given.lines] == [(TEE, 2, 1_250)]


def test_a_refusal_of_the_api_comes_through_with_its_field(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.status = 422
    receiver.answer = {
        "code": "unknown_sku",
        "message": "there is no such sku",
        "field": "lines[0]",
    }
    result = post(stage, receiver)
    assert result.exit_code == 1
    assert "there is no such sku (lines[0]) [unknown_sku]" in result.stderr


def test_a_client_without_a_key_cannot_sign(stage: Stage, receiver: Receiver) -> None:
    result = stage.run("order", "post", "--shop", "nobody", "--sku", TEE, "--url", receiver.url)
    assert (result.exit_code, "(shop) [unknown_client]" in result.stderr) == (1, True)
    assert receiver.requests == []


def test_an_api_that_is_down_is_a_sentence_with_exit_code_2(stage: Stage) -> None:
    url = "http://127.0.0.1:9"
    result = stage.run("order", "post", "--shop", "shop-demo", "--sku", TEE, "--url", url)
    assert result.exit_code == 2
    assert result.stderr.startswith("The API can't be reached:")


def test_where_the_api_is_has_to_be_said_for_a_stage_on_aws(stage: Stage) -> None:
    result = stage.run("order", "post", "--shop", "shop-demo", "--sku", TEE)
    assert (result.exit_code, result.stderr) == (
        2,
        "Where is the API? Set OMS_API_URL, or give --url.\n",
    )


def _second(timestamp: str) -> datetime:
    return datetime.fromtimestamp(int(timestamp), UTC)
