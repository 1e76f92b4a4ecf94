"""The message log (报文) for people: what was said, by whom, what became of it, and the bytes."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.binary import BYTES_TYPE
from chalicelib.http.bindings import sees_message
from chalicelib.http.edge import json_answer, parameter, path_text, route
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.items import Page, from_item, to_item
from chalicelib.kernel.roles import Role
from chalicelib.messages.model import Message, Outcome

messages = Blueprint(__name__)

_ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{12}", re.ASCII)


@messages.route("/v1/messages", methods=["GET"], authorizer=authorizer)
@route
@needs(messages, Role.OPERATOR, Role.INTEGRATOR, Role.RAW_READER)
def list_messages(caller: Caller) -> Response:
    """Messages of a document (`document`), or of a day: of a `peer`, all or of one `method`, or
    with an `outcome`, of everybody or of one `peer`.

    A page may be short, or empty, and still have a next one.
    """
    request = messages.current_request
    log = container().messages
    cursor = parameter(request, "cursor", default="") or None
    if document := parameter(request, "document", default=""):
        page = log.of_document(document, cursor=cursor)
    elif outcome := parameter(request, "outcome", default=""):
        peer = parameter(request, "peer", default="")
        page = log.of_outcome(outcome_of(outcome), day=day_of(request), peer=peer, cursor=cursor)
    else:
        peer, method = parameter(request, "peer"), parameter(request, "method", default="")
        page = log.of_peer(peer, method, day=day_of(request), cursor=cursor)
    return json_answer(200, _page(caller, page))


@messages.route("/v1/messages/{message_id}", methods=["GET"], authorizer=authorizer)
@route
@needs(messages, Role.OPERATOR, Role.INTEGRATOR, Role.RAW_READER)
def show_message(caller: Caller, message_id: str) -> Response:
    """One message: peer, method, times, outcome, documents, replays; not its content."""
    message = visible_message(caller, message_id)
    found = container().messages.replays(message.id) if message.replays else []
    return json_answer(200, {**_shown(message), "replays": [to_item(each) for each in found]})


@messages.route("/v1/messages/{message_id}/raw", methods=["GET"], authorizer=authorizer)
@route
@needs(messages, Role.RAW_READER)
def show_raw(caller: Caller, message_id: str) -> Response:
    """The bytes, exactly as they came or went: with `Accept: application/octet-stream` the body
    alone (`part=answer`: the answer's), else JSON with the HTTP head and both bodies in base64.
    Holds personal data: for the few who may.
    """
    message = visible_message(caller, message_id)
    raw = container().messages.raw(message.id)
    request = messages.current_request
    if request.headers.get("accept", "") == BYTES_TYPE:
        part = parameter(request, "part", default="body")
        body = raw.answer if part == "answer" else raw.body
        return Response(body=body or b"", status_code=200, headers={"Content-Type": BYTES_TYPE})
    return json_answer(
        200,
        {
            **_shown(message),
            "verb": raw.head.verb,
            "url": raw.head.url,
            "query": [list(pair) for pair in raw.head.query],
            "headers": dict(raw.head.headers),
            "body_base64": base64.b64encode(raw.body).decode(),
            "answer_base64": None if raw.answer is None else base64.b64encode(raw.answer).decode(),
        },
    )


def visible_message(caller: Caller, message_id: str) -> Message:
    """A message, if there is one and the caller may see it."""
    message = container().messages.message(_known_form(message_id))
    if not sees_message(container(), caller, message):
        raise _unknown(message_id)
    return message


def _known_form(message_id: str) -> str:
    """The id; what isn't one would be looked up in the bucket as it stands."""
    text = path_text(message_id)
    if not _ID.fullmatch(text):
        raise _unknown(text)
    return text


def _unknown(message_id: str) -> NotFound:
    return NotFound("unknown_message", f"there is no message {message_id}", field="id")


def _page(caller: Caller, page: Page) -> dict[str, Any]:
    oms = container()
    found = [from_item(item, Message) for item in page.items]
    shown = [_shown(message) for message in found if sees_message(oms, caller, message)]
    return {"messages": shown, "next_cursor": page.next_cursor}


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "direction": message.direction.value,
        "peer": message.peer,
        "method": message.method,
        "at": to_text(message.at),
        "size": message.size,
        "sha256": message.sha256,
        "outcome": message.outcome.value,
        "code": message.code,
        "documents": list(message.documents),
        "http_status": message.http_status,
        "answered_at": to_text(message.answered_at) if message.answered_at else None,
    }


def outcome_of(text: str) -> Outcome:
    """The outcome of that name."""
    try:
        return Outcome(text)
    except ValueError as error:
        known = ", ".join(outcome.value for outcome in Outcome)
        raise Malformed("malformed_parameter", f"one of {known}", field="outcome") from error


def day_of(request: Request) -> date:
    """The day that a request names."""
    try:
        return date.fromisoformat(parameter(request, "day"))
    except ValueError as error:
        raise Malformed("malformed_parameter", "a day such as 2026-11-22", field="day") from error
