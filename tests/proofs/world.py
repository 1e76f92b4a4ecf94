"""The whole OMS in this process on strict moto, with its peers, at a moment that can be kept and
put back.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import singledispatchmethod
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client

from chalicelib.aws.secrets import new_signing_secret
from chalicelib.bootstrap import Container, reset
from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from chalicelib.warehouse.connecting import Connecting
from local.seeding import Seeded, seed
from local.simulators.wms import qimen
from tests.fakes.cloud import REGION, Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.lambda_envelopes import LambdaContext, sqs_record
from tests.harness.outside_calls import WatchedHttp
from tests.proofs.app import oms_app
from tests.proofs.contents import Contents, Moment, give_dead_letter_queues
from tests.proofs.deliveries import (
    Asked,
    Callback,
    ComesAgain,
    Delivery,
    Queued,
    Redriven,
    Scheduled,
    SetUp,
    Signed,
    Streamed,
)
from tests.proofs.peers import URLS, Peers, peers_of

API = "http://oms.invalid"
BUCKETS = 2
TOKEN_OF = "operator"
SOMEBODYS = new_signing_secret()
"""A key that is nobody's."""

CHANGED_MEANWHILE = frozenset(
    {"stale_opening", "illegal_transition", "close_unfinished", "webhook_changed"}
)
"""What a person may be told whose request was overtaken by the very same."""


class World(Contents):
    """One OMS and its peers. `container` is what a new sandbox makes; `incoming` takes what a
    warehouse reports; `turned_down` are the requests answered 4xx. `overtaken`: the same request
    came a second time, and this is the answer to the slower one.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.container: type[Container] = Container
        self.turned_down: list[str] = []
        self.overtaken = False
        self.handed_on = []
        self.peers: Peers
        self.seeded: Seeded
        self.incoming: Callable[[Callback], bytes] = self.deliver
        self._http = Client(oms_app().app).http

    # --- deliveries

    def hear(self, callback: Callback) -> bytes:
        """What the OMS answers a warehouse."""
        return self.incoming(callback)

    def sandbox(self) -> Container:
        """A new sandbox: nothing remembered but the SDK's clients, every peer watched."""
        oms = self.container(
            self.cloud.settings, clock=self.cloud.clock, http=WatchedHttp(self.peers)
        )
        oms.clients = self.cloud.clients
        reset(oms)
        return oms

    def overtake(self, delivery: Delivery) -> Any:
        """Delivers while the same is being worked on."""
        self.overtaken = True
        return self.deliver(delivery)

    @singledispatchmethod
    def deliver(self, delivery: Delivery) -> Any:
        """Delivers once, to a new sandbox. `ComesAgain` if the sender has to send it again."""
        raise TypeError(delivery)

    @deliver.register
    def _(self, delivery: Signed) -> Any:
        body = json.dumps(delivery.body, ensure_ascii=False).encode()
        timestamp = int(self.cloud.clock.now().timestamp())
        message_id = f"msg_{hashlib.sha256(body).hexdigest()}"
        secret = SOMEBODYS if delivery.forged else self.seeded.client_secrets[delivery.client]
        headers = {
            "oms-client": delivery.client,
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secret, message_id, timestamp, body),
        }
        return self._request("POST", delivery.path, headers, body)

    def put_back(self, moment: Moment) -> None:
        super().put_back(moment)
        self.turned_down.clear()
        self.overtaken = False

    @deliver.register
    def _(self, delivery: Asked) -> Any:
        headers = {"Authorization": f"Bearer {self.seeded.tokens[TOKEN_OF]}"}
        body = json.dumps(delivery.body).encode()
        before = tuple(self.turned_down)
        answer = self._request(delivery.verb, delivery.path, headers, body)
        accepted = delivery.done_already | (CHANGED_MEANWHILE if self.overtaken else frozenset())
        if answer[0] >= 400 and answer[1]["code"] in accepted:
            self.turned_down[:] = before
        return answer

    def _request(self, verb: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        self.sandbox()
        answer = self._http.request(
            verb, path, headers={"content-type": "application/json", **headers}, body=body
        )
        if answer.status_code >= 500:
            raise ComesAgain(f"{answer.status_code} {answer.body!r}")
        if answer.status_code >= 400:
            self.turned_down.append(f"{verb} {path}: {answer.status_code} {answer.body!r}")
        return answer.status_code, answer.json_body

    @deliver.register
    def _(self, delivery: Callback) -> bytes:
        self.sandbox()
        answer = self._http.request(
            "POST",
            f"/wms/{delivery.wms}/qimen?{urlencode(self.signed(delivery))}",
            headers={"content-type": qimen.CONTENT_TYPE},
            body=delivery.body,
        )
        outage = b"<code>unavailable</code>" in answer.body
        if outage or f"<flag>{delivery.answer}</flag>".encode() not in answer.body:
            raise ComesAgain(answer.body.decode())
        return bytes(answer.body)

    def signed(self, delivery: Callback) -> dict[str, str]:
        """The query of a callback, signed now."""
        warehouse = self.peers.warehouses[delivery.wms].settings
        parameters = {
            "method": delivery.method,
            "timestamp": qimen.china_time(self.cloud.clock.now()),
            "format": "xml",
            "app_key": warehouse.callback_app_key,
            "v": "2.0",
            "sign_method": "md5",
            "customerId": warehouse.callback_customer_id,
        }
        secret = SOMEBODYS if delivery.forged else warehouse.callback_secret
        signature = qimen.sign(secret, parameters.items(), delivery.body)
        return parameters | {"sign": signature}

    @deliver.register
    def _(self, delivery: Queued) -> Any:
        self.sandbox()
        record = sqs_record(
            queue=delivery.queue,
            message_id="message-1",
            body=delivery.body,
            receives=1,
            sent=self.cloud.clock.now(),
        )
        worker = getattr(oms_app(), f"{delivery.queue}_worker")
        answer = worker({"Records": [record]}, LambdaContext())
        if answer["batchItemFailures"]:
            raise ComesAgain(delivery.label)
        return answer

    @deliver.register
    def _(self, delivery: Scheduled) -> Any:
        self.sandbox()
        envelope = {
            "version": "0",
            "id": "1",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "region": REGION,
            "time": delivery.time,
            "resources": [],
            "detail": {},
        }
        answer = getattr(oms_app(), delivery.function)(envelope, LambdaContext())
        if answer.get("left"):
            # The sweeper says what it couldn't send, and is called again a minute later.
            raise ComesAgain(str(answer))
        return answer

    @deliver.register
    def _(self, delivery: Streamed) -> Any:
        self.sandbox()
        function = getattr(oms_app(), delivery.function)
        answer = function({"Records": list(delivery.records)}, LambdaContext())
        if answer["batchItemFailures"]:
            raise ComesAgain(delivery.label)
        return answer

    @deliver.register
    def _(self, delivery: SetUp) -> Any:
        oms, document = self.sandbox(), delivery.document
        if isinstance(document, Shop):
            return oms.catalog.put_shop(document)
        if isinstance(document, Warehouse):
            return oms.catalog.put_warehouse(document)
        connecting = Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock)
        return connecting.connect(document)

    @deliver.register
    def _(self, delivery: Redriven) -> Any:
        done = self.sandbox().queues.redrive(delivery.queue)
        if self.sandbox().queues.depth(delivery.queue).dead:
            # A person sees that some are left, and says it again.
            raise ComesAgain(str(done))
        return done


@contextmanager
def new_world() -> Iterator[World]:
    """A seeded OMS: two warehouses with their WMS, two shops, every key; no document yet."""
    with reusable_cloud() as fresh, tempfile.TemporaryDirectory() as folder:
        cloud = fresh()
        cloud.settings = replace(
            cloud.settings,
            tax_url=f"{URLS['tax']}/open/v1/services",
            sms_url=f"{URLS['sms']}/",
            upstream_url=f"{URLS['erp']}/stock",
            stock_buckets=BUCKETS,
        )
        give_dead_letter_queues(cloud)
        world = World(cloud)
        oms = Container(cloud.settings, clock=cloud.clock)
        oms.clients = cloud.clients
        world.seeded = seed(oms, urls=URLS, api_url=API)
        with peers_of(
            world.seeded,
            Path(folder),
            now=cloud.clock.now,
            deliver=world.hear,
        ) as peers:
            world.peers = peers
            try:
                yield world
            finally:
                reset()
