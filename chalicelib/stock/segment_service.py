"""The ledger's stream into segments: batches as they come, gathered by place and day.

A batch holds what the stream brought in some minutes, of all warehouses; were it written by place
and day at once, a large day would be hundreds of thousands of files with a handful of lines. So it
is written as it came, and gathered each hour: batches behind the mark are read, their lines written
by place and day, and the mark is moved behind them. Done twice, it writes the same lines twice; a
batch that the mark has passed by is lost. Neither is more than a delay: who reads segments takes
each line once, and what he misses from the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any, Protocol

from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.items import Items
from chalicelib.kernel.writes import (
    ConditionFailed,
    Equals,
    Key,
    Missing,
    Transaction,
    Update,
    Writes,
)
from chalicelib.stock.segments import (
    Row,
    batch_row,
    by_folder,
    file_name,
    is_whole,
    write_batch,
    write_segment,
)
from chalicelib.stock.snapshot_store import SnapshotFiles
from chalicelib.stock.store import TABLE

BATCHES = "entries/"
"""What the keys of batches begin with; the time they were written follows."""

MARK = Key(TABLE, "SEGMENTS", "HEAD")
STALE_MARK = "stale_mark"

SETTLED = timedelta(minutes=2)
"""Older than the longest run of the function that writes batches: by then those of a time are all
there.
"""

STEP = 50
"""Batches gathered at once; what of them is in memory fits into a function of 512 MB."""


class SegmentFiles(SnapshotFiles, Protocol):
    """Where batches and segments are kept, by key."""

    def names(self, prefix: str, *, after: str = "") -> Iterable[str]:
        """The keys that begin with a prefix and come after another key, in their order."""
        ...


class SegmentService:
    """Writes what the stream brings, and gathers it."""

    def __init__(
        self, *, files: SegmentFiles, items: Items, transaction: Transaction, clock: Clock
    ) -> None:
        self._files = files
        self._items = items
        self._transaction = transaction
        self._clock = clock

    def record(self, items: Iterable[Mapping[str, Any]]) -> int:
        """Writes the lines of these items of the stock table as one batch; how many there are."""
        rows = [row for item in items if (row := batch_row(item)) is not None]
        if rows:
            body = write_batch(rows)
            at = to_text(self._clock.now())
            self._files.put(f"{BATCHES}{at}-{file_name(body)}", body)
        return len(rows)

    def gather(self, *, steps: int = 5) -> int:
        """Gathers batches that are settled, so many steps of them at the most, which takes less
        than a minute; how many batches.
        """
        gathered = 0
        for _ in range(steps):
            count = self._step()
            gathered += count
            if count < STEP:
                break
        return gathered

    def _step(self) -> int:
        item = self._items.get(MARK)
        after = item["after"] if item else ""
        until = BATCHES + to_text(self._clock.now() - SETTLED)
        listed = islice(self._files.names(BATCHES, after=after), STEP)
        names = [name for name in listed if name < until]
        if not names:
            return 0
        found: dict[str, list[Row]] = {}
        for name in names:
            body = self._files.get(name)
            # One that is lost or was changed is made up for by the table.
            if body is not None and is_whole(name, body):
                by_folder(body, found)
        for folder, rows in sorted(found.items()):
            body = write_segment(rows)
            self._files.put(folder + file_name(body), body)
        return len(names) if self._move_mark(after, names[-1]) else 0

    def _move_mark(self, after: str, to: str) -> bool:
        condition = Equals("after", after) if after else Missing("after")
        move = Update(key=MARK, condition=condition, refusal=STALE_MARK, set={"after": to})
        try:
            self._transaction.commit(Writes([move]))
        except ConditionFailed:
            # Another one gathers; he goes on from here.
            return False
        return True
