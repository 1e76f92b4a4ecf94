"""Goods without a price: in exchange, and once more."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Conflict, Refused
from chalicelib.orders.model import Purpose
from chalicelib.orders.returns.reissuing import WAITS_FOR_RETURN
from tests.orders.returns.world import ReturnWorld, line
from tests.orders.world import shipment

B_INSTEAD = {"kind": "EXCHANGE", "exchange": [{"sku": "B", "quantity": 2}]}


@pytest.fixture
def no(world: ReturnWorld) -> str:
    """A fulfilment of 3 A at 4.00 that has left."""
    return world.shipped(("A", 3, "4.00"))


def test_an_exchange_waits_for_the_goods_that_come_back(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    world.work_off()
    sent = found.exchange_no
    assert sent.startswith("HH")
    assert world.orders.header(sent) == "HELD"
    assert world.available("W1", "B") == 5
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert world.state_of(found.no) == "CLOSED"
    assert world.orders.header(sent) == "ROUTED"
    assert world.available("W1", "B") == 3
    (back,) = world.stock.entries_of(f"{found.no}:1")
    assert back.kind == "EXCHANGE_RETURN"
    assert world.told(found.no)["exchange"] == sent


def test_where_the_shop_says_so_an_exchange_is_sent_first(world: ReturnWorld, no: str) -> None:
    world.shop(exchange_ships_first=True)
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    world.work_off()
    assert world.orders.header(found.exchange_no) == "ROUTED"
    world.ship(shipment(f"{found.exchange_no}-01", [(1, "B", 2)]))
    assert world.orders.header(found.exchange_no) == "SHIPPED"
    assert world.state_of(found.no) == "APPROVED"


def test_an_exchange_is_an_order_without_a_price_that_names_its_cause(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    order = world.orders.order(found.exchange_no)
    assert (order.purpose, order.cause, order.replaces) == (Purpose.EXCHANGE, found.no, no)
    assert (order.payable, order.goods_amount, order.freight) == (0, 0, 0)
    assert [(each.sku, each.quantity, each.payable) for each in order.lines] == [("B", 2, 0)]
    assert order.channel_order_id == "6712345678901234567"
    assert order.invoice_request is None
    assert world.orders.person(order.no).name == "张三"


def test_what_leaves_in_exchange_is_booked_as_that_and_its_parcel_told(
    world: ReturnWorld, no: str
) -> None:
    world.shop(exchange_ships_first=True)
    sent = world.ask(no, line(1, 0), **B_INSTEAD).exchange_no
    world.work_off()
    world.ship(shipment(f"{sent}-01", [(1, "B", 2)], waybills=("SF9",)))
    (entry,) = world.stock.entries_of(f"{sent}-01:1")
    assert (entry.kind, entry.to_location) == ("EXCHANGE_SHIPMENT", "CUSTOMER:S1")
    assert world.events("ParcelShipped")[-1] == f"ParcelShipped:{sent}-01:SF9"
    assert world.returns.documents_of_waybill("SF9") == [f"{sent}-01"]


def test_what_was_sent_in_exchange_can_come_back_for_nothing(world: ReturnWorld, no: str) -> None:
    world.shop(exchange_ships_first=True)
    sent = world.ask(no, line(1, 0), **B_INSTEAD).exchange_no
    world.work_off()
    world.ship(shipment(f"{sent}-01", [(1, "B", 2)], waybills=("SF9",)))
    found = world.ask(f"{sent}-01", line(1, 0, 1), id="R-2")
    world.come_back(found.no, (1, "B", 2, "ZP"))
    assert (world.state_of(found.no), world.told(found.no)["refund"]) == ("CLOSED", "0.00")
    assert world.pool("W1", "B") == (5, 500)


def test_a_short_exchange_is_sent_on_a_persons_word(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0, 1), **B_INSTEAD)
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert (world.state_of(found.no), world.cases()) == ("INSPECTED", ["return_short"])
    assert world.orders.header(found.exchange_no) == "HELD"
    assert world.returns.settle(found.no, by="anna").state == "CLOSED"
    world.work_off()
    assert world.orders.header(found.exchange_no) == "ROUTED"


def test_an_exchange_whose_goods_came_unapproved_is_planned_on_a_persons_word(
    world: ReturnWorld, no: str
) -> None:
    found = world.ask(no, line(1, 0), approved=False, **B_INSTEAD)
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert (world.state_of(found.no), found.exchange_no) == ("INSPECTED", "")
    settled = world.returns.settle(found.no, by="anna")
    world.work_off()
    assert world.orders.header(settled.exchange_no) == "ROUTED"


def test_a_cancelled_return_takes_its_exchange_with_it(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    world.returns.cancel(found.no)
    world.work_off()
    assert world.orders.header(found.exchange_no) == "CANCELLED"
    world.returns.cancel_exchange(found.no)
    assert world.cases() == []


def test_an_exchange_that_has_left_without_its_return_is_a_case(
    world: ReturnWorld, no: str
) -> None:
    world.shop(exchange_ships_first=True)
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    world.work_off()
    world.ship(shipment(f"{found.exchange_no}-01", [(1, "B", 2)]))
    world.returns.cancel(found.no)
    world.work_off()
    assert world.cases() == ["exchange_without_return"]


def test_the_hold_of_an_exchange_can_be_released_by_a_person(world: ReturnWorld, no: str) -> None:
    found = world.ask(no, line(1, 0), **B_INSTEAD)
    world.orders.release_hold(found.exchange_no, WAITS_FOR_RETURN, by="anna")
    world.work_off()
    assert world.orders.header(found.exchange_no) == "ROUTED"
    world.come_back(found.no, (1, "A", 1, "ZP"))
    assert world.orders.header(found.exchange_no) == "ROUTED"


def test_a_reshipment_is_sent_once_without_a_price(world: ReturnWorld, no: str) -> None:
    sent, new = world.reship(no, reason="lost on the way")
    assert (new, sent[:2]) == (True, "BF")
    assert world.reship(no, reason="lost on the way") == (sent, False)
    with pytest.raises(Conflict) as refused:
        world.reship(no, reason="another")
    assert refused.value.code == "reshipment_differs"
    world.work_off()
    order = world.orders.order(sent)
    assert (order.purpose, order.cause, order.payable) == (Purpose.RESHIPMENT, no, 0)
    world.ship(shipment(f"{sent}-01", [(1, "A", 1)], waybills=("SF8",)))
    (entry,) = world.stock.entries_of(f"{sent}-01:1")
    assert entry.kind == "RESHIPMENT"


def test_an_unknown_sku_cannot_be_sent_once_more(world: ReturnWorld, no: str) -> None:
    with pytest.raises(Refused) as refused:
        world.reship(no, lines=[{"sku": "NONE", "quantity": 1}])
    assert (refused.value.code, refused.value.field) == ("unknown_sku", "lines[0].sku")
