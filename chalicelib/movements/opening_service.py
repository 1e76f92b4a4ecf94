"""Opening stock: drafted, checked against the WMS, closed, then booked in chunks.

A warehouse is opened by the transaction that books the last line; so nothing leaves it before the
books say what it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from chalicelib.kernel.clock import Clock, business_date, to_text
from chalicelib.kernel.errors import Conflict, NotFound, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.movements.model import (
    NAMED,
    OpeningLine,
    OpeningStock,
    check_opening_lines,
    opening_differences,
    opening_movement,
    opening_number,
)
from chalicelib.movements.ports import Catalog, WarehouseFigures
from chalicelib.movements.states import OpeningEvent, OpeningState, next_opening
from chalicelib.movements.store import (
    STALE_OPENING,
    MovementStore,
    change_opening,
    put_lines,
    put_opening,
)
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.posting import MOST_MOVEMENTS
from chalicelib.stock.service import StockService

MOST_LINES = 4_000
"""Lines of one opening stock: they are written in one transaction."""


class OpeningService:
    """The use cases of opening stock; a warehouse has one, named by its code."""

    def __init__(
        self,
        *,
        store: MovementStore,
        stock: StockService,
        catalog: Catalog,
        figures: WarehouseFigures,
        transaction: Transaction,
        clock: Clock,
    ) -> None:
        self._store = store
        self._stock = stock
        self._catalog = catalog
        self._figures = figures
        self._transaction = transaction
        self._clock = clock

    def opening(self, warehouse: str) -> OpeningStock:
        """A warehouse's opening stock; `NotFound` if it has none."""
        found = self._store.opening(warehouse)
        if found is None:
            raise NotFound("unknown_opening", f"{warehouse} has no opening stock")
        return found

    def lines(self, warehouse: str) -> list[OpeningLine]:
        """Its lines, in their order."""
        return self._store.opening_lines(self.opening(warehouse))

    def draft(
        self, *, warehouse: str, lines: Sequence[OpeningLine], source: Source
    ) -> OpeningStock:
        """Writes it down, or replaces what isn't closed yet. The same lines again change nothing.

        A warehouse that starts empty has opening stock without lines. Refused: an unknown SKU, a
        line twice, no pieces, too many lines.
        """
        self._catalog.warehouse(warehouse, field="warehouse")
        self._check_lines(lines)
        before = self._store.opening(warehouse)
        digest = hashlib.sha256(msgspec.json.encode(lines)).hexdigest()
        if before is not None and before.digest == digest:
            return before
        if before is not None:
            next_opening(before.state, OpeningEvent.DRAFT)
        opening = OpeningStock(
            number=opening_number(warehouse),
            warehouse=warehouse,
            state=OpeningState.DRAFT,
            version=before.version + 1 if before else 1,
            lines_version=before.lines_version + 1 if before else 1,
            line_count=len(lines),
            quantity=sum(line.quantity for line in lines),
            value=sum(line.value for line in lines),
            digest=digest,
            source=source,
            drafted_at=self._clock.now(),
        )
        writes = Writes([put_opening(opening), *put_lines(opening, lines)])
        self._commit(writes, warehouse, lambda now: now.digest == digest)
        return opening

    def check(self, warehouse: str) -> OpeningStock:
        """Compares it with what the WMS has of its SKUs. Refused with the lines named
        (`opening_differs`) unless all agree.
        """
        opening = self.opening(warehouse)
        state = next_opening(opening.state, OpeningEvent.CHECK)
        lines = self._store.opening_lines(opening)
        skus = sorted({line.sku for line in lines})
        figures = self._figures.figures(warehouse, skus) if skus else []
        differences = opening_differences(lines, figures)
        if differences:
            more = f" and {len(differences) - NAMED} more" if len(differences) > NAMED else ""
            raise Refused("opening_differs", "; ".join(differences[:NAMED]) + more, field="lines")
        return self._change(opening, state, checked_at=self._clock.now())

    def close(self, warehouse: str) -> OpeningStock:
        """Makes it final; it is booked next."""
        opening = self.opening(warehouse)
        state = next_opening(opening.state, OpeningEvent.CLOSE)
        if state is opening.state or opening.state is OpeningState.POSTED:
            return opening
        at = self._clock.now()
        zone = self._catalog.warehouse(warehouse).zone
        changes = {
            "state": state.value,
            "closed_at": to_text(at),
            "posting_date": business_date(at, zone).isoformat(),
        }
        event = Event(
            id=f"OpeningStockClosed:{opening.number}",
            kind="OpeningStockClosed",
            subject=opening.number,
            occurred_at=at,
            correlation=opening.number,
            data={"warehouse": warehouse},
        )
        writes = Writes([change_opening(opening, changes)], [event])
        self._commit(writes, warehouse, lambda now: now.state is state)
        return self.opening(warehouse)

    def post_opening(self, warehouse: str) -> OpeningStock:
        """Books it, 30 lines a transaction; the last one opens the warehouse. Goes on where it was
        stopped; once all is booked it does nothing.
        """
        opening = self.opening(warehouse)
        next_opening(opening.state, OpeningEvent.POST)
        lines = self._store.opening_lines(opening)
        while opening.state is OpeningState.CLOSED:
            commit_replanning(
                self._transaction, lambda: self._plan_chunk(warehouse, lines), also=[STALE_OPENING]
            )
            opening = self.opening(warehouse)
        return opening

    def _plan_chunk(self, warehouse: str, lines: Sequence[OpeningLine]) -> Writes:
        opening = self.opening(warehouse)
        if opening.state is not OpeningState.CLOSED or opening.posting_date is None:
            return Writes()
        chunk = lines[opening.posted : opening.posted + MOST_MOVEMENTS]
        skus = self._catalog.skus({line.sku for line in chunk})
        movements = [
            opening_movement(opening, line, number=number, bucket=skus[line.sku].bucket)
            for number, line in enumerate(chunk, start=opening.posted + 1)
        ]
        posting = self._stock.plan_post(
            document=opening.number, movements=movements, posting_date=opening.posting_date
        )
        done = opening.posted + len(chunk)
        if done < len(lines):
            return posting.writes + Writes([change_opening(opening, {"posted": done})])
        state = next_opening(opening.state, OpeningEvent.POST)
        last = change_opening(opening, {"posted": done, "state": state.value})
        opened = self._catalog.plan_open(warehouse, opening.posting_date)
        return posting.writes + Writes([last]) + opened

    def _check_lines(self, lines: Sequence[OpeningLine]) -> None:
        if len(lines) > MOST_LINES:
            raise Refused("too_many_lines", f"at most {MOST_LINES} lines", field="lines")
        check_opening_lines(lines)
        known = self._catalog.skus({line.sku for line in lines})
        for at, line in enumerate(lines):
            if line.sku not in known:
                raise Refused("unknown_sku", "there is no such SKU", field=f"lines[{at}].sku")

    def _change(
        self, opening: OpeningStock, state: OpeningState, *, checked_at: datetime
    ) -> OpeningStock:
        if state is not opening.state:
            changes = {"state": state.value, "checked_at": to_text(checked_at)}
            writes = Writes([change_opening(opening, changes)])
            self._commit(writes, opening.warehouse, lambda now: now.state is state)
        return self.opening(opening.warehouse)

    def _commit(self, writes: Writes, warehouse: str, done: Callable[[OpeningStock], bool]) -> None:
        """`done` says of what is there after a refusal whether it is what was wanted: the answer of
        our own first try may have been lost, and the SDK asked again.
        """
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            now = self._store.opening(warehouse)
            if now is None or not done(now):
                raise Conflict(
                    "stale_opening", "the opening stock was changed meanwhile"
                ) from failed
