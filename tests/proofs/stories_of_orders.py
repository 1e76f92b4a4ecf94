"""Orders and warehouses: what doesn't fit one transaction, and what a WMS decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.warehouse.documents.outgoing.inventory import MOST_CRITERIA
from local.seeding import EAST, SOUTH
from tests.proofs.deliveries import Asked, Scheduled, Signed
from tests.proofs.main_job import MUG, PIM, TEE, line, parcel, sku
from tests.proofs.recording import pump_of, settle
from tests.proofs.telling import NOT_TO_WMS, Story, Teller


def cancel_of(number: str) -> Asked:
    return Asked(path=f"/v1/orders/{number}/cancel", body={"reason": "changed their mind"})


# --- orders that don't fit one transaction

LARGE = 97
"""Lines: with the order's own rows more than a transaction takes, and two reservations."""


def a_large_order(teller: Teller) -> None:
    """Reserved in chunks, and given back by an event of its own. Or its router dies when half of it
    is reserved: then it is cancelled, or somebody takes the rest.
    """
    _stocked(teller)
    number = teller.order("large", _many_lines(), payable=f"{LARGE}.00")
    placed = teller.world.moment()
    teller.catch("routing: OrderPlaced", "in chunks")
    teller.settle(queues=["routing"])
    teller.keep("in chunks", cancel_of(number))
    teller.catch("routing: VoidWanted", "")
    teller.settle(queues=["routing"])
    teller.world.put_back(placed)
    (event,) = teller.events_of("routing")
    teller.die_after(event, "dynamodb.TransactWriteItems", times=2)
    middle = teller.world.moment()
    teller.keep("cut in the middle", cancel_of(number))
    teller.world.put_back(middle)
    last = f"S{LARGE - 1:03}"
    teller.order("rival", [line(1, last, 1, "1.00")], payable="1.00")
    teller.world.deliver(teller.events_of("routing")[0])
    teller.keep("short in the middle", event)


def _stocked(teller: Teller, lines: int = LARGE) -> None:
    """So many items, a piece of each in the east; the warehouse systems don't know them yet."""
    codes = [f"S{number:03}" for number in range(lines)]
    body = {"skus": [sku(code) for code in codes]}
    teller.deliver(Signed(path="/v1/skus", client=PIM, body=body))
    for code in codes:
        teller.world.peers.count(EAST, code, 1)
    lines = [{"sku": code, "quantity": 1, "value": "1.00"} for code in codes]
    teller.deliver(Asked(path=f"/v1/opening-stock/{EAST}", body={"lines": lines}))
    teller.deliver(Asked(path=f"/v1/opening-stock/{EAST}/close", body={}))
    teller.settle(queues=NOT_TO_WMS)


def _many_lines() -> list[dict[str, Any]]:
    return [line(number + 1, f"S{number:03}", 1, "1.00") for number in range(LARGE)]


# --- what a warehouse decides


def a_warehouse_rejects(teller: Teller) -> None:
    peers, parts = teller.world.peers, teller.parts(teller.numbers["main"])
    before = teller.world.moment()
    for status, story in (
        ("CANCELED", "cancelled by the warehouse"),
        ("REJECT", "rejected by the warehouse"),
        ("EXCEPTION", "an exception"),
    ):
        teller.world.put_back(before)
        teller.heard(story, lambda status=status: peers.step(EAST, parts[EAST], status))
    teller.world.put_back(before)
    teller.deliver(cancel_of(teller.numbers["main"]))
    asked_back = teller.world.moment()
    for status, story in (
        ("CANCELEDFAIL", "the cancel is refused"),
        ("REJECT", "rejected when it was asked back"),
    ):
        teller.world.put_back(asked_back)
        teller.heard(story, lambda status=status: peers.step(EAST, parts[EAST], status))
    teller.world.put_back(before)
    peers.ship(EAST, parts[EAST], packages=[parcel("SF1", TEE, 3), parcel("SF2", MUG, 2)])
    teller.settle()
    teller.heard("rejected after it left", lambda: peers.step(EAST, parts[EAST], "REJECT"))


def a_warehouse_answers_no(teller: Teller) -> None:
    teller.world.peers.misbehave("wms", "fail", method="deliveryorder.create")
    teller.order("unwanted", [line(1, TEE, 1, "59.00")], payable="59.00")
    teller.catch("dispatch: FulfilmentReserved", "the WMS says no")
    teller.settle(queues=["routing", "dispatch"])


def a_warehouse_keeps_an_order(teller: Teller) -> None:
    teller.world.peers.misbehave("wms", "fail", method="order.cancel")
    teller.deliver(cancel_of(teller.numbers["main"]))
    teller.catch("dispatch: CancelRequested", "the WMS says no")
    teller.settle(queues=["routing", "dispatch"])


def a_warehouse_is_down(teller: Teller) -> None:
    """After five failures it is left alone; the first call after the pause tries it."""
    teller.world.peers.misbehave("wms", "down", times=7)
    pump = pump_of(teller.world, teller.deliver, queues=["routing", "dispatch"])
    at_once = timedelta(0)
    for number in range(6):
        story = "the WMS is down" if number < 5 else "the WMS is left alone"
        teller.catch("dispatch: FulfilmentReserved", story)
        teller.order(f"down-{number}", [line(1, TEE, 1, "59.00")], payable="59.00")
        pump.drain(horizon=at_once)
    teller.catch("dispatch: DispatchDue deliveryorder.create", "the WMS is back")
    settle(pump)


def an_item_is_unknown_to_the_warehouse(teller: Teller) -> None:
    """The order waits until its items were told to the WMS."""
    _stocked(teller, 2)
    teller.order("early", [line(1, "S000", 1, "1.00")], payable="1.00")
    teller.catch("dispatch: FulfilmentReserved", "before its items are known")
    teller.settle(queues=["routing", "dispatch"])


def an_order_is_cancelled_before_it_went_out(teller: Teller) -> None:
    """Its first call never reached the WMS."""
    number = teller.order("early", [line(1, TEE, 1, "59.00")], payable="59.00")
    pump = pump_of(teller.world, teller.deliver, queues=["routing", "dispatch"])
    teller.world.peers.applications["wms"].faults[:] = ["not_sent"]
    pump.drain(horizon=timedelta(0))
    teller.deliver(cancel_of(number))
    teller.catch("dispatch: CancelRequested", "before the create went out")
    pump.drain(horizon=timedelta(0))


def a_warehouse_asks(teller: Teller) -> None:
    """Who gets what goes out is kept for it, and it asks of that; it is asked too."""
    warehouse = teller.world.sandbox().warehouse
    warehouse.put_connection(replace(warehouse.connection(EAST), finds_orders=True))
    number = teller.order("asked", [line(1, TEE, 1, "59.00")], payable="59.00")
    teller.catch("dispatch: FulfilmentReserved", "its recipient is kept")
    teller.settle(queues=["routing", "dispatch"])
    fulfilment = teller.parts(number)[EAST]
    ask = teller.world.peers.ask
    teller.heard("", lambda: ask(EAST, "receiverinfo.query", code=fulfilment))
    teller.heard("", lambda: ask(EAST, "order.query", name="张小明", mobile="13900001234"))
    teller.heard("", lambda: ask(EAST, "expressinfo.query"))
    lacking = {"query": "itemlack.query", "fulfilment": fulfilment}
    teller.keep("", Asked(path=f"/v1/wms/{EAST}/queries", body=lacking))


def a_purchase_is_noted(teller: Teller) -> None:
    """A step of a purchase order, of a warehouse that isn't open yet."""
    (number,) = teller.ids("PURCHASE_ORDER")
    teller.heard("of a purchase", lambda: teller.world.peers.step(SOUTH, number, "ACCEPT"))


def fifty_parcels(teller: Teller) -> None:
    """More parcels than are told of in one commit."""
    lines = [line(1, MUG, 30, "1.00"), line(2, TEE, 20, "1.00")]
    number = teller.order("parcels", lines, payable="50.00")
    teller.settle(queues=["routing", "dispatch"])
    (fulfilment,) = teller.parts(number).values()
    packages = [parcel(f"SF{at}", MUG, 1) for at in range(30)]
    packages += [parcel(f"SF{at}", TEE, 1) for at in range(30, 50)]
    teller.world.peers.ship(EAST, fulfilment, packages=packages)
    teller.catch("posting: ShipmentAccepted", "fifty parcels")
    teller.settle(queues=["posting"])


def a_rule_holds_an_order(teller: Teller) -> None:
    teller.order("dear", [line(1, TEE, 10, "59.00")], payable="590.00")
    teller.catch("routing: OrderPlaced", "held by a rule")
    teller.settle(queues=["routing"])


def figures_are_asked_for_in_parts(teller: Teller) -> None:
    """More items than fit one inventory.query."""
    _stocked(teller, MOST_CRITERIA + 1)
    teller.deliver(_close_of_the_day(teller))
    teller.catch("dispatch: StockFiguresWanted", "in parts", "a part")
    teller.settle(queues=["snapshots", "dispatch"])


def a_difference_is_unexplained(teller: Teller) -> None:
    """The warehouse has found five mugs and said nothing; then it says so, and is asked again."""
    teller.world.peers.count(EAST, MUG, 5)
    close = Asked(path="/v1/closes", body={"day": "2026-11-22"})
    _, answer = teller.deliver(close)
    teller.catch("dispatch: StockFiguresWanted", "a difference")
    teller.settle()
    teller.world.peers.change_stock(EAST, item=MUG, quantity=-1)
    teller.settle()
    again = Asked(path=f"/v1/closes/{answer['run']}/comparisons", body={"warehouse": EAST})
    teller.deliver(again)
    teller.catch("dispatch: StockFiguresWanted", "after a movement")
    teller.settle()


def _close_of_the_day(teller: Teller) -> Scheduled:
    tomorrow = teller.world.cloud.clock.now() + timedelta(days=1)
    return Scheduled(function="nightly_close", time=to_text(tomorrow))


STORIES = (
    Story(after="beginning", tell=a_large_order),
    Story(after="selling", tell=a_warehouse_rejects),
    Story(after="opening", tell=a_warehouse_answers_no),
    Story(after="selling", tell=a_warehouse_keeps_an_order),
    Story(after="opening", tell=a_warehouse_is_down),
    Story(after="beginning", tell=an_item_is_unknown_to_the_warehouse),
    Story(after="opening", tell=an_order_is_cancelled_before_it_went_out),
    Story(after="purchase", tell=a_purchase_is_noted),
    Story(after="opening", tell=a_warehouse_asks),
    Story(after="opening", tell=fifty_parcels),
    Story(after="opening", tell=a_rule_holds_an_order),
    Story(after="beginning", tell=figures_are_asked_for_in_parts),
    Story(after="opening", tell=a_difference_is_unexplained),
)
