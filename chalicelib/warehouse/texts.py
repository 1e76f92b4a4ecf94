"""Texts of the Qimen protocol: times in China time, quantities, and the field limits of its type
table.

Types: codes string(50), names string(200), remark string(500), response message string(100), time
string(19) in GMT+8, quantities whole. A code that is too long can't be sent (cutting it would name
something else); names and remarks are cut.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from chalicelib.kernel.errors import Refused

CHINA_TIME = timezone(timedelta(hours=8))
"""Qimen times are GMT+8 by definition, wherever the warehouse stands."""

CODE_LENGTH = 50
NAME_LENGTH = 200
REMARK_LENGTH = 500
MESSAGE_LENGTH = 100

_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_DATE_LENGTH = 10
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T].*)?", re.ASCII | re.DOTALL)
_WHOLE = re.compile(r"[+-]?\d{1,12}(?:\.0{1,4})?", re.ASCII)


def zone_of(text: str) -> tzinfo:
    """`+08:00`, or a name such as `Asia/Tokyo`, as a zone; `ValueError` for anything else."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        try:
            return ZoneInfo(text)
        except (OSError, KeyError, ValueError) as error:
            raise ValueError("a zone is +08:00, or a name such as Asia/Tokyo") from error
    if int(found[2]) > 14:
        raise ValueError("a zone is at most 14 hours off")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(offset if found[1] == "+" else -offset)


def write_time(moment: datetime, zone: tzinfo = CHINA_TIME) -> str:
    """`2026-11-22 09:30:00`, a moment in China time (or the peer's), to the second."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def read_time(text: str | None, zone: tzinfo = CHINA_TIME) -> datetime | None:
    """The moment in UTC; None for no text or one that names no moment.

    A garbled time doesn't undo what physically happened, so it is no reason to refuse a message.
    """
    found = _TIME.fullmatch(text) if text else None
    if found is None:
        return None
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_date(text: str | None) -> date | None:
    """The date of `2021-08-07`, also where a time follows it (often seen); None for anything
    else.
    """
    if not text:
        return None
    if len(text) != _DATE_LENGTH:
        found = _DATE.fullmatch(text)
        if found is None:
            return None
        text = found[1]
    elif text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_whole(text: str) -> int:
    """`2`, `-3` or `2.0000` (a dialect writes four decimals) as a whole number; else
    `ValueError`.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text.partition(".")[0])


def code(text: str, *, field: str) -> str:
    """A code that may be sent; refused (`code_too_long`) above 50 characters."""
    if len(text) > CODE_LENGTH:
        raise Refused("code_too_long", f"a code has at most {CODE_LENGTH} characters", field=field)
    return text


def name(text: str) -> str:
    """A name, cut to 200 characters."""
    return text[:NAME_LENGTH]


def remark(text: str) -> str:
    """A remark, cut to 500 characters."""
    return text[:REMARK_LENGTH]
