"""Accepting a callback: its document, its claims, its row in the log and its event, in one
commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.model import Message, Outcome
from chalicelib.messages.service import MessageLog
from chalicelib.warehouse.recognising import (
    AcceptedCallback,
    Identity,
    Recognition,
    recognise,
)
from chalicelib.warehouse.store import WarehouseStore, claim_callback

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


class Accepting:
    """Commits callbacks."""

    def __init__(
        self, *, store: WarehouseStore, transaction: Transaction, clock: Clock, log: MessageLog
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._log = log

    def once(self, given: Identity, message: Message, plan: Callable[[], Writes]) -> Message:
        """Accepts what is new, by `plan`; a repeat changes nothing; what is doubtful is held. The
        message as the log has it now.

        `message.documents` names what it is about. `plan` is called anew when others were faster.
        """
        for _ in range(TRIES):
            accepted = self._store.accepted(given.scope)
            if any(each.message_id == message.id for each in accepted):
                # Our own commit, whose answer was lost.
                return _accepted(message)
            recognition = recognise(given, accepted)
            if recognition is Recognition.REPEATED:
                duplicate = replace(message, outcome=Outcome.DUPLICATE)
                self._log.record(duplicate)
                return duplicate
            if recognition in HELD:
                return self._hold(given, message, recognition)
            claims = self._claims(given, message, further=recognition is Recognition.FURTHER)
            if self._committed(claims + plan() + self._row(message)):
                return _accepted(message)
        raise Unavailable("others keep changing the documents of this message")

    def simply(self, message: Message, plan: Callable[[], Writes]) -> Message:
        """Accepts what is recognised by its own plan (empty when told twice). The message as the
        log has it now.
        """
        for _ in range(TRIES):
            try:
                self._transaction.commit(plan() + self._row(message))
            except ConditionFailed as failed:
                if MESSAGE_LOGGED not in failed.refusals:
                    continue
            # Written now, or by our own commit whose answer was lost.
            return _accepted(message)
        raise Unavailable("others keep changing the documents of this message")

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

    def _claims(self, given: Identity, message: Message, *, further: bool) -> Writes:
        accepted = AcceptedCallback(
            message_id=message.id,
            out_biz_code=given.out_biz_code,
            digest=given.digest,
            timeless=given.timeless,
            intermediate=given.intermediate,
            at=self._clock.now(),
        )
        return Writes(claim_callback(given, accepted, further=further))

    def _hold(self, given: Identity, message: Message, recognition: Recognition) -> Message:
        """Held once per content, however often it comes."""
        kind, sentence = HELD[recognition]
        document = message.documents[0] if message.documents else given.scope
        case = ExceptionCase(
            id=f"{kind}:{document}:{given.digest}",
            kind=kind,
            document=document,
            text=f"{message.method} {sentence}",
            message_id=message.id,
            raised_at=self._clock.now(),
        )
        held = replace(message, outcome=Outcome.HELD, code=kind)
        self._committed(Writes([plan_exception(case)]) + self._log.plan_row(held))
        return held

    def _row(self, message: Message) -> Writes:
        return self._log.plan_row(_accepted(message))

    def _committed(self, writes: Writes) -> bool:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return False
        return True


def _accepted(message: Message) -> Message:
    return replace(message, outcome=Outcome.ACCEPTED)
