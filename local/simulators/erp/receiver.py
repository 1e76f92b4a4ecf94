"""Receiving signed webhooks: verified, de-duplicated by `webhook-id`, stored.

| what came | answer | outcome in the list of messages |
| --- | --- | --- |
| a new id | 200 `{"received": id, "duplicate": false}` | accepted |
| a known id, the same body | 200 `{"received": id, "duplicate": true}` | duplicate |
| a known id, another body | 409 | conflict |
| no or a wrong signature, a time too far off | 401 | refused |
| a body that is not a JSON object | 400 | unreadable |

The codes of a message are its webhook-id; its method is the `type` in its body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from pathlib import Path

from local.simulators.application import (
    Application,
    CannotStart,
    JsonObject,
    Request,
    Response,
    json_response,
)
from local.simulators.behaviour import Behaviour, Behaviours
from local.simulators.control import add_control_routes, summary
from local.simulators.fields import whole_number
from local.simulators.intake import Answer, Intake
from local.simulators.store import Store

SECRET_PREFIX = "whsec_"  # noqa: S105 - how such a secret begins, none itself
TOLERANCE_SECONDS = 300
PEER = "erp"


def key_of(secret: str) -> bytes:
    """The signing key in a `whsec_` secret."""
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        if not key:
            raise ValueError
    except (ValueError, binascii.Error):
        raise CannotStart("--secret has to be whsec_ followed by the key in base64.") from None
    return key


class Receiver:
    """The webhook endpoint."""

    def __init__(self, key: bytes, store: Store, behaviours: Behaviours) -> None:
        self._key = key
        self._store = store
        self._intake = Intake(store, behaviours)

    def receive(self, request: Request) -> Response:
        """Answers one webhook; whatever comes is kept first."""
        return self._intake.take(
            request,
            peer=PEER,
            method=_type_in(request.body),
            codes=tuple(filter(None, [request.headers.get("webhook-id", "")])),
            answer=lambda: self._judge(request),
            failure=_failed,
        )

    def kept(self, _: Request) -> Response:
        """Each webhook accepted, once, with its body, in order of arrival."""
        found = self._store.messages(outcome="accepted", limit=1_000_000)
        return json_response({"webhooks": [_described(message) for message in found]})

    def _judge(self, request: Request) -> Answer:
        fault = self._fault(request)
        if fault:
            return "refused", json_response({"error": fault}, 401)
        if not isinstance(_decoded(request.body), dict):
            return "unreadable", json_response({"error": "the body is not a JSON object"}, 400)
        identity = request.headers["webhook-id"]
        digest = hashlib.sha256(request.body).hexdigest()
        known = self._store.get("webhook", PEER, identity)
        if known is not None and known["sha256"] != digest:
            error = f"{identity} was received with another body"
            return "conflict", json_response({"error": error}, 409)
        answer = json_response({"received": identity, "duplicate": known is not None})
        if known is not None:
            return "duplicate", answer
        self._store.put("webhook", PEER, identity, {"sha256": digest})
        return "accepted", answer

    def _fault(self, request: Request) -> str:
        """Why the sender cannot be trusted; "" when it can."""
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        identity, timestamp, signatures = (request.headers.get(name, "") for name in names)
        if not (identity and timestamp and signatures):
            return f"{', '.join(names)} are wanted"
        moment = whole_number(timestamp)
        if moment is None:
            return "webhook-timestamp has to be seconds since 1970"
        if abs(time.time() - moment) > TOLERANCE_SECONDS:
            return "webhook-timestamp is too far off"
        signed = f"{identity}.{timestamp}.".encode() + request.body
        digest = hmac.new(self._key, signed, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(digest)
        given = [signature.encode() for signature in signatures.split()]
        if not any(hmac.compare_digest(expected, each) for each in given):
            return "webhook-signature does not fit"
        return ""


def _failed(ordered: Behaviour) -> Answer:
    return "fail", json_response({"error": ordered.message, "code": ordered.code}, 500)


def build(secret: str, folder: Path) -> Application:
    """The upstream receiver, on the state kept in `folder`."""
    application = Application("erp")
    key = key_of(secret)
    store = Store(folder)
    application.on_stop(store.close)
    behaviours = Behaviours(application.stopping)
    receiver = Receiver(key, store, behaviours)
    application.route("GET", "/_sim/webhooks", receiver.kept)
    add_control_routes(application, store, behaviours)
    application.otherwise(receiver.receive)
    return application


def _decoded(body: bytes) -> object:
    try:
        value: object = json.loads(body)
    except ValueError:
        return None
    return value


def _type_in(body: bytes) -> str:
    value = _decoded(body)
    return str(value.get("type") or "") if isinstance(value, dict) else ""


def _described(message: JsonObject) -> JsonObject:
    return summary(message) | {
        "webhook_id": message["codes"][0],
        "type": message["method"],
        "body": json.loads(message["body"]),
    }
