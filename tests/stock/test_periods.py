"""Months are closed and reopened by a person, once all is in order; what is told late stays out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.kernel.errors import Conflict, IllegalTransition, Malformed, Refused
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Key
from chalicelib.stock.model import Entry, Kind, Movement, Unplaced, suspense, warehouse
from chalicelib.stock.periods import (
    CloseKind,
    Period,
    PeriodBlocked,
    Point,
    parse_period,
    period_of,
)
from chalicelib.stock.snapshot_store import SnapshotStore, put_shard
from chalicelib.stock.states import PeriodEvent, PeriodState, next_period
from tests.stock.periods import (
    DECEMBER,
    FIRST,
    NOVEMBER,
    Month,
    blocked_points,
    night_after,
    ready,
)
from tests.stock.world import AT, receipt, shipment

LAST = date(2026, 11, 30)
SECOND = date(2026, 12, 2)
ALLOWED = {
    ("OPEN", "CLOSE_SOFT"): "SOFT_CLOSED",
    ("SOFT_CLOSED", "CLOSE_HARD"): "HARD_CLOSED",
    ("SOFT_CLOSED", "REOPEN"): "OPEN",
    ("HARD_CLOSED", "REOPEN"): "OPEN",
}


@pytest.mark.parametrize(
    ("state", "event"), list(itertools.product(PeriodState, PeriodEvent)), ids="-".join
)
def test_a_period_moves_only_as_listed(state: PeriodState, event: PeriodEvent) -> None:
    expected = ALLOWED.get((state.value, event.value))
    if expected is None:
        with pytest.raises(IllegalTransition):
            next_period(state, event)
    else:
        assert next_period(state, event).value == expected


def test_a_period_is_a_month_and_knows_its_neighbours() -> None:
    assert [str(each) for each in (NOVEMBER.previous, NOVEMBER, NOVEMBER.next)] == [
        "2026-10",
        "2026-11",
        "2026-12",
    ]
    assert (NOVEMBER.first, NOVEMBER.last) == (date(2026, 11, 1), LAST)
    assert period_of(date(2028, 2, 29)).last == date(2028, 2, 29)
    assert DECEMBER.next == Period(date(2027, 1, 1))
    assert NOVEMBER.closable_from == datetime(2026, 12, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "26-11", "", "2026-11-01", "²026-11"]
)
def test_what_is_no_month_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="malformed_period"):
        parse_period(text)


# --- closing


def test_a_month_in_order_is_closed_with_who_when_why_and_what_was_checked() -> None:
    month = ready()
    closed = month.soft()
    assert (closed.version, closed.state, closed.by, closed.reason) == (
        1,
        PeriodState.SOFT_CLOSED,
        "lin",
        "month end",
    )
    assert closed.at == month.clock.now()
    assert {each.point: each.count for each in closed.findings} == {
        Point.DAYS: 0,
        Point.MESSAGES: 0,
        Point.PARTS: 0,
        Point.SUSPENSE: 0,
        Point.BELOW_ZERO: 0,
        Point.COSTED: 0,
        Point.UNEXPLAINED: 1,
    }
    assert closed.signed_off()[Point.UNEXPLAINED].signed_off == "no WMS is asked here"


def test_a_month_that_is_not_over_everywhere_is_not_closed() -> None:
    month = Month()
    month.nights(LAST)
    month.clock.moment = datetime(2026, 12, 1, 12, 59, tzinfo=UTC)
    with pytest.raises(Refused, match="2026-11 can be closed from 2026-12-01T13:00") as refused:
        month.soft()
    assert (refused.value.code, refused.value.field) == ("period_not_over", "period")


def test_a_month_is_closed_hard_only_once_it_is_closed_soft() -> None:
    with pytest.raises(IllegalTransition, match="period is OPEN: CLOSE_HARD"):
        ready().hard()


def test_a_month_is_closed_only_after_the_one_before_it() -> None:
    month = ready()
    month.nights(date(2027, 1, 1))
    with pytest.raises(Refused, match="2026-11 is OPEN: it is closed first"):
        month.soft(DECEMBER)
    month.soft()
    month.soft(DECEMBER)
    with pytest.raises(Refused, match="2026-11 is SOFT_CLOSED: it is closed first"):
        month.hard(DECEMBER)


def test_closed_again_by_the_same_person_for_the_same_reason_it_is_closed_once() -> None:
    month = ready()
    first = month.soft()
    month.clock.forward(minutes=5)
    assert month.soft() == first
    with pytest.raises(IllegalTransition):
        month.soft(by="wang")
    assert month.periods.period(NOVEMBER).versions == (first,)


def test_a_reason_is_needed_and_only_some_points_can_be_signed_off() -> None:
    month = ready()
    with pytest.raises(Refused, match="reason_missing"):
        month.periods.close(NOVEMBER, CloseKind.SOFT, by="lin", reason="  ")
    with pytest.raises(Refused, match="not_to_be_signed_off"):
        month.periods.checklist(NOVEMBER, CloseKind.SOFT, sign_offs={Point.SUSPENSE: "never mind"})


# --- the checklist


def test_a_dry_run_changes_nothing_and_closing_is_refused_with_the_list() -> None:
    month = ready()
    month.waiting[Point.MESSAGES] += ["M1 of 2026-11-29", "M2 of 2026-11-30"]
    before = dict(month.tables.tables)
    (found,) = month.failed().values()
    assert (found.point, found.count, found.culprits) == (
        Point.MESSAGES,
        2,
        ("M1 of 2026-11-29", "M2 of 2026-11-30"),
    )
    with pytest.raises(PeriodBlocked) as blocked:
        month.soft()
    assert (blocked.value.code, blocked.value.status) == ("period_blocked", 409)
    assert blocked_points(blocked.value) == [Point.MESSAGES]
    assert month.tables.tables == before


def test_what_is_many_is_counted_up_to_a_number_and_named_up_to_five() -> None:
    month = ready()
    month.waiting[Point.PARTS] += [f"P{number}" for number in range(300)]
    found = month.failed()[Point.PARTS]
    assert (found.count, found.more, found.culprits) == (200, True, ("P0", "P1", "P2", "P3", "P4"))


def test_a_day_that_is_not_closed_blocks() -> None:
    month = Month()
    month.nights(date(2026, 11, 29))
    month.clock.moment = night_after(date(2026, 12, 1))
    assert month.failed()[Point.DAYS].culprits == ("2026-11-30 isn't closed",)


def test_what_an_audit_found_blocks_until_a_person_has_settled_it() -> None:
    month = ready()
    pool = month.tables.tables[Key("stock", "POOL#WH1#A", "HEAD")]
    pool["value"] += 1
    month.audit.audit_shard("2026-11-30.001", "WH1", 0)
    pool["value"] -= 1
    assert month.failed()[Point.DAYS].culprits == (
        "2026-11-30.001: its audit found that WH1/A isn't in order, and nobody has settled it",
    )
    case = month.tables.tables[Key("documents", "EXCEPTION#books_disagree:WH1/A", "HEAD")]
    case["state"] = "RESOLVED"
    assert Point.DAYS not in month.failed()


def test_a_root_that_does_not_hold_and_a_manifest_that_is_not_balanced_block() -> None:
    month = ready()
    snapshots = SnapshotStore(month.tables)
    run = snapshots.closed_days(FIRST, FIRST)[FIRST]
    (shard,) = snapshots.first_shards(run.id)
    for changed in (
        replace(shard, sha256="0" * 64),
        replace(shard, version=2, value={**shard.value, "closing": 9_999}),
    ):
        put = put_shard(changed)
        month.tables.tables[put.key] = {**put.item, "pk": put.key.pk, "sk": put.key.sk}
    assert month.failed()[Point.DAYS].culprits == (
        "2026-11-28.001: its root doesn't hold",
        "2026-11-28.001 WH1/0 isn't balanced",
    )


def test_what_stands_in_suspense_blocks_with_its_age_even_if_it_was_told_late() -> None:
    month = ready()
    month.post("X1", _unplaced(), day=LAST)
    month.clock.forward(hours=30)
    assert month.failed()[Point.SUSPENSE].culprits == ("X1 in WH1, 30 h",)


def test_what_came_to_stand_in_suspense_in_the_next_month_does_not_block() -> None:
    month = ready()
    month.post("X1", _unplaced(), day=date(2026, 12, 2))
    assert Point.SUSPENSE not in month.failed()


def test_a_balance_below_zero_at_the_end_of_the_month_blocks() -> None:
    month = Month()
    month.clock.moment = night_after(date(2026, 11, 29))
    month.post("S1", shipment(12), day=LAST)
    month.cost()
    month.nights(date(2026, 12, 1))
    found = month.failed()[Point.BELOW_ZERO]
    assert (found.count, found.culprits) == (1, ("WH1 A:ZP",))


def test_a_manifest_older_than_the_figure_is_looked_into() -> None:
    month = Month()
    month.post("S1", shipment(12), day=LAST)
    month.cost()
    month.nights(date(2026, 12, 1))
    for item in month.tables.tables.values():
        if "below_zero" in item:
            item["below_zero"], item["lowest"] = None, []
    assert month.failed()[Point.BELOW_ZERO].culprits == ("WH1 A:ZP",)


def test_without_a_close_begun_after_the_month_was_over_nobody_knows_if_all_is_costed() -> None:
    month = Month()
    month.nights(LAST)
    month.clock.moment = datetime(2026, 12, 1, 14, tzinfo=UTC)
    assert month.failed()[Point.COSTED].culprits == (
        "no close that was begun after 2026-12-01T13:00Z is done",
    )


def test_what_was_told_late_since_blocks_until_it_is_costed() -> None:
    month = ready()
    month.clock.forward(hours=3)
    month.post("S1", shipment(4), day=LAST)
    assert month.failed()[Point.COSTED].culprits == ("S1 1#SHIPMENT#ZP#",)
    month.cost()
    assert Point.COSTED not in month.failed()


def test_closing_hard_waits_for_the_close_that_holds_what_was_told_late() -> None:
    month = ready()
    month.clock.forward(hours=3)
    month.post("S1", shipment(4), day=LAST)
    month.cost()
    month.soft()
    assert month.failed(CloseKind.HARD)[Point.TOLD_LATE].culprits == (
        "no close that was begun after 2026-12-01T21:30Z is done",
    )
    month.nights(SECOND)
    assert month.failed(CloseKind.HARD) == {}
    closed = month.hard()
    assert (closed.version, closed.state) == (2, PeriodState.HARD_CLOSED)
    assert closed.signed_off()[Point.UNEXPLAINED].signed_off == "no WMS is asked here"


def test_a_request_reads_no_more_shards_than_it_has_time_for() -> None:
    month = ready()
    with pytest.raises(Refused, match=r"has 3 closed shards.*use \./oms period-close") as refused:
        month.periods.checklist(NOVEMBER, CloseKind.SOFT, most_shards=2)
    assert refused.value.code == "too_many_shards"
    assert month.periods.checklist(NOVEMBER, CloseKind.SOFT, most_shards=3)


# --- what it does to postings


def test_what_happened_in_a_closed_month_counts_for_today_and_keeps_its_time() -> None:
    month = ready()
    month.clock.forward(hours=20)
    month.soft()
    posting = month.post("S1", shipment(4), day=LAST)
    (entry,) = posting.entries
    assert (entry.posting_date, entry.occurred_at) == (date(2026, 12, 2), AT)


def test_by_hand_it_counts_for_the_month_while_that_is_closed_soft() -> None:
    month = ready()
    month.soft()
    posting = _by_hand(month, "B1")
    assert [entry.posting_date for entry in posting] == [LAST]
    month.cost()
    month.clock.forward(hours=2)
    month.nights(SECOND)
    assert month.failed(CloseKind.HARD) == {}
    month.hard()
    assert [entry.posting_date for entry in _by_hand(month, "B2")] == [date(2026, 12, 3)]


def test_a_posting_for_a_month_that_is_over_is_kept_as_told_late() -> None:
    month = ready()
    month.post("S1", shipment(4), day=LAST)
    month.post("S2", shipment(1), day=date(2026, 12, 2))
    late, more = month.store_of_periods.told_late(NOVEMBER, since=AT, limit=10)
    assert [(each.document, each.entries, each.day) for each in late] == [
        ("S1", ("1#SHIPMENT#ZP#",), LAST)
    ]
    assert not more


def test_a_day_before_the_first_closed_month_takes_nothing_either() -> None:
    month = ready()
    month.clock.forward(hours=20)
    month.soft()
    for number, day in enumerate((date(2026, 10, 31), date(2026, 9, 1), date(2025, 1, 1))):
        (entry,) = month.post(f"R{number}", receipt(1, 100), day=day).entries
        assert entry.posting_date == date(2026, 12, 2)


def test_a_posting_of_a_month_that_is_not_over_everywhere_needs_no_look_at_it() -> None:
    month = Month()
    month.nights(LAST)
    month.clock.moment = datetime(2026, 12, 1, 11, 59, tzinfo=UTC)
    early = month.post("S1", shipment(1), day=LAST)
    month.clock.moment = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    late = month.post("S2", shipment(1), day=LAST)
    assert len(late.writes) - len(early.writes) == 2


# --- reopening


def test_a_reopened_month_takes_what_counts_for_it_and_its_versions_stay() -> None:
    month = ready()
    month.soft()
    opened = month.periods.reopen(NOVEMBER, by="wang", reason="an invoice was missing")
    assert (opened.version, opened.state, opened.by) == (2, PeriodState.OPEN, "wang")
    (entry,) = month.post("S1", shipment(4), day=LAST).entries
    assert entry.posting_date == LAST
    (earlier,) = month.post("R1", receipt(1, 100), day=date(2026, 10, 31)).entries
    assert earlier.posting_date == date(2026, 10, 31)
    assert [each.state for each in month.periods.period(NOVEMBER).versions] == [
        PeriodState.SOFT_CLOSED,
        PeriodState.OPEN,
    ]


def test_a_hard_closed_month_is_reopened_only_if_that_is_said() -> None:
    month = ready()
    month.soft()
    month.nights(SECOND)
    month.hard()
    with pytest.raises(Refused, match="period_hard_closed"):
        month.periods.reopen(NOVEMBER, by="wang", reason="wrong")
    opened = month.periods.reopen(NOVEMBER, by="wang", reason="wrong", hard=True)
    assert month.periods.reopen(NOVEMBER, by="wang", reason="wrong") == opened
    assert opened.version == 3


def test_the_last_closed_month_is_reopened_first() -> None:
    month = ready()
    month.soft()
    month.nights(date(2027, 1, 1))
    month.soft(DECEMBER)
    with pytest.raises(Refused, match="2026-12 is closed: it is reopened first"):
        month.periods.reopen(NOVEMBER, by="wang", reason="wrong")
    month.periods.reopen(DECEMBER, by="wang", reason="wrong")
    month.periods.reopen(NOVEMBER, by="wang", reason="wrong")
    (entry,) = month.post("S1", shipment(4), day=date(2026, 12, 31)).entries
    assert entry.posting_date == date(2026, 12, 31)


def test_an_open_month_is_not_reopened() -> None:
    with pytest.raises(IllegalTransition, match="period is OPEN: REOPEN"):
        ready().periods.reopen(NOVEMBER, by="wang", reason="wrong")


def test_periods_are_listed_the_newest_first() -> None:
    month = ready()
    month.soft()
    month.nights(date(2027, 1, 1))
    month.soft(DECEMBER)
    page, cursor = month.periods.periods(limit=1)
    following, _ = month.periods.periods(limit=1, cursor=cursor)
    assert [each.period for each in (*page, *following)] == ["2026-12", "2026-11"]
    assert month.periods.period(parse_period("2027-01")).state is PeriodState.OPEN


def test_two_who_close_it_at_once_close_it_once() -> None:
    month = ready()

    def another(writes: object) -> None:
        month.period_transaction.before = lambda writes: None
        month.soft(by="wang")

    month.period_transaction.before = another
    with pytest.raises(Conflict, match="period_moved"):
        month.soft(by="lin")
    assert [each.by for each in month.periods.period(NOVEMBER).versions] == ["wang"]


def _unplaced() -> Movement:
    return Movement(
        line="1",
        kind=Kind.SUSPENSE,
        warehouse="WH1",
        sku="A",
        bucket=0,
        quantity=2,
        from_location=suspense("WH1"),
        to_location=warehouse("WH1"),
        occurred_at=AT,
        source=Source(message_id="M9"),
        unplaced=Unplaced.CHANGE,
    )


def _by_hand(month: Month, document: str) -> list[Entry]:
    posting = month.stock.plan_post(
        document=document, movements=[receipt(1, 100)], posting_date=LAST, by_hand=True
    )
    month.tables.commit(posting.writes)
    return list(posting.entries)
