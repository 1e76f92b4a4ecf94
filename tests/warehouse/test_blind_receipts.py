"""entryorder.confirm of what nobody announced: booked into suspense, but only at home."""

from __future__ import annotations

import pytest

from tests.warehouse.test_callbacks import SUCCESS, entry, flag, line
from tests.warehouse.world import World, connection, reserved


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


def blind(world: World, warehouse: str = "WH1") -> list[tuple[str, int]]:
    found, _ = world.purchasing.blind_receipts(warehouse)
    return [(each.announced_as, sum(line.quantity for line in each.lines)) for each in found]


def posted(world: World) -> None:
    for event in world.tables.events:
        if event.kind == "ReceiptAccepted":
            world.purchasing.post_receipt(event.subject)


def test_goods_under_an_unknown_number_are_a_receipt_of_their_own(world: World) -> None:
    body = entry("ASN-77", line("1", "A", 4))

    assert flag(world, "entryorder.confirm", body) == SUCCESS
    assert flag(world, "entryorder.confirm", body) == SUCCESS
    posted(world)

    assert blind(world) == [("ASN-77", 4)]
    assert world.cases() == ["receipt_blind"]
    assert [item["method"] for item in world.log.of_document("ASN-77").items] == [
        "entryorder.confirm"
    ] * 2
    (receipt,) = world.purchasing.blind_receipts("WH1")[0]
    (made,) = world.stock.entries_of(receipt.id)
    assert (made.from_location, made.to_location, made.quantity) == (
        "SUSPENSE:WH1",
        "WAREHOUSE:WH1:ZP",
        4,
    )


def test_each_further_message_is_one_more(world: World) -> None:
    for quantity in (4, 3):
        body = entry("ASN-77", line("1", "A", quantity))
        assert flag(world, "entryorder.confirm", body) == SUCCESS
    posted(world)
    assert sorted(blind(world)) == [("ASN-77", 3), ("ASN-77", 4)]


@pytest.mark.parametrize("named", ["", "OTHER", "WH1"])
def test_the_place_may_go_unnamed_where_the_wms_has_one(world: World, named: str) -> None:
    body = entry("ASN-77", line("1", "A", 4), warehouse_code=named)
    assert flag(world, "entryorder.confirm", body) == SUCCESS
    posted(world)
    assert blind(world) == [("ASN-77", 4)]


def test_the_wms_s_own_name_of_a_warehouse_is_understood(world: World) -> None:
    world.service.put_connection(connection("W1", warehouse_codes={"WH1": "EAST"}))
    for named in ("WH1", "EAST"):
        body = entry("ASN-77", line("1", "A", 4), warehouse_code=named)
        flag(world, "entryorder.confirm", body)
    posted(world)
    assert blind(world) == [("ASN-77", 4)]


@pytest.mark.parametrize("named", ["WH2", "WH9", "somewhere else"])
def test_it_is_not_booked_into_a_warehouse_of_another_wms(world: World, named: str) -> None:
    before = world.documents()
    body = entry("ASN-77", line("1", "A", 4), warehouse_code=named)
    assert flag(world, "entryorder.confirm", body) == ("failure", "unknown_order")
    assert world.documents() == before


def test_another_tenant_s_number_is_never_booked(world: World) -> None:
    purchase = world.purchase(("A", 10, 10_000))
    fulfilment = world.order(("A", 2, "10.00"))
    world.handle(reserved(fulfilment))
    before = world.documents()
    for code, warehouse in ((purchase, "WH2"), (fulfilment, "WH2")):
        body = entry(code, line("1", "A", 4), warehouse_code=warehouse)
        assert flag(world, "entryorder.confirm", body, wms="W2") == ("failure", "unknown_order")
    own = entry(fulfilment, line("1", "A", 4))
    assert flag(world, "entryorder.confirm", own) == ("failure", "unknown_order")
    assert world.documents() == before


def test_another_owner_s_goods_are_not_ours(world: World) -> None:
    body = entry("ASN-77", line("1", "A", 4)).replace(
        "<outBizCode>", "<ownerCode>SOMEBODY</ownerCode><outBizCode>"
    )
    assert flag(world, "entryorder.confirm", body) == ("failure", "unknown_order")


def test_a_number_that_is_no_code_is_kept_under_a_stand_in(world: World) -> None:
    assert flag(world, "entryorder.confirm", entry("张三 的 货", line("1", "A", 4))) == SUCCESS
    posted(world)
    ((name, pieces),) = blind(world)
    assert (name.partition("-")[0], pieces) == ("unreadable", 4)


def test_a_final_message_before_an_intermediate_one_and_both_count(world: World) -> None:
    no = world.purchase(("A", 10, 10_000))
    final = entry(no, line("1", "A", 6), confirm_type="0", status="FULFILLED")
    late = entry(no, line("1", "A", 4), confirm_type="1")
    assert flag(world, "entryorder.confirm", final) == SUCCESS
    posted(world)
    assert world.purchasing.purchase_order(no).state.value == "SHORT_CLOSED"
    assert flag(world, "entryorder.confirm", late) == SUCCESS
    posted(world)
    order = world.purchasing.purchase_order(no)
    assert (order.state.value, dict(order.lines[0].received)) == ("RECEIVED", {"ZP": 10})


@pytest.mark.parametrize(("named", "cases"), [("SUP1", []), ("SUP2", ["receipt_supplier_differs"])])
def test_a_supplier_that_the_message_names_is_compared(
    world: World, named: str, cases: list[str]
) -> None:
    no = world.purchase(("A", 10, 10_000))
    body = entry(no, line("1", "A", 6)).replace(
        "<outBizCode>", f"<supplierCode>{named}</supplierCode><outBizCode>"
    )
    assert flag(world, "entryorder.confirm", body) == SUCCESS
    assert world.cases() == cases
