"""A platform that knows "in" and "out" only: what goes down says no more, and what comes up is told
by our documents.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.events import Event
from chalicelib.kernel.http import HttpAnswer, NoAnswer
from chalicelib.orders.returns.intake import Asking, parse_return
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState
from chalicelib.warehouse.codes import InboundType, OutboundType
from chalicelib.warehouse.connecting import check
from chalicelib.warehouse.content_rows import content_rows
from chalicelib.warehouse.dialects.inout import INOUT
from chalicelib.warehouse.signing import Credentials, verify
from chalicelib.warehouse.xml import read, write
from tests.warehouse.test_callbacks import line, package
from tests.warehouse.test_dialects import change, item, moved
from tests.warehouse.world import World, approved, connection, reserved


class Platform:
    """The platform, read here by eye: it answers everything with a number of its own."""

    def __init__(self, world: Callable[[], World]) -> None:
        self.world = world
        self.calls: list[tuple[str, bytes]] = []
        self.loses: set[str] = set()

    def send(self, method: str, url: str, **options: Any) -> HttpAnswer:
        query, body = parse_qsl(urlsplit(url).query, keep_blank_values=True), options["body"]
        wms = urlsplit(url).path.strip("/")
        known = Credentials(
            app_key=f"app-{wms}", customer_id=f"c-{wms}", secrets=(f"secret of {wms}",)
        )
        verify(query, body, known, now=self.world().clock.now())
        named = dict(query)["method"]
        self.calls.append((named, body))
        if named in self.loses:
            self.loses.remove(named)
            raise NoAnswer("ReadTimeoutError")
        inner = self._answer(named, body)
        return HttpAnswer(
            status=200,
            headers={},
            body=f"<response><flag>success</flag><code>0</code>{inner}</response>".encode(),
        )

    def _answer(self, named: str, body: bytes) -> str:
        request = read(body)
        if named == "singleitem.synchronize":
            return "<itemId>I</itemId>"
        if named in ("inbound.create", "outbound.create"):
            return f"<orderId>W-{request.needed('order').text('orderCode')}</orderId>"
        if named in ("inbound.query", "outbound.query"):
            code = request.text("orderCode")
            inner = f"<orderCode>{code}</orderCode><orderId>W-{code}</orderId>"
            return f"<order>{inner}<orderType>IN</orderType><status>NEW</status></order>"
        return ""


@pytest.fixture
def world() -> World:
    made: list[World] = []
    world = World(http=Platform(lambda: made[0]))
    made.append(world)
    for code in ("W1", "W2"):
        world.service.put_connection(connection(code, dialect="inout"))
    world.know_items()
    platform(world).calls.clear()
    return world


def platform(world: World) -> Platform:
    assert isinstance(world.http, Platform)
    return world.http


def told(world: World, method: str, body: str, *, wms: str = "W1") -> str:
    raw = body.encode()
    return world.callbacks.receive(wms, world.head(method, raw, wms), raw).xml.decode()


def order(code: str, lines: str, *, kind: str = "IN", more: str = "", packages: str = "") -> str:
    return (
        f"<request><order><orderCode>{code}</orderCode><warehouseCode>WH1</warehouseCode>"
        f"<orderType>{kind}</orderType><outBizCode>B1</outBizCode><confirmType>0</confirmType>"
        f"<orderConfirmTime>2026-11-22 10:00:00</orderConfirmTime>{more}</order>"
        f"<packages>{packages}</packages><orderLines>{lines}</orderLines></request>"
    )


def purchased(world: World) -> str:
    no = world.purchase(("A", 10, 10_000))
    world.handle(approved(no))
    return no


def sent(world: World) -> str:
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    return no


def shipped(world: World) -> str:
    """A fulfilment of 2 A that has left as SF1."""
    no = sent(world)
    body = order(no, line("1", "A", 2), kind="OUT", packages=package("SF1", "A", 2))
    assert "<flag>success</flag>" in told(world, "outbound.confirm", body)
    post(world)
    return no


def announced(world: World, no: str) -> str:
    """A return of both pieces of a fulfilment that the platform has."""
    body = {
        "id": "R-1",
        "fulfilment_no": no,
        "lines": [{"line_no": 1, "units": [0, 1]}],
        "approved": True,
        "reason": "太小",
        "waybill": "YT7",
    }
    asking = Asking(shop="S1", source="shop", by="shop")
    found = world.returns.request(parse_return(json.dumps(body).encode()), asking)[0]
    world.run()
    return found.no


def post(world: World) -> None:
    """Lets the posting worker work."""
    uses: dict[str, Callable[[Event], object]] = {
        "ShipmentAccepted": lambda event: world.orders.post_shipment(event.subject),
        "ReturnReceiptAccepted": lambda event: world.returns.post_receipt(event.subject),
    }
    for event in list(world.tables.events):
        if event.kind in uses:
            uses[event.kind](event)


def last(world: World) -> tuple[str, str]:
    return world.outcomes()[-1]


# --- down


def test_a_purchase_goes_down_as_something_that_comes_in(world: World) -> None:
    no = purchased(world)
    ((method, body),) = platform(world).calls
    assert method == "inbound.create"
    assert (
        f"<request><order><totalOrderLines>1</totalOrderLines><orderCode>{no}</orderCode>".encode()
        in body
    )
    assert b"<orderType>IN</orderType>" in body
    assert b"CGRK" not in body
    assert b"entryOrder" not in body
    assert world.purchasing.purchase_order(no).wms_id == f"W-{no}"
    (row,) = world.log.of_document(no).items
    assert (row["method"], row["outcome"]) == ("entryorder.create", "ANSWERED")


def test_a_delivery_goes_down_as_something_that_goes_out(world: World) -> None:
    no = sent(world)
    ((method, body),) = platform(world).calls
    assert method == "outbound.create"
    head = f"<request><order><orderCode>{no}</orderCode><orderType>OUT</orderType>"
    assert head.encode() in body
    assert b"JYCK" not in body
    assert world.orders.fulfilment(no).wms_order_id == f"W-{no}"


def test_a_return_goes_down_as_something_that_comes_in_too(world: World) -> None:
    delivered = shipped(world)
    platform(world).calls.clear()
    no = announced(world, delivered)
    ((method, body),) = platform(world).calls
    assert method == "inbound.create"
    head = f"<request><order><orderCode>{no}</orderCode><warehouseCode>WH1</warehouseCode>"
    assert head.encode() in body
    assert b"<orderType>IN</orderType>" in body
    assert f"<preDeliveryOrderCode>{delivered}</preDeliveryOrderCode>".encode() in body
    found = world.returns.return_order(no)
    assert (found.state, found.wms_id) == ("SENT", f"W-{no}")


def test_a_cancel_names_the_direction_and_its_word_counts(world: World) -> None:
    no = sent(world)
    platform(world).calls.clear()
    world.collect()
    world.orders.cancel(no.rpartition("-")[0], reason="不想要了", by="S1")
    world.run()
    ((method, body),) = platform(world).calls
    assert method == "order.cancel"
    assert (
        f"<orderCode>{no}</orderCode><orderId>W-{no}</orderId><orderType>OUT</orderType>".encode()
        in body
    )
    fulfilment = world.orders.fulfilment(no)
    assert (fulfilment.state, fulfilment.cancel) == (
        FulfilmentState.CANCELLED,
        FulfilmentCancel.ACCEPTED,
    )


def test_after_silence_it_is_asked_by_the_query_of_the_direction(world: World) -> None:
    platform(world).loses = {"inbound.create"}
    no = purchased(world)
    world.run()
    assert [method for method, _ in platform(world).calls] == ["inbound.create", "inbound.query"]
    assert f"<request><orderCode>{no}</orderCode>".encode() in platform(world).calls[1][1]
    assert world.purchasing.purchase_order(no).wms_id == f"W-{no}"


@given(st.sampled_from([*InboundType, *OutboundType]))
def test_every_type_of_order_is_one_of_the_two(code: InboundType | OutboundType) -> None:
    spelling = connection("W1", dialect="inout").spelling
    expected = "IN" if isinstance(code, InboundType) else "OUT"
    body = write("request", {"orderType": code.value}, spelling)
    assert f"<orderType>{expected}</orderType>".encode() in body
    assert read(body, spelling=spelling).code("orderType") not in {*InboundType, *OutboundType}


# --- up


def test_something_that_came_in_is_the_purchase_order_it_names(world: World) -> None:
    no = purchased(world)
    assert "<flag>success</flag>" in told(world, "inbound.confirm", order(no, line("1", "A", 4)))
    (receipt,) = world.purchasing.receipts(no)
    assert [(each.sku, each.quantity, each.source.path) for each in receipt.lines] == [
        ("A", 4, "/request/orderLines/orderLine[1]")
    ]
    assert last(world) == ("entryorder.confirm", "ACCEPTED")
    told(world, "inbound.confirm", order(no, line("1", "A", 4)))
    assert last(world) == ("entryorder.confirm", "DUPLICATE")


def test_something_that_came_in_is_the_return_it_names(world: World) -> None:
    no = announced(world, shipped(world))
    answer = told(world, "inbound.confirm", order(no, line("1", "A", 2)))
    assert "<flag>success</flag>" in answer
    (receipt,) = world.returns.receipts(no)
    assert [(each.sku, each.quantity) for each in receipt.lines] == [("A", 2)]
    assert last(world) == ("returnorder.confirm", "ACCEPTED")


def test_something_that_came_in_without_a_number_of_ours_is_a_return_by_its_waybill(
    world: World,
) -> None:
    no = shipped(world)
    body = order("REFUSED-1", line("1", "A", 2), more="<expressCode>SF1</expressCode>")
    assert "<flag>success</flag>" in told(world, "inbound.confirm", body)
    assert last(world) == ("returnorder.confirm", "ACCEPTED")
    (event,) = [each for each in world.tables.events if each.kind == "ParcelUnclaimed"]
    assert world.returns.parcel(event.subject).fulfilment_no == no


def test_a_delivery_that_came_in_again_is_a_return_of_it(world: World) -> None:
    no = shipped(world)
    assert "<flag>success</flag>" in told(world, "inbound.confirm", order(no, line("1", "A", 2)))
    assert last(world) == ("returnorder.confirm", "ACCEPTED")


def test_something_that_nobody_announced_stands_in_suspense(world: World) -> None:
    answer = told(world, "inbound.confirm", order("NOBODYS", line("1", "A", 2)))
    assert "<flag>success</flag>" in answer
    assert last(world) == ("entryorder.confirm", "ACCEPTED")
    (event,) = [each for each in world.tables.events if each.kind == "ReceiptAccepted"]
    assert world.purchasing.receipt(event.subject).announced_as == "NOBODYS"


def test_something_that_went_out_is_the_delivery_it_names_with_its_parcels(world: World) -> None:
    no = sent(world)
    body = order(no, line("1", "A", 2), kind="OUT", packages=package("SF1", "A", 2))
    assert "<flag>success</flag>" in told(world, "outbound.confirm", body)
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [(each.sku, each.quantity, each.source.path) for each in shipment.lines] == [
        ("A", 2, "/request/orderLines/orderLine[1]")
    ]
    assert [(each.waybill, each.carrier_code) for each in shipment.parcels] == [("SF1", "SF")]
    assert last(world) == ("deliveryorder.confirm", "ACCEPTED")


@pytest.mark.parametrize(
    ("method", "code"), [("outbound.confirm", "NOBODYS"), ("inbound.confirm", "PO261122000000017")]
)
def test_a_number_that_nobody_knows_is_refused(world: World, method: str, code: str) -> None:
    answer = told(world, method, order(code, line("1", "A", 2)))
    assert "<code>unknown_order</code>" in answer
    assert "<message>/request/order/orderCode: there is no such order" in answer


def test_another_tenants_document_is_as_unknown_as_none(world: World) -> None:
    bought, delivered = purchased(world), sent(world)
    before = world.documents()
    for method, code in (
        ("inbound.confirm", bought),
        ("outbound.confirm", bought),
        ("outbound.confirm", delivered),
    ):
        answer = told(world, method, order(code, line("1", "A", 2)), wms="W2")
        assert "<code>unknown_order</code>" in answer
        assert "/request/order/orderCode: there is no such order" in answer
    assert world.documents() == before


def test_the_type_tells_nothing_and_the_name_the_direction_only(world: World) -> None:
    no = purchased(world)
    told(world, "inbound.confirm", order(no, line("1", "A", 1), kind="OUT"))
    assert len(world.purchasing.receipts(no)) == 1
    answer = told(world, "outbound.confirm", order(no, line("1", "A", 1)))
    assert "<code>unknown_order</code>" in answer


def test_what_cant_be_read_is_said_in_its_words_and_listed_under_its_name(world: World) -> None:
    assert "<code>malformed_xml</code>" in told(world, "inbound.confirm", "<request>")
    assert last(world) == ("inbound.confirm", "REFUSED")
    no = purchased(world)
    answer = told(world, "inbound.confirm", order(no, line("1", "A", 1).replace(">1<", ">x<")))
    assert "/request/orderLines/orderLine[1]/actualQty" in answer
    assert last(world) == ("entryorder.confirm", "REFUSED")
    answer = told(world, "inbound.confirm", "<request><orderLines/></request>")
    assert "<message>/request/order: the element is missing" in answer
    answer = told(world, "inbound.create", "<request/>")
    assert "<code>unknown_method</code>" in answer


def test_the_protocols_own_words_are_understood_too(world: World) -> None:
    no = purchased(world)
    body = order(no, line("1", "A", 4)).replace("order>", "entryOrder>")
    body = body.replace("orderCode>", "entryOrderCode>")
    told(world, "taobao.qimen.entryorder.confirm", body)
    assert len(world.purchasing.receipts(no)) == 1


def test_a_step_needs_no_telling(world: World) -> None:
    no = sent(world)
    body = (
        f"<request><order><orderCode>{no}</orderCode><orderType>OUT</orderType></order>"
        "<process><processStatus>PACKAGE</processStatus></process></request>"
    )
    told(world, "orderprocess.report", body)
    assert world.orders.fulfilment(no).state is FulfilmentState.PACKED


# --- changes of stock


@pytest.mark.parametrize(("kind", "quantity"), [("IN", 3), ("OUT", -3)])
def test_a_change_without_a_document_is_in_suspense_with_its_sign(
    world: World, kind: str, quantity: int
) -> None:
    told(world, "stockchange.report", change(item(kind, "3")))
    ((found, _, pieces, _),) = moved(world)
    assert (found, pieces) == ("SUSPENSE", quantity)
    assert world.cases() == ["unclassified_movement"]


def test_a_change_is_what_our_document_of_its_number_is(world: World) -> None:
    bought, delivered = purchased(world), sent(world)
    body = change(item("", "3", order=bought), item("OUT", "1", order=delivered))
    assert "<flag>success</flag>" in told(world, "stockchange.report", body)
    assert [(kind, pieces) for kind, _, pieces, _ in moved(world)] == [
        ("RECEIPT", 3),
        ("SHIPMENT", -1),
    ]
    assert world.cases() == []


def test_a_change_that_goes_the_other_way_isnt_explained_by_the_document(world: World) -> None:
    told(world, "stockchange.report", change(item("IN", "1", order=sent(world))))
    ((kind, _, pieces, _),) = moved(world)
    assert (kind, pieces) == ("SUSPENSE", 1)


def test_another_tenants_document_tells_nothing_about_a_change(world: World) -> None:
    no = purchased(world)
    body = change(item("IN", "1", order=no)).replace("WH1", "WH2")
    told(world, "stockchange.report", body, wms="W2")
    ((kind, _, _, _),) = moved(world)
    assert kind == "SUSPENSE"


def test_a_change_with_neither_sign_nor_type_nor_document_is_refused(world: World) -> None:
    answer = told(world, "stockchange.report", change(item("", "1")))
    assert "<code>unknown_direction</code>" in answer


# --- set up, listed


def test_a_connection_may_name_it() -> None:
    check(connection("W1", dialect="inout"))
    assert all("assumed" in text for text in INOUT.unverified[:1])


def test_rows_of_a_message_are_in_its_words_or_in_ours() -> None:
    body = order("PO1", line("1", "A", 4)).encode()
    assert content_rows(body).header.fields["order/orderCode"] == "PO1"
    spelling = connection("W1", dialect="inout").spelling_in("entryorder.confirm")
    ours = content_rows(body, spelling=spelling).header.fields
    assert ours["entryOrder/entryOrderCode"] == "PO1"
    assert ours["entryOrder/orderType"] == "RK"
