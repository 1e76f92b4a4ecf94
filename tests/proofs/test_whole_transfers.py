"""Transfers that go to a WMS whole, with every outside call gone wrong: it gets each once, and of
what it reports each piece is booked once on each leg, also where one report tells everything, comes
twice, or is overtaken by a later one.

`make test` lets the sandbox die after each call; `make proof` tries every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.seeding import EAST, SOUTH
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Asked, Callback, Delivery, Signed
from tests.proofs.main_job import ERP, MUG, PIM, TEE, sku
from tests.proofs.recording import Recorded, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

LABELS = (
    "POST /v1/transfers",
    "POST transfers cancel",
    "dispatch: MovementApproved",
    "dispatch: MovementCancelRequested",
    "dispatch: DispatchDue transferorder.create",
    "callback transferorder.report",
    "posting: MovementConfirmed",
    "posting: TransferLegChanged",
)
LEFT, ARRIVED = "2026-11-22 10:00:00", "2026-11-22 15:00:00"


class Transferring:
    """Both warehouses are one WMS's: a transfer that is asked back, one that is told step by step,
    late and twice, and one that is told at once.
    """

    def __init__(
        self, world: World, deliver: Callable[[Delivery], Any], rest: Callable[[], None]
    ) -> None:
        self._world = world
        self._deliver = deliver
        self._rest = rest

    def play(self) -> None:
        """All of it, in order."""
        self._stocked()
        self._one_wms()
        no = self._transferred("back")
        self._deliver(Asked(path=f"/v1/transfers/{no}/cancel", body={}))
        self._rest()
        assert self._state(no) == "CANCELLED"
        self._step_by_step()
        self._at_once()

    def _stocked(self) -> None:
        self._deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku(TEE), sku(MUG)]}))
        self._rest()
        for warehouse in (EAST, SOUTH):
            for code in (TEE, MUG):
                self._world.peers.count(warehouse, code, 20)
            lines = [{"sku": code, "quantity": 20, "value": "500.00"} for code in (TEE, MUG)]
            self._deliver(Asked(path=f"/v1/opening-stock/{warehouse}", body={"lines": lines}))
            self._deliver(Asked(path=f"/v1/opening-stock/{warehouse}/close", body={}))
        self._rest()

    def _one_wms(self) -> None:
        oms = self._world.sandbox()
        oms.catalog.put_warehouse(replace(oms.catalog.warehouse(SOUTH), wms=EAST))
        known = oms.warehouse.connection(EAST)
        oms.warehouse.put_connection(replace(known, takes_transfers=True))

    def _transferred(self, name: str) -> str:
        given = {
            "id": name,
            "from_warehouse": EAST,
            "to_warehouse": SOUTH,
            "owner": "DEMO",
            "lines": [
                {"line_no": 1, "sku": TEE, "quantity": 3},
                {"line_no": 2, "sku": MUG, "quantity": 2},
            ],
        }
        _, answer = self._deliver(Signed(path="/v1/transfers", client=ERP, body=given))
        self._rest()
        return str(answer["transfer"])

    def _step_by_step(self) -> None:
        self._world.peers.misbehave("wms", "timeout", method="transferorder.create", times=1)
        no = self._transferred("steps")
        first = report(no, (3, 0), (2, 0), status="PARTDELIVERED", left=LEFT)
        last = report(no, (3, 3), (2, 2), status="DELIVERED", left=LEFT, arrived=ARRIVED)
        for each in (last, first, last):
            self._deliver(each)
        self._rest()
        assert self._state(no) == "RECEIVED"

    def _at_once(self) -> None:
        no = self._transferred("once")
        self._deliver(report(no, (3, 2), (2, 2), status="FULFILLED", left=LEFT, arrived=ARRIVED))
        self._rest()
        assert self._state(no) == "PART_RECEIVED"

    def _state(self, no: str) -> str:
        _, shown = self._world.deliver(Asked(verb="GET", path=f"/v1/transfers/{no}", body={}))
        return str(shown["state"])


def report(
    no: str,
    tee: tuple[int, int],
    mug: tuple[int, int],
    *,
    status: str,
    left: str,
    arrived: str = "",
) -> Callback:
    """Pieces gone and arrived of each."""
    items = "".join(
        f"<item><scItemCode>{code}</scItemCode><inventoryType>1</inventoryType>"
        f"<outCount>{gone}</outCount><inCount>{come}</inCount></item>"
        for code, (gone, come) in ((TEE, tee), (MUG, mug))
    )
    body = (
        f"<request><transferOrderCode>W-{no}</transferOrderCode><erpOrderCode>{no}</erpOrderCode>"
        f"<fromWarehouseCode>{EAST}</fromWarehouseCode><toWarehouseCode>{SOUTH}</toWarehouseCode>"
        f"<orderStatus>{status}</orderStatus><confirmOutTime>{left}</confirmOutTime>"
        f"<confirmInTime>{arrived}</confirmInTime><items>{items}</items></request>"
    )
    return Callback(wms=EAST, method="transferorder.report", body=body.encode())


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: Transferring(world, recorder.deliver, rest).play())
    assert world.turned_down == []
    return fullest(found)


@pytest.mark.xdist_group("whole-transfers")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    report = crash(world, recorded[label], Mode.KILL_AFTER)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("whole-transfers")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
