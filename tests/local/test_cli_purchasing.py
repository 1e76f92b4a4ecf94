"""`./oms purchase`: the same words as over the API, said from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.purchasing.states import ReceiptState
from tests.local.cli_world import AT, DAY, TEE, Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


ORDER = {
    "id": "by hand 1",
    "supplier": "SUP1",
    "warehouse": "WH-EAST",
    "owner": "DEMO",
    "currency": "CNY",
    "lines": [
        {"line_no": 1, "sku": TEE, "quantity": 5, "price": "25.3333", "tax_rate_percent": 13}
    ],
}


def drafted(stage: Stage) -> str:
    stage.master_data()
    answer = stage.json("purchase", "draft", "-", stdin=json.dumps(ORDER))
    return str(answer["purchase_order"])


def test_a_draft_is_changed_approved_and_shown_with_its_history(stage: Stage) -> None:
    number = drafted(stage)
    change = json.dumps({**ORDER, "expected_from": "2026-12-01T09:00:00+08:00", "version": 1})
    assert "is DRAFT, version 2." in stage.done("purchase", "change", number, "-", stdin=change)
    said = stage.done("purchase", "approve", number, "--version", "2")
    assert said.strip() == f"{number} is APPROVED, version 3."
    assert [each["event"] for each in stage.json("purchase", "show", number)["steps"]] == [
        "draft",
        "change",
        "approve",
    ]
    shown = stage.done("purchase", "show", number)
    assert "of SUP1 for WH-EAST: APPROVED" in shown
    assert stage.run("purchase", "approve", number, "--version", "9").exit_code == 0
    stale = stage.run("purchase", "change", number, "-", stdin=change)
    assert stale.exit_code == 1


def test_an_order_is_cancelled_or_closed_for_a_reason(stage: Stage) -> None:
    number = drafted(stage)
    assert "is CANCELLED" in stage.done("purchase", "cancel", number, "--because", "too dear")
    assert stage.run("purchase", "close", number, "--because", "x").exit_code == 1
    other, _, _ = stage.purchased()
    assert stage.json("purchase", "show", other)["state"] == "RECEIVED"
    assert stage.run("purchase", "cancel", other, "--because", "x").exit_code == 1


def test_goods_that_nobody_announced_are_shown_and_attached(stage: Stage) -> None:
    number, receipt, _ = stage.purchased()
    known = stage.oms.purchasing.receipt(receipt)
    blind = replace(
        known,
        id="RK9",
        purchase_order="",
        announced_as="ASN-1",
        supplier="",
        state=ReceiptState.ACCEPTED,
        version=1,
    )
    stage.oms.tables.commit(stage.oms.purchasing.plan_receipt(blind))
    stage.oms.purchasing.post_receipt("RK9")
    assert (blind.occurred_at, blind.posting_date) == (AT, DAY)
    assert "ASN-1" in stage.done("purchase", "blind", "WH-EAST")
    assert [each["receipt"] for each in stage.json("purchase", "blind", "WH-EAST")["receipts"]] == [
        "RK9"
    ]
    assert "RK9-1 takes RK9 out of suspense" in stage.done("purchase", "attach", "RK9", number)
    assert stage.json("purchase", "blind", "WH-EAST")["receipts"] == []
    assert stage.json("purchase", "attach", "RK9", number)["settles"] == "RK9"
    assert stage.run("trace", "RK9").exit_code == 0


def test_a_batch_leads_to_its_receipt(stage: Stage) -> None:
    said = stage.done("purchase", "batch-rule", "{supplier}-{line}", "--warehouse", "WH-EAST")
    assert said.strip() == "WH-EAST/*: {supplier}-{line}"
    assert stage.json("purchase", "batch-rules")["batch_rules"] == [
        {"warehouse": "WH-EAST", "category": "*", "template": "{supplier}-{line}"}
    ]
    assert "{supplier}-{line}" in stage.done("purchase", "batch-rules")
    number, receipt, _ = stage.purchased()
    (row,) = stage.json("purchase", "batch", "WH-EAST", TEE, "SUP1-1")["receipts"]
    assert (row["receipt"], row["supplier"], row["purchase_order"]) == (receipt, "SUP1", number)
    assert receipt in stage.done("purchase", "batch", "WH-EAST", TEE, "SUP1-1")
    assert stage.run("purchase", "batch-rule", "{sku}").exit_code == 1


def test_a_delivery_is_booked_reported_and_given_back(stage: Stage) -> None:
    number = drafted(stage)
    window = {"starts": "09:00", "ends": "11:00", "pieces": 100, "orders": 2}
    calendar = json.dumps({"version": 0, "weekly": {"TUE": [window]}})
    said = stage.done("delivery", "put-calendar", "WH-EAST", "-", stdin=calendar)
    assert said.strip() == "The calendar of WH-EAST is of version 1."
    assert stage.json("delivery", "calendar", "WH-EAST")["weekly"] == {"TUE": [window]}
    assert "09:00" in stage.done("delivery", "calendar", "WH-EAST")

    day = "2099-12-01"
    booked = stage.done("delivery", "book", number, day, "09:00")
    assert booked.strip() == f"{number}: {day} 09:00-11:00 is BOOKED."
    assert stage.json("delivery", "slots", "WH-EAST", day)["slots"] == [
        {**window, "booked_pieces": 5, "booked_orders": 1}
    ]
    assert "09:00" in stage.done("delivery", "slots", "WH-EAST", day)
    assert stage.json("delivery", "report", "WH-EAST", day)["outcomes"] == {"OPEN": 1}
    assert number in stage.done("delivery", "report", "WH-EAST", day)
    assert "is CANCELLED" in stage.done("delivery", "cancel", number)
    assert stage.run("delivery", "book", number, "soon", "09:00").exit_code == 1


def test_tolerances_are_set_and_listed(stage: Stage) -> None:
    said = stage.done("purchase", "tolerance", "--supplier", "SUP1", "--percent", "5")
    assert said.strip() == "*/SUP1/*: 5 % or 0 pieces more, whichever is more."
    assert stage.json("purchase", "tolerances")["tolerances"] == [
        {"owner": "*", "supplier": "SUP1", "warehouse": "*", "percent": 5, "pieces": 0}
    ]
    assert "SUP1" in stage.done("purchase", "tolerances")
    assert stage.run("purchase", "tolerance", "--percent", "101").exit_code == 1
