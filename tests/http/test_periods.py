"""Months are closed and reopened by API, with the checklist in the answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role
from chalicelib.movements.counts.model import CountPage, StockCount, count_number
from chalicelib.movements.model import AdjustmentLine
from chalicelib.movements.states import CountState
from chalicelib.stock.model import Kind
from tests.fakes.kernel import SettableClock
from tests.http.documents import adjustment_order, as_json
from tests.http.qimen import entry
from tests.http.world import EAST, PURCHASING, Site

CLOSE = {"kind": "SOFT", "reason": "month end"}
UNCOMPARED = {"UNEXPLAINED": "the simulator isn't there"}


def said(site: Site, path: str, body: dict[str, Any], *roles: Role) -> HTTPResponse:
    token = site.token(*(roles or (Role.FINANCE,)))
    headers = {"Authorization": f"Bearer {token}", "content-type": "application/json"}
    return site.send("POST", f"/v1/periods/{path}", body=as_json(body), headers=headers)


def points(answer: HTTPResponse) -> dict[str, dict[str, Any]]:
    """What blocks, by point."""
    found = {each["point"]: each for each in answer.json_body["points"]}
    return {point: each for point, each in found.items() if not each["passed"]}


@pytest.fixture
def november(site: Site) -> Site:
    """Books that begin on 30 November, closed that night and the two after it."""
    at(site, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    site.in_stock(40)
    site.oms.costs.cost_pools([f"{EAST}/TEE", f"{EAST}/MUG"])
    return site


def at(site: Site, moment: datetime) -> None:
    """Nothing happens until then."""
    assert isinstance(site.cloud.clock, SettableClock)
    site.cloud.clock.moment = moment


def nights(site: Site) -> Site:
    """The nights of 30 November, 1 and 2 December."""
    for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)):
        at(site, datetime(day.year, day.month, day.day, 17, 30, tzinfo=UTC))
        run = site.oms.closes.start_close(day)
        for shard in run.shards:
            code, _, bucket = shard.partition("/")
            site.oms.closes.close_shard(run.id, code, int(bucket))
    return site


def test_a_month_is_closed_shown_and_reopened(november: Site) -> None:
    site = nights(november)
    closed = said(site, "2026-11/close", {**CLOSE, "sign_off": UNCOMPARED})
    assert (closed.status_code, closed.json_body["state"]) == (200, "SOFT_CLOSED")
    assert (closed.json_body["version"], closed.json_body["reason"]) == (1, "month end")
    hard = said(site, "2026-11/close", {"kind": "HARD", "reason": "audited"})
    assert (hard.status_code, list(points(hard))) == (409, ["TOLD_LATE"])
    opened = said(site, "2026-11/reopen", {"reason": "an invoice was missing"})
    assert (opened.status_code, opened.json_body["state"]) == (200, "OPEN")
    shown = site.ask("/v1/periods/2026-11", site.token(Role.OPERATOR)).json_body
    assert (shown["period"], shown["state"]) == ("2026-11", "OPEN")
    assert [(each["version"], each["state"]) for each in shown["versions"]] == [
        (1, "SOFT_CLOSED"),
        (2, "OPEN"),
    ]
    listed = site.ask("/v1/periods", site.token(Role.OPERATOR)).json_body
    assert [each["version"] for each in listed["periods"]] == [2]


def test_what_isnt_in_order_is_told_and_nothing_is_closed(november: Site) -> None:
    adjustment = november.oms.adjustments.adjust(
        warehouse=EAST,
        key="X1",
        lines=[AdjustmentLine(sku="TEE", inventory_type="ZP", quantity=3)],
        source=Source(message_id="M1"),
        occurred_at=november.now,
        kind=Kind.SUSPENSE,
    )
    november.oms.adjustments.post_adjustment(adjustment.number)
    november.oms.costs.cost_pools([f"{EAST}/TEE"])
    _first_page_of_two(november)
    november.callback("entryorder.confirm", entry("NOBODY").replace("</", "<", 1))
    site = nights(november)
    checked = site.ask("/v1/periods/2026-11/checklist", site.token(Role.OPERATOR))
    assert (checked.status_code, checked.json_body["passed"]) == (200, False)
    blocking = points(checked)
    assert sorted(blocking) == ["PARTS", "REFUSED_MESSAGES", "SUSPENSE", "UNEXPLAINED"]
    assert blocking["SUSPENSE"]["culprits"] == [f"{adjustment.number} in {EAST}, 56 h"]
    assert blocking["PARTS"]["culprits"] == [
        f"{count_number(EAST, 'CHECK-1')} of {EAST} since 2026-11-30T09:00:00.000Z"
    ]
    closed = said(site, "2026-11/close", CLOSE)
    assert (closed.status_code, closed.json_body["code"]) == (409, "period_blocked")
    assert points(closed) == blocking
    assert site.ask("/v1/periods", site.token(Role.FINANCE)).json_body["periods"] == []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("2026-13/close", CLOSE, (400, "malformed_period", "period")),
        ("2026-11/close", {"reason": "x"}, (400, "malformed_field", "kind")),
        ("2026-11/close", {"kind": "FIRM", "reason": "x"}, (400, "malformed_field", "kind")),
        ("2026-11/close", {"kind": "SOFT"}, (400, "malformed_field", "reason")),
        ("2026-11/close", {**CLOSE, "reason": " "}, (422, "reason_missing", "reason")),
        ("2026-11/close", {**CLOSE, "sign_off": []}, (400, "malformed_field", "sign_off")),
        ("2026-11/close", {**CLOSE, "sign_off": {"X": ""}}, (400, "malformed_field", "sign_off")),
        (
            "2026-11/close",
            {**CLOSE, "sign_off": {"UNEXPLAINED": 1}},
            (400, "malformed_field", "sign_off.UNEXPLAINED"),
        ),
        (
            "2026-11/close",
            {**CLOSE, "sign_off": {"SUSPENSE": "x"}},
            (422, "not_to_be_signed_off", "sign_off"),
        ),
        ("2026-12/close", CLOSE, (422, "period_not_over", "period")),
        ("2026-11/close", {"kind": "HARD", "reason": "x"}, (409, "illegal_transition", "period")),
        ("2026-11/reopen", {"reason": "x"}, (409, "illegal_transition", "period")),
        ("2026-11/reopen", {"reason": "x", "hard": "yes"}, (400, "malformed_field", "hard")),
        ("2026-11/reopen", {"reason": "x", "hard": True}, (403, "role_missing", None)),
    ],
)
def test_what_cant_be_is_refused_with_its_field(
    november: Site, path: str, body: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    answer = said(nights(november), path, body)
    told = answer.json_body
    assert (answer.status_code, told["code"], told.get("field")) == expected


def test_a_person_with_both_roles_books_into_a_month_that_is_closed_soft(november: Site) -> None:
    site = nights(november)
    said(site, "2026-11/close", {**CLOSE, "sign_off": UNCOMPARED})
    given = adjustment_order(occurred_at="2026-11-30T17:00:00+08:00")
    plain = ordered(site, given | {"id": "late"}, Role.OPERATOR)
    into = ordered(site, given | {"closed_month": True}, Role.OPERATOR, Role.FINANCE)
    assert (into.status_code, into.json_body["closed_month"]) == (201, True)
    assert [booked_for(site, each.json_body["adjustment_order"]) for each in (plain, into)] == [
        date(2026, 12, 3),
        date(2026, 11, 30),
    ]


def test_nobody_else_books_into_a_closed_month(november: Site) -> None:
    given = adjustment_order(closed_month=True)
    alone = ordered(november, given, Role.OPERATOR)
    assert (alone.status_code, alone.json_body["code"]) == (403, "finance_only")
    system = november.post("/v1/adjustment-orders", given, client=PURCHASING)
    assert (system.status_code, system.json_body["code"]) == (403, "finance_only")


def ordered(site: Site, given: dict[str, Any], *roles: Role) -> HTTPResponse:
    headers = {
        "Authorization": f"Bearer {site.token(*roles)}",
        "content-type": "application/json",
    }
    path = "/v1/adjustment-orders/by-hand"
    return site.send("POST", path, body=as_json(given), headers=headers)


def booked_for(site: Site, no: str) -> date:
    """The day that an adjustment order's entry counts for, once it is booked."""
    site.oms.warehouse.adjustment_ordered(
        Event(
            id=f"AdjustmentOrdered:{no}",
            kind="AdjustmentOrdered",
            subject=no,
            occurred_at=site.now,
            correlation=no,
            data={"warehouse": EAST},
        )
    )
    (adjustment,) = site.oms.adjustment_orders.order(no).adjustments
    site.oms.adjustments.post_adjustment(adjustment)
    (entry,) = site.oms.stock.entries_of(adjustment)
    return entry.posting_date


def _first_page_of_two(site: Site) -> None:
    count = StockCount(
        number=count_number(EAST, "CHECK-1"),
        warehouse=EAST,
        wms_code=EAST,
        kind=Kind.ADJUSTMENT,
        rule="",
        cause="CHECK",
        absolute=True,
        pages=2,
        arrived=(),
        state=CountState.COLLECTING,
        source=Source(message_id="M1"),
        occurred_at=site.now,
        first_at=site.now,
    )
    line = AdjustmentLine(sku="TEE", inventory_type="ZP", quantity=40)
    page = CountPage(number=1, lines=(line,), message_id="M1")
    site.oms.tables.commit(site.oms.counts.plan_page(count, page))
