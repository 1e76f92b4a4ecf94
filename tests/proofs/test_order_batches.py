"""Delivery orders that go together and are confirmed together, with every outside call gone wrong:
the warehouse has each order once, and each shipment is booked once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from local.seeding import EAST
from local.simulators.fields import Fields
from local.simulators.wms.deeds import Deeds
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Delivery, Queued
from tests.proofs.main_job import TEE, MainJob, line
from tests.proofs.recording import Recorded, next_event, pump_of, settle
from tests.proofs.scenarios import crash, fullest
from tests.proofs.telling import Teller
from tests.proofs.world import World

ANSWER = "deliveryorder.batchcreate.answer"
CONFIRM = "deliveryorder.batchconfirm"

LABELS = (
    "dispatch: FulfilmentReserved, gathered",
    "dispatch: OrdersGathered",
    "dispatch: OrdersGathered, nobody answered",
    f"callback {ANSWER}",
    f"callback {CONFIRM}",
    f"callback {CONFIRM}, one of them unknown",
)


class Together:
    """Orders that a warehouse takes at once and ships, and orders of which it tells later. What is
    to follow stays in the outbox, as each order's own reminder, for where a sender dies.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._teller = Teller(world, {})

    @property
    def recorded(self) -> list[Recorded]:
        return self._teller.recorded

    def play(self) -> None:
        job = MainJob(self._world, self._world.deliver, self._teller.settle)
        job.master_data()
        job.opening()
        self.taken_at_once()
        self.told_later()

    def taken_at_once(self) -> None:
        self._takes(batch_orders=10)
        numbers = self._sold("first", "second", "third")
        self._sent()
        self._teller.settle()
        codes = [self._teller.parts(number)[EAST] for number in numbers]
        self._unknown(codes[0])
        self._teller.heard("", lambda: self._ship(codes))
        self._teller.settle()

    def told_later(self) -> None:
        """It lacks goods for one of them at first."""
        place = self._world.peers.warehouses[EAST]
        self._takes(batch_orders=10, batch_answer_seconds=300)
        place.put("manner", "", {"batch_answer_seconds": 60.0})
        self._sold("fourth", "fifth")
        gathered = self._gathered()
        self._world.deliver(gathered)
        peers = self._world.peers
        peers.count(EAST, TEE, 1)
        self._teller.heard("", partial(peers.work.tell, place, ANSWER, Fields({})))
        peers.count(EAST, TEE, 10)
        self._teller.settle()

    def _sold(self, *names: str) -> list[str]:
        lines = [line(1, TEE, 1, "59.00")]
        numbers = [self._teller.order(name, lines, "59.00") for name in names]
        reserved: list[Queued] = []

        def set_aside(delivery: Delivery) -> Any:
            if isinstance(delivery, Queued) and delivery.queue == "dispatch":
                reserved.append(delivery)
                return None
            return self._world.deliver(delivery)

        settle(pump_of(self._world, set_aside))
        for event in reserved:
            self._teller.keep("gathered", event)
        return numbers

    def _gathered(self) -> Queued:
        gathered = next_event(self._world, {"OrdersGathered"})
        assert gathered is not None
        return gathered

    def _sent(self) -> None:
        """Once without an answer, and then as it should be."""
        gathered = self._gathered()
        before = self._world.moment()
        for faults, story in ((["lost"], "nobody answered"), ([], "")):
            self._world.put_back(before)
            self._world.peers.applications["wms"].faults[:] = faults
            self._teller.keep(story, gathered)

    def _unknown(self, code: str) -> None:
        """What the first one says, with an order that nobody knows, from the same moment."""
        before = self._world.moment()
        said = self._teller.said(lambda: self._ship([code]))
        self._world.put_back(before)
        order = said.body[said.body.index(b"<order>") : said.body.index(b"</orders>")]
        strange = order.replace(code.encode(), b"NOBODYS-01")
        both = said.body.replace(order, strange + order)
        self._teller.keep("one of them unknown", replace(said, body=both, answer="failure"))
        self._world.put_back(before)

    def _ship(self, codes: list[str]) -> None:
        work = self._world.peers.work
        orders = [{"code": code} for code in codes]
        deeds = Deeds(work, work.desk)
        deeds.confirm_batch(self._world.peers.warehouses[EAST], Fields({"orders": orders}))

    def _takes(self, **settings: int) -> None:
        warehouse = self._world.sandbox().warehouse
        warehouse.put_connection(replace(warehouse.connection(EAST), **settings))


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    job = Together(world)
    job.play()
    return fullest(job.recorded)


@pytest.mark.xdist_group("order-batches")
def test_the_job_ends_with_every_order_at_the_warehouse_once(
    world: World, recorded: Mapping[str, Recorded]
) -> None:
    assert set(LABELS) <= set(recorded)
    assert world.turned_down == []
    orders = world.peers.effective()["wms"][EAST]["orders"]
    assert [each["status"] for each in orders] == ["DELIVERED"] * 3 + ["NEW"] * 2


@pytest.mark.xdist_group("order-batches")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], Mode.KILL_AFTER)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("order-batches")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
