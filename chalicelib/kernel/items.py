"""Reading items: the port `Items`, and how documents become items and come back.

Writes go through `kernel.writes`. Reads are consistent unless they go through an index. Every
access pattern is listed in `docs/data-model.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from chalicelib.kernel.writes import Key, Value

Document = TypeVar("Document")
Found = TypeVar("Found")

MOST_PAGES = 10
"""Pages that are read for one look where what is wanted is picked out of them."""

INDEX_ATTRIBUTES = {
    "gsi1": ("gsi1pk", "gsi1sk"),
    "gsi2": ("gsi2pk", "gsi2sk"),
    "gsi3": ("gsi3pk", "gsi3sk"),
}
"""The sparse indexes and their partition and sort attributes (text), the same in every table that
has them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items in key order, and where to go on (None: that was all)."""

    items: tuple[Mapping[str, Any], ...]
    next_cursor: str | None


class Items(Protocol):
    """Reads of the tables."""

    def get(self, key: Key) -> Mapping[str, Any] | None:
        """One item, by a consistent read."""
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
        """Those of the keys that exist, by consistent reads; keys may be of several tables, any
        number.
        """
        ...

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
        """Items of one partition whose sort key begins with `prefix`, or lies in `since`…`until`
        (inclusive), a page at a time.
        """
        ...


def query_all(items: Items, table: str, pk: str, **options: Any) -> list[Mapping[str, Any]]:
    """Every item of a query, page by page; for partitions that are bounded by design."""
    found: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        page = items.query(table, pk, cursor=cursor, **options)
        found.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


def picked(
    read: Callable[[int, str | None], tuple[Sequence[Found], str | None]],
    keep: Callable[[Found], bool],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Found], str | None]:
    """Up to `limit` of what is wanted, and where to go on. `read` gives a page of so many from a
    cursor on. Where little is wanted it stops after `MOST_PAGES` of them: what it gives may then be
    short, or nothing, and still have more behind it.
    """
    found: list[Found] = []
    for _ in range(MOST_PAGES):
        page, cursor = read(limit - len(found), cursor)
        found += filter(keep, page)
        if cursor is None or len(found) == limit:
            break
    return found, cursor


def newest_numbers(
    items: Items, table: str, pk: str, *, limit: int, cursor: str | None
) -> tuple[list[str], str | None]:
    """The numbers (`no`) of a list of `gsi1`, the newest first, and where to go on."""
    page = items.query(table, pk, index="gsi1", limit=limit, cursor=cursor, forward=False)
    return [item["no"] for item in page.items], page.next_cursor


def in_parts(items: Items, table: str, pk: str, kind: type[Document]) -> Document | None:
    """A document that is kept as `HEAD`, `CONTENT` and as many items of `lines` as it needs; None
    where there is none.
    """
    parts = query_all(items, table, pk)
    if not parts:
        return None
    by_part = {item["sk"]: item for item in parts}
    lines = [line for item in parts for line in item.get("lines", ())]
    return from_item({**by_part["CONTENT"], **by_part["HEAD"], "lines": lines}, kind)


def to_item(document: object) -> dict[str, Value]:
    """A dataclass as attributes: enums by value, moments and dates as ISO text, nested dataclasses
    as maps.
    """
    built: dict[str, Value] = msgspec.to_builtins(document, enc_hook=_no_floats)
    return built


def from_item(item: Mapping[str, Any], kind: type[Document]) -> Document:
    """The dataclass that `to_item` made the item from; attributes it doesn't know (keys, index
    attributes) are ignored.
    """
    return msgspec.convert(item, kind, strict=True)


def _no_floats(value: object) -> Value:
    raise TypeError(f"{type(value).__name__} can't be kept in an item")
