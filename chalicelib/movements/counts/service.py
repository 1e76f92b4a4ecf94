"""Stock counts: pages in any order, then one adjustment; nothing is booked before the last page.

An adjustment holds 500 lines, so a larger count makes several, numbered within it. What was counted
of a SKU that isn't ours goes into an adjustment of its own, in suspense.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.movements.adjustment_service import MOST_LINES, UNKNOWN_SKU, AdjustmentService
from chalicelib.movements.counts.model import (
    PAGES_NAMED,
    CountChange,
    CountPage,
    StockCount,
    differences,
)
from chalicelib.movements.counts.store import (
    STALE_COUNT,
    CountStore,
    moved_on,
    put_change,
    put_count,
    put_page,
)
from chalicelib.movements.model import AdjustmentLine
from chalicelib.movements.ports import Catalog
from chalicelib.movements.states import CountEvent, CountState, next_count
from chalicelib.stock.model import Kind
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.service import StockService

PATIENCE_SECONDS = 900
"""How long all pages may take to come; then a person is told which are missing."""


class StockCounts:
    """The use cases of stock counts."""

    def __init__(
        self,
        *,
        store: CountStore,
        adjustments: AdjustmentService,
        stock: StockService,
        catalog: Catalog,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._adjustments = adjustments
        self._stock = stock
        self._catalog = catalog
        self._transaction = transaction
        self._clock = clock

    def count(self, number: str) -> StockCount:
        """One count; `NotFound` if there is none."""
        return self._store.count(number)

    def plan_page(self, count: StockCount, page: CountPage) -> Writes:
        """Accepts a page of a count; `count` is what this page says about the whole. The last one
        that was missing makes it complete. A page that is there: empty. Refusal: `stale_count`,
        plan again.
        """
        known = self._store.find(count.number)
        before = known or count
        if known is not None and page.number in known.arrived:
            return Writes()
        after = replace(
            before,
            pages=max(before.pages, count.pages),
            arrived=tuple(sorted({*(known.arrived if known else ()), page.number})),
            version=known.version + 1 if known else 1,
        )
        events: list[Event] = []
        if not after.missing and after.state is CountState.COLLECTING:
            after = replace(after, state=next_count(after.state, CountEvent.COMPLETE))
            events.append(self._event("CountCompleted", after))
        elif known is None:
            events.append(self._event("CountPagesDue", after, delay=PATIENCE_SECONDS))
        return Writes([put_count(after), put_page(count.number, page)], events)

    def remind(self, number: str) -> None:
        """Raises a case if pages are still missing; later pages are taken in all the same."""
        count = self._store.count(number)
        if count.state is not CountState.COLLECTING:
            return
        missing = ", ".join(map(str, count.missing[:PAGES_NAMED]))
        kind = ExceptionKind.COUNT_PAGES_MISSING
        case = ExceptionCase(
            id=f"{kind}:{number}",
            kind=kind,
            document=number,
            text=f"of {count.pages} pages these haven't come: {missing}; nothing is booked",
            message_id=count.source.message_id,
            raised_at=self._clock.now(),
        )
        self._transaction.commit(Writes([plan_exception(case)]))

    def adjust(self, number: str) -> StockCount:
        """Compares a complete count with the books and makes its adjustments; once they are made it
        does nothing. What was found to differ is written down before anything is booked, so that a
        repetition doesn't compare with books that have moved on.
        """
        for plan in (self._plan_compared, self._plan_adjusted):
            commit_replanning(self._transaction, partial(plan, number), also=[STALE_COUNT])
        return self._store.count(number)

    def _plan_compared(self, number: str) -> Writes:
        count = self._store.count(number)
        if count.state in (CountState.COMPARED, CountState.ADJUSTED):
            return Writes()
        state = next_count(count.state, CountEvent.COMPARE)
        changes = [
            CountChange(number=at, kind=kind, rule=rule, lines=tuple(lines))
            for at, (kind, rule, lines) in enumerate(self._changes(count), start=1)
        ]
        writes = [put_change(number, change) for change in changes]
        return Writes([put_count(moved_on(count, state)), *writes])

    def _changes(self, count: StockCount) -> Iterator[tuple[Kind, str, list[AdjustmentLine]]]:
        """What differs, in parts that fit an adjustment; SKUs that aren't ours apart."""
        lines = [line for page in self._store.pages(count.number) for line in page.lines]
        skus = sorted({line.sku for line in lines})
        known = self._catalog.skus(skus)
        balances = self._stock.balances([(count.warehouse, sku) for sku in skus])

        def book(sku: str, inventory_type: str) -> int:
            balance = balances.get((count.warehouse, sku))
            return balance.quantity(inventory_type) if balance else 0

        found = differences(lines, absolute=count.absolute, book=book)
        for kind, rule, ours in (
            (count.kind, count.rule, True),
            (Kind.SUSPENSE, UNKNOWN_SKU, False),
        ):
            own = [line for line in found if (line.sku in known) is ours]
            for first in range(0, len(own), MOST_LINES):
                yield kind, rule, own[first : first + MOST_LINES]

    def _plan_adjusted(self, number: str) -> Writes:
        count = self._store.count(number)
        if count.state is CountState.ADJUSTED:
            return Writes()
        state = next_count(count.state, CountEvent.ADJUST)
        made = [self._adjust(count, change) for change in self._store.changes(number)]
        return Writes([put_count(moved_on(count, state, adjustments=made))])

    def _adjust(self, count: StockCount, change: CountChange) -> str:
        adjustment = self._adjustments.adjust(
            warehouse=count.warehouse,
            key=f"{count.number}/{change.number}",
            lines=change.lines,
            source=count.source,
            occurred_at=count.occurred_at,
            kind=change.kind,
            cause=count.cause,
            rule=change.rule,
        )
        return adjustment.number

    def _event(self, kind: str, count: StockCount, *, delay: int = 0) -> Event:
        return Event(
            id=f"{kind}:{count.number}",
            kind=kind,
            subject=count.number,
            occurred_at=self._clock.now(),
            correlation=count.number,
            data={"warehouse": count.warehouse},
            delay_seconds=delay,
        )
