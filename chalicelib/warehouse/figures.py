"""A WMS's own stock figures, asked for with inventory.query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.closing import SkuClosing
from chalicelib.stock.comparing import Figure
from chalicelib.stock.comparison_store import Comparison
from chalicelib.warehouse import methods
from chalicelib.warehouse.calling import Later, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.codec.outgoing import inventory
from chalicelib.warehouse.documents.outgoing.inventory import (
    MOST_CRITERIA,
    InventoryAnswer,
    InventoryQuery,
    in_batches,
)
from chalicelib.warehouse.model import LONGEST_DELAY_SECONDS
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.store import Peer, WarehouseStore

EVENTS_TOGETHER = 50


class ClosedRows(Protocol):
    """What a closed run says a warehouse has (`stock.snapshot_service.CloseService`)."""

    def rows(self, run: str, warehouse: str) -> list[SkuClosing]: ...


class Reconciliation(Protocol):
    """`stock.reconciliation.ReconciliationService`."""

    def record_figures(
        self,
        *,
        run: str,
        warehouse: str,
        figures: Sequence[Figure],
        source: Source,
        asked_at: datetime,
        skus: Collection[str] | None = None,
    ) -> Comparison: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A WMS's figures of some SKUs, and where and when it told them."""

    figures: tuple[Figure, ...]
    source: Source
    asked_at: datetime


class WmsFigures:
    """Asks; `figures` is the port that others call, `wanted` the event's use case."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        calls: WmsCalls,
        circuits: Circuits,
        catalog: Catalog,
        closes: ClosedRows,
        reconciliation: Reconciliation,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._calls = calls
        self._circuits = circuits
        self._catalog = catalog
        self._closes = closes
        self._reconciliation = reconciliation

    def figures(self, warehouse: str, skus: Sequence[str]) -> Sequence[Figure]:
        """Pieces per SKU and inventory type, now; a SKU it doesn't mention isn't there.
        `Unavailable` if it can't be asked now.
        """
        chunks = in_batches(sorted(set(skus)), MOST_CRITERIA)
        return [each for chunk in chunks for each in self._ask(warehouse, chunk).figures]

    def wanted(self, event: Event) -> None:
        """`StockFiguresWanted`: compares the figures of up to 50 SKUs with the closed run; an event
        that names none is split into such.
        """
        run, warehouse = str(event.data["run"]), str(event.data["warehouse"])
        named = event.data.get("skus")
        if isinstance(named, list):
            skus = [str(sku) for sku in named]
        else:
            skus = sorted(row.sku for row in self._closes.rows(run, warehouse))
            if not skus:
                # All that ever moved there counts for a later day: a query that names nothing is
                # refused, and there is nothing to compare.
                return
            if len(skus) > MOST_CRITERIA:
                self._split(event, skus)
                return
        try:
            asked = self._ask(warehouse, skus)
        except Later as later:
            self._ask_later(event, later.seconds)
            return
        self._reconciliation.record_figures(
            run=run,
            warehouse=warehouse,
            figures=asked.figures,
            source=asked.source,
            asked_at=asked.asked_at,
            skus=skus,
        )

    def _ask_later(self, event: Event, seconds: int) -> None:
        """The event once more, when the WMS may be called: the queue would give up before."""
        times = int(str(event.data.get("later", 0))) + 1
        begun = event.id.partition(":later:")[0]
        again = replace(
            event,
            id=f"{begun}:later:{times}",
            occurred_at=self._clock.now(),
            data={**event.data, "later": times},
            delay_seconds=min(seconds, LONGEST_DELAY_SECONDS),
        )
        try:
            self._transaction.commit(Writes((), [again]))
        except ConditionFailed:
            # It is on its way already: our own doing, whose end was lost.
            return

    def _split(self, event: Event, skus: Sequence[str]) -> None:
        events = [
            Event(
                id=f"{event.id}:{number}",
                kind=event.kind,
                subject=event.subject,
                occurred_at=self._clock.now(),
                correlation=event.correlation,
                data={**event.data, "skus": list(chunk)},
            )
            for number, chunk in enumerate(in_batches(skus, MOST_CRITERIA), start=1)
        ]
        for start in range(0, len(events), EVENTS_TOGETHER):
            try:
                self._transaction.commit(Writes((), events[start : start + EVENTS_TOGETHER]))
            except ConditionFailed as failed:
                raise Unavailable("the parts of this event are still on their way") from failed

    def _ask(self, warehouse: str, skus: Sequence[str]) -> Asked:
        peer = self._peer(self._catalog.warehouse(warehouse).wms)
        if self._circuits.wait_seconds(peer.circuit):
            raise Unavailable(f"{peer.connection.code} is left alone for a while")
        known = self._store.acknowledged_items(peer.connection.code, skus)
        theirs = peer.connection.warehouse_code(warehouse)
        query = InventoryQuery(
            warehouse_code=theirs,
            owner_code=peer.connection.owner,
            items=tuple((sku, known[sku].wms_id if sku in known else "") for sku in skus),
        )
        asked_at = self._clock.now()
        prepared = self._calls.prepare(
            peer, methods.INVENTORY_QUERY, inventory.write_query(query), documents=(warehouse,)
        )
        self._transaction.commit(prepared.writes)
        reply = self._calls.perform(peer, prepared)
        self._transaction.commit(reply.writes)
        if reply.response is None or reply.answer is None or not reply.answer.success:
            raise Unavailable(f"{peer.connection.code} didn't tell its figures: {reply.code}")
        try:
            answer = inventory.read_query(reply.response)
        except Refused as refused:
            raise Unavailable(f"{peer.connection.code} told no figures: {refused}") from refused
        return Asked(
            figures=_summed(answer, theirs),
            source=Source(message_id=reply.message_id, path="/response/items"),
            asked_at=asked_at,
        )

    def _peer(self, wms: str) -> Peer:
        peer = self._store.peer(wms)
        if peer is None or not peer.connection.active:
            raise NotFound("unknown_wms", f"there is no connection to the WMS {wms}", field="wms")
        return peer


def _summed(answer: InventoryAnswer, warehouse: str) -> tuple[Figure, ...]:
    """Per SKU and inventory type, over batches; other warehouses' figures are left out."""
    free: Counter[tuple[str, str]] = Counter()
    locked: Counter[tuple[str, str]] = Counter()
    for told in answer.figures:
        if told.warehouse_code in ("", warehouse):
            key = (told.item_code, told.inventory_type)
            free[key] += told.free
            locked[key] += told.locked
    return tuple(
        Figure(sku=sku, inventory_type=name, quantity=free[sku, name], locked=locked[sku, name])
        for sku, name in sorted(free)
    )
