"""Returns, exchanges and unclaimed parcels with every outside call gone wrong: units come back
once, goods are booked once, and what is paid back is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.seeding import EAST, SHOP
from tests.harness.crash_points import Mode, enumerate_crashes
from tests.proofs.deliveries import Asked, Callback, Delivery, Queued, Signed
from tests.proofs.main_job import MUG, PIM, TEE, line, order_body, parcel, sku
from tests.proofs.recording import Recorded, Recorder, pump_of, settle
from tests.proofs.scenarios import scenario_of
from tests.proofs.world import World

LABELS = (
    "POST /v1/returns",
    "POST returns approve",
    "POST returns settle",
    "POST returns refunded",
    "POST returns cancel",
    "POST returns match",
    "POST returns end",
    "POST orders reshipments",
    "dispatch: ReturnApproved",
    "dispatch: ReturnCancelRequested",
    "callback returnorder.confirm",
    "callback returnpackage.report",
    "posting: ReturnReceiptAccepted",
    "posting: ParcelUnclaimed",
    "posting: ParcelEnded",
    "routing: ReturnInspected",
    "routing: ReturnCancelled",
)
IN_SHORT = (
    "POST /v1/returns",
    "POST returns match",
    "POST returns end",
    "dispatch: ReturnApproved",
    "callback returnorder.confirm",
    "posting: ReturnReceiptAccepted",
    "posting: ParcelUnclaimed",
    "posting: ParcelEnded",
    "routing: ReturnInspected",
)

Told = Callable[[str, object], None]


class Comebacks:
    """The script: a sale that leaves, and everything that can come of it."""

    def __init__(self, world: World, deliver: Callable[[Delivery], Any], rest: Any) -> None:
        self._world = world
        self._deliver = deliver
        self._rest = rest

    def play(self) -> None:
        """All of it, in order."""
        no = self._sold()
        self._returned(no)
        self._exchanged(no)
        self._cancelled(no)
        self._unclaimed(no)
        self._nobodys()
        self._once_more(no)

    def _sold(self) -> str:
        self._deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku(TEE), sku(MUG)]}))
        self._rest()
        lines = []
        for code, value in ((TEE, "500.00"), (MUG, "360.00")):
            self._world.peers.count(EAST, code, 20)
            lines.append({"sku": code, "quantity": 20, "value": value})
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}", body={"lines": lines}))
        self._deliver(Asked(path=f"/v1/opening-stock/{EAST}/close", body={}))
        self._rest()
        sold = order_body("sold", [line(1, TEE, 6, "50.00"), line(2, MUG, 1, "35.50")],
                          payable="335.50")  # fmt: skip
        _, answer = self._deliver(Signed(path="/v1/orders", client=SHOP, body=sold))
        self._rest()
        no = f"{answer['order_no']}-01"
        self._world.peers.ship(EAST, no, packages=[parcel("SF1", TEE, 6), parcel("SF2", MUG, 1)])
        self._rest()
        return no

    def _returned(self, no: str) -> None:
        """Two pieces, of which one comes, damaged; a person settles it, finance pays."""
        number = self._ask(no, "plain", [0, 1])
        self._say(number, "approve")
        self._rest()
        signed = (
            f"<request><order><orderCode>{number}</orderCode></order><packages><package>"
            "<expressCode>YT1</expressCode></package></packages></request>"
        )
        self._deliver(Callback(wms=EAST, method="returnpackage.report", body=signed.encode()))
        self._confirm(number, "CC", 1)
        self._say(number, "settle")
        self._rest()
        self._say(number, "refunded", reference="PAY-1")
        self._rest()

    def _exchanged(self, no: str) -> None:
        """A piece comes back, another is sent for it."""
        exchange = [{"sku": MUG, "quantity": 1}]
        number = self._ask(no, "exchange", [2], kind="EXCHANGE", exchange=exchange, approved=True)
        self._rest()
        self._confirm(number, "ZP", 1)

    def _cancelled(self, no: str) -> None:
        """An exchange that a warehouse has, and that is asked back."""
        exchange = [{"sku": MUG, "quantity": 1}]
        number = self._ask(no, "called off", [3], kind="EXCHANGE", exchange=exchange, approved=True)
        self._rest()
        self._say(number, "cancel")
        self._rest()

    def _unclaimed(self, no: str) -> None:
        """The buyer refuses the other parcel; a person says whose it is."""
        self._confirm("THEIRS-1", "ZP", 1, item=MUG, waybill="SF2")
        _, listed = self._world.deliver(Asked(verb="GET", path="/v1/returns/unclaimed", body={}))
        (found,) = listed["parcels"]
        path = f"/v1/returns/unclaimed/{found['parcel']}/match"
        self._deliver(Asked(path=path, body={"fulfilment_no": no}))
        self._rest()

    def _nobodys(self) -> None:
        """Parcels of nobody's come, and are ended in each way that there is."""
        for number, how in enumerate(("SENT_BACK", "DISPOSED", "TAKEN_IN"), start=1):
            self._confirm(f"NOBODYS-{number}", "CC", 2, item=MUG, waybill="SF2")
            listing = Asked(verb="GET", path="/v1/returns/unclaimed", body={})
            (found,) = self._world.deliver(listing)[1]["parcels"]
            path = f"/v1/returns/unclaimed/{found['parcel']}/end"
            self._deliver(Asked(path=path, body={"as": how, "because": "nobody's"}))
            self._rest()

    def _once_more(self, no: str) -> None:
        body = {"id": "B-1", "fulfilment_no": no, "lines": [{"sku": TEE, "quantity": 1}]}
        self._deliver(Asked(path=f"/v1/orders/{no[:-3]}/reshipments", body=body))
        self._rest()

    def _ask(self, no: str, name: str, units: list[int], **more: Any) -> str:
        lines = [{"line_no": 1, "units": units}]
        body = {"id": name, "fulfilment_no": no, "lines": lines, "reason": "too small", **more}
        _, answer = self._deliver(Signed(path="/v1/returns", client=SHOP, body=body))
        return str(answer["return_no"])

    def _say(self, number: str, verb: str, **body: str) -> None:
        self._deliver(Asked(path=f"/v1/returns/{number}/{verb}", body=body))

    def _confirm(
        self, code: str, kind: str, pieces: int, *, item: str = TEE, waybill: str = ""
    ) -> None:
        body = (
            f"<request><returnOrder><returnOrderCode>{code}</returnOrderCode>"
            f"<warehouseCode>{EAST}</warehouseCode><outBizCode>{code}</outBizCode>"
            f"<expressCode>{waybill}</expressCode><confirmType>0</confirmType></returnOrder>"
            f"<orderLines><orderLine><orderLineNo>1</orderLineNo><itemCode>{item}</itemCode>"
            f"<inventoryType>{kind}</inventoryType><actualQty>{pieces}</actualQty></orderLine>"
            f"</orderLines></request>"
        )
        self._deliver(Callback(wms=EAST, method="returnorder.confirm", body=body.encode()))
        self._rest()


def record_comebacks(world: World) -> Mapping[str, Recorded]:
    """By label, the last delivery of each kind that is a return's."""
    recorder = Recorder(world)
    pump = pump_of(world, recorder.deliver)
    world.incoming = recorder.deliver
    try:
        Comebacks(world, recorder.deliver, lambda: settle(pump)).play()
    finally:
        world.incoming = world.deliver
    assert world.turned_down == []
    found: dict[str, Recorded] = {}
    for each in recorder.recorded:
        label = each.delivery.label
        if label in LABELS and len(each.calls) >= len(found.get(label, each).calls):
            found[label] = each
    return found


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    return record_comebacks(world)


def spread(labels: tuple[str, ...]) -> list[object]:
    """The scenarios over two workers, each of which records the script once."""
    return [
        pytest.param(label, marks=pytest.mark.xdist_group(f"returns-{number % 2}"))
        for number, label in enumerate(labels)
    ]


@pytest.mark.xdist_group("returns-0")
def test_every_delivery_of_a_return_is_a_scenario(recorded: Mapping[str, Recorded]) -> None:
    assert sorted(recorded) == sorted(LABELS)
    assert any(isinstance(each.delivery, Queued) for each in recorded.values())


@pytest.mark.parametrize("label", spread(IN_SHORT))
def test_a_sandbox_that_dies_after_any_call_of_a_return_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = enumerate_crashes(scenario_of(world, recorded[label]), modes=(Mode.KILL_AFTER,))
    record_property(
        "crash points",
        [report.scenario, len(report.calls), report.runs, len(report.divergences)],
    )
    assert report.divergences == (), str(report)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", spread(LABELS))
def test_no_call_of_a_return_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str, record_property: Told
) -> None:
    report = enumerate_crashes(scenario_of(world, recorded[label]))
    record_property(
        "crash points",
        [report.scenario, len(report.calls), report.runs, len(report.divergences)],
    )
    assert report.divergences == (), str(report)
