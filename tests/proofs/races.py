"""Two of the main job's handlers at once, each in a sandbox of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.outbox import event_from_message, event_from_stream
from chalicelib.bootstrap import Container
from chalicelib.bootstrap.consumers import CONSUMERS
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import HttpHead
from chalicelib.orders.intake import parse_order
from tests.harness.interleaving import Race
from tests.proofs.deliveries import Callback, Queued
from tests.proofs.main_job import EAST, SHOP, TEE, MainJob, line, order_body, parcel
from tests.proofs.recording import pump_of, settle
from tests.proofs.world import Moment, World

ANYTHING = Source(message_id="MSG-1")
Work = Callable[[Container], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A moment before a race, and the names of what is raced for."""

    moment: Moment
    orders: tuple[str, ...] = ()
    fulfilment: str = ""
    events: tuple[Event, ...] = ()
    callback: Callback | None = None


def race_of(
    name: str,
    world: World,
    prepared: Prepared,
    *,
    workers: Sequence[Work],
    check: Callable[[World, Sequence[Any]], str | None],
) -> Race[World]:
    """Each worker gets a new sandbox."""

    def prepare() -> World:
        world.put_back(prepared.moment)
        return world

    def started(world: World) -> list[Callable[[], object]]:
        return [_bound(work, world.sandbox()) for work in workers]

    def checked(world: World, outcomes: Sequence[Any]) -> str | None:
        broken = [
            each
            for each in outcomes
            if isinstance(each, BaseException) and not isinstance(each, Unavailable)
        ]
        return f"raised {broken!r}" if broken else check(world, outcomes)

    return Race(name=name, prepare=prepare, workers=started, check=checked)


def _bound(work: Work, oms: Container) -> Callable[[], object]:
    return lambda: work(oms)


# --- moments


def stocked(world: World) -> None:
    """Master data is known, 20 tees lie in the east, both warehouses are open."""
    pump = pump_of(world, world.deliver)
    job = MainJob(world, world.deliver, lambda: settle(pump))
    job.master_data()
    job.opening()


def two_orders_for_the_last_pieces(world: World) -> Prepared:
    """Two orders of 20 tees each, where there are 20."""
    orders = tuple(_placed(world, name) for name in ("first", "second"))
    _forget_events(world)
    return Prepared(moment=world.moment(), orders=orders)


def an_order_with_its_event(world: World) -> Prepared:
    """Placed, its event still in the outbox, old enough to be swept."""
    order = _placed(world, "only")
    world.cloud.clock.forward(minutes=2)
    events = tuple(event_from_stream(plain_item(row)) for row in world.raw_rows("outbox"))
    return Prepared(moment=world.moment(), orders=(order,), events=events)


def an_order_to_be_dispatched(world: World) -> Prepared:
    """Reserved; the event that has it sent to the WMS is on its way."""
    order = _placed(world, "only")
    world.sandbox().orders.route(order)
    found = [event_from_stream(plain_item(row)) for row in world.raw_rows("outbox")]
    events = tuple(event for event in found if event.kind == "FulfilmentReserved")
    _forget_events(world)
    return Prepared(moment=world.moment(), orders=(order,), events=events)


def an_order_that_has_just_left(world: World) -> Prepared:
    """The WMS has shipped it and is about to say so."""
    order = _placed(world, "only")
    settle(pump_of(world, world.deliver))
    (fulfilment,) = world.sandbox().orders.fulfilments(order)
    said: list[Callback] = []

    def unheard(callback: Callback) -> bytes:
        said.append(callback)
        return b"<response><flag>failure</flag></response>"

    world.incoming = unheard
    world.peers.ship(EAST, fulfilment.no, packages=[parcel("SF1", TEE, 20)])
    world.incoming = world.deliver
    return Prepared(
        moment=world.moment(), orders=(order,), fulfilment=fulfilment.no, callback=said[0]
    )


def an_order_with_a_parcel_to_tell(world: World) -> Prepared:
    """Shipped; the event that has the buyer told is on its way."""
    prepared = an_order_that_has_just_left(world)
    assert prepared.callback is not None
    world.deliver(prepared.callback)
    told: list[Event] = []

    def all_but_notices(delivery: Any) -> Any:
        if isinstance(delivery, Queued) and delivery.queue == "notices":
            told.append(event_from_message(delivery.body))
            return None
        return world.deliver(delivery)

    settle(pump_of(world, all_but_notices))
    return Prepared(moment=world.moment(), orders=prepared.orders, events=tuple(told))


def _placed(world: World, name: str) -> str:
    return placing(name)(world.sandbox())


def _forget_events(world: World) -> None:
    for row in world.raw_rows("outbox"):
        world.drop_row("outbox", row)


# --- workers


def placing(name: str) -> Callable[[Container], str]:
    """Places an order of 20 tees."""
    body = order_body(name, [line(1, TEE, 20, "10.00")], payable="200.00")

    def place(oms: Container) -> str:
        given = parse_order(json.dumps(body, ensure_ascii=False).encode())
        placed, _ = oms.orders.place(given, shop=SHOP, message=ANYTHING)
        return placed.no

    return place


def routing(order: str) -> Work:
    return lambda oms: oms.orders.route(order)


def cancelling(order: str) -> Work:
    return lambda oms: oms.orders.cancel(order, reason="changed their mind", by="somebody")


def handling(event: Event, queue: str) -> Work:
    return lambda oms: CONSUMERS[event.kind][queue](oms, event)


def hearing(world: World, callback: Callback) -> Work:
    """The OMS hears a callback; what it answers has to be success."""

    def hear(oms: Container) -> object:
        query = tuple(world.signed(callback).items())
        head = HttpHead(verb="POST", url=f"/wms/{callback.wms}/qimen", query=query, headers={})
        answer = oms.callbacks.receive(callback.wms, head, callback.body).xml
        if b"<flag>success</flag>" not in answer:
            raise AssertionError(answer.decode())
        return answer

    return hear
