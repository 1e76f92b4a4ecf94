"""The business date that a movement of goods counts for in the books."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.clock import business_date

OPEN_DAYS = 31
"""How long a day stays open for what is told late: each closed day since is restated."""


def posting_day(occurred_at: datetime, *, now: datetime, place: Warehouse) -> date:
    """The day on which goods moved, where the warehouse stands. What happened longer ago than a day
    stays open, or hasn't happened yet by our clock, counts for today; what happened before the
    warehouse's opening stock was booked, for the day of that: its books begin there. The
    warehouse's own time stays on the entry as `occurred_at`. It is a wish: whether the month of the
    day still takes it is decided when it is booked (`period_gate`).
    """
    today = business_date(now, place.zone)
    day = business_date(occurred_at, place.zone)
    if not today - timedelta(days=OPEN_DAYS) <= day <= today:
        return today
    return max(day, place.opened_on or day)
