"""Signed documents coming in: raw first, then the signature, then everything else.

The caller names itself in the header `oms-client` and signs as in Standard Webhooks with its key
(secret `clients/<code>`). Every message is kept and can be found by the id in the answer, also a
refused one.
"""

from __future__ import annotations

from chalice.app import Request, Response

from chalicelib.aws.observability import logger
from chalicelib.bootstrap import Container, container
from chalicelib.bootstrap.intake import (
    CLIENT_HEADER,
    Document,
    Kinds,
    Use,
    active_client,
    known_client,
    trusted_client,
    use_document,
)
from chalicelib.catalog.model import Client
from chalicelib.http.edge import RefusedMessage, head_of, json_answer, raw_of
from chalicelib.kernel import webhooks
from chalicelib.kernel.errors import Refused, TooLarge, TooMany, Unauthenticated
from chalicelib.messages.model import Message


def take(request: Request, *, method: str, kind: Kinds, use: Use, once: bool = False) -> Response:
    """Runs the intake: store, verify, use, record the outcome, answer.

    `once`: a request that comes again (one `webhook-id`, the same bytes) gets the first answer and
    does nothing, for documents that would otherwise be set back to what it says.
    """
    oms, body = container(), raw_of(request)
    client = _client(oms, request)
    message = _kept(oms, request, client, method=method)
    logger.append_keys(message_id=message.id, peer=message.peer)
    try:
        trusted = active_client(
            trusted_client(oms, request.headers, client, body, now=oms.clock.now())
        )
    except (TooLarge, Unauthenticated) as refused:
        oms.messages.record_unverified(message, refused.code)
        raise RefusedMessage(refused, message.id) from refused
    document = Document(kind=kind, use=use, once=once)
    try:
        identity = request.headers[webhooks.ID_HEADER] if once else ""
        taken = use_document(oms, trusted, message, body, document=document, identity=identity)
    except Refused as refused:
        raise RefusedMessage(refused, message.id) from refused
    if len(taken.documents) == 1:
        logger.set_correlation_id(taken.documents[0])
    return json_answer(taken.status, taken.body, headers={"oms-message-id": message.id})


def _client(oms: Container, request: Request) -> Client | None:
    """Whom the caller says to be; None for nobody that we know."""
    return known_client(oms, request.headers.get(CLIENT_HEADER, ""))


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
            active_client(trusted_client(oms, request.headers, client, body, now=oms.clock.now()))
        except Refused:
            pass
        else:
            return oms.messages.receive(head, body, peer=peer, method=method, trusted=True)
        raise
