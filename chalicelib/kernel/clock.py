"""Time: aware UTC moments from a `Clock`, business dates in a warehouse's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = "Asia/Shanghai"


class Clock(Protocol):
    """Where the present comes from: the system in production, a settable clock in tests."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock. The only place of the project that reads it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def business_date(moment: datetime, zone: str = CHINA) -> date:
    """The date on which a moment falls where the warehouse stands."""
    return moment.astimezone(ZoneInfo(zone)).date()


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`: sorts as text in time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(text).astimezone(UTC)
