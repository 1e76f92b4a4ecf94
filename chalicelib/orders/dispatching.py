"""What the warehouse gateway tells about a fulfilment before anything ships: plans, never commits.

Each plan reads, and its writes are refused as `stale_fulfilment` (or `stale_order`,
`tracked_already`) if another was faster: plan again. Told twice, a plan is empty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Write, Writes
from chalicelib.orders.cancelling import Cancelling
from chalicelib.orders.events import cancel_requested
from chalicelib.orders.model import Fulfilment, TrackRow
from chalicelib.orders.outcomes import case
from chalicelib.orders.progress import progressed
from chalicelib.orders.rows import change_fulfilment, put_track, track_key
from chalicelib.orders.shortage import Shortage
from chalicelib.orders.states import ASKED_BACK, FULFILMENT, FulfilmentCancel, FulfilmentState
from chalicelib.orders.store import OrderStore


class Dispatching:
    """Plans for `warehouse`."""

    def __init__(
        self, *, store: OrderStore, clock: Clock, cancelling: Cancelling, shortage: Shortage
    ) -> None:
        self._store = store
        self._clock = clock
        self._cancelling = cancelling
        self._shortage = shortage

    def plan_dispatching(self, fulfilment_no: str) -> Writes:
        """The claim before the WMS is told for the first time: from then on only the WMS's word
        cancels the fulfilment. Empty where it was claimed before; `Conflict`
        (`fulfilment_cancelled`) where nothing is to be sent any more.
        """
        return self.plan_claim(self._store.fulfilment(fulfilment_no).fulfilment)[0]

    def plan_claim(self, fulfilment: Fulfilment) -> tuple[Writes, Fulfilment]:
        """`plan_dispatching` of a fulfilment as read, and the fulfilment as it is after that."""
        if fulfilment.state is FulfilmentState.CANCELLED:
            raise Conflict("fulfilment_cancelled", "it was cancelled before it went out")
        if not FULFILMENT.can(fulfilment.state, "dispatch"):
            return Writes(), fulfilment
        claimed = _moved(fulfilment, "dispatch")
        after = replace(claimed, version=claimed.version + 1)
        return Writes([change_fulfilment(claimed)]), after

    def plan_accepted(
        self,
        fulfilment_no: str,
        wms_order_id: str,
        *,
        source: Source,
        at: datetime,
        read: Fulfilment | None = None,
    ) -> Writes:
        """The WMS has it, under its own id. Later news may have come before: its state stays.

        If it was cancelled here meanwhile, the WMS is asked to cancel and a person is told; as is
        if the WMS has it under two ids. `read` is the fulfilment where the caller has just written
        it: refused, it is planned again without.
        """
        fulfilment = read or self._store.fulfilment(fulfilment_no).fulfilment
        if fulfilment.accepted_at is not None:
            if not wms_order_id or wms_order_id == fulfilment.wms_order_id:
                return Writes()
            if fulfilment.wms_order_id:
                return Writes([self._case(ExceptionKind.WMS_ORDER_DIFFERS, fulfilment, source)])
        known = replace(
            fulfilment,
            wms_order_id=wms_order_id,
            accepted_at=fulfilment.accepted_at or at,
            accepted_by=fulfilment.accepted_by or source,
        )
        if fulfilment.state in _NOT_WANTED:
            kind = _NOT_WANTED[fulfilment.state]
            return Writes(
                [change_fulfilment(known), self._case(kind, known, source)],
                [self._cancel_again(known)],
            )
        if FULFILMENT.can(known.state, "accept"):
            # `state_at` is for the WMS's own clock; this moment may be ours.
            known = _moved(known, "accept")
        return Writes([change_fulfilment(known)])

    def plan_refused(
        self, fulfilment_no: str, code: str, *, source: Source, at: datetime
    ) -> Writes:
        """The WMS won't have it: `REJECTED`, and its units are sourced again elsewhere. Where a
        cancel was pending, that is what it meant; of what has left it is only noted.

        The WMS's own words aren't kept here (they may name the buyer); `source` leads to them.
        """
        fulfilment = self._store.fulfilment(fulfilment_no).fulfilment
        if fulfilment.cancel in (*ASKED_BACK, FulfilmentCancel.ACCEPTED):
            return self._cancelling.plan_cancel_result(
                fulfilment_no, accepted=True, raw=code, source=source, at=at
            )
        if fulfilment.state is FulfilmentState.REJECTED:
            return Writes()
        if fulfilment.shipments or not FULFILMENT.can(fulfilment.state, "reject"):
            return self._noted(fulfilment, "rejected", code, source=source, at=at)
        return self._shortage.plan_rejected(fulfilment_no, code, source=source, at=at)

    def plan_progress(
        self, fulfilment_no: str, status: str, *, at: datetime, source: Source, raw: str = ""
    ) -> Writes:
        """A step in the warehouse or on the way, at the WMS's own time `at`.

        `status` is the `FulfilmentState` it means, or any other word, which only enters the track;
        `raw` the WMS's own code. Every step enters the track, once; what it makes of the
        fulfilment is `progress.progressed`'s, the same in whatever order steps come.
        """
        fulfilment = self._store.fulfilment(fulfilment_no).fulfilment
        after = progressed(fulfilment, status, at)
        row = _row(fulfilment, after.state, "step", raw or status, source=source, at=at)
        identity = f"{fulfilment_no}#{status}#{raw}"
        if self._store.exists(track_key(fulfilment.order_no, row, identity)):
            return Writes()
        track: list[Write] = [self._track(row, identity)]
        if after == fulfilment:
            return Writes(track)
        return Writes([change_fulfilment(after), *track])

    def _noted(
        self, fulfilment: Fulfilment, kind: str, text: str, *, source: Source, at: datetime
    ) -> Writes:
        """Into the track only."""
        row = _row(fulfilment, fulfilment.state, kind, text, source=source, at=at)
        if self._store.exists(track_key(fulfilment.order_no, row, f"{fulfilment.no}#{kind}")):
            return Writes()
        return Writes([self._track(row, kind)])

    def _track(self, row: TrackRow, identity: str) -> Write:
        name = identity if identity.startswith(row.subject) else f"{row.subject}#{identity}"
        recorded = replace(row, recorded_at=self._clock.now())
        return put_track(recorded, name)

    def _case(self, kind: ExceptionKind, fulfilment: Fulfilment, source: Source) -> Write:
        return case(
            kind,
            fulfilment.no,
            _SENTENCES[kind],
            message_id=source.message_id,
            at=self._clock.now(),
        )

    def _cancel_again(self, fulfilment: Fulfilment) -> Event:
        return cancel_requested(fulfilment, self._clock.now())


_SENTENCES = {
    ExceptionKind.WMS_ORDER_DIFFERS: (
        "the warehouse accepted this fulfilment again under another id"
    ),
    ExceptionKind.ACCEPTED_AFTER_CANCEL: (
        "the warehouse accepted a fulfilment that was cancelled here"
    ),
    ExceptionKind.ACCEPTED_AFTER_REJECT: (
        "the warehouse accepted a fulfilment that it had rejected before"
    ),
}

_NOT_WANTED = {
    FulfilmentState.CANCELLED: ExceptionKind.ACCEPTED_AFTER_CANCEL,
    FulfilmentState.REJECTED: ExceptionKind.ACCEPTED_AFTER_REJECT,
}
"""What a person is told where the WMS accepts a fulfilment that has come to its end here."""


def _moved(fulfilment: Fulfilment, event: str) -> Fulfilment:
    return replace(fulfilment, state=FULFILMENT.advance(fulfilment.state, event))


def _row(
    fulfilment: Fulfilment,
    after: FulfilmentState,
    kind: str,
    text: str,
    *,
    source: Source,
    at: datetime,
) -> TrackRow:
    moved = after is not fulfilment.state
    return TrackRow(
        at=at,
        kind=kind,
        subject=fulfilment.no,
        axis="fulfilment" if moved else "",
        before=fulfilment.state.value if moved else "",
        after=after.value if moved else "",
        text=text,
        message=source,
    )
