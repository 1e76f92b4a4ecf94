"""Transfers that go to a WMS whole: one document for both warehouses, which it reports on by
running totals, instead of a leg for each.

The legs are there all the same: what a report says left is confirmed on the out leg, and what
arrived on the in leg, once what left is booked (`arrivals`). So whatever dies, a report is accepted
with all that follows from it, or not at all, and each step after it may be said again.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Check, Equals, Writes
from chalicelib.movements.orders.accepting import check_lines
from chalicelib.movements.orders.confirming import listed
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine, MovementOrder
from chalicelib.movements.orders.service import MovementOrders
from chalicelib.movements.states import MOVEMENT, MovementEvent
from chalicelib.movements.transfers.model import Transfer, went_whole
from chalicelib.movements.transfers.store import (
    STALE_TRANSFER,
    TransferStore,
    change_transfer,
    put_told,
    put_waiting,
    put_wms_number,
    transfer_key,
)
from chalicelib.movements.transfers.totals import (
    Increments,
    Progress,
    Side,
    Totals,
    booked,
    increments,
    is_older,
    what_arrived,
    what_left,
)


class WholeTransfers:
    """Plans of transfers that go whole."""

    def __init__(self, *, store: TransferStore, clock: Clock, orders: MovementOrders) -> None:
        self._store = store
        self._clock = clock
        self._orders = orders

    def transfer(self, no: str) -> Transfer:
        """One transfer; `NotFound` if there is none."""
        found = self._store.transfer(no)
        if found is None:
            raise NotFound("unknown_transfer", "there is no such transfer")
        return found

    def of_wms_number(self, wms: str, number: str) -> str | None:
        """The number of the transfer that a WMS knows by a number of its own."""
        return self._store.of_wms_number(wms, number)

    # --- it goes to the warehouses

    def plan_whole(self, no: str) -> Writes:
        """It goes whole from now on; again: empty. Refusal: `stale_transfer`."""
        transfer = self.transfer(no)
        return Writes() if transfer.whole else Writes([change_transfer(went_whole(transfer))])

    def plan_as_legs(self, no: str) -> Writes | None:
        """The condition on which its legs may go: that it doesn't go whole meanwhile. None: it goes
        whole. Refusal: `stale_transfer`.
        """
        transfer = self.transfer(no)
        if transfer.whole:
            return None
        unchanged = Equals("version", transfer.version)
        return Writes([Check(key=transfer_key(no), condition=unchanged, refusal=STALE_TRANSFER)])

    def plan_sent(self, no: str, wms: str, wms_id: str, *, source: Source, at: datetime) -> Writes:
        """The WMS has it, under its own number ("": it told none), by which it is found from now
        on. Told again the same: empty. Another number than before: `Conflict`.
        """
        out = self._orders.order(self.transfer(no).out_leg)
        return self._plan_number(no, wms, wms_id) + self._orders.plan_sent(
            out.no, wms_id, source, at
        )

    def _plan_number(self, no: str, wms: str, wms_id: str) -> Writes:
        # A number that another transfer has is left to that one.
        if not wms_id or self._store.of_wms_number(wms, wms_id) is not None:
            return Writes()
        return Writes([put_wms_number(no, wms, wms_id)])

    def plan_cancel_result(self, no: str, *, accepted: bool, source: Source) -> Writes:
        """The WMS's word on a cancel of the whole, which is one of its out leg."""
        out = self.transfer(no).out_leg
        return self._orders.plan_cancel_result(out, accepted=accepted, source=source)

    # --- it reports

    def plan_known(self, no: str, wms: str, wms_id: str, source: Source) -> Writes:
        """A report shows that the WMS has it, even if the answer that said so got lost."""
        transfer = self.transfer(no)
        out = self._orders.order(transfer.out_leg)
        untold = out.sent_at is None or (wms_id and not out.wms_id)
        if not transfer.whole or not untold or MovementEvent.SEND not in MOVEMENT[out.state]:
            return Writes()
        return self.plan_sent(no, wms, wms_id, source=source, at=self._clock.now())

    def plan_progress(self, progress: Progress) -> Writes:
        """Accepts what a report says beyond what is booked: what left as a confirmation of the out
        leg, what arrived as one that waits for it. An older report: empty. Totals that fell are
        left as they are booked, with a case. `Refused`: as `MovementOrders.plan_confirmation`.
        Refusals of the writes: `stale_transfer_totals`, `confirmation_taken`.
        """
        transfer = self.transfer(progress.transfer)
        told = self._store.told(transfer.no)
        gone = self._orders.confirmations(transfer.out_leg)
        come = self._orders.confirmations(transfer.in_leg) + self._store.waiting(transfer.no)
        left = increments(progress.lines, what_left, booked(gone))
        arrived = increments(progress.lines, what_arrived, booked(come))
        fallen = (*left.fallen, *arrived.fallen)
        if fallen and not left.lines and not arrived.lines and is_older(progress, told):
            return Writes()
        writes = Writes([put_told(transfer.no, told.and_then(progress))])
        writes += self._plan_left(transfer, progress, left, gone)
        moved = any(booked(gone).values()) or bool(left.lines)
        writes += self._plan_arrived(transfer, progress, arrived, come, moved=moved)
        return writes + self._plan_fallen(transfer, progress, fallen)

    def _plan_left(
        self, transfer: Transfer, progress: Progress, left: Increments, before: list[Confirmation]
    ) -> Writes:
        short = progress.left.final and not any(each.final for each in before)
        if short and not left.lines:
            short = not _complete(self._orders.order(transfer.out_leg), booked(before))
        if not left.lines and not short:
            return Writes()
        confirmation = self._confirmation(transfer.out_leg, progress, progress.left, left.lines)
        return self._orders.plan_confirmation(confirmation)

    def _plan_arrived(
        self,
        transfer: Transfer,
        progress: Progress,
        arrived: Increments,
        before: list[Confirmation],
        *,
        moved: bool,
    ) -> Writes:
        last = moved and progress.arrived.final and not any(each.final for each in before)
        if not arrived.lines and not last:
            return Writes()
        check_lines(arrived.lines)
        waits = self._confirmation(transfer.in_leg, progress, progress.arrived, arrived.lines)
        event = Event(
            id=f"TransferLegChanged:{transfer.in_leg}:{waits.id}",
            kind="TransferLegChanged",
            subject=transfer.no,
            occurred_at=self._clock.now(),
            correlation=transfer.no,
            data={"leg": transfer.in_leg},
        )
        return Writes([put_waiting(transfer.no, waits)], [event])

    def _confirmation(
        self, leg: str, progress: Progress, side: Side, lines: tuple[ConfirmedLine, ...]
    ) -> Confirmation:
        return Confirmation(
            id=self._orders.confirmation_number(),
            order=leg,
            warehouse=side.warehouse,
            lines=lines,
            final=side.final,
            occurred_at=side.at or progress.received_at,
            posting_date=side.posting_date,
            message_id=progress.message_id,
        )

    def _plan_fallen(
        self, transfer: Transfer, progress: Progress, fallen: tuple[str, ...]
    ) -> Writes:
        if not fallen:
            return Writes()
        kind = ExceptionKind.TRANSFER_TOTALS_FELL
        case = ExceptionCase(
            id=f"{kind}:{transfer.no}:{progress.message_id}",
            kind=kind,
            document=transfer.no,
            text=f"{listed(fallen)} fell below what was told before; what is booked stays",
            message_id=progress.message_id,
            raised_at=self._clock.now(),
        )
        return Writes([plan_exception(case)])


def _complete(order: MovementOrder, moved: Totals) -> bool:
    """Whether all that was wanted has moved, as it was wanted."""
    return all(moved.get(key, 0) >= pieces for key, pieces in order.wanted.items())
