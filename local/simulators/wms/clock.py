"""The simulator's time: the machine's, or one that stands still until somebody moves it.

Only what the warehouse does and writes goes by it. The signature's time stamp is always the
machine's, since the other side compares it with its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from local.simulators.store import Store, present


class Clock(Protocol):
    def now(self) -> datetime: ...


class Machine:
    """The machine's time."""

    def now(self) -> datetime:
        return present()


MACHINE = Machine()


class Standing:
    """A time that stands still; kept, so that a restart goes on from it."""

    def __init__(self, store: Store, start: datetime) -> None:
        self._store = store
        kept = store.get("clock", "", "")
        self._now = datetime.fromtimestamp(kept["at"], UTC) if kept else start

    def now(self) -> datetime:
        return self._now

    def move_to(self, seconds: float) -> None:
        """The moment so many seconds after 1970; never back."""
        self._now = max(self._now, datetime.fromtimestamp(seconds, UTC))
        self._store.put("clock", "", "", {"at": self._now.timestamp()})
