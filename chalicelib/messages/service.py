"""The message log's use cases: raw first, then everything else.

Incoming: `receive` stores the bytes; the use case that accepts the message adds `plan_row` to its
own transaction, so that a message and what it did are one; one that is refused gets `record`.
Outgoing: `prepare` stores the bytes before they are sent, and its row goes into the sender's claim
or is committed with `record`; `answered` or `unanswered` say what came of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, TooMany
from chalicelib.kernel.http import HttpAnswer
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.items import Page
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.messages.listing import Listing
from chalicelib.messages.model import (
    Direction,
    HttpHead,
    Message,
    Outcome,
    RawMessage,
    Replay,
    Replayed,
    digest,
    kept_headers,
    object_key,
)
from chalicelib.messages.store import MessageStore

UNVERIFIED_PER_MINUTE = 60
"""How many messages with a wrong signature a container keeps per peer and minute; then none is
stored.
"""


class RawFiles(Protocol):
    """Where the sealed bytes lie (`aws.files.S3Files`)."""

    def put_sealed(
        self, key: str, body: bytes, *, under: SealingKey | None = None
    ) -> SealingKey: ...

    def get_sealed(self, key: str) -> bytes | None: ...

    def mark_unverified(self, key: str) -> None: ...


class MessageLog:
    """Every message of every peer."""

    def __init__(
        self,
        *,
        files: RawFiles,
        store: MessageStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._files = files
        self._store = store
        self._listing = Listing(store)
        self._transaction = transaction
        self._clock = clock
        self._ids = ids
        self._unverified: dict[tuple[str, datetime], int] = {}
        self._received: tuple[str, SealingKey] | None = None

    # --- incoming

    def receive(
        self, head: HttpHead, body: bytes, *, peer: str, method: str, trusted: bool = False
    ) -> Message:
        """Stores the bytes with their head, before anything looks at them.

        Raises `TooMany` for a peer in whose name too many wrong signatures came within this minute;
        not for a message that is `trusted`: its signature has been found right.
        """
        now = self._clock.now()
        count = self._unverified.get((peer, _minute(now)), 0)
        if count >= UNVERIFIED_PER_MINUTE and not trusted:
            raise TooMany("too_many_unverified", "too many wrong signatures; try again in a minute")
        message = self._new(Direction.IN, peer=peer, method=method, body=body, now=now)
        key = self._files.put_sealed(object_key(message.id), _packed(head, body))
        self._received = (message.id, key)
        return message

    def data_key(self, message: Message) -> SealingKey | None:
        """The data key of the message received last, for the document it becomes: they hold the
        same person. Given once; None for any other message (the document gets a key of its own).
        """
        held, self._received = self._received, None
        return held[1] if held is not None and held[0] == message.id else None

    def plan_row(self, message: Message) -> Writes:
        """The row of an incoming message, for the transaction of what it did; of a replayed one
        its row as it is now and the replay's trace.
        """
        return Writes(self._store.plan_new(message))

    def first_answer(self, message: Message, identity: str) -> dict[str, Any] | None:
        """What was answered to the peer when the same bytes came under this identity for the first
        time (of the last day).
        """
        return self._store.first_answer(message, identity, now=self._clock.now())

    def record(
        self, message: Message, *, identity: str = "", answer: Mapping[str, Any] | None = None
    ) -> None:
        """The row of a message that did nothing else (refused, a duplicate, held), or has done it
        already. With an identity, the answer to an accepted one is kept for a day.
        """
        writes = self.plan_row(message)
        if identity and answer is not None and message.outcome is Outcome.ACCEPTED:
            writes += Writes([self._store.plan_first_answer(message, identity, answer)])
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            # The answer of our own first try was lost and the SDK asked again: the row is there.
            return

    def record_unverified(self, message: Message, code: str) -> None:
        """A wrong signature: the bytes are kept for some days only, and counted against the
        peer.
        """
        minute = _minute(self._clock.now())
        count = self._unverified.get((message.peer, minute), 0) + 1
        self._unverified = {
            key: value for key, value in self._unverified.items() if key[1] == minute
        } | {(message.peer, minute): count}
        self._files.mark_unverified(object_key(message.id))
        self.record(dataclasses.replace(message, outcome=Outcome.UNVERIFIED, code=code))

    # --- incoming, once more

    def begin_replay(
        self, message: Message, *, by: str, reason: str, accepting: bool = False
    ) -> Message:
        """The message on its way through the code once more, under its own id: what it does
        carries it, and leaves the replay's trace, in the same transaction. Mobile numbers in the
        reason are masked.
        """
        replay = Replay(
            number=message.replays + 1,
            at=self._clock.now(),
            by=by,
            reason=mask_mobiles(reason),
            before=message,
            accepting=accepting,
        )
        return dataclasses.replace(message, outcome=Outcome.RECEIVED, code="", replay=replay)

    def end_replay(self, replayed: Message, outcome: Outcome) -> Message:
        """The row after a replay. What did nothing has left no trace yet: `outcome` is then put
        into one.
        """
        row = self._store.find(replayed.id)
        if row is None or row.replays == replayed.replays:
            self.record(dataclasses.replace(replayed, outcome=outcome))
            row = self._store.find(replayed.id)
        return row or replayed

    # --- outgoing

    def prepare(
        self,
        head: HttpHead,
        body: bytes,
        *,
        peer: str,
        method: str,
        documents: tuple[str, ...],
        under: SealingKey | None = None,
    ) -> tuple[Message, SealingKey]:
        """Stores the bytes of what is about to be sent; its row (`plan_row`, PREPARED) has to be
        committed before it is. `under` is the data key of the document it is about; without one
        the message gets its own. The key is for the answer, which belongs to the request.
        """
        message = self._new(
            Direction.OUT, peer=peer, method=method, body=body, now=self._clock.now()
        )
        message = dataclasses.replace(message, documents=documents)
        key = self._files.put_sealed(object_key(message.id), _packed(head, body), under=under)
        return message, key

    def answered(
        self, message: Message, answer: HttpAnswer, code: str, *, under: SealingKey
    ) -> tuple[Message, Writes]:
        """Stores the answer's bytes; the writes put the outcome into the row."""
        self._files.put_sealed(f"{object_key(message.id)}.answer", answer.body, under=under)
        done = dataclasses.replace(
            message,
            outcome=Outcome.ANSWERED,
            code=code,
            http_status=answer.status,
            answered_at=self._clock.now(),
        )
        return done, Writes([self._store.plan_outcome(done)])

    def unanswered(self, message: Message, outcome: Outcome, code: str) -> tuple[Message, Writes]:
        """NOT_SENT or NO_ANSWER."""
        done = dataclasses.replace(message, outcome=outcome, code=code)
        return done, Writes([self._store.plan_outcome(done)])

    # --- reading

    def message(self, message_id: str) -> Message:
        """The row; made from the object where a crash left none. `NotFound` if there is neither."""
        row = self._store.find(message_id)
        if row is not None:
            return row
        raw = self.raw(message_id)
        return Message(
            id=message_id,
            direction=Direction.IN,
            peer="",
            method=f"{raw.head.verb} {raw.head.url}",
            at=datetime.strptime(message_id[:18] + "000+0000", "%Y%m%dT%H%M%S%f%z"),
            size=len(raw.body),
            sha256=digest(raw.body),
            outcome=Outcome.RECEIVED,
        )

    def raw(self, message_id: str) -> RawMessage:
        """The bytes as they came. `NotFound` if the id is none of ours."""
        packed = self._files.get_sealed(object_key(message_id))
        if packed is None:
            raise NotFound("unknown_message", f"there is no message {message_id}", field="id")
        head, _, body = packed.partition(b"\n")
        answer = self._files.get_sealed(f"{object_key(message_id)}.answer")
        return RawMessage(head=msgspec.json.decode(head, type=HttpHead), body=body, answer=answer)

    def of_document(self, document: str, *, limit: int = 100, cursor: str | None = None) -> Page:
        """Messages about a document, oldest first."""
        return self._listing.of_document(document, limit=limit, cursor=cursor)

    def of_peer(
        self, peer: str, method: str = "", *, day: date, limit: int = 100, cursor: str | None = None
    ) -> Page:
        """Messages of a peer on a China day, of one method or of all, oldest first."""
        return self._listing.of_peer(peer, method, day=day, limit=limit, cursor=cursor)

    def of_outcome(
        self,
        outcome: Outcome,
        *,
        day: date,
        peer: str = "",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Messages that need a look, on a China day, of everybody or of one peer."""
        return self._listing.of_outcome(outcome, day=day, peer=peer, limit=limit, cursor=cursor)

    def replays(self, message_id: str) -> list[Replayed]:
        """What came of each replay of a message, the oldest first."""
        return self._store.replays(message_id)

    def recorded(self, message_ids: Sequence[str]) -> set[str]:
        """Those of the messages that have a row."""
        return self._store.recorded(message_ids)

    def _new(
        self, direction: Direction, *, peer: str, method: str, body: bytes, now: datetime
    ) -> Message:
        first = Outcome.RECEIVED if direction is Direction.IN else Outcome.PREPARED
        return Message(
            id=self._ids.new(now),
            direction=direction,
            peer=peer,
            method=method,
            at=now,
            size=len(body),
            sha256=digest(body),
            outcome=first,
        )


def _packed(head: HttpHead, body: bytes) -> bytes:
    kept = dataclasses.replace(head, headers=kept_headers(head.headers))
    return msgspec.json.encode(kept) + b"\n" + body


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
