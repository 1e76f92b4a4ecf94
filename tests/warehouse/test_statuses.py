"""Status tables: what may stand in one, what is in force, who sees what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.cache import TimedCache
from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.orders.model import TrackRow
from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.codes import DeliveryStatus, EntryStatus, ProcessStatus
from chalicelib.warehouse.statuses.audiences import ShownTrack, shown_track
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.checking import parse_statuses, statuses
from chalicelib.warehouse.statuses.defaults import DEFAULT_ROWS
from chalicelib.warehouse.statuses.model import (
    Audience,
    DocumentKind,
    Effect,
    Notify,
    StatusTable,
)
from chalicelib.warehouse.store import WarehouseStore
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.kernel import SettableClock

USUAL = statuses(StatusTable(wms="W1"))
T0 = datetime(2026, 11, 22, 2, tzinfo=UTC)

DELIVERED1 = {
    "document": "delivery",
    "code": "DELIVERED1",
    "effect": "TRACK",
    "axis": "fulfilment",
    "state": "SHIPPED",
    "rank": 60,
    "channel": {"key": "shipped", "text": "已发货"},
    "buyer": {"key": "shipped", "text": "已发货"},
    "notify": "PARCEL",
}


def table(*rows: dict[str, Any], version: int = 0) -> StatusTable:
    body = {"version": version, "rows": list(rows)}
    return parse_statuses(json.dumps(body).encode(), wms="W1")


def test_every_status_of_the_protocol_has_a_row() -> None:
    delivery = {row.code for row in DEFAULT_ROWS if row.document is DocumentKind.DELIVERY}
    entry = {row.code for row in DEFAULT_ROWS if row.document is DocumentKind.ENTRY}
    assert delivery >= {*ProcessStatus, *DeliveryStatus}
    assert entry >= {*ProcessStatus, *EntryStatus}


@pytest.mark.parametrize(
    ("code", "effect", "buyer", "notify"),
    [
        ("ACCEPT", "MOVE", "仓库已接单", "NONE"),
        ("WEIGH", "MOVE", "正在打包", "NONE"),
        ("READY", "MOVE", "待提货", "BUYER"),
        ("DELIVERED", "TRACK", "已发货", "PARCEL"),
        ("SIGN", "MOVE", "已签收", "NONE"),
        ("REFUSE", "MOVE", "已拒收", "SERVICE"),
        ("EXCEPTION", "ALERT", "", "OPERATIONS"),
        ("REJECT", "REJECTED", "", "OPERATIONS"),
        ("CANCELED", "CANCELLED", "已取消", "BUYER"),
        ("TMSCANCELED", "INTERCEPTED", "", "SERVICE"),
        ("OTHER", "TRACK", "", "NONE"),
        ("DELIVERED1", "ALERT", "", "NONE"),
    ],
)
def test_the_usual_rows(code: str, effect: str, buyer: str, notify: str) -> None:
    row = USUAL.row(DocumentKind.DELIVERY, code)
    assert (row.effect, row.buyer.text if row.buyer else "", row.notify) == (effect, buyer, notify)


def test_a_wms_adds_codes_and_replaces_rows() -> None:
    hidden = {"document": "delivery", "code": "WEIGH", "effect": "TRACK"}
    found = statuses(table(DELIVERED1, hidden))
    assert found.row(DocumentKind.DELIVERY, "DELIVERED1").state == FulfilmentState.SHIPPED
    assert found.row(DocumentKind.DELIVERY, "WEIGH").buyer is None
    assert found.row(DocumentKind.DELIVERY, "PICK") == USUAL.row(DocumentKind.DELIVERY, "PICK")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"code": "已发货"}, "malformed_status", "rows[0].code"),
        ({"axis": "payment"}, "malformed_status", "rows[0].axis"),
        ({"state": "GONE"}, "malformed_status", "rows[0].state"),
        ({"axis": ""}, "malformed_status", "rows[0].state"),
        ({"effect": "MOVE"}, "malformed_status", "rows[0].effect"),
        ({"effect": "REJECTED"}, "malformed_status", "rows[0].effect"),
        ({"document": "entry"}, "malformed_status", "rows[0].effect"),
        ({"rank": 100}, "malformed_status", "rows[0].rank"),
        ({"buyer": None, "notify": "BUYER"}, "malformed_status", "rows[0].notify"),
        ({"buyer": {"key": "shipped", "text": ""}}, "malformed_status", "rows[0].buyer"),
        ({"channel": {"key": "a b", "text": "x"}}, "malformed_status", "rows[0].channel"),
        ({"buyer": {"key": "shipped", "text": "寄出"}}, "malformed_statuses", "rows"),
        ({"rank": 30}, "rank_goes_back", "rows"),
    ],
)
def test_a_row_that_could_not_be_followed_is_refused(
    change: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        statuses(table(DELIVERED1 | change))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_code_twice_and_too_many_rows_are_refused() -> None:
    with pytest.raises(Refused, match="duplicate_status"):
        statuses(table(DELIVERED1, DELIVERED1))
    rows = [DELIVERED1 | {"code": f"X{number}"} for number in range(201)]
    with pytest.raises(Refused, match="malformed_statuses"):
        statuses(table(*rows))


def test_what_is_seen_may_go_back_only_where_the_row_says_that_it_retracts() -> None:
    back = DELIVERED1 | {"rank": 30, "retracts": True}
    assert statuses(table(back)).row(DocumentKind.DELIVERY, "DELIVERED1").retracts


def test_a_body_with_unknown_words_is_refused() -> None:
    with pytest.raises(Refused):
        table(DELIVERED1 | {"effect": "SHIP"})
    with pytest.raises(Refused):
        table(DELIVERED1 | {"colour": "red"})


@pytest.fixture
def book() -> StatusBook:
    tables, clock = MemoryTables(), SettableClock()
    return StatusBook(WarehouseStore(tables), tables, TimedCache(clock, seconds=0))


def test_a_table_is_put_in_versions(book: StatusBook) -> None:
    assert book.of("W1").table.version == 0
    assert book.put(table(DELIVERED1)).table.version == 1
    assert book.of("W1").row(DocumentKind.DELIVERY, "DELIVERED1").effect is Effect.TRACK
    assert book.of("W2").row(DocumentKind.DELIVERY, "DELIVERED1").effect is Effect.ALERT
    with pytest.raises(Conflict, match="stale_statuses"):
        book.put(table())
    assert book.put(table(version=1)).table == StatusTable(wms="W1", version=2, rows=())
    assert book.of("W1") == replace(USUAL, table=StatusTable(wms="W1", version=2))


def test_a_refused_table_changes_nothing(book: StatusBook) -> None:
    book.put(table(DELIVERED1))
    with pytest.raises(Refused):
        book.put(table(DELIVERED1 | {"rank": 1}, version=1))
    assert book.of("W1").table.version == 1


def test_what_was_read_holds_for_the_caches_seconds() -> None:
    tables, clock = MemoryTables(), SettableClock()
    here = StatusBook(WarehouseStore(tables), tables, TimedCache(clock, seconds=30))
    there = StatusBook(WarehouseStore(tables), tables, TimedCache(clock, seconds=30))
    assert here.of("W1").table.version == 0
    there.put(table(DELIVERED1))
    assert here.of("W1").table.version == 0
    clock.forward(seconds=31)
    assert here.of("W1").table.version == 1


# --- the track as others see it


def row(kind: str, minute: int, text: str = "", **details: str) -> TrackRow:
    return TrackRow(
        at=T0 + timedelta(minutes=minute), kind=kind, subject="O1-01", text=text, details=details
    )


def seen(*rows: TrackRow, audience: Audience = Audience.BUYER) -> ShownTrack:
    return shown_track(rows, audience, statuses_of=lambda _: USUAL)


def texts(found: ShownTrack) -> list[str]:
    return [each.text.text for each in found.rows]


def test_a_text_is_shown_once_and_what_is_hidden_not_at_all() -> None:
    found = seen(
        row("placed", 0),
        row("sourced", 1),
        row("accepted", 2),
        row("step", 3, "ACCEPT"),
        row("step", 4, "PICK"),
        row("step", 5, "PACKAGE"),
        row("step", 6, "EXCEPTION"),
        row("step", 7, "DELIVERED9"),
        row("step", 8, "DELIVERED"),
        row("parcel", 9, waybill="SF1", carrier="SF"),
        row("parcel", 9, waybill="SF2", carrier="SF"),
        row("step", 20, "SIGN"),
        row("message_in", 21, "wms:W1 orderprocess.report"),
    )
    assert texts(found) == [
        "已下单",
        "仓库已接单",
        "正在打包",
        "已发货",
        "已发货",
        "已签收",
    ]
    assert [each.waybill for each in found.rows] == ["", "", "", "SF1", "SF2", ""]
    assert found.head is not None
    assert found.head.text.key == "signed"


def test_a_late_step_takes_its_place_and_leaves_the_head() -> None:
    found = seen(row("placed", 0), row("step", 9, "READY"), row("step", 3, "PICK"))
    assert texts(found) == ["已下单", "正在打包", "待提货"]
    assert found.head is not None
    assert found.head.text.key == "ready"


def test_a_retraction_takes_the_head_back() -> None:
    found = seen(row("step", 9, "READY"), row("cancel_accepted", 10, "CANCELED"))
    assert found.head is not None
    assert found.head.text.text == "已取消"
    found = seen(row("step", 1, "SIGN"), row("step", 2, "REFUSE"))
    assert found.head is not None
    assert found.head.text.text == "已拒收"


def test_the_end_of_a_fulfilment_whose_units_went_elsewhere_is_not_shown() -> None:
    rows = [row("placed", 0), row("step", 3, "PICK"), row("cancel_accepted", 4, "CANCELED")]
    found = shown_track(rows, Audience.BUYER, statuses_of=lambda _: USUAL, left_out={"O1-01"})
    assert found.rows == ()


CODES = st.sampled_from(sorted({*ProcessStatus, *DeliveryStatus, "X1"}))
STEPS = st.lists(st.tuples(CODES, st.integers(0, 9)), max_size=10)


@given(steps=STEPS, data=st.data(), audience=st.sampled_from([Audience.CHANNEL, Audience.BUYER]))
def test_what_is_seen_only_rises_in_rank_whatever_comes_when(
    steps: list[tuple[str, int]], data: st.DataObject, audience: Audience
) -> None:
    """But for what retracts; and in the end it is the same in whatever order it came."""
    rows = [row("step", minute, code) for code, minute in steps]
    ranks = {
        each.text(audience).key: each  # type: ignore[union-attr]
        for each in USUAL.rows.values()
        if each.text(audience)
    }
    before = 0
    for count in range(1, len(rows) + 1):
        head = seen(*rows[:count], audience=audience).head
        if head is not None:
            meant = ranks[head.text.key]
            assert meant.rank >= before or meant.retracts
            before = meant.rank
    moments = {each.at for each in rows}
    if len(moments) == len(rows):
        again = data.draw(st.permutations(rows))
        assert seen(*again, audience=audience) == seen(*rows, audience=audience)


def test_who_is_told_of_a_status_is_one_of_few() -> None:
    assert {each.notify for each in DEFAULT_ROWS} == set(Notify)
