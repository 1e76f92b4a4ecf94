"""What waits for a person, and a person's word on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import bootstrap
from chalicelib.kernel.events import Event
from chalicelib.kernel.roles import Role
from tests.fakes.cloud import Cloud
from tests.http.documents import as_json, purchase
from tests.http.office import Office
from tests.http.world import EAST, SHOP, Site


@pytest.fixture
def office(fresh_cloud: Callable[[], Cloud]) -> Iterator[Office]:
    """One of its own: a test here changes what the others' office shows."""
    try:
        yield Office(fresh_cloud())
    finally:
        bootstrap.reset()


def say(
    site: Site, path: str, content: Mapping[str, Any], *, role: Role, verb: str = "POST"
) -> HTTPResponse:
    return say_as(site.token(role), site, path, content, verb=verb)


def say_as(
    token: str, site: Site, path: str, content: Mapping[str, Any], *, verb: str = "POST"
) -> HTTPResponse:
    headers = {"Authorization": f"Bearer {token}", "content-type": "application/json"}
    return site.send(verb, path, body=as_json(content), headers=headers)


def open_cases(site: Site) -> list[str]:
    listed = site.ask("/v1/exceptions", site.token(Role.OPERATOR)).json_body["exceptions"]
    return [each["id"] for each in listed]


def test_a_settled_exception_is_open_no_more_and_says_who_settled_it_and_why(
    office: Office,
) -> None:
    site, case = office.site, office.case
    assert case in open_cases(site)
    word = {"id": case, "because": "counted again, 13712345678 agrees"}
    answer = say(site, "/v1/exceptions/settle", word, role=Role.OPERATOR)
    assert answer.status_code == 200
    assert case not in open_cases(site)
    token = site.token(Role.OPERATOR)
    (shown,) = site.ask("/v1/exceptions", token, state="RESOLVED").json_body["exceptions"]
    assert (shown["id"], shown["state"], shown["settled_by"]) == (case, "RESOLVED", "t")
    assert shown["settled_because"] == "counted again, 1********** agrees"


def test_settling_again_changes_nothing(office: Office) -> None:
    site = office.site
    first = {"id": office.case, "because": "first"}
    say(site, "/v1/exceptions/settle", first, role=Role.OPERATOR)
    again = {"id": office.case, "because": "second"}
    token = site.token(Role.OPERATOR)
    answer = site.changes_nothing(lambda: say_as(token, site, "/v1/exceptions/settle", again))
    assert answer.json_body["settled_because"] == "first"


def test_an_exception_that_nobody_raised_cannot_be_settled(office: Office) -> None:
    word = {"id": "no:such", "because": "x"}
    answer = say(office.site, "/v1/exceptions/settle", word, role=Role.OPERATOR)
    assert (answer.status_code, answer.json_body["code"]) == (404, "unknown_exception")


def test_a_dispatch_that_the_wms_refused_is_listed_and_taken_up_again(site: Site) -> None:
    posted = site.post("/v1/purchase-orders", purchase())
    number = str(posted.json_body["purchase_order"])
    name = f"{number}#entryorder.create"
    approved = Event(
        id=f"PurchaseOrderApproved:{number}",
        kind="PurchaseOrderApproved",
        subject=number,
        occurred_at=site.now,
        correlation=number,
        data={"warehouse": EAST},
    )
    site.oms.warehouse.purchase_order_approved(approved)
    token = site.token(Role.OPERATOR)
    (waiting,) = site.ask("/v1/dispatches", token, state="RETRY").json_body["dispatches"]
    assert (waiting["id"], waiting["code"]) == (name, "stock_not_open")
    assert waiting["method"] == "entryorder.create"
    answer = say(site, "/v1/dispatches/requeue", {"dispatch": name}, role=Role.OPERATOR)
    # It isn't at its end, so it goes on as it is.
    assert (answer.status_code, answer.json_body["state"]) == (202, "RETRY")
    shown = site.ask(f"/v1/dispatches/{name.replace('#', '%23')}", token).json_body
    assert (shown["id"], shown["state"], shown["messages"]) == (name, "RETRY", [])
    answer = say(site, "/v1/dispatches/resend", {"dispatch": name}, role=Role.OPERATOR)
    assert (answer.status_code, answer.json_body["code"]) == (409, "nothing_to_send")
    assert "stock_not_open" in answer.json_body["message"]
    assert site.ask("/v1/dispatches", token, state="SENDING").json_body["dispatches"] == []


def test_only_states_that_are_not_well_can_be_listed(site: Site) -> None:
    answer = site.ask("/v1/dispatches", site.token(Role.OPERATOR), state="ACKED")
    assert (answer.status_code, answer.json_body["field"]) == (400, "state")
    assert "DEAD, QUEUED, REFUSED, RETRY, SENDING, UNKNOWN" in answer.json_body["message"]


RULES = {
    "version": 0,
    "rules": [
        {
            "code": "many",
            "predicate": "quantity_above",
            "hold_type": "QUANTITY",
            "parameters": {"pieces": 2},
        }
    ],
}


def test_rules_that_are_put_hold_orders(site: Site) -> None:
    site.in_stock()
    answer = say(site, f"/v1/rules/{SHOP}", RULES, role=Role.ADMIN, verb="PUT")
    assert (answer.status_code, answer.json_body["version"]) == (200, 1)
    shown = site.ask(f"/v1/rules/{SHOP}", site.token(Role.OPERATOR)).json_body
    assert [each["predicate"] for each in shown["rules"]] == ["quantity_above"]
    order = site.placed()
    site.oms.orders.route(order)
    assert [each.type for each in site.oms.orders.view(order).head.holds] == ["QUANTITY"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"version": 7, "rules": []}, (409, "stale_rules", "version")),
        ({"rules": [{"code": "a"}]}, (400, "missing_field", "rules[0].predicate")),
        (
            {"rules": [{"code": "a", "predicate": "moon_is_full", "hold_type": "M"}]},
            (422, "unknown_predicate", "rules[0].predicate"),
        ),
        (
            {"rules": [{"code": "a", "predicate": "amount_above", "hold_type": "M"}]},
            (422, "malformed_rule", "fen"),
        ),
        ({"rules": [], "most_warehouses": 9}, (422, "malformed_rule", "most_warehouses")),
        ({"rules": [], "colour": 1}, (400, "unknown_field", "colour")),
    ],
)
def test_rules_that_cannot_be_run_are_refused_by_their_field(
    site: Site, rules: dict[str, Any], said: tuple[int, str, str]
) -> None:
    token = site.token(Role.ADMIN)
    answer = site.changes_nothing(
        lambda: say_as(token, site, f"/v1/rules/{SHOP}", rules, verb="PUT")
    )
    told = answer.json_body
    assert (answer.status_code, told["code"], told["field"]) == said


def test_a_shop_that_switches_a_notice_off_has_its_buyers_told_no_more(office: Office) -> None:
    site = office.site
    path = f"/v1/shops/{SHOP}/notices/shipped"
    told = site.ask(f"/v1/orders/{office.order}/notices", site.token(Role.OPERATOR)).json_body
    (notice,) = told["notices"]
    assert (notice["state"], notice["recipient"]) == ("PENDING", "137******78")
    assert notice["text"].startswith("您在")
    assert say(site, path, {"on": False}, role=Role.OPERATOR, verb="PUT").status_code == 200
    event = Event(
        id="ParcelShipped:another",
        kind="ParcelShipped",
        subject=office.order,
        occurred_at=site.now,
        correlation=office.order,
        data={"parcel": "P2", "waybill": "SF2", "carrier": "SF"},
    )
    assert site.oms.notices.notify(event) == ()
    assert say(site, path, {"on": True}, role=Role.OPERATOR, verb="PUT").status_code == 200
    assert len(site.oms.notices.notify(event)) == 1


def test_skus_and_purchase_orders_can_be_listed(office: Office) -> None:
    site, token = office.site, office.site.token(Role.OPERATOR)
    codes: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = site.ask("/v1/skus", token, **({"cursor": cursor} if cursor else {})).json_body
        codes += [each["code"] for each in page["skus"]]
        cursor = page["next_cursor"]
    assert sorted(codes) == ["MUG", "TEE"]
    orders = site.ask("/v1/purchase-orders", token, warehouse=EAST).json_body
    assert orders == {"purchase_orders": [office.paths["{number}"]], "next_cursor": None}
