"""A kept message goes through the code of today once more, by the way it came in.

Its answer is the one that its sender would get by sending it again; what it does is recognised as
what it did the first time, so a replay of what is done changes nothing. No message is trusted more
than when it came. What it does carries the id of the message itself: the bytes are those.
"""

from __future__ import annotations

import dataclasses
import json
from urllib.parse import unquote

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.documents import DOCUMENTS
from chalicelib.bootstrap.intake import CLIENT_HEADER, Document, check, take_again
from chalicelib.bootstrap.rehearsing import rehearsing
from chalicelib.bootstrap.shapes import refusal_json
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.rehearsal import Rehearsal, Rehearsed
from chalicelib.messages.model import Direction, Message, Outcome, RawMessage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sender would be answered, what became of the message this time, and as which method
    it was taken.
    """

    status: int
    body: str
    outcome: Outcome
    method: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A replay: the message as it is listed now, its outcome before, the answer. `rehearsed` is
    there if it was a dry run.
    """

    message: Message
    before: Outcome
    answer: Answer
    rehearsed: Rehearsed | None = None


class Replaying:
    """Replays messages of one stage."""

    def __init__(self, oms: Container) -> None:
        self._oms = oms
        self._rehearsal: Rehearsal | None = None

    @classmethod
    def dry(cls, oms: Container) -> Replaying:
        """Dry runs: each sees what those before it would have done, and nothing is kept."""
        made, rehearsal = rehearsing(oms)
        replaying = cls(made)
        replaying._rehearsal = rehearsal
        return replaying

    def replay(
        self, message_id: str, *, by: str, reason: str = "", accepting: bool = False
    ) -> Result:
        """Replays one message. `accepting`: a person wants booked what was held (`not_held` if it
        isn't; said again, it changes nothing). `Refused`: `not_incoming`, `not_trusted`,
        `not_replayable`.
        """
        log = self._oms.messages
        raw = log.raw(message_id)
        message = self.identified(log.message(message_id), raw)
        _check(message)
        if accepting and message.outcome is not Outcome.HELD and not self._was_accepted(message):
            raise Refused("not_held", "only a held message can be accepted by hand", field="id")
        going = log.begin_replay(message, by=by, reason=reason, accepting=accepting)
        answer = self._through(going, raw)
        going = dataclasses.replace(going, method=answer.method)
        done = log.end_replay(going, answer.outcome)
        rehearsed = self._rehearsal.taken() if self._rehearsal else None
        return Result(message=done, before=message.outcome, answer=answer, rehearsed=rehearsed)

    def identified(self, message: Message, raw: RawMessage) -> Message:
        """A message that a crash left without a row says itself whose it is."""
        if message.peer:
            return message
        first, _, rest = raw.head.url.strip("/").partition("/")
        if first == "wms":
            code = unquote(rest.partition("/")[0])
            method = self._oms.callbacks.method_of(code, raw.head)
            return dataclasses.replace(message, peer=f"wms:{code}", method=method)
        code = raw.head.headers.get(CLIENT_HEADER, "")
        method = rest.rpartition("/")[2]
        return dataclasses.replace(message, peer=f"client:{code}", method=method)

    def _was_accepted(self, message: Message) -> bool:
        """By hand, before: whoever lost the answer asks again."""
        return any(each.accepting for each in self._oms.messages.replays(message.id))

    def _through(self, message: Message, raw: RawMessage) -> Answer:
        kind, _, code = message.peer.partition(":")
        document = DOCUMENTS.get(message.method) if kind == "client" else None
        if not is_code(code) or (kind != "wms" and document is None):
            raise Refused("not_replayable", "nothing of ours takes such a message", field="id")
        if message.replay is None or message.replay.before.outcome is Outcome.RECEIVED:
            self._check_signature(message, raw)
        return (
            self._callback(message, raw)
            if document is None
            else self._document(message, raw, document)
        )

    def _check_signature(self, message: Message, raw: RawMessage) -> None:
        """A crash overtook it before anybody had: now, against the clock of then."""
        try:
            if message.peer.startswith("wms:"):
                self._oms.callbacks.check(message, raw)
            else:
                check(self._oms, message, raw)
        except Refused as refused:
            raise _not_trusted() from refused

    def _callback(self, message: Message, raw: RawMessage) -> Answer:
        code = message.peer.removeprefix("wms:")
        method = self._oms.callbacks.method_of(code, raw.head)
        named = dataclasses.replace(message, method=method)
        answered = self._oms.callbacks.again(named, raw)
        done = answered.message or named
        return Answer(
            status=200, body=answered.xml.decode(), outcome=done.outcome, method=done.method
        )

    def _document(self, message: Message, raw: RawMessage, document: Document) -> Answer:
        try:
            taken = take_again(self._oms, message, raw, document)
        except Refused as refused:
            body = json.dumps(refusal_json(refused), ensure_ascii=False)
            outcome = Outcome.REFUSED
            return Answer(status=refused.status, body=body, outcome=outcome, method=message.method)
        body = json.dumps(taken.body, ensure_ascii=False)
        return Answer(status=taken.status, body=body, outcome=taken.outcome, method=message.method)


def _check(message: Message) -> None:
    if message.direction is not Direction.IN:
        raise Refused("not_incoming", "only what came in can be replayed", field="id")
    if message.outcome is Outcome.UNVERIFIED:
        raise _not_trusted()


def _not_trusted() -> Refused:
    return Refused("not_trusted", "its signature was never found right", field="id")
