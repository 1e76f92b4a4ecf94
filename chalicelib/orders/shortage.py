"""What a warehouse can't ship of a fulfilment goes to another one: plans, never commits.

The units it lacks are taken out of the fulfilment (which is cancelled when none is left), their
stock is free again, and they stand on the order's head as `unsourced` until the router has found
another warehouse (`SourcingWanted`). A fulfilment that the WMS rejects goes the same way, whole.
What a WMS then ships in spite of it is booked by `shipping.py`, with a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Write, Writes
from chalicelib.orders.events import cancel_requested, sourcing_wanted
from chalicelib.orders.model import (
    Assignment,
    Fulfilment,
    OrderHead,
    TrackRow,
    came_back,
    order_no_of,
    without_units,
)
from chalicelib.orders.outcomes import case, replaced, settle
from chalicelib.orders.progress import carried_on
from chalicelib.orders.reserving import Reserving
from chalicelib.orders.rows import change_fulfilment, change_head, put_track, track_key
from chalicelib.orders.states import (
    ASKED_BACK,
    FULFILMENT,
    FULFILMENT_CANCEL,
    SHIPPED_STATES,
    SOURCING,
    FulfilmentState,
    OrderCancel,
)
from chalicelib.orders.store import OrderStore, Together

NAMED_IN_ROW = 10
"""SKUs that a track row names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """Pieces that a WMS says it can't ship: of a line of the fulfilment if it names one, else of
    any of the SKU. None pieces: all that it hasn't confirmed.
    """

    sku: str
    quantity: int | None
    line_no: int | None = None


class Shortage:
    """`plan_shortage` and `plan_rejected`, for `dispatching` and `warehouse`."""

    def __init__(self, *, store: OrderStore, clock: Clock, reserving: Reserving) -> None:
        self._store = store
        self._clock = clock
        self._reserving = reserving

    def plan_shortage(
        self,
        fulfilment_no: str,
        lacking: Sequence[Lacking] | None,
        *,
        source: Source,
        at: datetime,
    ) -> Writes:
        """Takes what the WMS lacks (None: everything not confirmed) out of the fulfilment and has
        it sourced again, without this warehouse and those it was tried at before; where the order
        is being cancelled the pieces are given up instead. Told twice (the same message) it is
        empty. After the WMS's last word on the fulfilment, or for more than is left in it, a
        person is told.

        Each message counts for itself: a WMS that reports the same pieces in two messages is
        believed twice, as far as there are pieces. Refusals, to be planned again:
        `stale_fulfilment`, `stale_order`, `stale_reservation`.
        """
        read, fulfilment = self._read(fulfilment_no)
        row = _row(fulfilment, "short", source=source, at=at)
        identity = f"{fulfilment_no}#short#{source.message_id}"
        if self._store.exists(track_key(fulfilment.order_no, row, identity)):
            return Writes()
        taken, excess = match(fulfilment, lacking)
        named = _named(fulfilment, taken)
        row = replace(row, text=named, recorded_at=self._clock.now())
        track: list[Write] = [put_track(row, identity)]
        if fulfilment.state in (FulfilmentState.CANCELLED, FulfilmentState.REJECTED):
            return Writes(track)
        if _closed(read, fulfilment):
            text = "the warehouse lacks pieces of what it has closed or its order has ended"
            return Writes(
                [*track, self._case(ExceptionKind.SHORT_AFTER_CLOSE, fulfilment, text, source)]
            )
        if excess:
            text = f"the warehouse lacks more than the fulfilment still has: {_counted(excess)}"
            track.append(self._case(ExceptionKind.SHORT_OF_MORE, fulfilment, text, source))
        if not any(taken.values()):
            return Writes(track)
        after, units = without_units(fulfilment, read.order.lines, taken)
        return self._moved(read, self._shrunk(fulfilment, after), units) + Writes(track)

    def plan_rejected(
        self, fulfilment_no: str, code: str, *, source: Source, at: datetime
    ) -> Writes:
        """The WMS won't have a fulfilment that it has shipped nothing of: all its units are sourced
        again elsewhere. `code` is the WMS's own.
        """
        read, fulfilment = self._read(fulfilment_no)
        rejected = replace(
            fulfilment, state=FULFILMENT.advance(fulfilment.state, "reject"), refusal_code=code
        )
        emptied, units = without_units(rejected, read.order.lines, fulfilment.unconfirmed)
        row = replace(
            _row(fulfilment, "rejected", source=source, at=at),
            axis="fulfilment",
            before=fulfilment.state.value,
            after=rejected.state.value,
            text=code,
            recorded_at=self._clock.now(),
        )
        track = put_track(row, f"{fulfilment_no}#rejected")
        return self._moved(read, emptied, units) + Writes([track])

    def _read(self, fulfilment_no: str) -> tuple[Together, Fulfilment]:
        read = self._store.together(order_no_of(fulfilment_no))
        for each in read.fulfilments:
            if each.no == fulfilment_no:
                return read, each
        raise NotFound("unknown_fulfilment", "there is no such fulfilment")

    def _shrunk(self, before: Fulfilment, after: Fulfilment) -> Fulfilment:
        """The fulfilment without its short units: cancelled if none is left, done if the WMS has
        confirmed all the others.
        """
        if after.emptied:
            cancel = after.cancel
            if FULFILMENT_CANCEL.can(cancel, "accept"):
                cancel = FULFILMENT_CANCEL.advance(cancel, "accept")
            state = FULFILMENT.advance(before.state, "cancel")
            return replace(after, state=state, cancel=cancel, cancelled_at=self._clock.now())
        booked = set(after.posted) == set(after.shipments)
        if not any(after.unconfirmed.values()) and booked:
            state = FULFILMENT.advance(before.state, "ship_all")
            return carried_on(replace(after, state=state, shipped_at=self._clock.now()))
        return after

    def _moved(self, read: Together, after: Fulfilment, units: Iterable[Assignment]) -> Writes:
        """The fulfilment without the units, and where these are now."""
        now = self._clock.now()
        before = next(each for each in read.fulfilments if each.no == after.no)
        head, events = self._taken_over(read.head, before, units)
        settled, shipped = settle(head, replaced(read.fulfilments, after), at=now)
        events += shipped
        if after.state is FulfilmentState.CANCELLED and before.cancel not in ASKED_BACK:
            # The WMS still has it, and mustn't ship it when goods come in.
            events.append(cancel_requested(after, now))
        writes: list[Write] = [change_fulfilment(after)]
        if settled != read.head:
            writes.append(change_head(settled))
        return Writes(writes, events) + self._reserving.plan_release(after)

    def _taken_over(
        self, head: OrderHead, fulfilment: Fulfilment, units: Iterable[Assignment]
    ) -> tuple[OrderHead, list[Event]]:
        ending = head.cancel in (OrderCancel.PENDING, OrderCancel.CANCELLED)
        if ending or fulfilment.cancel in ASKED_BACK:
            return replace(head, dropped=(*head.dropped, *units)), []
        tried = (*fulfilment.tried, fulfilment.warehouse)
        unsourced = came_back(units, head.unsourced, tried=tried)
        again = SOURCING.advance(head.sourcing, "again")
        back = replace(head, sourcing=again, unsourced=unsourced)
        return back, [sourcing_wanted(head, self._clock.now())]

    def _case(
        self, kind: ExceptionKind, fulfilment: Fulfilment, text: str, source: Source
    ) -> Write:
        name = f"{fulfilment.no}:{source.message_id}"
        return case(kind, name, text, message_id=source.message_id, at=self._clock.now())


def match(
    fulfilment: Fulfilment, lacking: Sequence[Lacking] | None
) -> tuple[dict[int, int], dict[str, int]]:
    """Pieces per line number that are lacking, and pieces per SKU that no line has left.

    Lines that are named are served first; what names none is taken from the SKU's lines in their
    order. A line whose number and SKU contradict each other is matched by its SKU.
    """
    open_pieces = dict(fulfilment.unconfirmed)
    if lacking is None:
        return open_pieces, {}
    taken = dict.fromkeys(open_pieces, 0)
    excess: dict[str, int] = {}
    skus = {line.line_no: line.sku for line in fulfilment.lines}
    for each in sorted(lacking, key=lambda each: skus.get(each.line_no or 0) != each.sku):
        named = each.line_no is not None and skus.get(each.line_no) == each.sku
        lines = [no for no, sku in skus.items() if sku == each.sku]
        if named:
            lines = [no for no in lines if no == each.line_no]
        there = sum(open_pieces[no] for no in lines)
        wanted = there if each.quantity is None else max(0, each.quantity)
        for no in lines:
            piece = min(wanted, open_pieces[no])
            open_pieces[no] -= piece
            taken[no] += piece
            wanted -= piece
        if wanted > 0:
            excess[each.sku] = excess.get(each.sku, 0) + wanted
    return taken, excess


def _closed(read: Together, fulfilment: Fulfilment) -> bool:
    """Whether the WMS has said its last word, or the order has gone on (to its invoice)."""
    ended = read.head.shipped_at is not None
    return ended or fulfilment.final or fulfilment.state in SHIPPED_STATES


def _row(fulfilment: Fulfilment, kind: str, *, source: Source, at: datetime) -> TrackRow:
    return TrackRow(at=at, kind=kind, subject=fulfilment.no, message=source)


def _named(fulfilment: Fulfilment, taken: Mapping[int, int]) -> str:
    pieces: dict[str, int] = {}
    for line in fulfilment.lines:
        pieces[line.sku] = pieces.get(line.sku, 0) + taken.get(line.line_no, 0)
    return _counted({sku: count for sku, count in pieces.items() if count})


def _counted(pieces: Mapping[str, int]) -> str:
    named = [f"{sku} x {count}" for sku, count in list(pieces.items())[:NAMED_IN_ROW]]
    rest = len(pieces) - NAMED_IN_ROW
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(named) + more
