"""Asking for a return, and a person's word on it: approved, rejected, cancelled, settled, refunded.

Who asks is known by (shop, source, id): the same again gets the same return. Everything that a
return touches stands in one transaction: itself, the order's book of returned units, the order's
axis `after_sale`, and the order that is sent in exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused, Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.model import Fulfilment, FulfilmentLine, Purpose, order_no_of
from chalicelib.orders.ports import Catalog, OrderNumbers
from chalicelib.orders.returns.ending import plan_end, plan_open
from chalicelib.orders.returns.events import (
    return_approved,
    return_cancel_requested,
    return_cancelled,
    return_inspected,
)
from chalicelib.orders.returns.intake import Asking, ReshipmentInput, ReturnInput, ReturnLineInput
from chalicelib.orders.returns.model import (
    ReturnBook,
    ReturnKind,
    ReturnLine,
    ReturnOrder,
    refund_total,
    refunds,
    returnable,
    shipped_units,
)
from chalicelib.orders.returns.reissuing import Reissue, Reissuing
from chalicelib.orders.returns.rows import (
    RETURN_TAKEN,
    STALE_RETURN,
    STALE_RETURNS,
    change_return,
    new_return,
    put_reshipment_source,
    put_source,
    source_key,
)
from chalicelib.orders.returns.states import (
    AT_WMS,
    RETURN,
    RETURN_CANCEL,
    ReturnCancel,
    ReturnState,
)
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.orders.rows import STALE_ORDER, put_waybill
from chalicelib.orders.store import OrderStore, Taken, Together

TRIES = 8
PREFIX = "TH"
STALE = frozenset({RETURN_TAKEN, STALE_RETURN, STALE_RETURNS, STALE_ORDER})


class Requesting:
    """Use cases of people and of the shops' systems."""

    def __init__(
        self,
        *,
        store: ReturnStore,
        orders: OrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        numbers: OrderNumbers,
        reissuing: Reissuing,
    ) -> None:
        self._store = store
        self._orders = orders
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._numbers = numbers
        self._reissuing = reissuing

    def request(self, given: ReturnInput, asking: Asking) -> tuple[ReturnOrder, bool]:
        """The return, and whether it is new. `Refused` names the line whose units haven't left, or
        are in a return already; `Conflict` (`return_differs`) for another content under the id.
        """
        for _ in range(TRIES):
            before = self._store.taken(asking.shop, asking.source, given.id)
            if before is not None:
                return self._repeated(before, given.digest()), False
            wanted, writes = self._plan_request(given, asking)
            try:
                self._transaction.commit(writes)
            except ConditionFailed as failed:
                if not STALE & set(failed.refusals):
                    raise
            else:
                return wanted, True
        raise Unavailable("others keep changing the order")

    def _repeated(self, before: Taken, digest: str) -> ReturnOrder:
        if before.digest != digest:
            raise Conflict("return_differs", "this id was used with another content", field="id")
        return self._store.return_order(before.no)

    def _plan_request(self, given: ReturnInput, asking: Asking) -> tuple[ReturnOrder, Writes]:
        read = self._of_shop(given.fulfilment_no, asking.shop)
        book = self._store.book(read.order.no)
        lines = _lines(read.fulfilment, book, given)
        self._reissuing.check(read.order.owner, given.exchange, field="exchange")
        wanted = ReturnOrder(
            # Numbered last: what is refused takes no number.
            no="",
            order_no=read.order.no,
            fulfilment_no=given.fulfilment_no,
            shop=read.order.shop,
            owner=read.order.owner,
            warehouse=self._warehouse(given, read),
            kind=given.kind,
            source=asking.source,
            source_id=given.id,
            digest=given.digest(),
            lines=lines,
            requested_at=self._clock.now(),
            requested_by=asking.by,
            with_freight=given.with_freight,
            waybill=given.waybill,
            carrier_code=given.carrier_code,
            words=self._orders.sealed_words(read.order.no, given.reason),
            message=asking.message,
            exchange=given.exchange,
        )
        wanted = replace(wanted, no=self._numbers.document_number(PREFIX))
        writes = Writes([put_source(wanted)]) + plan_open(read.head, book, wanted)
        if given.waybill:
            writes += Writes([put_waybill(given.waybill, wanted.no)])
        if given.approved:
            wanted, approving = self._approved(wanted, asking.by, read)
            writes += approving
        return wanted, writes + Writes([new_return(wanted)]) + asking.row(wanted.no)

    def _of_shop(self, fulfilment_no: str, shop: str) -> Together:
        read = self._orders.fulfilment(fulfilment_no)
        if read.order.shop != shop:
            # Another shop's is answered as if it weren't there.
            raise NotFound("unknown_fulfilment", "there is no such fulfilment")
        return read

    def _warehouse(self, given: ReturnInput, read: Together) -> str:
        if not given.warehouse:
            return read.fulfilment.warehouse
        known = self._catalog.warehouse(given.warehouse, field="warehouse")
        if known.owner != read.order.owner:
            raise Refused("unknown_warehouse", "there is no such warehouse", field="warehouse")
        return known.code

    # --- a person's word

    def approve(self, no: str, *, by: str) -> ReturnOrder:
        """It is announced to the warehouse; of an exchange, what is sent instead is planned."""

        def plan(found: ReturnOrder) -> Writes:
            over = found.state in (ReturnState.REJECTED, ReturnState.CANCELLED)
            if found.decided_at is not None and not over:
                return Writes()
            approved, writes = self._approved(found, by, self._read(found))
            return writes + Writes([change_return(approved)])

        return self._change(no, plan)

    def _approved(self, wanted: ReturnOrder, by: str, read: Together) -> tuple[ReturnOrder, Writes]:
        now = self._clock.now()
        approved = replace(
            wanted,
            state=RETURN.advance(wanted.state, "approve"),
            decided_at=now,
            decided_by=by,
        )
        ships_first = self._catalog.shop(wanted.shop).exchange_ships_first
        approved, writes = self._with_exchange(approved, read, waits=not ships_first)
        return approved, writes + Writes([], [return_approved(approved, now)])

    def _with_exchange(
        self, wanted: ReturnOrder, read: Together, *, waits: bool
    ) -> tuple[ReturnOrder, Writes]:
        if wanted.kind is not ReturnKind.EXCHANGE or wanted.exchange_no:
            return wanted, Writes()
        no, writes = self._reissuing.plan(
            Reissue(
                purpose=Purpose.EXCHANGE,
                order=read.order,
                fulfilment_no=wanted.fulfilment_no,
                cause=wanted.no,
                lines=wanted.exchange,
                digest=wanted.digest,
                waits=waits,
                message=wanted.message,
            )
        )
        return replace(wanted, exchange_no=no), writes

    def reject(self, no: str, *, by: str) -> ReturnOrder:
        """It won't be taken; its units are free again."""

        def plan(found: ReturnOrder) -> Writes:
            if found.state is ReturnState.REJECTED:
                return Writes()
            now = self._clock.now()
            rejected = replace(
                found,
                state=RETURN.advance(found.state, "reject"),
                decided_at=now,
                decided_by=by,
                ended_at=now,
            )
            return self._plan_end(rejected)

        return self._change(no, plan)

    def cancel(self, no: str) -> ReturnOrder:
        """Cancelled at once where no WMS may have it; else the WMS is asked, and its word decides.
        `Conflict` (`return_arrived`) once goods have come.
        """

        def plan(found: ReturnOrder) -> Writes:
            if found.state is ReturnState.CANCELLED or found.cancel is ReturnCancel.PENDING:
                return Writes()
            if found.receipts or found.state is ReturnState.REJECTED:
                raise Conflict("return_arrived", "goods have come, or it was rejected")
            now = self._clock.now()
            if found.state in AT_WMS:
                asked = replace(found, cancel=RETURN_CANCEL.advance(found.cancel, "request"))
                return Writes([change_return(asked)], [return_cancel_requested(asked, now)])
            state = RETURN.advance(found.state, "cancel")
            gone = replace(found, state=state, ended_at=now)
            return self._plan_end(gone) + Writes([], return_cancelled(gone, now))

        return self._change(no, plan)

    def settle(self, no: str, *, by: str) -> ReturnOrder:
        """A person takes what came for all that comes: the refund is due for the units that are
        here, and an exchange is sent.
        """

        def plan(found: ReturnOrder) -> Writes:
            if found.settled_at is not None:
                return Writes()
            if set(found.posted) != set(found.receipts):
                raise Conflict("return_not_booked", "what came isn't booked yet: in a moment")
            now, read = self._clock.now(), self._read(found)
            if found.state is not ReturnState.INSPECTED:
                raise IllegalTransition(RETURN.name, found.state, "settle")
            settled, writes = self._with_exchange(found, read, waits=False)
            worth = refunds(read.order, settled)
            due = settled.kind is ReturnKind.RETURN and refund_total(worth) > 0
            settled = replace(
                settled,
                state=RETURN.advance(settled.state, "refund" if due else "close"),
                settled_at=now,
                settled_by=by,
                ended_at=None if due else now,
            )
            ended = Writes([change_return(settled)]) if due else self._plan_end(settled)
            return writes + ended + Writes([], [return_inspected(settled, worth, now)])

        return self._change(no, plan)

    def refunded(self, no: str, reference: str) -> ReturnOrder:
        """Finance has paid it back, under a reference of its own; that closes the return."""

        def plan(found: ReturnOrder) -> Writes:
            if found.state is ReturnState.CLOSED and found.refund_reference == reference:
                return Writes()
            if found.state is not ReturnState.REFUND_PENDING:
                raise IllegalTransition(RETURN.name, found.state, "refunded")
            if set(found.posted) != set(found.receipts):
                raise Conflict("return_not_booked", "what came isn't booked yet: in a moment")
            closed = replace(
                found,
                state=RETURN.advance(found.state, "close"),
                refund_reference=reference,
                ended_at=self._clock.now(),
            )
            return self._plan_end(closed)

        return self._change(no, plan)

    def reship(self, given: ReshipmentInput, *, shop: str) -> tuple[str, bool]:
        """Goods once more, without a price: the number of their order, and whether it is new."""
        read = self._of_shop(given.fulfilment_no, shop)
        source = f"RESHIPMENT-{order_no_of(given.fulfilment_no)}"
        for _ in range(TRIES):
            before = self._store.taken(shop, source, given.id)
            if before is not None:
                if before.digest != given.digest():
                    text = "this id was used with another content"
                    raise Conflict("reshipment_differs", text, field="id")
                return before.no, False
            self._reissuing.check(read.order.owner, given.lines, field="lines")
            no, writes = self._reissuing.plan(
                Reissue(
                    purpose=Purpose.RESHIPMENT,
                    order=read.order,
                    fulfilment_no=given.fulfilment_no,
                    cause=given.fulfilment_no,
                    lines=given.lines,
                    digest=given.digest(),
                )
            )
            key = source_key(shop, source, given.id)
            try:
                self._transaction.commit(
                    writes + Writes([put_reshipment_source(key, no, given.digest())])
                )
            except ConditionFailed as failed:
                if RETURN_TAKEN not in failed.refusals:
                    raise
            else:
                return no, True
        raise Unavailable("others keep asking for the same")

    # --- what they have in common

    def _read(self, found: ReturnOrder) -> Together:
        return self._orders.fulfilment(found.fulfilment_no)

    def _plan_end(self, ended: ReturnOrder) -> Writes:
        head, book = self._orders.head(ended.order_no), self._store.book(ended.order_no)
        return Writes([change_return(ended)]) + plan_end(head, book, ended)

    def _change(self, no: str, plan: Callable[[ReturnOrder], Writes]) -> ReturnOrder:
        for _ in range(TRIES):
            writes = plan(self._store.return_order(no))
            try:
                if len(writes):
                    self._transaction.commit(writes)
            except ConditionFailed as failed:
                if not STALE & set(failed.refusals):
                    raise
            else:
                return self._store.return_order(no)
        raise Unavailable(f"return {no} was changed by others {TRIES} times")


def _lines(fulfilment: Fulfilment, book: ReturnBook, given: ReturnInput) -> tuple[ReturnLine, ...]:
    """The lines with their units, each of which has left and is in no return."""
    by_no = {line.line_no: line for line in fulfilment.lines}
    lines = []
    for at, asked in enumerate(given.lines):
        place = f"lines[{at}]"
        line = by_no.get(asked.line_no)
        if line is None:
            raise Refused("unknown_line", "no line of the fulfilment", field=f"{place}.line_no")
        lines.append(
            ReturnLine(
                line_no=at + 1,
                order_line_no=line.order_line_no,
                fulfilment_line_no=line.line_no,
                sku=line.sku,
                units=_units(fulfilment, line, book, asked, place=place),
            )
        )
    return tuple(lines)


def _units(
    fulfilment: Fulfilment,
    line: FulfilmentLine,
    book: ReturnBook,
    asked: ReturnLineInput,
    *,
    place: str,
) -> tuple[int, ...]:
    free = returnable(fulfilment, line, book)
    if asked.quantity:
        if len(free) < asked.quantity:
            text = f"{len(free)} pieces have left and are in no return"
            raise Refused("too_few_units", text, field=f"{place}.quantity")
        return free[: asked.quantity]
    shipped = shipped_units(fulfilment, line)
    for at, unit in enumerate(asked.units):
        field = f"{place}.units[{at}]"
        if unit not in shipped:
            raise Refused("unit_not_shipped", "this piece hasn't left", field=field)
        if unit not in free:
            raise Refused("unit_returned", "this piece is in a return already", field=field)
    return asked.units
