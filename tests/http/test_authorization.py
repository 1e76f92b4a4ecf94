"""Every route by everybody: the table says who is let in (T13). A new route without a row fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.roles import Role
from tests.http.office import LETTERS, TABLE, Office, Row
from tests.http.world import EAST, OTHER_SHOP, SHOP, browser

BINDINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "other_shop": ((OTHER_SHOP,), ()),
    "other_warehouse": ((), ("WH-SOUTH",)),
    "own_shop": ((SHOP,), ()),
    "own_warehouse": ((), (EAST,)),
}
"""The shops and warehouses of each column's token."""

SAID_NO = {401, 403}


LET_IN = {
    "unknown_run",
    "unknown_hold",
    "unknown_opening",
    "illegal_transition",
    "identity_fixed",
    "unknown_slot",
    "stale_calendar",
    "unknown_appointment",
    "nothing_expected",
    "too_late_to_hold",
    "unavailable",
    "nothing_to_compare",
    "nothing_to_send",
    "malformed_xml",
    "not_held",
    "no_drift_run",
    "nothing_to_intercept",
    "unit_not_shipped",
    "unknown_return",
    "return_arrived",
    "nothing_in_suspense",
    "parcel_ended",
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
