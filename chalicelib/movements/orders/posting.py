"""Posting confirmations to the ledger, in chunks that can stop anywhere and be resumed.

The entries come first, a transaction per chunk; the ledger knows which of them it has. Then one
transaction adds the pieces to the order, moves its state, gives back what is still reserved once
nothing more is to come, and marks the confirmation as posted; its version makes that happen once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.writes import Transaction, Writes
from chalicelib.movements.orders.confirming import (
    Issued,
    cases_of,
    doubts_on_posting,
    moved,
    movements_of,
)
from chalicelib.movements.orders.model import Confirmation, MovementOrder
from chalicelib.movements.orders.store import (
    CONFIRMATION_POSTED,
    STALE_MOVEMENT,
    MovementOrderStore,
    change_confirmation,
    change_order,
)
from chalicelib.movements.ports import Transit
from chalicelib.movements.states import (
    ENDED,
    ConfirmationEvent,
    ConfirmationState,
    next_confirmation,
)
from chalicelib.stock.model import Movement
from chalicelib.stock.planning import commit_replanning, in_chunks, plan_below_zero
from chalicelib.stock.service import StockService

STALE_TRANSIT = "stale_transit"
"""The refusal of `Transit.plan_left`: read again."""


class ConfirmationPosting:
    """The use case of posting."""

    def __init__(
        self,
        *,
        store: MovementOrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        stock: StockService,
        transit: Transit,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._transit = transit

    def confirmation(self, confirmation: str) -> Confirmation:
        """A confirmation, or `NotFound`."""
        found = self._store.confirmation(confirmation)
        if found is None:
            raise NotFound("unknown_confirmation", "there is no such confirmation")
        return found

    def post(self, confirmation_id: str) -> None:
        """Books a confirmation; one that is posted is left alone. `Unavailable`: try again."""
        confirmation = self.confirmation(confirmation_id)
        if confirmation.state is ConfirmationState.POSTED:
            return
        order = self._order_of(confirmation)
        issued: Sequence[Issued] = ()
        if order.transfer and not order.rule.out:
            issued = self._transit.arrive(order.transfer, confirmation)
        buckets = self._catalog.buckets_of(line.sku for line in confirmation.lines)
        movements = movements_of(order, confirmation, buckets, issued)
        for chunk in in_chunks(movements):
            commit_replanning(self._transaction, partial(self._plan_chunk, confirmation, chunk))
        commit_replanning(
            self._transaction,
            partial(self._plan_finish, confirmation_id, movements),
            also=[STALE_MOVEMENT, CONFIRMATION_POSTED, STALE_TRANSIT],
        )

    def _order_of(self, confirmation: Confirmation) -> MovementOrder:
        order = self._store.order(confirmation.order)
        if order is None:
            raise LookupError(f"{confirmation.id} was accepted for an order that isn't there")
        return order

    def _plan_chunk(self, confirmation: Confirmation, chunk: Sequence[Movement]) -> Writes:
        held = self._stock.reservation(confirmation.order)
        posting = self._stock.plan_post(
            document=confirmation.id,
            movements=chunk,
            posting_date=confirmation.posting_date,
            reservation=None if held is None else held.id,
            correlation=confirmation.order,
        )
        below = plan_below_zero(
            posting, confirmation.id, message_id=confirmation.message_id, at=self._clock.now()
        )
        return posting.writes + below

    def _plan_finish(self, confirmation_id: str, movements: Sequence[Movement]) -> Writes:
        confirmation = self.confirmation(confirmation_id)
        if confirmation.state is ConfirmationState.POSTED:
            return Writes()
        order = self._order_of(confirmation)
        after = moved(order, confirmation)
        posted = replace(
            confirmation,
            state=next_confirmation(confirmation.state, ConfirmationEvent.POST),
            version=confirmation.version + 1,
        )
        now = self._clock.now()
        cases = cases_of(
            doubts_on_posting(order.state, after),
            confirmation.id,
            message_id=confirmation.message_id,
            at=now,
        )
        writes = Writes(
            [
                change_confirmation(posted),
                change_order(after.order),
                *(plan_exception(case) for case in cases),
            ],
            leg_changed(after.order, self._clock),
        )
        if order.transfer and order.rule.out:
            writes += self._transit.plan_left(order.transfer, confirmation.id, movements)
        return writes + rest_given_back(self._stock, after.order, self._clock)


def rest_given_back(stock: StockService, order: MovementOrder, clock: Clock) -> Writes:
    """What is still reserved for an order of which nothing more is to come."""
    if order.state not in ENDED or stock.reservation(order.no) is None:
        return Writes()
    return stock.plan_void(reservation=order.no, at=clock.now())


def leg_changed(order: MovementOrder, clock: Clock) -> list[Event]:
    """Tells a leg's transfer that the leg has moved on."""
    if not order.transfer:
        return []
    return [
        Event(
            id=f"TransferLegChanged:{order.no}:{order.version}",
            kind="TransferLegChanged",
            subject=order.transfer,
            occurred_at=clock.now(),
            correlation=order.transfer,
            data={"leg": order.no},
        )
    ]
