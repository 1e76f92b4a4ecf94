"""Rows of the table `messages`: one per message, found by id, document, peer and method, or
outcome.

In the index by peer the method leads the sort key, so one partition (peer and day) answers for one
method and for all of them, and no index is needed for the second question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.kernel.clock import business_date, to_text
from chalicelib.kernel.items import Items, Page, from_item, query_all, to_item
from chalicelib.kernel.writes import (
    Absent,
    AnyOf,
    Condition,
    Equals,
    Exists,
    Key,
    Missing,
    Put,
    Value,
    Write,
)
from chalicelib.messages.model import Direction, Message, Outcome, Replay, Replayed, digest

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

    def recorded(self, message_ids: Sequence[str]) -> set[str]:
        """Those of the messages that have a row."""
        found = self._items.get_many([_key(each) for each in message_ids])
        return {str(item["id"]) for item in found.values()}

    def plan_new(self, message: Message) -> list[Write]:
        """A new row; of a replay the row as it is now, and the replay's trace. `message_logged` if
        the id has a row, or another replay was faster.
        """
        if message.replay is not None:
            return _replayed(message, message.replay)
        return [_put(message, Absent())]

    def replays(self, message_id: str) -> list[Replayed]:
        """The traces of a message's replays, the oldest first."""
        key = _key(message_id)
        rows = query_all(self._items, "messages", key.pk, prefix="REPLAY#")
        return [from_item(row, Replayed) for row in rows]

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
        return self._items.query(
            "messages",
            _peer_day(peer, day),
            prefix=f"{method}#",
            index="gsi2",
            limit=limit,
            cursor=cursor,
        )

    def methods_of(self, peer: str, day: date) -> list[str]:
        """The methods of a peer's messages on a China day: one read of one row for each."""
        found: list[str] = []
        since: str | None = None
        while True:
            page = self._items.query(
                "messages", _peer_day(peer, day), since=since, index="gsi2", limit=1
            )
            if not page.items:
                return found
            found.append(str(page.items[0]["method"]))
            since = f"{found[-1]}#{_BEHIND}"

    def of_method_after(self, peer: str, method: str, day: date, *, after: str, limit: int) -> Page:
        """Messages of a peer and method on a China day behind a place (`sort_text`) in time."""
        return self._items.query(
            "messages",
            _peer_day(peer, day),
            since=f"{method}#{after}{_NEXT}",
            until=f"{method}#{_BEHIND}",
            index="gsi2",
            limit=limit,
        )

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


def sort_text(message: Message) -> str:
    """A message's place in time, as text; no two have the same."""
    return f"{to_text(message.at)}#{message.id}"


_NEXT = "!"
"""Behind a place, and before every later one."""

_BEHIND = "~"
"""Behind every moment."""


def _peer_day(peer: str, day: date) -> str:
    return f"PEER#{peer}#{day.isoformat()}"


def _put(message: Message, condition: Condition) -> Put:
    return Put(
        key=_key(message.id), item=_item(message), condition=condition, refusal="message_logged"
    )


def _replayed(message: Message, replay: Replay) -> list[Write]:
    """What a message did stays done: once accepted it is listed as accepted, whatever a later
    replay says; the trace tells that.
    """
    done = replay.before if replay.before.outcome is Outcome.ACCEPTED else message
    row = replace(done, replays=replay.number, replayed_at=replay.at, replay=None)
    first = replay.number == 1
    trace = Replayed(
        number=replay.number,
        at=replay.at,
        by=replay.by,
        reason=replay.reason,
        accepting=replay.accepting,
        before=replay.before.outcome,
        after=message.outcome,
        code=message.code,
        documents=message.documents,
    )
    return [
        _put(row, Missing("replays") if first else Equals("replays", replay.number - 1)),
        Put(
            key=Key("messages", f"MESSAGE#{message.id}", f"REPLAY#{replay.number:04d}"),
            item=to_item(trace),
            condition=Absent(),
            refusal="message_logged",
        ),
    ]


def _item(message: Message) -> dict[str, Value]:
    day = business_date(message.at)
    sort: Any = sort_text(message)
    item = to_item(message)
    for name in ("replays", "replayed_at", "replay"):
        # Most messages are never replayed, and every one is billed by its size.
        if not item[name]:
            del item[name]
    item |= {"gsi2pk": _peer_day(message.peer, day), "gsi2sk": f"{message.method}#{sort}"}
    if message.documents:
        item |= {"gsi1pk": f"DOCUMENT#{message.documents[0]}", "gsi1sk": sort}
    if message.outcome not in _QUIET:
        day_text = day.isoformat()
        item |= {"gsi3pk": f"OUTCOME#{message.outcome.value}#{day_text}", "gsi3sk": sort}
    return item
