"""What every route does: read the request, cap it, call, and answer.

Errors are mapped here, in a view decorator, because Chalice's middleware never sees what a view
raises. A `Refused` is answered with its status and `{"code", "message", "field"?, "message_id"?}`;
anything else is ours: logged once with its traceback, answered 500 without a word about the
inside.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from chalice.app import Request, Response

from chalicelib.aws.observability import logger, metrics
from chalicelib.kernel.errors import Malformed, Refused, TooLarge, Unavailable
from chalicelib.messages.model import HttpHead

JSON_TYPE = "application/json; charset=utf-8"
View: TypeAlias = Callable[..., Response]


class RefusedMessage(Refused):
    """A refusal of a message that is in the log: the answer names the message's id."""

    def __init__(self, refused: Refused, message_id: str) -> None:
        super().__init__(refused.code, refused.message, field=refused.field)
        self.status = refused.status
        self.message_id = message_id


def route(view: View) -> View:
    """Turns what a view raises into an answer."""

    @functools.wraps(view)
    def answering(*arguments: Any, **named: Any) -> Response:
        try:
            return view(*arguments, **named)
        except Refused as refused:
            metrics.add_metric(name="Refused", unit="Count", value=1)
            logger.info("refused", code=refused.code, field=refused.field, view=view.__name__)
            return json_answer(refused.status, refusal_body(refused))
        except Unavailable as outage:
            logger.exception("unavailable", view=view.__name__, reason=str(outage))
            body = {"code": "unavailable", "message": "try again in a moment"}
            return json_answer(503, body, headers={"Retry-After": "5"})
        except Exception:
            # The entry point: whatever is left is ours and has to be seen, but not by the caller.
            logger.exception("failed", view=view.__name__)
            return json_answer(500, {"code": "internal", "message": "the OMS failed; it is logged"})

    return answering


def refusal_body(refused: Refused) -> dict[str, Any]:
    """The JSON of a refusal."""
    body = {"code": refused.code, "message": refused.message}
    if refused.field is not None:
        body["field"] = refused.field
    if isinstance(refused, RefusedMessage):
        body["message_id"] = refused.message_id
    return body


def json_answer(status: int, body: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON; the body is serialised here, since Chalice would turn decimals into
    floats.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(
        body=text, status_code=status, headers={"Content-Type": JSON_TYPE, **(headers or {})}
    )


def body_of(request: Request, limit: int) -> bytes:
    """The raw bytes; `TooLarge` above the limit, before anything else looks at them."""
    raw = raw_of(request)
    if len(raw) > limit:
        raise TooLarge("body_too_large", f"a body has at most {limit} bytes")
    return raw


def raw_of(request: Request) -> bytes:
    """The body's bytes, whatever their type."""
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def head_of(request: Request) -> HttpHead:
    """The request's head for the message log."""
    query = request.query_params
    pairs: list[tuple[str, str]] = []
    if query is not None:
        pairs = [(name, value) for name in query for value in query.getlist(name)]
    return HttpHead(
        verb=request.method,
        url=request.path,
        query=tuple(pairs),
        headers={str(name): str(value) for name, value in request.headers.items()},
    )


def json_body(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object of an operator's request; money is text, so there are no floats to lose."""
    raw = body_of(request, limit)
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise Malformed("malformed_json", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("malformed_json", "the body is not a JSON object")
    return body


def text_of(body: Mapping[str, Any], field: str, *, default: str | None = None) -> str:
    """A text field of a JSON object."""
    value = body.get(field, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Malformed("malformed_field", "a text is needed", field=field)
    return value


def parameter(request: Request, name: str, *, default: str | None = None) -> str:
    """A query parameter; `Malformed` if it is needed and missing."""
    given = request.query_params
    value = default if given is None else given.get(name, default)
    if value is None:
        raise Malformed("missing_parameter", "this query parameter is needed", field=name)
    return str(value)


def path_text(value: str) -> str:
    """A path parameter as the caller meant it: Chalice doesn't decode it."""
    return unquote(value)
