"""What the warehouse gateway tells about a return before anything is counted: plans, never commits.

Each plan reads, and its writes are refused as `stale_return` (or `stale_returns`, `stale_order`) if
another was faster: plan again. Told twice, a plan is empty.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.outcomes import case
from chalicelib.orders.returns.ending import plan_end
from chalicelib.orders.returns.events import return_cancelled
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.orders.returns.rows import change_return
from chalicelib.orders.returns.states import RETURN, RETURN_CANCEL, ReturnCancel, ReturnState
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.orders.store import OrderStore


class ReturnSending:
    """Plans for `warehouse`."""

    def __init__(self, *, store: ReturnStore, orders: OrderStore, clock: Clock) -> None:
        self._store = store
        self._orders = orders
        self._clock = clock

    def plan_claim(self, found: ReturnOrder) -> Writes:
        """The claim before the WMS is told for the first time: from then on only the WMS's word
        cancels it. `Conflict` (`return_cancelled`) where nothing is to be sent any more.
        """
        if found.state in (ReturnState.CANCELLED, ReturnState.REJECTED):
            raise Conflict("return_cancelled", "it was cancelled before it went out")
        if not RETURN.can(found.state, "dispatch"):
            return Writes()
        claimed = replace(found, state=RETURN.advance(found.state, "dispatch"))
        return Writes([change_return(claimed)])

    def plan_sent(self, no: str, wms_id: str, source: Source, at: datetime) -> Writes:
        """The WMS has it, under its own id."""
        found = self._store.return_order(no)
        if found.sent_at is not None or not RETURN.can(found.state, "send"):
            return Writes()
        state = RETURN.advance(found.state, "send")
        sent = replace(found, state=state, wms_id=wms_id, sent_at=at, sent_by=source)
        return Writes([change_return(sent)])

    def plan_signed(self, no: str, source: Source, at: datetime) -> Writes:
        """Its parcel has arrived and isn't opened yet."""
        found = self._store.return_order(no)
        if found.signed_at is not None or not RETURN.can(found.state, "sign"):
            return Writes()
        state = RETURN.advance(found.state, "sign")
        return Writes([change_return(replace(found, state=state, signed_at=at, signed_by=source))])

    def plan_cancel_result(
        self, no: str, *, accepted: bool, source: Source, at: datetime
    ) -> Writes:
        """The WMS's word. Accepted: cancelled, and its units are free; refused: it goes on. A WMS
        that cancels what has come already is noted, and a person is told.
        """
        found = self._store.return_order(no)
        event = "accept" if accepted else "refuse"
        if not RETURN_CANCEL.can(found.cancel, event):
            return Writes()
        after = replace(found, cancel=RETURN_CANCEL.advance(found.cancel, event))
        if after.cancel is not ReturnCancel.ACCEPTED:
            return Writes([change_return(after)])
        if found.receipts or not RETURN.can(found.state, "cancel"):
            text = "the warehouse says cancelled of a return whose goods have come"
            kind = ExceptionKind.RETURN_CANCELLED_AFTER_ARRIVAL
            told = case(kind, no, text, message_id=source.message_id, at=self._clock.now())
            return Writes([change_return(after), told])
        gone = replace(after, state=RETURN.advance(found.state, "cancel"), ended_at=at)
        head, book = self._orders.head(found.order_no), self._store.book(found.order_no)
        ended = Writes([change_return(gone)]) + plan_end(head, book, gone)
        return ended + Writes([], return_cancelled(gone, at))
