"""Accepting a callback: its document, its claims, its row in the log and its event, in one
commit. Where a message holds several, each is accepted so, and the row is written when all of them
are through (`severally`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.model import Message, Outcome
from chalicelib.messages.service import MessageLog
from chalicelib.warehouse.claims import accept_callback, claim_callback
from chalicelib.warehouse.recognising import (
    AcceptedCallback,
    Identity,
    Recognition,
    recognise,
)
from chalicelib.warehouse.store import WarehouseStore

TRIES = 8
MESSAGE_LOGGED = "message_logged"
"""The message log's refusal of a row that is there."""

HELD = {
    Recognition.RESENT: (
        ExceptionKind.CALLBACK_RESENT,
        "came again with other times only; it is not booked again unless a person says so",
    ),
    Recognition.DIFFERENT: (
        ExceptionKind.CALLBACK_DIFFERS,
        "came again under the same outBizCode with other content; it is not booked yet",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something about an accepted message that a person has to look at."""

    kind: ExceptionKind
    text: str


class Cases(Protocol):
    """`kernel.exception_book.ExceptionBook`."""

    def plan_settled(self, case_id: str, *, by: str, because: str) -> Writes: ...


class Accepting:
    """Commits callbacks."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        log: MessageLog,
        cases: Cases,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._log = log
        self._cases = cases

    def once(self, given: Identity, message: Message, plan: Callable[[], Writes]) -> Message:
        """Accepts what is new, by `plan`; a repeat changes nothing; what is doubtful is held,
        unless a person has said that it is to be booked. The message as the log has it now, or
        as it would be were this all it holds (`given.path`): its row is then left to `severally`.

        `message.documents` names what it is about. `plan` is called anew when others were faster.
        """
        own = (message.id, given.path)
        for _ in range(TRIES):
            accepted = self._store.accepted(given.scope)
            if any((each.message_id, each.path) == own for each in accepted):
                # Our own commit, whose answer was lost.
                return _accepted(message)
            recognition = recognise(given, accepted)
            if recognition is Recognition.REPEATED:
                duplicate = replace(message, outcome=Outcome.DUPLICATE)
                self._committed(self._row(given, duplicate))
                return duplicate
            if recognition in HELD and not _is_accepted_by_hand(message):
                return self._hold(given, message, recognition)
            claims = self._claims(given, message, recognition)
            if self._committed(claims + plan() + self._row(given, _accepted(message))):
                return _accepted(message)
        raise Unavailable("others keep changing the documents of this message")

    def simply(self, message: Message, plan: Callable[[], Writes]) -> Message:
        """Accepts what is recognised by its own plan (empty when told twice). The message as the
        log has it now.
        """
        for _ in range(TRIES):
            try:
                self._transaction.commit(plan() + self._log.plan_row(_accepted(message)))
            except ConditionFailed as failed:
                if MESSAGE_LOGGED not in failed.refusals:
                    continue
            # Written now, or by our own commit whose answer was lost.
            return _accepted(message)
        raise Unavailable("others keep changing the documents of this message")

    def one_of_several(self, message: Message, plan: Callable[[], Writes]) -> Message:
        """`simply` for one of a message's documents: its row is left to `severally`."""
        for _ in range(TRIES):
            if self._committed(plan()):
                return _accepted(message)
        raise Unavailable("others keep changing the documents of this message")

    def close(self, message: Message) -> None:
        """Writes the row of a message whose documents were taken for themselves."""
        self._log.record(message)

    def plan_doubts(self, message: Message, document: str, *doubts: Doubt) -> Writes:
        """The cases, one a kind and message."""
        return Writes(
            [
                plan_exception(
                    ExceptionCase(
                        id=f"{doubt.kind}:{document}:{message.id}",
                        kind=doubt.kind,
                        document=document,
                        text=doubt.text,
                        message_id=message.id,
                        raised_at=self._clock.now(),
                    )
                )
                for doubt in doubts
            ]
        )

    def _claims(self, given: Identity, message: Message, recognition: Recognition) -> Writes:
        accepted = AcceptedCallback(
            message_id=message.id,
            out_biz_code=given.out_biz_code,
            digest=given.digest,
            timeless=given.timeless,
            intermediate=given.intermediate,
            at=self._clock.now(),
            path=given.path,
        )
        if recognition not in HELD:
            further = recognition is Recognition.FURTHER
            return Writes(claim_callback(given, accepted, further=further))
        return Writes([accept_callback(given, accepted)]) + self._settled(given, message)

    def _settled(self, given: Identity, message: Message) -> Writes:
        """A person has decided: the questions that were put when it was held are answered."""
        replay, writes = message.replay, Writes()
        if replay is None:
            return writes
        for kind, _ in HELD.values():
            case_id = f"{kind}:{_document(given, message)}:{given.digest}"
            try:
                writes += self._cases.plan_settled(case_id, by=replay.by, because=replay.reason)
            except NotFound:
                continue
        return writes

    def _hold(self, given: Identity, message: Message, recognition: Recognition) -> Message:
        """Held once per content, however often it comes."""
        kind, sentence = HELD[recognition]
        document = _document(given, message)
        case = ExceptionCase(
            id=f"{kind}:{document}:{given.digest}",
            kind=kind,
            document=document,
            text=f"{message.method} {sentence}",
            message_id=message.id,
            raised_at=self._clock.now(),
        )
        held = replace(message, outcome=Outcome.HELD, code=kind)
        self._committed(Writes([plan_exception(case)]) + self._row(given, held))
        return held

    def _row(self, given: Identity, message: Message) -> Writes:
        return Writes() if given.path else self._log.plan_row(message)

    def _committed(self, writes: Writes) -> bool:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return False
        return True


def _accepted(message: Message) -> Message:
    return replace(message, outcome=Outcome.ACCEPTED)


def _is_accepted_by_hand(message: Message) -> bool:
    return message.replay is not None and message.replay.accepting


def _document(given: Identity, message: Message) -> str:
    return message.documents[0] if message.documents else given.scope
