"""What every route does: read the request, cap it, call, and answer.

Errors are mapped here, in a view decorator, because Chalice's middleware never sees what a view
raises. A `Refused` is answered with its status and `{"code", "message", "field"?, "message_id"?}`;
anything else is ours: logged once with its traceback, answered 500 without a word about the
inside.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from chalice.app import Request, Response

from chalicelib.aws.observability import logger, metrics
from chalicelib.bootstrap.shapes import refusal_json, shown_field
from chalicelib.kernel.errors import Malformed, Refused, TooLarge, Unavailable
from chalicelib.kernel.ids import is_code
from chalicelib.messages.model import HttpHead

JSON_TYPE = "application/json; charset=utf-8"
ANY_TYPE = ["*/*"]
"""For routes that take signed bytes: what they are is found by reading them, and also a wrong type
is kept in the log.
"""

LONGEST_NAME = 200
"""Characters of what a path or a query names: no key holds more."""

LONGEST_CURSOR = 4_000
LONGEST_TEXT = 500

REQUEST_KEYS = ("message_id", "peer", "correlation_id")
_DOCUMENTS = frozenset({"order_no", "number", "document", "invoice"})
"""Path parameters that name the document a request is about."""

_ORDER_NO = re.compile(r"\d{19}|(HH|BF)\d{15}", re.ASCII)
# Control characters and halves of surrogate pairs: no key, no XML can hold them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
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
        for document in _DOCUMENTS & named.keys():
            if is_code(named[document]):
                logger.set_correlation_id(correlation_of(named[document]))
        try:
            response = view(*arguments, **named)
            logger.info("answered", status=response.status_code, view=view.__name__)
            return response
        except Refused as refused:
            metrics.add_metric(name="Refused", unit="Count", value=1)
            metrics.flush_metrics()
            logger.info(
                "refused", code=refused.code, field=shown_field(refused), view=view.__name__
            )
            return json_answer(refused.status, refusal_body(refused))
        except Unavailable as outage:
            logger.exception("unavailable", view=view.__name__, reason=str(outage))
            body = {"code": "unavailable", "message": "try again in a moment"}
            return json_answer(503, body, headers={"Retry-After": "5"})
        except Exception:
            # The entry point: whatever is left is ours and has to be seen, but not by the caller.
            logger.exception("failed", view=view.__name__)
            return json_answer(500, {"code": "internal", "message": "the OMS failed; it is logged"})
        finally:
            # The process lives on; what it says of the next request must not name this one.
            logger.remove_keys(REQUEST_KEYS)

    return answering


def correlation_of(document: str) -> str:
    """What the lines about a document are found by: the order's number for its fulfilments,
    shipments and invoices, else the document's own.
    """
    head = document.partition("-")[0]
    return head if _ORDER_NO.fullmatch(head) else document


def refusal_body(refused: Refused) -> dict[str, Any]:
    """The JSON of a refusal; of a message that is kept, with its id."""
    body = refusal_json(refused)
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
        url=_path_of(request),
        query=tuple(pairs),
        headers={str(name): str(value) for name, value in request.headers.items()},
    )


def _path_of(request: Request) -> str:
    """The path as it was called; Chalice's own is the route's, with the names of its parameters."""
    path = str(request.path)
    for name, value in (request.uri_params or {}).items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def json_body(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object of an operator's request; money is text, so there are no floats to lose."""
    raw = body_of(request, limit)
    try:
        body = json.loads(raw or b"{}", parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as error:
        raise Malformed("malformed_json", "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("malformed_json", "the body is not a JSON object")
    return body


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


def text_of(
    body: Mapping[str, Any], field: str, *, default: str | None = None, place: str | None = None
) -> str:
    """A text field of a JSON object, of at most 500 characters; `place` names it in a refusal."""
    value = body.get(field, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Malformed("malformed_field", "a text is needed", field=place or field)
    if len(value) > LONGEST_TEXT or _UNWRITABLE.search(value):
        words = f"a text has at most {LONGEST_TEXT} characters, none of them a control character"
        raise Malformed("malformed_field", words, field=place or field)
    return value


def whole_of(body: Mapping[str, Any], field: str, *, default: int | None = None) -> int:
    """A whole number of a JSON object."""
    value = body.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("malformed_field", "a whole number is needed", field=field)
    return value


def parameter(request: Request, name: str, *, default: str | None = None) -> str:
    """A query parameter; `Malformed` if it is needed and missing."""
    given = request.query_params
    value = default if given is None else given.get(name, default)
    if value is None:
        raise Malformed("missing_parameter", "this query parameter is needed", field=name)
    return _name(str(value), name, LONGEST_CURSOR if name == "cursor" else LONGEST_NAME)


def path_text(value: str) -> str:
    """A path parameter as the caller meant it: Chalice doesn't decode it."""
    return _name(unquote(value), "path", LONGEST_NAME)


def _name(text: str, field: str, most: int) -> str:
    if len(text) > most or _UNWRITABLE.search(text):
        words = f"at most {most} characters, none of them a control character"
        raise Malformed("malformed_parameter", words, field=field)
    return text
