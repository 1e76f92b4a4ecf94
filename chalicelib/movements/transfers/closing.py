"""Closing a transfer: what left and hasn't arrived is booked as lost.

When the receiving warehouse has said its last word, what is missing may still come for a configured
time; then the transfer is closed. A person may close it before. What arrives later still is booked
from suspense.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.movements.orders.confirming import Issued
from chalicelib.movements.orders.posting import STALE_TRANSIT
from chalicelib.movements.states import TransferEvent, TransferState, next_transfer
from chalicelib.movements.transfers.model import Lost, Transfer, loss_movement
from chalicelib.movements.transfers.service import BY_TRANSFER
from chalicelib.movements.transfers.store import (
    STALE_TRANSFER,
    TransferStore,
    change_transfer,
    put_loss,
)
from chalicelib.movements.transfers.transit import InTransit, TransitBook, put_transit
from chalicelib.stock.model import Movement
from chalicelib.stock.planning import commit_replanning, in_chunks
from chalicelib.stock.service import StockService


class TransferClosing:
    """Closes transfers. `tolerance` is how long what is missing may still come."""

    def __init__(
        self,
        *,
        store: TransferStore,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        stock: StockService,
        transit: TransitBook,
        tolerance: timedelta,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._transit = transit
        self._tolerance = tolerance

    def close(self, no: str, *, by: str) -> Transfer:
        """Closes it: what hasn't arrived is lost, and is booked so. Again: nothing."""
        commit_replanning(
            self._transaction,
            partial(self._plan_close, no, by),
            also=[STALE_TRANSFER, STALE_TRANSIT],
        )
        return self._transfer(no)

    def want_overdue(self, day: date) -> None:
        """Has `close_overdue` called, by an event: once a day, however often it is said."""
        event = Event(
            id=f"TransfersOverdue:{day.isoformat()}",
            kind="TransfersOverdue",
            subject=day.isoformat(),
            occurred_at=self._clock.now(),
            correlation=day.isoformat(),
            data={},
        )
        # Refused: it is said already and waits to be handed on.
        with suppress(ConditionFailed):
            self._transaction.commit(Writes((), [event]))

    def close_overdue(self) -> list[str]:
        """Closes the transfers of which something is missing for longer than the tolerance."""
        overdue = self._store.arrived_before(self._clock.now() - self._tolerance)
        for no in overdue:
            if self._transfer(no).state in (TransferState.IN_TRANSIT, TransferState.PART_RECEIVED):
                self.close(no, by=BY_TRANSFER)
        return overdue

    def post_loss(self, no: str) -> None:
        """Books what was lost with a closed transfer; again it does nothing."""
        transfer = self._transfer(no)
        at = transfer.closed_at
        if at is None:
            raise Refused("not_closed", "the transfer isn't closed")
        zone = self._catalog.warehouse(transfer.from_warehouse).zone
        lost = self._store.lost(no)
        movements = [
            loss_movement(transfer, number, each, at) for number, each in enumerate(lost, start=1)
        ]

        def plan(chunk: Sequence[Movement]) -> Writes:
            return self._stock.plan_post(
                document=no, movements=chunk, posting_date=business_date(self._clock.now(), zone)
            ).writes

        for chunk in in_chunks(movements):
            commit_replanning(self._transaction, partial(plan, chunk))

    def _plan_close(self, no: str, by: str) -> Writes:
        transfer = self._transfer(no)
        state = next_transfer(transfer.state, TransferEvent.CLOSE)
        if state is transfer.state:
            return Writes()
        in_transit = self._transit.in_transit(no)
        lost = self._lost(in_transit)
        now = self._clock.now()
        closed = replace(
            transfer, state=state, closed_at=now, closed_by=by, version=transfer.version + 1
        )
        taken = tuple(replace(issue, taken=issue.quantity) for issue in in_transit.issues)
        after = replace(in_transit, issues=taken, version=in_transit.version + 1)
        pieces = sum(each.issued.quantity for each in lost)
        kind = ExceptionKind.TRANSFER_LOSS
        case = ExceptionCase(
            id=f"{kind}:{no}",
            kind=kind,
            document=no,
            text=f"{pieces} pieces left {transfer.from_warehouse} and never arrived",
            message_id=transfer.message.message_id,
            raised_at=now,
        )
        event = Event(
            id=f"TransferClosed:{no}",
            kind="TransferClosed",
            subject=no,
            occurred_at=now,
            correlation=no,
            data={"warehouse": transfer.from_warehouse},
        )
        writes = [
            change_transfer(closed),
            put_transit(no, after),
            put_loss(no, lost),
            plan_exception(case),
        ]
        return Writes(writes, [event])

    def _lost(self, in_transit: InTransit) -> list[Lost]:
        missing = [issue for issue in in_transit.issues if issue.left]
        buckets = self._catalog.buckets_of(issue.sku for issue in missing)
        return [
            Lost(
                issued=Issued(line_no=number, issue=issue.entry, quantity=issue.left),
                sku=issue.sku,
                bucket=buckets[issue.sku],
                batch=issue.batch,
            )
            for number, issue in enumerate(missing, start=1)
        ]

    def _transfer(self, no: str) -> Transfer:
        found = self._store.transfer(no)
        if found is None:
            raise NotFound("unknown_transfer", "there is no such transfer")
        return found
