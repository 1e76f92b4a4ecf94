"""Purchase orders as entry orders (entryorder.create)."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Writes
from chalicelib.purchasing.states import PurchaseCancel, PurchaseState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import entryorder
from chalicelib.warehouse.composing import (
    PURCHASE,
    entry_order,
    reference,
)
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.parts import part_exists, sending
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
    Prepared,
    Question,
    Settlement,
    Wait,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Catalog, Purchasing


class EntryJob(Job):
    """A purchase order as an entry order."""

    refusal_needs_a_person = True

    def __init__(
        self, *, clock: Clock, catalog: Catalog, purchasing: Purchasing, readiness: Readiness
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._purchasing = purchasing
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The order as it is, or the part of it that is next; nothing where it was cancelled or is
        known to be there.
        """
        order = self._purchasing.purchase_order(dispatch.document)
        if order.state is PurchaseState.CANCELLED:
            return Drop(reason="cancelled")
        if order.sent_at is not None:
            return Done(reason="sent_before", writes=Writes())
        if order.cancel is PurchaseCancel.PENDING:
            return Wait(reason="cancel_pending")
        codes = [line.sku for line in order.lines]
        known = self._readiness.of(connection.code, order.warehouse, codes)
        if known.wait is not None:
            return known.wait
        unknown = self._readiness.supplier(connection, order.supplier)
        if unknown is not None:
            return unknown
        document = entry_order(
            connection,
            order,
            self._catalog.supplier(order.supplier),
            skus=self._catalog.skus(codes),
            item_ids=known.item_ids,
            expected=self._purchasing.expected(order),
        )
        return sending(
            dispatch, document, entryorder.write_create, most_lines=connection.most_lines
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """entryorder.query."""
        asked = reference(
            connection,
            dispatch.document,
            dispatch.warehouse,
            order_type=PURCHASE,
            wms_id=dispatch.wms_id,
        )
        return (
            Question(
                method=methods.ENTRYORDER_QUERY,
                content=entryorder.write_query(asked),
                read=entryorder.read_query,
                judge=lambda found: part_exists(found, dispatch),
            ),
        )

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The purchase order is sent."""
        return self._purchasing.plan_sent(
            dispatch.document, settlement.wms_id, settlement.source, self._clock.now()
        )
