"""Sending gathered SKUs: several in one items.synchronize, each with a dispatch of its own.

**One sender a WMS.** Whoever sends has the turn, under a lease; a message that is full is followed
by the event for the next one. A sender that finds another at work leaves the SKUs to it, and looks
again later if nobody after it will.

**Each SKU for itself.** A message takes every dispatch in it as a sender takes a single one, and
settles each: the ones that the WMS names have failed and go alone, as do all of a message that
wasn't taken or that nobody answered. So what the WMS says about a SKU in the end is always said
about that SKU alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.ids import Ids
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse import methods
from chalicelib.warehouse.calling import Arrival, Later, Reply, WmsCalls
from chalicelib.warehouse.circuit import Circuits
from chalicelib.warehouse.codec.outgoing import item as item_codec
from chalicelib.warehouse.composing_master import item_sync, warehouse_code_at
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.item import ItemsSync, ItemSync
from chalicelib.warehouse.gathering import SLOT_SECONDS
from chalicelib.warehouse.gathering_store import Turn, put_turn
from chalicelib.warehouse.model import (
    LEASE_SECONDS,
    LONGEST_DELAY_SECONDS,
    MOST_IN_MESSAGE,
    Dispatch,
    advanced,
    claimed,
)
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.settling import Judged, Settling, due_event, failing
from chalicelib.warehouse.states import DispatchEvent, DispatchState
from chalicelib.warehouse.store import Peer, WarehouseStore, change_dispatch

FAILED_AMONG_OTHERS = "failed_among_others"
ALONE_TOGETHER = 45
"""Dispatches put aside in one transaction: each takes itself and its event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What goes in one message; `more`: others wait. `alone` can't go with others."""

    items: tuple[tuple[Dispatch, ItemSync], ...]
    alone: tuple[Dispatch, ...]
    more: bool


class ItemBatches:
    """Sends what is gathered, a message at a time."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        calls: WmsCalls,
        circuits: Circuits,
        catalog: Catalog,
        settling: Settling,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._ids = ids
        self._calls = calls
        self._circuits = circuits
        self._catalog = catalog
        self._settling = settling

    def send(self, event: Event) -> None:
        """`ItemsGathered`: one message of what is there, and the event for the next. Comes it
        again, it goes on from where it is.
        """
        wms, chain = str(event.data["wms"]), str(event.data["chain"])
        peer = self._store.peer(wms)
        if peer is None or not peer.connection.active:
            raise NotFound("unknown_wms", f"there is no connection to the WMS {wms}", field="wms")
        turn, now = self._store.gatherings.turn(wms), self._clock.now()
        if turn.until is not None and now < turn.until and turn.sender != chain:
            if int(event.data["slot"]) >= turn.slot:
                # Nobody after this one would look for what the sender hasn't seen any more.
                self._commit(Writes((), [self._next(event, SLOT_SECONDS)]))
            return
        pause = self._circuits.wait_seconds(peer.circuit)
        if pause:
            self._commit(Writes((), [self._next(event, pause)]))
            return
        batch = self._batch(peer.connection, now)
        self._put_aside(batch.alone)
        if batch.items:
            turn = replace(
                turn,
                sender=chain,
                until=now + timedelta(seconds=LEASE_SECONDS),
                version=turn.version + 1,
            )
            try:
                self._send(peer, turn, batch.items)
            except Later as later:
                seconds = min(later.seconds, LONGEST_DELAY_SECONDS)
                self._commit(Writes((), [self._next(event, seconds)]))
                return
        self._finish(event, turn, more=batch.more)

    def _finish(self, event: Event, turn: Turn, *, more: bool) -> None:
        if more:
            self._commit(Writes((), [self._next(event, 0)]))
        elif turn.sender == event.data["chain"]:
            # Refused, a later slot was announced meanwhile: its event finds the lease over.
            free = replace(turn, sender="", until=None, version=turn.version + 1)
            self._tried(Writes([put_turn(free)]))

    def _batch(self, connection: Connection, now: datetime) -> Batch:
        """The longest waiting that can go in one message: to one warehouse, all new or all
        changed.
        """
        most = min(connection.batch_items, MOST_IN_MESSAGE) or 1
        names = self._store.gatherings.waiting(connection.code, limit=most)
        found = self._store.dispatches(names)
        waiting = [
            each
            for each in (found[name] for name in names if name in found)
            if each.gathered and each.state is DispatchState.QUEUED
        ]
        items, alone = self._items(connection, waiting, now)
        first = items[0][1] if items else None
        fitting = tuple(
            (dispatch, item)
            for dispatch, item in items
            if first is not None
            and (item.warehouse_code, item.update) == (first.warehouse_code, first.update)
        )
        more = len(names) == most or len(fitting) < len(items)
        return Batch(items=fitting, alone=tuple(alone), more=more and bool(items or alone))

    def _items(
        self, connection: Connection, waiting: Sequence[Dispatch], now: datetime
    ) -> tuple[list[tuple[Dispatch, ItemSync]], list[Dispatch]]:
        skus = self._catalog.fresh_skus(each.document for each in waiting)
        known = self._store.acknowledged_items(connection.code, skus)
        warehouses = self._catalog.warehouses()
        items: list[tuple[Dispatch, ItemSync]] = []
        alone: list[Dispatch] = []
        for dispatch in waiting:
            sku = skus.get(dispatch.document)
            own = [each for each in warehouses if sku is not None and each.owner == sku.owner]
            named = warehouse_code_at(connection, own)
            if sku is None or not named:
                alone.append(dispatch)
                continue
            item = item_sync(connection, sku, known.get(sku.code), warehouse=named, now=now)
            if self._sayable(item):
                revision = max(dispatch.revision, sku.version)
                items.append((replace(dispatch, revision=revision), item))
            else:
                alone.append(dispatch)
        return items, alone

    @staticmethod
    def _sayable(item: ItemSync) -> bool:
        """Whether the protocol can say it; one SKU that it can't say mustn't hold up others."""
        try:
            item_codec.write_synchronize_many(_message([item]))
        except Refused:
            return False
        return True

    def _put_aside(self, dispatches: Sequence[Dispatch]) -> None:
        """What can't go with others goes alone, at once; there its trouble shows."""
        for start in range(0, len(dispatches), ALONE_TOGETHER):
            writes = Writes()
            for dispatch in dispatches[start : start + ALONE_TOGETHER]:
                after = advanced(dispatch, DispatchEvent.WAIT, self._clock.now())
                writes += Writes([change_dispatch(after)], [due_event(after, 0, self._clock)])
            self._commit(writes)

    def _send(self, peer: Peer, turn: Turn, items: Sequence[tuple[Dispatch, ItemSync]]) -> None:
        attempt, now = self._ids.new(self._clock.now()), self._clock.now()
        content = item_codec.write_synchronize_many(_message([item for _, item in items]))
        codes = tuple(dispatch.document for dispatch, _ in items)
        call = self._calls.prepare(peer, methods.ITEMS_SYNCHRONIZE, content, documents=codes)
        held = [
            replace(claimed(dispatch, attempt, now), message_id=call.message.id)
            for dispatch, _ in items
        ]
        taken = [put_turn(turn), *(change_dispatch(each) for each in held)]
        self._commit(Writes(taken) + call.writes)
        reply = self._calls.perform(peer, call)
        self._settling.settle_all(
            [(each, _judged(each, peer.connection, reply)) for each in held],
        )

    def _next(self, event: Event, delay: int) -> Event:
        step = int(event.data["step"]) + 1
        begun = f"{event.kind}:{event.subject}:{event.data['chain']}"
        return replace(
            event,
            id=f"{begun}:{step}",
            occurred_at=self._clock.now(),
            data={**event.data, "step": step},
            delay_seconds=delay,
        )

    def _commit(self, writes: Writes) -> None:
        try:
            self._transaction.commit(writes)
        except ConditionFailed as failed:
            raise Unavailable(f"what is gathered changed meanwhile: {failed}") from failed

    def _tried(self, writes: Writes) -> None:
        try:
            self._transaction.commit(writes)
        except ConditionFailed:
            return


def _message(items: Sequence[ItemSync]) -> ItemsSync:
    first = items[0]
    return ItemsSync(
        warehouse_code=first.warehouse_code,
        owner_code=first.owner_code,
        update=first.update,
        items=tuple(items),
    )


def _judged(held: Dispatch, connection: Connection, reply: Reply) -> Judged:
    """What the answer means for one SKU of the message.

    Named are the SKUs that failed. Beside `failure` those that aren't named may have been taken or
    not, so all of them are said again.
    """
    if reply.arrival is Arrival.UNKNOWN:
        return Judged(event=DispatchEvent.LOSE, reply=reply)
    failed = _failed(reply)
    if failed is None:
        return Judged(event=failing(held, connection), reply=reply)
    if held.document in failed:
        named = replace(reply, code=FAILED_AMONG_OTHERS)
        return Judged(event=failing(held, connection), reply=named)
    return Judged(event=DispatchEvent.ACKNOWLEDGE, reply=reply)


def _failed(reply: Reply) -> frozenset[str] | None:
    """The codes of the SKUs that failed; None where all did."""
    if reply.response is None or reply.answer is None or not reply.answer.success:
        return None
    try:
        answer = item_codec.read_synchronize_many(reply.response)
    except Refused:
        return None
    return frozenset(each.item_code for each in answer.failed)
