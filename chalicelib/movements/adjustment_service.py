"""Adjustments: stock changes that a warehouse reports on its own, accepted once and then booked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Write, Writes
from chalicelib.movements.model import (
    Adjustment,
    AdjustmentLine,
    adjustment_movements,
    adjustment_number,
    is_inventory_type,
)
from chalicelib.movements.ports import Catalog
from chalicelib.movements.states import AdjustmentEvent, AdjustmentState, next_adjustment
from chalicelib.movements.store import (
    ADJUSTMENT_KNOWN,
    STALE_ADJUSTMENT,
    MovementStore,
    move_adjustment,
    put_adjustment,
)
from chalicelib.stock.comparing import Pending
from chalicelib.stock.model import Kind, Movement
from chalicelib.stock.planning import commit_replanning, in_chunks, plan_below_zero
from chalicelib.stock.posting_day import posting_day
from chalicelib.stock.service import StockService

MOST_LINES = 500
"""Lines of one adjustment: they stand in its item."""

UNKNOWN_SKU = "unknown_sku"
"""The rule of a change of a SKU that isn't ours: it happened, so it is booked, in suspense."""


class AdjustmentService:
    """The use cases of adjustments."""

    def __init__(
        self,
        *,
        store: MovementStore,
        stock: StockService,
        catalog: Catalog,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._stock = stock
        self._catalog = catalog
        self._transaction = transaction
        self._clock = clock

    def adjustment(self, number: str) -> Adjustment:
        """One adjustment; `NotFound` if there is none."""
        return self._store.adjustment(number)

    def adjustments(self, warehouse: str, state: AdjustmentState) -> list[Adjustment]:
        """A warehouse's adjustments in a state, by time."""
        return self._store.adjustments(warehouse, state)

    def adjust(
        self,
        *,
        warehouse: str,
        key: str,
        lines: Sequence[AdjustmentLine],
        source: Source,
        occurred_at: datetime,
        kind: Kind = Kind.ADJUSTMENT,
        cause: str = "",
        rule: str = "",
    ) -> Adjustment:
        """Accepts a reported change; `key` is its identity at the warehouse (Qimen: outBizCode,
        with the order code). The same again gives the first one; other content under the key is a
        `Conflict`. A change that nothing classifies (`Kind.SUSPENSE`) raises an exception; it alone
        may be of SKUs that aren't ours.
        """
        adjustment, writes = self.plan_adjustment(
            warehouse=warehouse,
            key=key,
            lines=lines,
            source=source,
            occurred_at=occurred_at,
            kind=kind,
            cause=cause,
            rule=rule,
        )
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            if ADJUSTMENT_KNOWN not in failed.refusals:
                raise
            return self._known(adjustment)
        return adjustment

    def plan_adjustment(
        self,
        *,
        warehouse: str,
        key: str,
        lines: Sequence[AdjustmentLine],
        source: Source,
        occurred_at: datetime,
        kind: Kind,
        cause: str,
        rule: str,
        closed_month: bool = False,
    ) -> tuple[Adjustment, Writes]:
        """An adjustment as `adjust` accepts it, for who commits more with it. Refusal:
        `adjustment_known`.
        """
        self._catalog.warehouse(warehouse, field="warehouse")
        buckets = self._check_lines(lines, foreign=kind is Kind.SUSPENSE)
        adjustment = Adjustment(
            number=adjustment_number(warehouse, key),
            warehouse=warehouse,
            key=key,
            kind=kind,
            cause=cause,
            rule=rule,
            lines=tuple(lines),
            buckets=buckets,
            source=source,
            occurred_at=occurred_at,
            accepted_at=self._clock.now(),
            closed_month=closed_month,
        )
        writes: list[Write] = [put_adjustment(adjustment)]
        if kind is Kind.SUSPENSE:
            writes.append(plan_exception(_unclassified(adjustment)))
        return adjustment, Writes(writes, [_accepted(adjustment)])

    def post_adjustment(self, number: str) -> Adjustment:
        """Books it; once booked it does nothing."""
        adjustment = self._store.adjustment(number)
        if adjustment.state is AdjustmentState.POSTED:
            return adjustment
        chunks = list(in_chunks(adjustment_movements(adjustment)))
        for position, chunk in enumerate(chunks):
            last = position == len(chunks) - 1
            commit_replanning(
                self._transaction,
                partial(self._plan_chunk, number, chunk, last=last),
                also=[STALE_ADJUSTMENT],
            )
        return self._store.adjustment(number)

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs that are accepted and not booked (`stock.PendingDocuments`)."""
        return [
            Pending(
                document=adjustment.number,
                sku=line.sku,
                inventory_type=line.inventory_type,
                quantity=line.quantity,
                message_id=adjustment.source.message_id,
            )
            for adjustment in self._store.adjustments(warehouse, AdjustmentState.ACCEPTED)
            for line in adjustment.lines
            if line.sku in skus
        ]

    def _plan_chunk(self, number: str, movements: Sequence[Movement], *, last: bool) -> Writes:
        adjustment = self._store.adjustment(number)
        if adjustment.state is AdjustmentState.POSTED:
            return Writes()
        place = self._catalog.warehouse(adjustment.warehouse)
        posting = self._stock.plan_post(
            document=number,
            movements=movements,
            posting_date=posting_day(adjustment.occurred_at, now=self._clock.now(), place=place),
            by_hand=adjustment.closed_month,
        )
        below = plan_below_zero(
            posting, number, message_id=adjustment.source.message_id, at=self._clock.now()
        )
        if not last:
            return posting.writes + below
        state = next_adjustment(adjustment.state, AdjustmentEvent.POST)
        return posting.writes + below + Writes([move_adjustment(adjustment, state)])

    def _check_lines(self, lines: Sequence[AdjustmentLine], *, foreign: bool) -> dict[str, int]:
        """Refuses what can't be booked; gives each SKU's bucket."""
        if not 0 < len(lines) <= MOST_LINES:
            raise Refused("line_count", f"an adjustment has 1 to {MOST_LINES} lines", field="lines")
        known = self._catalog.skus({line.sku for line in lines})
        for at, line in enumerate(lines):
            if line.sku not in known and not foreign:
                raise Refused("unknown_sku", "there is no such SKU", field=f"lines[{at}].sku")
            if line.quantity == 0:
                raise Refused("no_pieces", "nothing changed", field=f"lines[{at}].quantity")
            if not is_inventory_type(line.inventory_type):
                raise Refused(
                    "unknown_inventory_type",
                    "an inventory type is letters and digits",
                    field=f"lines[{at}].inventory_type",
                )
        return dict(self._catalog.buckets_of({line.sku for line in lines}))

    def _known(self, adjustment: Adjustment) -> Adjustment:
        stored = self._store.adjustment(adjustment.number)
        if not stored.says_the_same(adjustment):
            raise Conflict(
                "adjustment_differs", f"{adjustment.number} was reported with other content"
            )
        return stored


def _accepted(adjustment: Adjustment) -> Event:
    return Event(
        id=f"AdjustmentAccepted:{adjustment.number}",
        kind="AdjustmentAccepted",
        subject=adjustment.number,
        occurred_at=adjustment.accepted_at,
        correlation=adjustment.number,
        data={"warehouse": adjustment.warehouse},
    )


def _unclassified(adjustment: Adjustment) -> ExceptionCase:
    why = "of a SKU that isn't ours" if adjustment.rule == UNKNOWN_SKU else "that no rule places"
    return ExceptionCase(
        id=f"{ExceptionKind.UNCLASSIFIED_MOVEMENT}:{adjustment.number}",
        kind=ExceptionKind.UNCLASSIFIED_MOVEMENT,
        document=adjustment.number,
        text=f"{adjustment.warehouse} reported a change {why}: it is in suspense",
        message_id=adjustment.source.message_id,
        raised_at=adjustment.accepted_at,
    )
