"""A category that is called anew makes new versions of its SKUs, page by page.

Each page is one transaction with the event for the next one, so it can stop and go on anywhere. A
SKU that has the name already is left alone: a page that comes twice does nothing twice.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.catalog.model import Category, Sku
from chalicelib.catalog.store import CatalogStore, change_master, unchanged
from chalicelib.catalog.taking import changed_event
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes

SKUS_TOGETHER = 45
"""Each takes itself and its event; the category's check and the next event go with them."""

TRIES = 4


class Retelling:
    """Brings a category's name to its SKUs."""

    def __init__(self, *, store: CatalogStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def retell(self, event: Event) -> None:
        """One page. `Unavailable` if its SKUs keep changing, or the next page is on its way."""
        code = str(event.data["category"])
        for _ in range(TRIES):
            category = self._store.masters(Category, (code,))[code]
            if category.version != event.data["version"]:
                # A later change has an event of its own, which begins with the first page.
                return
            try:
                self._transaction.commit(self._page(event, category))
            except ConditionFailed:
                continue
            return
        raise Unavailable(f"others keep changing the SKUs of {code}")

    def _page(self, event: Event, category: Category) -> Writes:
        cursor = event.data["cursor"]
        page = self._store.members(category.code, limit=SKUS_TOGETHER, cursor=cursor)
        skus = self._store.masters(Sku, [str(item["sku"]) for item in page.items])
        now = self._clock.now()
        retold = [
            replace(sku, category_name=category.name, version=sku.version + 1)
            for sku in skus.values()
            if sku.category == category.code and sku.category_name != category.name
        ]
        events = [changed_event(sku, now) for sku in retold]
        if page.next_cursor is not None:
            events.append(self._next(event, page.next_cursor))
        # With nothing to write there is nothing to check either.
        checks = [unchanged(Category, category.code, category.version)] if retold else []
        return Writes([*checks, *(change_master(sku) for sku in retold)], events)

    def _next(self, event: Event, cursor: str) -> Event:
        number = int(event.data.get("page", 0)) + 1
        begun = event.id.split("/")[0]
        return replace(
            event,
            id=f"{begun}/{number}",
            occurred_at=self._clock.now(),
            data={**event.data, "cursor": cursor, "page": number},
        )
