"""Calls to peers: what was surely not sent, what nobody knows, and what came back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from chalicelib.aws.http_client import ANSWER_BYTES_MOST, PooledHttp
from chalicelib.kernel.http import NoAnswer, NotSent

Script = Callable[[socket.socket, int], None]


class Peer:
    """A server on loopback that runs a script for each request; `requests` are what it got."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/router?x=1"
        self.requests: list[bytes] = []
        self.script: Script = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while request := _read_request(connection):
                self.requests.append(request)
                self.script(connection, len(self.requests))


def _read_request(connection: socket.socket) -> bytes:
    """One whole request; nothing if the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            part = connection.recv(65_536)
        except OSError:
            return b""
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def answer(data: bytes, *, then_close: bool = False) -> Script:
    def script(connection: socket.socket, number: int) -> None:
        connection.sendall(data)
        if then_close:
            connection.shutdown(socket.SHUT_RDWR)

    return script


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.close()


def send(
    peer: Peer, http: PooledHttp | None = None, timeout_seconds: float = 5
) -> tuple[int, bytes]:
    found = (http or PooledHttp()).send(
        "POST",
        peer.url,
        body="<名/>".encode("gbk"),
        headers={"Content-Type": "text/xml"},
        timeout_seconds=timeout_seconds,
    )
    return found.status, found.body


def test_the_request_goes_out_byte_for_byte(peer: Peer) -> None:
    assert send(peer) == (200, b"ok")
    (request,) = peer.requests
    assert request.startswith(b"POST /router?x=1 HTTP/1.1\r\n")
    assert b"\r\nContent-Type: text/xml\r\n" in request
    assert request.endswith(b"\r\n\r\n" + "<名/>".encode("gbk"))


def test_a_refused_connection_was_not_sent(peer: Peer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(NotSent, match="NewConnectionError"):
        PooledHttp().send("POST", url, headers={}, timeout_seconds=1)


def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    with pytest.raises(NotSent, match="NameResolutionError"):
        PooledHttp().send("POST", "http://peer.invalid/", headers={}, timeout_seconds=1)


def test_a_connection_closed_before_the_answer_leaves_it_open_whether_it_was_done(
    peer: Peer,
) -> None:
    peer.script = answer(b"", then_close=True)
    with pytest.raises(NoAnswer, match="ProtocolError"):
        send(peer)
    assert len(peer.requests) == 1


def test_a_silent_peer_is_left_after_the_time_out_and_not_asked_again(peer: Peer) -> None:
    peer.script = lambda connection, number: time.sleep(1)
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="ReadTimeoutError"):
        send(peer, timeout_seconds=0.2)
    assert time.monotonic() - started < 0.9
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.",
        b"garbage\r\n\r\n",
    ],
    ids=["short body", "cut chunk", "cut head", "no http"],
)
def test_half_an_answer_is_no_answer(peer: Peer, cut: bytes) -> None:
    peer.script = answer(cut, then_close=True)
    with pytest.raises(NoAnswer):
        send(peer)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(peer: Peer, status: int) -> None:
    location = peer.url.encode()
    peer.script = answer(
        b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)
    )
    assert send(peer) == (status, b"")
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_an_error_status_is_an_answer_and_not_tried_again(peer: Peer, status: int) -> None:
    peer.script = answer(
        b"HTTP/1.1 %d No\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nno" % status
    )
    assert send(peer) == (status, b"no")
    assert len(peer.requests) == 1


def test_header_names_come_in_lower_case(peer: Peer) -> None:
    peer.script = answer(b"HTTP/1.1 200 OK\r\nX-Request-ID: AbC\r\nContent-Length: 0\r\n\r\n")
    found = PooledHttp().send("GET", peer.url, headers={}, timeout_seconds=5)
    assert found.headers["x-request-id"] == "AbC"
    assert set(found.headers) == {"x-request-id", "content-length"}


def test_an_answer_over_the_limit_is_no_answer_and_spoils_no_later_call(peer: Peer) -> None:
    def script(connection: socket.socket, number: int) -> None:
        size = ANSWER_BYTES_MOST + 1 if number == 1 else 2
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        try:
            connection.sendall(head + b"x" * size)
        except OSError:
            return

    peer.script = script
    http = PooledHttp()
    with pytest.raises(NoAnswer, match="bytes"):
        send(peer, http)
    assert send(peer, http) == (200, b"xx")


def test_an_answer_at_the_limit_is_read_whole(peer: Peer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % ANSWER_BYTES_MOST
    peer.script = answer(head + b"x" * ANSWER_BYTES_MOST)
    status, body = send(peer)
    assert (status, len(body)) == (200, ANSWER_BYTES_MOST)
