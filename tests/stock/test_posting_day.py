"""The business date that goods count for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.stock.posting_day import OPEN_DAYS, posting_day
from tests.catalog.builders import warehouse

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
    assert posting_day(occurred_at, now=NOW, place=warehouse()) == expected


def test_the_day_is_that_of_the_place_where_the_warehouse_stands() -> None:
    evening = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    assert posting_day(evening, now=NOW, place=warehouse()) == TODAY
    assert posting_day(evening, now=NOW, place=warehouse(zone="Europe/Berlin")) == date(
        2026, 11, 21
    )


def test_the_books_of_a_warehouse_begin_with_its_opening_stock() -> None:
    opened = warehouse(opened_on=date(2026, 11, 20))
    days = [
        posting_day(NOW - timedelta(days=back), now=NOW, place=opened) for back in (0, 1, 2, 3, 30)
    ]
    assert days == [TODAY, date(2026, 11, 21), *[date(2026, 11, 20)] * 3]
