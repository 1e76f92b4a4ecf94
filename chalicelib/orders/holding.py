"""Holding an order by hand, and releasing holds.

Before its stock is reserved, a hold keeps the order from being routed. Later it keeps what hasn't
gone out here, and asks each WMS to let its part lie (order.pending); released, the WMS is asked to
go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.orders.model import Fulfilment, Hold, OrderHead
from chalicelib.orders.outcomes import case
from chalicelib.orders.rows import (
    STALE_FULFILMENT,
    STALE_ORDER,
    change_fulfilment,
    change_head,
)
from chalicelib.orders.states import (
    AT_WMS,
    FULFILMENT_HOLD,
    REVIEW,
    FulfilmentHold,
    FulfilmentState,
    OrderCancel,
    Sourcing,
)
from chalicelib.orders.store import OrderStore, Together

TRIES = 5
_HELD_HERE = frozenset({FulfilmentState.RESERVED})


class Holding:
    """`hold` and `release_hold`, and what the WMS says to them. Doing either twice is doing it
    once.
    """

    def __init__(self, *, store: OrderStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def hold(self, order_no: str, hold_type: str, *, reason: str, by: str) -> OrderHead:
        """Keeps an order from going on: from being routed, from going out, or, by each WMS, from
        being worked on. `Conflict` (`too_late_to_hold`) once nothing is left that could wait.
        """
        return self._change(order_no, lambda read: self._held(read, hold_type, reason, by))

    def release_hold(self, order_no: str, hold_type: str, *, by: str) -> OrderHead:
        """Releases every open hold of a type, with the event `HoldReleased`; the order goes on when
        none is left open. `NotFound` (`unknown_hold`) if it never had one.
        """
        return self._change(order_no, lambda read: self._released(read, hold_type, by))

    def _change(self, order_no: str, plan: Callable[[Together], Writes]) -> OrderHead:
        for _ in range(TRIES):
            writes = plan(self._store.together(order_no))
            try:
                self._transaction.commit(writes)
            except ConditionFailed as failed:
                if not set(failed.refusals) & {STALE_ORDER, STALE_FULFILMENT}:
                    raise
            else:
                return self._store.head(order_no)
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _held(self, read: Together, hold_type: str, reason: str, by: str) -> Writes:
        head, now = read.head, self._clock.now()
        if any(hold.is_open and hold.type == hold_type for hold in head.holds):
            return Writes()
        _refuse_too_late(read)
        hold = Hold(
            type=hold_type,
            opened_at=now,
            opened_by=by,
            words=self._store.sealed_words(head.no, reason),
        )
        review = REVIEW.advance(head.review, "hold")
        held = Writes([change_head(replace(head, review=review, holds=(*head.holds, hold)))])
        return held + _each(read.fulfilments, {"ask": AT_WMS, "keep": _HELD_HERE}, now)

    def _released(self, read: Together, hold_type: str, by: str) -> Writes:
        head = read.head
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
        last = not any(hold.is_open for hold in holds)
        event = "release" if not last else "resume" if head.fulfilments else "release_last"
        released = replace(head, review=REVIEW.advance(head.review, event), holds=holds)
        writes = Writes([change_head(released)], [_hold_released(head, hold_type, now)])
        if last:
            writes += _each(read.fulfilments, {"restore": AT_WMS, "free": _HELD_HERE}, now)
        return writes

    def plan_hold_result(
        self, fulfilment_no: str, revision: int, *, accepted: bool, source: Source
    ) -> Writes:
        """What the WMS says to the wish of that revision; empty where another has come since. A
        person is told of what it won't hold, or won't go on with.
        """
        before = self._store.fulfilment(fulfilment_no).fulfilment
        event = "accept" if accepted else "refuse"
        if before.hold_revision != revision or not FULFILMENT_HOLD.can(before.hold, event):
            return Writes()
        after = replace(before, hold=FULFILMENT_HOLD.advance(before.hold, event))
        writes: list[Write] = [change_fulfilment(after)]
        if not accepted:
            kind = (
                ExceptionKind.HOLD_REFUSED
                if before.hold is FulfilmentHold.ASKED
                else ExceptionKind.RESTORE_REFUSED
            )
            writes.append(
                case(
                    kind,
                    f"{after.no}:{revision}",
                    _SENTENCES[kind],
                    message_id=source.message_id,
                    at=self._clock.now(),
                )
            )
        return Writes(writes)


_SENTENCES = {
    ExceptionKind.HOLD_REFUSED: "the warehouse goes on with an order that is held",
    ExceptionKind.RESTORE_REFUSED: "the warehouse doesn't go on with an order that is released",
}


def _refuse_too_late(read: Together) -> None:
    head = read.head
    if head.sourcing in (Sourcing.ROUTING, Sourcing.UNDOING):
        raise Conflict("too_late_to_hold", "its stock is being reserved right now")
    if head.cancel is OrderCancel.CANCELLED:
        raise Conflict("too_late_to_hold", "it is cancelled")
    waits = head.sourcing is not Sourcing.ROUTED
    if not waits and not any(each.state in AT_WMS | _HELD_HERE for each in read.fulfilments):
        raise Conflict("too_late_to_hold", "all of it has left")


def _each(
    fulfilments: Sequence[Fulfilment],
    events: dict[str, frozenset[FulfilmentState]],
    at: datetime,
) -> Writes:
    """The hold's event for each fulfilment in a state that has one; where the WMS has to do
    something about it, it is told.
    """
    writes = Writes()
    for each in fulfilments:
        event = next((name for name, states in events.items() if each.state in states), "")
        if not FULFILMENT_HOLD.can(each.hold, event):
            continue
        hold = FULFILMENT_HOLD.advance(each.hold, event)
        told = hold in (FulfilmentHold.ASKED, FulfilmentHold.RESTORING)
        after = replace(each, hold=hold, hold_revision=each.hold_revision + told)
        writes += Writes([change_fulfilment(after)], [_hold_wanted(after, at)] if told else [])
    return writes


def _hold_wanted(fulfilment: Fulfilment, at: datetime) -> Event:
    return Event(
        id=f"HoldWanted:{fulfilment.no}:{fulfilment.hold_revision}",
        kind="HoldWanted",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"warehouse": fulfilment.warehouse, "revision": fulfilment.hold_revision},
    )


def _hold_released(head: OrderHead, hold_type: str, at: datetime) -> Event:
    return Event(
        id=f"HoldReleased:{head.no}:{head.version + 1}",
        kind="HoldReleased",
        subject=head.no,
        occurred_at=at,
        correlation=head.no,
        data={"hold": hold_type},
    )
