"""Making an order's fulfilments and their reservations: in one transaction, or in chunks.

A transaction takes 100 items, and a reservation is one item per SKU. An order that doesn't fit goes
through `Sourcing.ROUTING`: its fulfilments are written first as `RESERVING`, then their
reservations part by part, then everything is made final at once. Each part is refused once the
head has moved on, and reserving a part again changes nothing, so the work may stop anywhere and be
taken up by anyone. If a part finds too little stock, the order goes through `UNDOING`: what was
reserved is given back, the fulfilments vanish (their numbers are not used again), and it is to be
sourced anew. An order may have fulfilments at work already, where units of it came back from a
warehouse: they are left alone, only those that are `RESERVING` belong to the work here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
from chalicelib.orders.events import fulfilment_reserved, sourcing_wanted, void_wanted
from chalicelib.orders.model import Fulfilment, OrderHead, without
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

MOST_VOIDED = 60
"""Items of stock that are given back in the transaction of a cancel; beyond, by event."""


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


def _found_place(
    head: OrderHead, fulfilments: Iterable[Fulfilment], at: datetime
) -> tuple[OrderHead, list[Event]]:
    """The head once these fulfilments are reserved; units that came back meanwhile stay to be
    sourced.
    """
    taken = [units for each in fulfilments for units in each.units]
    left = without(head.unsourced, taken)
    routed = replace(
        head,
        sourcing=SOURCING.advance(head.sourcing, "route"),
        routed_at=head.routed_at or at,
        unsourced=left,
    )
    if not left:
        return routed, []
    again = replace(routed, sourcing=SOURCING.advance(routed.sourcing, "again"))
    return again, [sourcing_wanted(head, at)]


def _being_reserved(read: Together) -> tuple[Fulfilment, ...]:
    return tuple(each for each in read.fulfilments if each.state is FulfilmentState.RESERVING)


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
            fulfilments=(*head.fulfilments, *(each.no for each in fulfilments)),
            numbered=head.numbered + len(fulfilments),
            decision=head.decision + 1,
        )
        routed, wanted = _found_place(numbered, fulfilments, now)
        whole = self._in_one(routed, fulfilments, decision, now)
        if whole is not None:
            self._transaction.commit(whole + Writes([], wanted))
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
            for fulfilment in _being_reserved(read):
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
        now, begun = self._clock.now(), _being_reserved(read)
        routed, wanted = _found_place(read.head, begun, now)
        reserved = [
            replace(each, state=FULFILMENT.advance(each.state, "reserve")) for each in begun
        ]
        self._transaction.commit(
            Writes(
                [change_head(routed), *map(change_fulfilment, reserved)],
                [*(fulfilment_reserved(each, now) for each in reserved), *wanted],
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
        begun = _being_reserved(read)
        for fulfilment in begun:
            self.void(fulfilment)
        vanish = {each.no for each in begun}
        sourced_anew = replace(
            read.head,
            sourcing=SOURCING.advance(read.head.sourcing, "undone"),
            fulfilments=tuple(no for no in read.head.fulfilments if no not in vanish),
        )
        gone = [
            Delete(
                key=fulfilment_key(each.no),
                condition=Equals("version", each.version),
                refusal=STALE_FULFILMENT,
            )
            for each in begun
        ]
        self._transaction.commit(Writes([change_head(sourced_anew), *gone]))

    def plan_surplus(self, fulfilment: Fulfilment) -> Writes:
        """Gives back what a fulfilment reserves beyond what it may still ship. Planned again after
        its own commit it is empty, and a fulfilment's pieces never become more: so it may be
        planned from one that is no longer the newest.
        """
        writes = Writes()
        for name, wanted in reservation_parts(fulfilment):
            writes += self._plan_part_surplus(name, wanted)
        return writes

    def plan_release(self, fulfilment: Fulfilment) -> Writes:
        """`plan_surplus`, or `VoidWanted` where that is too much for the caller's transaction.
        `fulfilment` is as changed from what was read: its `version` is still the version read.
        """
        surplus = self.plan_surplus(fulfilment)
        if len(surplus) <= MOST_VOIDED:
            return surplus
        request = str(fulfilment.version + 1)
        return Writes([], [void_wanted(fulfilment, self._clock.now(), request=request)])

    def give_surplus(self, fulfilment: Fulfilment) -> None:
        """`plan_surplus`, committed a part at a time."""
        for name, wanted in reservation_parts(fulfilment):
            plan = partial(self._plan_part_surplus, name, wanted)
            commit_replanning(self._transaction, plan)

    def _plan_part_surplus(self, reservation: str, wanted: Mapping[str, int]) -> Writes:
        held = self._stock.reservation(reservation)
        if held is None:
            return Writes()
        surplus = {}
        for sku, line in held.lines.items():
            needed = max(0, wanted.get(sku, 0) - line.posted)
            if line.open > needed:
                surplus[sku] = line.open - needed
        if not surplus:
            return Writes()
        return self._stock.plan_void(reservation=reservation, lines=surplus, at=self._clock.now())

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
