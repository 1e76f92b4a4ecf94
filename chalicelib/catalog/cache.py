"""What the catalog read a short while ago, so that an order needs few reads.

Each execution environment has its own. Only what exists is kept: a code that isn't known is looked
up every time, so what is created is seen at once; what is changed elsewhere is seen when its time
is up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chalicelib.kernel.clock import Clock

Kept = TypeVar("Kept")


class TimedCache(Generic[Kept]):
    """Documents by code, each for `seconds`, at most `most` of them; 0 seconds keeps nothing."""

    def __init__(self, clock: Clock, *, seconds: int, most: int = 5_000) -> None:
        self._clock = clock
        self._lifetime = timedelta(seconds=seconds)
        self._most = most
        self._kept: dict[str, tuple[datetime, Kept]] = {}

    def get(self, code: str) -> Kept | None:
        """What was kept under the code, unless its time is up."""
        entry = self._kept.get(code)
        if entry is None:
            return None
        until, document = entry
        if self._clock.now() < until:
            return document
        del self._kept[code]
        return None

    def put(self, code: str, document: Kept) -> None:
        """Keeps it from now on; the oldest makes room."""
        if not self._lifetime:
            return
        self._kept.pop(code, None)
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[code] = (self._clock.now() + self._lifetime, document)

    def drop(self, code: str) -> None:
        """Forgets it: this environment is about to change it."""
        self._kept.pop(code, None)
