"""Adjustment orders with every outside call gone wrong: the warehouse gets each once, what it
reports is booked once, and what it isn't told of is booked here once.

`make test` lets the sandbox die after each call; `make proof` tries every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.seeding import EAST
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Asked, Callback, Delivery, Signed
from tests.proofs.main_job import ERP, MUG, PIM, TEE, sku
from tests.proofs.recording import Recorded, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

LABELS = (
    "POST adjustment-orders by-hand",
    "POST adjustment-orders cancel",
    "POST /v1/adjustment-orders",
    "dispatch: AdjustmentOrdered",
    "dispatch: DispatchDue inventory.synchronize",
    "callback inventory.synchronize.report",
    "posting: AdjustmentAccepted",
)
PATH = "/v1/adjustment-orders"


class Adjusting:
    """One that is cancelled, one that is booked here, one that the WMS makes and reports in two
    reports, each twice and the later first, and one of its own.
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
        _, answer = self._deliver(Asked(path=f"{PATH}/by-hand", body=adjustment("back")))
        no = str(answer["adjustment_order"])
        self._deliver(Asked(path=f"{PATH}/{no}/cancel", body={}))
        self._rest()
        assert self._state(no) == "CANCELLED"
        _, answer = self._deliver(Asked(path=f"{PATH}/by-hand", body=adjustment("here")))
        self._rest()
        assert self._state(str(answer["adjustment_order"])) == "MADE"
        self._at_the_wms()

    def _stocked(self) -> None:
        self._deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku(TEE), sku(MUG)]}))
        self._rest()
        for code in (TEE, MUG):
            self._world.peers.count(EAST, code, 20)
        lines = [{"sku": code, "quantity": 20, "value": "500.00"} for code in (TEE, MUG)]
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}", body={"lines": lines}))
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}/close", body={}))
        self._rest()

    def _at_the_wms(self) -> None:
        warehouse = self._world.sandbox().warehouse
        warehouse.put_connection(replace(warehouse.connection(EAST), takes_adjustments=True))
        self._world.peers.misbehave("wms", "down", method="inventory.synchronize", times=1)
        _, answer = self._deliver(Signed(path=PATH, client=ERP, body=adjustment("erp-1")))
        self._rest()
        no = str(answer["adjustment_order"])
        assert self._state(no) == "TOLD"
        first, last = report(no, "R1", TEE, -3), report(no, "R2", MUG, 1)
        for each in (last, first, last, first, report("THEIRS", "R3", TEE, -1)):
            self._deliver(each)
        self._rest()
        assert self._state(no) == "PART_MADE"

    def _state(self, no: str) -> str:
        _, shown = self._world.deliver(Asked(verb="GET", path=f"{PATH}/{no}", body={}))
        return str(shown["state"])


def report(no: str, out_biz_code: str, code: str, quantity: int) -> Callback:
    """One line that was made."""
    body = (
        f"<request><warehouseCode>{EAST}</warehouseCode><adjustOrderCode>{no}</adjustOrderCode>"
        f"<outBizCode>{out_biz_code}</outBizCode><adjustType>ADJUST</adjustType><items><item>"
        f"<itemCode>{code}</itemCode><quantity>{quantity}</quantity></item></items></request>"
    )
    return Callback(wms=EAST, method="inventory.synchronize.report", body=body.encode())


def adjustment(name: str) -> dict[str, Any]:
    """Three fewer of one, two more of the other."""
    return {
        "id": name,
        "warehouse": EAST,
        "owner": "DEMO",
        "type": "ADJUST",
        "reason": "counted anew",
        "occurred_at": "2026-11-22T09:00:00+08:00",
        "lines": [
            {"line_no": 1, "sku": TEE, "quantity": -3},
            {"line_no": 2, "sku": MUG, "quantity": 2},
        ],
    }


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: Adjusting(world, recorder.deliver, rest).play())
    assert world.turned_down == []
    return fullest(found)


@pytest.mark.xdist_group("adjustment-orders")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    found = crash(world, recorded[label], Mode.KILL_AFTER)
    assert found.runs == len(found.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("adjustment-orders")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
