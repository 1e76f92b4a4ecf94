"""Every route by everybody: the table says who is let in (T13). A new route without a row fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from chalice.test import HTTPResponse

from chalicelib import bootstrap
from chalicelib.http.authorization import Role
from tests.fakes.cloud import Cloud
from tests.http.world import EAST, OTHER_SHOP, SHOP, Site, as_json, browser, purchase

OPERATOR, INTEGRATOR, FINANCE = Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE
RAW = Role.RAW_READER


LETTERS = {
    "O": OPERATOR,
    "I": INTEGRATOR,
    "F": FINANCE,
    "R": RAW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Roles by letter (an admin has all), and what tokens bound to another shop, to another
    warehouse and to both of the document's own get: their HTTP status, or `-` where all alike are
    let in.
    """

    roles: str
    body: str = ""
    other_shop: str = "404"
    other_warehouse: str = "404"
    own_shop: str = "404"
    own_warehouse: str = "404"


TABLE = {
    "POST /v1/orders": None,
    "POST /v1/skus": None,
    "POST /v1/suppliers": None,
    "POST /v1/purchase-orders": None,
    "POST /wms/{code}/qimen": None,
    "GET /v1/orders/{order_no}": Row(roles="OIF", own_shop="-"),
    "GET /v1/orders/{order_no}/track": Row(roles="OI", own_shop="-"),
    "GET /v1/orders/{order_no}/invoices": Row(roles="OF", own_shop="-"),
    "POST /v1/orders/{order_no}/hold": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/release": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/cancel": Row(roles="OI", body="reason", own_shop="-"),
    "GET /v1/skus/{code}": Row(
        # Both shops and warehouses of the demo are of the SKU's owner.
        roles="OIF",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/purchase-orders/{number}": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/stock": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/entries/{document}": Row(
        roles="OF",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="-",
    ),
    "GET /v1/opening-stock/{warehouse}": Row(roles="OF", own_warehouse="-"),
    "POST /v1/opening-stock/{warehouse}": Row(roles="F", body="lines", own_warehouse="-"),
    "POST /v1/opening-stock/{warehouse}/close": Row(roles="F", own_warehouse="-"),
    "POST /v1/closes": Row(
        roles="F",
        body="day",
        other_shop="403",
        other_warehouse="403",
        own_shop="403",
        own_warehouse="403",
    ),
    "GET /v1/closes/{run}": Row(roles="OF", own_warehouse="-"),
    "GET /v1/closes/{run}/comparisons": Row(roles="OF", own_warehouse="-"),
    "POST /v1/closes/{run}/comparisons": Row(roles="OF", body="warehouse", own_warehouse="-"),
    "GET /v1/exceptions": Row(
        roles="O",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="empty",
    ),
    "POST /v1/numbers": Row(
        roles="I",
        body="buyer",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/messages": Row(
        roles="OIR",
        other_shop="empty",
        other_warehouse="empty",
        own_warehouse="empty",
        own_shop="-",
    ),
    "GET /v1/messages/{message_id}": Row(roles="OIR", own_shop="-"),
    "GET /v1/messages/{message_id}/raw": Row(roles="R", own_shop="-"),
}

BODIES = {
    "hold": {"hold": "MANUAL", "reason": "x"},
    "reason": {"reason": "x"},
    "lines": {"lines": [{"sku": "TEE", "quantity": 1, "value": "1.00"}]},
    "day": {"day": "2026-11-21"},
    "warehouse": {"warehouse": EAST},
    "buyer": {"buyer": "b"},
    "": None,
}

BINDINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "other_shop": ((OTHER_SHOP,), ()),
    "other_warehouse": ((), ("WH-SOUTH",)),
    "own_shop": ((SHOP,), ()),
    "own_warehouse": ((), (EAST,)),
}
"""The shops and warehouses of each column's token."""

SAID_NO = {401, 403}


class Office:
    """A site with one of everything, and a way to call each route about it."""

    def __init__(self, cloud: Cloud) -> None:
        self.site = Site(cloud)
        self.site.master_data()
        self.site.in_stock()
        self.fulfilment = self.site.at_the_warehouse()
        self.order = self.fulfilment.rpartition("-")[0]
        posted = self.site.post("/v1/purchase-orders", purchase())
        message = str(self.site.oms.orders.order(self.order).message.message_id)
        self.paths = {
            "{order_no}": self.order,
            "{code}": "TEE",
            "{number}": str(posted.json_body["purchase_order"]),
            "{document}": f"OPENING-{EAST}",
            "{warehouse}": EAST,
            "{run}": "2026-11-21",
            "{message_id}": message,
        }

    def call(self, name: str, token: str | None) -> HTTPResponse:
        verb, _, path = name.partition(" ")
        for place, value in self.paths.items():
            path = path.replace(place, value)
        queries = {
            "GET /v1/stock": f"?warehouse={EAST}&sku=TEE",
            "GET /v1/closes/{run}": f"?warehouse={EAST}",
            "GET /v1/closes/{run}/comparisons": f"?warehouse={EAST}",
            "GET /v1/messages": f"?document={self.order}",
        }
        row = TABLE[name]
        content = BODIES[row.body] if row else None
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["Authorization"] = token
        return self.site.send(
            verb,
            path + queries.get(name, ""),
            body=b"" if content is None else as_json(content),
            headers=headers,
        )


@pytest.fixture(scope="module")
def office(fresh_cloud: Callable[[], Cloud]) -> Iterator[Office]:
    made = Office(fresh_cloud())
    try:
        yield made
    finally:
        bootstrap.reset()


LET_IN = {
    "unknown_run",
    "unknown_hold",
    "unknown_opening",
    "illegal_transition",
    "too_late_to_hold",
    "unavailable",
    "nothing_to_compare",
}
"""What a caller may be told that was let in."""


def with_tokens() -> list[str]:
    return [name for name, row in TABLE.items() if row is not None]


def row_of(name: str) -> Row:
    row = TABLE[name]
    assert row is not None
    return row


def test_every_route_of_the_app_stands_in_the_table() -> None:
    routes = {
        f"{verb} {path}": entry
        for path, verbs in browser()._app.routes.items()
        for verb, entry in verbs.items()
    }
    assert set(routes) == set(TABLE)
    for name, entry in routes.items():
        asked = getattr(getattr(entry.view_function, "__wrapped__", None), "roles", None)
        if TABLE[name] is None:
            assert (entry.authorizer, asked) == (None, None)
        else:
            assert entry.authorizer.name == "authorizer"
            assert asked == tuple(LETTERS[letter] for letter in row_of(name).roles)


@pytest.mark.parametrize("name", with_tokens())
def test_without_a_token_that_is_known_nobody_is_let_in(office: Office, name: str) -> None:
    good = office.site.token(Role.ADMIN)
    assert office.call(name, None).status_code == 401
    for shown in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        f"Bearer {good[:-1]}",
        f"Bearer {good}x",
        f"Bearer {good.swapcase()}",
        f"Bearer  {good}",
        f"Basic {good}",
        good,
        "Bearer oms_" + "A" * 43,
        "Bearer " + "x" * 10_000,
        "Bearer 令牌令牌令牌令牌令牌令牌令牌令牌",
    ):
        answer = office.site.changes_nothing(lambda shown=shown: office.call(name, shown))
        assert (shown[:20], answer.status_code) in {(shown[:20], no) for no in SAID_NO}
        assert office.order.encode() not in answer.body


@pytest.mark.parametrize("name", with_tokens())
@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMIN])
def test_a_role_is_let_in_where_the_table_says_so(office: Office, name: str, role: Role) -> None:
    may = role in {LETTERS[letter] for letter in row_of(name).roles}
    token = office.site.token(role)
    if not may:
        answer = office.site.changes_nothing(lambda: office.call(name, f"Bearer {token}"))
        assert (answer.status_code, answer.json_body["code"]) == (403, "role_missing")
        return
    answer = office.call(name, f"Bearer {token}")
    assert answer.status_code not in SAID_NO
    # It was let in; what it asks for may not be there, and the WMS can't be reached.
    if answer.status_code >= 404:
        assert answer.json_body["code"] in LET_IN


@pytest.mark.parametrize("name", with_tokens())
@pytest.mark.parametrize("binding", BINDINGS)
def test_a_bound_token_sees_only_what_it_is_bound_to(
    office: Office, name: str, binding: str
) -> None:
    shops, places = BINDINGS[binding]
    expected = getattr(row_of(name), binding)
    token = office.site.token(Role.ADMIN, shops=shops, places=places)
    if expected == "-":
        answer = office.call(name, f"Bearer {token}")
        assert answer.status_code not in SAID_NO
        # It was let in; what it asks for may not be there, and the WMS can't be reached.
        if answer.status_code >= 404:
            assert answer.json_body["code"] in LET_IN
        return
    answer = office.site.changes_nothing(lambda: office.call(name, f"Bearer {token}"))
    if expected == "empty":
        assert answer.status_code == 200
        assert [value for value in answer.json_body.values() if value] == []
    else:
        assert answer.status_code == int(expected), answer.body
    assert office.order.encode() not in answer.body


@pytest.mark.parametrize(
    ("name", "place", "unknown"),
    [
        ("GET /v1/orders/{order_no}", "{order_no}", "2611221234567890123"),
        ("GET /v1/orders/{order_no}/track", "{order_no}", "2611221234567890123"),
        ("GET /v1/orders/{order_no}/invoices", "{order_no}", "2611221234567890123"),
        ("POST /v1/orders/{order_no}/cancel", "{order_no}", "2611221234567890123"),
        ("GET /v1/purchase-orders/{number}", "{number}", "PO261122000000000"),
        ("GET /v1/entries/{document}", "{document}", "NONE"),
    ],
)
def test_anothers_document_is_answered_as_one_that_doesnt_exist(
    office: Office, name: str, place: str, unknown: str
) -> None:
    token = "Bearer " + office.site.token(Role.ADMIN, shops=(OTHER_SHOP,))
    theirs = office.call(name, token)
    known, office.paths[place] = office.paths[place], unknown
    try:
        nobodys = office.call(name, token)
    finally:
        office.paths[place] = known
    assert (theirs.status_code, theirs.body) == (nobodys.status_code, nobodys.body)


def test_a_token_is_good_until_it_expires(office: Office) -> None:
    site = office.site
    token = "Bearer " + site.token(Role.ADMIN)
    name = "GET /v1/exceptions"
    site.cloud.clock.forward(hours=23, minutes=59)
    assert office.call(name, token).status_code == 200
    site.cloud.clock.forward(minutes=1)
    assert office.call(name, token).status_code == 403
    site.cloud.clock.moment -= timedelta(days=1)


def test_a_token_that_was_revoked_is_known_no_more(office: Office) -> None:
    text = office.site.token(Role.ADMIN)
    office.site.oms.tokens.revoke(text)
    assert office.call("GET /v1/exceptions", f"Bearer {text}").status_code == 403


def test_a_shops_token_lists_the_shops_own_messages_only(office: Office) -> None:
    site = office.site
    shop = site.token(Role.OPERATOR, shops=(SHOP,))
    found = site.ask("/v1/messages", shop, document=office.order).json_body["messages"]
    assert {each["peer"] for each in found} == {f"client:{SHOP}"}
    for peer, method in (("client:pim-demo", "skus"), (f"wms:{EAST}", "orderprocess.report")):
        listed = site.ask("/v1/messages", shop, peer=peer, method=method, day="2026-11-22")
        assert listed.json_body["messages"] == []


def test_a_warehouses_token_sees_its_own_wms_only(office: Office) -> None:
    site = office.site
    token = site.token(Role.RAW_READER, places=(EAST,))
    for wms, seen in ((EAST, True), ("WH-SOUTH", False)):
        site.callback("orderprocess.report", "<request/>", wms=wms)
        message = site.logged()[-1]["id"]
        listed = site.ask(
            "/v1/messages", token, peer=f"wms:{wms}", method="orderprocess.report", day="2026-11-22"
        )
        assert (message in [each["id"] for each in listed.json_body["messages"]]) is seen
        assert {each["peer"] for each in listed.json_body["messages"]} <= {f"wms:{EAST}"}
        for path in (f"/v1/messages/{message}", f"/v1/messages/{message}/raw"):
            assert site.ask(path, token).status_code == (200 if seen else 404)


def test_a_shops_and_warehouses_token_sees_no_message_of_a_wms_that_others_ship_from(
    office: Office,
) -> None:
    site = office.site
    site.callback("orderprocess.report", "<request/>")
    token = site.token(Role.RAW_READER, shops=(SHOP,), places=(EAST,))
    for row in site.logged():
        status = site.ask(f"/v1/messages/{row['id']}", token).status_code
        assert status == (200 if row["peer"] == f"client:{SHOP}" else 404)
