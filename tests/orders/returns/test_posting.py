"""What came back: placed on units, booked at the cost it left with, and what is paid back."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.orders.model import shipment_id
from tests.orders.returns.world import ReturnWorld, line, receipt
from tests.orders.world import body, shipment


@pytest.fixture
def no(world: ReturnWorld) -> str:
    """A fulfilment of 3 A for 10.00 in all, freight 1.00, and 2 B at 5.00, that has left."""
    return world.shipped(
        ("A", 3, "4.00"),
        ("B", 2, "5.00"),
        order_discount="2.00",
        freight="1.00",
        payable="21.00",
    )


def test_a_whole_return_is_booked_by_quality_and_its_refund_told(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0, 1, 2))
    world.come_back(found.no, (1, "A", 2, "ZP"), (1, "A", 1, "CC"))
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert (world.quantity("W1", "A"), world.quantity("W1", "A", "CC")) == (9, 1)
    assert world.balance("W1", "A") == (9, 9, 0)
    told = world.told(found.no)
    # 12.00 of A bears 12/22 of the discount of 2.00: 10.91 over three units.
    assert (told["refund"], told["missing"], told["kind"]) == ("10.91", 0, "RETURN")
    assert told["units"] == [
        {"order_line_no": 1, "unit": 0, "inventory_type": "ZP", "goods": "3.63", "freight": "0.00"},
        {"order_line_no": 1, "unit": 1, "inventory_type": "ZP", "goods": "3.64", "freight": "0.00"},
        {"order_line_no": 1, "unit": 2, "inventory_type": "CC", "goods": "3.64", "freight": "0.00"},
    ]
    assert world.cases() == []


def test_each_entry_leads_to_its_message_and_to_the_issue_it_returns(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0))
    taken = world.come_back(found.no, (1, "A", 1, "XS"))
    (entry,) = world.stock.entries_of(taken.id)
    assert (entry.kind, entry.from_location, entry.to_location) == (
        "RETURN",
        "CUSTOMER:S1",
        "WAREHOUSE:W1:XS",
    )
    assert entry.cost_of is not None
    assert (entry.cost_of.document, entry.cost_of.entry) == (
        shipment_id(no, "1"),
        "1#SHIPMENT#ZP#",
    )
    assert entry.source.path == "/request/orderLines/orderLine[1]"


def test_goods_come_back_at_the_cost_they_left_with(world: ReturnWorld, no: str) -> None:
    assert world.pool("W1", "A") == (7, 700)
    world.receive("W1", {"A": 7})  # at 1.00 too
    found = world.ask(no, line(1, 0, 1, 2))
    world.come_back(found.no, (1, "A", 1, "ZP"), final=False)
    world.come_back(found.no, (1, "A", 2, "CC"), identity="2")
    assert world.pool("W1", "A") == (17, 1700)


def test_units_of_two_batches_go_back_to_the_entries_they_left_by(world: ReturnWorld) -> None:
    no = world.accepted(body(("A", 3, "1.00"))) + "-01"
    left = shipment(no, [(1, "A", 2), (1, "A", 1)])
    first, second = left.lines
    world.ship(replace(left, lines=(replace(first, batch="L1"), replace(second, batch="L2"))))
    found = world.ask(no, line(1, 0, 1, 2))
    world.come_back(found.no, (1, "A", 1, "ZP"), batch="L2", final=False)
    world.come_back(found.no, (1, "A", 2, "ZP"), batch="L1", identity="2")
    entries = [each for one in ("1", "2") for each in world.stock.entries_of(f"{found.no}:{one}")]
    issues = [(each.quantity, each.cost_of and each.cost_of.entry) for each in entries]
    assert issues == [(1, "1#SHIPMENT#ZP#L2"), (2, "1#SHIPMENT#ZP#L1")]
    assert world.returns.return_order(found.no).lines[0].found == ((2, "ZP"), (0, "ZP"), (1, "ZP"))


def test_freight_is_paid_back_where_the_return_says_so(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0, 1, 2), line(2, 0, 1), with_freight=True)
    world.come_back(found.no, (1, "A", 3, "ZP"), (2, "B", 2, "ZP"))
    assert world.told(found.no)["refund"] == "21.00"


def test_parts_are_inspected_and_the_last_one_closes_the_inspection(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0, 1))
    world.come_back(found.no, (1, "A", 1, "ZP"), final=False)
    assert world.state_of(found.no) == "PART_INSPECTED"
    world.come_back(found.no, (1, "A", 1, "ZP"), identity="2", final=False)
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert len(world.events("ReturnInspected")) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts_in_any_order_lead_to_the_same_end(
    world: ReturnWorld, order: tuple[int, ...]
) -> None:
    no = world.shipped(("A", 4, "1.00"))
    found = world.ask(no, line(1, 0, 1, 2, 3))
    parts = [
        receipt(found.no, (1, "A", 1, "ZP"), identity="1", final=False),
        receipt(found.no, (1, "A", 1, "CC"), identity="2", final=False),
        receipt(found.no, (1, "A", 2, "ZP"), identity="3"),
    ]
    for at in order:
        world.commit(world.returns.plan_receipt(parts[at]))
    for at in reversed(order):
        world.returns.post_receipt(parts[at].id)
        world.returns.post_receipt(parts[at].id)
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert (world.quantity("W1", "A"), world.quantity("W1", "A", "CC")) == (9, 1)
    assert world.told(found.no)["refund"] == "4.00"
    assert len(world.events("ReturnInspected")) == 1


def test_the_same_confirmation_again_is_empty_and_another_content_a_conflict(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0))
    taken = world.come_back(found.no, (1, "A", 3, "ZP"), (None, "B", 1, "ZP"))
    before = world.state()
    assert len(world.returns.plan_receipt(taken)) == 0
    world.returns.post_receipt(taken.id)
    assert world.state() == before
    with pytest.raises(Conflict) as refused:
        world.returns.plan_receipt(receipt(found.no, (1, "A", 2, "ZP")))
    assert refused.value.code == "return_receipt_differs"


def test_a_return_that_is_short_waits_for_a_person(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0, 1))
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert world.state_of(found.no) == "INSPECTED"
    assert (world.cases(), world.events("ReturnInspected")) == (["return_short"], [])
    assert world.returns.settle(found.no, by="anna").state == "REFUND_PENDING"
    assert world.returns.settle(found.no, by="anna").settled_by == "anna"
    assert (world.told(found.no)["refund"], world.told(found.no)["missing"]) == ("3.63", 1)
    assert world.returns.refunded(found.no, "PAY-1").state == "CLOSED"
    assert world.returns.refunded(found.no, "PAY-1").refund_reference == "PAY-1"
    assert world.after_sale(no) == "CLOSED"
    # The unit that didn't come may come another time, the one that did may not.
    assert world.ask(no, line(1, quantity=2), id="R-2").lines[0].units == (1, 2)


def test_what_is_not_announced_is_booked_in_suspense_and_raised(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0))
    taken = world.come_back(found.no, (1, "A", 2, "ZP"), (2, "B", 1, "JS"))
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert world.told(found.no)["refund"] == "3.63"
    assert world.cases() == ["return_not_as_announced"]
    (parcel,), _ = world.returns.unclaimed()
    assert [(each.sku, each.quantity, each.inventory_type) for each in parcel.lines] == [
        ("A", 1, "ZP"),
        ("B", 1, "JS"),
    ]
    assert (parcel.return_no, parcel.fulfilment_no) == (found.no, no)
    assert len(world.stock.entries_of(taken.id)) == 1
    kinds = {(each.kind, each.from_location) for each in world.stock.entries_of(parcel.id)}
    assert kinds == {("SUSPENSE", "SUSPENSE:W1")}
    assert (world.quantity("W1", "A"), world.quantity("W1", "B", "JS")) == (9, 1)


def test_a_wrong_line_number_is_placed_by_its_sku(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), line(2, 0))
    world.come_back(found.no, (1, "B", 1, "ZP"), (7, "A", 1, "ZP"))
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert world.cases() == []


@pytest.mark.parametrize("end", ["cancel", "close"])
def test_goods_of_a_return_that_is_over_are_nobodys(world: ReturnWorld, no: str, end: str) -> None:
    found = world.ask(no, line(1, 0))
    if end == "cancel":
        world.returns.cancel(found.no)
    else:
        world.come_back(found.no, (1, "A", 1, "ZP"))
        world.returns.refunded(found.no, "PAY-1")
    world.come_back(found.no, (1, "A", 1, "ZP"), identity="late")
    assert world.cases() == ["return_not_expected"]
    assert len(world.returns.unclaimed()[0]) == 1
    late = receipt(found.no, (1, "A", 1, "ZP"), identity="late")
    assert len(world.returns.plan_receipt(late)) == 0


def test_goods_of_a_return_that_nobody_approved_wait_for_a_person(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0), approved=False)
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert (world.state_of(found.no), world.cases()) == ("INSPECTED", ["return_not_expected"])
    assert world.quantity("W1", "A") == 8
    assert world.returns.settle(found.no, by="anna").state == "REFUND_PENDING"


def test_more_that_comes_before_the_refund_is_told_anew(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0, 1))
    world.come_back(found.no, (1, "A", 1, "ZP"))
    world.returns.settle(found.no, by="anna")
    world.come_back(found.no, (1, "A", 1, "CC"), identity="late")
    assert world.state_of(found.no) == "REFUND_PENDING"
    assert world.told(found.no)["refund"] == "7.27"
    assert len(set(world.events("ReturnInspected"))) == 2


def test_what_left_and_is_not_booked_yet_is_waited_for(world: ReturnWorld) -> None:
    no = world.accepted(body(("A", 2, "1.00"))) + "-01"
    world.commit(world.orders.plan_shipment(shipment(no, [(1, "A", 2)])))
    found = world.ask(no, line(1, 0))
    taken = receipt(found.no, (1, "A", 1, "ZP"))
    world.commit(world.returns.plan_receipt(taken))
    with pytest.raises(Unavailable):
        world.returns.post_receipt(taken.id)
    world.orders.post_shipment(shipment_id(no, "1"))
    world.returns.post_receipt(taken.id)
    assert world.quantity("W1", "A") == 9


def test_what_has_come_and_is_not_booked_explains_a_difference(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0))
    taken = receipt(found.no, (1, "A", 1, "CC"), (2, "B", 1, "ZP"))
    world.commit(world.returns.plan_receipt(taken))
    pending = world.returns.pending("W1", ["A", "B"])
    assert [(each.sku, each.inventory_type, each.quantity) for each in pending] == [
        ("A", "CC", 1),
        ("B", "ZP", 1),
    ]
    world.work_off()
    assert world.returns.pending("W1", ["A", "B"]) == []


def test_goods_may_come_back_to_another_warehouse_at_their_own_cost(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0, 1), warehouse="W2")
    world.come_back(found.no, (1, "A", 2, "ZP"), warehouse="W2")
    assert world.pool("W2", "A") == (2, 200)


def test_a_refund_of_nothing_closes_the_return(world: ReturnWorld) -> None:
    no = world.shipped(("A", 1, "0.00"))
    found = world.ask(no, line(1, 0))
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert (world.state_of(found.no), world.after_sale(no)) == ("CLOSED", "CLOSED")


def test_a_return_of_many_lines_is_booked_in_chunks(world: ReturnWorld) -> None:
    skus = [f"S{number:02d}" for number in range(35)]
    world.warehouse("W1", dict.fromkeys(skus, 1))
    no = world.shipped(*((sku, 1, "1.00") for sku in skus))
    found = world.ask(no, *(line(number, 0) for number in range(1, 36)))
    world.tables.fail_after = world.tables.attempts + 2
    taken = receipt(found.no, *((number, sku, 1, "ZP") for number, sku in enumerate(skus, start=1)))
    world.commit(world.returns.plan_receipt(taken))
    with pytest.raises(ConnectionError):
        world.returns.post_receipt(taken.id)
    world.returns.post_receipt(taken.id)
    assert world.told(found.no)["refund"] == "35.00"
    assert all(world.quantity("W1", sku) == 1 for sku in skus)
