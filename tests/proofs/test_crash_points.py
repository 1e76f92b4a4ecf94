"""Every handler of the main job, with every outside call gone wrong: nothing is lost, nothing is
done twice.

`make test` lets the sandbox die after each call of the handlers that move money and goods; `make
proof` tries every handler in every mode, and pairs of faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.harness.crash_points import Mode, Report, enumerate_crashes
from tests.proofs.recording import Recorded, record
from tests.proofs.scenarios import fullest, scenario_of
from tests.proofs.world import World

LABELS = (
    "POST /v1/skus",
    "POST /v1/suppliers",
    "POST opening-stock WH-EAST",
    "POST opening-stock WH-SOUTH",
    "POST opening-stock close",
    "POST /v1/purchase-orders",
    "POST /v1/orders",
    "POST orders release",
    "POST orders cancel",
    "relay of the outbox",
    "schedule outbox_sweeper",
    "schedule waiting_router",
    "schedule nightly_close",
    "routing: OrderPlaced",
    "routing: HoldReleased",
    "dispatch: SkuChanged",
    "dispatch: SupplierChanged",
    "dispatch: DispatchDue singleitem.synchronize",
    "dispatch: DispatchDue supplier.synchronize",
    "dispatch: PurchaseOrderApproved",
    "dispatch: FulfilmentReserved",
    "dispatch: CancelRequested",
    "dispatch: StockFiguresWanted",
    "callback entryorder.confirm",
    "callback deliveryorder.confirm",
    "callback orderprocess.report",
    "callback stockchange.report",
    "posting: OpeningStockClosed",
    "posting: ReceiptAccepted",
    "posting: ShipmentAccepted",
    "posting: AdjustmentAccepted",
    "costing: EntriesPosted",
    "upstream: EntriesPosted",
    "upstream: WebhookDue",
    "notices: ParcelShipped",
    "notices: NoticeDue",
    "invoicing: OrderShipped",
    "invoicing: InvoiceRequested",
    "invoicing: InvoiceDue",
    "invoicing: InvoiceIssued",
    "snapshots: SnapshotShardWanted",
)
IN_SHORT = (
    "POST /v1/orders",
    "POST /v1/purchase-orders",
    "POST orders release",
    "POST orders cancel",
    "relay of the outbox",
    "schedule outbox_sweeper",
    "routing: OrderPlaced",
    "dispatch: FulfilmentReserved",
    "dispatch: CancelRequested",
    "callback entryorder.confirm",
    "callback deliveryorder.confirm",
    "callback stockchange.report",
    "posting: ReceiptAccepted",
    "posting: ShipmentAccepted",
    "costing: EntriesPosted",
    "upstream: EntriesPosted",
    "notices: ParcelShipped",
    "invoicing: InvoiceRequested",
    "snapshots: SnapshotShardWanted",
)
IN_PAIRS = (
    "POST /v1/orders",
    "routing: OrderPlaced",
    "callback deliveryorder.confirm",
    "posting: ShipmentAccepted",
)
"""Where a second fault is tried behind every first one, also during the redelivery."""

Told = Callable[[str, object], None]


def shared(labels: tuple[str, ...]) -> list[object]:
    """The scenarios spread over two workers, each of which records the job once."""
    return [
        pytest.param(label, marks=pytest.mark.xdist_group(f"crash-points-{number % 2}"))
        for number, label in enumerate(labels)
    ]


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    return fullest(record(world))


def crashed(
    world: World, recorded: Recorded, tell: Told, *modes: Mode, pairs: bool = False
) -> Report:
    report = enumerate_crashes(
        scenario_of(world, recorded), modes=modes or tuple(Mode), pairs=pairs
    )
    tell("crash points" if not pairs else "pairs of crash points", _row(report))
    return report


def _row(report: Report) -> list[object]:
    return [report.scenario, len(report.calls), report.runs, len(report.divergences)]


@pytest.mark.xdist_group("crash-points-0")
def test_every_kind_of_delivery_is_a_scenario(recorded: Mapping[str, Recorded]) -> None:
    assert sorted(recorded) == sorted(LABELS)


@pytest.mark.parametrize("label", shared(IN_SHORT))
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = crashed(world, recorded[label], record_property, Mode.KILL_AFTER)
    assert report.divergences == (), str(report)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", shared(LABELS))
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = crashed(world, recorded[label], record_property)
    assert report.divergences == (), str(report)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("label", shared(IN_PAIRS))
def test_no_two_calls_that_go_wrong_change_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    modes = (Mode.KILL_AFTER, Mode.LOST_RESPONSE)
    report = crashed(world, recorded[label], record_property, *modes, pairs=True)
    assert report.divergences == (), str(report)
