"""Making an order's fulfilments and their reservations: in one transaction, or in chunks.

A transaction takes 100 items, and a reservation is one item per SKU. An order that doesn't fit goes
through `Sourcing.ROUTING`: its fulfilments are written first as `RESERVING`, then their
reservations part by part, then everything is made final at once. Each part is refused once the
head has moved on, and reserving a part again changes nothing, so the work may stop anywhere and be
taken up by anyone. If a part finds too little stock, the order goes through `UNDOING`: what was
reserved is given back, the fulfilments vanish (their numbers are not used again), and it is to be
sourced anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import (
    MOST_WRITES,
    ConditionFailed,
    Delete,
    Equals,
    Put,
    Transaction,
    Writes,
)
from chalicelib.orders.model import Fulfilment, OrderHead
from chalicelib.orders.rows import (
    STALE_FULFILMENT,
    change_fulfilment,
    change_head,
    check_head,
    fulfilment_key,
    new_fulfilment,
)
from chalicelib.orders.states import FULFILMENT, SOURCING, FulfilmentState, Sourcing
from chalicelib.orders.store import OrderStore, Together
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.reserving import RESERVED_ALREADY, shortages
from chalicelib.stock.service import StockService

RESERVED_TOGETHER = 80
"""SKUs of one reservation. Which reservation holds a SKU follows from it, so it can't be changed
while orders are on their way.
"""


def reservation_parts(fulfilment: Fulfilment) -> Iterator[tuple[str, dict[str, int]]]:
    """The fulfilment's reservations: id and pieces per SKU. The first has the fulfilment's number,
    the next `….2` and so on.
    """
    wanted: Counter[str] = Counter()
    for line in fulfilment.lines:
        wanted[line.sku] += line.quantity
    skus = sorted(wanted)
    for part, first in enumerate(range(0, len(skus), RESERVED_TOGETHER), start=1):
        name = fulfilment.no if part == 1 else f"{fulfilment.no}.{part}"
        yield name, {sku: wanted[sku] for sku in skus[first : first + RESERVED_TOGETHER]}


def fulfilment_reserved(fulfilment: Fulfilment, at: datetime) -> Event:
    """Tells the warehouse gateway that there is something to dispatch."""
    return Event(
        id=f"FulfilmentReserved:{fulfilment.no}",
        kind="FulfilmentReserved",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"warehouse": fulfilment.warehouse},
    )


class Reserving:
    """Commits a decided split, at once or in chunks; takes up or undoes what was begun."""

    def __init__(
        self, *, store: OrderStore, transaction: Transaction, clock: Clock, stock: StockService
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._stock = stock

    def commit(
        self, head: OrderHead, fulfilments: tuple[Fulfilment, ...], decision: Put
    ) -> OrderHead:
        """Routes the order; its head then. `head` is as read, but for the review's outcome; raises
        `ConditionFailed` when stock is short (`short:<sku>`) or the order has moved on.
        """
        now = self._clock.now()
        numbered = replace(
            head,
            fulfilments=tuple(fulfilment.no for fulfilment in fulfilments),
            numbered=head.numbered + len(fulfilments),
            decision=head.decision + 1,
        )
        routed = replace(numbered, sourcing=SOURCING.advance(head.sourcing, "route"), routed_at=now)
        whole = self._in_one(routed, fulfilments, decision, now)
        if whole is not None:
            self._transaction.commit(whole)
            return replace(routed, version=routed.version + 1)
        begun = replace(numbered, sourcing=SOURCING.advance(head.sourcing, "begin"))
        reserving = [replace(each, state=FulfilmentState.RESERVING) for each in fulfilments]
        self._transaction.commit(
            Writes([change_head(begun), decision, *map(new_fulfilment, reserving)])
        )
        self.resume(self._store.together(head.no))
        return self._store.head(head.no)

    def _in_one(
        self,
        routed: OrderHead,
        fulfilments: tuple[Fulfilment, ...],
        decision: Put,
        now: datetime,
    ) -> Writes | None:
        """Everything as one transaction, or None if it doesn't fit."""
        parts = [(each, list(reservation_parts(each))) for each in fulfilments]
        items = sum(2 + sum(1 + len(lines) for _, lines in part) for _, part in parts)
        if items + 2 > MOST_WRITES:
            return None
        writes = Writes(
            [change_head(routed), decision, *map(new_fulfilment, fulfilments)],
            [fulfilment_reserved(each, now) for each in fulfilments],
        )
        for fulfilment, part in parts:
            for name, lines in part:
                writes += self._stock.plan_reserve(
                    reservation=name, warehouse=fulfilment.warehouse, lines=lines, at=now
                )
        return writes

    def resume(self, read: Together) -> None:
        """Goes on with what was begun: reserves the parts that aren't yet, or gives them back.

        Raises `ConditionFailed` with `short:<sku>` when a part was short; the order is undone then.
        """
        if read.head.sourcing is Sourcing.UNDOING:
            self._give_back(read)
            return
        try:
            for fulfilment in read.fulfilments:
                self._reserve(read.head, fulfilment)
        except ConditionFailed as failed:
            if shortages(failed):
                self.undo(read.head.no)
            raise
        self._finish(read)

    def _reserve(self, head: OrderHead, fulfilment: Fulfilment) -> None:
        for name, lines in reservation_parts(fulfilment):
            reserve = self._stock.plan_reserve(
                reservation=name,
                warehouse=fulfilment.warehouse,
                lines=lines,
                at=self._clock.now(),
            )
            try:
                self._transaction.commit(Writes([check_head(head)]) + reserve)
            except ConditionFailed as failed:
                if not _reserved_before(failed):
                    raise

    def _finish(self, read: Together) -> None:
        now = self._clock.now()
        routed = replace(
            read.head, sourcing=SOURCING.advance(read.head.sourcing, "route"), routed_at=now
        )
        reserved = [
            replace(each, state=FULFILMENT.advance(each.state, "reserve"))
            for each in read.fulfilments
        ]
        self._transaction.commit(
            Writes(
                [change_head(routed), *map(change_fulfilment, reserved)],
                [fulfilment_reserved(each, now) for each in reserved],
            )
        )

    def undo(self, order_no: str) -> None:
        """Gives back everything of an order that is being routed in chunks; nothing for others."""
        read = self._store.together(order_no)
        if read.head.sourcing is Sourcing.ROUTING:
            undoing = replace(read.head, sourcing=SOURCING.advance(read.head.sourcing, "undo"))
            self._transaction.commit(Writes([change_head(undoing)]))
            read = self._store.together(order_no)
        if read.head.sourcing is Sourcing.UNDOING:
            self._give_back(read)

    def _give_back(self, read: Together) -> None:
        for fulfilment in read.fulfilments:
            self.void(fulfilment)
        sourced_anew = replace(
            read.head, sourcing=SOURCING.advance(read.head.sourcing, "undone"), fulfilments=()
        )
        gone = [
            Delete(
                key=fulfilment_key(each.no),
                condition=Equals("version", each.version),
                refusal=STALE_FULFILMENT,
            )
            for each in read.fulfilments
        ]
        self._transaction.commit(Writes([change_head(sourced_anew), *gone]))

    def void(self, fulfilment: Fulfilment) -> None:
        """Gives back what a fulfilment still reserves, a part at a time; again, it does nothing."""
        for name, _ in reservation_parts(fulfilment):
            commit_replanning(self._transaction, partial(self._void, name))

    def _void(self, reservation: str) -> Writes:
        try:
            return self._stock.plan_void(reservation=reservation, at=self._clock.now())
        except NotFound:
            return Writes()


def _reserved_before(failed: ConditionFailed) -> bool:
    """Whether the part is done already, whoever did it: numbers aren't used twice. A part that
    took the last pieces is refused as short, too, when it is tried again.
    """
    others = set(failed.refusals) - {f"short:{sku}" for sku in shortages(failed)}
    return others == {RESERVED_ALREADY}
