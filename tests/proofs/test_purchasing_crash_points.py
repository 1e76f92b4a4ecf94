"""Purchasing by hand and large documents with every outside call gone wrong: each step is done
once, each piece is booked once.

`make test` lets the sandbox die after each call; `make proof` tries every mode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.seeding import EAST, SOUTH
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Asked, Callback, Signed
from tests.proofs.main_job import ERP, LAMP, MUG, PIM, TEE, sku
from tests.proofs.recording import Recorded, Recorder, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

LABELS = (
    "POST purchase-orders drafts",
    "PUT purchase-orders <no>",
    "POST purchase-orders approve",
    "POST purchase-orders cancel",
    "POST purchase-orders close",
    "POST receipts attach",
    "dispatch: DispatchDue entryorder.create",
    "dispatch: PurchaseCancelRequested",
    "dispatch: AssemblyDue",
    "callback entryorder.confirm",
    "posting: ReceiptAccepted",
)
_NUMBER = re.compile(r"[A-Z]{2}\d{15}(-\d)?")


def bought(name: str, **changes: Any) -> dict[str, Any]:
    lines = [
        {"line_no": n, "sku": code, "quantity": n, "price": "2.5000", "tax_rate_percent": 13}
        for n, code in ((1, TEE), (2, MUG), (3, LAMP))
    ]
    return {
        "id": name, "supplier": "SUP1", "warehouse": EAST, "owner": "DEMO", "currency": "CNY",
        "lines": lines, **changes,
    }  # fmt: skip


def confirm(code: str, *numbers: int, total: int) -> Callback:
    lines = "".join(
        f"<orderLine><orderLineNo>{n}</orderLineNo><itemCode>{(TEE, MUG, LAMP)[n - 1]}</itemCode>"
        f"<actualQty>{n}</actualQty></orderLine>"
        for n in numbers
    )
    body = (
        f"<request><entryOrder><totalOrderLines>{total}</totalOrderLines>"
        f"<entryOrderCode>{code}</entryOrderCode><warehouseCode>{EAST}</warehouseCode>"
        f"<outBizCode>{code}</outBizCode><confirmType>1</confirmType>"
        f"<status>PARTFULFILLED</status></entryOrder><orderLines>{lines}</orderLines></request>"
    )
    return Callback(wms=EAST, method="entryorder.confirm", body=body.encode())


class PurchasingJob:
    """A purchase by hand from its draft to its end, and goods in parts and unannounced."""

    def __init__(self, world: World, recorder: Recorder, rest: Callable[[], None]) -> None:
        self._world = world
        self._deliver = recorder.deliver
        self._rest = rest

    def play(self) -> None:
        self._prepare()
        for step in (self._cancelled, self._in_parts, self._unannounced, self._missing):
            step()
            self._rest()

    def _prepare(self) -> None:
        skus = {"skus": [sku(TEE), sku(MUG), sku(LAMP)]}
        self._deliver(Signed(path="/v1/skus", client=PIM, body=skus))
        supplier = {"id": "pim-S1", "code": "SUP1", "name": "晨光纺织有限公司"}
        self._deliver(Signed(path="/v1/suppliers", client=PIM, body={"suppliers": [supplier]}))
        for code in (EAST, SOUTH):
            self._deliver(Asked(path=f"/v1/opening-stock/{code}", body={"lines": []}))
            self._deliver(Asked(path=f"/v1/opening-stock/{code}/close", body={}))
        self._rest()
        warehouse = self._world.sandbox().warehouse
        known = warehouse.connection(EAST)
        warehouse.put_connection(replace(known, most_lines=2, parts_wait_seconds=600))

    def _order(self, name: str) -> str:
        _, answer = self._deliver(Signed(path="/v1/purchase-orders", client=ERP, body=bought(name)))
        self._rest()
        return str(answer["purchase_order"])

    def _cancelled(self) -> None:
        _, answer = self._deliver(Asked(path="/v1/purchase-orders/drafts", body=bought("mine")))
        path = f"/v1/purchase-orders/{answer['purchase_order']}"
        later = bought("mine", expected_from="2026-12-01T09:00:00+08:00", version=1)
        self._deliver(Asked(verb="PUT", path=path, body=later))
        self._deliver(Asked(path=f"{path}/approve", body={"version": 2}))
        self._rest()
        self._deliver(Asked(path=f"{path}/cancel", body={"because": "too late"}))

    def _in_parts(self) -> None:
        number = self._order("erp-1")
        self._deliver(confirm(number, 2, total=2))
        self._deliver(confirm(number, 1, total=2))
        self._rest()
        self._deliver(
            Asked(path=f"/v1/purchase-orders/{number}/close", body={"because": "no more lamps"})
        )

    def _unannounced(self) -> None:
        number = self._order("erp-2")
        self._deliver(confirm("ASN-1", 1, 3, total=2))
        self._rest()
        _, found = self._world.deliver(
            Asked(verb="GET", path=f"/v1/blind-receipts?warehouse={EAST}", body={})
        )
        (receipt,) = found["receipts"]
        path = f"/v1/receipts/{receipt['receipt']}/attach"
        self._deliver(Asked(path=path, body={"purchase_order": number}))

    def _missing(self) -> None:
        self._deliver(confirm("ASN-2", 1, total=2))


def label_of(each: Recorded) -> str:
    return _NUMBER.sub("<no>", each.delivery.label)


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    found = played(world, lambda recorder, rest: PurchasingJob(world, recorder, rest).play())
    assert world.turned_down == []
    return {label_of(each): each for each in fullest(found).values()}


@pytest.mark.xdist_group("purchasing-crash-points")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    report = crash(world, recorded[label], Mode.KILL_AFTER)
    assert report.runs == len(report.calls) + 1


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("purchasing-crash-points")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
