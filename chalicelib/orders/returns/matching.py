"""A parcel that nobody claimed, placed by a person: its booking in suspense is taken back, and the
goods are booked as what they are, returned units of an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.exception_book import STALE_EXCEPTION, ExceptionBook
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.ports import OrderNumbers
from chalicelib.orders.returns.ending import plan_open
from chalicelib.orders.returns.events import receipt_accepted
from chalicelib.orders.returns.model import (
    Placement,
    ReturnBook,
    ReturnedLine,
    ReturnKind,
    ReturnLine,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    place,
    receipt_id,
    returnable,
)
from chalicelib.orders.returns.receiving import issues_of
from chalicelib.orders.returns.requesting import PREFIX, STALE
from chalicelib.orders.returns.rows import (
    RECEIPT_TAKEN,
    STALE_PARCEL,
    change_parcel,
    change_return,
    new_receipt,
    new_return,
)
from chalicelib.orders.returns.states import ENDS, UNCLAIMED, UNDER_WAY, UnclaimedState
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.orders.store import OrderStore, Together

TRIES = 8
FROM_PARCEL = "UNCLAIMED"
"""The source of a return that a matched parcel led to; its id is the parcel's."""


class Matching:
    """`match`, for a person."""

    def __init__(
        self,
        *,
        store: ReturnStore,
        orders: OrderStore,
        transaction: Transaction,
        clock: Clock,
        numbers: OrderNumbers,
        exceptions: ExceptionBook,
    ) -> None:
        self._store = store
        self._orders = orders
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._exceptions = exceptions

    def match(
        self, parcel_id: str, *, by: str, return_no: str = "", fulfilment_no: str = ""
    ) -> ReturnOrder:
        """The return whose goods these are: one that is under way, or a new one of a fulfilment's
        units, approved by this. Said again, it changes nothing.

        `Refused` (`parcel_does_not_fit`) unless every piece is a unit that may come back.
        """
        for _ in range(TRIES):
            parcel = self._parcel(parcel_id)
            if parcel.state is UnclaimedState.MATCHED:
                return self._matched(parcel, return_no, fulfilment_no)
            if parcel.state in ENDS:
                raise Conflict("parcel_ended", f"it is {parcel.state.value}")
            if return_no:
                writes = self._plan_known(parcel, self._store.return_order(return_no), by)
            else:
                writes = self._plan_new(parcel, self._orders.fulfilment(fulfilment_no), by)
            try:
                self._transaction.commit(writes)
            except ConditionFailed as failed:
                others = {*STALE, STALE_PARCEL, RECEIPT_TAKEN, STALE_EXCEPTION}
                if not others & set(failed.refusals):
                    raise
        raise Unavailable("others keep changing what the parcel belongs to")

    def _parcel(self, parcel_id: str) -> UnclaimedParcel:
        found = self._store.parcel(parcel_id)
        if found is None:
            raise NotFound("unknown_parcel", "there is no such parcel")
        return found

    def _matched(self, parcel: UnclaimedParcel, return_no: str, fulfilment_no: str) -> ReturnOrder:
        found = self._store.return_order(parcel.matched_to)
        if found.no != return_no and found.fulfilment_no != fulfilment_no:
            raise Conflict("parcel_matched", "it was matched to something else")
        return found

    def _plan_known(self, parcel: UnclaimedParcel, found: ReturnOrder, by: str) -> Writes:
        if found.state not in UNDER_WAY or found.owner != parcel.owner:
            text = "no return that is under way and of the parcel's owner"
            raise Refused("parcel_does_not_fit", text, field="return_no")
        issues = issues_of(self._orders.fulfilment(found.fulfilment_no), self._orders)
        batches = {unit: issue.batch for unit, issue in issues.items()}
        placement = _fitting(found.lines, parcel.lines, batches, "return_no")
        receipt = _receipt(found, parcel, placement, final=False)
        counted = replace(found, lines=placement.lines, receipts=(*found.receipts, receipt.id))
        writes = Writes([change_return(counted)])
        return writes + self._plan_taken(counted, receipt, parcel, by)

    def _plan_new(self, parcel: UnclaimedParcel, read: Together, by: str) -> Writes:
        order, now = read.order, self._clock.now()
        if order.owner != parcel.owner:
            raise Refused("parcel_does_not_fit", "of another owner", field="fulfilment_no")
        book = self._store.book(order.no)
        issues = issues_of(read, self._orders)
        batches = {unit: issue.batch for unit, issue in issues.items()}
        free = _returnable_lines(read.fulfilment, book)
        fitting = _fitting(free, parcel.lines, batches, "fulfilment_no")
        # Only the units that came are announced: nothing is missing of it.
        lines = tuple(
            replace(line, units=tuple(unit for unit, _ in line.found))
            for line in fitting.lines
            if line.found
        )
        found = ReturnOrder(
            no=self._numbers.document_number(PREFIX),
            order_no=order.no,
            fulfilment_no=read.fulfilment.no,
            shop=order.shop,
            owner=order.owner,
            warehouse=parcel.warehouse,
            kind=ReturnKind.RETURN,
            source=FROM_PARCEL,
            source_id=parcel.id,
            digest="",
            lines=lines,
            requested_at=now,
            requested_by=by,
            waybill=parcel.waybill,
            decided_at=now,
            decided_by=by,
            final=True,
        )
        receipt = _receipt(found, parcel, fitting, final=True)
        counted = replace(found, receipts=(receipt.id,))
        writes = Writes([new_return(counted)]) + plan_open(read.head, book, counted)
        return writes + self._plan_taken(counted, receipt, parcel, by)

    def _plan_taken(
        self, counted: ReturnOrder, receipt: ReturnReceipt, parcel: UnclaimedParcel, by: str
    ) -> Writes:
        now = self._clock.now()
        matched = replace(
            parcel,
            state=UNCLAIMED.advance(parcel.state, "match"),
            matched_to=counted.no,
            matched_by=by,
            matched_at=now,
        )
        writes = Writes(
            [change_parcel(matched), new_receipt(receipt)],
            [receipt_accepted(counted, receipt, now)],
        )
        because = f"matched to return {counted.no}"
        return writes + self._exceptions.plan_settled(parcel.case, by=by, because=because)


def _returnable_lines(fulfilment: Fulfilment, book: ReturnBook) -> list[ReturnLine]:
    """What of a fulfilment may come back, as the lines of a return."""
    return [
        ReturnLine(
            line_no=line.line_no,
            order_line_no=line.order_line_no,
            fulfilment_line_no=line.line_no,
            sku=line.sku,
            units=returnable(fulfilment, line, book),
        )
        for line in fulfilment.lines
    ]


def _fitting(
    lines: Sequence[ReturnLine],
    came: Sequence[ReturnedLine],
    batches: dict[tuple[int, int], str],
    field: str,
) -> Placement:
    placement = place(lines, came, batches)
    if placement.unplaced:
        skus = ", ".join(dict.fromkeys(line.sku for line in placement.unplaced))
        raise Refused("parcel_does_not_fit", f"no units to come back of {skus}", field=field)
    return placement


def _receipt(
    found: ReturnOrder, parcel: UnclaimedParcel, placement: Placement, *, final: bool
) -> ReturnReceipt:
    return ReturnReceipt(
        id=receipt_id(found.no, parcel.id),
        return_no=found.no,
        warehouse=parcel.warehouse,
        lines=placement.placed,
        final=final,
        occurred_at=parcel.occurred_at,
        posting_date=parcel.posting_date,
        message_id=parcel.message_id,
        parcel=parcel.id,
    )
