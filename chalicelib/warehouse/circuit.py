"""One slow or dead WMS doesn't hold up the others: its circuit opens and its messages wait.

Failures in a row (also answers that came too late) open it; then one caller at a time may try, a
little later each time, until one succeeds. What isn't tried waits as a delayed event and takes no
worker's time. Writing it down is best effort: two callers that fail at once may count as one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.warehouse.store import Circuit, WarehouseStore, put_circuit

FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 600


class Circuits:
    """Whether a WMS may be called now, and what came of it."""

    def __init__(self, *, store: WarehouseStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def wait_seconds(self, circuit: Circuit) -> int:
        """0: call it. Else how long to wait before asking again.

        On an open circuit whose pause is over, one caller gets 0 and the others wait.
        """
        now = self._clock.now()
        if circuit.failures < FAILURES_TO_OPEN or circuit.open_until is None:
            return 0
        if now < circuit.open_until:
            return max(1, round((circuit.open_until - now).total_seconds()))
        probing = replace(
            circuit, open_until=now + _pause(circuit.failures), version=circuit.version + 1
        )
        return 0 if self._written(probing) else FIRST_PAUSE_SECONDS

    def failed(self, wms: str) -> None:
        """The WMS wasn't reached, didn't answer, or too late."""
        circuit, now = self._store.circuit(wms), self._clock.now()
        failures = circuit.failures + 1
        open_until = now + _pause(failures) if failures >= FAILURES_TO_OPEN else None
        self._written(
            replace(circuit, failures=failures, open_until=open_until, version=circuit.version + 1)
        )

    def succeeded(self, wms: str) -> None:
        """A WMS that had failed answered in time."""
        circuit = self._store.circuit(wms)
        if circuit.failures:
            self._written(
                replace(circuit, failures=0, open_until=None, version=circuit.version + 1)
            )

    def _written(self, circuit: Circuit) -> bool:
        try:
            self._transaction.commit(Writes([put_circuit(circuit)]))
        except ConditionFailed:
            return False
        return True


def _pause(failures: int) -> timedelta:
    steps = min(failures - FAILURES_TO_OPEN, 10)
    return timedelta(seconds=min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**steps))
