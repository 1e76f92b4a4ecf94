"""Gathering changed SKUs, or delivery orders, so that they go to a WMS together.

Time is cut into slots of some seconds. The first dispatch of a slot announces it: an event that
comes when the slot is over and sends what is there. Everybody else only sees that it has been
announced. Announcing is a transaction of its own, since a WMS has one item for it: it must not
hold up the dispatches, and if it is lost they go alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.gathering_store import put_turn
from chalicelib.warehouse.model import Dispatch, DispatchKind
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.store import WarehouseStore, new_dispatch

SLOT_SECONDS = 5
LATE_SECONDS = 2
"""Clocks differ, and the index in which the SKUs are found is a moment late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """How a kind is gathered: by which event it is sent, and after how many seconds one that nobody
    has sent goes alone.
    """

    event: str
    alone_after_seconds: int


GATHERED: Mapping[DispatchKind, Gathered] = {
    DispatchKind.ITEM: Gathered(event="ItemsGathered", alone_after_seconds=600),
    DispatchKind.DELIVERY: Gathered(event="OrdersGathered", alone_after_seconds=120),
}


def gathers(connection: Connection | None, kind: DispatchKind) -> bool:
    """Whether a WMS takes several of a kind in one message."""
    if connection is None:
        return False
    most = {
        DispatchKind.ITEM: connection.batch_items,
        DispatchKind.DELIVERY: connection.batch_orders,
    }
    return most.get(kind, 0) > 1


def alone_later(dispatch: Dispatch, clock: Clock) -> Event:
    """The event that sends a gathered dispatch alone, if nobody has sent it with others."""
    return due_event(dispatch, GATHERED[dispatch.kind].alone_after_seconds, clock)


class Gathering:
    """Announces what is gathered."""

    def __init__(self, *, store: WarehouseStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def begin(self, new: Dispatch) -> None:
        """A dispatch that waits to go with others. `Unavailable`: it was begun meanwhile, so its
        event has to come again.
        """
        dispatch = replace(new, gathered=True)
        due = alone_later(dispatch, self._clock)
        try:
            self._transaction.commit(Writes([new_dispatch(dispatch)], [due]))
        except ConditionFailed as failed:
            raise Unavailable(f"{new.id} changed meanwhile: {failed}") from failed
        self.wake(new.wms, new.kind)

    def wake(self, wms: str, kind: DispatchKind) -> None:
        """Has what is gathered for a WMS sent when this slot is over; once a slot."""
        now, name = self._clock.now(), GATHERED[kind].event
        slot = int(now.timestamp()) // SLOT_SECONDS
        turn = self._store.gatherings.turn(wms, kind)
        if turn.slot >= slot:
            return
        after = replace(turn, slot=slot, version=turn.version + 1)
        event = Event(
            id=f"{name}:{wms}:{slot}",
            kind=name,
            subject=wms,
            occurred_at=now,
            correlation=wms,
            data={"wms": wms, "slot": slot, "chain": f"{slot}", "step": 0},
            delay_seconds=SLOT_SECONDS + LATE_SECONDS,
        )
        try:
            self._transaction.commit(Writes([put_turn(after)], [event]))
        except ConditionFailed:
            # Another one of this slot was faster. Or a sender took its turn meanwhile: then this
            # one waits for the next slot's, or goes alone.
            return
