"""A shop, two warehouses, two SKUs in stock, the app in this process: what an order needs."""

from __future__ import annotations

import base64
import json
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client

from bench.courier import Courier
from bench.meter import Meter
from bench.peers import WMS, Peers
from chalicelib.aws.settings import Settings
from chalicelib.bootstrap import Container, reset
from chalicelib.catalog.model import SkuInput
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from chalicelib.movements.model import OpeningLine
from local.seeding import EAST, SHOP, SOUTH, seed
from local.simulators.application import Application, Request, Response
from local.simulators.server import Server

SKUS = ("TEE-WHITE-M", "MUG-350ML")
SETUP = Source(message_id="bench")
ADDRESSES: dict[str, Any] = {
    "tax_url": "http://tax.invalid/open/v1/services",
    "sms_url": "http://sms.invalid/",
    "upstream_url": "http://upstream.invalid/stock",
}
"""Where the peers of this process are; the host's first word is their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything runs in this process but the cloud itself."""

    oms: Container
    meter: Meter
    peers: Peers
    courier: Courier
    api: Client
    shop_secret: str

    def signed_order(self) -> tuple[dict[str, str], bytes]:
        """Headers and body of a two-line order of the demo's shop."""
        body = json.dumps(_order(uuid.uuid4().hex), ensure_ascii=False).encode()
        message_id, timestamp = f"msg_{uuid.uuid4().hex}", int(time.time())
        headers = {
            "Content-Type": "application/json",
            "oms-client": SHOP,
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(self.shop_secret, message_id, timestamp, body),
        }
        return headers, body

    def api_event(self) -> dict[str, Any]:
        """`POST /v1/orders` as API Gateway gives it to the function."""
        headers, body = self.signed_order()
        return {
            "requestContext": {
                "httpMethod": "POST",
                "resourcePath": "/v1/orders",
                "path": "/api/v1/orders",
                "identity": {"sourceIp": "127.0.0.1"},
            },
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }

    def post_order(self) -> str:
        """The order over the API; its number."""
        headers, body = self.signed_order()
        with self.meter.step("POST /v1/orders"):
            answer = self.api.http.post("/v1/orders", headers=headers, body=body)
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code} {answer.body.decode()}")
        number: str = json.loads(answer.body)["order_no"]
        return number

    def ship(self, order_no: str) -> None:
        """The warehouse picks, packs and ships the order in one parcel."""
        (fulfilment,) = self.oms.orders.fulfilments(order_no)
        for status in ("ACCEPT", "PICK", "PACKAGE"):
            self._told(f"orders/{fulfilment.no}/process", status=status)
        self._told(f"orders/{fulfilment.no}/confirm", confirm_type=0)

    def _told(self, path: str, **body: Any) -> None:
        said = self.peers.tell("POST", path, warehouse=EAST, **body)
        if said["flag"] != "success":
            raise RuntimeError(f"{path}: {said}")


@contextmanager
def world(settings: Settings) -> Iterator[World]:
    """Sets everything up on a cloud that has its tables, bucket, queues and key."""
    from app import app

    meter = Meter()
    peers = Peers(meter)
    oms = Container(replace(settings, **ADDRESSES), http=peers, count_capacity=meter.capacity)
    reset(oms)
    with Client(app) as api, tempfile.TemporaryDirectory(prefix="oms-bench-") as folder:
        server = Server(_callbacks(api, meter))
        server.start()
        try:
            seeded = seed(oms, urls={"wms": WMS}, api_url=server.url)
            peers.start(seeded, Path(folder))
            made = World(
                oms=oms,
                meter=meter,
                peers=peers,
                courier=Courier(oms, meter),
                api=api,
                shop_secret=seeded.client_secrets[SHOP],
            )
            _stock(made)
            meter.watch(oms.clients)
            meter.taken()
            yield made
        finally:
            peers.stop()
            server.stop()
            reset()


def _callbacks(api: Client, meter: Meter) -> Application:
    """The address that the WMS calls back: the app's own route."""
    application = Application("oms")

    def take(request: Request) -> Response:
        method = dict(request.query).get("method", "")
        with meter.step(f"POST /wms {method}"):
            answer = api.http.post(
                f"{request.path}?{urlencode(request.query)}",
                headers=request.headers,
                body=request.body,
            )
        return Response(status=answer.status_code, body=answer.body, content_type="text/xml")

    application.otherwise(take)
    return application


def _stock(made: World) -> None:
    oms = made.oms
    inputs = [
        SkuInput(
            id=f"pim-{code}",
            code=code,
            owner="DEMO",
            name=name,
            barcode=f"69000000000{position}1",
            tax_rate_percent=13,
            tax_code="1040201010000000000",
            weight_grams=250,
        )
        for position, (code, name) in enumerate(
            zip(SKUS, ("白色圆领T恤 M", "马克杯 350ml"), strict=True)
        )
    ]
    oms.catalog.put_skus("PIM", inputs, SETUP)
    made.courier.run()
    for code in SKUS:
        made.peers.tell("PUT", "stock", warehouse=EAST, item=code, quantity=10_000)
    lines = [OpeningLine(sku=code, quantity=10_000, value=25_000_000) for code in SKUS]
    oms.openings.draft(warehouse=EAST, lines=lines, source=SETUP)
    oms.openings.draft(warehouse=SOUTH, lines=[], source=SETUP)
    for code in (EAST, SOUTH):
        oms.openings.check(code)
        oms.openings.close(code)
    made.courier.run()
    if not all(warehouse.stock_open for warehouse in oms.catalog.warehouses()):
        raise RuntimeError("the warehouses didn't open")


def _order(name: str) -> dict[str, Any]:
    def line(number: int, sku: str, quantity: int, price: str) -> dict[str, Any]:
        return {
            "channel_line_id": f"{name[:12]}-{number}",
            "sku": sku,
            "quantity": quantity,
            "unit_price": price,
            "discount": "3.00",
        }

    return {
        "channel_order_id": name,
        "currency": "CNY",
        "placed_at": "2026-11-22T09:30:00+08:00",
        "paid_at": "2026-11-22T09:31:05+08:00",
        "lines": [line(1, SKUS[0], 3, "59.00"), line(2, SKUS[1], 2, "35.50")],
        "order_discount": "10.00",
        "freight": "6.00",
        "payable": "238.00",
        "receiver": {
            "name": "张小明",
            "mobile": "13900001234",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 969 号 3 幢 502 室",
        },
        "buyer": {"nick": "bench-buyer", "remark": "请用黑色袋子，谢谢"},
        "invoice": {"kind": "PERSON", "title": "张小明"},
    }
