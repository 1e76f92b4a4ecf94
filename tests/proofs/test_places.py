"""Shops and warehouses set up and told to their WMS, with every outside call gone wrong: each
change is one version with one event, and the WMS ends with the newest of each, acknowledged.

`make test` lets the sandbox die after each call; `make proof` tries every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.catalog.model import Shop, Warehouse
from local.seeding import EAST, OTHER_SHOP, SHOP, SOUTH
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Asked, Delivery, SetUp
from tests.proofs.recording import Recorded, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

EVENTS = (
    "dispatch: ShopChanged",
    "dispatch: WarehouseChanged",
    "dispatch: ConnectionChanged",
)
LABELS = (
    *("put connection", "put shop", "put warehouse"),
    *EVENTS,
    "dispatch: DispatchDue shop.synchronize",
    "dispatch: DispatchDue warehouseinfo.synchronize",
    "dispatch: DriftStepWanted",
    "POST wms queries",
)


class Places:
    """A warehouse's system begins to ask for shops and warehouses; both change, one is set up; what
    it knows is compared.
    """

    def __init__(
        self, world: World, deliver: Callable[[Delivery], Any], rest: Callable[[], None]
    ) -> None:
        self._world = world
        self._deliver = deliver
        self._rest = rest

    def play(self) -> None:
        """All of it, in order."""
        self._asks()
        self._changed()
        self._set_up()
        self._compared()

    def _asks(self) -> None:
        self._rest()
        known = self._world.sandbox().warehouse.connection(EAST)
        asking = replace(known, takes_shops=True, takes_warehouses=True)
        self._deliver(SetUp(document=asking))
        self._rest()

    def _changed(self) -> None:
        oms = self._world.sandbox()
        shop, place = oms.catalog.shop(SHOP), oms.catalog.warehouse(EAST)
        self._deliver(SetUp(document=replace(shop, platform_shop_code="T-1", address="文一西路")))
        self._deliver(SetUp(document=replace(place, contact="王强", mobile="13900001111")))
        self._rest()

    def _set_up(self) -> None:
        """A second warehouse behind the same WMS, and a shop of its own."""
        oms = self._world.sandbox()
        place = replace(oms.catalog.warehouse(SOUTH), wms=EAST)
        self._deliver(SetUp(document=place))
        self._rest()
        shop = replace(oms.catalog.shop(SHOP), code="shop-new", warehouses=(EAST,))
        self._deliver(SetUp(document=shop))
        self._rest()

    def _compared(self) -> None:
        """After a version that nobody told: its events are lost on purpose."""
        place = self._world.sandbox().catalog.warehouse(EAST)
        self._world.deliver(SetUp(document=replace(place, name="东一仓")))
        for row in self._world.raw_rows("outbox"):
            self._world.drop_row("outbox", row)
        query = {"query": "warehouseinfo.query", "warehouse": EAST}
        self._deliver(Asked(path=f"/v1/wms/{EAST}/queries", body=query))
        self._deliver(Asked(path=f"/v1/wms/{EAST}/drift", body={"fix": True}))
        self._rest()


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: Places(world, recorder.deliver, rest).play())
    assert world.turned_down == []
    return fullest(found)


@pytest.mark.xdist_group("places")
def test_the_job_ends_with_the_newest_of_each_at_the_wms(
    world: World, recorded: Mapping[str, Recorded]
) -> None:
    assert set(LABELS) <= set(recorded)
    known = world.peers.effective()["wms"]
    assert sorted(known[EAST]["shops"]) == [SHOP, "shop-new", OTHER_SHOP]
    assert known[EAST]["shops"][SHOP]["fields"]["platformShopCode"] == "T-1"
    assert known[EAST]["places"][EAST]["fields"]["warehouseName"] == "东一仓"
    assert known[EAST]["places"][EAST]["fields"]["mobile"] == "13900001111"
    assert known[SOUTH]["shops"] == known[SOUTH]["places"] == {}
    oms = world.sandbox()
    acknowledged = {
        Shop: oms.warehouse.acknowledged_shop(SHOP)[EAST].version,
        Warehouse: oms.warehouse.acknowledged_warehouse(EAST)[EAST].version,
    }
    assert acknowledged == {Shop: 2, Warehouse: 3}


@pytest.mark.xdist_group("places")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    report = crash(world, recorded[label], Mode.KILL_AFTER)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("places")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
