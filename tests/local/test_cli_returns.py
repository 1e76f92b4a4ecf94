"""The command line: returns, and parcels that nobody claims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.kernel.provenance import Source
from chalicelib.orders.returns.model import ReturnedLine, ReturnReceipt, UnclaimedParcel, receipt_id
from tests.local.cli_world import AT, DAY, TEE, Stage, a_stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with a_stage(monkeypatch) as made:
        yield made


@pytest.fixture
def shipped(stage: Stage) -> str:
    """A fulfilment of two pieces that has left."""
    order, _, _ = stage.shipped()
    return f"{order}-01"


def asked(stage: Stage, no: str, **changes: Any) -> str:
    """A return of a piece, by hand; its number."""
    given = {
        "id": "R-1",
        "fulfilment_no": no,
        "lines": [{"line_no": 1, "units": [0]}],
        "reason": "call 13800000000",
        **changes,
    }
    shown = stage.json("return", "post", "-", stdin=json.dumps(given))
    assert shown["reason"] == "call 1**********"
    return str(shown["return_no"])


def pieces(quantity: int) -> tuple[ReturnedLine, ...]:
    return (
        ReturnedLine(
            line_no=1,
            sku=TEE,
            quantity=quantity,
            inventory_type="ZP",
            batch="",
            source=Source(message_id="MSG-R", path="/request/orderLines/orderLine[1]"),
        ),
    )


def come_back(stage: Stage, number: str, quantity: int) -> None:
    receipt = ReturnReceipt(
        id=receipt_id(number, "1"),
        return_no=number,
        warehouse="WH-EAST",
        lines=pieces(quantity),
        final=True,
        occurred_at=AT,
        posting_date=DAY,
        message_id="MSG-R",
    )
    stage.oms.tables.commit(stage.oms.returns.plan_receipt(receipt))
    stage.oms.returns.post_receipt(receipt.id)


def test_a_return_is_moved_on_step_by_step(stage: Stage, shipped: str) -> None:
    number = asked(stage, shipped)
    (listed,) = stage.json("return", "list")["returns"]
    assert (listed["return_no"], listed["pieces"]) == (number, 1)
    assert number in stage.done("return", "list")
    assert stage.done("return", "approve", number) == f"{number} is APPROVED.\n"
    come_back(stage, number, 1)
    said = stage.done("return", "show", number)
    assert f"{number} of {shipped} is REFUND_PENDING." in said
    assert "0 missing; to be paid back: 59.00" in said
    paid = stage.json("return", "refunded", number, "--reference", "PAY-1")
    assert (paid["state"], paid["refund"]) == ("CLOSED", "59.00")


def test_a_return_is_rejected_or_cancelled(stage: Stage, shipped: str) -> None:
    first = asked(stage, shipped)
    assert stage.done("return", "reject", first) == f"{first} is REJECTED.\n"
    second = asked(stage, shipped, id="R-2")
    assert stage.done("return", "cancel", second) == f"{second} is CANCELLED.\n"
    refused = stage.run("return", "approve", second)
    assert (refused.exit_code, "illegal_transition" in refused.output) == (1, True)


def test_a_short_return_is_settled_by_a_person(stage: Stage, shipped: str) -> None:
    number = asked(stage, shipped, lines=[{"line_no": 1, "quantity": 2}], approved=True)
    come_back(stage, number, 1)
    assert stage.json("return", "list", "--state", "INSPECTED")["returns"][0]["missing"] == 1
    assert stage.done("return", "settle", number) == f"{number} is REFUND_PENDING.\n"


def unclaimed(stage: Stage, **more: str) -> None:
    """Parcel WT-1 with a TEE came, and nobody claims it."""
    parcel = UnclaimedParcel(
        id="WT-1",
        warehouse="WH-EAST",
        owner="DEMO",
        lines=pieces(1),
        occurred_at=AT,
        posting_date=DAY,
        message_id="MSG-R",
        accepted_at=AT,
        **more,
    )
    stage.oms.returns.take_unclaimed(parcel)
    stage.oms.returns.post_unclaimed("WT-1")


def test_a_parcel_is_matched_to_what_it_was(stage: Stage, shipped: str) -> None:
    unclaimed(stage, waybill="SF1")
    (listed,) = stage.json("return", "unclaimed")["parcels"]
    assert (listed["parcel"], listed["waybill"]) == ("WT-1", "SF1")
    assert f"{TEE} x 1 ZP" in stage.done("return", "unclaimed")
    matched = stage.json("return", "match", "WT-1", "--to", shipped)
    assert matched["fulfilment_no"] == shipped
    assert stage.json("return", "unclaimed")["parcels"] == []


def test_a_parcel_that_is_nobodys_is_ended(stage: Stage) -> None:
    unclaimed(stage, case="parcel_unclaimed:WT-1")
    said = stage.done("return", "end", "WT-1", "--as", "SENT_BACK", "--because", "another shop's")
    assert said == "WT-1 is SENT_BACK.\n"
    again = stage.json("return", "end", "WT-1", "--as", "SENT_BACK", "--because", "again")
    assert again["ended_because"] == "another shop's"
    result = stage.run("return", "end", "WT-1", "--as", "TAKEN_IN", "--because", "mine")
    assert (result.exit_code, "parcel_ended" in result.output) == (1, True)


def test_goods_are_sent_once_more(stage: Stage, shipped: str) -> None:
    given = {"id": "B-1", "fulfilment_no": shipped, "lines": [{"sku": TEE, "quantity": 1}]}
    number = stage.json("return", "reship", "-", stdin=json.dumps(given))["order_no"]
    again = stage.done("return", "reship", "-", stdin=json.dumps(given))
    assert again == f"Order {number} was placed before.\n"


def test_what_nobody_has_is_a_refusal(stage: Stage, shipped: str) -> None:
    for arguments in (
        ("show", "TH1"),
        ("approve", "TH1"),
        ("match", "WT-9", "--to", shipped),
    ):
        result = stage.run("return", *arguments)
        assert result.exit_code == 1, result.output
        assert "unknown_" in result.output
