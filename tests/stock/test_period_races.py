"""Postings and closings at the same moment, in any order: a closed month never changes."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.kernel.writes import Writes
from chalicelib.stock.periods import PeriodBlocked, period_of
from chalicelib.stock.planning import commit_replanning
from chalicelib.stock.states import PeriodState
from tests.stock.periods import FIRST, NOVEMBER, Month, ready
from tests.stock.world import receipt, shipment

LAST = date(2026, 11, 30)


def booked(month: Month, document: str, *, by_hand: bool = False) -> None:
    """A receipt that counts for the last day of November, if that may be."""

    def plan() -> Writes:
        return month.stock.plan_post(
            document=document, movements=[receipt(3, 300)], posting_date=LAST, by_hand=by_hand
        ).writes

    commit_replanning(month.transaction, plan)


def day_of(month: Month, document: str) -> date:
    (entry,) = month.stock.entries_of(document)
    return entry.posting_date


def test_what_was_planned_before_the_month_was_closed_and_commits_after_counts_for_today() -> None:
    month = ready()

    def closing(writes: Writes) -> None:
        month.transaction.before = lambda writes: None
        month.soft()

    month.transaction.before = closing
    booked(month, "R1")
    assert day_of(month, "R1") == date(2026, 12, 2)
    assert month.periods.period(NOVEMBER).state is PeriodState.SOFT_CLOSED


def test_what_commits_before_the_closing_does_counts_for_the_month() -> None:
    month = ready()

    def posting(writes: Writes) -> None:
        month.period_transaction.before = lambda writes: None
        booked(month, "R1")

    month.period_transaction.before = posting
    month.soft()
    assert day_of(month, "R1") == LAST
    # It is in the books before the closing was written, and the hard one waits for its close.
    with pytest.raises(PeriodBlocked, match="TOLD_LATE"):
        month.hard()


def test_closed_hard_at_the_moment_that_somebody_books_by_hand_one_of_them_gives_way() -> None:
    month = ready()
    month.soft()
    month.nights(date(2026, 12, 2))

    def posting(writes: Writes) -> None:
        month.period_transaction.before = lambda writes: None
        booked(month, "R1", by_hand=True)

    month.period_transaction.before = posting
    with pytest.raises(Conflict, match="period_moved"):
        month.hard()
    assert day_of(month, "R1") == LAST
    with pytest.raises(PeriodBlocked, match="TOLD_LATE"):
        month.hard()


def test_what_is_booked_by_hand_while_the_month_is_closed_hard_counts_for_today() -> None:
    month = ready()
    month.soft()
    month.nights(date(2026, 12, 2))

    def closing(writes: Writes) -> None:
        month.transaction.before = lambda writes: None
        month.hard()

    month.transaction.before = closing
    booked(month, "R1", by_hand=True)
    assert day_of(month, "R1") == date(2026, 12, 3)


def test_a_month_that_is_reopened_meanwhile_takes_what_was_planned_for_it() -> None:
    month = ready()
    month.soft()

    def opening(writes: Writes) -> None:
        month.transaction.before = lambda writes: None
        month.periods.reopen(NOVEMBER, by="wang", reason="wrong")

    month.transaction.before = opening
    booked(month, "R1", by_hand=True)
    assert day_of(month, "R1") == LAST


def _attempted(month: Month, what: str) -> None:
    """A person tries; what isn't possible now is refused."""
    period = period_of(LAST)
    tries = {
        "soft": month.soft,
        "hard": month.hard,
        "reopen": partial(month.periods.reopen, period, by="wang", reason="wrong"),
        "soft next": partial(month.soft, period.next),
        "hard next": partial(month.hard, period.next),
    }
    try:
        tries[what]()
    except Refused:
        return


STEPS = st.one_of(
    st.tuples(st.just("in"), st.integers(0, 70), st.booleans()),
    st.tuples(st.just("out"), st.integers(0, 70), st.booleans()),
    st.tuples(st.just("night"), st.integers(1, 25), st.just(False)),
    st.tuples(
        st.sampled_from(["soft", "hard", "reopen", "soft next", "hard next"]),
        st.just(0),
        st.just(False),
    ),
)


SOFT, HARD, NIGHT = ("soft", 0, False), ("hard", 0, False), ("night", 1, False)
BEGUN = st.sampled_from([[], [SOFT], [SOFT, NIGHT, HARD]])
"""How far November is closed already: by chance it seldom would be."""


@settings(max_examples=60, deadline=None)
@given(steps=st.builds(list.__add__, BEGUN, st.lists(STEPS, max_size=20)))
def test_whatever_is_booked_and_closed_a_hard_closed_month_keeps_its_figures(
    steps: list[tuple[str, int, bool]],
) -> None:
    month = ready()
    kept: dict[str, dict[str, list[object]]] = {}
    for number, (what, amount, by_hand) in enumerate(steps):
        today = (month.clock.now() + timedelta(hours=8)).date()
        if what == "night":
            last = month.last_closed() or FIRST
            month.nights(last + timedelta(days=amount))
        elif what in ("in", "out"):
            moved = receipt(3, 333) if what == "in" else shipment(2)
            posting = month.stock.plan_post(
                document=f"D{number}",
                movements=[moved],
                posting_date=today - timedelta(days=amount),
                by_hand=by_hand,
            )
            month.tables.commit(posting.writes)
            month.cost()
        else:
            _attempted(month, what)
        for period in (NOVEMBER, NOVEMBER.next):
            hard = month.periods.period(period).state is PeriodState.HARD_CLOSED
            if not hard:
                kept.pop(str(period), None)
                continue
            assert kept.setdefault(str(period), month.closings(period)) == month.closings(period)


def test_the_law_is_not_empty() -> None:
    month = ready()
    month.soft()
    month.nights(date(2026, 12, 2))
    month.hard()
    before = month.closings()
    assert sorted(before) == ["2026-11-28.001", "2026-11-29.001", "2026-11-30.001"]
    booked(month, "R1", by_hand=True)
    month.cost()
    month.nights(date(2026, 12, 3))
    assert month.closings() == before
