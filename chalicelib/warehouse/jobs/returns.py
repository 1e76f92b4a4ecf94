"""Returns announced to the warehouse (returnorder.create)."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Writes
from chalicelib.orders.returns.states import ReturnCancel, ReturnState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import returnorder
from chalicelib.warehouse.composing import RETURN_TYPES, reference, return_order
from chalicelib.warehouse.connections import Connection
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
    Wait,
    exists,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import Catalog, Returns

_TO_BE_SENT = frozenset({ReturnState.APPROVED, ReturnState.DISPATCHING})


class ReturnJob(Job):
    """A return as a return order."""

    refusal_needs_a_person = True

    def __init__(
        self, *, clock: Clock, catalog: Catalog, returns: Returns, readiness: Readiness
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._returns = returns
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The return; nothing where it is cancelled, or where the WMS has shown it has it."""
        del ahead
        found = self._returns.return_order(dispatch.document)
        if found.state in (ReturnState.CANCELLED, ReturnState.REJECTED):
            return Drop(reason="cancelled")
        if found.state not in _TO_BE_SENT:
            return Done(reason="there_already", writes=Writes())
        if found.cancel is ReturnCancel.PENDING:
            return Wait(reason="cancel_pending")
        codes = [line.sku for line in found.lines]
        known = self._readiness.of(connection.code, found.warehouse, codes)
        if known.wait is not None:
            return known.wait
        read = self._returns.to_announce(found.no)
        document = return_order(
            connection, read, shop=self._catalog.shop(found.shop), item_ids=known.item_ids
        )
        return Send(
            content=returnorder.write_create(document),
            revision=dispatch.revision,
            writes=self._returns.plan_claim(read.order),
            under=read.key,
        )

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """returnorder.query. What "there is none" looks like is the connection's `failures`."""
        found = self._returns.return_order(dispatch.document)
        asked = reference(
            connection,
            found.no,
            found.warehouse,
            order_type=RETURN_TYPES[found.kind],
            wms_id=found.wms_id,
        )
        return (
            Question(
                method=methods.RETURNORDER_QUERY,
                content=returnorder.write_query(asked),
                read=returnorder.read_query,
                judge=lambda answer: exists(answer, dispatch.document),
            ),
        )

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """The WMS expects the goods."""
        return self._returns.plan_sent(
            dispatch.document, settlement.wms_id, settlement.source, self._clock.now()
        )
