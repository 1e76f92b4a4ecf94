"""Tables in memory that find a partition without looking through all of them: for a ledger of some
hundred thousand entries. The rules are those of the tests' tables.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.kernel.items import INDEX_ATTRIBUTES, Page
from chalicelib.kernel.writes import Key, Writes
from tests.fakes.dynamodb import MemoryTables

Place = tuple[str, str, str]
"""Sort key, then the item's own key."""


class Shelf(MemoryTables):
    """The tables, with a sorted list for each partition."""

    def __init__(self) -> None:
        super().__init__()
        self._partitions: dict[tuple[str, str, str], list[Place]] = {}
        self._places: dict[Key, list[tuple[tuple[str, str, str], Place]]] = {}

    def load(self, items: Iterable[tuple[Key, Mapping[str, Any]]]) -> None:
        """Puts items without a condition."""
        for key, item in items:
            self.tables[key] = {**item, "pk": key.pk, "sk": key.sk}
            self._place(key)

    def commit(self, writes: Writes) -> None:
        super().commit(writes)
        for write in writes:
            self._place(write.key)

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
        places = self._partitions.get((table, index or "", pk), [])
        first = bisect_left(places, (max(prefix, since or ""), "", ""))
        last = bisect_right(places, (until, "\U0010ffff", "")) if until else len(places)
        found = places[first:last]
        if prefix:
            found = [place for place in found if place[0].startswith(prefix)]
        if not forward:
            found = found[::-1]
        start = int(cursor or 0)
        page = found[start : start + limit]
        following = str(start + limit) if start + limit < len(found) else None
        items = tuple(dict(self.tables[Key(table, pk_, sk)]) for _, pk_, sk in page)
        return Page(items=items, next_cursor=following)

    def _place(self, key: Key) -> None:
        for partition, place in self._places.pop(key, ()):
            self._partitions[partition].remove(place)
        item = self.tables.get(key)
        if item is None:
            return
        named = [("", "pk", "sk"), *((name, *pair) for name, pair in INDEX_ATTRIBUTES.items())]
        placed = self._places.setdefault(key, [])
        for index, pk, sk in named:
            if pk in item and sk in item:
                partition = (key.table, index, item[pk])
                place = (item[sk], key.pk, key.sk)
                insort(self._partitions.setdefault(partition, []), place)
                placed.append((partition, place))
