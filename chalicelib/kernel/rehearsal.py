"""A rehearsal: use cases run as ever, their conditions are checked as ever, and nothing is kept.

`Rehearsal` is both `Items` and `Transaction`. What is committed stands in memory, over the real
tables (or over none), and is read back from there, so that a use case of several commits goes on as
it would. Afterwards it tells what would have changed. Over none it is a small database by itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import INDEX_ATTRIBUTES, Items, Page
from chalicelib.kernel.writes import (
    MOST_WRITES,
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Exists,
    Key,
    Missing,
    OneOf,
    Put,
    Update,
    Write,
    Writes,
)

Item: TypeAlias = Mapping[str, Any]
_Place: TypeAlias = tuple[str, str, str]
"""Table, partition attribute and partition."""

_CURSOR = "rehearsal:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An item as it was and as it would be; None where there is none."""

    key: Key
    before: Item | None
    after: Item | None

    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Attributes that differ, keys and index attributes left out: before and after."""
        before, after = self.before or {}, self.after or {}
        names = dict.fromkeys([*before, *after])
        return {
            name: (before.get(name), after.get(name))
            for name in names
            if name not in _KEYS and before.get(name) != after.get(name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What would have been written: each item once, in the order of the first writes."""

    changes: tuple[Change, ...]
    events: tuple[Event, ...]


class Rehearsal:
    """The tables in memory, `over` the real ones."""

    def __init__(self, over: Items | None = None) -> None:
        self._over = over
        self._written: dict[Key, Item | None] = {}
        self._members: dict[_Place, set[Key]] = {}
        self._before: dict[Key, Item | None] = {}
        self._events: list[Event] = []

    def taken(self) -> Rehearsed:
        """What has changed since this was asked last; nothing is undone by asking."""
        changes = tuple(
            Change(key=key, before=before, after=self._written[key])
            for key, before in self._before.items()
            if before != self._written[key]
        )
        events = tuple(self._events)
        self._before, self._events = {}, []
        return Rehearsed(changes=changes, events=events)

    # --- reads

    def get(self, key: Key) -> Item | None:
        if key in self._written:
            return self._written[key]
        return self._over.get(key) if self._over else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        unwritten = [key for key in keys if key not in self._written]
        found = dict(self._over.get_many(unwritten)) if self._over and unwritten else {}
        for key in keys:
            item = self._written.get(key)
            if item is not None:
                found[key] = item
        return found

    def query(
        self,
        table: str,
        pk: str,
        *,
        prefix: str = "",
        since: str | None = None,
        until: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        forward: bool = True,
        index: str | None = None,
    ) -> Page:
        pk_name, sk_name = INDEX_ATTRIBUTES[index] if index else ("pk", "sk")
        members = self._members.get((table, pk_name, pk), set())
        bounds: dict[str, Any] = {"prefix": prefix, "since": since, "until": until}
        options = {**bounds, "forward": forward, "index": index}
        foreign = cursor is not None and not cursor.startswith(_CURSOR)
        if not members or foreign:
            page = self._below(table, pk, limit=limit, cursor=cursor, **options)
            kept = [item for item in page.items if _key(table, item) not in self._written]
            return Page(items=tuple(kept), next_cursor=page.next_cursor)
        below = self._all_below(table, pk, **options)
        rows = [item for item in below if _key(table, item) not in self._written]
        mine = [item for key in members if (item := self._written[key]) is not None]
        rows += [item for item in mine if _in(str(item[sk_name]), **bounds)]
        rows.sort(key=lambda item: _place(item, sk_name), reverse=not forward)
        return _page(rows, sk_name, limit=limit, cursor=cursor, forward=forward)

    def _below(self, table: str, pk: str, **options: Any) -> Page:
        if self._over is None:
            return Page(items=(), next_cursor=None)
        return self._over.query(table, pk, **options)

    def _all_below(self, table: str, pk: str, **options: Any) -> list[Item]:
        found: list[Item] = []
        cursor: str | None = None
        while True:
            page = self._below(table, pk, cursor=cursor, **options)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    # --- writes

    def commit(self, writes: Writes) -> None:
        """All or nothing, in memory; a condition that doesn't hold is `ConditionFailed`."""
        if len(writes) > MOST_WRITES:
            raise ValueError(f"{len(writes)} items in one transaction, {MOST_WRITES} fit")
        found = self.get_many([write.key for write in writes])
        refused = tuple(
            write.refusal for write in writes if not holds(write.condition, found.get(write.key))
        )
        if refused:
            raise ConditionFailed(refused)
        for write in writes:
            if not isinstance(write, Check):
                self._set(write.key, found.get(write.key), _applied(write, found.get(write.key)))
        self._events.extend(writes.events)

    def _set(self, key: Key, before: Item | None, after: Item | None) -> None:
        self._before.setdefault(key, before)
        for place in _places(key.table, self._written.get(key)):
            self._members.get(place, set()).discard(key)
        self._written[key] = after
        for place in _places(key.table, after):
            self._members.setdefault(place, set()).add(key)


def holds(condition: Condition, item: Item | None) -> bool:
    """Whether a condition holds of an item as DynamoDB has it; None: there is none."""
    match condition:
        case Absent():
            return item is None
        case Exists():
            return item is not None
        case Equals(attribute, value):
            return item is not None and attribute in item and item[attribute] == _plain(value)
        case OneOf(attribute, values):
            return item is not None and item.get(attribute) in values
        case AtLeast(attribute, value):
            number = item.get(attribute) if item is not None else None
            return isinstance(number, int) and number >= value
        case Missing(attribute):
            return item is None or attribute not in item
        case AllOf(conditions):
            return all(holds(each, item) for each in conditions)
        case AnyOf(conditions):
            return any(holds(each, item) for each in conditions)


def _applied(write: Write, before: Item | None) -> Item | None:
    names = {"pk": write.key.pk, "sk": write.key.sk}
    if isinstance(write, Put):
        return {**_plain(write.item), **names}
    if isinstance(write, Update):
        item = {**(before or {}), **names, **_plain(write.set)}
        for name, amount in write.add.items():
            item[name] = item.get(name, 0) + amount
        return {name: value for name, value in item.items() if name not in write.remove}
    if isinstance(write, Delete):
        return None
    return before


def _plain(value: Any) -> Any:
    """As it comes back from a table."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value


_PAIRS = (("pk", "sk"), *INDEX_ATTRIBUTES.values())
_KEYS = frozenset(name for pair in _PAIRS for name in pair)


def _places(table: str, item: Item | None) -> list[_Place]:
    if item is None:
        return []
    return [(table, pk, item[pk]) for pk, sk in _PAIRS if pk in item and sk in item]


def _key(table: str, item: Item) -> Key:
    return Key(table, item["pk"], item["sk"])


def _in(text: str, *, prefix: str, since: str | None, until: str | None) -> bool:
    if prefix:
        return text.startswith(prefix)
    return (since is None or text >= since) and (until is None or text <= until)


def _place(item: Item, sk_name: str) -> list[str]:
    return [str(item[sk_name]), str(item["pk"]), str(item["sk"])]


def _page(rows: list[Item], sk_name: str, *, limit: int, cursor: str | None, forward: bool) -> Page:
    if cursor is not None:
        after = _read_cursor(cursor)
        rows = [
            item
            for item in rows
            if (_place(item, sk_name) > after if forward else _place(item, sk_name) < after)
        ]
    page = rows[:limit]
    more = len(rows) > limit
    last = json.dumps(_place(page[-1], sk_name)).encode() if more else b""
    text = _CURSOR + base64.urlsafe_b64encode(last).decode() if more else None
    return Page(items=tuple(page), next_cursor=text)


def _read_cursor(cursor: str) -> list[str]:
    try:
        read = json.loads(base64.urlsafe_b64decode(cursor.removeprefix(_CURSOR)))
    except ValueError:
        raise Malformed("malformed_cursor", "this is no cursor of ours", field="cursor") from None
    return [str(each) for each in read]
