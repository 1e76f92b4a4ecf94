"""Movement orders and transfers over HTTP: signed, by hand, confirmed by the WMS, shown."""

from __future__ import annotations

import pytest

from chalicelib.catalog.model import ClientKind
from chalicelib.kernel.roles import Role
from tests.http.documents import as_json, bom, movement, processing, transfer
from tests.http.qimen import SUCCESS, said
from tests.http.world import EAST, PURCHASING, Site


@pytest.fixture
def stocked(site: Site) -> Site:
    site.in_stock()
    return site


def by_hand(site: Site, verb: str, path: str, content: object = None) -> object:
    headers = {
        "content-type": "application/json",
        "Authorization": f"Bearer {site.token(Role.OPERATOR, Role.FINANCE)}",
    }
    body = b"" if content is None else as_json(content)
    return site.send(verb, path, body=body, headers=headers)


def stockout(no: str, sku: str, pieces: int) -> str:
    return (
        f"<request><deliveryOrder><deliveryOrderCode>{no}</deliveryOrderCode>"
        "<confirmType>0</confirmType><outBizCode>B1</outBizCode></deliveryOrder>"
        f"<orderLines><orderLine><orderLineNo>1</orderLineNo><itemCode>{sku}</itemCode>"
        f"<actualQty>{pieces}</actualQty></orderLine></orderLines></request>"
    )


def test_a_signed_requisition_is_taken_once_confirmed_and_shown_with_its_cost(
    stocked: Site,
) -> None:
    taken = stocked.post("/v1/movement-orders", movement())
    assert taken.status_code == 201
    no = taken.json_body["movement_order"]
    again = stocked.post("/v1/movement-orders", movement())
    assert (again.status_code, again.json_body["movement_order"]) == (200, no)
    other = stocked.post("/v1/movement-orders", movement(department="SHOP"))
    assert (other.status_code, other.json_body["code"]) == (409, "other_content")
    assert said(stocked.callback("stockout.confirm", stockout(no, "TEE", 1))) == SUCCESS
    (confirmation,) = stocked.oms.movement_orders.confirmations(no)
    stocked.oms.movement_orders.post_confirmation(confirmation.id)
    stocked.oms.costs.cost_pools([f"{EAST}/TEE"])
    shown = by_hand(stocked, "GET", f"/v1/movement-orders/{no}").json_body
    assert (shown["state"], shown["kind"], shown["lines"][0]["moved"]) == (
        "DONE",
        "REQUISITION",
        {"ZP": 1},
    )
    (one,) = shown["confirmations"]
    assert one["state"] == "POSTED"
    assert one["value"] is not None
    found = stocked.ask("/v1/messages", document=no).json_body["messages"]
    assert {"movement-orders", "stockout.confirm"} == {each["method"] for each in found}


def test_purchasing_and_upstream_systems_may_send_them_and_others_not(stocked: Site) -> None:
    stocked.client("erp", ClientKind.UPSTREAM)
    key = stocked.key("shop-demo")
    for path, content in (("/v1/movement-orders", movement()), ("/v1/transfers", transfer())):
        answer = stocked.post(path, content, client="erp", key=key)
        assert answer.status_code == 201, answer.json_body
        answer = stocked.post(path, content, client="shop-demo")
        assert (answer.status_code, answer.json_body["code"]) == (403, "wrong_client_kind")


@pytest.mark.parametrize(
    ("path", "changes", "said_no"),
    [
        ("/v1/movement-orders", {"type": "JYCK"}, (422, "unknown_movement_type")),
        ("/v1/movement-orders", {"type": "DBCK"}, (422, "unknown_movement_type")),
        ("/v1/movement-orders", {"type": "CGTH"}, (422, "malformed_code")),
        ("/v1/movement-orders", {"type": "LYRK", "department": ""}, (422, "malformed_code")),
        ("/v1/movement-orders", {"partner": "SUP1"}, (422, "no_partner_here")),
        ("/v1/movement-orders", {"lines": []}, (422, "too_many_or_none")),
        ("/v1/movement-orders", {"surprise": 1}, (400, "unknown_field")),
        (
            "/v1/movement-orders",
            {"lines": [{"line_no": 1, "sku": "TEE", "quantity": 1, "price": "-1"}]},
            (422, "negative_price"),
        ),
        (
            "/v1/movement-orders",
            {"lines": [{"line_no": 1, "sku": "TEE", "quantity": 1, "inventory_type": "A-B"}]},
            (422, "unknown_inventory_type"),
        ),
        (
            "/v1/movement-orders",
            {"lines": [{"line_no": 1, "sku": "TEE", "quantity": 999_999}]},
            (422, "not_available"),
        ),
        ("/v1/transfers", {"to_warehouse": EAST}, (422, "same_warehouse")),
        ("/v1/transfers", {"to_warehouse": "WH-NORTH"}, (422, "unknown_warehouse")),
        (
            "/v1/transfers",
            {"lines": [{"line_no": 1, "sku": "TEE", "quantity": 0}]},
            (422, "out_of_range"),
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    stocked: Site, path: str, changes: dict[str, object], said_no: tuple[int, str]
) -> None:
    content = movement(**changes) if path.endswith("orders") else transfer(**changes)
    for prefix in ("MO", "TF"):
        # A block of numbers is leased once and isn't given back.
        stocked.oms.numbers.document_number(prefix)
    answer = stocked.changes_nothing(lambda: stocked.post(path, content, client=PURCHASING))
    assert (answer.status_code, answer.json_body["code"]) == said_no


def test_a_person_drafts_approves_asks_back_and_closes(stocked: Site) -> None:
    drafted = by_hand(stocked, "POST", "/v1/movement-orders/drafts", movement())
    no = drafted.json_body["movement_order"]
    assert (drafted.status_code, drafted.json_body["state"]) == (201, "DRAFT")
    assert by_hand(stocked, "POST", "/v1/movement-orders/drafts", movement()).status_code == 200
    approved = by_hand(stocked, "POST", f"/v1/movement-orders/{no}/approve")
    assert (approved.status_code, approved.json_body["state"]) == (202, "APPROVED")
    back = by_hand(stocked, "POST", f"/v1/movement-orders/{no}/cancel")
    assert (back.status_code, back.json_body["cancel"]) == (202, "REQUESTED")
    listed = by_hand(stocked, "GET", f"/v1/movement-orders?warehouse={EAST}")
    assert listed.json_body["movement_orders"] == [no]
    moving = by_hand(stocked, "POST", "/v1/transfers/drafts", transfer()).json_body["transfer"]
    approved = by_hand(stocked, "POST", f"/v1/transfers/{moving}/approve")
    assert (approved.status_code, approved.json_body["state"]) == (202, "APPROVED")
    early = by_hand(stocked, "POST", f"/v1/transfers/{moving}/close")
    assert (early.status_code, early.json_body["code"]) == (409, "illegal_transition")
    shown = by_hand(stocked, "GET", f"/v1/transfers/{moving}").json_body
    assert (shown["in_transit"], shown["value_not_arrived"]) == ([], "0.00")


@pytest.mark.parametrize("service", ["assemble", "take_apart"])
def test_a_processing_order_is_shown_in_the_words_that_it_was_typed_in(
    stocked: Site, service: str
) -> None:
    assert by_hand(stocked, "POST", "/v1/boms/by-hand", bom()).status_code == 201
    path = "/v1/processing-orders/drafts"
    drafted = by_hand(stocked, "POST", path, processing(service=service))
    assert (drafted.status_code, drafted.json_body["service"]) == (201, service)
