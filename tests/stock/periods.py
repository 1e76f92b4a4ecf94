"""A world with a month that is over, and short ways to close it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from chalicelib.stock.comparison_store import ComparisonStore
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.period_checks import Blockers, PeriodChecks
from chalicelib.stock.period_service import PeriodService
from chalicelib.stock.period_store import PeriodStore
from chalicelib.stock.periods import (
    CloseKind,
    Finding,
    Period,
    PeriodBlocked,
    PeriodVersion,
    Point,
    parse_period,
)
from chalicelib.stock.snapshot_store import SnapshotStore
from tests.stock.world import Interruptible, World, opening

NOVEMBER = parse_period("2026-11")
DECEMBER = parse_period("2026-12")
FIRST = date(2026, 11, 28)
"""The day the books begin."""

UNCOMPARED = {Point.UNEXPLAINED: "no WMS is asked here"}


class Month(World):
    """Books that begin on 28 November with 10 pieces for 100.00; each night the day is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[Point, list[str]] = {Point.MESSAGES: [], Point.PARTS: []}
        self.store_of_periods = PeriodStore(self.tables)
        self.period_transaction = Interruptible(self.tables)
        self.periods = PeriodService(
            periods=self.store_of_periods,
            checks=PeriodChecks(
                store=self.store,
                values=ValueStore(self.tables),
                snapshots=SnapshotStore(self.tables),
                files=self.files,
                comparisons=ComparisonStore(self.tables),
                periods=self.store_of_periods,
                blockers={point: self._blockers(point) for point in self.waiting},
                clock=self.clock,
            ),
            transaction=self.period_transaction,
            clock=self.clock,
        )
        self.clock.moment = night_after(FIRST) - timedelta(hours=12)
        self.post("OPEN", opening(10, 10000), day=FIRST)
        self.cost()

    def _blockers(self, point: Point) -> Blockers:
        return lambda days, most: self.waiting[point][:most]

    def nights(self, until: date) -> None:
        """Closes every day up to one, each in the night after it."""
        last = self.last_closed()
        day = last + timedelta(days=1) if last else FIRST
        while day <= until:
            self.clock.moment = night_after(day)
            self.close(day)
            day += timedelta(days=1)

    def last_closed(self) -> date | None:
        run = SnapshotStore(self.tables).last_run()
        return run.business_date if run else None

    def soft(self, period: Period = NOVEMBER, *, by: str = "lin") -> PeriodVersion:
        return self.periods.close(
            period, CloseKind.SOFT, by=by, reason="month end", sign_offs=UNCOMPARED
        )

    def hard(self, period: Period = NOVEMBER, *, by: str = "lin") -> PeriodVersion:
        return self.periods.close(period, CloseKind.HARD, by=by, reason="audited")

    def failed(self, kind: CloseKind = CloseKind.SOFT) -> dict[Point, Finding]:
        """What doesn't let November be closed, by point."""
        found = self.periods.checklist(NOVEMBER, kind, sign_offs=UNCOMPARED)
        return {each.point: each for each in found if not each.passed}

    def closings(self, period: Period = NOVEMBER) -> dict[str, list[object]]:
        """The figures of every closed day of a period."""
        runs = SnapshotStore(self.tables).closed_days(period.first, period.last)
        return {
            run.id: [row for code in ("WH1", "WH2") for row in self.closes.rows(run.id, code)]
            for run in runs.values()
        }


def night_after(day: date) -> datetime:
    """01:30 of the next day in China."""
    return datetime(day.year, day.month, day.day, 17, 30, tzinfo=UTC)


def ready() -> Month:
    """November is over, and the second night since has closed 1 December."""
    month = Month()
    month.nights(date(2026, 12, 1))
    return month


def blocked_points(blocked: PeriodBlocked) -> Sequence[Point]:
    return [each.point for each in blocked.findings if not each.passed]
