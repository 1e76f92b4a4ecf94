"""What a token that is bound to a shop or a warehouse sees of others: nothing, and not that there
is something.
"""

from __future__ import annotations

import pytest

from chalicelib.kernel.roles import Role
from tests.http.office import Office
from tests.http.world import EAST, OTHER_SHOP, SHOP


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
