"""What other slices know that blocks the close of a period (`stock.period_checks.Blockers`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.messages.model import Outcome
from chalicelib.stock.periods import period_of

if TYPE_CHECKING:
    from chalicelib.kernel.clock import Clock
    from chalicelib.messages.service import MessageLog
    from chalicelib.movements.counts.store import CountStore
    from chalicelib.warehouse.assemblies import AssemblyStore

TAKEN = {Outcome.ACCEPTED.value, Outcome.DUPLICATE.value}


class MessageBlockers:
    """What warehouse systems said on a period's days, and nobody has acted on."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log

    def undecided(self, days: Sequence[date], most: int) -> Sequence[str]:
        """Messages that were stored and went no further, or wait for a person."""
        found = self._of(days, Outcome.RECEIVED, Outcome.HELD)
        return [_named(item) for item in islice(found, most)]

    def refused(self, days: Sequence[date], most: int) -> Sequence[str]:
        """Messages that couldn't be followed and that no later one of the same kind about the same
        document makes good.
        """
        found = (each for each in self._of(days, Outcome.REFUSED) if not self._made_good(each))
        return [_named(item) for item in islice(found, most)]

    def _of(self, days: Sequence[date], *outcomes: Outcome) -> Iterator[Any]:
        for day in days:
            for outcome in outcomes:
                cursor: str | None = None
                while True:
                    page = self._log.of_outcome(outcome, day=day, cursor=cursor)
                    yield from (each for each in page.items if each["peer"].startswith("wms:"))
                    cursor = page.next_cursor
                    if cursor is None:
                        break

    def _made_good(self, refused: Any) -> bool:
        if not refused.get("documents"):
            return False
        cursor: str | None = None
        while True:
            page = self._log.of_document(refused["documents"][0], cursor=cursor)
            for item in page.items:
                same = (item["peer"], item["method"]) == (refused["peer"], refused["method"])
                if same and item["at"] > refused["at"] and item["outcome"] in TAKEN:
                    return True
            cursor = page.next_cursor
            if cursor is None:
                return False


class PartBlockers:
    """Documents of which parts came before a period was over, and the others haven't for a number
    of hours.
    """

    def __init__(
        self, *, assemblies: AssemblyStore, counts: CountStore, hours: int, clock: Clock
    ) -> None:
        self._assemblies = assemblies
        self._counts = counts
        self._patience = timedelta(hours=hours)
        self._clock = clock

    def incomplete(self, days: Sequence[date], most: int) -> Sequence[str]:
        """Confirmations in parts, and counts in pages."""
        if not days:
            return []
        until = min(period_of(days[-1]).over_at, self._clock.now() - self._patience)
        assemblies = self._assemblies.waiting(until=until, limit=most)
        counts = self._counts.collecting(until=until, limit=most)
        found = [(each.first_at, f"{each.code} of {each.wms}") for each in assemblies]
        found += [(each.first_at, f"{each.number} of {each.warehouse}") for each in counts]
        return [f"{what} since {to_text(since)}" for since, what in sorted(found)[:most]]


def _named(item: Any) -> str:
    return f"{item['id']} {item['method']} {item['outcome']}"
