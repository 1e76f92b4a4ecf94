"""When a warehouse system may be called: its hours, days and holidays. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from chalicelib.warehouse.texts import zone_of

LONGEST_CLOSED = 60
"""Days; after them one looks again."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Open from `opens` until `closes` (`08:00`; over midnight where it isn't later; "" and "": all
    day) on `days` (1 Monday … 7 Sunday) that aren't `holidays`, in `zone`.

    Hours over midnight belong to the day on which they begin.
    """

    opens: str = ""
    closes: str = ""
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    holidays: tuple[date, ...] = ()
    zone: str = "+08:00"

    def closed_seconds(self, now: datetime) -> int:
        """0: open. Else how long it is still closed, at most 60 days."""
        if self == ALWAYS:
            return 0
        local = now.astimezone(zone_of(self.zone))
        for ahead in range(-1, LONGEST_CLOSED):
            day = local.date() + timedelta(days=ahead)
            if day.isoweekday() not in self.days or day in self.holidays:
                continue
            start, end = self._hours(day)
            if start <= now < end:
                return 0
            if start > now:
                return ceil((start - now).total_seconds())
        return LONGEST_CLOSED * 24 * 3_600

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        opens = time.fromisoformat(self.opens or "00:00")
        closes = time.fromisoformat(self.closes or "00:00")
        until = day if closes > opens else day + timedelta(days=1)
        zone = zone_of(self.zone)
        start, end = datetime.combine(day, opens, zone), datetime.combine(until, closes, zone)
        return start.astimezone(UTC), end.astimezone(UTC)

    def check(self) -> None:
        """`ValueError`, with a sentence, where these are no hours."""
        if bool(self.opens) != bool(self.closes):
            raise ValueError("opens and closes go together")
        if not all(_CLOCK.fullmatch(each) for each in (self.opens, self.closes) if each):
            raise ValueError("a time is HH:MM, such as 08:30")
        if not self.days or not set(self.days) <= set(range(1, 8)):
            raise ValueError("days are 1 (Monday) to 7 (Sunday), one at least")
        zone_of(self.zone)


ALWAYS = Hours()
