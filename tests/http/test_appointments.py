"""Delivery appointments over the API: booked by the purchasing system or by a person."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.roles import Role
from tests.http.documents import purchase
from tests.http.qimen import entry, said
from tests.http.test_purchasing import say
from tests.http.world import EAST, Site

WINDOW = {"starts": "09:00", "ends": "11:00", "pieces": 15, "orders": 2}
DAY = "2026-12-01"


def opened(site: Site) -> str:
    site.master_data()
    calendar = {"version": 0, "weekly": {"TUE": [WINDOW]}, "exceptions": {"2026-12-08": []}}
    answer = say(site, f"/v1/delivery-calendars/{EAST}", calendar, verb="PUT", role=Role.ADMIN)
    assert (answer.status_code, answer.json_body["version"]) == (200, 1)
    return str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])


def slots(site: Site, day: str = DAY) -> list[dict[str, Any]]:
    token = site.token(Role.OPERATOR)
    found = site.ask("/v1/delivery-slots", token, warehouse=EAST, day=day)
    return list(found.json_body["slots"])


def test_the_purchasing_system_books_moves_and_gives_back(site: Site) -> None:
    number = opened(site)
    wish = {"id": "PO-1", "slot": {"day": DAY, "starts": "09:00"}}
    booked = site.post("/v1/delivery-appointments", wish)
    assert (booked.status_code, booked.json_body["purchase_order"]) == (200, number)
    assert (booked.json_body["state"], booked.json_body["ends"]) == ("BOOKED", "11:00")
    assert slots(site) == [{**WINDOW, "booked_pieces": 10, "booked_orders": 1}]
    assert slots(site, "2026-12-08") == []

    back = site.post("/v1/delivery-appointments", {"id": "PO-1", "slot": None})

    assert back.json_body["state"] == "CANCELLED"
    assert slots(site) == [{**WINDOW, "booked_pieces": 0, "booked_orders": 0}]


def test_what_cannot_be_booked_is_refused(site: Site) -> None:
    opened(site)
    site.post("/v1/purchase-orders", purchase(id="PO-2"))
    there = {"day": DAY, "starts": "09:00"}
    site.post("/v1/delivery-appointments", {"id": "PO-1", "slot": there})
    for wish, status, code in (
        ({"id": "PO-2", "slot": there}, 409, "slot_full"),
        ({"id": "PO-9", "slot": there}, 422, "unknown_purchase_order"),
        ({"id": "PO-2", "slot": {"day": "tomorrow", "starts": "09:00"}}, 422, "malformed_day"),
        ({"id": "PO-2", "slot": {"day": DAY, "starts": "10:00"}}, 422, "unknown_slot"),
        ({"id": "PO-2", "slot": None}, 404, "unknown_appointment"),
        ({"id": "PO-2"}, 400, "missing_field"),
    ):
        answer = site.post("/v1/delivery-appointments", wish)
        assert (answer.status_code, answer.json_body["code"]) == (status, code)


def test_a_person_books_and_the_report_says_how_it_was_kept(site: Site) -> None:
    number = opened(site)
    path = f"/v1/purchase-orders/{number}/appointment"
    booked = say(site, path, {"day": DAY, "starts": "09:00"}, verb="PUT")
    assert (booked.status_code, booked.json_body["by"]) == (200, "t")
    said(site.callback("entryorder.confirm", entry(number, ("1", "TEE", 1))))
    (waiting,) = site.oms.purchasing.pending(EAST, ["TEE"])
    site.oms.purchasing.post_receipt(waiting.document)
    token = site.token(Role.OPERATOR)

    report = site.ask("/v1/delivery-appointments", token, warehouse=EAST, day=DAY).json_body

    assert [(each["purchase_order"], each["kept"]) for each in report["appointments"]] == [
        (number, "EARLY")
    ]
    assert report["outcomes"] == {"EARLY": 1}
    gone = say(site, f"{path}/cancel", {})
    assert (gone.status_code, gone.json_body["code"]) == (409, "illegal_transition")


def test_a_calendar_is_shown_with_the_version_to_change_it_from(site: Site) -> None:
    opened(site)
    token = site.token(Role.OPERATOR)
    shown = site.ask(f"/v1/delivery-calendars/{EAST}", token).json_body
    assert (shown["version"], shown["weekly"]) == (1, {"TUE": [WINDOW]})
    stale = say(site, f"/v1/delivery-calendars/{EAST}", {"version": 0}, verb="PUT", role=Role.ADMIN)
    assert (stale.status_code, stale.json_body["code"]) == (409, "stale_calendar")
