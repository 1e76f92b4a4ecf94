"""Transfers: taken or drafted, approved, then led by what their legs do.

Goods that left are in transit until they arrive, worth what their issue cost; `closing` books what
never does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.movements.orders.approving import not_available
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.movements.orders.service import MovementOrders
from chalicelib.movements.orders.store import STALE_MOVEMENT
from chalicelib.movements.ports import DocumentNumbers
from chalicelib.movements.states import (
    ENDED,
    MOVING,
    MovementState,
    TransferEvent,
    TransferState,
    next_transfer,
)
from chalicelib.movements.transfers.arrivals import WaitingArrivals
from chalicelib.movements.transfers.model import (
    Transfer,
    TransferInput,
    content_digest,
    in_leg,
    out_leg,
)
from chalicelib.movements.transfers.store import (
    STALE_TRANSFER,
    TransferStore,
    change_transfer,
    create_transfer,
)
from chalicelib.movements.transfers.transit import InTransit, TransitBook
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.reserving import shortages

PREFIX = "TF"
BY_TRANSFER = "@transfer"


class Transfers:
    """Use cases of transfers."""

    def __init__(
        self,
        *,
        store: TransferStore,
        transaction: Transaction,
        clock: Clock,
        numbers: DocumentNumbers,
        catalog: CatalogService,
        orders: MovementOrders,
        transit: TransitBook,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._numbers = numbers
        self._catalog = catalog
        self._orders = orders
        self._transit = transit
        self._arrivals = WaitingArrivals(store=store, transaction=transaction, orders=orders)

    # --- reads

    def transfer(self, no: str) -> Transfer:
        """One transfer; `NotFound` if there is none."""
        found = self._store.transfer(no)
        if found is None:
            raise NotFound("unknown_transfer", "there is no such transfer")
        return found

    def transfers(
        self, warehouse: str, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """Numbers of the transfers that leave a warehouse, the newest first, and where to go on."""
        return self._store.numbers(warehouse, limit=limit, cursor=cursor)

    def in_transit(self, no: str) -> InTransit:
        """What left with a transfer, and what became of it."""
        return self._transit.in_transit(no)

    # --- taken, approved, cancelled

    def take(
        self,
        source: str,
        given: TransferInput,
        message: Source,
        *,
        approved_by: str = "",
        row: Callable[[str], Writes] | None = None,
    ) -> tuple[Transfer, bool]:
        """Takes a transfer with its out leg, approved by `approved_by` or else as a draft; the
        transfer, and whether it is new. Idempotent by (source, id) as a movement order is.
        """
        digest = content_digest(given)
        before = self._store.identity(source, given.id)
        if before is not None:
            return self.transfer(before.repeated(digest)), False
        self._catalog.warehouse(given.to_warehouse, field="to_warehouse")
        transfer = self._new(source, given, message, approved=bool(approved_by))
        writes = Writes() if row is None else row(transfer.no)
        leg = self._orders.plan_new(out_leg(transfer), approved_by=approved_by)
        try:
            self._transaction.commit(Writes(create_transfer(transfer)) + leg + writes)
        except ConditionFailed as failed:
            before = self._store.identity(source, given.id)
            if before is not None:
                return self.transfer(before.repeated(digest)), before.no == transfer.no
            if shortages(failed):
                raise not_available(list(shortages(failed))) from failed
            raise
        return transfer, True

    def approve(self, no: str, *, by: str) -> Transfer:
        """Approves a draft: its out leg is approved, which reserves the goods, and then itself."""
        transfer = self.transfer(no)
        state = next_transfer(transfer.state, TransferEvent.APPROVE)
        self._orders.approve(transfer.out_leg, by=by)
        if state is not transfer.state:
            self.follow(no)
        return self.transfer(no)

    def cancel(self, no: str) -> Transfer:
        """Asks the out leg back; once goods have left it is too late."""
        transfer = self.transfer(no)
        next_transfer(transfer.state, TransferEvent.CANCEL)
        self._orders.cancel(transfer.out_leg)
        self.follow(no)
        return self.transfer(no)

    def _new(
        self, source: str, given: TransferInput, message: Source, *, approved: bool
    ) -> Transfer:
        state = TransferState.DRAFT
        return Transfer(
            no=self._numbers.document_number(PREFIX),
            source=source,
            source_id=given.id,
            owner=given.owner,
            from_warehouse=given.from_warehouse,
            to_warehouse=given.to_warehouse,
            lines=given.lines,
            state=next_transfer(state, TransferEvent.APPROVE) if approved else state,
            out_leg=self._orders.order_number(),
            in_leg=self._orders.order_number(),
            created_at=self._clock.now(),
            message=message,
            content_digest=content_digest(given),
            expected_at=given.expected_at,
        )

    # --- led by its legs

    def follow(self, no: str) -> None:
        """Brings a transfer to where its legs are; the in leg is made when the out leg has shipped,
        or arrivals wait for it, and these are accepted then. Called again, it does nothing.
        """
        commit_replanning(
            self._transaction, partial(self._plan_follow, no), also=[STALE_TRANSFER, STALE_MOVEMENT]
        )
        transfer = self.transfer(no)
        if transfer.state in MOVING:
            self._arrivals.take(transfer)

    def _plan_follow(self, no: str) -> Writes:
        transfer = self.transfer(no)
        left = self._orders.order(transfer.out_leg)
        in_transit = self._transit.in_transit(no)
        if transfer.state in (
            TransferState.DRAFT,
            TransferState.APPROVED,
            TransferState.CANCELLED,
        ):
            return self._plan_leaving(transfer, left, in_transit)
        if transfer.state is TransferState.CLOSED:
            return Writes()
        return self._plan_arriving(transfer, left, in_transit)

    def _plan_leaving(
        self, transfer: Transfer, left: MovementOrder, in_transit: InTransit
    ) -> Writes:
        shipped = left.state in ENDED and in_transit.issues
        if shipped or any(each.lines for each in self._arrivals.ready(transfer)):
            arriving = in_leg(transfer, left, at=self._clock.now())
            leg = self._orders.plan_new(arriving, approved_by=BY_TRANSFER)
            return self._changed(transfer, TransferEvent.SHIP) + leg
        if left.state in (MovementState.CANCELLED, MovementState.SHORT_CLOSED):
            return self._changed(transfer, TransferEvent.CANCEL)
        if transfer.state is TransferState.DRAFT and left.state is not MovementState.DRAFT:
            return self._changed(transfer, TransferEvent.APPROVE)
        return Writes()

    def _plan_arriving(
        self, transfer: Transfer, left: MovementOrder, in_transit: InTransit
    ) -> Writes:
        arriving = self._orders.order(transfer.in_leg)
        arrived_at = transfer.arrived_at
        ended = left.state in ENDED
        if arrived_at is None and ended and arriving.state in ENDED:
            arrived_at = self._clock.now()
        all_there = ended and not in_transit.left
        event = TransferEvent.RECEIVE_ALL if all_there else TransferEvent.RECEIVE_PART
        if in_transit.left and not in_transit.taken:
            event = TransferEvent.SHIP
        return self._changed(replace(transfer, arrived_at=arrived_at), event, before=transfer)

    def _changed(
        self, transfer: Transfer, event: TransferEvent, *, before: Transfer | None = None
    ) -> Writes:
        after = replace(transfer, state=next_transfer(transfer.state, event))
        if after == (before or transfer):
            return Writes()
        return Writes([change_transfer(replace(after, version=transfer.version + 1))])
