"""Invoicing with its stores in memory and the tax platform's simulator in the same process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.catalog.model import Shop
from chalicelib.invoicing.model import Invoice
from chalicelib.invoicing.platforms.nuonuo import Nuonuo, NuonuoAccount
from chalicelib.invoicing.service import Invoicing
from chalicelib.invoicing.store import InvoiceStore
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.money import apportion
from chalicelib.kernel.provenance import Source
from chalicelib.messages.exchange import Exchanges
from chalicelib.messages.service import MessageLog
from chalicelib.messages.store import MessageStore
from chalicelib.orders.model import (
    Assignment,
    Fulfilment,
    InvoiceRequest,
    Order,
    OrderLine,
    Person,
    Region,
    fulfilment_lines,
    fulfilment_no,
)
from local.simulators import tax
from local.simulators.application import JsonObject, Request
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.exchange import ApplicationHttp, FixedSecrets, Killed
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, PlainSealer, SettableClock

ORDER_NO = "2611220012345678901"
TAX_CODE = "1060201010000000000"
SELLER_TAX_NO = "91310000MA1FL00000"
PERSON = Person(
    name="张三",
    mobile="13812345678",
    province="上海",
    city="上海市",
    district="浦东新区",
    address="世纪大道1号",
)
ASKED = InvoiceRequest(kind="PERSON", has_tax_no=False)
REGION = Region(province="上海", city="上海市", district="浦东新区")


def order(
    *lines: tuple[int, int],
    discount: int = 0,
    freight: int = 0,
    request: InvoiceRequest | None = ASKED,
    tax_code: str = TAX_CODE,
) -> Order:
    """An order of (quantity, unit price) lines, apportioned as orders are."""
    goods = [quantity * price for quantity, price in lines]
    discounts = apportion(discount, goods)
    freights = apportion(freight, goods)
    return Order(
        no=ORDER_NO,
        shop="S1",
        channel="web",
        owner="O1",
        channel_order_id="c-1",
        currency="CNY",
        placed_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
        paid_at=datetime(2026, 11, 22, 1, 1, tzinfo=UTC),
        lines=tuple(
            OrderLine(
                line_no=n,
                channel_line_id=str(n),
                sku=f"SKU{n}",
                name=f"茶杯 {n}",
                quantity=quantity,
                unit_price=price,
                amount=goods[n - 1],
                discount=0,
                order_discount=discounts[n - 1],
                freight=freights[n - 1],
                payable=goods[n - 1] - discounts[n - 1],
                tax_rate_percent=13,
                tax_code=tax_code,
            )
            for n, (quantity, price) in enumerate(lines, start=1)
        ),
        goods_amount=sum(goods),
        discount=0,
        order_discount=discount,
        freight=freight,
        payable=sum(goods) - discount + freight,
        region=REGION,
        invoice_request=request,
        created_at=datetime(2026, 11, 22, 1, 2, tzinfo=UTC),
        message=Source(message_id="m-order"),
        content_digest="d",
    )


def fulfilment(
    of: Order, position: int, *units: tuple[int, int, int], confirmed: tuple[int, ...] | None = None
) -> Fulfilment:
    """A fulfilment of (line, first unit, quantity), confirmed whole unless said."""
    assignments = [
        Assignment(order_line_no=line, first_unit=first, quantity=quantity)
        for line, first, quantity in units
    ]
    return Fulfilment(
        no=fulfilment_no(of.no, position),
        order_no=of.no,
        shop=of.shop,
        owner=of.owner,
        warehouse=f"WH{position}",
        lines=fulfilment_lines(of.lines, assignments),
        created_at=of.created_at,
        confirmed=tuple(each[2] for each in units) if confirmed is None else confirmed,
    )


class World:
    """Everything around `Invoicing`; `pump` delivers its events as the queues would."""

    def __init__(self, folder: Path, *, polls: int = 2) -> None:
        self.tables = MemoryTables()
        self.clock = SettableClock()
        self.files = MemoryFiles()
        self.orders: dict[str, Order] = {}
        self.shipped: dict[str, Sequence[Fulfilment]] = {}
        self.people: dict[str, Person] = {}
        settings = tax.TaxSettings(app_key="K", secret="S", token="T", polls=polls)
        self.application = tax.build(settings, folder, now=self.clock.now)
        self.http = ApplicationHttp(self.application)
        self.delivered = 0
        self.restart()

    def restart(self) -> None:
        """A new process on the same data."""
        ids = getattr(self, "ids", None) or CountingIds()
        self.ids = ids
        log = MessageLog(
            files=self.files,
            store=MessageStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            ids=ids,
        )
        account = NuonuoAccount(
            url="http://tax.invalid/open/v1/services",
            app_key="K",
            clerk="李四",
            telephone="021-12345678",
            address="上海市",
            secret="tax",
            token="tax-token",
        )
        secrets = FixedSecrets(**{"tax": "S", "tax-token": "T"})
        self.invoicing = Invoicing(
            store=InvoiceStore(self.tables, PlainSealer()),
            transaction=self.tables,
            clock=self.clock,
            orders=self,
            shops=self,
            platform=Nuonuo(account, secrets=secrets, clock=self.clock, ids=ids),
            exchanges=Exchanges(log=log, http=self.http),
        )

    def put(self, order: Order, *fulfilments: Fulfilment, person: Person = PERSON) -> None:
        self.orders[order.no] = order
        self.shipped[order.no] = fulfilments
        self.people[order.no] = person

    # what invoicing reads

    def order(self, order_no: str) -> Order:
        if order_no not in self.orders:
            raise NotFound("unknown_order", "no such order")
        return self.orders[order_no]

    def fulfilments(self, order_no: str) -> Sequence[Fulfilment]:
        return self.shipped[order_no]

    def person(self, order_no: str) -> Person:
        return self.people[order_no]

    def shop(self, code: str) -> Shop:
        return Shop(
            code=code,
            channel="web",
            name="店",
            owner="O1",
            seller_name="上海某某有限公司",
            seller_tax_no=SELLER_TAX_NO,
        )

    # queues

    def handle(self, event: Event) -> None:
        """What `bootstrap` wires."""
        if event.kind == "InvoiceRequested":
            self.invoicing.submit(str(event.data["invoice"]))
        elif event.kind == "InvoiceDue":
            version = event.data["version"]
            assert isinstance(version, int)
            self.invoicing.follow_up(event.subject, version)

    def pump(self, *, twice: bool = False, most: int = 500) -> int:
        """Delivers until nothing is left, time moving on by each delay; says how many it was."""
        for count in range(most):
            if self.delivered == len(self.tables.events):
                return count
            event = self.tables.events[self.delivered]
            self.clock.forward(seconds=event.delay_seconds)
            self.deliver(event)
            if twice:
                self.deliver(event)
            self.delivered += 1
        raise AssertionError("the events never end")

    def deliver(self, event: Event) -> None:
        # Five times by the queue; then it lies with the dead letters, and a person redrives it.
        for _ in range(10):
            try:
                self.handle(event)
            except (Killed, Unavailable):
                self.restart()
                self.clock.forward(seconds=30)
            else:
                return

    # what can be seen

    def the_invoice(self) -> Invoice:
        return self.invoicing.invoice(f"{ORDER_NO}-F1")

    def issued(self) -> list[JsonObject]:
        """The platform's invoices."""
        return self.control("GET", "/_sim/invoices")["invoices"]

    def control(self, verb: str, path: str, body: bytes = b"") -> Any:
        request = Request(verb=verb, path=path, raw_query="", headers={}, body=body)
        response = self.application.answer(request)
        assert response.status == 200, response.body
        return json.loads(response.body)

    def cases(self) -> list[tuple[str, str]]:
        """(kind, text) of what was raised for people."""
        return [
            (item["kind"], item["text"])
            for key, item in self.tables.tables.items()
            if key.pk.startswith("EXCEPTION#")
        ]

    def event_kinds(self) -> list[str]:
        return [event.kind for event in self.tables.events]
