"""Bundles, categories and the drift report, with every outside call gone wrong: a WMS ends up
knowing the same, whatever died.

SKUs that go together aren't here: whether one was told alone or with others shows in what the WMS
has told of it, so the end isn't the same, only as good (`tests/warehouse/test_batches.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from local.seeding import EAST
from tests.harness.crash_points import Mode, enumerate_crashes
from tests.proofs.deliveries import Asked, Signed
from tests.proofs.main_job import PIM, sku
from tests.proofs.recording import Recorded, Recorder, pump_of, settle
from tests.proofs.scenarios import fullest, scenario_of
from tests.proofs.world import World

pytestmark = pytest.mark.xdist_group("crash-points-master-data")

IN_SHORT = (
    "dispatch: CategoryChanged",
    "dispatch: DispatchDue combineitem.synchronize",
    "dispatch: DriftStepWanted",
)
LABELS = (
    "POST /v1/bundles",
    "POST /v1/categories",
    "POST wms drift",
    "dispatch: BundleChanged",
    *IN_SHORT,
)


def play(world: World) -> list[Recorded]:
    """Two SKUs of a category and a bundle of them; the category is renamed, the bundle given up;
    then a WMS is asked what it knows.
    """
    recorder = Recorder(world)
    pump = pump_of(world, recorder.deliver)
    category = {"id": "C-1", "code": "TEES", "name": "T 恤"}
    parts = [{"sku": "TEE", "quantity": 2}, {"sku": "MUG", "quantity": 1}]
    bundle = {"id": "B-1", "code": "SET", "owner": "DEMO", "name": "套装", "components": parts}
    skus = [{**sku(code), "category": "TEES"} for code in ("TEE", "MUG")]
    for path, body in (
        ("categories", {"categories": [category]}),
        ("skus", {"skus": skus}),
        ("bundles", {"bundles": [bundle]}),
        ("categories", {"categories": [{**category, "name": "衬衫"}]}),
        ("bundles", {"bundles": [{**bundle, "valid": False}]}),
    ):
        recorder.deliver(Signed(path=f"/v1/{path}", client=PIM, body=body))
        settle(pump)
    recorder.deliver(Asked(path=f"/v1/wms/{EAST}/drift", body={"fix": False}))
    settle(pump)
    return recorder.recorded


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    return fullest(play(world))


def test_every_kind_of_delivery_is_there(recorded: Mapping[str, Recorded]) -> None:
    assert set(LABELS) <= set(recorded)


@pytest.mark.parametrize("label", IN_SHORT)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World,
    recorded: Mapping[str, Recorded],
    label: str,
    record_property: Callable[[str, object], None],
) -> None:
    scenario = scenario_of(world, recorded[label])
    report = enumerate_crashes(scenario, modes=(Mode.KILL_AFTER,), pairs=False)
    record_property(
        "crash points",
        [report.scenario, len(report.calls), report.runs, len(report.divergences)],
    )
    assert report.divergences == (), str(report)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", [each for each in LABELS if "Drift" not in each])
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    report = enumerate_crashes(scenario_of(world, recorded[label]), modes=tuple(Mode), pairs=False)
    assert report.divergences == (), str(report)
