"""The ground every simulator stands on: HTTP on loopback, routes, refusals, a clean end.

A simulator is an `Application` (its routes and what has to end with it) served by a `Server`.
`main` runs one as a process: it prints one JSON line with the chosen port, and stops on SIGTERM.
What it keeps is in `store` (documents and messages, one SQLite file), how it misbehaves in
`behaviour`, how it takes a request in `intake`, the control routes all simulators have in
`control`.

    def build() -> Application:
        application = Application("tax")
        application.route("POST", "/invoices/{number}", issue)     # issue(Request) -> Response
        return application

    sys.exit(main(build, port=arguments.port))

In a test: `server = Server(build()); server.start(); ... server.url ...; server.stop()`.
"""

from __future__ import annotations

import argparse
import errno
import json
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from local.simulators.application import (
    Application,
    CannotStart,
    ConnectionDropped,
    JsonObject,
    Refused,
    Request,
    Response,
    json_response,
)
from local.simulators.fields import whole_number

__all__ = [
    "Application",
    "CannotStart",
    "ConnectionDropped",
    "JsonObject",
    "Refused",
    "Request",
    "Response",
    "Server",
    "json_response",
    "main",
]

HOST = "127.0.0.1"
BODY_LIMIT_BYTES = 32 * 1024 * 1024
STOP_WAIT_SECONDS = 5.0


class _Connection(BaseHTTPRequestHandler):
    """Turns one connection's requests into `Request`s and writes the `Response`s."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def _serve(self) -> None:
        with self.server.counting():
            try:
                self._answer()
            except (BrokenPipeError, ConnectionResetError):
                # Whoever asked has gone, whatever was to be said.
                self.close_connection = True

    def _answer(self) -> None:
        try:
            self._write(self.server.application.answer(self._read()))
        except ConnectionDropped:
            self._drop()
        except Refused as refusal:
            self.close_connection = True
            self._write(json_response({"error": refusal.message}, refusal.status))
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception:  # the entry point: show the fault, keep serving
            traceback.print_exc()
            self.close_connection = True
            self._write(json_response({"error": "the simulator failed, see its log"}, 500))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def _read(self) -> Request:
        length = whole_number(self.headers.get("Content-Length", "0"))
        if "Transfer-Encoding" in self.headers or length is None:
            raise Refused(411, "the length of the body has to be stated")
        if length > BODY_LIMIT_BYTES:
            raise Refused(413, f"the body is larger than {BODY_LIMIT_BYTES} bytes")
        try:
            parts = urlsplit(self.path)
        except ValueError as error:
            raise Refused(400, f"the address can't be read: {error}") from None
        body = self.rfile.read(length)
        if len(body) < length:
            # Its sender is gone; half a message is none.
            raise ConnectionDropped
        return Request(
            verb=self.command,
            path=parts.path,
            raw_query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: every message that matters is kept and listed by the control API."""


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, application: Application, port: int) -> None:
        self.application = application
        self._in_flight = 0
        self._idle = threading.Condition()
        super().__init__((HOST, port), _Connection)

    def server_bind(self) -> None:
        """As in HTTPServer, without its look-up of the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def counting(self) -> _InFlight:
        return _InFlight(self)

    def change_in_flight(self, difference: int) -> None:
        with self._idle:
            self._in_flight += difference
            self._idle.notify_all()

    def wait_until_idle(self, seconds: float) -> None:
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0, timeout=seconds)


@dataclass(slots=True)
class _InFlight:
    server: _HttpServer

    def __enter__(self) -> None:
        self.server.change_in_flight(1)

    def __exit__(self, *_: object) -> None:
        self.server.change_in_flight(-1)


class Server:
    """Serves an application on loopback in a thread of its own. Port 0 takes a free one."""

    def __init__(self, application: Application, *, port: int = 0) -> None:
        self.application = application
        try:
            self._http = _HttpServer(application, port)
        except OverflowError:
            raise CannotStart(f"{port} is no port; choose another with --port.") from None
        except OSError as error:
            reason = "is already in use" if error.errno == errno.EADDRINUSE else str(error)
            raise CannotStart(
                f"Port {port} on {HOST} {reason}; choose another with --port."
            ) from None
        self.port = self._http.server_port
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends waits, lets running requests finish (5 s at most), closes, runs the endings."""
        self.application.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.wait_until_idle(STOP_WAIT_SECONDS)
        self._http.server_close()
        self.application.end()


def arguments(simulator: str, description: str | None) -> argparse.ArgumentParser:
    """The arguments that every simulator takes."""
    parser = argparse.ArgumentParser(
        prog=f"python -m local.simulators.{simulator}", description=description
    )
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--state", type=Path, required=True, help="folder for what it keeps")
    return parser


def main(build: Callable[[], Application], *, port: int) -> int:
    """Runs a simulator until SIGTERM or SIGINT; returns the exit status (2: could not start)."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    application = None
    try:
        application = build()
        server = Server(application, port=port)
    except CannotStart as error:
        if application is not None:
            application.end()
        print(error, file=sys.stderr)
        return 2
    server.start()
    ready = {"simulator": application.name, "host": HOST, "port": server.port, "url": server.url}
    print(json.dumps(ready), flush=True)
    while not ended.is_set():
        time.sleep(0.05)
    server.stop()
    return 0
