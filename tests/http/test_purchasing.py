"""Purchase orders by hand, over the API: each step once, and who did it is shown."""

from __future__ import annotations

from typing import Any

from chalice.test import HTTPResponse

from chalicelib.kernel.roles import Role
from tests.http.documents import as_json, purchase
from tests.http.qimen import SUCCESS, entry, said
from tests.http.world import EAST, Site


def say(
    site: Site, path: str, content: Any, *, verb: str = "POST", role: Role = Role.OPERATOR
) -> HTTPResponse:
    headers = {
        "Authorization": f"Bearer {site.token(role)}",
        "content-type": "application/json",
    }
    return site.send(verb, path, body=as_json(content), headers=headers)


def drafted(site: Site) -> str:
    site.master_data()
    answer = say(site, "/v1/purchase-orders/drafts", purchase(id="by hand 1"))
    assert answer.status_code == 201
    return str(answer.json_body["purchase_order"])


def test_a_draft_is_changed_approved_and_its_history_says_by_whom(site: Site) -> None:
    number = drafted(site)
    lines = [{**purchase()["lines"][0], "quantity": 7}]
    change = purchase(id="by hand 1", lines=lines, version=1)

    changed = say(site, f"/v1/purchase-orders/{number}", change, verb="PUT")
    approved = say(site, f"/v1/purchase-orders/{number}/approve", {"version": 2})
    again = say(site, f"/v1/purchase-orders/{number}/approve", {"version": 2})

    assert (changed.status_code, changed.json_body["version"]) == (200, 2)
    assert [line["quantity"] for line in changed.json_body["lines"]] == [7]
    assert (approved.status_code, approved.json_body["state"]) == (200, "APPROVED")
    assert again.json_body == approved.json_body
    assert [(each["event"], each["by"]) for each in approved.json_body["steps"]] == [
        ("draft", "t"),
        ("change", "t"),
        ("approve", "t"),
    ]
    assert approved.json_body["message_id"] is None


def test_the_same_draft_again_is_the_first_one(site: Site) -> None:
    number = drafted(site)
    again = say(site, "/v1/purchase-orders/drafts", purchase(id="by hand 1"))
    other = say(site, "/v1/purchase-orders/drafts", purchase(id="by hand 1", supplier="SUP9"))
    assert (again.status_code, again.json_body["purchase_order"]) == (200, number)
    assert (other.status_code, other.json_body["code"]) == (409, "other_content")


def test_a_draft_that_cannot_be_read_is_refused_with_its_field(site: Site) -> None:
    site.master_data()
    raw = as_json(purchase())[:-1] + b',"id":"twice"}'
    headers = {
        "Authorization": f"Bearer {site.token(Role.OPERATOR)}",
        "content-type": "application/json",
    }
    twice = site.send("POST", "/v1/purchase-orders/drafts", body=raw, headers=headers)
    missing = say(site, "/v1/purchase-orders/PO1/approve", {})
    assert (twice.status_code, twice.json_body["code"]) == (400, "repeated_field")
    assert missing.status_code == 404
    number = drafted(site)
    for version in (None, "1", True):
        answer = say(site, f"/v1/purchase-orders/{number}/approve", {"version": version})
        assert (answer.status_code, answer.json_body["code"], answer.json_body["field"]) == (
            400,
            "malformed_field",
            "version",
        )


def test_a_stale_version_is_a_conflict_and_changes_nothing(site: Site) -> None:
    number = drafted(site)
    token = f"Bearer {site.token(Role.OPERATOR)}"
    headers = {"Authorization": token, "content-type": "application/json"}
    path, body = f"/v1/purchase-orders/{number}/approve", as_json({"version": 9})
    answer = site.changes_nothing(lambda: site.send("POST", path, body=body, headers=headers))
    assert (answer.status_code, answer.json_body["code"]) == (409, "stale_purchase_order")


def test_an_order_at_the_warehouse_is_asked_back_and_what_has_come_is_closed(site: Site) -> None:
    site.master_data()
    asked = str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])
    answer = say(site, f"/v1/purchase-orders/{asked}/cancel", {"because": "late"})
    assert (answer.status_code, answer.json_body["cancel"]) == (202, "PENDING")
    step = answer.json_body["steps"][-1]
    assert (step["event"], step["by"], step["because"]) == ("request_cancel", "t", "late")

    posted = site.post("/v1/purchase-orders", purchase(id="PO-2"))
    number = str(posted.json_body["purchase_order"])
    confirm = entry(number, ("1", "TEE", 1))
    assert said(site.callback("entryorder.confirm", confirm)) == SUCCESS
    (waiting,) = site.oms.purchasing.pending(EAST, ["TEE"])
    site.oms.purchasing.post_receipt(waiting.document)
    cancelled = say(site, f"/v1/purchase-orders/{number}/cancel", {"because": "late"})
    assert (cancelled.status_code, cancelled.json_body["code"]) == (409, "already_received")


def test_a_blind_receipt_is_listed_and_attached(site: Site) -> None:
    site.master_data()
    number = str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])
    said(site.callback("entryorder.confirm", entry("ASN-1", ("1", "TEE", 3))))
    (waiting,) = site.oms.purchasing.pending(EAST, ["TEE"])
    site.oms.purchasing.post_receipt(waiting.document)
    token = site.token(Role.OPERATOR)

    (listed,) = site.ask("/v1/blind-receipts", token, warehouse=EAST).json_body["receipts"]
    answer = say(site, f"/v1/receipts/{listed['receipt']}/attach", {"purchase_order": number})
    site.oms.purchasing.post_receipt(answer.json_body["receipt"])

    assert (listed["announced_as"], listed["purchase_order"]) == ("ASN-1", None)
    assert answer.status_code == 202
    assert (answer.json_body["purchase_order"], answer.json_body["settles"]) == (
        number,
        listed["receipt"],
    )
    assert site.ask("/v1/blind-receipts", token, warehouse=EAST).json_body["receipts"] == []
    shown = site.ask(f"/v1/purchase-orders/{number}", token).json_body
    assert shown["lines"][0]["received"] == {"ZP": 3}


def test_a_batch_leads_to_its_receipt_and_supplier(site: Site) -> None:
    site.master_data()
    rule = {"template": "{supplier}-{sequence}", "warehouse": EAST}
    answer = say(site, "/v1/batch-rules", rule, verb="PUT", role=Role.ADMIN)
    assert (answer.status_code, answer.json_body) == (200, {**rule, "category": "*"})
    token = site.token(Role.OPERATOR)
    assert site.ask("/v1/batch-rules", token).json_body["batch_rules"] == [answer.json_body]
    number = str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])
    said(site.callback("entryorder.confirm", entry(number, ("1", "TEE", 3))))
    (waiting,) = site.oms.purchasing.pending(EAST, ["TEE"])
    site.oms.purchasing.post_receipt(waiting.document)

    found = site.ask("/v1/batches", token, warehouse=EAST, sku="TEE", batch="SUP1-001")

    (row,) = found.json_body["receipts"]
    assert (row["receipt"], row["supplier"], row["purchase_order"], row["quantity"]) == (
        waiting.document,
        "SUP1",
        number,
        3,
    )
    assert (row["batch"], row["reported_batch"]) == ("SUP1-001", "")
    wrong = say(site, "/v1/batch-rules", {"template": "{date}"}, verb="PUT", role=Role.ADMIN)
    assert (wrong.status_code, wrong.json_body["code"]) == (422, "template_tells_nothing")


def test_tolerances_are_set_and_listed(site: Site) -> None:
    wanted = {"supplier": "SUP1", "percent": 5, "pieces": 2}
    answer = say(site, "/v1/tolerances", wanted, verb="PUT", role=Role.ADMIN)
    token = site.token(Role.OPERATOR)
    assert answer.status_code == 200
    assert site.ask("/v1/tolerances", token).json_body["tolerances"] == [
        {"owner": "*", "supplier": "SUP1", "warehouse": "*", "percent": 5, "pieces": 2}
    ]
    wrong = say(site, "/v1/tolerances", {**wanted, "percent": -1}, verb="PUT", role=Role.ADMIN)
    assert (wrong.status_code, wrong.json_body["field"]) == (422, "percent")
