"""Returns at the gateway: announced, asked back, confirmed, unexpected; exchanges that leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.events import Event
from chalicelib.orders.returns.intake import Asking, parse_reshipment, parse_return
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.warehouse.connections import Failure, FailureRule
from tests.warehouse.test_callbacks import SUCCESS, delivery, flag, line, package
from tests.warehouse.world import World, connection, reserved


@pytest.fixture
def world() -> World:
    made = World()
    made.know_items()
    return made


@pytest.fixture
def no(world: World) -> str:
    """A fulfilment of 3 A at 10.00 and 1 B at 5.00, that W1 has shipped as SF1."""
    return shipped(world, ("A", 3, "10.00"), ("B", 1, "5.00"))


def shipped(world: World, *lines: tuple[str, int, str], **changes: Any) -> str:
    no = world.order(*lines, **changes)
    world.handle(reserved(no))
    confirmed = "".join(line(str(at), sku, n) for at, (sku, n, _) in enumerate(lines, start=1))
    packed = package("SF1", lines[0][0], lines[0][1])
    assert flag(world, "deliveryorder.confirm", delivery(no, confirmed, packages=packed)) == SUCCESS
    work_off(world)
    return no


def asked(world: World, no: str, *units: int, **changes: Any) -> ReturnOrder:
    """A return of units of the first line, approved."""
    body = {
        "id": "R-1",
        "fulfilment_no": no,
        "lines": [{"line_no": 1, "units": list(units) or [0, 1]}],
        "approved": True,
        "reason": "太小",
        "waybill": "YT7",
        **changes,
    }
    asking = Asking(shop="S1", source="shop", by="shop")
    return world.returns.request(parse_return(json.dumps(body).encode()), asking)[0]


def announced(world: World, no: str, *units: int, **changes: Any) -> str:
    """… and the WMS has it."""
    found = asked(world, no, *units, **changes)
    world.run()
    assert world.returns.return_order(found.no).state == "SENT"
    return found.no


def work_off(world: World) -> None:
    """Gives what the workers get to them, whatever it is, until nothing is left."""
    uses: dict[str, Callable[[Event], object]] = {
        "OrderPlaced": lambda event: world.orders.route(event.subject),
        "HoldReleased": lambda event: world.orders.route(event.subject),
        "ShipmentAccepted": lambda event: world.orders.post_shipment(event.subject),
        "ReturnReceiptAccepted": lambda event: world.returns.post_receipt(event.subject),
        "ParcelUnclaimed": lambda event: world.returns.post_unclaimed(event.subject),
        "ReturnInspected": lambda event: world.returns.send_exchange(event.subject),
        "ReturnCancelled": lambda event: world.returns.cancel_exchange(event.subject),
    }
    done: set[str] = set()
    for event in iter(
        lambda: next((each for each in world.tables.events if each.id not in done), None), None
    ):
        done.add(event.id)
        if event.kind in uses:
            uses[event.kind](event)


def confirm(
    code: str,
    lines: str,
    *,
    out: str = "TH1",
    confirm_type: str = "0",
    more: str = "",
    warehouse_code: str = "WH1",
) -> str:
    return (
        f"<request><returnOrder><returnOrderCode>{code}</returnOrderCode>"
        f"<warehouseCode>{warehouse_code}</warehouseCode><outBizCode>{out}</outBizCode>"
        f"<confirmType>{confirm_type}</confirmType>"
        f"<orderConfirmTime>2026-11-23 10:00:00</orderConfirmTime>{more}</returnOrder>"
        f"<orderLines>{lines}</orderLines></request>"
    )


def good(no: str, sku: str, quantity: int, inventory_type: str = "ZP") -> str:
    return line(no, sku, quantity, f"<inventoryType>{inventory_type}</inventoryType>")


def signed_for(code: str, waybill: str) -> str:
    return (
        f"<request><order><orderCode>{code}</orderCode><warehouseCode>WH1</warehouseCode></order>"
        f"<packages><package><logisticsCode>YTO</logisticsCode><expressCode>{waybill}</expressCode>"
        "<signTime>2026-11-23 09:00:00</signTime><status>sign</status></package></packages>"
        "</request>"
    )


# --- down


def test_an_approved_return_is_announced_with_the_buyer_as_its_sender(
    world: World, no: str
) -> None:
    found = announced(world, no, 0, 2)
    _, method, request = world.systems.calls[-1]
    assert method == "returnorder.create"
    header = request.needed("returnOrder")
    texts = {
        "returnOrderCode": found,
        "warehouseCode": "WH1",
        "orderType": "THRK",
        "preDeliveryOrderCode": no,
        "preDeliveryOrderId": f"W-{no}",
        "expressCode": "YT7",
        "returnReason": "太小",
    }
    assert {name: header.text(name) for name in texts} == texts
    assert header.needed("senderInfo").text("mobile") == "13800000000"
    (sent,) = request.listed("orderLines", "orderLine")
    assert (sent.text("itemCode"), sent.text("planQty"), sent.text("itemId")) == (
        "A",
        "2",
        "ID-W1-A",
    )
    assert sent.text("sourceOrderCode") == "6712345678901234567"
    assert world.returns.return_order(found).wms_id == f"W-{found}"


def test_an_announcement_without_an_answer_is_asked_for_before_it_is_sent_again(
    world: World, no: str
) -> None:
    world.systems.calls.clear()
    world.systems.faults = ["lost"]
    announced(world, no)
    assert world.systems.methods() == ["returnorder.create", "returnorder.query"]


def test_one_that_never_came_is_sent_again(world: World, no: str) -> None:
    world.systems.calls.clear()
    world.systems.faults = ["dropped"]
    announced(world, no)
    assert world.systems.methods() == ["returnorder.query", "returnorder.create"]


def test_what_no_such_return_looks_like_is_the_connections_table(world: World, no: str) -> None:
    rule = FailureRule(kind=Failure.NOT_FOUND, method=r"^returnorder\.query$", code="^E7$")
    world.service.put_connection(connection("W1", failures=(rule,)))
    world.systems.calls.clear()
    world.systems.faults = ["dropped", ("E7", "nothing"), "ok"]
    announced(world, no)
    assert world.systems.methods() == ["returnorder.query", "returnorder.create"]


def test_a_refused_announcement_is_for_a_person(world: World, no: str) -> None:
    found = asked(world, no)
    world.systems.faults = [("S", "参数不合法")]
    world.run()
    assert world.state_of(f"{found.no}#returnorder.create") == "REFUSED"
    assert world.cases() == ["dispatch_refused"]
    world.returns.cancel(found.no)
    world.run()
    assert world.returns.return_order(found.no).state == "CANCELLED"


def test_a_return_that_is_cancelled_before_it_went_out_stays_here(world: World, no: str) -> None:
    found = asked(world, no)
    world.returns.cancel(found.no)
    world.systems.calls.clear()
    world.run()
    assert world.systems.methods() == []
    assert world.state_of(f"{found.no}#returnorder.create") == "DROPPED"


@pytest.mark.parametrize(
    ("fault", "methods"),
    [
        ("ok", ["order.cancel"]),
        ("lost", ["order.cancel", "returnorder.query"]),
        ("dropped", ["returnorder.query", "order.cancel"]),
    ],
)
def test_a_return_is_asked_back_by_order_cancel(
    world: World, no: str, fault: str, methods: list[str]
) -> None:
    found = announced(world, no)
    world.systems.calls.clear()
    world.systems.faults = [fault]
    world.returns.cancel(found)
    world.run()
    assert world.systems.methods() == methods
    cancels = [request for _, method, request in world.systems.calls if method == "order.cancel"]
    assert cancels[-1].text("orderType") == "THRK"
    assert world.returns.return_order(found).state == "CANCELLED"


def test_a_warehouse_that_keeps_a_return_is_believed(world: World, no: str) -> None:
    found = announced(world, no)
    world.systems.faults = [("S", "已入库, 不能撤单")]
    world.returns.cancel(found)
    world.run()
    after = world.returns.return_order(found)
    assert (after.state, after.cancel) == ("SENT", "REFUSED")


# --- up


def test_a_confirm_is_a_receipt_by_quality(world: World, no: str) -> None:
    found = announced(world, no, 0, 1)
    body = confirm(found, good("1", "A", 1) + good("1", "A", 1, "CC"))
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    assert flag(world, "taobao.qimen.returnorder.confirm", body) == SUCCESS
    work_off(world)
    after = world.returns.return_order(found)
    assert (after.state, after.lines[0].found) == ("REFUND_PENDING", ((0, "ZP"), (1, "CC")))
    assert len(after.receipts) == 1
    (event,) = [each for each in world.tables.events if each.kind == "ReturnInspected"]
    assert event.data["refund"] == "20.00"
    assert [outcome for method, outcome in world.outcomes() if method == "returnorder.confirm"] == [
        "ACCEPTED",
        "DUPLICATE",
    ]


def test_a_confirm_with_other_times_only_is_held(world: World, no: str) -> None:
    found = announced(world, no)
    body = confirm(found, good("1", "A", 1))
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    later = body.replace("10:00:00", "11:00:00")
    assert flag(world, "returnorder.confirm", later) == SUCCESS
    assert len(world.returns.return_order(found).receipts) == 1
    assert world.cases() == ["callback_resent"]


def test_intermediate_confirms_add_up(world: World, no: str) -> None:
    found = announced(world, no, 0, 1, 2)
    first = confirm(found, good("1", "A", 1), confirm_type="1")
    second = confirm(found, good("1", "A", 2), out="TH2")
    assert flag(world, "returnorder.confirm", first) == SUCCESS
    assert flag(world, "returnorder.confirm", second) == SUCCESS
    work_off(world)
    assert world.returns.return_order(found).state == "REFUND_PENDING"


def test_a_return_that_comes_to_another_wms_of_the_owner_is_an_unclaimed_parcel_there(
    world: World, no: str
) -> None:
    found = announced(world, no)
    body = confirm(found, good("1", "A", 1), warehouse_code="WH2")
    assert flag(world, "returnorder.confirm", body, wms="W2") == SUCCESS
    work_off(world)
    (parcel,), _ = world.returns.unclaimed()
    assert (parcel.warehouse, parcel.return_no) == ("WH2", found)
    world.returns.match(parcel.id, by="anna", return_no=found)
    work_off(world)
    assert world.stock.balances([("WH2", "A")])["WH2", "A"].quantity("ZP") == 1


def test_another_owners_wms_learns_nothing_of_a_return(world: World, no: str) -> None:
    found = announced(world, no)
    there = world.catalog.warehouse("WH2")
    world.catalog.put_warehouse(replace(there, owner="OTHER"))
    unknown = ("failure", "unknown_order")
    more = "<expressCode>SF1</expressCode>"
    body = confirm(found, good("1", "A", 1), more=more, warehouse_code="WH2")
    assert flag(world, "returnorder.confirm", body, wms="W2") == unknown
    assert flag(world, "returnpackage.report", signed_for(found, "SF1"), wms="W2") == unknown


def test_goods_in_another_warehouse_of_the_wms_are_booked_where_they_are(
    world: World, no: str
) -> None:
    found = announced(world, no, 0)
    body = confirm(found, good("1", "A", 1), warehouse_code="ELSEWHERE")
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    assert world.cases() == ["warehouse_differs"]


@pytest.mark.parametrize(
    "more",
    [
        "<expressCode>SF1</expressCode>",
        "<preDeliveryOrderCode>{no}</preDeliveryOrderCode>",
    ],
)
def test_an_unknown_code_that_names_a_delivery_is_an_unclaimed_parcel(
    world: World, no: str, more: str
) -> None:
    body = confirm("THEIRS-1", good("1", "A", 2), more=more.format(no=no))
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    work_off(world)
    (parcel,), _ = world.returns.unclaimed()
    assert (parcel.fulfilment_no, parcel.code) == (no, "THEIRS-1")
    assert world.cases() == ["parcel_unclaimed"]
    assert world.stock.balances([("WH1", "A")])["WH1", "A"].quantity("ZP") == 99


def test_an_unknown_code_that_names_the_platforms_order_is_an_unclaimed_parcel(
    world: World, no: str
) -> None:
    named = "<sourceOrderCode>6712345678901234567</sourceOrderCode>"
    body = confirm("THEIRS-1", line("1", "A", 2, named))
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    work_off(world)
    (parcel,), _ = world.returns.unclaimed()
    assert (parcel.order_no, parcel.fulfilment_no) == (no[:-3], no)


def test_an_unknown_code_that_names_nothing_of_ours_is_refused(world: World, no: str) -> None:
    unknown = ("failure", "unknown_order")
    nothing = confirm("THEIRS-1", good("1", "A", 2), more="<expressCode>ZT9</expressCode>")
    assert flag(world, "returnorder.confirm", nothing) == unknown
    assert flag(world, "returnorder.confirm", confirm("THEIRS-1", "")) == unknown
    assert world.returns.unclaimed() == ([], None)


def test_a_refused_parcel_comes_back_and_is_matched_to_what_it_was(world: World, no: str) -> None:
    step = (
        f"<request><order><orderCode>{no}</orderCode></order><process>"
        "<processStatus>REFUSE</processStatus><operateTime>2026-11-23 08:00:00</operateTime>"
        "</process></request>"
    )
    assert flag(world, "orderprocess.report", step) == SUCCESS
    assert world.orders.fulfilment(no).state == "REFUSED"
    back = good("1", "A", 3) + good("2", "B", 1)
    body = confirm("THEIRS-1", back, more="<expressCode>SF1</expressCode>")
    assert flag(world, "returnorder.confirm", body) == SUCCESS
    work_off(world)
    (parcel,), _ = world.returns.unclaimed()
    found = world.returns.match(parcel.id, by="anna", fulfilment_no=parcel.fulfilment_no)
    work_off(world)
    assert world.returns.return_order(found.no).state == "REFUND_PENDING"
    assert world.stock.balances([("WH1", "A")])["WH1", "A"].quantity("ZP") == 100
    # Customer service is told of a refusal; the parcel's own case is settled by the match.
    assert world.cases() == ["warehouse_step_needs_a_look"]


def test_a_stock_change_of_an_unexpected_return_is_an_unclaimed_parcel(
    world: World, no: str
) -> None:
    item = (
        "<item><ownerCode>OWNER-AT-WMS</ownerCode><warehouseCode>WH1</warehouseCode>"
        f"<orderCode>{no}</orderCode><orderType>THYRK</orderType><outBizCode>C1</outBizCode>"
        "<itemCode>A</itemCode><inventoryType>{kind}</inventoryType><quantity>{n}</quantity></item>"
    )
    good_one, bad_one = item.format(kind="ZP", n=1), item.format(kind="CC", n=2)
    body = f"<request><items>{good_one}{bad_one}</items></request>"
    assert flag(world, "stockchange.report", body) == SUCCESS
    assert flag(world, "stockchange.report", body) == SUCCESS
    work_off(world)
    (parcel,), _ = world.returns.unclaimed()
    assert [(each.inventory_type, each.quantity) for each in parcel.lines] == [("ZP", 1), ("CC", 2)]
    assert (parcel.fulfilment_no, world.cases()) == (no, ["parcel_unclaimed"])
    assert world.stock.balances([("WH1", "A")])["WH1", "A"].quantity("CC") == 2


def test_a_parcel_that_arrives_is_noted_on_its_return(world: World, no: str) -> None:
    found = announced(world, no)
    assert flag(world, "returnpackage.report", signed_for(found, "YT7")) == SUCCESS
    after = world.returns.return_order(found)
    assert (after.state, str(after.signed_at)) == ("PARCEL_SIGNED", "2026-11-23 01:00:00+00:00")


def test_a_parcel_without_papers_is_known_by_its_waybill(world: World, no: str) -> None:
    found = announced(world, no)
    assert flag(world, "returnpackage.report", signed_for("", "YT7")) == SUCCESS
    assert world.returns.return_order(found).state == "PARCEL_SIGNED"


def test_a_parcel_that_comes_back_to_a_delivery_is_noted_in_its_orders_track(
    world: World, no: str
) -> None:
    assert flag(world, "returnpackage.report", signed_for("", "SF1")) == SUCCESS
    assert "RETURN_PARCEL_SIGNED" in [row.text for row in world.orders.track(no[:-3])]
    refused = flag(world, "returnpackage.report", signed_for("", "ZT9"))
    assert refused == ("failure", "unknown_order")


def test_a_step_of_a_return_is_kept(world: World, no: str) -> None:
    found = announced(world, no)
    step = (
        f"<request><order><orderCode>{found}</orderCode></order><process>"
        "<processStatus>FULFILLED</processStatus></process></request>"
    )
    assert flag(world, "orderprocess.report", step) == SUCCESS
    assert flag(world, "orderprocess.report", step, wms="W2") == ("failure", "unknown_order")


# --- goods without a price


def dispatched(world: World, order_no: str) -> Any:
    """The deliveryorder.create of an order's only fulfilment."""
    work_off(world)
    world.run()
    (fulfilment,) = world.orders.fulfilments(order_no)
    assert fulfilment.state == "ACCEPTED"
    requests = [
        request.needed("deliveryOrder")
        for _, method, request in world.systems.calls
        if method == "deliveryorder.create"
    ]
    return requests[-1]


def test_an_exchange_leaves_as_hhck_and_names_what_it_replaces(world: World, no: str) -> None:
    found = announced(world, no, 0, 1, kind="EXCHANGE", exchange=[{"sku": "C", "quantity": 2}])
    create = [request for _, method, request in world.systems.calls if "return" in method][-1]
    assert create.needed("returnOrder").text("orderType") == "HHRK"
    world.callback("returnorder.confirm", confirm(found, good("1", "A", 2)))
    header = dispatched(world, world.returns.return_order(found).exchange_no)
    texts = {
        "orderType": "HHCK",
        "preDeliveryOrderCode": no,
        "preDeliveryOrderId": f"W-{no}",
        "totalAmount": "0.00",
        "gotAmount": "0.00",
    }
    assert {name: header.text(name) for name in texts} == texts
    assert header.needed("receiverInfo").text("name") == "张三"


def test_a_reshipment_leaves_as_bfck_and_can_be_asked_back(world: World, no: str) -> None:
    body = {"id": "B-1", "fulfilment_no": no, "lines": [{"sku": "A", "quantity": 1}]}
    sent, _ = world.returns.reship(parse_reshipment(json.dumps(body).encode()), shop="S1")
    header = dispatched(world, sent)
    assert (header.text("orderType"), header.text("preDeliveryOrderCode")) == ("BFCK", no)
    world.orders.cancel(sent, reason="", by="anna")
    world.run()
    _, method, request = world.systems.calls[-1]
    assert (method, request.text("orderType")) == ("order.cancel", "BFCK")
    assert world.orders.head(sent).cancel == "CANCELLED"
