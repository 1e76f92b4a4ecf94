"""Signed documents coming in: raw first, then the signature, then everything else.

The caller names itself in the header `oms-client` and signs as in Standard Webhooks with its key
(secret `clients/<code>`). Every message is kept and can be found by the id in the answer, also a
refused one.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from chalice.app import Request, Response

from chalicelib.aws.observability import logger
from chalicelib.bootstrap import Container, container
from chalicelib.catalog.model import Client, ClientKind
from chalicelib.http.edge import RefusedMessage, head_of, json_answer, raw_of
from chalicelib.kernel import webhooks
from chalicelib.kernel.errors import (
    Forbidden,
    Malformed,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
)
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
    once: bool = False,
) -> Response:
    """Runs the intake: store, verify, use, record the outcome, answer.

    `once`: a request that comes again (one `webhook-id`, the same bytes) gets the first answer and
    does nothing, for documents that would otherwise be set back to what it says.
    """
    oms, body = container(), raw_of(request)
    client = _client(oms, request)
    message = _kept(oms, request, client, method=method)
    logger.append_keys(message_id=message.id, peer=message.peer)
    try:
        trusted = _trusted(oms, request, client, body)
    except (TooLarge, Unauthenticated) as refused:
        oms.messages.record_unverified(message, refused.code)
        raise RefusedMessage(refused, message.id) from refused
    try:
        if trusted.kind is not kind:
            raise Forbidden("wrong_client_kind", f"this route is for {kind.value.lower()} clients")
        refuse_repeated_fields(body)
        identity = request.headers[webhooks.ID_HEADER] if once else ""
        taken = _first_time(oms, message, identity) or use(oms, trusted, message, body)
    except Refused as refused:
        outcome = dataclasses.replace(message, outcome=Outcome.REFUSED, code=refused.code)
        oms.messages.record(outcome)
        raise RefusedMessage(refused, message.id) from refused
    if not taken.committed:
        done = dataclasses.replace(message, outcome=taken.outcome, documents=taken.documents)
        oms.messages.record(done, identity=identity, answer=taken.body)
    if len(taken.documents) == 1:
        logger.set_correlation_id(taken.documents[0])
    return json_answer(taken.status, taken.body, headers={"oms-message-id": message.id})


def refuse_repeated_fields(body: bytes) -> None:
    """`Malformed` for an object in which a field stands twice: of two readers each might take
    another one. What can't be read at all is left to the reader of the document.
    """
    try:
        json.loads(body, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed("repeated_field", "a field stands twice in one object", field=name)
        seen.add(name)


def _first_time(oms: Container, message: Message, identity: str) -> Taken | None:
    """What was answered when this came for the first time; None if it is new."""
    answer = oms.messages.first_answer(message, identity) if identity else None
    if answer is None:
        return None
    return Taken(status=200, body=answer, documents=(), outcome=Outcome.DUPLICATE, committed=False)


def _client(oms: Container, request: Request) -> Client | None:
    """Whom the caller says to be; None for nobody that we know."""
    code = request.headers.get(CLIENT_HEADER, "")
    try:
        return oms.catalog.client(code) if is_code(code) else None
    except NotFound:
        return None


def _kept(oms: Container, request: Request, client: Client | None, *, method: str) -> Message:
    """The message in the log. After too many wrong signatures under its name only the client
    itself is let through: others must not be able to lock it out.
    """
    # Names that nobody has count as one, or a flood would take a new name each time.
    peer = f"client:{client.code}" if client else "client:unknown"
    body, head = raw_of(request), head_of(request)
    try:
        return oms.messages.receive(head, body, peer=peer, method=method)
    except TooMany:
        try:
            _trusted(oms, request, client, body)
        except Refused:
            pass
        else:
            return oms.messages.receive(head, body, peer=peer, method=method, trusted=True)
        raise


def _trusted(oms: Container, request: Request, client: Client | None, body: bytes) -> Client:
    limit = oms.settings.body_limit_bytes
    if len(body) > limit:
        raise TooLarge("body_too_large", f"a body has at most {limit} bytes")
    unknown = Unauthenticated(
        "unknown_client", f"{CLIENT_HEADER} names no client of the OMS", field=CLIENT_HEADER
    )
    if client is None:
        raise unknown
    headers = request.headers
    webhooks.verify(
        secrets=oms.secrets.current(f"clients/{client.code}"),
        message_id=headers.get(webhooks.ID_HEADER),
        timestamp=headers.get(webhooks.TIMESTAMP_HEADER),
        signatures=headers.get(webhooks.SIGNATURE_HEADER),
        body=body,
        now=oms.clock.now(),
    )
    if not client.active:
        raise unknown
    return client
