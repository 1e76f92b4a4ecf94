"""Adjustment orders as adjustments that a WMS is to make (inventory.synchronize).

The protocol knows no parts of one, and no query for one: after a lost answer its steps are asked
for (orderprocess.query), and a WMS that can't tell leaves it to a person. Quantities are signed
whatever the dialect, since the message has no other word for its direction.
"""

from __future__ import annotations

from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Writes
from chalicelib.movements.adjusting.model import AdjustmentOrder
from chalicelib.movements.adjusting.states import AdjustmentOrderState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import inventory, ordercontrol
from chalicelib.warehouse.composing import reference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.inventory import AdjustedItem, StockAdjustment
from chalicelib.warehouse.documents.parts import ProductionBatch, RelatedOrder
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
    Prepared,
    Question,
    Send,
    Settlement,
    exists,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import AdjustmentOrders

_CANCELLED = frozenset({AdjustmentOrderState.CANCELLED})
_MADE = frozenset(
    {AdjustmentOrderState.PART_MADE, AdjustmentOrderState.MADE, AdjustmentOrderState.CLOSED}
)


class AdjustmentJob(Job):
    """An adjustment that was ordered here."""

    refusal_needs_a_person = True

    def __init__(
        self, *, clock: Clock, adjustments: AdjustmentOrders, readiness: Readiness
    ) -> None:
        self._clock = clock
        self._adjustments = adjustments
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """All of it. A WMS that isn't told of adjustments, and has never been of this one: what was
        ordered is booked, in the commit that ends the dispatch.
        """
        del ahead
        order = self._adjustments.order(dispatch.document)
        if order.state in _CANCELLED:
            return Drop(reason="cancelled")
        if order.sent_at is not None or order.state in _MADE:
            return Done(reason="sent_before", writes=Writes())
        if not connection.takes_adjustments and not dispatch.sent:
            return Done(reason="booked_here", writes=self._adjustments.plan_made_here(order))
        codes = [line.sku for line in order.lines]
        known = self._readiness.of(connection.code, order.warehouse, codes)
        if known.wait is not None:
            return known.wait
        content = inventory.write_synchronize(
            _adjustment(connection, order, item_ids=known.item_ids)
        )
        return Send(
            content=content,
            revision=dispatch.revision,
            writes=self._adjustments.plan_told(order),
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """Its steps: there is no query for adjustments."""
        order = self._adjustments.order(dispatch.document)
        asked = reference(connection, order.no, order.warehouse, order_type="", wms_id=order.wms_id)
        return (
            Question(
                method=methods.ORDERPROCESS_QUERY,
                content=ordercontrol.write_query(asked),
                read=ordercontrol.read_query,
                judge=partial(exists, code=order.no),
            ),
        )

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS has it."""
        return self._adjustments.plan_sent(dispatch.document, settlement.wms_id, self._clock.now())

    def plan_refused(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS won't make it; it may be cancelled now."""
        del settlement
        return self._adjustments.plan_refused(dispatch.document)


def _adjustment(
    connection: Connection, order: AdjustmentOrder, *, item_ids: dict[str, str]
) -> StockAdjustment:
    return StockAdjustment(
        code=order.no,
        owner_code=connection.owner,
        warehouse_code=connection.warehouse_code(order.warehouse),
        adjusted_at=order.occurred_at,
        adjust_type=order.type,
        related=tuple(
            RelatedOrder(order_type=each.type, order_code=each.no) for each in order.related
        ),
        remark=order.reason,
        items=tuple(
            AdjustedItem(
                item_code=line.sku,
                quantity=line.quantity,
                item_id=item_ids[line.sku],
                inventory_type=line.inventory_type,
                batch=ProductionBatch(code=line.batch),
            )
            for line in order.lines
        ),
    )
