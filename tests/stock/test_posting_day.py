"""The business date that goods count for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.stock.posting_day import OPEN_DAYS, posting_day

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("occurred_at", "expected"),
    [
        (NOW, TODAY),
        (NOW - timedelta(days=1), TODAY - timedelta(days=1)),
        (NOW - timedelta(days=OPEN_DAYS), TODAY - timedelta(days=OPEN_DAYS)),
        (NOW - timedelta(days=OPEN_DAYS + 1), TODAY),
        (NOW + timedelta(days=2), TODAY),
        (datetime(1970, 1, 1, tzinfo=UTC), TODAY),
    ],
)
def test_it_is_the_day_it_happened_on_while_that_day_is_open(
    occurred_at: datetime, expected: date
) -> None:
    assert posting_day(occurred_at, now=NOW, zone="Asia/Shanghai") == expected


def test_the_day_is_that_of_the_place_where_the_warehouse_stands() -> None:
    evening = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    assert posting_day(evening, now=NOW, zone="Asia/Shanghai") == TODAY
    assert posting_day(evening, now=NOW, zone="Europe/Berlin") == date(2026, 11, 21)
