"""Finding messages: what to read for a page, and where the next one begins.

Every page is a bounded number of queries of one partition each; nothing scans.
"""

from __future__ import annotations

import base64
import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import Page, from_item, picked
from chalicelib.messages.model import Message, Outcome
from chalicelib.messages.store import MessageStore, sort_text

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#\d{8}T\d{9}-[0-9a-f]{12}", re.ASCII)


class Listing:
    """Pages of messages, oldest first. Through indexes: the last moment may be missing."""

    def __init__(self, store: MessageStore) -> None:
        self._store = store

    def of_document(self, document: str, *, limit: int, cursor: str | None) -> Page:
        """Messages about a document."""
        return self._store.of_document(document, limit=limit, cursor=cursor)

    def of_peer(self, peer: str, method: str, *, day: date, limit: int, cursor: str | None) -> Page:
        """Messages of a peer on a China day, of one method or ("") of all, merged in time order."""
        if method:
            return self._store.of_peer(peer, method, day, limit=limit, cursor=cursor)
        after = _read(cursor) if cursor else ""
        streams = [
            self._method(peer, method, day=day, after=after, limit=limit)
            for method in self._store.methods_of(peer, day)
        ]
        # One row more than asked for says whether there is a next page.
        merged = heapq.merge(*streams, key=_place)
        rows = [item for _, item in zip(range(limit + 1), merged, strict=False)]
        more = len(rows) > limit
        return Page(
            items=tuple(rows[:limit]), next_cursor=_cursor(rows[limit - 1]) if more else None
        )

    def of_outcome(
        self, outcome: Outcome, *, day: date, peer: str, limit: int, cursor: str | None
    ) -> Page:
        """Messages that need a look on a China day; with `peer` only its own, picked out of the
        others: such a page may be short and still have a next one.
        """

        def read(most: int, after: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
            page = self._store.of_outcome(outcome, day, limit=most, cursor=after)
            return page.items, page.next_cursor

        found, following = picked(
            read, lambda item: peer in ("", item["peer"]), limit=limit, cursor=cursor
        )
        return Page(items=tuple(found), next_cursor=following)

    def _method(
        self, peer: str, method: str, *, day: date, after: str, limit: int
    ) -> Iterator[Mapping[str, Any]]:
        page = self._store.of_method_after(peer, method, day, after=after, limit=limit + 1)
        yield from page.items


def _place(item: Mapping[str, Any]) -> str:
    return sort_text(from_item(item, Message))


def _cursor(item: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(_place(item).encode()).decode()


def _read(cursor: str) -> str:
    try:
        place = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        place = ""
    if not _PLACE.fullmatch(place):
        raise Malformed("malformed_cursor", "this is no cursor of ours", field="cursor")
    return place
