"""Adjustment orders come in signed or by hand; their warehouse system is told, and what it reports
is booked as adjustments. Where it isn't told of adjustments, nobody else would make them: what was
ordered is booked at once, on the word of who ordered it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.exceptions import plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.movements.adjusting.model import (
    AdjustmentOrder,
    AdjustmentOrderInput,
    MadeLine,
    content_digest,
    made,
)
from chalicelib.movements.adjusting.states import (
    AdjustmentOrderEvent,
    AdjustmentOrderState,
    next_adjustment_order,
)
from chalicelib.movements.adjusting.store import (
    STALE_ADJUSTMENT_ORDER,
    AdjustmentOrderStore,
    change_order,
    create_order,
)
from chalicelib.movements.adjusting.telling import booked_line, cases_of, ordered_event
from chalicelib.movements.adjustment_service import UNKNOWN_SKU, AdjustmentService
from chalicelib.movements.ports import DocumentNumbers
from chalicelib.stock.model import Kind
from chalicelib.stock.planning import commit_replanning

PREFIX = "AO"
RULE = "own_document"
"""What tells the kind of an adjustment that was ordered."""

HERE = "here"
"""The key of what no WMS reports."""


class AdjustmentOrders:
    """Use cases of adjustment orders."""

    def __init__(
        self,
        *,
        store: AdjustmentOrderStore,
        transaction: Transaction,
        clock: Clock,
        numbers: DocumentNumbers,
        catalog: CatalogService,
        adjustments: AdjustmentService,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._catalog = catalog
        self._adjustments = adjustments

    # --- reads

    def order(self, no: str) -> AdjustmentOrder:
        """An adjustment order; `NotFound` if there is none."""
        order = self._store.order(no)
        if order is None:
            raise NotFound("unknown_adjustment_order", "there is no such adjustment order")
        return order

    def orders(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's adjustment orders, the newest first, and where to go on."""
        return self._store.order_numbers(warehouse, limit=limit, cursor=cursor)

    # --- an order comes in

    def take(
        self,
        source: str,
        given: AdjustmentOrderInput,
        message: Source,
        *,
        by: str,
        row: Callable[[str], Writes] | None = None,
    ) -> tuple[AdjustmentOrder, bool]:
        """Takes an adjustment that `by` orders; the order, and whether it is new. `row` tells what
        the caller wants committed with a new one.

        The same content under the same id: the order of then. Other content: `Conflict`. What isn't
        there or isn't in use: `Refused` with its field.
        """
        digest = content_digest(given)
        before = self._store.identity(source, given.id)
        if before is not None:
            return self.order(before.repeated(digest)), False
        self._check_names(given)
        order = self._new_order(source, given, message, by=by)
        writes = Writes(create_order(order), [ordered_event(order)])
        try:
            self._transaction.commit(writes + (Writes() if row is None else row(order.no)))
        except ConditionFailed:
            before = self._store.identity(source, given.id)
            if before is None:
                raise
            return self.order(before.repeated(digest)), before.no == order.no
        return order, True

    def _check_names(self, given: AdjustmentOrderInput) -> None:
        warehouse = self._catalog.warehouse(given.warehouse, field="warehouse")
        if not warehouse.active:
            raise Refused("warehouse_not_in_use", "nothing moves there now", field="warehouse")
        if not warehouse.stock_open:
            text = "its opening stock isn't closed: what lies there belongs into that"
            raise Refused("stock_not_open", text, field="warehouse")
        known = self._catalog.skus(line.sku for line in given.lines)
        for at, line in enumerate(given.lines):
            sku = known.get(line.sku)
            if sku is None:
                raise Refused("unknown_sku", "there is no such sku", field=f"lines[{at}].sku")
            if sku.owner != given.owner:
                text = "this SKU is of another owner"
                raise Refused("other_owner", text, field=f"lines[{at}].sku")

    def _new_order(
        self, source: str, given: AdjustmentOrderInput, message: Source, *, by: str
    ) -> AdjustmentOrder:
        return AdjustmentOrder(
            no=self._numbers.document_number(PREFIX),
            source=source,
            source_id=given.id,
            warehouse=given.warehouse,
            owner=given.owner,
            type=given.type,
            reason=given.reason,
            related=given.related,
            lines=given.lines,
            state=AdjustmentOrderState.ORDERED,
            ordered_by=by,
            occurred_at=given.occurred_at,
            created_at=self._clock.now(),
            message=message,
            content_digest=content_digest(given),
            closed_month=given.closed_month,
        )

    def cancel(self, no: str) -> AdjustmentOrder:
        """Cancels what no WMS has been told of, or has refused. What it was told of, or has made in
        part, is waited for no more (CLOSED); if it is made after all it is booked, with a case.
        Again: nothing. `IllegalTransition` once all is made.
        """

        def plan() -> Writes:
            order = self.order(no)
            state = next_adjustment_order(order.state, AdjustmentOrderEvent.CANCEL)
            if state is order.state:
                return Writes()
            return Writes([change_order(replace(order, state=state, version=order.version + 1))])

        commit_replanning(self._transaction, plan, also=[STALE_ADJUSTMENT_ORDER])
        return self.order(no)

    # --- it goes to the warehouse system

    def plan_told(self, order: AdjustmentOrder) -> Writes:
        """The message is about to go out: from here on it can't be cancelled. Refusal, to be
        planned again: `stale_adjustment_order`.
        """
        state = next_adjustment_order(order.state, AdjustmentOrderEvent.TELL)
        if state is order.state:
            return Writes()
        return Writes([change_order(replace(order, state=state, version=order.version + 1))])

    def plan_sent(self, no: str, wms_id: str, at: datetime) -> Writes:
        """The WMS has it, under its own id ("": it told none). Told again: empty `Writes`."""
        order = self.order(no)
        if order.sent_at is not None:
            return Writes()
        told = replace(order, wms_id=wms_id, sent_at=at, version=order.version + 1)
        return Writes([change_order(told)])

    def plan_refused(self, no: str) -> Writes:
        """The WMS won't make it. Nothing where it has reported that it did."""
        order = self.order(no)
        if order.state is not AdjustmentOrderState.TOLD:
            return Writes()
        state = next_adjustment_order(order.state, AdjustmentOrderEvent.REFUSE)
        return Writes([change_order(replace(order, state=state, version=order.version + 1))])

    # --- it is made

    def plan_made_here(self, order: AdjustmentOrder) -> Writes:
        """All that was ordered is an adjustment: its WMS isn't told of any. Refusals, to be planned
        again: `stale_adjustment_order`, `adjustment_known`.
        """
        lines = [
            MadeLine(
                sku=line.sku,
                quantity=line.quantity,
                inventory_type=line.inventory_type,
                batch=line.batch,
                path=f"{order.message.path}/lines/{at}",
                order_line_no=line.line_no,
            )
            for at, line in enumerate(order.lines)
        ]
        return self.plan_made(
            order,
            lines,
            key=HERE,
            source=order.message,
            occurred_at=order.occurred_at,
            warehouse=order.warehouse,
        )

    def plan_made(
        self,
        order: AdjustmentOrder,
        lines: Sequence[MadeLine],
        *,
        key: str,
        source: Source,
        occurred_at: datetime,
        warehouse: str,
    ) -> Writes:
        """What was made is an adjustment, as it happened, with a case for a person where it isn't
        what was ordered; SKUs that aren't ours make one in suspense. `key` tells
        the report from the order's others. Refusals as `plan_made_here`.
        """
        known = self._catalog.skus({line.sku for line in lines})
        moved = [line for line in lines if line.quantity]
        ours = [line for line in moved if line.sku in known]
        foreign = [line for line in moved if line.sku not in known]
        writes, numbers = Writes(), []
        for kind, rule, part in (
            (Kind.ADJUSTMENT, RULE, ours),
            (Kind.SUSPENSE, UNKNOWN_SKU, foreign),
        ):
            if not part:
                continue
            adjustment, planned = self._adjustments.plan_adjustment(
                warehouse=warehouse,
                key=f"{order.no}/{key}/{kind.value}",
                lines=[booked_line(each) for each in part],
                source=source,
                occurred_at=occurred_at,
                kind=kind,
                cause=order.type or order.no,
                rule=rule,
                closed_month=order.closed_month,
            )
            writes += planned
            numbers.append(adjustment.number)
        after = made(order, lines, adjustments=numbers)
        cases = cases_of(order, after, lines, message_id=source.message_id, at=self._clock.now())
        return writes + Writes([change_order(after), *map(plan_exception, cases)])
