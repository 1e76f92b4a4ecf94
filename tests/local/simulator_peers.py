"""The peers of the simulators in their tests: an OMS that takes what the warehouse reports, and a
caller of the warehouse that signs by its own code."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from local.simulators.server import Application, Request, Response, Server
from local.simulators.wms.settings import WarehouseSettings

SECRET, CALLBACK_SECRET = "oms-demo-secret-0123456789", "callback-secret"
ITEM = """<request><actionType>add</actionType><warehouseCode>WH1</warehouseCode>
<ownerCode>O1</ownerCode><item><itemCode>{code}</itemCode><itemName>茶杯</itemName>
<barCode>690{code}</barCode><itemType>ZC</itemType></item></request>"""
PERSON = """<name>张三</name><mobile>13900000000</mobile><province>上海</province>
<city>上海市</city><detailAddress>世纪大道 1 号</detailAddress>"""
ORDER = """<request><deliveryOrder><deliveryOrderCode>{code}</deliveryOrderCode>
<orderType>JYCK</orderType><warehouseCode>WH1</warehouseCode>
<createTime>2026-11-22 09:30:00</createTime><placeOrderTime>2026-11-22 09:20:00</placeOrderTime>
<operateTime>2026-11-22 09:30:00</operateTime><shopNick>店</shopNick>
<logisticsCode>SF</logisticsCode><sourcePlatformCode>TB</sourcePlatformCode>
<totalAmount>{total}</totalAmount><itemAmount>30.00</itemAmount>
<discountAmount>5.00</discountAmount><freight>6.00</freight><gotAmount>{total}</gotAmount>
<senderInfo>{person}</senderInfo><receiverInfo>{person}</receiverInfo></deliveryOrder>
<orderLines><orderLine><orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode>
<sourceOrderCode>T1</sourceOrderCode><itemCode>A</itemCode><itemId>{item_id}</itemId>
<planQty>3</planQty><actualPrice>8.33</actualPrice></orderLine></orderLines></request>"""
ENTRY = """<request><entryOrder><entryOrderCode>{code}</entryOrderCode><ownerCode>O1</ownerCode>
<warehouseCode>WH1</warehouseCode><orderType>CGRK</orderType>
<purchaseOrderCode>P1</purchaseOrderCode></entryOrder><orderLines><orderLine>
<orderLineNo>1</orderLineNo><ownerCode>O1</ownerCode><itemCode>A</itemCode>
<itemId>{item_id}</itemId><planQty>10</planQty></orderLine></orderLines></request>"""
CANCEL = """<request><warehouseCode>WH1</warehouseCode><orderCode>{code}</orderCode></request>"""


def md5_sign(secret: str, parameters: dict[str, str], body: bytes) -> str:
    text = "".join(name + parameters[name] for name in sorted(parameters) if name != "sign")
    whole = (secret + text).encode() + body + secret.encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()


class Oms:
    """The side the warehouse reports to: keeps what comes, answers success."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.flags: list[str] = []
        application = Application("oms")
        application.otherwise(self._take)
        self.server = Server(application)
        self.server.start()

    def _take(self, request: Request) -> Response:
        self.requests.append(request)
        flag = self.flags.pop(0) if self.flags else "success"
        body = f"<response><flag>{flag}</flag><code>0</code><message/></response>".encode()
        return Response(body=body, content_type="text/xml")


class Wms:
    """A caller of the warehouse simulator, signing by its own code."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, text: str, **overrides: str) -> ElementTree.Element:
        body = text.encode()
        china = datetime.now(UTC).astimezone(timezone(timedelta(hours=8)))
        parameters = {
            "method": f"taobao.qimen.{method}",
            "timestamp": f"{china:%Y-%m-%d %H:%M:%S}",
            "format": "xml",
            "app_key": "K1",
            "v": "2.0",
            "sign_method": "md5",
            "customerId": "C1",
        }
        parameters["sign"] = md5_sign(SECRET, parameters, body)
        url = f"{self.url}/WH1/qimen?{urlencode(parameters | overrides)}"
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return ElementTree.fromstring(answer.read())

    def control(self, verb: str, path: str, value: object = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", body, method=verb)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def prepared(self, stock: int = 20) -> str:
        """Item A made known, with opening stock; its id."""
        self.control("PUT", "stock", {"item": "A", "inventory_type": "ZP", "quantity": stock})
        return self.call("singleitem.synchronize", ITEM.format(code="A")).findtext("itemId") or ""

    def create(self, code: str, item_id: str, total: str = "31.00") -> ElementTree.Element:
        text = ORDER.format(code=code, item_id=item_id, total=total, person=PERSON)
        return self.call("deliveryorder.create", text)

    def stock(self) -> list[tuple[str, int, int]]:
        rows = self.control("GET", "stock?warehouse=WH1&item=A")["stock"]
        return [(row["inventory_type"], row["quantity"], row["locked"]) for row in rows]


def said(answer: ElementTree.Element) -> tuple[str | None, str | None]:
    return answer.findtext("flag"), answer.findtext("message")


def settings(oms: Oms) -> WarehouseSettings:
    return WarehouseSettings(
        code="WH1",
        customer_id="C1",
        app_key="K1",
        secret=SECRET,
        callback_url=f"{oms.server.url}/callback?t=demo",
        callback_secret=CALLBACK_SECRET,
    )
