"""Closing, reopening and booking late with every outside call gone wrong: each happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib.bootstrap import Container, reset
from chalicelib.kernel.provenance import Source
from chalicelib.movements.model import AdjustmentLine, adjustment_number
from chalicelib.stock.model import Kind
from chalicelib.stock.periods import CloseKind, Point, parse_period
from tests.fakes.cloud import Cloud
from tests.fakes.kernel import SettableClock
from tests.harness.clouds import reusable_cloud
from tests.harness.crash_points import Mode, enumerate_crashes
from tests.proofs.test_movement_crashes import Use, scenario, stocked

NOVEMBER = parse_period("2026-11")
OCTOBER = NOVEMBER.previous
"""It has no day of the books, so it is in order as soon as a night was closed."""


@pytest.fixture(scope="module")
def empty() -> Iterator[Callable[[], Cloud]]:
    with reusable_cloud() as made:
        yield made
    reset()


def night(oms: Container) -> None:
    """The day that it is now is closed, with all its shards."""
    oms.costs.cost_pools(["WH1/A", "WH1/B"])
    run = oms.closes.start_close(oms.clock.now().date())
    for shard in run.shards:
        code, _, bucket = shard.partition("/")
        oms.closes.close_shard(run.id, code, int(bucket))


def later(oms: Container, moment: datetime) -> None:
    assert isinstance(oms.clock, SettableClock)
    oms.clock.moment = moment


def soft(oms: Container) -> None:
    oms.periods.close(OCTOBER, CloseKind.SOFT, by="lin", reason="month end")


def soft_closed(oms: Container) -> None:
    night(oms)
    soft(oms)


def hard(oms: Container) -> None:
    oms.periods.close(OCTOBER, CloseKind.HARD, by="lin", reason="audited")


def a_night_later(oms: Container) -> None:
    soft_closed(oms)
    later(oms, oms.clock.now() + timedelta(days=1))
    night(oms)


def hard_closed(oms: Container) -> None:
    a_night_later(oms)
    hard(oms)


def reopen(oms: Container) -> None:
    oms.periods.reopen(OCTOBER, by="wang", reason="wrong", hard=True)


def told_late(oms: Container, *, closed_month: bool = False) -> None:
    """On 4 December a change is accepted that happened on 30 November."""
    later(oms, datetime(2026, 12, 4, 2, 0, tzinfo=UTC))
    _, writes = oms.adjustments.plan_adjustment(
        warehouse="WH1",
        key="X1",
        lines=[AdjustmentLine(sku="A", inventory_type="ZP", quantity=3)],
        source=Source(message_id="M1"),
        occurred_at=datetime(2026, 11, 30, 2, 0, tzinfo=UTC),
        kind=Kind.ADJUSTMENT,
        cause="",
        rule="",
        closed_month=closed_month,
    )
    oms.tables.commit(writes)


def told_too_late(oms: Container, *, closed_month: bool = False) -> None:
    """… and meanwhile November was closed."""
    told_late(oms, closed_month=closed_month)
    later(oms, datetime(2026, 11, 30, 2, 0, tzinfo=UTC))
    night(oms)
    for day in range(1, 4):
        later(oms, datetime(2026, 12, day, 17, 0, tzinfo=UTC))
        night(oms)
    later(oms, datetime(2026, 12, 4, 2, 0, tzinfo=UTC))
    oms.periods.close(
        NOVEMBER,
        CloseKind.SOFT,
        by="lin",
        reason="month end",
        sign_offs={Point.UNEXPLAINED: "not asked"},
    )


def posted(oms: Container) -> None:
    oms.adjustments.post_adjustment(adjustment_number("WH1", "X1"))


SCENARIOS: dict[str, tuple[Use, Use]] = {
    "a month is closed soft": (night, soft),
    "it is closed hard": (a_night_later, hard),
    "what is closed soft is reopened": (soft_closed, reopen),
    "what is closed hard is reopened": (hard_closed, reopen),
    "what was told late is booked": (told_late, posted),
    "what was told too late is booked": (told_too_late, posted),
    "what a person orders into the closed month is booked": (
        partial(told_too_late, closed_month=True),
        posted,
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_survives_a_death_after_every_call(empty: Callable[[], Cloud], name: str) -> None:
    report = enumerate_crashes(scenario(empty, name, *SCENARIOS[name]), modes=(Mode.KILL_AFTER,))
    assert report.divergences == (), str(report)
    assert report.calls


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENARIOS)
def test_it_survives_every_crash(empty: Callable[[], Cloud], name: str) -> None:
    report = enumerate_crashes(scenario(empty, name, *SCENARIOS[name]))
    assert report.divergences == (), str(report)


def test_what_was_told_too_late_counts_for_the_day_it_is_booked_on(
    empty: Callable[[], Cloud],
) -> None:
    oms = stocked(empty())
    told_too_late(oms)
    posted(oms)
    (entry,) = oms.stock.entries_of(adjustment_number("WH1", "X1"))
    assert (entry.posting_date.isoformat(), entry.occurred_at.date().isoformat()) == (
        "2026-12-04",
        "2026-11-30",
    )
