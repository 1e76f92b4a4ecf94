"""The simulators and what no peer should send: an answer below 500, and they go on."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud_settings import ROOT
from local.simulators import sms, tax
from local.simulators.application import Application
from local.simulators.erp import receiver
from local.simulators.server import Server
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.simulator import build as build_wms

KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()


def wms(folder: Path) -> Application:
    settings = WarehouseSettings(
        code="WH1",
        customer_id="c",
        app_key="a",
        secret="s",
        callback_url="http://127.0.0.1:9/x",
        owner_code="O",
    )
    return build_wms([settings], folder)


BUILDERS: dict[str, Callable[[Path], Application]] = {
    "erp": lambda folder: receiver.build(KEY, folder),
    "sms": lambda folder: sms.build(sms.SmsSettings(key="a", secret="b"), folder),
    "tax": lambda folder: tax.build(
        tax.TaxSettings(app_key="a", secret="b", token="c", polls=1), folder
    ),
    "wms": wms,
}


@pytest.fixture(params=BUILDERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    made = Server(BUILDERS[request.param](tmp_path))
    made.start()
    yield made
    made.stop()


def answer(server: Server, verb: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(verb, path, body)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON: "),
        (b"\xff\xfe", "the body is not JSON: "),
        (b'{"mode": "\\ud800"}', "the body is not JSON: "),
        (b'{"times": ' + b"9" * 5000 + b"}", "the body is not JSON: "),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b"[]", "the body has to be a JSON object"),
        (b'{"mode": "slow", "seconds": 1e400}', "seconds: a number is wanted"),
        (b'{"mode": "slow", "seconds": NaN}', "seconds: a number is wanted"),
        (b'{"mode": "slow", "seconds": -1}', "seconds: 0 to 3600 are wanted"),
        (b'{"mode": "down", "times": ' + b"9" * 30 + b"}", "times: a whole number is wanted"),
    ],
    ids=range(10),
)
def test_a_control_command_that_is_none_is_refused_with_its_reason(
    server: Server, body: bytes, message: str
) -> None:
    status, said = answer(server, "POST", "/_sim/behaviour", body)
    assert (status, json.loads(said)["error"][: len(message)]) == (400, message)
    assert json.loads(answer(server, "GET", "/_sim/behaviour")[1]) == {"behaviours": []}


def test_numbers_that_nobody_counts_to_are_no_messages(server: Server) -> None:
    for number in ("9" * 40, "9" * 5000, "%C2%B2", "-1"):
        assert answer(server, "GET", f"/_sim/messages/{number}")[0] == 404
        assert answer(server, "GET", f"/_sim/messages/{number}/raw")[0] == 404
        assert answer(server, "GET", f"/_sim/messages?after={number}")[0] == 400
        assert answer(server, "GET", f"/_sim/messages?limit={number}")[0] == 400


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"GET http://[/ HTTP/1.1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf", b""),
    ],
)
def test_a_request_that_is_none_is_answered_or_dropped(
    server: Server, raw: bytes, status: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100)[9:12] == status
    assert "Traceback" not in capfd.readouterr().err
    assert answer(server, "GET", "/_sim/health")[0] == 200


def test_half_a_sign_or_a_line_break_is_nothing_to_send(tmp_path: Path) -> None:
    server = Server(wms(tmp_path))
    server.start()
    try:
        given = {"warehouse": "WH1", "method": "x", "body": "aGVsbG8=", "content_type": "a\r\nb"}
        status, said = answer(server, "POST", "/_sim/send_raw", json.dumps(given).encode())
        assert (status, json.loads(said)["error"].partition(":")[0]) == (400, "content_type")
        assert answer(server, "POST", f"/_sim/messages/{'9' * 30}/again")[0] == 404
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "99999", "--state", "here"], "99999 is no port; choose another with --port."),
        (["--port", "0", "--state", "file"], "The state folder file cannot be made: File exists."),
        (["--port", "0", "--state", "broken"], "The state folder broken cannot be used "),
    ],
)
def test_a_process_that_cant_start_says_why_in_a_line(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "state.sqlite3").write_bytes(b"no database" * 1000)
    done = subprocess.run(
        [sys.executable, "-m", "local.simulators.erp", "--secret", KEY, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(sentence)
