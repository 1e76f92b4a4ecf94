"""Asking for a return, and a person's word on it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict, IllegalTransition, NotFound, Refused
from chalicelib.orders.returns.states import ReturnCancel
from tests.orders.returns.world import ReturnWorld, line, receipt
from tests.orders.world import MESSAGE, body, shipment


@pytest.fixture
def no(world: ReturnWorld) -> str:
    """A fulfilment of 3 A for 10.00 in all and 2 B at 5.00, that has left."""
    return world.shipped(("A", 3, "4.00"), ("B", 2, "5.00"), order_discount="2.00", payable="20.00")


def test_a_return_names_units_and_opens_the_orders_after_sale(world: ReturnWorld, no: str) -> None:
    found, new = world.request(no, line(1, 0, 2), line(2, quantity=1), waybill="YT1")
    assert new
    assert (found.no, found.order_no, found.warehouse) == ("TH0002", no[:-3], "W1")
    assert [(each.sku, each.units) for each in found.lines] == [("A", (0, 2)), ("B", (0,))]
    assert world.after_sale(no) == "OPEN"
    assert world.orders.header(no[:-3]) == "AFTER_SALE"
    assert world.kinds()[-1] == "ReturnApproved"
    assert world.returns.documents_of_waybill("YT1") == [found.no]


def test_the_same_again_gets_the_same_return_and_changes_nothing(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0))
    before = world.state()
    assert world.request(no, line(1, 0)) == (found, False)
    assert world.state() == before


def test_another_content_under_the_id_is_a_conflict(world: ReturnWorld, no: str) -> None:
    world.ask(no, line(1, 0))
    with pytest.raises(Conflict) as refused:
        world.request(no, line(1, 1))
    assert refused.value.code == "return_differs"


def test_a_unit_is_returned_once(world: ReturnWorld, no: str) -> None:
    world.ask(no, line(1, 0))
    with pytest.raises(Refused) as refused:
        world.request(no, line(1, 1, 0), id="R-2")
    assert (refused.value.code, refused.value.field) == ("unit_returned", "lines[0].units[0]")
    assert world.ask(no, line(1, quantity=2), id="R-3").lines[0].units == (1, 2)
    with pytest.raises(Refused) as refused:
        world.request(no, line(1, quantity=1), id="R-4")
    assert refused.value.code == "too_few_units"


def test_two_returns_of_one_unit_at_once_leave_one(world: ReturnWorld, no: str) -> None:
    world.tables.meanwhile.append(lambda: world.ask(no, line(1, 0), id="R-2"))
    with pytest.raises(Refused) as refused:
        world.request(no, line(1, 0))
    assert refused.value.code == "unit_returned"
    assert [each.source_id for each in world.returns.of_order(no[:-3])] == ["R-2"]


@pytest.mark.parametrize(
    ("lines", "changes", "code"),
    [
        ([line(9, 0)], {}, "unknown_line"),
        ([line(1, 3)], {}, "unit_not_shipped"),
        ([line(1, 0), line(1, 1)], {}, "line_repeated"),
        ([line(1, 0, 0)], {}, "unit_repeated"),
        ([{"line_no": 1}], {}, "units_unclear"),
        ([{"line_no": 1, "units": [0], "quantity": 1}], {}, "units_unclear"),
        ([line(1, 0)], {"warehouse": "NONE"}, "unknown_warehouse"),
        ([line(1, 0)], {"exchange": [{"sku": "A", "quantity": 1}]}, "exchange_differs"),
        ([line(1, 0)], {"kind": "EXCHANGE"}, "exchange_differs"),
        (
            [line(1, 0)],
            {"kind": "EXCHANGE", "exchange": [{"sku": "NONE", "quantity": 1}]},
            "unknown_sku",
        ),
        ([line(1, 0)], {"colour": "red"}, "unknown_field"),
        ([line(1, 0)], {"reason": "x" * 201}, "text_length"),
        ([], {}, "too_many_or_none"),
        ([line(1, quantity=1001)], {}, "out_of_range"),
    ],
)
def test_what_cannot_come_back_is_refused(
    world: ReturnWorld, no: str, *, lines: list[Any], changes: dict[str, Any], code: str
) -> None:
    before = world.state()
    with pytest.raises(Refused) as refused:
        world.request(no, *lines, **changes)
    assert refused.value.code == code
    assert world.state() == before


def test_another_shops_fulfilment_is_not_there(world: ReturnWorld, no: str) -> None:
    with pytest.raises(NotFound):
        world.request(no, line(1, 0), shop="S2")


def test_what_has_not_left_cannot_come_back(world: ReturnWorld) -> None:
    no = world.accepted(body(("A", 2, "1.00"))) + "-01"
    with pytest.raises(Refused) as refused:
        world.request(no, line(1, 0))
    assert refused.value.code == "unit_not_shipped"
    world.ship(shipment(no, [(1, "A", 1)], final=False))
    assert world.ask(no, line(1, 0)).lines[0].units == (0,)
    with pytest.raises(Refused):
        world.request(no, line(1, 1), id="R-2")


def test_the_reason_is_kept_sealed(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), reason="call 13800000000")
    assert world.returns.to_announce(found.no).reason == "call 13800000000"
    assert "13800000000" not in str(world.state())


def test_a_person_approves_once(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), approved=False)
    assert found.state == "REQUESTED"
    approved = world.returns.approve(found.no, by="anna")
    assert (approved.state, approved.decided_by) == ("APPROVED", "anna")
    assert world.returns.approve(found.no, by="bert") == approved
    assert world.events("ReturnApproved") == [f"ReturnApproved:{found.no}"]


def test_a_rejected_return_frees_its_units(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), approved=False)
    assert world.returns.reject(found.no, by="anna").state == "REJECTED"
    assert world.returns.reject(found.no, by="anna").state == "REJECTED"
    assert world.after_sale(no) == "CLOSED"
    with pytest.raises(IllegalTransition):
        world.returns.approve(found.no, by="anna")
    assert world.ask(no, line(1, 0), id="R-2").lines[0].units == (0,)


def test_a_return_that_no_warehouse_has_is_cancelled_at_once(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0))
    assert world.returns.cancel(found.no).state == "CANCELLED"
    assert world.returns.cancel(found.no).state == "CANCELLED"
    assert world.after_sale(no) == "CLOSED"
    assert world.events("ReturnCancelRequested") == []


def sent(world: ReturnWorld, no: str) -> str:
    found = world.ask(no, line(1, 0))
    world.commit(world.returns.plan_claim(world.returns.return_order(found.no)))
    world.commit(world.returns.plan_sent(found.no, "W-1", MESSAGE, world.at(1)))
    return found.no


def test_the_warehouses_word_cancels_what_it_may_have(world: ReturnWorld, no: str) -> None:
    name = sent(world, no)
    assert world.state_of(name) == "SENT"
    asked = world.returns.cancel(name)
    assert (asked.state, asked.cancel) == ("SENT", ReturnCancel.PENDING)
    assert world.returns.cancel(name) == asked
    assert len(world.events("ReturnCancelRequested")) == 1
    told = {"accepted": False, "source": MESSAGE, "at": world.at(2)}
    world.commit(world.returns.plan_cancel_result(name, **told))
    assert world.returns.return_order(name).cancel == "REFUSED"
    world.returns.cancel(name)
    world.commit(world.returns.plan_cancel_result(name, **{**told, "accepted": True}))
    assert len(world.returns.plan_cancel_result(name, **{**told, "accepted": True})) == 0
    assert (world.state_of(name), world.after_sale(no)) == ("CANCELLED", "CLOSED")


def test_what_has_come_is_not_cancelled_and_a_warehouse_that_says_so_is_a_case(
    world: ReturnWorld, no: str
) -> None:
    name = sent(world, no)
    world.returns.cancel(name)
    world.commit(world.returns.plan_receipt(receipt(name, (1, "A", 1, "ZP"))))
    world.commit(
        world.returns.plan_cancel_result(name, accepted=True, source=MESSAGE, at=world.at(2))
    )
    assert world.cases() == ["return_cancelled_after_arrival"]
    world.work_off()
    assert world.state_of(name) == "REFUND_PENDING"
    with pytest.raises(Conflict) as refused:
        world.returns.cancel(name)
    assert refused.value.code == "return_arrived"


def test_a_parcel_that_has_arrived_is_noted_once(world: ReturnWorld, no: str) -> None:
    name = sent(world, no)
    world.commit(world.returns.plan_signed(name, MESSAGE, world.at(3)))
    assert world.state_of(name) == "PARCEL_SIGNED"
    assert len(world.returns.plan_signed(name, MESSAGE, world.at(4))) == 0


def test_the_track_tells_the_returns_story(world: ReturnWorld, no: str) -> None:
    name = sent(world, no)
    world.clock.moment = world.at(5)
    world.come_back(name, (1, "A", 1, "ZP"))
    world.returns.refunded(name, "PAY-1")
    kinds = [row.kind for row in world.returns.track(no[:-3])]
    assert kinds == [
        "return_requested",
        "return_approved",
        "return_announced",
        "return_receipt",
        "return_inspected",
        "return_closed",
    ]
