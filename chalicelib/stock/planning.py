"""Committing what has to be planned again when a balance has moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.model import Movement
from chalicelib.stock.posting import ENTRY_WRITTEN, MOST_MOVEMENTS, STALE_BALANCE
from chalicelib.stock.reserving import STALE_RESERVATION

STALE = frozenset({STALE_BALANCE, STALE_RESERVATION, ENTRY_WRITTEN})
"""Refusals that say: what was read is old, read again. `event_pending` (the outbox's) only comes
together with one of them.
"""


def commit_replanning(
    transaction: Transaction,
    plan: Callable[[], Writes],
    *,
    also: Collection[str] = (),
    tries: int = 8,
) -> None:
    """Plans and commits until what was read is still true at the commit.

    `plan` reads anew each time it is called; empty `Writes` mean that there is nothing left to do.
    `also` are refusals of the caller's own that mean the same (its document's version).
    A refusal that is the caller's own business is raised as `ConditionFailed`; `Unavailable` when
    others are faster `tries` times.
    """
    for _ in range(tries):
        writes = plan()
        if not len(writes):
            return
        try:
            transaction.commit(writes)
            return
        except ConditionFailed as failed:
            if not set(failed.refusals) & {*STALE, *also}:
                raise
    raise Unavailable(f"others were faster {tries} times")


def in_chunks(movements: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    """Runs of movements that fit into one transaction each, with room for the caller's items."""
    for first in range(0, len(movements), MOST_MOVEMENTS):
        yield movements[first : first + MOST_MOVEMENTS]
