"""The control routes that every simulator has: health, messages, behaviour.

    GET  /_sim/health                  {"simulator", "status": "ok", "messages": n, ...}
    GET  /_sim/messages?peer=&method=&code=&direction=&outcome=&after=&limit=   {"messages": [...]}
    GET  /_sim/messages/{n}            one message whole, bodies in base64
    GET  /_sim/messages/{n}/raw        the body byte for byte (?part=answer: the answer's body)
    GET  /_sim/behaviour               {"behaviours": [...]}
    POST /_sim/behaviour               see `behaviour`; answers {"behaviours": [...]}

`warehouse` is accepted for `peer`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from local.simulators.application import (
    Application,
    JsonObject,
    Refused,
    Request,
    Response,
    json_response,
)
from local.simulators.behaviour import Behaviours, requested
from local.simulators.fields import Fields, whole_number
from local.simulators.store import LIST_LIMIT, Store


def add_control_routes(
    application: Application,
    store: Store,
    behaviours: Behaviours,
    details: Callable[[], JsonObject] = dict,
) -> None:
    """Gives an application the common control routes; `details` go into the health answer."""

    def health(_: Request) -> Response:
        common = {
            "simulator": application.name,
            "status": "ok",
            "messages": store.count_messages(),
        }
        return json_response({**common, **details()})

    def messages(request: Request) -> Response:
        found = store.messages(
            peer=request.parameter("warehouse") or request.parameter("peer"),
            method=request.parameter("method").removeprefix("taobao.qimen."),
            code=request.parameter("code"),
            direction=request.parameter("direction"),
            outcome=request.parameter("outcome"),
            after=_whole(request, "after", 0),
            limit=_whole(request, "limit", LIST_LIMIT),
        )
        return json_response({"messages": [summary(message) for message in found]})

    def message(request: Request) -> Response:
        found = _message(store, request)
        whole = summary(found) | {
            "headers": found["headers"],
            "body_base64": _base64(found["body"]),
            "answer_headers": found["answer_headers"],
            "answer_body_base64": _base64(found["answer_body"]),
        }
        return json_response(whole)

    def raw(request: Request) -> Response:
        found = _message(store, request)
        answer = request.parameter("part") == "answer"
        body = found["answer_body"] if answer else found["body"]
        return Response(body=body or b"", content_type="application/octet-stream")

    def set_behaviour(request: Request) -> Response:
        behaviours.set(requested(Fields(request.json())))
        return json_response({"behaviours": behaviours.described()})

    application.route("GET", "/_sim/health", health)
    application.route("GET", "/_sim/messages", messages)
    application.route("GET", "/_sim/messages/{n}", message)
    application.route("GET", "/_sim/messages/{n}/raw", raw)
    application.route(
        "GET", "/_sim/behaviour", lambda _: json_response({"behaviours": behaviours.described()})
    )
    application.route("POST", "/_sim/behaviour", set_behaviour)


def summary(message: JsonObject) -> JsonObject:
    """A message as a line of a list, without its headers and bodies."""
    kept = ("n", "direction", "peer", "method", "codes", "time", "verb", "url")
    return {name: message[name] for name in kept} | {
        "warehouse": message["peer"],
        "code": message["codes"][0] if message["codes"] else "",
        "size": len(message["body"]),
        "status": message["answer_status"],
        "answer_time": message["answer_time"],
        "outcome": message["outcome"],
        "note": message["note"],
    }


def _message(store: Store, request: Request) -> JsonObject:
    number = request.arguments["n"]
    known = whole_number(number)
    found = None if known is None else store.message(known)
    if found is None:
        raise Refused(404, f"no message {number}")
    return found


def _whole(request: Request, name: str, default: int) -> int:
    value = whole_number(request.parameter(name, str(default)))
    if value is None:
        raise Refused(400, f"{name}: a whole number is wanted")
    return value


def _base64(body: bytes | None) -> str | None:
    return None if body is None else base64.b64encode(body).decode()
