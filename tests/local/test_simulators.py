"""The simulators, driven over HTTP as the application and its tests drive them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from local.simulators.erp import receiver
from local.simulators.server import Server
from local.simulators.store import Store
from local.simulators.wms import qimen
from local.simulators.wms.simulator import build
from tests.local.simulator_peers import (
    CALLBACK_SECRET,
    CANCEL,
    ENTRY,
    ITEM,
    SECRET,
    Oms,
    Wms,
    md5_sign,
    said,
    settings,
)

ROOT = Path(__file__).parents[2]
KEY = b"k" * 24


@pytest.fixture
def oms() -> Iterator[Oms]:
    oms = Oms()
    yield oms
    oms.server.stop()


@pytest.fixture
def wms(oms: Oms, tmp_path: Path) -> Iterator[Wms]:
    server = Server(build([settings(oms)], tmp_path))
    server.start()
    yield Wms(server.url)
    server.stop()


def test_a_wrong_signature_is_answered_with_its_reason(wms: Wms) -> None:
    answer = wms.call("singleitem.synchronize", ITEM.format(code="A"), sign="0" * 32)
    assert said(answer) == ("failure", "签名错误: sign 与密钥、参数、报文不符")
    assert wms.control("GET", "items")["items"] == []


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5", "1C0A367CD80631CCC16103ECD05A1C18"),
        ("hmac", "3EE8C4A618C3FCE477A93AE54764541B"),
        ("hmac-sha256", "379603D7153BADA2E64D15D2D145BB0ECB08DF648DF4DBE40DAE55F31BEADC73"),
    ],
)
def test_a_signature_is_the_one_computed_by_hand(method: str, expected: str) -> None:
    query = "app_key=10000001&customerId=c1000000001&format=xml&method=entryorder.confirm"
    query += "&sign_method=md5&timestamp=2026-11-22+09:30:00&v=2.0"
    body = '<?xml version="1.0" encoding="utf-8"?><request><entryOrder><entryOrderCode>PO1'
    body += "</entryOrderCode><remark>收货 &amp; 质检</remark></entryOrder></request>"
    assert qimen.sign(SECRET, parse_qsl(query), body.encode(), method) == expected


def test_an_item_gets_the_same_id_at_every_repeat(wms: Wms) -> None:
    assert wms.prepared() == wms.prepared() == "WH1-SKU00000001"


def test_an_order_locks_stock_once_and_its_repeat_is_refused(wms: Wms) -> None:
    item_id = wms.prepared()
    assert wms.create("D1", item_id).findtext("flag") == "success"
    assert said(wms.create("D1", item_id)) == ("failure", "订单已存在: D1")
    assert wms.stock() == [("ZP", 17, 3)]
    criteria = "<criteriaList><criteria><itemCode>A</itemCode></criteria></criteriaList>"
    item = wms.call("inventory.query", f"<request>{criteria}</request>").find("items/item")
    assert item is not None
    assert (item.findtext("quantity"), item.findtext("lockQuantity")) == ("17", "3")


@pytest.mark.parametrize(
    ("total", "item_id", "message"),
    [
        (
            "30.00",
            None,
            "totalAmount 30.00 ≠ itemAmount 30.00 - discountAmount 5.00 + freight 6.00",
        ),
        ("31.00", "another", "itemId 不符: A 应为 WH1-SKU00000001"),
        ("31.00", "", "缺少必填字段: request/orderLines/orderLine[1]/itemId"),
    ],
)
def test_a_faulty_order_is_refused_and_locks_nothing(
    wms: Wms, total: str, item_id: str | None, message: str
) -> None:
    known = wms.prepared()
    answer = wms.create("D1", known if item_id is None else item_id, total)
    assert said(answer) == ("failure", message)
    assert wms.stock() == [("ZP", 20, 0)]


def test_a_shipment_is_reported_signed_and_leaves_the_stock(wms: Wms, oms: Oms) -> None:
    wms.create("D1", wms.prepared())
    first = {"confirm_type": 1, "packages": [{"items": [{"item": "A", "quantity": 1}]}]}
    assert wms.control("POST", "orders/D1/confirm", first)["flag"] == "success"
    assert wms.control("GET", "orders/D1")["status"] == "PARTDELIVERED"
    last = wms.control("POST", "orders/D1/confirm", {"packages": [{"express_code": "SF9"}]})
    assert (last["flag"], wms.stock()) == ("success", [("ZP", 17, 0)])
    request = oms.requests[-1]
    parameters = dict(parse_qsl(request.raw_query))
    assert parameters["sign"] == md5_sign(CALLBACK_SECRET, parameters, request.body)
    assert (parameters["method"], parameters["t"]) == ("deliveryorder.confirm", "demo")
    sent = ElementTree.fromstring(request.body)
    assert sent.findtext("packages/package/expressCode") == "SF9"
    assert sent.findtext("orderLines/orderLine/actualQty") == "2"
    assert sent.findtext("orderLines/orderLine/orderSourceCode") == "T1"


def test_a_receipt_of_good_and_damaged_goods_is_booked_by_batch(wms: Wms, oms: Oms) -> None:
    wms.call("entryorder.create", ENTRY.format(code="E1", item_id=wms.prepared(0)))
    lines = [
        {"item": "A", "line_no": "1", "batches": [{"batch_code": "B1", "quantity": 8}]},
        {"item": "A", "line_no": "1", "inventory_type": "CC", "quantity": 2},
    ]
    answer = wms.control("POST", "entryorders/E1/confirm", {"confirm_type": 0, "lines": lines})
    assert (answer["flag"], answer["status"]) == ("success", 200)
    assert wms.stock() == [("CC", 2, 0), ("ZP", 0, 0), ("ZP", 8, 0)]
    sent = ElementTree.fromstring(oms.requests[-1].body)
    assert sent.findtext("entryOrder/status") == "FULFILLED"
    assert sent.findtext("orderLines/orderLine/batchs/batch/actualQty") == "8"


def test_a_cancel_frees_the_stock_unless_the_policy_refuses_or_it_has_shipped(wms: Wms) -> None:
    item_id = wms.prepared()
    for code in ("D1", "D2", "D3"):
        wms.create(code, item_id)
    wms.control("POST", "orders/D2/cancel_policy", {"accept": False, "message": "已拣货"})
    wms.control("POST", "orders/D3/confirm", {})
    answers = [
        said(wms.call("order.cancel", CANCEL.format(code=code))) for code in ("D1", "D2", "D3")
    ]
    assert answers == [
        ("success", "成功"),
        ("failure", "已拣货"),
        ("failure", "订单已发货, 不能取消: D3"),
    ]
    assert wms.stock() == [("ZP", 14, 3)]


def test_a_timeout_takes_effect_and_gives_no_answer(wms: Wms) -> None:
    item_id = wms.prepared()
    behaviour = {"warehouse": "WH1", "method": "deliveryorder.create", "mode": "timeout"}
    wms.control("POST", "behaviour", behaviour | {"seconds": 0.05, "times": 1})
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError)):
        wms.create("D1", item_id)
    assert said(wms.create("D1", item_id)) == ("failure", "订单已存在: D1")


def test_a_dropped_or_failed_request_has_no_effect(wms: Wms) -> None:
    item_id = wms.prepared()
    wms.control("POST", "behaviour", {"mode": "drop_before", "times": 1})
    wms.control("POST", "behaviour", {"mode": "fail", "message": "忙", "times": 1})
    wms.control("POST", "behaviour", {"mode": "down", "times": 1})
    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError)):
        wms.create("D1", item_id)
    assert said(wms.create("D1", item_id)) == ("failure", "忙")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        wms.create("D1", item_id)
    assert wms.stock() == [("ZP", 20, 0)]
    found = wms.control("GET", "messages?direction=in&code=D1&method=deliveryorder.create")
    assert [each["outcome"] for each in found["messages"]] == ["drop_before", "failure", "down"]


def test_a_planted_difference_is_silent_and_a_stock_change_is_told(wms: Wms, oms: Oms) -> None:
    wms.prepared()
    change = {"items": [{"item": "A", "quantity": -2}]}
    wms.control("POST", "stockchange", change | {"silent": True})
    assert (oms.requests, wms.stock()) == ([], [("ZP", 18, 0)])
    wms.control("POST", "stockchange", change)
    assert wms.stock() == [("ZP", 16, 0)]
    assert ElementTree.fromstring(oms.requests[0].body).findtext("items/item/quantity") == "-2"


def test_raw_bytes_are_sent_untouched_and_kept(wms: Wms, oms: Oms) -> None:
    body = "<request>货</request>".encode("gbk")
    raw = {"method": "entryorder.confirm", "body": base64.b64encode(body).decode(), "sign": "bad"}
    answer = wms.control("POST", "send_raw", raw | {"query": {"v": "3.0", "customerId": None}})
    parameters = dict(parse_qsl(oms.requests[0].raw_query))
    assert oms.requests[0].body == body
    assert parameters["sign"] != md5_sign(CALLBACK_SECRET, parameters, body)
    assert (parameters["v"], "customerId" in parameters) == ("3.0", False)
    with urllib.request.urlopen(f"{wms.url}/_sim/messages/{answer['n']}/raw") as kept:
        assert kept.read() == body


def test_an_automatic_warehouse_ships_by_itself_and_repeats_what_was_refused(
    wms: Wms, oms: Oms
) -> None:
    oms.flags = ["success", "failure"]
    wms.control("POST", "auto", {"enabled": True, "step_seconds": 0.05, "receive_seconds": 0.05})
    wms.create("D1", wms.prepared())
    deadline = time.monotonic() + 20
    while wms.control("GET", "orders/D1")["status"] != "DELIVERED" or len(oms.requests) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bodies = [ElementTree.fromstring(request.body) for request in oms.requests]
    steps = [body.findtext("process/processStatus") for body in bodies]
    assert steps == ["ACCEPT", "PICK", "PICK", "PACKAGE", None]


def test_a_second_run_continues_on_the_kept_state(oms: Oms, tmp_path: Path) -> None:
    for flag in ("success", "failure"):
        server = Server(build([settings(oms)], tmp_path))
        server.start()
        wms = Wms(server.url)
        assert wms.create("D1", wms.prepared()).findtext("flag") == flag
        server.stop()


def test_the_upstream_receiver_takes_each_webhook_once(tmp_path: Path) -> None:
    server = Server(receiver.build(f"whsec_{base64.b64encode(KEY).decode()}", tmp_path))
    server.start()

    def post(identity: str, body: bytes, key: bytes = KEY) -> int:
        now = str(int(time.time()))
        digest = hmac.new(key, f"{identity}.{now}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,bm90IHRoaXM= v1,{base64.b64encode(digest).decode()}"
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = dict(zip(names, (identity, now, signature), strict=True))
        request = urllib.request.Request(f"{server.url}/stock", body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    body = b'{"type": "stock.changed", "sku": "A"}'
    statuses = [post("m1", body), post("m1", body), post("m1", b"{}"), post("m2", body, b"x")]
    assert statuses == [200, 200, 409, 401]
    kept = Wms(server.url).control("GET", "webhooks")["webhooks"]
    assert [(each["webhook_id"], each["body"]["sku"]) for each in kept] == [("m1", "A")]
    server.stop()


def test_a_process_prints_its_port_and_ends_on_sigterm_and_a_busy_port_exits_2(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "local.simulators.erp", "--secret", "whsec_a2V5"]
    first = [*command, "--port", "0", "--state", str(tmp_path / "1")]
    with subprocess.Popen(first, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        second = [*command, "--port", str(ready["port"]), "--state", str(tmp_path / "2")]
        busy = subprocess.run(second, cwd=ROOT, capture_output=True, text=True, check=False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert (busy.returncode, busy.stderr.count("\n")) == (2, 1)
    assert busy.stderr.startswith(f"Port {ready['port']} on 127.0.0.1 is already in use")


def test_what_fails_inside_a_transaction_is_undone_by_itself(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.transaction():
        store.put("kind", "peer", "kept", {})
        with pytest.raises(RuntimeError), store.transaction():
            store.put("kind", "peer", "undone", {})
            raise RuntimeError
        store.put("kind", "peer", "after", {})
    with pytest.raises(RuntimeError), store.transaction():
        with store.transaction():
            store.put("kind", "peer", "with the outermost", {})
        raise RuntimeError
    assert [code for code, _ in store.documents("kind", "peer")] == ["after", "kept"]
    store.close()
