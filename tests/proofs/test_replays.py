"""Replays with every outside call gone wrong: what the message does is done once, and the trace
says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.aws.dynamodb import plain_item
from tests.harness.crash_points import Mode, Scenario, enumerate_crashes
from tests.proofs.deliveries import Asked, Callback, ComesAgain, Signed
from tests.proofs.effects import effects, known_numbers
from tests.proofs.main_job import ERP, PIM, line, order_body, sku
from tests.proofs.world import Moment, World

EAST = "WH-EAST"

CHANGES = "".join(
    f"<item><ownerCode>DEMO</ownerCode><warehouseCode>{EAST}</warehouseCode>"
    f"<orderCode>A{number}</orderCode><outBizCode>A{number}</outBizCode><itemCode>LATE</itemCode>"
    f"<orderType>QTRK</orderType><inventoryType>ZP</inventoryType><quantity>{number}</quantity>"
    f"</item>"
    for number in (1, 2)
)


def receipt(code: str, pieces: int) -> bytes:
    return (
        f"<request><entryOrder><entryOrderCode>{code}</entryOrderCode>"
        f"<warehouseCode>{EAST}</warehouseCode><outBizCode>RK1</outBizCode>"
        f"<confirmType>0</confirmType><status>FULFILLED</status></entryOrder><orderLines>"
        f"<orderLine><orderLineNo>1</orderLineNo><itemCode>TEE</itemCode>"
        f"<actualQty>{pieces}</actualQty></orderLine></orderLines></request>"
    ).encode()


def rows(world: World) -> list[dict[str, Any]]:
    """The log's rows."""
    found = [plain_item(raw) for raw in world.raw_rows("messages")]
    return [row for row in found if "outcome" in row]


def everything(world: World) -> list[list[str]]:
    """Every row and every object's name."""
    tables = ("documents", "stock", "messages", "outbox")
    found = [sorted(map(str, world.raw_rows(table))) for table in tables]
    return [*found, world.object_names()]


def tried(world: World, delivery: Callback | Signed) -> str:
    """Delivers what is refused or held; the message's id."""
    before = {row["id"] for row in rows(world)}
    with contextlib.suppress(ComesAgain):
        world.deliver(delivery)
    (message,) = {row["id"] for row in rows(world)} - before
    return str(message)


def prepared(world: World) -> dict[str, str]:
    """A held receipt, and an order and changes of stock that came before their SKU."""
    world.deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku("TEE")]}))
    supplier = {"id": "pim-S1", "code": "SUP1", "name": "晨光纺织有限公司"}
    world.deliver(Signed(path="/v1/suppliers", client=PIM, body={"suppliers": [supplier]}))
    bought = {
        "id": "erp-1", "supplier": "SUP1", "warehouse": EAST, "owner": "DEMO", "currency": "CNY",
        "lines": [{"line_no": 1, "sku": "TEE", "quantity": 9, "price": "25.0000",
                   "tax_rate_percent": 13}],
    }  # fmt: skip
    _, answer = world.deliver(Signed(path="/v1/purchase-orders", client=ERP, body=bought))
    code = str(answer["purchase_order"])
    confirm = "entryorder.confirm"
    tried(world, Callback(wms=EAST, method=confirm, body=receipt(code, 5)))
    held = tried(world, Callback(wms=EAST, method=confirm, body=receipt(code, 4)))
    body = f"<request><items>{CHANGES}</items></request>".encode()
    changes = tried(world, Callback(wms=EAST, method="stockchange.report", body=body))
    late = order_body("late", [line(1, "LATE", 1, "20.00")], payable="20.00")
    order = tried(world, Signed(path="/v1/orders", client="shop-demo", body=late))
    world.deliver(Signed(path="/v1/skus", client=PIM, body={"skus": [sku("LATE")]}))
    world.turned_down.clear()
    return {"held": held, "changes": changes, "order": order}


@pytest.fixture(scope="module")
def waiting(world: World) -> tuple[Moment, Mapping[str, str]]:
    messages = prepared(world)
    return world.moment(), messages


def scenario(world: World, moment: Moment, asked: Asked) -> Scenario[World]:
    message = asked.path.split("/")[3]

    def prepare() -> World:
        world.put_back(moment)
        return world

    world.put_back(moment)
    known = known_numbers(world)

    def state(world: World) -> object:
        (row,) = [each for each in rows(world) if each["id"] == message]
        listed = (row["outcome"], len(row["documents"]), row.get("replays", 0) > 0)
        return effects(world, known), listed

    return Scenario(
        name=asked.label,
        prepare=prepare,
        deliver=lambda world: world.deliver(asked),
        between_deliveries=lambda world: world.later(),
        state=state,
    )


CASES = [("changes", "replay"), ("order", "replay"), ("held", "accept")]


@pytest.mark.parametrize(("name", "verb"), CASES)
def test_a_replay_that_dies_after_any_call_does_its_work_once(
    world: World, waiting: tuple[Moment, Mapping[str, str]], name: str, verb: str
) -> None:
    moment, messages = waiting
    asked = Asked(path=f"/v1/messages/{messages[name]}/{verb}", body={"reason": "asked"})
    report = enumerate_crashes(scenario(world, moment, asked), modes=(Mode.KILL_AFTER,))
    assert report.divergences == (), str(report)
    (row,) = [each for each in rows(world) if each["id"] == messages[name]]
    assert (row["outcome"], row["replays"] > 0) == ("ACCEPTED", True)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "verb"), CASES)
def test_no_call_of_a_replay_that_goes_wrong_in_any_way_changes_the_end(
    world: World, waiting: tuple[Moment, Mapping[str, str]], name: str, verb: str
) -> None:
    moment, messages = waiting
    asked = Asked(path=f"/v1/messages/{messages[name]}/{verb}", body={"reason": "asked"})
    report = enumerate_crashes(scenario(world, moment, asked))
    assert report.divergences == (), str(report)


def test_a_dry_run_leaves_everything_as_it_is(
    world: World, waiting: tuple[Moment, Mapping[str, str]]
) -> None:
    moment, messages = waiting
    for name, verb in CASES:
        world.put_back(moment)
        before = everything(world)
        path = f"/v1/messages/{messages[name]}/{verb}"
        status, answer = world.deliver(Asked(path=path, body={"reason": "x", "dry_run": True}))
        assert (status, answer["outcome"]) == (200, "ACCEPTED")
        assert answer["changes"]
        assert everything(world) == before
