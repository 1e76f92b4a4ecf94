"""Two handlers at once, stopped at every outside call: no oversell, no double effect, and nothing
both cancelled and shipped that no person hears of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.aws.dynamodb import plain_item
from chalicelib.kernel.errors import Unavailable
from chalicelib.orders.states import FulfilmentState
from tests.harness.interleaving import Exploration, Race, explore, sample
from tests.proofs import races
from tests.proofs.effects import effects
from tests.proofs.main_job import EAST, TEE
from tests.proofs.races import Prepared, race_of
from tests.proofs.recording import pump_of, settle
from tests.proofs.world import Moment, World

SHORT, LONG = 16, 120
"""Schedules of a race in `make test` and in `make proof`."""

Told = Callable[[str, object], None]

_proof = [pytest.mark.proof, pytest.mark.timeout(900)]


def schedules(worker: int) -> Any:
    """Runs a race short and long; the races are spread over two workers."""
    group = pytest.mark.xdist_group(f"races-{worker}")
    return pytest.mark.parametrize(
        "count",
        [
            pytest.param(SHORT, id="short", marks=group),
            pytest.param(LONG, id="long", marks=[group, *_proof]),
        ],
    )


@pytest.fixture(scope="module")
def stock(world: World) -> Moment:
    races.stocked(world)
    return world.moment()


def prepared(world: World, stock: Moment, situation: Callable[[World], Prepared]) -> Prepared:
    world.put_back(stock)
    return situation(world)


def run(race: Race[World], count: int, tell: Told) -> Exploration:
    """Half of the schedules drawn at random, half depth first."""
    drawn = sample(race, schedules=count // 2, seed=7)
    tried = explore(race, limit=count // 2)
    found = Exploration(
        race=race.name,
        schedules=drawn.schedules + tried.schedules,
        exhausted=tried.exhausted,
        findings=drawn.findings + tried.findings,
    )
    tell("races", [found.race, "", found.schedules, len(found.findings)])
    return found


def alone(world: World, before: Prepared, work: races.Work) -> dict[str, Any]:
    """The end state where one worker worked and no other was there."""
    world.put_back(before.moment)
    work(world.sandbox())
    return effects(world)


def balance(world: World, sku: str) -> Any:
    return world.sandbox().stock.balances([(EAST, sku)])[EAST, sku]


def cases(world: World) -> list[str]:
    rows = [plain_item(row) for row in world.raw_rows("documents")]
    return sorted(row["kind"] for row in rows if row.get("gsi1pk") == "EXCEPTIONS#OPEN")


@schedules(worker=0)
def test_the_last_pieces_are_reserved_for_one_of_two_orders(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = prepared(world, stock, races.two_orders_for_the_last_pieces)

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        if any(isinstance(each, Unavailable) for each in outcomes):
            return f"gave up: {outcomes}"
        oms = world.sandbox()
        served = [len(oms.orders.fulfilments(order)) for order in before.orders]
        held = balance(world, TEE)
        if sorted(served) == [0, 1] and (held.available, held.reserved) == (0, 20):
            return None
        return f"served {served}, {held}"

    workers = [races.routing(order) for order in before.orders]
    race = race_of("reserve / reserve the last pieces", world, before, workers=workers, check=check)
    found = run(race, count, record_property)
    assert found.findings == (), str(found)


@schedules(worker=1)
def test_an_order_placed_twice_at_once_is_one_order(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = Prepared(moment=stock)
    once = alone(world, before, races.placing("only"))

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        if len(set(outcomes)) != 1:
            return f"answered {outcomes}"
        return None if effects(world) == once else "another end than placed once"

    race = race_of(
        "place / place the same order",
        world,
        before,
        workers=[races.placing("only")] * 2,
        check=check,
    )
    found = run(race, count, record_property)
    assert found.findings == (), str(found)


@schedules(worker=0)
def test_an_order_routed_twice_at_once_is_reserved_once(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    placed = prepared(world, stock, races.two_orders_for_the_last_pieces)
    work = races.routing(placed.orders[0])
    once = alone(world, placed, work)

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        return None if effects(world) == once else f"another end than routed once: {outcomes}"

    race = race_of("route / route the same order", world, placed, workers=[work] * 2, check=check)
    found = run(race, count, record_property)
    assert found.findings == (), str(found)


@schedules(worker=1)
def test_relay_and_sweeper_hand_an_event_over_and_leave_none(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = prepared(world, stock, races.an_order_with_its_event)

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        if world.raw_rows("outbox"):
            return "an event is still in the outbox"
        # At least once: both may have handed it over, and its handler takes it once.
        bodies = set(world.queued())
        if len(bodies) != len(before.events):
            return f"queued {bodies}"
        settle(pump_of(world, world.deliver, queues=["routing"]))
        (fulfilment,) = world.sandbox().orders.fulfilments(before.orders[0])
        reserved = balance(world, TEE).reserved
        return None if reserved == 20 else f"{fulfilment.no}: {reserved} reserved"

    workers: list[races.Work] = [
        lambda oms: oms.outbox.relay(before.events),
        lambda oms: oms.outbox.sweep(),
    ]
    found = run(
        race_of("relay / sweeper", world, before, workers=workers, check=check),
        count,
        record_property,
    )
    assert found.findings == (), str(found)


@schedules(worker=0)
def test_a_fulfilment_dispatched_twice_at_once_is_one_order_of_the_wms(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = prepared(world, stock, races.an_order_to_be_dispatched)
    (event,) = before.events
    once = alone(world, before, races.handling(event, "dispatch"))

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        found = effects(world)
        return None if found == once else f"another end than dispatched once: {outcomes}"

    work = races.handling(event, "dispatch")
    race = race_of(
        "dispatch / dispatch the same fulfilment", world, before, workers=[work] * 2, check=check
    )
    found = run(race, count, record_property)
    assert found.findings == (), str(found)


@schedules(worker=1)
def test_a_parcel_told_twice_at_once_is_one_sms(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = prepared(world, stock, races.an_order_with_a_parcel_to_tell)
    parcel = next(event for event in before.events if event.kind == "ParcelShipped")

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        sent = world.peers.effective()["sms"]
        return None if len(sent) == 1 else f"{len(sent)} SMS"

    work = races.handling(parcel, "notices")
    race = race_of(
        "notify / notify the same parcel", world, before, workers=[work] * 2, check=check
    )
    found = run(race, count, record_property)
    assert found.findings == (), str(found)


@schedules(worker=0)
def test_a_cancel_against_a_shipment_ends_as_shipped_or_with_a_case(
    world: World, stock: Moment, count: int, record_property: Told
) -> None:
    before = prepared(world, stock, races.an_order_that_has_just_left)
    assert before.callback is not None

    def check(world: World, outcomes: Sequence[Any]) -> str | None:
        settle(pump_of(world, world.deliver, queues=["routing", "dispatch", "posting"]))
        (fulfilment,) = world.sandbox().orders.fulfilments(before.orders[0])
        held = balance(world, TEE)
        # What left has left: the ledger follows, whatever became of the cancel.
        if (held.quantities.get("ZP", 0), held.reserved) != (0, 0):
            return f"books: {held}"
        if fulfilment.state is not FulfilmentState.SHIPPED and not cases(world):
            return f"{fulfilment.state} {fulfilment.cancel} and nobody hears of it: {outcomes}"
        return None

    workers = [races.cancelling(before.orders[0]), races.hearing(world, before.callback)]
    race = race_of("cancel / shipment reported", world, before, workers=workers, check=check)
    found = run(race, count, record_property)
    assert found.findings == (), str(found)
