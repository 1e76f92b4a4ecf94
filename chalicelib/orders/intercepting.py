"""Intercepting (拦截): what has left the warehouse is stopped on the road, if the carrier can.

Asked for by a person, or by itself after a refused cancel. The WMS passes it on to the carrier, and
says later, as a step, what came of it. Goods that were intercepted have left all the same: their
way back is a return, and a person sees to it.

Where nothing is said in time (`warehouse.unanswered` knows when) it is INTERCEPT_UNANSWERED, with a
case in the same transaction. An answer that comes late counts all the same, and settles the case.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.exception_book import STALE_EXCEPTION, ExceptionBook
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.orders.events import intercept_requested
from chalicelib.orders.model import Fulfilment, OrderHead, TrackRow
from chalicelib.orders.outcomes import case
from chalicelib.orders.rows import STALE_FULFILMENT, change_fulfilment, put_track, track_key
from chalicelib.orders.states import (
    FULFILMENT_CANCEL,
    TAKEN_BACK,
    FulfilmentCancel,
    FulfilmentState,
)
from chalicelib.orders.store import OrderStore

TRIES = 8
_ARRIVED = frozenset({FulfilmentState.SIGNED, FulfilmentState.REFUSED, FulfilmentState.CANCELLED})
UNANSWERED = "intercept_unanswered"
BY_WAREHOUSE = "warehouse"
"""Who settles a case whose answer came late."""

_ASKED = frozenset({FulfilmentCancel.INTERCEPTING, *TAKEN_BACK})


class Intercepting:
    """`intercept`, and what became of it."""

    def __init__(
        self,
        *,
        store: OrderStore,
        transaction: Transaction,
        clock: Clock,
        exceptions: ExceptionBook,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._exceptions = exceptions

    def intercept(self, order_no: str, *, by: str) -> OrderHead:
        """Asks for every fulfilment on the road to be stopped; a second time changes nothing.

        `Conflict` (`nothing_to_intercept`) when nothing is on the road: what is still in a
        warehouse is cancelled, what has arrived is returned.
        """
        for _ in range(TRIES):
            read = self._store.together(order_no)
            wanted = [each for each in read.fulfilments if _can_be_stopped(each)]
            if not wanted:
                if any(each.cancel in _ASKED and each.shipments for each in read.fulfilments):
                    return read.head
                raise Conflict("nothing_to_intercept", "nothing of the order is on the road")
            try:
                self._transaction.commit(self._asked(wanted, by))
            except ConditionFailed as failed:
                if not {STALE_FULFILMENT, STALE_EXCEPTION} & set(failed.refusals):
                    raise
            else:
                return read.head
        raise Unavailable(f"order {order_no} was changed by others {TRIES} times")

    def _asked(self, wanted: list[Fulfilment], by: str) -> Writes:
        now = self._clock.now()
        writes = Writes()
        for before in wanted:
            after = to_be_stopped(before, now)
            row = replace(_row(before, after, "intercept_requested", at=now), details={"by": by})
            writes += Writes(
                [change_fulfilment(after), put_track(row, f"{after.no}#intercept#{after.version}")],
                [intercept_requested(after, now)],
            )
            writes += plan_answered(self._exceptions, before, by=by, because="asked for again")
        return writes

    def plan_intercept_result(
        self, fulfilment_no: str, *, stopped: bool, source: Source, at: datetime, raw: str = ""
    ) -> Writes:
        """What the WMS says came of it, asked for or not; told twice it is empty. A person is told
        of what was stopped (it comes back) and of what was asked for and couldn't be. A case that
        it was unanswered is settled by it.

        Refusals, to be planned again: `stale_fulfilment`, `stale_exception`.
        """
        before = self._store.fulfilment(fulfilment_no).fulfilment
        event = "intercepted" if stopped else "intercept_fail"
        kind = "intercepted" if stopped else "intercept_failed"
        after = before
        if FULFILMENT_CANCEL.can(before.cancel, event):
            after = replace(before, cancel=FULFILMENT_CANCEL.advance(before.cancel, event))
        row = replace(
            _row(before, after, kind, at=at),
            text=raw,
            message=source,
            recorded_at=self._clock.now(),
        )
        identity = f"{fulfilment_no}#{kind}"
        if self._store.exists(track_key(before.order_no, row, identity)):
            return Writes()
        writes: list[Write] = [put_track(row, identity)]
        if after != before:
            writes = [change_fulfilment(after), *writes, self._case(kind, after, source)]
        return Writes(writes) + plan_answered(
            self._exceptions, before, by=BY_WAREHOUSE, because=f"the answer came late: {kind}"
        )

    def plan_unanswered(self, fulfilment_no: str, *, source: Source) -> Writes:
        """Nobody knows what came of it, and it has waited long enough: a case for a person, who was
        asked for it last in the message of `source` ("": nobody could be asked). Empty unless it
        waits. Refusal, to be planned again: `stale_fulfilment`.
        """
        before = self._store.fulfilment(fulfilment_no).fulfilment
        if not FULFILMENT_CANCEL.can(before.cancel, "overdue"):
            return Writes()
        now = self._clock.now()
        after = replace(before, cancel=FULFILMENT_CANCEL.advance(before.cancel, "overdue"))
        row = replace(_row(before, after, UNANSWERED, at=now), message=source)
        told = self._case(UNANSWERED, after, source)
        track = put_track(row, f"{after.no}#{UNANSWERED}#{after.version}")
        return Writes([change_fulfilment(after), track, told])

    def _case(self, kind: str, fulfilment: Fulfilment, source: Source) -> Write:
        name, sentence = _CASES[kind]
        return case(
            name,
            fulfilment.no,
            sentence,
            message_id=source.message_id,
            at=self._clock.now(),
        )


_CASES = {
    "intercepted": (
        ExceptionKind.PARCEL_INTERCEPTED,
        "the parcel was stopped on the road and comes back",
    ),
    "intercept_failed": (
        ExceptionKind.INTERCEPT_FAILED,
        "the parcel couldn't be stopped on the road",
    ),
    UNANSWERED: (
        ExceptionKind.INTERCEPT_UNANSWERED,
        "the warehouse hasn't said whether the parcel was stopped on the road",
    ),
}


def to_be_stopped(before: Fulfilment, at: datetime) -> Fulfilment:
    """The fulfilment once it is asked for; from then on its answer is waited for."""
    cancel = FULFILMENT_CANCEL.advance(before.cancel, "intercept")
    return replace(before, cancel=cancel, intercept_asked_at=at)


def plan_answered(
    exceptions: ExceptionBook, before: Fulfilment, *, by: str, because: str
) -> Writes:
    """Settles the case of an intercept that was unanswered; empty of any other. Refusal, to be
    planned again: `stale_exception`.
    """
    if before.cancel is not FulfilmentCancel.INTERCEPT_UNANSWERED:
        return Writes()
    name = f"{ExceptionKind.INTERCEPT_UNANSWERED}:{before.no}"
    return exceptions.plan_settled(name, by=by, because=because)


def _can_be_stopped(fulfilment: Fulfilment) -> bool:
    """Whether something of it is on the road, as far as we know, and isn't stopped already."""
    on_the_road = bool(fulfilment.shipments) and fulfilment.state not in _ARRIVED
    return on_the_road and FULFILMENT_CANCEL.can(fulfilment.cancel, "intercept")


def _row(before: Fulfilment, after: Fulfilment, kind: str, *, at: datetime) -> TrackRow:
    moves = after.cancel is not before.cancel
    return TrackRow(
        at=at,
        kind=kind,
        subject=before.no,
        axis="fulfilment_cancel" if moves else "",
        before=before.cancel.value if moves else "",
        after=after.cancel.value if moves else "",
    )
