"""The tables in memory: `MemoryTables` is both `Items` and `Transaction`, with DynamoDB's rules
where they matter to us.

It passes the same contract tests as the real adapter (`tests/contract/test_tables.py`). Committed
events are kept in `events` in order; `tables` maps each `Key` to its item.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.events import Event
from chalicelib.kernel.items import INDEX_ATTRIBUTES, Page
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
    Writes,
)


class MemoryTables:
    """Conditional, all-or-nothing writes on dictionaries."""

    def __init__(self) -> None:
        self.tables: dict[Key, dict[str, Any]] = {}
        self.events: list[Event] = []
        self.commits = 0

    def get(self, key: Key) -> Mapping[str, Any] | None:
        return copy.deepcopy(self.tables.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
        return {key: copy.deepcopy(self.tables[key]) for key in keys if key in self.tables}

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
        found = [
            (item[sk_name], key.pk, key.sk, item)
            for key, item in self.tables.items()
            if key.table == table
            and item.get(pk_name) == pk
            and sk_name in item
            and item[sk_name].startswith(prefix)
        ]
        found = [
            row
            for row in found
            if (since is None or row[0] >= since) and (until is None or row[0] <= until)
        ]
        found.sort(key=lambda row: row[:3], reverse=not forward)
        if cursor is not None:
            after = tuple(json.loads(cursor))
            found = [row for row in found if (row[:3] > after if forward else row[:3] < after)]
        page, rest = found[:limit], found[limit:]
        next_cursor = json.dumps(page[-1][:3]) if page and rest else None
        return Page(items=tuple(copy.deepcopy(row[3]) for row in page), next_cursor=next_cursor)

    def commit(self, writes: Writes) -> None:
        if len(writes) > MOST_WRITES:
            raise ValueError(f"{len(writes)} items in one transaction")
        if not len(writes):
            return
        refused = tuple(
            w.refusal for w in writes if not _holds(w.condition, self.tables.get(w.key))
        )
        if refused:
            raise ConditionFailed(refused)
        for write in writes:
            self._apply(write)
        self.events.extend(writes.events)
        self.commits += 1

    def _apply(self, write: Put | Update | Delete | Check) -> None:
        if isinstance(write, Put):
            self.tables[write.key] = {
                **copy.deepcopy(dict(write.item)),
                "pk": write.key.pk,
                "sk": write.key.sk,
            }
        elif isinstance(write, Delete):
            self.tables.pop(write.key, None)
        elif isinstance(write, Update):
            item = self.tables.setdefault(write.key, {"pk": write.key.pk, "sk": write.key.sk})
            for name, amount in write.add.items():
                item[name] = item.get(name, 0) + amount
            item.update(copy.deepcopy(dict(write.set)))
            for name in write.remove:
                item.pop(name, None)


def _holds(condition: Condition, item: Mapping[str, Any] | None) -> bool:
    match condition:
        case Absent():
            return item is None
        case Exists():
            return item is not None
        case Equals(attribute, value):
            return item is not None and attribute in item and item[attribute] == value
        case OneOf(attribute, values):
            return item is not None and item.get(attribute) in values
        case AtLeast(attribute, value):
            return (
                item is not None
                and isinstance(item.get(attribute), int)
                and item[attribute] >= value
            )
        case Missing(attribute):
            return item is None or attribute not in item
        case AllOf(conditions):
            return all(_holds(each, item) for each in conditions)
        case AnyOf(conditions):
            return any(_holds(each, item) for each in conditions)
