"""Kept messages once more through the code of today, by a person who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.replay_shapes import replay_json
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.edge import json_answer, json_body, route, text_of
from chalicelib.http.messages import visible_message
from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.roles import Role

# What a request needs beyond this is imported when it comes: every function loads this file.
if TYPE_CHECKING:
    from chalicelib.bootstrap.replaying import Replaying

replays = Blueprint(__name__)


@replays.route("/v1/messages/{message_id}/replay", methods=["POST"], authorizer=authorizer)
@route
@needs(replays, Role.OPERATOR)
def replay(caller: Caller, message_id: str) -> Response:
    """Takes an incoming message once more, by today's code: {"reason"?, "dry_run"?}. The answer
    is what its sender would get by sending it again; a dry run says what would change.
    """
    message = visible_message(caller, message_id)
    body = _only_known(json_body(replays.current_request, container().settings.body_limit_bytes))
    reason = text_of(body, "reason", default="")
    replaying = _replaying(body.get("dry_run", False))
    done = replaying.replay(message.id, by=caller.subject, reason=reason)
    return json_answer(200, replay_json(done))


@replays.route("/v1/messages/{message_id}/accept", methods=["POST"], authorizer=authorizer)
@route
@needs(replays, Role.OPERATOR)
def accept(caller: Caller, message_id: str) -> Response:
    """Books a held message all the same, and settles its exception: {"reason", "dry_run"?}."""
    message = visible_message(caller, message_id)
    body = _only_known(json_body(replays.current_request, container().settings.body_limit_bytes))
    reason = text_of(body, "reason")
    replaying = _replaying(body.get("dry_run", False))
    done = replaying.replay(message.id, by=caller.subject, reason=reason, accepting=True)
    return json_answer(200, replay_json(done))


def _only_known(body: dict[str, Any]) -> dict[str, Any]:
    """A misspelt `dry_run` would be none: it is refused."""
    for name in body:
        if name not in ("reason", "dry_run"):
            raise Malformed("unknown_field", "there is no such field", field=name)
    return body


def _replaying(dry_run: object) -> Replaying:
    from chalicelib.bootstrap.replaying import Replaying

    if not isinstance(dry_run, bool):
        raise Malformed("malformed_field", "true or false", field="dry_run")
    oms = container()
    return Replaying.dry(oms) if dry_run else Replaying(oms)
