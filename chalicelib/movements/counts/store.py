"""Stock counts in the table `documents`.

| item | pk | sk |
| --- | --- | --- |
| count | `COUNT#<number>` | `HEAD` |
| a page of it | `COUNT#<number>` | `PAGE#<0001>` |
| what differs, an adjustment's worth | `COUNT#<number>` | `CHANGE#<0001>` |

While pages are missing, gsi1 lists it under `COUNTS#COLLECTING` by the time of its first page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Write
from chalicelib.movements.counts.model import CountChange, CountPage, StockCount
from chalicelib.movements.states import CountState

TABLE = "documents"
STALE_COUNT = "stale_count"
COLLECTING = "COUNTS#COLLECTING"


def count_key(number: str, part: str = "HEAD") -> Key:
    """An item of a count."""
    return Key(TABLE, f"COUNT#{number}", part)


class CountStore:
    """Reads, all consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def find(self, number: str) -> StockCount | None:
        """One count."""
        item = self._items.get(count_key(number))
        return None if item is None else from_item(item, StockCount)

    def count(self, number: str) -> StockCount:
        """One count; `NotFound` if there is none."""
        found = self.find(number)
        if found is None:
            raise NotFound("unknown_count", f"there is no stock count {number}")
        return found

    def collecting(self, *, until: datetime, limit: int) -> list[StockCount]:
        """Those whose first page had come by then and whose others haven't all, the oldest first;
        through an index, so a moment late.
        """
        page = self._items.query(
            TABLE, COLLECTING, until=f"{to_text(until)}~", index="gsi1", limit=limit
        )
        return [from_item(item, StockCount) for item in page.items]

    def pages(self, number: str) -> list[CountPage]:
        """Its pages that came, by number."""
        items = query_all(self._items, TABLE, f"COUNT#{number}", prefix="PAGE#")
        return [from_item(item, CountPage) for item in items]

    def changes(self, number: str) -> list[CountChange]:
        """What was found to differ, once it is compared."""
        items = query_all(self._items, TABLE, f"COUNT#{number}", prefix="CHANGE#")
        return [from_item(item, CountChange) for item in items]


def put_change(number: str, change: CountChange) -> Write:
    """What differs, written down once. Refusal: `stale_count`."""
    return Put(
        key=count_key(number, f"CHANGE#{change.number:04d}"),
        item=to_item(change),
        condition=Absent(),
        refusal=STALE_COUNT,
    )


def put_count(count: StockCount) -> Write:
    """A new count, or its next version. Refusal: `stale_count`."""
    first = count.version == 1
    item = to_item(count)
    if count.state is CountState.COLLECTING:
        item |= {"gsi1pk": COLLECTING, "gsi1sk": f"{to_text(count.first_at)}#{count.number}"}
    return Put(
        key=count_key(count.number),
        item=item,
        condition=Absent() if first else Equals("version", count.version - 1),
        refusal=STALE_COUNT,
    )


def put_page(number: str, page: CountPage) -> Write:
    """A page, once. Refusal: `stale_count`."""
    return Put(
        key=count_key(number, f"PAGE#{page.number:04d}"),
        item=to_item(page),
        condition=Absent(),
        refusal=STALE_COUNT,
    )


def moved_on(
    count: StockCount, state: CountState, *, adjustments: Sequence[str] = ()
) -> StockCount:
    """The next version in another state."""
    return replace(
        count,
        state=state,
        adjustments=tuple(adjustments) or count.adjustments,
        version=count.version + 1,
    )
