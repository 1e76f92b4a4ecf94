"""Adjustments that are ordered here: told to the WMS or booked at once, and what it reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from chalicelib.kernel.errors import Conflict, IllegalTransition
from chalicelib.movements.adjusting.model import AdjustmentOrderInput, OrderedLine
from chalicelib.movements.adjusting.states import (
    ADJUSTMENT_ORDER,
    AdjustmentOrderEvent,
    AdjustmentOrderState,
    next_adjustment_order,
)
from chalicelib.warehouse.dialect import Quantities
from tests.warehouse.test_against_the_simulator import Oms, http, playing, tell
from tests.warehouse.world import MESSAGE, World

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def ordered(*lines: tuple[str, int, str], identity: str = "ADJ-1") -> AdjustmentOrderInput:
    return AdjustmentOrderInput(
        id=identity,
        warehouse="WH1",
        owner="ACME",
        reason="broken in the shop window",
        type="ADJUST",
        occurred_at=AT,
        lines=tuple(
            OrderedLine(line_no=number, sku=sku, quantity=quantity, inventory_type=kind)
            for number, (sku, quantity, kind) in enumerate(lines, start=1)
        ),
    )


LESS = ordered(("A", -5, "ZP"), ("B", 3, "ZP"))


def taken(world: World, given: AdjustmentOrderInput = LESS) -> str:
    return world.adjustment_orders.take("ERP", given, MESSAGE, by="ERP")[0].no


def pieces(world: World, sku: str, kind: str = "ZP") -> int:
    return world.stock.balances([("WH1", sku)])["WH1", sku].quantity(kind)


def state(world: World, no: str) -> str:
    return world.adjustment_orders.order(no).state.value


def item(sku: str, quantity: int | None, kind: str = "") -> str:
    told = "" if quantity is None else f"<quantity>{quantity}</quantity>"
    named = f"<inventoryType>{kind}</inventoryType>" if kind else ""
    return f"<item><itemCode>{sku}</itemCode>{named}{told}</item>"


def report(no: str, *items: str, out_biz_code: str = "R1", warehouse: str = "WH1") -> str:
    return (
        f"<request><ownerCode>OWNER-AT-WMS</ownerCode><warehouseCode>{warehouse}</warehouseCode>"
        f"<adjustOrderCode>{no}</adjustOrderCode><outBizCode>{out_biz_code}</outBizCode>"
        f"<adjustType>ADJUST</adjustType><items>{''.join(items)}</items></request>"
    )


def said(world: World, body: str, *, wms: str = "W1") -> tuple[str | None, str | None]:
    answer = world.callback("inventory.synchronize.report", body, wms=wms)
    return answer.text("flag"), answer.text("code")


def telling(world: World) -> World:
    known = world.service.connection("W1")
    world.service.put_connection(replace(known, takes_adjustments=True))
    return world


@pytest.fixture
def world() -> World:
    made = telling(World())
    made.know_items()
    return made


def test_every_step_of_the_life_cycle_is_in_the_table_or_refused() -> None:
    for before in AdjustmentOrderState:
        for event in AdjustmentOrderEvent:
            if event in ADJUSTMENT_ORDER[before]:
                assert next_adjustment_order(before, event) is ADJUSTMENT_ORDER[before][event]
            else:
                with pytest.raises(IllegalTransition):
                    next_adjustment_order(before, event)


def test_where_the_wms_isnt_told_it_is_booked_at_once_and_nothing_is_sent() -> None:
    world = World()
    no = taken(world)
    world.run()
    assert (state(world, no), pieces(world, "A"), pieces(world, "B")) == ("MADE", 95, 103)
    assert "inventory.synchronize" not in world.systems.methods()
    (number,) = world.adjustment_orders.order(no).adjustments
    booked = world.adjustments.adjustment(number)
    assert (booked.source, booked.cause, booked.rule) == (MESSAGE, "ADJUST", "own_document")
    assert world.cases() == []


def test_the_same_again_is_the_first_one_and_other_content_a_conflict(world: World) -> None:
    no = taken(world)
    assert taken(world) == no
    with pytest.raises(Conflict, match="other content"):
        taken(world, ordered(("A", -6, "ZP")))


def test_what_is_told_is_booked_when_it_is_reported_and_once(world: World) -> None:
    no = taken(world)
    world.run()
    assert (state(world, no), pieces(world, "A")) == ("TOLD", 100)
    assert world.systems.methods() == ["inventory.synchronize"]
    body = report(no, item("A", -5), item("B", 3))
    for _ in range(2):
        assert said(world, body) == ("success", "0")
    world.run()
    assert (state(world, no), pieces(world, "A"), pieces(world, "B")) == ("MADE", 95, 103)
    assert world.cases() == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_partial_reports_add_up_in_any_order(world: World, order: tuple[int, ...]) -> None:
    no = taken(world, ordered(("A", -5, "ZP"), ("B", 3, "ZP"), ("C", -2, "ZP")))
    world.run()
    bodies = [
        report(no, item("A", -5), out_biz_code="R1"),
        report(no, item("B", None), out_biz_code="R2"),
        report(no, item("C", -2), out_biz_code="R3"),
    ]
    for at in order:
        assert said(world, bodies[at]) == ("success", "0")
        assert said(world, bodies[at]) == ("success", "0")
    world.run()
    found = [pieces(world, sku) for sku in "ABC"]
    assert (state(world, no), found) == ("MADE", [95, 103, 98])
    assert world.cases() == []


def test_other_quantities_and_other_goods_are_booked_and_a_person_is_told(world: World) -> None:
    no = taken(world)
    world.run()
    said(world, report(no, item("A", -7), item("B", 1), item("C", 4), item("NOBODYS", 2)))
    world.run()
    found = [pieces(world, sku) for sku in "ABC"]
    assert (state(world, no), found) == ("PART_MADE", [93, 101, 104])
    assert set(world.cases()) == {
        "adjustment_order_differs",
        "unclassified_movement",
    }
    assert world.adjustment_orders.cancel(no).state.value == "CLOSED"


def test_other_content_under_one_code_is_held(world: World) -> None:
    no = taken(world)
    world.run()
    said(world, report(no, item("A", -5)))
    said(world, report(no, item("A", -4)))
    world.run()
    assert pieces(world, "A") == 95
    assert world.cases() == ["callback_differs"]


def test_a_report_without_items_is_all_that_is_outstanding(world: World) -> None:
    no = taken(world)
    world.run()
    assert said(world, report(no)) == ("success", "0")
    world.run()
    assert (state(world, no), pieces(world, "A"), pieces(world, "B")) == ("MADE", 95, 103)


def test_a_partner_without_signs_means_the_direction_of_the_order(world: World) -> None:
    known = world.service.connection("W1")
    world.service.put_connection(replace(known, stock_changes=Quantities.POSITIVE))
    no = taken(world)
    world.run()
    said(world, report(no, item("A", 5), item("B", 3)))
    world.run()
    assert (state(world, no), pieces(world, "A"), pieces(world, "B")) == ("MADE", 95, 103)


def test_another_wms_learns_nothing_of_it(world: World) -> None:
    no = taken(world)
    world.run()
    body = report(no, item("A", -5), warehouse="WH2")
    assert said(world, body, wms="W2") == ("failure", "unknown_order")
    assert state(world, no) == "TOLD"


def test_one_that_isnt_ours_is_a_change_that_the_wms_made(world: World) -> None:
    body = report("THEIRS-1", item("A", -2))
    for _ in range(2):
        assert said(world, body) == ("success", "0")
    world.run()
    assert pieces(world, "A") == 98
    assert said(world, report("THEIRS-2", item("A", None)))[0] == "failure"


def test_it_is_cancelled_before_the_wms_is_told_and_only_waited_for_no_more_after(
    world: World,
) -> None:
    no = taken(world)
    assert world.adjustment_orders.cancel(no).state.value == "CANCELLED"
    world.run()
    assert world.systems.methods() == []
    late = taken(world, ordered(("A", -1, "ZP"), identity="ADJ-2"))
    world.run()
    assert world.adjustment_orders.cancel(late).state.value == "CLOSED"
    said(world, report(no, item("A", -5), item("B", 3)))
    said(world, report(late, item("A", -1)))
    world.run()
    assert (state(world, no), state(world, late)) == ("CANCELLED", "MADE")
    assert pieces(world, "A") == 94
    assert world.cases() == ["adjustment_order_unexpected"] * 2


def test_what_the_wms_doesnt_know_yet_is_told_first() -> None:
    world = telling(World())
    no = taken(world)
    world.run()
    assert state(world, no) == "TOLD"
    methods = world.systems.methods()
    assert methods.index("singleitem.synchronize") < methods.index("inventory.synchronize")


# --- with the simulator


@pytest.fixture
def oms() -> Iterator[Oms]:
    made = Oms()
    yield made
    made.server.stop()


@pytest.mark.parametrize("faults", [[], ["ok", "ok", "lost"]])
def test_the_simulator_makes_it_and_both_have_the_same(
    oms: Oms, tmp_path: Path, faults: list[str]
) -> None:
    with playing(oms, tmp_path) as made:
        world = telling(made)
        for sku in "AB":
            tell(world, "PUT", "stock", item=sku, quantity=100)
        http(world).faults = list(faults)
        no = taken(world)
        world.run()
        assert (state(world, no), pieces(world, "A")) == ("TOLD", 100)
        tell(world, "POST", "send/inventory.synchronize.report", code=no)
        world.run()
        assert [b"success" in each for each in oms.flags] == [True]
        ours = {sku: pieces(world, sku) for sku in "AB"}
        assert (state(world, no), ours) == ("MADE", {"A": 95, "B": 103})
        assert shelves(world) == ours
        assert world.cases() == []


def test_what_the_simulator_makes_otherwise_and_in_two_reports_is_booked_so(
    oms: Oms, tmp_path: Path
) -> None:
    with playing(oms, tmp_path) as made:
        world = telling(made)
        for sku in "AB":
            tell(world, "PUT", "stock", item=sku, quantity=100)
        no = taken(world)
        world.run()
        send = "send/inventory.synchronize.report"
        tell(world, "POST", send, code=no, items=[{"item": "B", "quantity": 1}])
        assert state(world, no) == "PART_MADE"
        tell(world, "POST", send, code=no)
        world.run()
        assert [b"success" in each for each in oms.flags] == [True, True]
        ours = {sku: pieces(world, sku) for sku in "AB"}
        assert ours == shelves(world) == {"A": 95, "B": 101}
        assert world.cases() == ["adjustment_order_differs"]
        assert world.adjustment_orders.cancel(no).state.value == "CLOSED"


def shelves(world: World) -> dict[str, int]:
    """Good pieces on the WMS's own shelves, by item."""
    answered = http(world).send(
        "GET", "http://127.0.0.1/state", body=b"", headers={}, timeout_seconds=5
    )
    rows = json.loads(answered.body)["warehouses"]["WH1"]["stock"]
    return {row["item"]: row["quantity"] for row in rows if row["quantity"]}
