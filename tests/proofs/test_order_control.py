"""Shortages, holds, intercepts and steps with every outside call gone wrong: units end in one
place, each WMS is told once what it has to do, the buyer once of a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from local.seeding import EAST, SOUTH
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Asked, Callback, Scheduled
from tests.proofs.main_job import TEE, MainJob, line, parcel
from tests.proofs.recording import Recorded, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

LABELS = (
    "callback itemlack.report",
    "callback orderexception.report",
    "routing: SourcingWanted",
    "POST orders hold",
    "POST orders release",
    "POST orders intercept",
    "POST orders source",
    "dispatch: HoldWanted",
    "dispatch: InterceptRequested",
    "notices: StatusReached",
    "schedule hourly_sweep",
    "dispatch: InterceptOverdue",
    "callback orderprocess.report",
)


class OrderControl(MainJob):
    """An order whose warehouse lacks goods, one that is held, released and stopped, and one that
    the buyer may collect.
    """

    def play(self) -> None:
        self.master_data()
        self.opening()
        self.lacking()
        self.stopping()
        self.collecting()
        self.unanswered()

    def opening(self) -> None:
        for code in (EAST, SOUTH):
            self._world.peers.count(code, TEE, 9)
            lines = [{"sku": TEE, "quantity": 9, "value": "225.00"}]
            self._deliver(Asked(path=f"/v1/opening-stock/{code}", body={"lines": lines}))
            self._deliver(Asked(path=f"/v1/opening-stock/{code}/close", body={}))
            self._settle()

    def lacking(self) -> None:
        """One piece goes to the other warehouse, then the rest, which then lacks it too."""
        number = self._order("lacking", [line(1, TEE, 3, "59.00")], payable="177.00")
        self._settle()
        first = self._first(number)
        item = f"<item><itemCode>{TEE}</itemCode><planQty>3</planQty><lackQty>1</lackQty></item>"
        self._hear(
            first["warehouse"],
            "itemlack.report",
            f"<request><warehouseCode>{first['warehouse']}</warehouseCode>"
            f"<deliveryOrderCode>{first['fulfilment_no']}</deliveryOrderCode>"
            f"<createTime>2026-11-22 10:00:00</createTime><outBizCode>L1</outBizCode>"
            f"<items>{item}</items></request>",
        )
        self._settle()
        self._short(first, "E1")
        self._settle()
        for other in self._view(number)["fulfilments"]:
            if other["warehouse"] != first["warehouse"]:
                self._short(other, f"E{other['fulfilment_no']}")
        self._settle()
        self._deliver(Asked(path=f"/v1/orders/{number}/source", body={}))
        self._settle()

    def stopping(self) -> None:
        number = self._order("stopped", [line(1, TEE, 1, "59.00")], payable="59.00")
        self._settle()
        path = f"/v1/orders/{number}"
        self._deliver(Asked(path=f"{path}/hold", body={"hold": "FRAUD", "reason": "odd"}))
        self._settle()
        self._deliver(Asked(path=f"{path}/release", body={"hold": "FRAUD"}))
        self._settle()
        part = self._first(number)
        self._world.peers.ship(
            part["warehouse"], part["fulfilment_no"], packages=[parcel("SF9", TEE, 1)]
        )
        self._settle()
        self._deliver(Asked(path=f"{path}/intercept", body={}))
        self._settle()
        self._world.peers.step(part["warehouse"], part["fulfilment_no"], "TMSCANCELED")
        self._settle()

    def unanswered(self) -> None:
        """An intercept of which nothing is heard for a day and an hour, and then something is."""
        number = self._order("unanswered", [line(1, TEE, 1, "59.00")], payable="59.00")
        self._settle()
        part = self._first(number)
        where, no = part["warehouse"], part["fulfilment_no"]
        self._world.peers.ship(where, no, packages=[parcel("SF8", TEE, 1)])
        self._settle()
        self._deliver(Asked(path=f"/v1/orders/{number}/intercept", body={}))
        self._settle()
        self._world.cloud.clock.moment += timedelta(hours=25)
        self._deliver(Scheduled(function="hourly_sweep", time=self._now()))
        self._settle()
        assert self._first(number)["cancel"] == "INTERCEPT_UNANSWERED"
        self._world.peers.step(where, no, "TMSCANCELED")
        self._settle()
        assert self._first(number)["cancel"] == "INTERCEPTED"

    def collecting(self) -> None:
        """A status of which the buyer is told."""
        number = self._order("collected", [line(1, TEE, 1, "59.00")], payable="59.00")
        self._settle()
        part = self._first(number)
        self._world.peers.step(part["warehouse"], part["fulfilment_no"], "READY")
        self._settle()

    def _short(self, part: Mapping[str, str], message: str) -> None:
        self._hear(
            part["warehouse"],
            "orderexception.report",
            f"<request><messageId>{message}</messageId><messageType>102</messageType>"
            f"<deliveryOrderCode>{part['fulfilment_no']}</deliveryOrderCode>"
            "<createTime>2026-11-22 10:00:00</createTime></request>",
        )

    def _hear(self, wms: str, method: str, body: str) -> None:
        self._world.hear(Callback(wms=wms, method=method, body=body.encode()))

    def _first(self, number: str) -> Mapping[str, str]:
        found: Mapping[str, str] = self._view(number)["fulfilments"][0]
        return found


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: OrderControl(world, recorder.deliver, rest).play())
    return fullest(found)


@pytest.mark.xdist_group("order-control")
def test_the_job_ends_with_every_unit_in_one_place(
    world: World, recorded: Mapping[str, Recorded]
) -> None:
    assert set(LABELS) <= set(recorded)
    assert world.turned_down == []


@pytest.mark.xdist_group("order-control")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], Mode.KILL_AFTER)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("order-control")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
