"""Notices with stores in memory and the SMS provider's simulator in the same process."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.catalog.model import Shop
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.events import Event
from chalicelib.messages.exchange import Exchanges
from chalicelib.messages.service import MessageLog
from chalicelib.messages.store import MessageStore
from chalicelib.notices.model import Notice, notice_id
from chalicelib.notices.providers.aliyun_sms import AliyunAccount, AliyunSms
from chalicelib.notices.recipients import RecipientDigest
from chalicelib.notices.service import Notices
from chalicelib.notices.store import NoticeStore
from chalicelib.orders.model import Order, Person
from local.simulators import sms
from local.simulators.application import JsonObject, Request
from tests.fakes.dynamodb import MemoryTables
from tests.fakes.exchange import ApplicationHttp, FixedSecrets, Killed
from tests.fakes.files import MemoryFiles
from tests.fakes.kernel import CountingIds, SettableClock
from tests.invoicing.world import ORDER_NO, PERSON, order

PHONE = PERSON.mobile
ID = notice_id(rule="shipped", order_no=ORDER_NO, about="ParcelShipped:P1")


def parcel_shipped(parcel: str = "P1", waybill: str = "SF100") -> Event:
    return Event(
        id=f"ParcelShipped:{parcel}",
        kind="ParcelShipped",
        subject=f"{ORDER_NO}-01",
        occurred_at=datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
        correlation=ORDER_NO,
        data={"parcel": parcel, "fulfilment": f"{ORDER_NO}-01", "waybill": waybill},
    )


class World:
    """Everything around `Notices`; `pump` delivers its events as the queues would."""

    def __init__(self, folder: Path) -> None:
        self.tables = MemoryTables()
        self.clock = SettableClock()
        self.files = MemoryFiles()
        self.ids = CountingIds()
        self.orders: dict[str, Order] = {ORDER_NO: order((1, 100))}
        self.people: dict[str, Person] = {ORDER_NO: PERSON}
        settings = sms.SmsSettings(key="K", secret="S")
        self.application = sms.build(settings, folder, now=self.clock.now)
        self.http = ApplicationHttp(self.application)
        self.control("PUT", "/_sim/templates/SMS_PARCEL_SHIPPED", {"content": TEXT})
        self.delivered = 0
        self.restart()

    def restart(self) -> None:
        """A new process on the same data."""
        secrets = FixedSecrets(**{"sms": "S", "recipients-key": "pepper"})
        log = MessageLog(
            files=self.files,
            store=MessageStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            ids=self.ids,
        )
        account = AliyunAccount(
            url="http://sms.invalid/", key_id="K", sign_name="某店", secret="sms"
        )
        self.notices = Notices(
            store=NoticeStore(self.tables),
            transaction=self.tables,
            clock=self.clock,
            orders=self,
            shops=self,
            provider=AliyunSms(account, secrets=secrets, clock=self.clock, ids=self.ids),
            exchanges=Exchanges(log=log, http=self.http),
            digest=RecipientDigest(secrets),
        )

    # what notices read

    def order(self, order_no: str) -> Order:
        return self.orders[order_no]

    def person(self, order_no: str) -> Person:
        return self.people[order_no]

    def shop(self, code: str) -> Shop:
        return Shop(
            code=code,
            channel="web",
            name="茶具店",
            owner="O1",
            seller_name="上海某某有限公司",
            seller_tax_no="91310000MA1FL00000",
        )

    # queues

    def handle(self, event: Event) -> None:
        """What `bootstrap` wires."""
        if event.kind == "NoticeDue":
            version = event.data["version"]
            assert isinstance(version, int)
            self.notices.follow_up(str(event.data["id"]), version)
        else:
            self.notices.notify(event)

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

    def pump(self, *, twice: bool = False, most: int = 500) -> None:
        """Delivers until nothing is left, time moving on by each delay."""
        for _ in range(most):
            if self.delivered == len(self.tables.events):
                return
            event = self.tables.events[self.delivered]
            self.clock.forward(seconds=event.delay_seconds)
            self.deliver(event)
            if twice:
                self.deliver(event)
            self.delivered += 1
        raise AssertionError("the events never end")

    # what can be seen

    def the_notice(self) -> Notice:
        return self.notices.notice(ID)

    def sent(self) -> list[JsonObject]:
        """Every SMS that left the provider."""
        return self.control("GET", "/_sim/sms")["sms"]

    def misbehave(self, mode: str, **more: Any) -> None:
        self.control("POST", "/_sim/behaviour", {"mode": mode, **more})

    def control(self, verb: str, path: str, body: JsonObject | None = None) -> Any:
        request = Request(
            verb=verb,
            path=path,
            raw_query="",
            headers={},
            body=json.dumps(body).encode() if body else b"",
        )
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


TEXT = "您在${shop}购买的订单${order}已发货，运单号${waybill}，请留意查收。"
