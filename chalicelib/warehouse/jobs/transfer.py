"""Transfers that go whole (transferorder.create): one document for both warehouses."""

from __future__ import annotations

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import Writes
from chalicelib.movements.states import MovementCancel, MovementState
from chalicelib.warehouse import methods
from chalicelib.warehouse.codec.outgoing import transferorder
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.transferorder import TransferQuery
from chalicelib.warehouse.jobs.readiness import Readiness
from chalicelib.warehouse.jobs.steps import (
    Ahead,
    Done,
    Drop,
    Job,
    Judge,
    Prepared,
    Question,
    Send,
    Settlement,
    Wait,
    exists,
)
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.ports import MovementOrders, WholeTransfers
from chalicelib.warehouse.transfers import transfer_order


class TransferJob(Job):
    """A transfer between two warehouses of one WMS; where it stands is its out leg's to say."""

    refusal_needs_a_person = True

    def __init__(
        self,
        *,
        clock: Clock,
        movements: MovementOrders,
        transfers: WholeTransfers,
        readiness: Readiness,
    ) -> None:
        self._clock = clock
        self._movements = movements
        self._transfers = transfers
        self._readiness = readiness

    def prepare(self, dispatch: Dispatch, connection: Connection, ahead: Ahead) -> Prepared:
        """The transfer as it is; nothing where it was cancelled or is known to be there."""
        transfer = self._transfers.transfer(dispatch.document)
        out = self._movements.order(transfer.out_leg)
        if out.state is MovementState.CANCELLED:
            return Drop(reason="cancelled")
        if out.sent_at is not None:
            return Done(reason="sent_before", writes=Writes())
        if out.cancel is MovementCancel.REQUESTED:
            return Wait(reason="cancel_pending")
        codes = [line.sku for line in transfer.lines]
        for warehouse in (transfer.from_warehouse, transfer.to_warehouse):
            known = self._readiness.of(connection.code, warehouse, codes)
            if known.wait is not None:
                return known.wait
        content = transferorder.write_create(transfer_order(connection, transfer))
        return Send(content=content, revision=dispatch.revision)

    def questions(self, dispatch: Dispatch, connection: Connection) -> tuple[Question, ...]:
        """transferorder.query."""
        asked = TransferQuery(
            owner_code=connection.owner, order_code=dispatch.document, order_id=dispatch.wms_id
        )
        return (asking_transfer(asked, judge=lambda found: exists(found, dispatch.document)),)

    def plan_acknowledged(self, dispatch: Dispatch, settlement: Settlement) -> Writes:
        """It is sent, and found by the WMS's own number from now on."""
        return self._transfers.plan_sent(
            dispatch.document,
            dispatch.wms,
            settlement.wms_id,
            source=settlement.source,
            at=self._clock.now(),
        )


def asking_transfer(asked: TransferQuery, *, judge: Judge) -> Question:
    """How a WMS is asked about a transfer that went to it whole."""
    return Question(
        method=methods.TRANSFERORDER_QUERY,
        content=transferorder.write_query(asked),
        read=transferorder.read_status,
        judge=judge,
    )
