"""A stage on moto with something on it, and the command line to look at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from typer.testing import CliRunner, Result

from chalicelib import bootstrap
from chalicelib.bootstrap import Container
from chalicelib.catalog.model import SkuInput, SupplierInput
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import HttpHead, Outcome
from chalicelib.orders.intake import parse_order
from chalicelib.orders.model import Parcel, Shipment, ShipmentLine, shipment_id
from chalicelib.purchasing.model import (
    PurchaseLineInput,
    PurchaseOrderInput,
    Receipt,
    ReceiptLine,
)
from chalicelib.stock.model import OPENING, Kind, Movement, warehouse
from local.cli.application import app
from local.seeding import seed
from tests.cloud.site import free_ports
from tests.fakes.cloud import moto_cloud
from tests.fakes.kernel import CountingIds

TEE = "TEE-WHITE-M"
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
TOKEN = Source(message_id="token:demo")

RECEIVED_XML = """<?xml version="1.0" encoding="GBK"?>
<request>
  <entryOrder><entryOrderCode>PO</entryOrderCode><operatorName>李雷</operatorName></entryOrder>
  <orderLines>
    <orderLine><itemCode>OTHER</itemCode><actualQty>1</actualQty></orderLine>
    <orderLine><itemCode>TEE-WHITE-M</itemCode><itemName>白色圆领 T 恤</itemName>
      <actualQty>5</actualQty><remark>韩梅梅签收</remark></orderLine>
  </orderLines>
</request>""".encode("gbk")

SHIPPED_XML = """<?xml version="1.0" encoding="UTF-8"?>
<request><deliveryOrder><receiverInfo><name>张三</name><mobile>13800000000</mobile></receiverInfo>
</deliveryOrder><orderLines><orderLine><itemCode>TEE-WHITE-M</itemCode><actualQty>2</actualQty>
</orderLine></orderLines></request>""".encode()

ORDER = {
    "channel_order_id": "6712345678901234567",
    "currency": "CNY",
    "placed_at": "2026-11-22T09:30:00+08:00",
    "paid_at": "2026-11-22T09:31:05+08:00",
    "lines": [{"channel_line_id": "L1", "sku": TEE, "quantity": 2, "unit_price": "59.00"}],
    "payable": "118.00",
    "receiver": {
        "name": "张三",
        "mobile": "13800000000",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "address": "文一西路 1 号",
    },
}


class Stage:
    """The container, and the command line on it."""

    def __init__(self, oms: Container) -> None:
        self.oms = oms
        # Nobody serves it, also where the demo's own warehouses are up beside the tests.
        (port,) = free_ports(1)
        self.seeded = seed(oms, urls={"wms": f"http://127.0.0.1:{port}"}, api_url="http://api")

    # --- the command line

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """What a command says; it has to succeed."""
        result = self.run(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str, stdin: str | None = None) -> Any:
        """The one JSON document that a command answers with."""
        return json.loads(self.done(*arguments, "--json", stdin=stdin))

    # --- what is on the stage

    def message(self, body: bytes, *, method: str, document: str, peer: str = "wms:WH-EAST") -> str:
        """An accepted message in the log; its id."""
        head = HttpHead(verb="POST", url="/wms/WH-EAST/qimen", headers={})
        message = self.oms.messages.receive(head, body, peer=peer, method=method)
        self.oms.messages.record(replace(message, outcome=Outcome.ACCEPTED, documents=(document,)))
        return message.id

    def master_data(self) -> None:
        sku = SkuInput(
            id="P-1", code=TEE, owner="DEMO", name="T 恤", barcode="69", tax_rate_percent=13
        )
        self.oms.catalog.put_skus("pim-demo", [sku], TOKEN)
        supplier = SupplierInput(id="S-1", code="SUP1", name="示例供应商")
        self.oms.catalog.put_suppliers("pim-demo", [supplier], TOKEN)

    def purchased(self) -> tuple[str, str, str]:
        """5 pieces at 25.3333 received in WH-EAST and costed: purchase order, receipt, message."""
        self.master_data()
        line = PurchaseLineInput(line_no=1, sku=TEE, quantity=5, price=253_333, tax_rate_percent=13)
        given = PurchaseOrderInput(
            id="P-1", supplier="SUP1", warehouse="WH-EAST", owner="DEMO", currency="CNY",
            lines=(line,),
        )  # fmt: skip
        order, _ = self.oms.purchasing.accept("erp-purchasing", given, TOKEN)
        message_id = self.message(RECEIVED_XML, method="entryorder.confirm", document=order.no)
        receipt = self.oms.purchasing.receipt_number()
        path = "/request/orderLines/orderLine[2]"
        arrived = ReceiptLine(
            line_no=1,
            sku=TEE,
            quantity=5,
            source=Source(message_id=message_id, path=path),
            purchase_line_no=1,
        )
        plan = self.oms.purchasing.plan_receipt(
            Receipt(
                id=receipt,
                purchase_order=order.no,
                warehouse="WH-EAST",
                lines=(arrived,),
                final=True,
                out_biz_code="B1",
                occurred_at=AT,
                posting_date=DAY,
                message_id=message_id,
            )
        )
        self.oms.tables.commit(plan)
        self.oms.purchasing.post_receipt(receipt)
        self.oms.costs.cost_pools([f"WH-EAST/{TEE}"])
        return order.no, receipt, message_id

    def opened(self, pieces: int = 10) -> None:
        """Opening stock that a person typed in, 20.00 a piece, and a warehouse that ships."""
        self.master_data()
        posting = self.oms.stock.plan_post(
            document="OPENING-WH-EAST",
            movements=[
                Movement(
                    line="1",
                    kind=Kind.OPENING,
                    warehouse="WH-EAST",
                    sku=TEE,
                    bucket=self.oms.catalog.sku(TEE).bucket,
                    quantity=pieces,
                    from_location=OPENING,
                    to_location=warehouse("WH-EAST"),
                    occurred_at=AT,
                    source=TOKEN,
                    given_value=2000 * pieces,
                )
            ],
            posting_date=DAY,
        )
        self.oms.tables.commit(posting.writes + self.oms.catalog.plan_open("WH-EAST", None))
        self.oms.costs.cost_pools([f"WH-EAST/{TEE}"])

    def shipped(self) -> tuple[str, str, str]:
        """An order of 2 pieces, shipped and costed: order, shipment, message."""
        self.opened()
        body = json.dumps(ORDER, ensure_ascii=False).encode()
        asked = self.message(body, method="orders", document="?", peer="client:shop-demo")
        placed, _ = self.oms.orders.place(
            parse_order(body), shop="shop-demo", message=Source(message_id=asked)
        )
        self.oms.orders.route(placed.no)
        (fulfilment,) = self.oms.orders.fulfilments(placed.no)
        self.oms.tables.commit(self.oms.orders.plan_dispatching(fulfilment.no))
        accepted = Source(message_id="MSG-A", path="/response")
        self.oms.tables.commit(
            self.oms.orders.plan_accepted(fulfilment.no, "W-1", source=accepted, at=AT)
        )
        told = self.message(SHIPPED_XML, method="deliveryorder.confirm", document=fulfilment.no)
        source = Source(message_id=told, path="/request/orderLines/orderLine[1]")
        shipment = Shipment(
            id=shipment_id(fulfilment.no, "B1"),
            fulfilment_no=fulfilment.no,
            order_no=placed.no,
            warehouse="WH-EAST",
            parcels=(
                Parcel(
                    no="PK1",
                    waybill="SF1",
                    carrier_code="SF",
                    carrier_name="顺丰",
                    weight_grams=300,
                    items=((TEE, 2),),
                    source=source,
                ),
            ),
            lines=(
                ShipmentLine(
                    fulfilment_line_no=1,
                    sku=TEE,
                    quantity=2,
                    inventory_type="ZP",
                    batch="",
                    source=source,
                ),
            ),
            final=True,
            occurred_at=AT,
            posting_date=DAY,
            message_id=told,
        )
        self.oms.tables.commit(self.oms.orders.plan_shipment(shipment))
        self.oms.orders.post_shipment(shipment.id)
        self.oms.costs.cost_pools([f"WH-EAST/{TEE}"])
        return placed.no, shipment.id, told


def said(result: Result) -> str:
    """What stands on stderr, without the frame around it and its line breaks; no traceback."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return " ".join(result.stderr.replace("│", " ").split())


@contextmanager
def a_stage(monkeypatch: Any) -> Iterator[Stage]:
    """A fresh stage that the command line finds in the environment."""
    with moto_cloud() as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        oms = Container(cloud.settings, clock=cloud.clock, ids=CountingIds())
        bootstrap.reset(oms)
        try:
            yield Stage(oms)
        finally:
            bootstrap.reset()
