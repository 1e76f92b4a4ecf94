"""The drift report: what a WMS knows of our master data against what we know.

A run asks for every SKU of the WMS's owners and, where it takes them, every bundle and every
warehouse that it runs, one query each, some of them a step. A step is an event: it asks, writes
what it found with how far the run is and the event for the next step, at the pace that the
connection allows. So a run can stop anywhere and go on; a step that comes twice is void, since the
run has moved on. What can't be reached is asked later.

With `fix`, what differs is sent again; what the WMS has lost is forgotten first, so that it is told
as new. Only another itemId is ours to learn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Conflict, NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.asking import Asking, Looked, known_key
from chalicelib.warehouse.calling import WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.comparing import Difference
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.drift_pages import DriftPages, Page, next_part
from chalicelib.warehouse.drift_store import (
    DriftPart,
    DriftRow,
    DriftRun,
    DriftState,
    put_row,
    put_run,
)
from chalicelib.warehouse.masterdata import MasterData
from chalicelib.warehouse.model import DispatchKind, dispatch_id
from chalicelib.warehouse.ports import CatalogPages
from chalicelib.warehouse.states import SETTLED
from chalicelib.warehouse.store import (
    Peer,
    WarehouseStore,
    correct_acknowledged,
)

LATER_SECONDS = 60
STALE = timedelta(minutes=20)
"""A run that hasn't moved for so long has lost its event, and is taken up again."""

_KINDS = {
    DriftPart.SKUS: DispatchKind.ITEM,
    DriftPart.BUNDLES: DispatchKind.BUNDLE,
    DriftPart.WAREHOUSES: DispatchKind.WAREHOUSE,
}


class Drift:
    """Starts runs, takes their steps, shows what they found."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        calls: WmsCalls,
        circuits: Circuits,
        catalog: CatalogPages,
        master_data: MasterData,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._ids = ids
        self._asking = Asking(store=store, transaction=transaction, clock=clock, calls=calls)
        self._circuits = circuits
        self._pages = DriftPages(catalog)
        self._master_data = master_data

    def start(self, wms: str, *, fix: bool) -> DriftRun:
        """Starts a run, or goes on with the one that runs. `Conflict` (`drift_running`) where that
        one doesn't fix as this one is to.
        """
        self._peer(wms)
        last, now = self._store.drifts.run(wms), self._clock.now()
        if last is not None and last.state is DriftState.RUNNING:
            if last.fix != fix:
                raise Conflict("drift_running", "a run that was started otherwise isn't done")
            if now - last.updated_at < STALE:
                return last
            run = replace(last, step=last.step + 1, updated_at=now, version=last.version + 1)
        else:
            version = last.version + 1 if last is not None else 1
            run = DriftRun(
                wms=wms,
                id=self._ids.new(now),
                fix=fix,
                started_at=now,
                updated_at=now,
                version=version,
            )
        self._commit(Writes([put_run(run)], [self._event(run, 0)]))
        return run

    def run(self, wms: str) -> DriftRun:
        """The last run; `NotFound` (`no_drift_run`) where there was none."""
        found = self._store.drifts.run(wms)
        if found is None:
            raise NotFound("no_drift_run", "nobody has asked this WMS yet")
        return found

    def rows(
        self, wms: str, part: DriftPart, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[DriftRow], str | None]:
        """A page of what differs, by code; a page may be empty and not be the last."""
        return self._store.drifts.rows(wms, part, limit=limit, cursor=cursor)

    def step(self, event: Event) -> None:
        """`DriftStepWanted`: one page. `Unavailable` where what it found changed meanwhile."""
        wms = str(event.data["wms"])
        run = self._store.drifts.run(wms)
        current = None if run is None else (run.id, run.step)
        if run is None or current != (event.data["run"], event.data["step"]):
            return
        if run.state is DriftState.DONE:
            return
        peer = self._peer(wms)
        pause = self._circuits.wait_seconds(peer.circuit)
        if pause:
            self._later(run, pause)
            return
        page = self._pages.page(run, peer.connection)
        pending = self._on_their_way(run, page)
        asked = [each for each in page.documents if each.code not in pending]
        looked = self._asking.look(run.part, peer, asked)
        if len(looked) < len(asked):
            # It didn't answer, or so slowly that fewer have to be asked in a step.
            self._commit(_outcomes(looked))
            self._later(replace(run, together=max(1, len(looked))), LATER_SECONDS)
            return
        self._finish(run, peer.connection, page, looked=looked, pending=len(pending))

    def _on_their_way(self, run: DriftRun, page: Page) -> set[str]:
        """What is being told right now: the WMS may know it or not."""
        kind = _KINDS[run.part]
        ids = [dispatch_id(kind, each.code, run.wms) for each in page.documents]
        found = self._store.dispatches(ids).values()
        return {each.document for each in found if each.state not in SETTLED}

    def _finish(
        self,
        run: DriftRun,
        connection: Connection,
        page: Page,
        *,
        looked: Sequence[Looked],
        pending: int,
    ) -> None:
        codes = [each.document.code for each in looked]
        noted = self._store.drifts.known(run.wms, run.part, codes)
        writes, different, fixed = Writes(), 0, 0
        for each in looked:
            fix = self._fix(run, each) if run.fix and each.compared.differences else Writes()
            different += bool(each.compared.differences)
            fixed += bool(len(fix))
            if each.compared.differences or each.document.code in noted:
                writes += Writes([put_row(run.wms, self._row(run, each, fixed=bool(len(fix))))])
            writes += fix
        after = replace(
            _moved(run, connection, page),
            updated_at=self._clock.now(),
            asked=run.asked + len(looked),
            different=run.different + different,
            fixed=run.fixed + fixed,
            on_their_way=run.on_their_way + pending,
        )
        going = after.state is DriftState.RUNNING
        pause = math.ceil(len(looked) * 60 / connection.queries_per_minute) if looked else 0
        events = [self._event(after, pause)] if going else []
        try:
            self._transaction.commit(Writes([put_run(after)], events) + writes + _outcomes(looked))
        except ConditionFailed as failed:
            self._commit(_outcomes(looked))
            raise Unavailable(f"what was compared changed meanwhile: {failed}") from failed

    def _fix(self, run: DriftRun, looked: Looked) -> Writes:
        differences = set(looked.compared.differences)
        writes, known, code = Writes(), looked.known, looked.document.code
        if known is not None and differences & {Difference.MISSING, Difference.ITEM_ID}:
            missing = Difference.MISSING in differences
            right = replace(
                known,
                version=0 if missing else known.version,
                wms_id="" if missing else looked.item_id,
                message_id=looked.reply.message_id,
                at=self._clock.now(),
            )
            writes += Writes(
                [correct_acknowledged(known_key(run.wms, run.part, code), known, right)]
            )
        if differences - {Difference.ITEM_ID, Difference.UNANSWERED}:
            version = looked.document.version
            writes += self._master_data.plan_again(_KINDS[run.part], run.wms, code, version)
        return writes

    def _row(self, run: DriftRun, looked: Looked, *, fixed: bool) -> DriftRow:
        return DriftRow(
            part=run.part,
            code=looked.document.code,
            run=run.id,
            at=self._clock.now(),
            message_id=looked.reply.message_id,
            differences=tuple(each.value for each in looked.compared.differences),
            ours=looked.compared.ours,
            theirs=looked.compared.theirs,
            fixed=fixed,
        )

    def _later(self, run: DriftRun, seconds: int) -> None:
        after = replace(
            run, step=run.step + 1, updated_at=self._clock.now(), version=run.version + 1
        )
        self._commit(Writes([put_run(after)], [self._event(after, seconds)]))

    def _event(self, run: DriftRun, delay: int) -> Event:
        return Event(
            id=f"DriftStepWanted:{run.wms}:{run.id}:{run.step}",
            kind="DriftStepWanted",
            subject=run.wms,
            occurred_at=self._clock.now(),
            correlation=run.wms,
            data={"wms": run.wms, "run": run.id, "step": run.step},
            delay_seconds=min(delay, 900),
        )

    def _peer(self, wms: str) -> Peer:
        peer = self._store.peer(wms)
        if peer is None or not peer.connection.active:
            raise NotFound("unknown_wms", f"there is no connection to the WMS {wms}", field="wms")
        return peer

    def _commit(self, writes: Writes) -> None:
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            raise Unavailable(f"another step of this run was faster: {failed}") from failed


def _outcomes(looked: Sequence[Looked]) -> Writes:
    return sum((each.reply.writes for each in looked), Writes())


def _moved(run: DriftRun, connection: Connection, page: Page) -> DriftRun:
    """The run after a page: on in its part, in the next one, or done."""
    after = replace(
        run,
        cursor=page.next_cursor,
        step=run.step + 1,
        percent=min(page.percent, 99),
        version=run.version + 1,
    )
    if page.next_cursor is not None:
        return after
    following = next_part(run.part, connection)
    if following is not None:
        return replace(after, part=following)
    return replace(after, state=DriftState.DONE, percent=100)
