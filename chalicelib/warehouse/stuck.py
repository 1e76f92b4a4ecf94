"""Dispatches whose sender died, and whose event is gone too: nothing would bring them back.

A sender leaves the message it was about to send as PREPARED in the log, and the log lists what
isn't ANSWERED. So nothing is written for this on the way of a message that goes well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from chalicelib.kernel.clock import Clock, business_date, to_text
from chalicelib.kernel.items import Page
from chalicelib.kernel.writes import Check, ConditionFailed, Equals, Transaction, Writes
from chalicelib.messages.model import Outcome
from chalicelib.warehouse import methods
from chalicelib.warehouse.model import Dispatch, DispatchKind, dispatch_id
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.store import STALE_DISPATCH, WarehouseStore, dispatch_key

STUCK_AFTER = timedelta(minutes=15)
"""After the lease is over; by then the queue has given the event back several times."""

DAYS = 3
"""How far back one looks: a weekend."""

MOST_PAGES = 10


class PreparedMessages(Protocol):
    """`messages.service.MessageLog`."""

    def of_outcome(
        self, outcome: Outcome, *, day: date, limit: int = 100, cursor: str | None = None
    ) -> Page: ...


class StuckDispatches:
    """Finds them, and gives them back to their queue."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        log: PreparedMessages,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._log = log

    def found(self) -> list[Dispatch]:
        """Those held by a sender whose lease has been over for long, the oldest first."""
        limit = self._clock.now() - STUCK_AFTER
        ids = dict.fromkeys(self._prepared())
        held = [each for each in self._store.dispatches(ids).values() if each.lease_until]
        stuck = [each for each in held if each.lease_until and each.lease_until < limit]
        return sorted(stuck, key=lambda each: each.updated_at)

    def revive(self) -> list[Dispatch]:
        """Has each taken up again: as for any that got no answer, the WMS is asked first. Those
        that were found.
        """
        stuck = self.found()
        for each in stuck:
            unchanged = Check(
                key=dispatch_key(each.id),
                condition=Equals("version", each.version),
                refusal=STALE_DISPATCH,
            )
            try:
                self._transaction.commit(Writes([unchanged], [due_event(each, 0, self._clock)]))
            except ConditionFailed:
                # It has moved on meanwhile, or its event is on its way already.
                continue
        return stuck

    def _prepared(self) -> Iterator[str]:
        """The dispatches of messages that were to be sent, and of which nothing is known."""
        now = self._clock.now()
        until = to_text(now - STUCK_AFTER)
        for back in range(DAYS):
            day, cursor = business_date(now) - timedelta(days=back), None
            for _ in range(MOST_PAGES):
                page = self._log.of_outcome(Outcome.PREPARED, day=day, cursor=cursor)
                for row in page.items:
                    if row["peer"].startswith("wms:") and row["at"] < until:
                        yield from _dispatches_of(row)
                cursor = page.next_cursor
                if cursor is None:
                    break


def _dispatches_of(row: Mapping[str, Any]) -> list[str]:
    """Those that a message was sent for: it names its own, one of several documents the
    documents.
    """
    if row["method"] == methods.ITEMS_SYNCHRONIZE:
        wms = row["peer"].removeprefix("wms:")
        return [dispatch_id(DispatchKind.ITEM, sku, wms) for sku in row["documents"]]
    if row["method"] == methods.DELIVERYORDER_BATCHCREATE:
        return [dispatch_id(DispatchKind.DELIVERY, no) for no in row["documents"]]
    return list(row["documents"][1:])
