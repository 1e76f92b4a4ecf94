"""Steps by the WMS's own table, shortages and exceptions, as a WMS reports them."""

from __future__ import annotations

import pytest

from chalicelib.warehouse.codes import ProcessStatus
from chalicelib.warehouse.statuses.checking import parse_statuses
from tests.warehouse.test_callbacks import SUCCESS, delivery, flag, line, package, purchased, step
from tests.warehouse.world import World, reserved


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    made.receive_stock("WH2", A=100, B=100, C=100)
    return made


def sent(world: World) -> str:
    no = world.order(("A", 3, "10.00"), ("B", 1, "5.00"))
    world.handle(reserved(no))
    return no


def lack(no: str, *items: tuple[str, int], out: str = "L1", reason: str = "实物报缺") -> str:
    lines = "".join(
        f"<item><itemCode>{sku}</itemCode><planQty>3</planQty><lackQty>{count}</lackQty>"
        f"<reason>{reason}</reason></item>"
        for sku, count in items
    )
    return (
        f"<request><warehouseCode>WH1</warehouseCode><deliveryOrderCode>{no}</deliveryOrderCode>"
        f"<createTime>2026-11-22 11:00:00</createTime><outBizCode>{out}</outBizCode>"
        f"<items>{lines}</items></request>"
    )


def exception(no: str, kind: str, lines: str = "", message: str = "E1") -> str:
    return (
        f"<request><messageId>{message}</messageId><messageType>{kind}</messageType>"
        f"<deliveryOrderCode>{no}</deliveryOrderCode><warehouseCode>WH1</warehouseCode>"
        f"<createTime>2026-11-22 11:00:00</createTime><orderLines>{lines}</orderLines></request>"
    )


def affected(no: str, sku: str, pieces: str) -> str:
    return (
        f"<orderLine><orderLineNo>{no}</orderLineNo><itemCode>{sku}</itemCode>"
        f"<exceptionQty>{pieces}</exceptionQty></orderLine>"
    )


def quantities(world: World, no: str) -> list[tuple[str, dict[str, int]]]:
    return [
        (each.warehouse, {line.sku: line.quantity for line in each.lines})
        for each in world.orders.fulfilments(no[:-3])
    ]


def test_a_shortage_is_shipped_from_the_other_warehouse(world: World) -> None:
    no = sent(world)
    assert flag(world, "itemlack.report", lack(no, ("A", 1))) == SUCCESS
    assert flag(world, "itemlack.report", lack(no, ("A", 1))) == SUCCESS
    world.run()
    assert quantities(world, no) == [("WH1", {"A": 2, "B": 1}), ("WH2", {"A": 1})]
    second = world.orders.fulfilments(no[:-3])[1]
    assert (second.state, second.wms_order_id) == ("ACCEPTED", f"W-{second.no}")
    assert world.outcomes()[-1][1] in ("ACCEPTED", "ANSWERED", "DUPLICATE")
    assert world.cases() == []


def test_the_same_shortage_stamped_anew_is_held_and_another_one_counts(world: World) -> None:
    no = sent(world)
    flag(world, "itemlack.report", lack(no, ("A", 1)))
    again = lack(no, ("A", 1)).replace("11:00:00", "11:05:00")
    assert flag(world, "itemlack.report", again) == SUCCESS
    assert world.cases() == ["callback_resent"]
    flag(world, "itemlack.report", lack(no, ("A", 1), out="L2"))
    assert world.orders.fulfilment(no).lines[0].quantity == 1


@pytest.mark.parametrize("kind", ["101", "102"])
def test_an_exception_that_is_a_shortage_goes_the_same_way(world: World, kind: str) -> None:
    no = sent(world)
    body = exception(no, kind, affected("1-2", "A", "2") + affected("", "B", ""))
    assert flag(world, "orderexception.report", body) == SUCCESS
    world.run()
    assert quantities(world, no) == [("WH1", {"A": 1, "B": 0}), ("WH2", {"A": 2, "B": 1})]


def test_an_exception_without_lines_means_everything(world: World) -> None:
    no = sent(world)
    flag(world, "orderexception.report", exception(no, "101"))
    world.run()
    assert quantities(world, no) == [("WH1", {"A": 0, "B": 0}), ("WH2", {"A": 3, "B": 1})]
    assert world.systems.orders["W1", no] == "CANCELED"
    assert world.orders.fulfilment(no).state == "CANCELLED"
    assert world.cases() == []


def test_any_other_exception_is_for_a_person_once(world: World) -> None:
    no = sent(world)
    for _ in range(2):
        assert flag(world, "orderexception.report", exception(no, "203")) == SUCCESS
    assert world.cases() == ["order_exception"]
    assert flag(world, "orderexception.report", exception(no, "张三", message="E2")) == SUCCESS
    texts = [
        item["text"]
        for item in world.tables.query("documents", "EXCEPTIONS#OPEN", index="gsi1").items
    ]
    assert not any("张三" in text for text in texts)


@pytest.mark.parametrize("method", ["itemlack.report", "orderexception.report"])
def test_another_wms_learns_nothing_of_the_order(world: World, method: str) -> None:
    no = sent(world)
    body = lack(no, ("A", 1)) if method == "itemlack.report" else exception(no, "101")
    assert flag(world, method, body, wms="W2") == ("failure", "unknown_order")
    assert quantities(world, no) == [("WH1", {"A": 3, "B": 1})]


def test_a_rejected_order_goes_to_the_other_warehouse(world: World) -> None:
    no = sent(world)
    assert flag(world, "orderprocess.report", step(no, "REJECT")) == SUCCESS
    world.run()
    assert quantities(world, no) == [("WH1", {"A": 0, "B": 0}), ("WH2", {"A": 3, "B": 1})]
    assert world.orders.header(no[:-3]) == "ACCEPTED"
    confirm = delivery(no, line("1", "A", 3), packages=package("SF1", "A", 3))
    assert flag(world, "deliveryorder.confirm", confirm) == SUCCESS
    assert "shipped_after_reject" in world.cases()


def test_a_wms_that_refuses_the_order_at_once_is_passed_over(world: World) -> None:
    no = world.order(("A", 3, "10.00"))
    world.systems.faults = [("STOCK", "库存不足")]
    world.handle(reserved(no))
    world.run()
    assert quantities(world, no) == [("WH1", {"A": 0}), ("WH2", {"A": 3})]
    assert world.systems.created == [f"{no[:-3]}-02"]


def test_a_shrunk_fulfilment_that_goes_out_again_has_no_empty_lines(world: World) -> None:
    no = world.order(("A", 3, "10.00"), ("B", 1, "5.00"))
    world.systems.faults = ["dropped"]
    world.handle(reserved(no))
    flag(world, "itemlack.report", lack(no, ("B", 1)))
    world.run()
    requests = [
        request
        for wms, method, request in world.systems.calls
        if method == "deliveryorder.create" and wms == "W1"
    ]
    lines = requests[-1].listed("orderLines", "orderLine")
    assert [(each.text("itemCode"), each.text("planQty")) for each in lines] == [("A", "3")]


# --- steps by the table


def own_rows(world: World, *rows: str) -> None:
    body = '{"version": 0, "rows": [' + ",".join(rows) + "]}"
    world.service.statuses.put(parse_statuses(body.encode(), wms="W1"))


def test_a_code_of_its_own_means_what_the_wms_s_table_says(world: World) -> None:
    no = sent(world)
    own_rows(
        world,
        '{"document":"delivery","code":"BOXED","effect":"MOVE","axis":"fulfilment",'
        '"state":"PACKED","rank":30,"buyer":{"key":"packing","text":"正在打包"}}',
    )
    assert flag(world, "orderprocess.report", step(no, "BOXED")) == SUCCESS
    assert world.orders.fulfilment(no).state == "PACKED"
    assert world.cases() == []


@pytest.mark.parametrize("code", [str(each) for each in ProcessStatus] + ["DELIVERED1", "打包"])
def test_every_status_is_answered_and_kept_once(world: World, code: str) -> None:
    no = sent(world)
    for _ in range(2):
        assert flag(world, "orderprocess.report", step(no, code)) == SUCCESS
    rows = [row for row in world.orders.track(no[:-3]) if row.message and row.at.hour == 2]
    assert len(rows) == 1
    unknown = code in ("DELIVERED1", "打包")
    asks = code in ("EXCEPTION", "CLOSED", "REFUSE", "TMSCANCELED", "CANCELED") or unknown
    assert bool(world.cases()) is asks


@pytest.mark.parametrize(
    ("code", "told"), [("READY", True), ("CANCELED", True), ("PICK", False), ("DELIVERED", False)]
)
def test_the_buyer_is_told_of_a_status_where_the_table_says_so(
    world: World, code: str, *, told: bool
) -> None:
    no = sent(world)
    flag(world, "orderprocess.report", step(no, code))
    events = [each for each in world.tables.events if each.kind == "StatusReached"]
    assert [each.id for each in events] == ([f"StatusReached:{no}:{code}"] if told else [])


@pytest.mark.parametrize(("code", "asks"), [("PARTFULFILLED", False), ("REJECT", True)])
def test_a_status_of_a_purchase_order_is_looked_at_where_it_asks_for_that(
    world: World, code: str, *, asks: bool
) -> None:
    no = purchased(world)
    assert flag(world, "orderprocess.report", step(no, code)) == SUCCESS
    assert world.cases() == (["warehouse_step_needs_a_look"] if asks else [])


def test_sign_before_the_confirm_counts_when_it_is_booked(world: World) -> None:
    no = sent(world)
    flag(world, "orderprocess.report", step(no, "SIGN"))
    assert world.orders.fulfilment(no).state == "ACCEPTED"
    lines = line("1", "A", 3) + line("2", "B", 1)
    flag(world, "deliveryorder.confirm", delivery(no, lines, packages=package("SF1", "A", 3)))
    world.orders.post_shipment(world.orders.fulfilment(no).shipments[0])
    assert world.orders.fulfilment(no).state == "SIGNED"
