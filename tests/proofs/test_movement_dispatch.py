"""Movement orders sent to their warehouse and asked back, with every outside call gone wrong: the
warehouse gets each once, and its word on the cancel counts once. Large ones go out in parts and are
confirmed in parts: each line is sent once and booked once.

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
    "POST movement-orders drafts",
    "POST movement-orders approve",
    "POST movement-orders cancel",
    "POST /v1/movement-orders",
    "dispatch: MovementApproved",
    "dispatch: MovementCancelRequested",
    "dispatch: DispatchDue stockout.create",
    "callback stockout.confirm",
    "posting: MovementConfirmed",
)


class Moving:
    """A requisition drafted, approved and asked back, and one that another system signs."""

    def __init__(
        self, world: World, deliver: Callable[[Delivery], Any], rest: Callable[[], None]
    ) -> None:
        self._world = world
        self._deliver = deliver
        self._rest = rest

    def play(self) -> None:
        """All of it, in order."""
        self._stocked()
        self._asked_back()
        self._signed()
        self._in_parts()

    def _stocked(self) -> None:
        self._deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku(TEE), sku(MUG)]}))
        self._rest()
        for code in (TEE, MUG):
            self._world.peers.count(EAST, code, 20)
        lines = [{"sku": code, "quantity": 20, "value": "500.00"} for code in (TEE, MUG)]
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}", body={"lines": lines}))
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}/close", body={}))
        self._rest()

    def _asked_back(self) -> None:
        _, answer = self._deliver(
            Asked(path="/v1/movement-orders/drafts", body=requisition("by hand"))
        )
        path = f"/v1/movement-orders/{answer['movement_order']}"
        for verb in ("approve", "cancel"):
            self._deliver(Asked(path=f"{path}/{verb}", body={}))
            self._rest()
        _, shown = self._world.deliver(Asked(verb="GET", path=path, body={}))
        assert (shown["state"], shown["cancel"]) == ("CANCELLED", "ACCEPTED")

    def _signed(self) -> None:
        self._deliver(Signed(path="/v1/movement-orders", client=ERP, body=requisition("erp-1")))
        self._rest()

    def _in_parts(self) -> None:
        warehouse = self._world.sandbox().warehouse
        warehouse.put_connection(replace(warehouse.connection(EAST), most_lines=1))
        given = requisition("erp-2", TEE, MUG)
        _, answer = self._deliver(Signed(path="/v1/movement-orders", client=ERP, body=given))
        self._rest()
        no = str(answer["movement_order"])
        for n, code in ((2, MUG), (1, TEE)):
            self._deliver(confirm(no, n, code))
        self._rest()
        path = f"/v1/movement-orders/{no}"
        _, shown = self._world.deliver(Asked(verb="GET", path=path, body={}))
        assert shown["state"] == "DONE"


def confirm(no: str, line_no: int, sku_code: str) -> Callback:
    """One of two lines that left."""
    body = (
        f"<request><deliveryOrder><totalOrderLines>2</totalOrderLines>"
        f"<deliveryOrderCode>{no}</deliveryOrderCode><warehouseCode>{EAST}</warehouseCode>"
        f"<orderType>QTCK</orderType><outBizCode>{no}</outBizCode><confirmType>0</confirmType>"
        f"</deliveryOrder><orderLines><orderLine><orderLineNo>{line_no}</orderLineNo>"
        f"<itemCode>{sku_code}</itemCode><actualQty>3</actualQty></orderLine></orderLines>"
        f"</request>"
    )
    return Callback(wms=EAST, method="stockout.confirm", body=body.encode())


def requisition(name: str, *codes: str) -> dict[str, Any]:
    """Three pieces of each for the office."""
    return {
        "id": name,
        "type": "QTCK",
        "warehouse": EAST,
        "owner": "DEMO",
        "department": "OFFICE",
        "lines": [
            {"line_no": n, "sku": code, "quantity": 3, "inventory_type": "ZP"}
            for n, code in enumerate(codes or (TEE,), start=1)
        ],
    }


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: Moving(world, recorder.deliver, rest).play())
    assert world.turned_down == []
    return fullest(found)


@pytest.mark.xdist_group("movement-dispatch")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    report = crash(world, recorded[label], Mode.KILL_AFTER)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("movement-dispatch")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
