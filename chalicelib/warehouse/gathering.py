"""Gathering changed SKUs, so that they go to a WMS together.

Time is cut into slots of some seconds. The first SKU of a slot announces it: an `ItemsGathered`
that comes when the slot is over and sends what is there. Everybody else only sees that it has been
announced. Announcing is a transaction of its own, since a WMS has one item for it: it must not
hold up the SKUs, and if it is lost they go alone.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.gathering_store import put_turn
from chalicelib.warehouse.store import WarehouseStore

SLOT_SECONDS = 5
LATE_SECONDS = 2
"""Clocks differ, and the index in which the SKUs are found is a moment late."""

GATHERED_SECONDS = 600
"""When a gathered SKU that nobody has sent goes alone."""


class Gathering:
    """Announces what is gathered."""

    def __init__(self, *, store: WarehouseStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def wake(self, wms: str) -> None:
        """Has what is gathered for a WMS sent when this slot is over; once a slot."""
        now = self._clock.now()
        slot = int(now.timestamp()) // SLOT_SECONDS
        turn = self._store.gatherings.turn(wms)
        if turn.slot >= slot:
            return
        after = replace(turn, slot=slot, version=turn.version + 1)
        event = Event(
            id=f"ItemsGathered:{wms}:{slot}",
            kind="ItemsGathered",
            subject=wms,
            occurred_at=now,
            correlation=wms,
            data={"wms": wms, "slot": slot, "chain": f"{slot}", "step": 0},
            delay_seconds=SLOT_SECONDS + LATE_SECONDS,
        )
        try:
            self._transaction.commit(Writes([put_turn(after)], [event]))
        except ConditionFailed:
            # Another SKU of this slot was faster. Or a sender took its turn meanwhile: then this
            # one waits for the next slot's, or goes alone.
            return
