"""Delivery appointments: a slot has room for so much and no more, and how it was kept is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import (
    Conflict,
    IllegalTransition,
    Malformed,
    NotFound,
    Refused,
    Unavailable,
)
from chalicelib.kernel.provenance import Source
from chalicelib.purchasing.appointment_store import Appointment, Kept, kept
from chalicelib.purchasing.calendar import Calendar, Window, parse_calendar
from chalicelib.purchasing.states import AppointmentState
from tests.fakes.dynamodb import MemoryTables
from tests.purchasing.bench import ARRIVED, MESSAGE, PurchasingBench, arrived, line_input, receipt
from tests.purchasing.tables import Failing, Overtaken

TUESDAY = date(2026, 12, 1)
NINE = Window(starts="09:00", ends="11:00", pieces=30, orders=3)
TWO = Window(starts="14:00", ends="16:00", pieces=20, orders=1)


def opened(tables: MemoryTables | None = None, **changes: Any) -> PurchasingBench:
    bench = PurchasingBench(tables=tables or MemoryTables())
    calendar = Calendar(warehouse="WH1", weekly={"TUE": (NINE, TWO)}, **changes)
    bench.service.appointments.put_calendar(calendar)
    return bench


def ordered(bench: PurchasingBench, name: str, pieces: int = 10) -> str:
    return bench.ordered(id=name, lines=(line_input(1, "A", pieces),))


def book(
    bench: PurchasingBench, no: str, starts: str = "09:00", day: date = TUESDAY
) -> Appointment:
    return bench.service.appointments.book(no, day, starts, by="SRM")


def taken(bench: PurchasingBench, day: date = TUESDAY) -> list[tuple[str, int, int]]:
    found = bench.service.appointments.slots("WH1", day)
    return [(window.starts, slot.pieces, slot.orders) for window, slot in found]


# --- calendars


def test_a_day_has_its_weekday_s_windows_or_those_of_its_exception() -> None:
    exceptions = {"2026-12-08": (TWO,), "2026-12-15": ()}
    calendar = Calendar(warehouse="WH1", weekly={"TUE": (NINE, TWO)}, exceptions=exceptions)
    assert [calendar.windows(date(2026, 12, day)) for day in (1, 2, 8, 15)] == [
        (NINE, TWO),
        (),
        (TWO,),
        (),
    ]


def test_a_calendar_is_written_from_the_last_version_only() -> None:
    bench = opened()
    appointments = bench.service.appointments
    assert appointments.calendar("WH1").version == 1
    assert appointments.calendar("WH2") == Calendar(warehouse="WH2")
    same = Calendar(warehouse="WH1", weekly={"TUE": (NINE, TWO)})
    assert appointments.put_calendar(same).version == 1
    with pytest.raises(Conflict, match="stale_calendar"):
        appointments.put_calendar(Calendar(warehouse="WH1", weekly={"MON": (NINE,)}))
    other = Calendar(warehouse="WH1", weekly={"MON": (NINE,)}, version=1)
    assert appointments.put_calendar(other) == appointments.calendar("WH1")


def window(starts: str = "09:00", ends: str = "11:00", **changes: Any) -> dict[str, Any]:
    return {"starts": starts, "ends": ends, "pieces": 1, "orders": 1, **changes}


def test_a_calendar_is_read_from_json() -> None:
    body = {"version": 2, "weekly": {"TUE": [window()]}, "exceptions": {"2026-12-08": []}}
    assert parse_calendar(json.dumps(body).encode(), warehouse="WH1") == Calendar(
        warehouse="WH1",
        weekly={"TUE": (Window(starts="09:00", ends="11:00", pieces=1, orders=1),)},
        exceptions={"2026-12-08": ()},
        version=2,
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"weekly": {"TUESDAY": []}}, "unknown_weekday", "weekly"),
        ({"exceptions": {"tomorrow": []}}, "malformed_day", "exceptions"),
        ({"weekly": {"TUE": [window("9:00")]}}, "malformed_window", "weekly.TUE[0]"),
        ({"weekly": {"TUE": [window("12:00")]}}, "malformed_window", "weekly.TUE[0]"),
        (
            {"weekly": {"TUE": [window(), window("10:00", "12:00")]}},
            "malformed_window",
            "weekly.TUE[1]",
        ),
        ({"weekly": {"TUE": [window(pieces=-1)]}}, "out_of_range", "weekly.TUE[0].pieces"),
        ({"weekly": {"TUE": [window()] * 49}}, "too_many_or_none", "weekly.TUE"),
    ],
)
def test_a_calendar_that_is_none_is_refused_with_its_field(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        parse_calendar(json.dumps({"version": 0, **changes}).encode(), warehouse="WH1")
    assert (refused.value.code, refused.value.field) == (code, field)
    with pytest.raises(Malformed):
        parse_calendar(b'{"version": 0, "monthly": {}}', warehouse="WH1")


# --- booking


def test_a_booked_slot_is_counted_and_listed() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    booked = book(bench, no)
    assert (booked.state, booked.pieces, booked.ends, booked.supplier, booked.by) == (
        AppointmentState.BOOKED,
        10,
        "11:00",
        "SUP1",
        "SRM",
    )
    assert bench.service.appointments.of_order(no) == booked
    assert taken(bench) == [("09:00", 10, 1), ("14:00", 0, 0)]
    assert bench.service.appointments.of_day("WH1", TUESDAY) == [(booked, Kept.OPEN)]


def test_booked_again_it_stays_and_moved_it_leaves_its_old_slot() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    first = book(bench, no)
    assert book(bench, no) == first
    assert taken(bench) == [("09:00", 10, 1), ("14:00", 0, 0)]
    book(bench, no, "14:00")
    assert taken(bench) == [("09:00", 0, 0), ("14:00", 10, 1)]
    later = date(2026, 12, 8)
    book(bench, no, "09:00", later)
    assert (taken(bench), taken(bench, later)) == (
        [("09:00", 0, 0), ("14:00", 0, 0)],
        [("09:00", 10, 1), ("14:00", 0, 0)],
    )
    assert bench.service.appointments.of_day("WH1", TUESDAY) == []


def test_given_back_it_is_free_and_can_be_booked_anew() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    book(bench, no)
    cancelled = bench.service.appointments.cancel(no, by="mei")
    assert (cancelled.state, cancelled.by) == (AppointmentState.CANCELLED, "mei")
    assert bench.service.appointments.cancel(no, by="li") == cancelled
    assert taken(bench)[0] == ("09:00", 0, 0)
    assert book(bench, no).state is AppointmentState.BOOKED
    assert taken(bench)[0] == ("09:00", 10, 1)


@pytest.mark.parametrize("pieces", [(20, 11), (31,)])
def test_a_slot_takes_no_more_pieces_than_it_has(pieces: tuple[int, ...]) -> None:
    bench = opened()
    numbers = [ordered(bench, f"P-{n}", count) for n, count in enumerate(pieces)]
    for no in numbers[:-1]:
        book(bench, no)
    before = bench.state()
    with pytest.raises(Conflict, match="slot_full"):
        book(bench, numbers[-1])
    assert bench.state() == before


def test_a_slot_takes_no_more_orders_than_it_has() -> None:
    bench = opened()
    book(bench, ordered(bench, "P-1", 1), "14:00")
    with pytest.raises(Conflict, match="slot_full"):
        book(bench, ordered(bench, "P-2", 1), "14:00")


def test_only_what_is_still_to_come_takes_room() -> None:
    bench = opened()
    no = ordered(bench, "P-1", 40)
    bench.received(receipt(no, arrived(1, "A", 15, on=1), final=False))
    assert book(bench, no).pieces == 25


def test_only_slots_that_are_there_and_not_over_are_booked() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    for day, starts in ((TUESDAY, "10:00"), (date(2026, 12, 2), "09:00")):
        with pytest.raises(Refused, match="unknown_slot"):
            book(bench, no, starts, day)
    bench.clock.moment = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="slot_over"):
        book(bench, no)
    assert book(bench, no, "14:00").starts == "14:00"
    with pytest.raises(Refused, match="unknown_purchase_order"):
        book(bench, "PO9")
    with pytest.raises(NotFound, match="unknown_appointment"):
        bench.service.appointments.cancel(ordered(bench, "P-2"), by="mei")


def test_an_order_that_ends_gives_its_slot_back_and_can_book_none() -> None:
    bench = opened()
    cancelled, closed = ordered(bench, "P-1"), ordered(bench, "P-2")
    source = Source(message_id="M5")
    bench.tables.commit(bench.service.plan_sent(closed, "W-7", source, ARRIVED))
    for no in (cancelled, closed):
        book(bench, no)
    bench.service.cancel(cancelled, because="late", by="mei")
    assert taken(bench)[0] == ("09:00", 20, 2)
    bench.tables.commit(
        bench.service.plan_cancel_result(cancelled, accepted=True, source=source, at=ARRIVED)
    )
    bench.service.close(closed, because="never came", by="mei")
    assert taken(bench)[0] == ("09:00", 0, 0)
    with pytest.raises(Conflict, match="nothing_expected"):
        book(bench, closed)


# --- arriving


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 12, 1, 0, 59, tzinfo=UTC), Kept.EARLY),
        (datetime(2026, 12, 1, 1, 0, tzinfo=UTC), Kept.KEPT),
        (datetime(2026, 12, 1, 3, 0, tzinfo=UTC), Kept.KEPT),
        (datetime(2026, 12, 1, 3, 1, tzinfo=UTC), Kept.LATE),
        (datetime(2026, 12, 4, 1, 0, tzinfo=UTC), Kept.LATE),
    ],
)
def test_the_first_goods_tell_how_it_was_kept(at: datetime, expected: Kept) -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    book(bench, no)
    bench.received(receipt(no, arrived(1, "A", 4, on=1), occurred_at=at, final=False))
    bench.received(
        receipt(no, arrived(1, "A", 6, on=1), id="RK2", occurred_at=ARRIVED, final=False)
    )
    ((appointment, how),) = bench.service.appointments.of_day("WH1", TUESDAY)
    assert (appointment.state, appointment.arrived_at, how) == (
        AppointmentState.ARRIVED,
        at,
        expected,
    )
    with pytest.raises(IllegalTransition):
        bench.service.appointments.cancel(no, by="mei")


def test_what_has_not_come_by_the_end_of_its_day_is_missed() -> None:
    bench = opened()
    booked = book(bench, ordered(bench, "P-1"))
    for now, expected in (
        (datetime(2026, 12, 1, 15, 59, tzinfo=UTC), Kept.OPEN),
        (datetime(2026, 12, 1, 16, 0, tzinfo=UTC), Kept.MISSED),
    ):
        assert kept(booked, zone="Asia/Shanghai", now=now) is expected


def test_a_receipt_without_pieces_is_no_arrival() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    book(bench, no)
    bench.received(receipt(no, arrived(1, "A", 0, on=1), final=False))
    assert bench.service.appointments.of_day("WH1", TUESDAY)[0][1] is Kept.OPEN


def test_it_tells_the_warehouse_when_to_expect_the_goods() -> None:
    bench = opened()
    no = ordered(bench, "P-1")
    order = bench.service.purchase_order(no)
    assert bench.service.expected(order) == (None, None)
    book(bench, no)
    assert bench.service.expected(order) == (
        datetime(2026, 12, 1, 1, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 3, 0, tzinfo=UTC),
    )
    bench.service.appointments.cancel(no, by="mei")
    assert bench.service.expected(order) == (None, None)


# --- at once, and broken off


def test_two_that_take_the_last_place_at_once_do_not_both_have_it() -> None:
    tables = Overtaken()
    bench = opened(tables)
    first, second = ordered(bench, "P-1"), ordered(bench, "P-2")
    tables.at, tables.other = 1, lambda: book(bench, second, "14:00")
    with pytest.raises(Conflict, match="slot_full"):
        book(bench, first, "14:00")
    assert taken(bench)[1] == ("14:00", 10, 1)
    assert bench.service.appointments.of_order(first) is None


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["book", "move", "cancel", "arrive"])
def test_said_again_after_a_failure_it_is_counted_once(name: str, after: bool) -> None:
    def say(bench: PurchasingBench) -> None:
        match name:
            case "book":
                book(bench, "PO000001")
            case "move":
                book(bench, "PO000002", "14:00")
            case "cancel":
                bench.service.appointments.cancel("PO000002", by="mei")
            case _:
                bench.service.post_receipt("RK1")

    def made(tables: Failing) -> PurchasingBench:
        bench = opened(tables)
        ordered(bench, "P-1")
        book(bench, ordered(bench, "P-2"))
        bench.accept(receipt("PO000002", arrived(1, "A", 4, on=1)))
        return bench

    calm = made(Failing())
    say(calm)
    tables = Failing()
    bench = made(tables)
    tables.fail_at, tables.after = 1 if name != "arrive" else 2, after
    with pytest.raises(Unavailable):
        say(bench)
    say(bench)
    assert bench.state() == calm.state()


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["09:00", "14:00", "cancel", "cancel order"])),
        max_size=15,
    )
)
def test_a_slot_has_what_its_appointments_have_and_never_more_than_it_takes(
    steps: list[tuple[int, str]],
) -> None:
    bench = opened()
    numbers = [ordered(bench, f"P-{n}", 4 + 3 * n) for n in range(5)]
    for at, what in steps:
        try:
            if what == "cancel":
                bench.service.appointments.cancel(numbers[at], by="mei")
            elif what == "cancel order":
                bench.tables.commit(
                    bench.service.plan_cancel_result(
                        numbers[at], accepted=True, source=MESSAGE, at=ARRIVED
                    )
                )
            else:
                book(bench, numbers[at], what)
        except Refused:
            continue
    booked = [each for no in numbers if (each := bench.service.appointments.of_order(no))]
    for each, limit in zip(taken(bench), (NINE, TWO), strict=True):
        here = [
            one.pieces
            for one in booked
            if one.starts == each[0] and one.state is AppointmentState.BOOKED
        ]
        assert each == (limit.starts, sum(here), len(here))
        assert each[1] <= limit.pieces
        assert each[2] <= limit.orders
