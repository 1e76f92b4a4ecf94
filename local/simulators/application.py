"""A simulator as routes: requests, answers, refusals, and which handler takes what."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

CONTROL = "/_sim/"

JsonObject = dict[str, Any]


class Refused(Exception):
    """The caller's doing: answered with `status` and `{"error": message}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class ConnectionDropped(Exception):
    """Raised by a handler that wants the connection closed without a byte of answer."""


class CannotStart(Exception):
    """The process cannot run as asked; its text is the sentence shown to the user (exit 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request: `path` raw, `query` decoded and in order, header names in lower case."""

    verb: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def parameter(self, name: str, default: str = "") -> str:
        """The first query parameter of this name."""
        return next((value for key, value in self.query if key == name), default)

    def json(self) -> JsonObject:
        """The body as a JSON object; anything else is refused with 400. No body is `{}`."""
        try:
            value = json.loads(self.body or b"{}")
            # Halves of signs can be written in JSON, and nowhere else.
            json.dumps(value, ensure_ascii=False).encode()
        except ValueError as error:
            raise Refused(400, f"the body is not JSON: {error}") from error
        except RecursionError:
            raise Refused(400, "the body is nested too deeply") from None
        if not isinstance(value, dict):
            raise Refused(400, "the body has to be a JSON object")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Response]


def json_response(value: object, status: int = 200) -> Response:
    """An answer that carries `value` as JSON."""
    return Response(status=status, body=json.dumps(value, ensure_ascii=False).encode() + b"\n")


class Application:
    """The routes of one simulator, and the actions to run when it ends.

    `stopping` is set when the end begins: whatever waits, waits on it instead of sleeping.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._routes: list[tuple[str, list[str], Handler]] = []
        self._fallback: Handler | None = None
        self._endings: list[Callable[[], None]] = []

    def route(self, verb: str, pattern: str, handler: Handler) -> None:
        """Sends `verb pattern` to `handler`; `{name}` in the pattern is one path segment."""
        self._routes.append((verb, pattern.split("/"), handler))

    def otherwise(self, handler: Handler) -> None:
        """Sends every other request outside the control paths to `handler`."""
        self._fallback = handler

    def on_stop(self, action: Callable[[], None]) -> None:
        """Runs `action` at the end; the last one added runs first."""
        self._endings.append(action)

    def end(self) -> None:
        self.stopping.set()
        while self._endings:
            self._endings.pop()()

    def answer(self, request: Request) -> Response:
        """The answer to a request. Refusals become JSON; `ConnectionDropped` passes through."""
        try:
            handler, arguments = self._find(request)
            return handler(replace(request, arguments=arguments))
        except Refused as refusal:
            return json_response({"error": refusal.message}, refusal.status)

    def _find(self, request: Request) -> tuple[Handler, dict[str, str]]:
        segments = request.path.split("/")
        verbs = []
        for verb, pattern, handler in self._routes:
            arguments = _match(pattern, segments)
            if arguments is not None and verb == request.verb:
                return handler, arguments
            if arguments is not None:
                verbs.append(verb)
        if verbs:
            raise Refused(405, f"{request.path} knows {', '.join(verbs)} only")
        if self._fallback is not None and not request.path.startswith(CONTROL):
            return self._fallback, {}
        raise Refused(404, f"no such path: {request.verb} {request.path}")


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    arguments = {}
    for wanted, found in zip(pattern, segments, strict=True):
        if wanted.startswith("{") and found:
            arguments[wanted[1:-1]] = unquote(found)
        elif wanted != found:
            return None
    return arguments
