"""When suppliers may deliver: the time windows of a warehouse's days, and their capacity. Pure.

A calendar is data: windows per weekday, and days that are exceptions. Times are the warehouse's
own. It is read from JSON::

    {"version": 0,
     "weekly": {"MON": [{"starts": "09:00", "ends": "11:00", "pieces": 2000, "orders": 4}]},
     "exceptions": {"2026-10-01": []}}

`version` is the one it was made from; a weekday or a day without windows takes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.strict_json import check_range, read_json

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MOST_WINDOWS = 48
MOST_EXCEPTIONS = 400
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time window of a day, and what it takes: so many pieces, of so many orders."""

    starts: str
    ends: str
    pieces: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A warehouse's windows, by weekday (`MON` …) and by day where it is an exception."""

    warehouse: str
    weekly: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    exceptions: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    version: int = 0

    def windows(self, day: date) -> tuple[Window, ...]:
        """The windows of a day."""
        exception = self.exceptions.get(day.isoformat())
        return self.weekly.get(WEEKDAYS[day.weekday()], ()) if exception is None else exception

    def window(self, day: date, starts: str) -> Window | None:
        """The window of a day that begins then."""
        return next((each for each in self.windows(day) if each.starts == starts), None)


class _Window(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    starts: str
    ends: str
    pieces: int
    orders: int


class _Calendar(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    version: int
    weekly: dict[str, list[_Window]] = msgspec.field(default_factory=dict)
    exceptions: dict[str, list[_Window]] = msgspec.field(default_factory=dict)


def parse_calendar(body: bytes, *, warehouse: str) -> Calendar:
    """The calendar of a request; `Malformed` or `Refused` names the first field that is wrong."""
    given = read_json(body, _Calendar)
    if not set(given.weekly) <= set(WEEKDAYS):
        raise Refused("unknown_weekday", f"one of {', '.join(WEEKDAYS)}", field="weekly")
    if len(given.exceptions) > MOST_EXCEPTIONS:
        raise Refused(
            "too_many_or_none", f"at most {MOST_EXCEPTIONS} exceptions", field="exceptions"
        )
    for day in given.exceptions:
        parse_day(day, field="exceptions")
    return Calendar(
        warehouse=warehouse,
        weekly={day: _windows(each, f"weekly.{day}") for day, each in given.weekly.items()},
        exceptions={
            day: _windows(each, f"exceptions.{day}") for day, each in given.exceptions.items()
        },
        version=given.version,
    )


def parse_day(text: str, *, field: str) -> date:
    """A day such as `2026-11-22`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("malformed_day", "a day such as 2026-11-22", field=field) from None


def _windows(given: list[_Window], place: str) -> tuple[Window, ...]:
    if len(given) > MOST_WINDOWS:
        raise Refused("too_many_or_none", f"at most {MOST_WINDOWS} windows a day", field=place)
    windows: list[Window] = []
    for at, each in enumerate(given):
        spot = f"{place}[{at}]"
        if not _TIME.fullmatch(each.starts) or not _TIME.fullmatch(each.ends):
            raise Refused("malformed_window", "times such as 09:00", field=spot)
        if each.ends <= each.starts or (windows and each.starts < windows[-1].ends):
            raise Refused(
                "malformed_window", "each ends after it begins, none before the last", field=spot
            )
        check_range(each.pieces, field=f"{spot}.pieces", least=0, most=100_000_000)
        check_range(each.orders, field=f"{spot}.orders", least=0, most=100_000)
        windows.append(
            Window(starts=each.starts, ends=each.ends, pieces=each.pieces, orders=each.orders)
        )
    return tuple(windows)


def moment(day: date, text: str, zone: str) -> datetime:
    """A time of a warehouse's day, in UTC."""
    return datetime.combine(day, time.fromisoformat(text), ZoneInfo(zone)).astimezone(UTC)
