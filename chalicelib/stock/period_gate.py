"""Which day entries count for in the books, once the periods have had their say.

It is asked where entries are planned, since a document may be accepted in a month and booked after
that month was closed; so the day that a document names is a wish, and its entries' is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.writes import Writes
from chalicelib.stock.model import EntryId
from chalicelib.stock.period_store import PeriodStore, gate_of, passing
from chalicelib.stock.periods import (
    MOST_DAYS_BACK,
    Gate,
    LatePosting,
    period_of,
)
from chalicelib.stock.states import PeriodState


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The day that entries count for, by warehouse, and what their transaction has to carry."""

    days: dict[str, date]
    writes: Writes


class PeriodGate:
    """Lets postings into the period they happened in, or has them count for today.

    `zone` tells the time zone of a warehouse.
    """

    def __init__(self, *, periods: PeriodStore, zone: Callable[[str], str], clock: Clock) -> None:
        self._periods = periods
        self._zone = zone
        self._clock = clock

    def admit(
        self, entries: Sequence[EntryId], warehouses: Iterable[str], day: date, *, by_hand: bool
    ) -> Admission:
        """Of new entries of one document that are to count for a day. `by_hand`: a person with the
        role for it books them into a period that is soft closed.
        """
        places, now, period = list(dict.fromkeys(warehouses)), self._clock.now(), period_of(day)
        wished = dict.fromkeys(places, day)
        if not entries or now < period.over_at:
            return Admission(days=wished, writes=Writes())
        gate = self._periods.gate(period, gate_of(entries[0].document))
        if not _lets_in(gate, day, now, by_hand=by_hand):
            today = {place: business_date(now, self._zone(place)) for place in places}
            return Admission(days=today, writes=Writes())
        late = LatePosting(
            document=entries[0].document,
            entries=tuple(each.entry for each in entries),
            day=day,
            posted_at=now,
            by_hand=gate.state is PeriodState.SOFT_CLOSED,
        )
        return Admission(days=wished, writes=Writes(passing(period, gate, late)))


def _lets_in(gate: Gate, day: date, now: datetime, *, by_hand: bool) -> bool:
    if day < now.date() - timedelta(days=MOST_DAYS_BACK):
        return False
    if gate.state is PeriodState.SOFT_CLOSED:
        return by_hand
    return gate.state is PeriodState.OPEN
