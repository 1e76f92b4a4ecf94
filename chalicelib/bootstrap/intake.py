"""Signed documents, whoever hands them over: whether they can be trusted, and what is done with
them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from chalicelib.bootstrap.container import Container
from chalicelib.catalog.model import Client, ClientKind
from chalicelib.kernel import webhooks
from chalicelib.kernel.errors import (
    Forbidden,
    Malformed,
    NotFound,
    Refused,
    TooLarge,
    Unauthenticated,
)
from chalicelib.kernel.ids import is_code
from chalicelib.messages.model import Message, Outcome, RawMessage

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


Kinds: TypeAlias = ClientKind | tuple[ClientKind, ...]

Use: TypeAlias = Callable[[Container, Client, Message, bytes], Taken]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A kind of signed document: whose it may be, and what is done with its bytes.

    `once`: a request that comes again (one `webhook-id`, the same bytes) gets the first answer and
    does nothing, for documents that would otherwise be set back to what it says.
    """

    kind: Kinds
    use: Use
    once: bool = False


def take_again(oms: Container, message: Message, raw: RawMessage, document: Document) -> Taken:
    """What a kept message is answered today, as if its sender had sent it once more; `Refused` as
    the sender would be. Its signature was found right when it came, or by `check` since.
    """
    client = known_client(oms, message.peer.removeprefix("client:"))
    identity = raw.head.headers[webhooks.ID_HEADER] if document.once else ""
    return use_document(oms, client, message, raw.body, document=document, identity=identity)


def check(oms: Container, message: Message, raw: RawMessage) -> None:
    """`Refused` where a kept message's signature is wrong, or was stale when it came: of one that
    a crash overtook before it was checked.
    """
    client = known_client(oms, message.peer.removeprefix("client:"))
    trusted_client(oms, raw.head.headers, client, raw.body, now=message.at)


def use_document(
    oms: Container,
    sender: Client | None,
    message: Message,
    body: bytes,
    *,
    document: Document,
    identity: str,
) -> Taken:
    """Uses what is trusted, and records what came of it."""
    try:
        client = active_client(sender)
        _check_kind(client, document.kind)
        refuse_repeated_fields(body)
        taken = _first_time(oms, message, identity) or document.use(oms, client, message, body)
    except Refused as refused:
        outcome = dataclasses.replace(message, outcome=Outcome.REFUSED, code=refused.code)
        oms.messages.record(outcome)
        raise
    if not taken.committed:
        done = dataclasses.replace(message, outcome=taken.outcome, documents=taken.documents)
        oms.messages.record(done, identity=identity, answer=taken.body)
    return taken


def _check_kind(client: Client, kinds: Kinds) -> None:
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    if client.kind not in wanted:
        named = " and ".join(kind.value.lower() for kind in wanted)
        raise Forbidden("wrong_client_kind", f"this route is for {named} clients")


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


def known_client(oms: Container, code: str) -> Client | None:
    """The client of that code, active or not."""
    try:
        return oms.catalog.client(code) if is_code(code) else None
    except NotFound:
        return None


def trusted_client(
    oms: Container,
    headers: Mapping[str, str],
    client: Client | None,
    body: bytes,
    *,
    now: datetime,
) -> Client:
    """The client that has signed; `Refused` where it hasn't, or not now."""
    limit = oms.settings.body_limit_bytes
    if len(body) > limit:
        raise TooLarge("body_too_large", f"a body has at most {limit} bytes")
    if client is None:
        raise _unknown()
    webhooks.verify(
        secrets=oms.secrets.current(f"clients/{client.code}"),
        message_id=headers.get(webhooks.ID_HEADER),
        timestamp=headers.get(webhooks.TIMESTAMP_HEADER),
        signatures=headers.get(webhooks.SIGNATURE_HEADER),
        body=body,
        now=now,
    )
    return client


def active_client(client: Client | None) -> Client:
    """The client, if it is let in; one that isn't is as unknown as one that nobody knows."""
    if client is None or not client.active:
        raise _unknown()
    return client


def _unknown() -> Unauthenticated:
    return Unauthenticated(
        "unknown_client", f"{CLIENT_HEADER} names no client of the OMS", field=CLIENT_HEADER
    )
