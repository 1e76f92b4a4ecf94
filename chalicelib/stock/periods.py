"""Accounting periods (会计期间): a calendar month of all warehouses, open or closed for booking.

OPEN takes what counts for its days. SOFT_CLOSED takes only what a person with the right role books
into it by hand; HARD_CLOSED takes nothing. What happened in a closed period and is told later
counts for the day it is booked on, and keeps its `occurred_at`.

**No posting lands in a period after its closing was written.** A posting that is planned before a
month is over everywhere needs no look: no month is closed until `IN_FLIGHT` later. One that is
planned after that carries a condition on a gate of the period's, which closing changes in its own
transaction: one of the two comes first, the other one sees it. The gates are several, so that
postings told late don't wait for each other.

**Closed periods are one run of months** without a gap: a month is closed after the one before it,
and reopened before it. What counts for a day changes the openings of all days after it, so nothing
may count for a day before a closed period either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from chalicelib.kernel.errors import Conflict, Malformed
from chalicelib.stock.states import PeriodEvent, PeriodState

IN_FLIGHT = timedelta(hours=1)
"""By then what was planned is committed or lost: no function runs for more than 15 minutes."""

OVER_EVERYWHERE = time(hour=12, tzinfo=UTC)
"""When a date ends in the last zone on earth (UTC−12), on the next day."""

GATES = 16
"""Rows that postings told late spread over."""

MOST_DAYS_BACK = 62
"""What waited longer than this to be booked counts for today. With `GATED_BEFORE` it covers every
day before the first closed period.
"""

GATED_BEFORE = 2
"""Months before the first closed period that its closing shuts too."""

_TEXT = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


class CloseKind(StrEnum):
    """How a period is to be closed."""

    SOFT = "SOFT"
    HARD = "HARD"

    @property
    def event(self) -> PeriodEvent:
        """What it does to the period."""
        return PeriodEvent.CLOSE_SOFT if self is CloseKind.SOFT else PeriodEvent.CLOSE_HARD


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, by its first day."""

    first: date

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def next(self) -> Period:
        """The month after it."""
        return Period((self.first + timedelta(days=31)).replace(day=1))

    @property
    def previous(self) -> Period:
        """The month before it."""
        return period_of(self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def over_at(self) -> datetime:
        """When it is over wherever a warehouse may stand."""
        return datetime.combine(self.next.first, OVER_EVERYWHERE)

    @property
    def closable_from(self) -> datetime:
        """When everything is committed that was planned before it was over."""
        return self.over_at + IN_FLIGHT

    def days(self, *, since: date) -> Iterator[date]:
        """Its days from this one on."""
        day = max(self.first, since)
        while day <= self.last:
            yield day
            day += timedelta(days=1)


def period_of(day: date) -> Period:
    """The period that a day belongs to."""
    return Period(day.replace(day=1))


def parse_period(text: str, *, field: str = "period") -> Period:
    """`2026-11`; `Malformed` otherwise."""
    if not _TEXT.fullmatch(text):
        raise Malformed("malformed_period", "a month such as 2026-11", field=field)
    return Period(date.fromisoformat(f"{text}-01"))


class Point(StrEnum):
    """What is checked before a period is closed."""

    DAYS = "DAYS"
    MESSAGES = "MESSAGES"
    REFUSED_MESSAGES = "REFUSED_MESSAGES"
    SUSPENSE = "SUSPENSE"
    PARTS = "PARTS"
    BELOW_ZERO = "BELOW_ZERO"
    COSTED = "COSTED"
    UNEXPLAINED = "UNEXPLAINED"
    TOLD_LATE = "TOLD_LATE"


SIGNABLE = frozenset({Point.UNEXPLAINED, Point.REFUSED_MESSAGES})
"""Points that a person may sign off with a reason: what nothing in the books can settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a point of the checklist found: how many, and the first of them by document, message or
    day with a word of why. `more`: there are more than were counted. `signed_off` is a person's
    reason to close all the same.
    """

    point: Point
    count: int = 0
    culprits: tuple[str, ...] = ()
    more: bool = False
    signed_off: str = ""

    @property
    def passed(self) -> bool:
        """Whether it lets the period be closed."""
        return not self.count or bool(self.signed_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodVersion:
    """A period as somebody closed or reopened it, never changed: who, when, why, and what the
    checklist said.
    """

    period: str
    version: int
    state: PeriodState
    by: str
    at: datetime
    reason: str
    findings: tuple[Finding, ...] = ()

    def signed_off(self) -> dict[Point, Finding]:
        """The findings that a person signed off."""
        return {each.point: each for each in self.findings if each.signed_off}


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePosting:
    """Entries of a document that count for a period, booked once it was over; `by_hand`: once it
    was closed.
    """

    document: str
    entries: tuple[str, ...]
    day: date
    posted_at: datetime
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whether a period takes postings: one of its `GATES` rows. `postings` counts those that were
    made through it since it was turned.
    """

    number: int
    state: PeriodState = PeriodState.OPEN
    postings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """A period as it is, and all versions of it; of one that nobody closed there is none."""

    period: str
    state: PeriodState
    versions: tuple[PeriodVersion, ...] = field(default=())


class PeriodBlocked(Conflict):
    """The checklist doesn't let a period be closed; `findings` are all of its points."""

    def __init__(self, period: Period, findings: tuple[Finding, ...]) -> None:
        failed = ", ".join(each.point.value for each in findings if not each.passed)
        super().__init__("period_blocked", f"{period} can't be closed yet: {failed}")
        self.findings = findings
