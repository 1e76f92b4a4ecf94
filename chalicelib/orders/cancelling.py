"""Cancelling: at once where no warehouse has it, else by the warehouse's word.

A fulfilment that may be at a WMS is asked back (`CancelRequested`) and its stock stays reserved
until the WMS says that it is cancelled. What has shipped can't be cancelled, only intercepted
(`intercepting.py`); if the WMS says cancelled all the same, a person is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.exception_book import ExceptionBook
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.orders.events import cancel_requested, intercept_requested, void_wanted
from chalicelib.orders.intercepting import BY_WAREHOUSE, plan_answered, to_be_stopped
from chalicelib.orders.model import Fulfilment, OrderHead, TrackRow, order_no_of
from chalicelib.orders.outcomes import case, given_up, replaced, settle
from chalicelib.orders.reserving import MOST_VOIDED, Reserving, reservation_parts
from chalicelib.orders.rows import (
    STALE_FULFILMENT,
    STALE_ORDER,
    change_fulfilment,
    change_head,
    put_track,
    track_key,
)
from chalicelib.orders.states import (
    ASKED_BACK,
    AT_WMS,
    FULFILMENT,
    FULFILMENT_CANCEL,
    ORDER_CANCEL,
    SHIPPED_STATES,
    TAKEN_BACK,
    FulfilmentCancel,
    FulfilmentState,
    OrderCancel,
    Sourcing,
)
from chalicelib.orders.store import OrderStore, Together
from chalicelib.stock.planning import STALE
from chalicelib.stock.service import StockService

TRIES = 8


class Cancelling:
    """`cancel`, and what the WMS answers to it."""

    def __init__(
        self,
        *,
        store: OrderStore,
        transaction: Transaction,
        clock: Clock,
        stock: StockService,
        reserving: Reserving,
        exceptions: ExceptionBook,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._stock = stock
        self._reserving = reserving
        self._exceptions = exceptions

    def cancel(self, order_no: str, *, reason: str, by: str) -> OrderHead:
        """Cancels what can be cancelled and asks for the rest; a second time changes nothing.

        `Conflict` (`already_shipped`) when everything has left.
        """
        for _ in range(TRIES):
            read = self._store.together(order_no)
            if read.head.cancel in (OrderCancel.PENDING, OrderCancel.CANCELLED):
                return read.head
            if any(each.cancel is FulfilmentCancel.PENDING for each in read.fulfilments):
                # Asked back between the reads of the head and of its fulfilments.
                continue
            try:
                if read.head.sourcing in (Sourcing.ROUTING, Sourcing.UNDOING):
                    self._reserving.undo(order_no)
                    continue
                self._transaction.commit(self._cancel(read, reason, by))
            except ConditionFailed as failed:
                if not set(failed.refusals) & {STALE_ORDER, STALE_FULFILMENT, *STALE}:
                    raise
            else:
                return self._store.head(order_no)
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _cancel(self, read: Together, reason: str, by: str) -> Writes:
        now = self._clock.now()
        after = tuple(_after_request(each, now) for each in read.fulfilments)
        live = [
            each
            for each in after
            if each.state is not FulfilmentState.CANCELLED and not each.emptied
        ]
        if live and after == read.fulfilments and not read.head.unsourced:
            if read.head.cancel is OrderCancel.PARTLY or _on_the_way(live):
                return Writes()
            raise Conflict("already_shipped", "what there is has left the warehouse")
        asked = [each for each in after if each.cancel is FulfilmentCancel.PENDING]
        head = replace(
            read.head,
            cancel=ORDER_CANCEL.advance(read.head.cancel, _request_event(after, bool(asked))),
            cancel_words=self._store.sealed_words(read.head.no, reason),
            cancel_by=by,
            cancel_requested_at=now,
        )
        if head.cancel is OrderCancel.CANCELLED:
            head = replace(head, cancelled_at=now)
        settled, shipped = settle(given_up(head), after, at=now)
        changed = [
            each for each, before in zip(after, read.fulfilments, strict=True) if each != before
        ]
        writes = Writes(
            [change_head(settled), *map(change_fulfilment, changed)],
            [*(cancel_requested(each, now) for each in asked), *shipped],
        )
        gone = [each for each in changed if each.state is FulfilmentState.CANCELLED]
        return writes + self._plan_voids(gone)

    def plan_cancel_unknown(self, fulfilment_no: str) -> Writes:
        """The WMS was silent: until it has been asked, nobody knows. Empty where it has spoken."""
        fulfilment = self._store.fulfilment(fulfilment_no).fulfilment
        if not FULFILMENT_CANCEL.can(fulfilment.cancel, "lose"):
            return Writes()
        cancel = FULFILMENT_CANCEL.advance(fulfilment.cancel, "lose")
        return Writes([change_fulfilment(replace(fulfilment, cancel=cancel))])

    def plan_cancel_result(
        self,
        fulfilment_no: str,
        *,
        accepted: bool,
        source: Source,
        at: datetime,
        raw: str = "",
        intercept: bool = False,
    ) -> Writes:
        """The WMS's word. Accepted: cancelled, and the stock is free again; refused: everything
        stays as it was, or with `intercept` the parcel is to be stopped on the road. `raw` is the
        WMS's code where a step says it. Told twice it is empty. A WMS that cancels what
        nobody asked back, or what has (partly) shipped, is believed, and a person is told.

        Refusals, to be planned again: `stale_fulfilment`, `stale_order`, `stale_reservation`,
        `stale_exception`.
        """
        read = self._store.together(order_no_of(fulfilment_no))
        fulfilment = next((each for each in read.fulfilments if each.no == fulfilment_no), None)
        if fulfilment is None:
            raise NotFound("unknown_fulfilment", "there is no such fulfilment")
        event = "accept" if accepted else "refuse"
        row = replace(_result_row(fulfilment, event, source=source, at=at), text=raw)
        identity = f"{fulfilment_no}#cancel_{event}"
        if self._store.exists(track_key(fulfilment.order_no, row, identity)):
            return Writes()
        track = put_track(replace(row, recorded_at=self._clock.now()), identity)
        if not FULFILMENT_CANCEL.can(fulfilment.cancel, event):
            return Writes([track, *self._contradiction(fulfilment, event, source)])
        return self._decided(read, fulfilment, event, source, stop=intercept) + Writes([track])

    def _decided(
        self, read: Together, fulfilment: Fulfilment, event: str, source: Source, *, stop: bool
    ) -> Writes:
        now, events = self._clock.now(), list[Event]()
        after = replace(fulfilment, cancel=FULFILMENT_CANCEL.advance(fulfilment.cancel, event))
        left = bool(fulfilment.shipments) or fulfilment.state in SHIPPED_STATES
        if event == "accept" and not left:
            after = _gone(after, now)
        elif event == "accept":
            # Part of it left: the WMS sends no more, so the rest is short once all is posted.
            after = replace(after, final=True)
            if FULFILMENT.can(after.state, "ship_short") and after.posted == after.shipments:
                after = replace(after, state=FULFILMENT.advance(after.state, "ship_short"))
        elif stop:
            after = to_be_stopped(after, now)
            events.append(intercept_requested(after, now))
        settled, shipped = settle(read.head, replaced(read.fulfilments, after), at=now)
        writes: list[Write] = [change_fulfilment(after)]
        if settled != read.head:
            writes.append(change_head(settled))
        writes += self._cases(fulfilment, event, left, source)
        planned = Writes(writes, [*events, *shipped]) + plan_answered(
            self._exceptions, fulfilment, by=BY_WAREHOUSE, because="the order was cancelled"
        )
        finished = after.state is not fulfilment.state
        return planned + self._plan_voids([after] if finished else [])

    def _cases(self, fulfilment: Fulfilment, event: str, left: bool, source: Source) -> list[Write]:
        kinds = []
        if event == "accept" and left:
            kinds.append(ExceptionKind.CANCELLED_AFTER_SHIPPING)
        unasked = fulfilment.cancel is FulfilmentCancel.NONE and not fulfilment.emptied
        if event == "accept" and unasked:
            kinds.append(ExceptionKind.CANCELLED_BY_WAREHOUSE)
        return [self._case(kind, fulfilment, source) for kind in kinds]

    def _contradiction(self, fulfilment: Fulfilment, event: str, source: Source) -> list[Write]:
        """A WMS that keeps what is cancelled here will ship it."""
        ended = (FulfilmentState.CANCELLED, FulfilmentState.REJECTED)
        if event == "refuse" and fulfilment.state in ended:
            return [self._case(ExceptionKind.KEPT_AFTER_CANCEL, fulfilment, source)]
        return []

    def _case(self, kind: ExceptionKind, fulfilment: Fulfilment, source: Source) -> Write:
        return case(
            kind,
            fulfilment.no,
            _SENTENCES[kind],
            message_id=source.message_id,
            at=self._clock.now(),
        )

    def _plan_voids(self, fulfilments: Sequence[Fulfilment]) -> Writes:
        """Gives the reserved stock back: here, or by event where it is too much for one commit."""
        writes = Writes()
        for fulfilment in fulfilments:
            parts = list(reservation_parts(fulfilment))
            if len(writes) + sum(1 + len(lines) for _, lines in parts) > MOST_VOIDED:
                writes += Writes([], [void_wanted(fulfilment, self._clock.now())])
                continue
            for name, _ in parts:
                writes += self._stock.plan_void(reservation=name, at=self._clock.now())
        return writes

    def void_cancelled(self, fulfilment_no: str) -> None:
        """Gives back what a fulfilment still reserves: all if it is cancelled or closed, else what
        it has no units for any more. Again, it does nothing.
        """
        fulfilment = self._store.fulfilment(fulfilment_no).fulfilment
        if fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.SHORT_CLOSED):
            self._reserving.void(fulfilment)
        else:
            self._reserving.give_surplus(fulfilment)


_SENTENCES = {
    ExceptionKind.CANCELLED_AFTER_SHIPPING: (
        "the warehouse says cancelled of what it has shipped before"
    ),
    ExceptionKind.KEPT_AFTER_CANCEL: "the warehouse won't cancel what is cancelled here",
    ExceptionKind.CANCELLED_BY_WAREHOUSE: "the warehouse cancelled what nobody had asked back",
}


def _after_request(fulfilment: Fulfilment, now: datetime) -> Fulfilment:
    """Asked back where the WMS may have it (it has, if it confirmed anything), gone where it surely
    hasn't, else as it is.
    """
    confirmed = bool(fulfilment.shipments) and FULFILMENT.can(fulfilment.state, "cancel")
    if fulfilment.state in AT_WMS or confirmed:
        if not FULFILMENT_CANCEL.can(fulfilment.cancel, "request"):
            return fulfilment
        asked = FULFILMENT_CANCEL.advance(fulfilment.cancel, "request")
        return replace(fulfilment, cancel=asked)
    if FULFILMENT.can(fulfilment.state, "cancel"):
        accepted = FULFILMENT_CANCEL.advance(fulfilment.cancel, "accept")
        return _gone(replace(fulfilment, cancel=accepted), now)
    return fulfilment


def _gone(fulfilment: Fulfilment, now: datetime) -> Fulfilment:
    state = FULFILMENT.advance(fulfilment.state, "cancel")
    return replace(fulfilment, state=state, cancelled_at=now)


def _request_event(after: Sequence[Fulfilment], asked: bool) -> str:
    if asked:
        return "request"
    whole = all(each.state is FulfilmentState.CANCELLED or each.emptied for each in after)
    return "cancel" if whole else "cancel_part"


def _on_the_way(live: Sequence[Fulfilment]) -> bool:
    """Whether the answer to an earlier request is still to come, or has been given."""
    return any(each.cancel in ASKED_BACK | TAKEN_BACK for each in live)


def _result_row(fulfilment: Fulfilment, event: str, *, source: Source, at: datetime) -> TrackRow:
    moves = FULFILMENT_CANCEL.can(fulfilment.cancel, event)
    after = FULFILMENT_CANCEL.advance(fulfilment.cancel, event) if moves else fulfilment.cancel
    return TrackRow(
        at=at,
        kind="cancel_accepted" if event == "accept" else "cancel_refused",
        subject=fulfilment.no,
        axis="fulfilment_cancel" if moves else "",
        before=fulfilment.cancel.value if moves else "",
        after=after.value if moves else "",
        message=source,
    )
