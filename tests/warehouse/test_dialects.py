"""Warehouse systems that speak otherwise: Wangdiantong's, and one made up here to show that a third
dialect is a table and nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.kernel.http import HttpAnswer
from chalicelib.messages.model import HttpHead
from chalicelib.orders.states import FulfilmentState
from chalicelib.warehouse.dialect import Dialect, Quantities
from chalicelib.warehouse.dialects import DIALECTS
from chalicelib.warehouse.signing import SignForm, SignRule
from tests.warehouse.test_callbacks import line, sent
from tests.warehouse.world import World, approved, connection, reserved, supplier_changed

HARBOUR = Dialect(
    name="harbour",
    title="Harbour, made up for this test",
    sign=SignRule(
        after=False,
        form=SignForm.LOWER_HEX,
        names={"customerId": "customerid", "sign_method": "", "v": ""},
    ),
    prefix="",
    methods={"deliveryorder.create": "outbound.add", "deliveryorder.confirm": "outbound.done"},
    elements={
        "deliveryOrder": "outbound",
        "deliveryOrderCode": "outboundNo",
        "orderLines": "rows",
        "orderLine": "row",
        "itemCode": "goodsNo",
        "response/message": "text",
    },
    elements_of={"entryorder": {"entryOrderCode": "no"}},
    codes={"orderType": {"SALE": "JYCK"}},
    reduced={"orderType": {"HHCK": "FREE", "BFCK": "FREE"}},
    declaration=False,
    zone="+09:00",
)
SECRET = b"secret of W1"


def oracle(query: list[tuple[str, str]], body: bytes, secret: bytes) -> str:
    """Harbour's sign, by its own rule: lower-case hex, the secret in front only."""
    pairs = sorted((name, value) for name, value in query if name != "sign")
    text = "".join(name + value for name, value in pairs).encode()
    return hashlib.md5(secret + text + body).hexdigest()


class Harbour:
    """A WMS that speaks Harbour's words, read here by eye."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []

    def send(self, method: str, url: str, **options: Any) -> HttpAnswer:
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        named, body = dict(query), options["body"]
        assert named["sign"] == oracle(query, body, SECRET)
        self.calls.append((named, body))
        answer = b"<response><flag>success</flag><code>0</code><text>taken</text></response>"
        return HttpAnswer(status=200, headers={}, body=answer)


@pytest.fixture
def harbour(monkeypatch: pytest.MonkeyPatch) -> tuple[World, Harbour]:
    monkeypatch.setitem(DIALECTS, HARBOUR.name, HARBOUR)
    peer = Harbour()
    world = World(http=peer)
    for code in ("W1", "W2"):
        known = connection(code, dialect="harbour", secret="W1", callback_secret="W1")
        world.service.put_connection(known)
    for sku in ("A", "B", "C"):
        world.handle(next(each for each in world.tables.events if each.subject == sku))
    world.run()
    peer.calls.clear()
    return world, peer


def told(world: World, method: str, body: bytes) -> bytes:
    """A callback in Harbour's words."""
    query = [
        ("method", method),
        ("timestamp", "2026-11-22 10:30:00"),
        ("format", "xml"),
        ("app_key", "app-W1"),
        ("customerid", "c-W1"),
    ]
    query.append(("sign", oracle(query, body, SECRET)))
    head = HttpHead(verb="POST", url="/wms/W1/qimen", query=tuple(query), headers={})
    return world.callbacks.receive("W1", head, body).xml


def test_a_third_dialect_is_a_table_a_delivery_goes_out_in_its_words(
    harbour: tuple[World, Harbour],
) -> None:
    world, peer = harbour
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    ((query, body),) = peer.calls
    assert query["method"] == "outbound.add"
    assert query["customerid"] == "c-W1"
    assert query["timestamp"] == "2026-11-22 10:30:00"
    assert not {"v", "sign_method", "customerId"} & set(query)
    assert body.startswith(b"<request><outbound><outboundNo>" + no.encode())
    assert b"<orderType>SALE</orderType>" in body
    assert b"<createTime>2026-11-22 10:30:00</createTime>" in body
    assert b"<rows><row>" in body
    assert b"<goodsNo>A</goodsNo>" in body
    assert world.orders.fulfilment(no).state is FulfilmentState.ACCEPTED
    (row,) = world.log.of_document(no).items
    assert (row["method"], row["code"]) == ("deliveryorder.create", "0")


def test_elements_of_one_kind_of_order_and_codes_that_stand_for_several(
    harbour: tuple[World, Harbour],
) -> None:
    world, peer = harbour
    world.service.supplier_changed(supplier_changed("SUP1"))
    world.run()
    no = world.purchase(("A", 10, 10_000))
    world.handle(approved(no))
    body = next(body for query, body in peer.calls if query["method"] == "entryorder.create")
    assert f"<no>{no}</no>".encode() in body
    spelling = connection("W1", dialect="harbour").spelling
    assert [spelling.write_code("orderType", each) for each in ("HHCK", "BFCK", "JYCK")] == [
        "FREE",
        "FREE",
        "SALE",
    ]
    assert spelling.read_code("orderType", "FREE") == "FREE"


def test_its_callback_is_booked_and_leads_back_to_its_own_elements(
    harbour: tuple[World, Harbour],
) -> None:
    world, _ = harbour
    no = world.order(("A", 2, "10.00"))
    world.handle(reserved(no))
    body = (
        f"<request><outbound><outboundNo>{no}</outboundNo><warehouseCode>WH1</warehouseCode>"
        "<orderType>SALE</orderType><confirmType>0</confirmType>"
        "<orderConfirmTime>2026-11-22 11:00:00</orderConfirmTime></outbound>"
        "<rows><row><orderLineNo>1</orderLineNo><goodsNo>A</goodsNo><actualQty>2</actualQty></row>"
        "</rows></request>"
    ).encode()
    assert told(world, "outbound.done", body) == (
        b"<response><flag>success</flag><code>0</code><text>success</text></response>"
    )
    (shipment,) = world.orders.view(no.rpartition("-")[0]).shipments
    assert [(each.sku, each.quantity, each.source.path) for each in shipment.lines] == [
        ("A", 2, "/request/rows/row[1]")
    ]
    assert shipment.occurred_at.isoformat() == "2026-11-22T02:00:00+00:00"


def test_what_is_wrong_with_its_callback_is_said_in_its_words(
    harbour: tuple[World, Harbour],
) -> None:
    world, _ = harbour
    body = b"<request><outbound><outboundNo>nobody's</outboundNo></outbound><rows/></request>"
    answer = told(world, "outbound.done", body)
    assert b"<text>/request/outbound/outboundNo: there is no such order" in answer
    body = b"<request><outbound><outboundNo>1</outboundNo></outbound><rows><row/></rows></request>"
    assert b"<text>/request/rows/row[1]/actualQty:" in told(world, "outbound.done", body)


# --- Wangdiantong


@pytest.fixture
def wangdiantong() -> World:
    world = World()
    world.service.put_connection(connection("W1", dialect="wangdiantong"))
    world.know_items()
    return world


def change(*items: str) -> str:
    return f"<request><items>{''.join(items)}</items></request>"


def item(order_type: str, quantity: str, *, quality: str = "ZP", order: str = "T1") -> str:
    return (
        f"<item><warehouseCode>WH1</warehouseCode><orderCode>{order}</orderCode>"
        f"<orderType>{order_type}</orderType><outBizCode>{order}</outBizCode>"
        f"<itemCode>A</itemCode><inventoryType>{quality}</inventoryType>"
        f"<quantity>{quantity}</quantity></item>"
    )


def moved(world: World) -> list[tuple[str, str, int, str]]:
    """Kind, inventory type, quantity and cause of what was adjusted."""
    found = [
        (row["kind"], line["inventory_type"], line["quantity"], row["cause"])
        for row in world.documents().values()
        if row.get("cause") is not None and "lines" in row
        for line in row["lines"]
    ]
    return sorted(found)


@pytest.mark.parametrize(
    ("order_type", "quantity", "expected"),
    [
        ("QTRK", "3.0000", ("OTHER_IN", "ZP", 3, "QTRK")),
        ("QTCK", "3.0000", ("OTHER_OUT", "ZP", -3, "QTCK")),
        ("QTCK", "-3", ("OTHER_OUT", "ZP", -3, "QTCK")),
        ("CGTH", "2", ("VENDOR_RETURN", "ZP", -2, "CGTH")),
    ],
)
def test_positive_quantities_get_their_direction_from_the_order_type(
    wangdiantong: World, order_type: str, quantity: str, expected: tuple[str, str, int, str]
) -> None:
    answer = wangdiantong.callback("stockchange.report", change(item(order_type, quantity)))
    assert answer.text("flag") == "success"
    assert moved(wangdiantong) == [expected]


def test_its_own_order_type_of_production_says_its_direction_too(wangdiantong: World) -> None:
    wangdiantong.callback("stockchange.report", change(item("SCCK", "4")))
    ((_, _, quantity, cause),) = moved(wangdiantong)
    assert (quantity, cause) == (-4, "SCCK")


def test_its_own_order_type_of_an_unexpected_return_is_an_unclaimed_parcel(
    wangdiantong: World,
) -> None:
    wangdiantong.callback("stockchange.report", change(item("THYRK", "4")))
    (event,) = [each for each in wangdiantong.tables.events if each.kind == "ParcelUnclaimed"]
    parcel = wangdiantong.returns.parcel(event.subject)
    assert [(each.sku, each.quantity) for each in parcel.lines] == [("A", 4)]
    assert moved(wangdiantong) == []


def test_a_change_of_quality_is_an_out_and_an_in(wangdiantong: World) -> None:
    body = change(item("QTCK", "2"), item("QTRK", "2", quality="CC"))
    wangdiantong.callback("stockchange.report", body)
    assert [(kind, quality, quantity) for kind, quality, quantity, _ in moved(wangdiantong)] == [
        ("QUALITY_MOVE", "CC", 2),
        ("QUALITY_MOVE", "ZP", -2),
    ]


@pytest.mark.parametrize("order_type", ["", "CNJG", "HOUSEKEEPING"])
def test_without_a_direction_nothing_is_booked(wangdiantong: World, order_type: str) -> None:
    raw = change(item(order_type, "4")).encode()
    head = wangdiantong.head("stockchange.report", raw, "W1")
    answer = wangdiantong.callbacks.receive("W1", head, raw).xml.decode()
    assert "<code>unknown_direction</code>" in answer
    assert "<msg>/request/items/item[1]/orderType: the quantity has no sign" in answer
    assert moved(wangdiantong) == []


def test_half_a_piece_is_refused(wangdiantong: World) -> None:
    answer = wangdiantong.callback("stockchange.report", change(item("QTRK", "0.5000")))
    assert answer.text("code") == "malformed_quantity"


def test_a_connection_may_say_single_things_otherwise(wangdiantong: World) -> None:
    signed = connection("W1", dialect="wangdiantong", stock_changes=Quantities.SIGNED)
    wangdiantong.service.put_connection(signed)
    wangdiantong.callback("stockchange.report", change(item("QTCK", "5")))
    assert moved(wangdiantong) == [("OTHER_OUT", "ZP", 5, "QTCK")]


def test_the_same_change_is_known_again_when_the_agreement_on_signs_was_changed_between(
    wangdiantong: World,
) -> None:
    body = change(item("QTCK", "5"))
    wangdiantong.callback("stockchange.report", body)
    wangdiantong.service.put_connection(connection("W1"))
    assert wangdiantong.callback("stockchange.report", body).text("flag") == "success"
    assert len(moved(wangdiantong)) == 1


def test_batches_of_a_positive_change_are_turned_too(wangdiantong: World) -> None:
    batches = "<batchs><batch><batchCode>L1</batchCode><quantity>2</quantity></batch></batchs>"
    body = change(item("QTCK", "2").replace("</item>", f"{batches}</item>"))
    wangdiantong.callback("stockchange.report", body)
    assert moved(wangdiantong) == [("OTHER_OUT", "ZP", -2, "QTCK")]


def test_its_answers_name_their_text_msg() -> None:
    world = World()
    world.service.put_connection(connection("W1", dialect="wangdiantong"))
    world.know_items()
    no = sent(world, ("A", 1, "1.00"))
    raw = f"<request><order><orderCode>{no}</orderCode></order></request>".encode()
    answered = world.callbacks.receive(
        "W1", world.head("orderprocess.report", raw, "W1", sign="0" * 32), raw
    ).xml
    assert b"<msg>sign: sign doesn't match" in answered
    assert b"message" not in answered


def test_an_answer_with_both_words_is_read(wangdiantong: World) -> None:
    body = b"<response><flag>failure</flag><message/><msg>\xe9\x87\x8d\xe5\xa4\x8d</msg></response>"
    from chalicelib.warehouse.codec.parts import read_answer, read_response

    spelling = connection("W1", dialect="wangdiantong").spelling
    assert read_answer(read_response(body, spelling)).message == "重复"


def test_a_confirm_with_four_decimals_is_read(wangdiantong: World) -> None:
    no = wangdiantong.purchase(("A", 10, 10_000))
    wangdiantong.handle(approved(no))
    body = (
        f"<request><entryOrder><entryOrderCode>{no}</entryOrderCode>"
        "<warehouseCode>WH1</warehouseCode><confirmType>1</confirmType></entryOrder><orderLines>"
        + line("1", "A", 4).replace(">4<", ">4.0000<")
        + "</orderLines></request>"
    )
    wangdiantong.callback("entryorder.confirm", body)
    (receipt,) = wangdiantong.purchasing.receipts(no)
    assert [each.quantity for each in receipt.lines] == [4]


def test_every_dialect_is_found_by_its_name() -> None:
    assert {name: each.name for name, each in DIALECTS.items()} == {
        "qimen": "qimen",
        "wangdiantong": "wangdiantong",
        "inout": "inout",
    }
