"""Messages to warehouse systems that a person may have to see to: those that aren't well, one with
all its calls, and a person's word that it be taken up again or sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.edge import json_answer, json_body, parameter, path_text, route, text_of
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.roles import Role

if TYPE_CHECKING:
    # Every function imports `app` and with it this file: it says how things look, and needs none
    # of what they are.
    from chalicelib.warehouse.model import Dispatch

dispatches = Blueprint(__name__)

MOST_MESSAGES = 200
"""Calls shown with a dispatch; an order has some ten."""


@dispatches.route("/v1/dispatches", methods=["GET"], authorizer=authorizer)
@route
@needs(dispatches, Role.OPERATOR, Role.INTEGRATOR)
def list_dispatches(caller: Caller) -> Response:
    """Messages to warehouse systems of a `state` that isn't well (QUEUED, RETRY, UNKNOWN, REFUSED,
    DEAD; SENDING: those whose sender died), the longest unchanged first; page by `cursor`.
    """
    from chalicelib.warehouse.states import WAITING, DispatchState

    text = parameter(dispatches.current_request, "state")
    if text == DispatchState.SENDING:
        stuck = [
            _dispatch(each) for each in container().stuck_dispatches.found() if _sees(caller, each)
        ]
        return json_answer(200, {"dispatches": stuck, "next_cursor": None})
    if text not in WAITING:
        known = ", ".join(sorted([*WAITING, DispatchState.SENDING]))
        raise Malformed("malformed_parameter", f"one of {known}", field="state")
    start = parameter(dispatches.current_request, "cursor", default="") or None
    found, cursor = container().warehouse.dispatches_in(DispatchState(text), cursor=start)
    shown = [_dispatch(each) for each in found if _sees(caller, each)]
    return json_answer(200, {"dispatches": shown, "next_cursor": cursor})


@dispatches.route("/v1/dispatches/{dispatch}", methods=["GET"], authorizer=authorizer)
@route
@needs(dispatches, Role.OPERATOR, Role.INTEGRATOR)
def show_dispatch(caller: Caller, dispatch: str) -> Response:
    """One message to a warehouse system (its id in the path, `#` as `%23`), and every call about
    its document, the oldest first: of two with the same `sha256` the bodies are the same bytes.
    """
    found = _visible(caller, path_text(dispatch))
    return json_answer(200, _dispatch(found) | {"messages": _messages(found)})


@dispatches.route("/v1/dispatches/resend", methods=["POST"], authorizer=authorizer)
@route
@needs(dispatches, Role.OPERATOR)
def resend(caller: Caller) -> Response:
    """Sends a message to a warehouse system again: {"dispatch": its id}. The answer says whether
    its body is `IDENTICAL` to the last one or a `NEW_REVISION`, and whether the WMS is asked first
    what it has.
    """
    oms = container()
    body = json_body(dispatches.current_request, oms.settings.body_limit_bytes)
    resent = oms.warehouse.resend(_visible(caller, text_of(body, "dispatch")).id)
    told = {
        "body": resent.body.value,
        "sha256": resent.sha256,
        "last_sha256": resent.last_sha256,
        "asks_first": resent.asks_first,
    }
    return json_answer(202, _dispatch(resent.dispatch) | told)


@dispatches.route("/v1/dispatches/requeue", methods=["POST"], authorizer=authorizer)
@route
@needs(dispatches, Role.OPERATOR)
def requeue(caller: Caller) -> Response:
    """Takes a refused or dead message up again: {"dispatch": its id}. The WMS is asked what it has
    before it is sent; a message that isn't at its end goes on as it is.
    """
    oms = container()
    body = json_body(dispatches.current_request, oms.settings.body_limit_bytes)
    found = _visible(caller, text_of(body, "dispatch"))
    oms.warehouse.requeue(found.id)
    return json_answer(202, _dispatch(oms.warehouse.dispatch(found.id)))


# --- shapes


def _dispatch(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "id": dispatch.id,
        "document": dispatch.document,
        "method": dispatch.method,
        "wms": dispatch.wms,
        "warehouse": dispatch.warehouse,
        "state": dispatch.state.value,
        "code": dispatch.code,
        "attempts": dispatch.attempts,
        "asked": dispatch.asked,
        "waits": dispatch.waits,
        "message_id": dispatch.message_id,
        "updated_at": to_text(dispatch.updated_at),
        "revision": dispatch.revision,
        "edition": dispatch.edition,
        "body_sha256": dispatch.body_sha256,
    }


def _messages(dispatch: Dispatch) -> list[dict[str, Any]]:
    """The calls about a dispatch's document: to its WMS and from it."""
    rows = container().messages.of_document(dispatch.document, limit=MOST_MESSAGES).items
    names = ("id", "direction", "method", "at", "outcome", "code", "sha256")
    peer = f"wms:{dispatch.wms}"
    return [{name: row[name] for name in names} for row in rows if row["peer"] == peer]


def _visible(caller: Caller, dispatch: str) -> Dispatch:
    found = container().warehouse.dispatch(dispatch)
    if not _sees(caller, found):
        raise NotFound("unknown_dispatch", "there is no such dispatch", field="dispatch")
    return found


def _sees(caller: Caller, dispatch: Dispatch) -> bool:
    return caller.sees_warehouse(dispatch.warehouse)
