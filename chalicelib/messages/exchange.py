"""One call to a peer, kept whole: the request's bytes before they go, then the answer or its
lack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.kernel.http import Http, HttpAnswer, NoAnswer, NotSent
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import HttpHead, Message, Outcome
from chalicelib.messages.service import MessageLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request ready to be sent. `secret_headers` (lower case) carry what opens something, such
    as an access token; they are sent and never kept.
    """

    verb: str
    url: str
    headers: dict[str, str]
    body: bytes = b""
    secret_headers: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call whose bytes are kept. `writes` are its row and have to be committed before it is
    performed, with whatever claims the right to do so.
    """

    call: Call
    message: Message
    key: SealingKey = field(repr=False)
    writes: Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What came of a call: `message` is its row in the log, `answer` is there if the outcome is
    ANSWERED. `writes` put the outcome into the row; they go into the caller's own commit.
    """

    message: Message
    answer: HttpAnswer | None
    writes: Writes

    @property
    def outcome(self) -> Outcome:
        """ANSWERED; NOT_SENT: the peer has seen nothing; NO_ANSWER: nobody knows."""
        return self.message.outcome


class Exchanges:
    """Sends calls, each exactly once, through the log."""

    def __init__(self, *, log: MessageLog, http: Http) -> None:
        self._log = log
        self._http = http

    def send(
        self,
        call: Call,
        *,
        peer: str,
        method: str,
        documents: tuple[str, ...],
        timeout_seconds: float,
        code_of: Callable[[HttpAnswer], str],
    ) -> Exchanged:
        """Stores, sends, stores what came: `prepare` and `perform` in one, the row committed in
        between.
        """
        prepared = self.prepare(call, peer=peer, method=method, documents=documents)
        self._log.record(prepared.message)
        return self.perform(prepared, timeout_seconds=timeout_seconds, code_of=code_of)

    def prepare(
        self,
        call: Call,
        *,
        peer: str,
        method: str,
        documents: tuple[str, ...],
        under: SealingKey | None = None,
    ) -> Prepared:
        """Stores what is to be sent, sealed under the document's data key if there is one."""
        kept = {
            name: value
            for name, value in call.headers.items()
            if name.lower() not in call.secret_headers
        }
        head = HttpHead(verb=call.verb, url=call.url, headers=kept)
        message, key = self._log.prepare(
            head, call.body, peer=peer, method=method, documents=documents, under=under
        )
        writes = self._log.plan_row(message)
        return Prepared(call=call, message=message, key=key, writes=writes)

    def perform(
        self, prepared: Prepared, *, timeout_seconds: float, code_of: Callable[[HttpAnswer], str]
    ) -> Exchanged:
        """Sends it, once, and stores what came. `code_of` reads the peer's own code out of an
        answer, for the index; it has to take any bytes.
        """
        call, message = prepared.call, prepared.message
        try:
            answer = self._http.send(
                call.verb,
                call.url,
                body=call.body,
                headers=call.headers,
                timeout_seconds=timeout_seconds,
            )
        except NotSent as failure:
            return self._without_answer(message, Outcome.NOT_SENT, str(failure))
        except NoAnswer as failure:
            return self._without_answer(message, Outcome.NO_ANSWER, str(failure))
        done, writes = self._log.answered(message, answer, code_of(answer), under=prepared.key)
        return Exchanged(message=done, answer=answer, writes=writes)

    def _without_answer(self, message: Message, outcome: Outcome, code: str) -> Exchanged:
        done, writes = self._log.unanswered(message, outcome, code)
        return Exchanged(message=done, answer=None, writes=writes)
