"""The ledger for people: entries of a SKU or of a day, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import picked
from chalicelib.stock.model import Entry, Kind
from chalicelib.stock.store import EntryPage, StockStore

_CURSOR = re.compile(r"(\d{1,6}):(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of a warehouse: of a `sku`, of a `day` (the posting date) or of both, of one
    `kind` or of all. `buckets` are those that a day is looked for in.
    """

    warehouse: str
    buckets: Sequence[int]
    sku: str = ""
    day: date | None = None
    kind: Kind | None = None


def wanting(
    *, warehouse: str, buckets: Iterable[int], sku: str, day: date | None, kind: str
) -> Wanted:
    """What somebody asks for; `Malformed` where that isn't enough, or no kind of ours."""
    if not (sku or day):
        raise Malformed("missing_parameter", "a sku or a day is needed", field="sku")
    if kind and kind not in list(Kind):
        raise Malformed("malformed_parameter", f"one of {', '.join(Kind)}", field="kind")
    return Wanted(
        warehouse=warehouse,
        buckets=tuple(buckets),
        sku=sku,
        day=day,
        kind=Kind(kind) if kind else None,
    )


def entry_page(
    store: StockStore, wanted: Wanted, *, limit: int, cursor: str | None = None
) -> EntryPage:
    """A SKU's entries, the newest first; a day's by bucket, SKU and sequence.

    A page may be short or empty and still have a next one. Through indexes: what was booked in the
    last moment may be missing.
    """

    def read(most: int, after: str | None) -> tuple[Sequence[Entry], str | None]:
        page = read_page(store, wanted, limit=most, cursor=after)
        return page.entries, page.next_cursor

    found, following = picked(
        read, lambda entry: wanted.kind in (None, entry.kind), limit=limit, cursor=cursor
    )
    return EntryPage(entries=tuple(found), next_cursor=following)


def read_page(store: StockStore, wanted: Wanted, *, limit: int, cursor: str | None) -> EntryPage:
    """One page as it is read, of any kind: of the SKU, or of one bucket of the day."""
    if wanted.day is None:
        return store.pool_page(wanted.warehouse, wanted.sku, limit=limit, cursor=cursor)
    at, inner = bucket_place(cursor, len(wanted.buckets))
    page = store.day_page(
        wanted.warehouse,
        wanted.buckets[at],
        wanted.day,
        sku=wanted.sku,
        limit=limit,
        cursor=inner,
    )
    following = None
    if page.next_cursor is not None:
        following = f"{at}:{page.next_cursor}"
    elif at + 1 < len(wanted.buckets):
        following = f"{at + 1}:"
    return EntryPage(entries=page.entries, next_cursor=following)


def bucket_place(cursor: str | None, buckets: int) -> tuple[int, str | None]:
    """Which of the buckets a cursor `<bucket>:<cursor in it>` means, and where to go on in it."""
    if cursor is None:
        return 0, None
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[1]) >= buckets:
        raise Malformed("malformed_cursor", "this is no cursor of ours", field="cursor")
    return int(found[1]), found[2] or None
