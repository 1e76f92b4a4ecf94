"""Signed documents coming in: raw first, then the signature, then everything else.

The caller names itself in the header `oms-client` and signs as in Standard Webhooks with its key
(secret `clients/<code>`). Every message is kept and can be found by the id in the answer, also a
refused one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from chalice.app import Request, Response

from chalicelib.aws.observability import logger
from chalicelib.bootstrap import Container, container
from chalicelib.catalog.model import Client, ClientKind
from chalicelib.http.edge import RefusedMessage, body_of, head_of, json_answer
from chalicelib.kernel import webhooks
from chalicelib.kernel.errors import Forbidden, NotFound, Refused, Unauthenticated
from chalicelib.kernel.ids import is_code
from chalicelib.messages.model import Message, Outcome

CLIENT_HEADER = "oms-client"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a use case made of a signed document. `committed`: the message's row went along with
    it.
    """

    status: int
    body: dict[str, Any]
    documents: tuple[str, ...]
    outcome: Outcome
    committed: bool


def take(
    request: Request,
    *,
    method: str,
    kind: ClientKind,
    use: Callable[[Container, Client, Message, bytes], Taken],
) -> Response:
    """Runs the intake: store, verify, use, record the outcome, answer."""
    oms = container()
    body = body_of(request, oms.settings.body_limit_bytes)
    code = request.headers.get(CLIENT_HEADER, "")
    peer = f"client:{code}" if is_code(code) else "client:unknown"
    message = oms.messages.receive(head_of(request), body, peer=peer, method=method)
    logger.append_keys(message_id=message.id, peer=peer)
    try:
        client = _verified(oms, request, code, body)
    except Unauthenticated as refused:
        oms.messages.record_unverified(message, refused.code)
        raise RefusedMessage(refused, message.id) from refused
    try:
        if client.kind is not kind:
            raise Forbidden("wrong_client_kind", f"this route is for {kind.value.lower()} clients")
        taken = use(oms, client, message, body)
    except Refused as refused:
        outcome = dataclasses.replace(message, outcome=Outcome.REFUSED, code=refused.code)
        oms.messages.record(outcome)
        raise RefusedMessage(refused, message.id) from refused
    if not taken.committed:
        oms.messages.record(
            dataclasses.replace(message, outcome=taken.outcome, documents=taken.documents)
        )
    return json_answer(taken.status, taken.body, headers={"oms-message-id": message.id})


def _verified(oms: Container, request: Request, code: str, body: bytes) -> Client:
    unknown = Unauthenticated(
        "unknown_client", f"{CLIENT_HEADER} names no client of the OMS", field=CLIENT_HEADER
    )
    if not is_code(code):
        raise unknown
    try:
        client = oms.catalog.client(code)
    except NotFound as missing:
        raise unknown from missing
    headers = request.headers
    webhooks.verify(
        secrets=oms.secrets.current(f"clients/{code}"),
        message_id=headers.get(webhooks.ID_HEADER),
        timestamp=headers.get(webhooks.TIMESTAMP_HEADER),
        signatures=headers.get(webhooks.SIGNATURE_HEADER),
        body=body,
        now=oms.clock.now(),
    )
    if not client.active:
        raise unknown
    return client
