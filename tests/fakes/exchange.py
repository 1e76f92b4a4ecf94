"""Peers in the same process: `Http` that asks a simulator's application, with faults on order."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from chalicelib.kernel.http import HttpAnswer, NoAnswer, NotSent
from local.simulators.application import Application, ConnectionDropped, Request


class FixedSecrets:
    """Secrets by name."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def current(self, name: str) -> tuple[str, ...]:
        return (self.values[name],) if name in self.values else ()


class ApplicationHttp:
    """Asks an application. `faults` are used up one a call: `ok`, `not_sent` (the peer saw
    nothing), `lost` (it acted, the answer never came), `dropped` (it never got it, and nobody
    knows), `killed_before` and `killed_after` (the caller dies).
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.faults: list[str] = []
        self.calls: list[tuple[str, Mapping[str, str], bytes]] = []

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "not_sent":
            raise NotSent("ConnectTimeoutError")
        if fault == "dropped":
            raise NoAnswer("ReadTimeoutError")
        if fault == "killed_before":
            raise Killed
        answer = self._ask(method, url, body, headers)
        self.calls.append((url, dict(headers), body))
        if fault == "lost":
            raise NoAnswer("ReadTimeoutError")
        if fault == "killed_after":
            raise Killed
        return answer

    def _ask(self, verb: str, url: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        parts = urlsplit(url)
        request = Request(
            verb=verb,
            path=parts.path or "/",
            raw_query=parts.query,
            headers={"host": parts.netloc} | {n.lower(): v for n, v in headers.items()},
            body=body,
        )
        try:
            response = self.application.answer(request)
        except ConnectionDropped:
            raise NoAnswer("ProtocolError") from None
        return HttpAnswer(status=response.status, headers={}, body=response.body)


class Killed(BaseException):
    """The process dies here."""
