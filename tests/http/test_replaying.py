"""Messages once more through today's code: the answer of a redelivery, each effect once, a trace,
and no more trust than the message had when it came.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.bootstrap.documents import DOCUMENTS
from chalicelib.bootstrap.intake import Document
from chalicelib.catalog.model import ClientKind
from chalicelib.kernel.roles import Role
from chalicelib.messages.model import HttpHead
from tests.http.documents import as_json, order, purchase, sku
from tests.http.qimen import delivery, entry, said, step
from tests.http.world import EAST, Site

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIRM, RECEIVED = "deliveryorder.confirm", "entryorder.confirm"


@pytest.fixture
def stocked(site: Site) -> Site:
    site.in_stock()
    return site


def operator(site: Site, **bound: Any) -> str:
    return site.token(Role.OPERATOR, **bound)


def replay(site: Site, message: str, token: str = "", **body: Any) -> HTTPResponse:
    verb = body.pop("verb", "replay")
    return site.send(
        "POST",
        f"/v1/messages/{message}/{verb}",
        body=as_json(body),
        headers={
            "content-type": "application/json",
            "Authorization": f"Bearer {token or site.seeded.tokens['operator']}",
        },
    )


def replayed(site: Site, message: str, **body: Any) -> dict[str, Any]:
    answer = replay(site, message, **body)
    assert answer.status_code == 200, answer.body
    return dict(answer.json_body)


def last(site: Site) -> dict[str, Any]:
    return site.logged()[-1]


def shown(site: Site, message: str) -> dict[str, Any]:
    return dict(site.ask(f"/v1/messages/{message}").json_body)


def bought(site: Site) -> str:
    return str(site.post("/v1/purchase-orders", purchase()).json_body["purchase_order"])


def receipts(site: Site, no: str) -> list[list[int]]:
    return [[line.quantity for line in each.lines] for each in site.oms.purchasing.receipts(no)]


def unknown(code: str) -> str:
    """A receipt that is refused: of an order that nobody knows, and of another owner's goods."""
    body = entry(code, ("1", "TEE", 5))
    return body.replace("<outBizCode>", "<ownerCode>SOMEBODY</ownerCode><outBizCode>", 1)


def lose_row(site: Site, message: str) -> None:
    """As a crash between the bytes and the row leaves it."""
    site.cloud.clients["dynamodb"].delete_item(
        TableName=site.cloud.settings.tables["messages"],
        Key={"pk": {"S": f"MESSAGE#{message}"}, "sk": {"S": "HEAD"}},
    )


# --- callbacks


def test_an_accepted_callback_is_answered_as_before_and_changes_nothing_but_its_trace(
    stocked: Site,
) -> None:
    no = stocked.at_the_warehouse()
    stocked.callback(CONFIRM, delivery(no, ("1", "TEE", 2), ("2", "MUG", 1)))
    message = last(stocked)["id"]
    before = stocked.rows()
    done = replayed(stocked, message, reason="asked by 13812345678")
    assert stocked.rows() == before
    assert "<flag>success</flag>" in done["answer"]
    assert (done["before"], done["outcome"], done["listed_as"]) == ("ACCEPTED",) * 3
    (trace,) = shown(stocked, message)["replays"]
    assert (trace["number"], trace["by"], trace["reason"]) == (
        1,
        "demo-operator",
        "asked by 1**********",
    )


def test_a_refused_callback_is_booked_once_what_it_lacked_is_there(stocked: Site) -> None:
    body = unknown("PO-LATE")
    assert said(stocked.callback(RECEIVED, body)).code == "unknown_order"
    message = last(stocked)["id"]
    again = replayed(stocked, message)
    assert (again["outcome"], again["documents"]) == ("REFUSED", [])
    no = bought(stocked)
    # Today's order has another number: what the WMS said is then sent by it anew.
    stocked.callback(RECEIVED, body.replace("PO-LATE", no).replace("RK1", "RK2"))
    assert receipts(stocked, no) == [[5]]


def test_a_refused_callback_is_taken_after_its_warehouse_has_come(site: Site) -> None:
    body = (
        "<request><items><item><ownerCode>DEMO</ownerCode><warehouseCode>WH-NEW</warehouseCode>"
        "<orderCode>A1</orderCode><outBizCode>A1</outBizCode><itemCode>NEW</itemCode>"
        "<orderType>QTRK</orderType><inventoryType>ZP</inventoryType><quantity>3</quantity>"
        "</item></items></request>"
    )
    site.post("/v1/skus", {"skus": [sku("NEW")]})
    assert said(site.callback("stockchange.report", body)).code == "unknown_warehouse"
    message = last(site)["id"]
    site.oms.catalog.put_warehouse(
        replace(site.oms.catalog.warehouse(EAST), code="WH-NEW", wms=EAST)
    )
    dry = replayed(site, message, dry_run=True)
    assert dry["outcome"] == "ACCEPTED"
    assert any(each["pk"].startswith("ADJUSTMENT#") for each in dry["changes"])
    assert [each["kind"] for each in dry["events"]] == ["AdjustmentAccepted"]
    assert shown(site, message)["outcome"] == "REFUSED"
    done = replayed(site, message)
    assert (done["before"], done["outcome"], done["listed_as"]) == (
        "REFUSED",
        "ACCEPTED",
        "ACCEPTED",
    )
    (number,) = done["documents"]
    assert site.oms.adjustments.adjustment(number).source.message_id == message
    once = site.rows()
    replayed(site, message)
    assert site.rows() == once
    assert [each["after"] for each in shown(site, message)["replays"]] == ["ACCEPTED", "ACCEPTED"]


def test_a_dry_run_tells_key_and_fields_and_no_person(stocked: Site) -> None:
    stocked.post("/v1/orders", order(lines=[{**order()["lines"][0], "sku": "LATER"}]))
    message = last(stocked)["id"]
    stocked.post("/v1/skus", {"skus": [sku("LATER")]})
    stocked.oms.catalog.put_shop(stocked.oms.catalog.shop("shop-demo"))
    answer = stocked.changes_nothing(lambda: replay(stocked, message, dry_run=True))
    text = answer.body.decode()
    assert "欧阳" not in text
    assert "1371234" not in text


def test_a_message_that_a_crash_left_without_a_row_is_verified_and_taken(stocked: Site) -> None:
    no = bought(stocked)
    stocked.callback(RECEIVED, unknown("UNKNOWN"))
    message = last(stocked)["id"]
    lose_row(stocked, message)
    done = replayed(stocked, message)
    assert (done["before"], done["outcome"], done["peer"]) == ("RECEIVED", "REFUSED", f"wms:{EAST}")
    assert shown(stocked, message)["outcome"] == "REFUSED"
    assert receipts(stocked, no) == []


def test_a_message_without_a_row_whose_signature_is_wrong_is_not_taken(site: Site) -> None:
    no = bought(site)
    site.callback(RECEIVED, entry(no, ("1", "TEE", 5)), sign="0" * 32)
    message = last(site)["id"]
    lose_row(site, message)
    answer = site.changes_nothing(lambda: replay(site, message))
    assert (answer.status_code, answer.json_body["code"]) == (422, "not_trusted")


def test_a_signature_that_was_fresh_then_is_not_stale_now(site: Site) -> None:
    site.callback(RECEIVED, entry(bought(site), ("1", "TEE", 5)))
    message = last(site)["id"]
    lose_row(site, message)
    site.cloud.clock.forward(days=3)
    # The first delivery's document stands: recognised by the message's own id.
    assert replayed(site, message)["outcome"] == "ACCEPTED"


def test_what_was_never_trusted_is_not_replayed(site: Site) -> None:
    site.callback(RECEIVED, entry(bought(site), ("1", "TEE", 5)), sign="0" * 32)
    message = last(site)["id"]
    answer = site.changes_nothing(lambda: replay(site, message))
    assert (answer.status_code, answer.json_body["code"]) == (422, "not_trusted")


# --- held


def held(site: Site) -> tuple[str, str]:
    """A receipt of 5 and then, under the same outBizCode, of 4: the order and the held message."""
    no = bought(site)
    site.callback(RECEIVED, entry(no, ("1", "TEE", 5)))
    site.callback(RECEIVED, entry(no, ("1", "TEE", 4)))
    assert last(site)["outcome"] == "HELD"
    return no, str(last(site)["id"])


def open_cases(site: Site) -> list[str]:
    answer = site.ask("/v1/exceptions", site.seeded.tokens["operator"])
    return [each["kind"] for each in answer.json_body["exceptions"]]


def test_a_held_message_stays_held_when_it_is_replayed(site: Site) -> None:
    no, message = held(site)
    before = site.rows()
    assert replayed(site, message)["outcome"] == "HELD"
    assert site.rows()["stock"] == before["stock"]
    assert receipts(site, no) == [[5]]


def test_a_held_message_is_booked_when_a_person_says_so_and_its_question_is_settled(
    site: Site,
) -> None:
    no, message = held(site)
    assert "callback_differs" in open_cases(site)
    dry = replayed(site, message, verb="accept", reason="two deliveries", dry_run=True)
    assert dry["outcome"] == "ACCEPTED"
    assert receipts(site, no) == [[5]]
    done = replayed(site, message, verb="accept", reason="two deliveries, asked the warehouse")
    assert (done["before"], done["outcome"], done["listed_as"]) == ("HELD", "ACCEPTED", "ACCEPTED")
    assert sorted(receipts(site, no)) == [[4], [5]]
    assert "callback_differs" not in open_cases(site)
    (trace,) = shown(site, message)["replays"]
    assert (trace["accepting"], trace["reason"]) == (True, "two deliveries, asked the warehouse")
    # What the warehouse sends once more is known now.
    site.callback(RECEIVED, entry(no, ("1", "TEE", 4)))
    assert last(site)["outcome"] == "DUPLICATE"
    again = replayed(site, message, verb="accept", reason="again")
    assert (again["before"], again["outcome"]) == ("ACCEPTED", "ACCEPTED")
    assert sorted(receipts(site, no)) == [[4], [5]]


def test_a_message_that_was_never_held_is_not_accepted_by_hand(site: Site) -> None:
    site.callback(RECEIVED, entry(bought(site), ("1", "TEE", 5)))
    answer = replay(site, last(site)["id"], verb="accept", reason="again")
    assert (answer.status_code, answer.json_body["code"]) == (422, "not_held")


def test_a_resent_confirm_is_booked_by_hand_as_well(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    body = delivery(no, ("1", "TEE", 1), kind="1")
    stocked.callback(CONFIRM, body)
    stocked.callback(CONFIRM, body.replace("09:20:00", "09:25:00"))
    assert last(stocked)["code"] == "callback_resent"
    done = replayed(stocked, last(stocked)["id"], verb="accept", reason="two parcels")
    assert done["outcome"] == "ACCEPTED"
    view = stocked.oms.orders.view(no.rpartition("-")[0])
    assert [len(each.lines) for each in view.shipments] == [1, 1]


# --- signed documents


def test_an_order_that_was_refused_is_placed_by_its_replay_under_its_own_message(
    stocked: Site,
) -> None:
    lines = [{"channel_line_id": "L1", "sku": "LATER", "quantity": 1, "unit_price": "20.00"}]
    body = order(lines=lines, order_discount="0.00", freight="0.00", payable="20.00")
    assert stocked.post("/v1/orders", body).status_code == 422
    message = last(stocked)["id"]
    stocked.post("/v1/skus", {"skus": [sku("LATER")]})
    dry = replayed(stocked, message, dry_run=True)
    assert {"table": "documents", "change": "created"}.items() <= next(
        each for each in dry["changes"] if each["sk"] == "PERSON"
    ).items()
    assert "欧阳" not in str(dry)
    done = replayed(stocked, message)
    assert (done["status"], done["outcome"]) == (201, "ACCEPTED")
    (number,) = done["documents"]
    assert stocked.oms.orders.order(number).message.message_id == message
    assert stocked.oms.orders.person(number).name == "欧阳小明"
    again = replayed(stocked, message)
    assert (again["status"], again["outcome"], again["listed_as"]) == (200, "DUPLICATE", "ACCEPTED")
    assert again["documents"] == [number]


def test_a_purchase_order_is_taken_again_as_the_one_it_is(site: Site) -> None:
    no = bought(site)
    message = last(site)["id"]
    done = replayed(site, message)
    assert (done["status"], done["outcome"], done["documents"]) == (200, "DUPLICATE", [no])


def test_old_master_data_does_not_undo_what_a_later_message_said(site: Site) -> None:
    site.post("/v1/skus", {"skus": [sku("CUP", name="old")]})
    message = last(site)["id"]
    site.cloud.clock.forward(days=2)
    site.post("/v1/skus", {"skus": [sku("CUP", name="new")]})
    before = site.rows()
    done = replayed(site, message)
    assert (done["status"], done["outcome"]) == (200, "DUPLICATE")
    assert site.rows() == before


def test_master_data_that_a_crash_overtook_is_taken_by_its_replay(site: Site) -> None:
    site.post("/v1/skus", {"skus": [sku("CUP", name="first")]})
    message = last(site)["id"]
    lose_row(site, message)
    site.cloud.clock.forward(days=2)
    done = replayed(site, message)
    assert (done["before"], done["outcome"], done["status"]) == ("RECEIVED", "DUPLICATE", 200)


# --- who, and what not


def test_a_reader_of_bytes_may_not_replay_nor_may_who_does_not_see_it(site: Site) -> None:
    bought(site)
    message = last(site)["id"]
    assert replay(site, message, token=site.token(Role.RAW_READER)).status_code == 403
    other = operator(site, places=("WH-SOUTH",))
    assert replay(site, message, token=other).status_code == 404
    assert replay(site, "20261122T013000000-ffffffffffff").status_code == 404


def test_what_was_sent_by_us_is_not_replayed(site: Site) -> None:
    message, _ = site.oms.messages.prepare(
        HttpHead(verb="POST", url="http://wms", headers={}), b"<request/>", peer=f"wms:{EAST}",
        method="order.cancel", documents=(),
    )  # fmt: skip
    site.oms.messages.record(message)
    answer = replay(site, message.id)
    assert (answer.status_code, answer.json_body["code"]) == (422, "not_incoming")


def test_two_steps_of_an_order_are_noted_once_each(stocked: Site) -> None:
    no = stocked.at_the_warehouse()
    stocked.callback("orderprocess.report", step(no, "PICK"))
    message = last(stocked)["id"]
    before = stocked.rows()
    assert replayed(stocked, message)["outcome"] == "ACCEPTED"
    assert stocked.rows() == before


def _kinds(document: Document) -> tuple[ClientKind, ...]:
    return document.kind if isinstance(document.kind, tuple) else (document.kind,)


def test_every_signed_route_has_its_document_in_the_table() -> None:
    found: dict[str, tuple[str, str, bool]] = {}
    for path in (ROOT / "chalicelib/http").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "take":
                given = {each.arg: each.value for each in node.keywords}
                method = ast.literal_eval(given["method"])
                kinds = re.findall(r"ClientKind\.(\w+)", ast.unparse(given["kind"]))
                found[method] = (" ".join(kinds), ast.unparse(given["use"]), "once" in given)
    assert found == {
        method: (
            " ".join(kind.name for kind in _kinds(each)),
            each.use.__name__,
            each.once,
        )
        for method, each in DOCUMENTS.items()
    }
