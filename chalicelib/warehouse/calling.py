"""One signed call to a WMS, kept whole in the message log, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import Writes
from chalicelib.messages.exchange import Call, Exchanged, Exchanges
from chalicelib.messages.exchange import Prepared as PreparedCall
from chalicelib.messages.model import Message, Outcome
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.codec.parts import read_answer, read_response
from chalicelib.warehouse.connections import Connection, Secrets
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.limits import Limits
from chalicelib.warehouse.signing import signed_query
from chalicelib.warehouse.spelling import Spelling
from chalicelib.warehouse.store import Peer
from chalicelib.warehouse.texts import write_time
from chalicelib.warehouse.xml import Content, Node, write

CONTENT_TYPE = "text/xml;charset=utf-8"
UNREADABLE = "unreadable"
GATEWAY_TIMEOUT = 504
"""Somebody on the way got no answer: nobody knows whether the WMS acted."""


class Arrival(StrEnum):
    """What is known of a call: answered, surely not taken, or nobody knows."""

    ANSWERED = "ANSWERED"
    NOT_TAKEN = "NOT_TAKEN"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a call. `response` and `answer` are there if it was answered.

    `writes` put the outcome into the message's row and go into the caller's commit.
    """

    arrival: Arrival
    message_id: str
    writes: Writes
    code: str
    response: Node | None = None
    answer: Answer | None = None


class Later(Unavailable):
    """The WMS may not be called now: `reason` says why, in some `seconds` it may."""

    def __init__(self, wms: str, reason: str, seconds: float) -> None:
        super().__init__(f"{wms} may not be called now: {reason}")
        self.reason = reason
        self.seconds = ceil(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCall:
    """A call whose bytes are kept, and by whose name it counts against the WMS's limits."""

    kept: PreparedCall
    holder: str

    @property
    def message(self) -> Message:
        """Its row in the log."""
        return self.kept.message

    @property
    def writes(self) -> Writes:
        """Its row; to be committed before it is performed."""
        return self.kept.writes


class WmsCalls:
    """Calls to warehouse systems, each sent exactly once, never twice by itself."""

    def __init__(
        self,
        *,
        exchanges: Exchanges,
        secrets: Secrets,
        circuits: Circuits,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._limits = limits
        self._exchanges = exchanges
        self._secrets = secrets
        self._circuits = circuits
        self._clock = clock

    def prepare(
        self,
        peer: Peer,
        method: str,
        content: Content,
        *,
        documents: tuple[str, ...],
        under: SealingKey | None = None,
    ) -> ReadyCall:
        """Builds, signs and stores. Its `writes` have to be committed before it is performed.
        `Later`, and nothing stored, while the WMS is closed or its limits are reached.
        """
        connection = peer.connection
        holder = self._admitted(connection, method, documents)
        body = write("request", content, connection.spelling_in(method))
        kept = self._exchanges.prepare(
            Call(
                verb="POST",
                url=self._signed_url(connection, method, body),
                headers={"content-type": CONTENT_TYPE},
                body=body,
            ),
            peer=f"wms:{connection.code}",
            method=method,
            documents=documents,
            under=under,
        )
        return ReadyCall(kept=kept, holder=holder)

    def _admitted(self, connection: Connection, method: str, documents: tuple[str, ...]) -> str:
        """The name by which a call counts. No two of one document and method begin at once."""
        now = self._clock.now()
        closed = connection.hours.closed_seconds(now)
        if closed:
            raise Later(connection.code, "closed", closed)
        holder = "#".join((*documents, method, now.isoformat()))
        pause = self._limits.take(connection, holder)
        if pause:
            raise Later(connection.code, "limit_reached", pause)
        return holder

    def perform(self, peer: Peer, ready: ReadyCall) -> Reply:
        """Sends, stores the answer, reads it, and notes how the WMS did."""
        try:
            return self._perform(peer, ready.kept)
        finally:
            self._limits.give_back(peer.connection, ready.holder)

    def _perform(self, peer: Peer, prepared: PreparedCall) -> Reply:
        connection = peer.connection
        spelling = connection.spelling_in(prepared.message.method)
        started = self._clock.now()
        exchanged = self._exchanges.perform(
            prepared,
            timeout_seconds=connection.timeout_seconds,
            code_of=lambda answer: _code_of(answer, spelling),
        )
        reply = _reply(exchanged, spelling)
        seconds = (self._clock.now() - started).total_seconds()
        if reply.arrival is not Arrival.ANSWERED or seconds > connection.slow_seconds:
            self._circuits.failed(connection.code)
        elif peer.circuit.failures:
            self._circuits.succeeded(connection.code)
        return reply

    def _signed_url(self, connection: Connection, method: str, body: bytes) -> str:
        secrets = self._secrets.current(connection.secret)
        if not secrets:
            raise Unavailable(f"there is no secret {connection.secret}")
        parts = urlsplit(connection.url)
        # Parameters in the registered URL belong to the query, and are signed.
        given = parse_qsl(parts.query, keep_blank_values=True)
        own = {
            "method": connection.prefix + connection.spoken.method_out(method),
            "timestamp": write_time(self._clock.now(), connection.spelling.zone),
            "format": "xml",
            "app_key": connection.app_key,
            "v": connection.version,
            "sign_method": connection.sign_method,
            "customerId": connection.customer_id,
        }
        query = signed_query(own, body, secret=secrets[0], rule=connection.spoken.sign, given=given)
        return urlunsplit(parts._replace(query=urlencode(query)))


def _read(answer: HttpAnswer, spelling: Spelling) -> tuple[Node, Answer] | None:
    """The answer, where it is one: a status of 5xx or another body says only that it is down."""
    if answer.status >= 500:
        return None
    try:
        response = read_response(answer.body, spelling)
        return response, read_answer(response)
    except Refused:
        return None


def _code_of(answer: HttpAnswer, spelling: Spelling) -> str:
    read = _read(answer, spelling)
    if read is None:
        return UNREADABLE
    _, said = read
    return said.code or ("success" if said.success else "failure")


def _reply(exchanged: Exchanged, spelling: Spelling) -> Reply:
    message_id, writes = exchanged.message.id, exchanged.writes
    if exchanged.outcome is Outcome.NO_ANSWER:
        return Reply(
            arrival=Arrival.UNKNOWN, message_id=message_id, writes=writes, code="no_answer"
        )
    if exchanged.answer is not None and exchanged.answer.status == GATEWAY_TIMEOUT:
        return Reply(
            arrival=Arrival.UNKNOWN, message_id=message_id, writes=writes, code="gateway_timeout"
        )
    read = _read(exchanged.answer, spelling) if exchanged.answer else None
    if read is None:
        code = UNREADABLE if exchanged.answer else "not_sent"
        return Reply(arrival=Arrival.NOT_TAKEN, message_id=message_id, writes=writes, code=code)
    response, answer = read
    return Reply(
        arrival=Arrival.ANSWERED,
        message_id=message_id,
        writes=writes,
        code=answer.code or ("success" if answer.success else "failure"),
        response=response,
        answer=answer,
    )
