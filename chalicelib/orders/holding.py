"""Holding an order by hand, and releasing holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.model import Hold, OrderHead
from chalicelib.orders.rows import STALE_ORDER, change_head
from chalicelib.orders.states import REVIEW, OrderCancel, Sourcing
from chalicelib.orders.store import OrderStore

TRIES = 5


class Holding:
    """`hold` and `release_hold`. Doing either twice is doing it once."""

    def __init__(self, *, store: OrderStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def hold(self, order_no: str, hold_type: str, *, reason: str, by: str) -> OrderHead:
        """Keeps an order from being routed. `Conflict` (`too_late_to_hold`) once its stock is
        reserved: it can only be cancelled then.
        """
        return self._change(order_no, lambda head: self._held(head, hold_type, reason, by))

    def release_hold(self, order_no: str, hold_type: str, *, by: str) -> OrderHead:
        """Releases every open hold of a type, with the event `HoldReleased`; the order goes on when
        none is left open. `NotFound` (`unknown_hold`) if it never had one.
        """
        return self._change(order_no, lambda head: self._released(head, hold_type, by))

    def _change(self, order_no: str, plan: Callable[[OrderHead], Writes]) -> OrderHead:
        for _ in range(TRIES):
            writes = plan(self._store.head(order_no))
            try:
                self._transaction.commit(writes)
            except ConditionFailed as failed:
                if STALE_ORDER not in failed.refusals:
                    raise
            else:
                return self._store.head(order_no)
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _held(self, head: OrderHead, hold_type: str, reason: str, by: str) -> Writes:
        if any(hold.is_open and hold.type == hold_type for hold in head.holds):
            return Writes()
        if head.sourcing not in (Sourcing.TO_SOURCE, Sourcing.WAIT_STOCK):
            raise Conflict("too_late_to_hold", "its stock is reserved already")
        if head.cancel is OrderCancel.CANCELLED:
            raise Conflict("too_late_to_hold", "it is cancelled")
        hold = Hold(
            type=hold_type,
            opened_at=self._clock.now(),
            opened_by=by,
            words=self._store.sealed_words(head.no, reason),
        )
        review = REVIEW.advance(head.review, "hold")
        return Writes([change_head(replace(head, review=review, holds=(*head.holds, hold)))])

    def _released(self, head: OrderHead, hold_type: str, by: str) -> Writes:
        of_type = [hold for hold in head.holds if hold.type == hold_type]
        if not of_type:
            raise NotFound("unknown_hold", "the order has no such hold", field="hold")
        if not any(hold.is_open for hold in of_type):
            return Writes()
        now = self._clock.now()
        holds = tuple(
            replace(hold, released_at=now, released_by=by)
            if hold.is_open and hold.type == hold_type
            else hold
            for hold in head.holds
        )
        event = "release" if any(hold.is_open for hold in holds) else "release_last"
        released = replace(head, review=REVIEW.advance(head.review, event), holds=holds)
        return Writes(
            [change_head(released)],
            [
                Event(
                    id=f"HoldReleased:{head.no}:{head.version + 1}",
                    kind="HoldReleased",
                    subject=head.no,
                    occurred_at=now,
                    correlation=head.no,
                    data={"hold": hold_type},
                )
            ],
        )
