"""What a WMS is to do about holding a fulfilment, brought to it in the order it was wished."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.dispatching import Dispatching
from chalicelib.warehouse.model import Dispatch, advanced
from chalicelib.warehouse.settling import due_event
from chalicelib.warehouse.states import DispatchEvent
from chalicelib.warehouse.store import WarehouseStore, change_dispatch

TRIES = 5


class Holds:
    """A fulfilment has one dispatch for all its wishes; a newer wish is its next revision, which a
    sender at work goes on with when it is done.
    """

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        clock: Clock,
        dispatching: Dispatching,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._dispatching = dispatching

    def bring(self, wanted: Dispatch) -> None:
        """Brings a wish to the WMS; told again, or an older one, it changes nothing."""
        for _ in range(TRIES):
            found = self._store.dispatch(wanted.id)
            if found is None or found.revision >= wanted.revision:
                self._dispatching.send(wanted)
                return
            after = advanced(found, DispatchEvent.CHANGE, self._clock.now())
            after = replace(after, revision=wanted.revision)
            events = () if after.attempt_id else (due_event(after, 0, self._clock),)
            try:
                self._transaction.commit(Writes([change_dispatch(after)], events))
                return
            except ConditionFailed:
                continue
        raise Unavailable(f"others keep changing {wanted.id}")
