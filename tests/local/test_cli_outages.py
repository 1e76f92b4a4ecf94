"""The command line where the cloud, the API or the machine fail it: a sentence, an exit code, no
traceback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib import bootstrap
from local import cloud, environment
from local.cli.application import app
from tests.cloud.site import free_ports
from tests.fakes.cloud import moto_cloud
from tests.local.cli_world import Stage, a_stage, said

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


# --- the API that orders are posted to

POST = ("order", "post", "--shop", "shop-demo", "--sku", "TEE-WHITE-M")


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server on loopback that answers every request like this; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def page(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"<html>hello</html>")


def other_json(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(404)
    handler.end_headers()
    handler.wfile.write(b"[1, 2]")


def nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def noise(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01 no HTTP at all\r\n\r\n")


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "http://", "http://a:x/", "http://[/"])
def test_what_is_no_address_is_wrong_usage(stage: Stage, url: str) -> None:
    result = stage.run(*POST, "--url", url)
    assert (result.exit_code, "is no address such as" in said(result)) == (2, True)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (page, "answered 200, but not as an OMS does: is it the API?"),
        (other_json, "answered 404, but not as an OMS does: is it the API?"),
        (nothing, "The API can't be reached: Remote end closed connection"),
        (noise, "The API can't be reached: "),
    ],
)
def test_what_answers_like_no_oms_is_a_sentence(
    stage: Stage, answer: Callable[[BaseHTTPRequestHandler], None], sentence: str
) -> None:
    with answering(answer) as url:
        result = stage.run(*POST, "--url", url)
    assert (result.exit_code, sentence in said(result)) == (2, True), result.stderr


def test_an_api_that_nobody_serves_is_a_sentence(stage: Stage) -> None:
    (port,) = free_ports(1)
    result = stage.run(*POST, "--url", f"http://127.0.0.1:{port}")
    assert (result.exit_code, "The API can't be reached: " in said(result)) == (2, True)


# --- the cloud

COMMANDS = (
    ("trace", "2611221234567800017"),
    ("messages", "--document", "A"),
    ("message", "A"),
    ("message", "A", "--raw", "-"),
    ("stock", "WH-EAST"),
    ("closing-stock", "WH-EAST", "2026-11-22"),
    ("audit",),
    ("verify", "--day", "2026-11-22"),
    ("export", "WH-EAST", "2026-11-22", "2026-11-22", "never.csv"),
    ("entries", "A"),
    ("exceptions",),
    ("periods",),
    ("period-checklist", "2026-10"),
    ("period-close", "2026-10", "--reason", "x"),
    ("period-reopen", "2026-10", "--reason", "x"),
    ("queues",),
    ("close-status", "2026-11-22.001"),
    ("redrive", "posting"),
    ("sweep",),
    ("close", "2026-11-22"),
    ("compare", "2026-11-22.001", "WH-EAST"),
    ("numbers", "b"),
    POST,
    ("client", "put", "c", "--kind", "SHOP", "--shop", "shop-demo"),
    ("token", "issue", "li.na", "--role", "operator"),
    ("token", "revoke", "A"),
    ("token", "list"),
)


@contextmanager
def cloud_at(url: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line believes that the OMS is deployed in a cloud there."""
    with moto_cloud() as moto:
        known = {**moto.environment, "AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1"}
    # Registered with monkeypatch, since the command line will set them for its process.
    for name in known:
        patch.setenv(name, "")
    environment.write(folder / "environment.json", known)
    patch.setenv("OMS_CLOUD_FOLDER", str(folder))
    bootstrap.reset()
    try:
        yield
    finally:
        bootstrap.reset()


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def failing(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(500)
    handler.end_headers()


@pytest.mark.parametrize("answer", [page, other_json, nothing, failing])
def test_whatever_stands_where_the_cloud_was_is_a_sentence(
    answer: Callable[[BaseHTTPRequestHandler], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(answer) as url, cloud_at(url, tmp_path, monkeypatch):
        for command in COMMANDS:
            # Each is a process of its own, which hasn't entered the stage yet.
            monkeypatch.setenv("OMS_STAGE", "")
            result = CliRunner().invoke(app, list(command))
            assert (command, result.exit_code) == (command, 2)
            assert said(result) == (
                f"The cloud can't be reached: no embedded cloud answers on {url}; "
                "`make run` starts it."
            )


@pytest.mark.parametrize("answer", [page, other_json, nothing, noise, failing, silent])
def test_only_an_embedded_cloud_answers_like_one(
    answer: Callable[[BaseHTTPRequestHandler], None],
) -> None:
    with answering(answer) as url:
        assert cloud.answers(url, seconds=0.2) is False


# --- the machine


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device here")
def test_a_full_disk_behind_the_output_is_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = run("--help", stdout=full)
    assert (done.returncode, done.stderr) == (2, "This machine can't: No space left on device\n")


def test_a_screen_that_cant_show_a_sign_gets_it_escaped(tmp_path: Path) -> None:
    done = run("shop", "put", "仓.json", environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def run(
    *arguments: str, stdout: Any = subprocess.PIPE, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line as a process."""
    return subprocess.run(
        [sys.executable, "-m", "local.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
