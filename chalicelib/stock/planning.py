"""Committing what has to be planned again when a balance has moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.model import Movement
from chalicelib.stock.period_store import STALE_PERIOD
from chalicelib.stock.posting import ENTRY_WRITTEN, MOST_ITEMS, STALE_BALANCE, Posting, items_taken
from chalicelib.stock.reserving import STALE_RESERVATION
from chalicelib.stock.standing import STALE_STANDING

NAMED_IN_CASE = 10
"""How many places the text of a case names; the rest is counted."""

STALE = frozenset({STALE_BALANCE, STALE_RESERVATION, ENTRY_WRITTEN, STALE_STANDING, STALE_PERIOD})
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


def plan_below_zero(posting: Posting, document: str, *, message_id: str, at: datetime) -> Writes:
    """One case for what a chunk of a document takes below zero, if it does: it is booked all the
    same, since it happened, and a person counts.
    """
    if not posting.below_zero:
        return Writes()
    named = ["/".join(each) for each in posting.below_zero]
    rest = len(named) - NAMED_IN_CASE
    more = f" and {rest} more" if rest > 0 else ""
    return Writes(
        [
            plan_exception(
                ExceptionCase(
                    id=f"{ExceptionKind.STOCK_BELOW_ZERO}:{document}:{named[0]}",
                    kind=ExceptionKind.STOCK_BELOW_ZERO,
                    document=document,
                    text=f"more left than the books had: {', '.join(named[:NAMED_IN_CASE])}{more}",
                    message_id=message_id,
                    raised_at=at,
                )
            )
        ]
    )


def in_chunks(movements: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    """Runs of movements that fit into one transaction each, with room for the caller's items."""
    chunk: list[Movement] = []
    taken = 0
    for movement in movements:
        if taken + items_taken(movement) > MOST_ITEMS:
            yield chunk
            chunk, taken = [], 0
        chunk.append(movement)
        taken += items_taken(movement)
    if chunk:
        yield chunk
