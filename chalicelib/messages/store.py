"""Rows of the table `messages`: one per message, found by id, document, peer and method, or
outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.kernel.clock import business_date, to_text
from chalicelib.kernel.items import Items, Page, from_item, to_item
from chalicelib.kernel.writes import Absent, AnyOf, Equals, Exists, Key, Put, Value, Write
from chalicelib.messages.model import Direction, Message, Outcome, digest

_ANSWERS_KEPT = timedelta(days=1)
"""Far longer than a signature is good for."""

_QUIET = {Outcome.ACCEPTED, Outcome.ANSWERED}
"""Outcomes nobody has to look for: they stay out of the index by outcome, which keeps it small."""


class MessageStore:
    """Keys, rows and queries of the log."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def find(self, message_id: str) -> Message | None:
        """The row, by a consistent read."""
        item = self._items.get(_key(message_id))
        return None if item is None else from_item(item, Message)

    def plan_new(self, message: Message) -> Write:
        """A new row; `message_logged` if the id has one."""
        return Put(
            key=_key(message.id),
            item=_item(message),
            condition=Absent(),
            refusal="message_logged",
        )

    def plan_outcome(self, message: Message) -> Write:
        """The row of an outgoing message that has been answered, or hasn't been."""
        return Put(
            key=_key(message.id),
            item=_item(message),
            condition=Equals("direction", Direction.OUT.value),
            refusal="message_unknown",
        )

    def first_answer(
        self, message: Message, identity: str, *, now: datetime
    ) -> dict[str, Any] | None:
        """What was answered to the same bytes under this identity before, if it is kept."""
        item = self._items.get(_answer_key(message, identity))
        if item is None or item["expires_at"] <= now.timestamp():
            return None
        answer: dict[str, Any] = msgspec.json.decode(item["answer"])
        return answer

    def plan_first_answer(
        self, message: Message, identity: str, answer: Mapping[str, Any]
    ) -> Write:
        """Keeps an answer for a day; a second one of the same moment takes the first one's place,
        being the same.
        """
        expires_at = int((message.at + _ANSWERS_KEPT).timestamp())
        return Put(
            key=_answer_key(message, identity),
            item={"answer": msgspec.json.encode(answer).decode(), "expires_at": expires_at},
            condition=AnyOf((Absent(), Exists())),
            refusal="answer_kept",
        )

    def of_document(self, document: str, *, limit: int, cursor: str | None) -> Page:
        """Messages about a document, oldest first."""
        return self._items.query(
            "messages", f"DOCUMENT#{document}", index="gsi1", limit=limit, cursor=cursor
        )

    def of_peer(self, peer: str, method: str, day: date, *, limit: int, cursor: str | None) -> Page:
        """Messages of a peer and method on a China day, oldest first."""
        partition = f"PEER#{peer}#{method}#{day.isoformat()}"
        return self._items.query("messages", partition, index="gsi2", limit=limit, cursor=cursor)

    def of_outcome(self, outcome: Outcome, day: date, *, limit: int, cursor: str | None) -> Page:
        """Messages that weren't simply accepted or answered, on a China day, oldest first."""
        partition = f"OUTCOME#{outcome.value}#{day.isoformat()}"
        return self._items.query("messages", partition, index="gsi3", limit=limit, cursor=cursor)


def _key(message_id: str) -> Key:
    return Key("messages", f"MESSAGE#{message_id}", "HEAD")


def _answer_key(message: Message, identity: str) -> Key:
    # Both parts come from outside, so the digest stands for them: it has one length.
    name = digest(f"{message.peer}\n{identity}\n{message.sha256}".encode())
    return Key("messages", f"ANSWER#{name}", "HEAD")


def _item(message: Message) -> dict[str, Value]:
    day = business_date(message.at).isoformat()
    sort: Any = f"{to_text(message.at)}#{message.id}"
    item = to_item(message)
    item |= {"gsi2pk": f"PEER#{message.peer}#{message.method}#{day}", "gsi2sk": sort}
    if message.documents:
        item |= {"gsi1pk": f"DOCUMENT#{message.documents[0]}", "gsi1sk": sort}
    if message.outcome not in _QUIET:
        item |= {"gsi3pk": f"OUTCOME#{message.outcome.value}#{day}", "gsi3sk": sort}
    return item
