"""The whole OMS in this process on strict moto, with its peers, at a moment that can be kept and
put back.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import singledispatchmethod
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from chalicelib.bootstrap import Container, reset
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from local.seeding import Seeded, seed
from local.simulators.wms import qimen
from tests.fakes.cloud import REGION, Cloud
from tests.harness.clouds import reusable_cloud
from tests.harness.lambda_envelopes import LambdaContext, sqs_record
from tests.harness.outside_calls import WatchedHttp
from tests.harness.strict_dynamodb import forget_tokens
from tests.proofs.app import oms_app
from tests.proofs.deliveries import (
    Asked,
    Callback,
    ComesAgain,
    Delivery,
    Queued,
    Scheduled,
    Signed,
    Streamed,
)
from tests.proofs.peers import URLS, Peers, Saved, peers_of

API = "http://oms.invalid"
BUCKETS = 2
TOKEN_OF = "operator"
LEASES_OVER = timedelta(minutes=16)
"""Longer than every lease and claim there is, and than the longest delay of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything there is, as it was: rows, objects, what the peers have, and the time.

    Queues are empty at every moment: what was on its way isn't part of it.
    """

    time: datetime
    tables: Mapping[str, Mapping[Any, Any]]
    objects: Mapping[str, Any]
    peers: Saved


class World:
    """One OMS and its peers. `container` is what a new sandbox makes; `incoming` takes what a
    warehouse reports; `turned_down` are the requests answered 4xx.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.container: type[Container] = Container
        self.turned_down: list[str] = []
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

    @singledispatchmethod
    def deliver(self, delivery: Delivery) -> Any:
        """Delivers once, to a new sandbox. `ComesAgain` if the sender has to send it again."""
        raise TypeError(delivery)

    @deliver.register
    def _(self, delivery: Signed) -> Any:
        body = json.dumps(delivery.body, ensure_ascii=False).encode()
        timestamp = int(self.cloud.clock.now().timestamp())
        message_id = f"msg_{hashlib.sha256(body).hexdigest()}"
        secret = self.seeded.client_secrets[delivery.client]
        headers = {
            "oms-client": delivery.client,
            ID_HEADER: message_id,
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(secret, message_id, timestamp, body),
        }
        return self._request("POST", delivery.path, headers, body)

    @deliver.register
    def _(self, delivery: Asked) -> Any:
        headers = {"Authorization": f"Bearer {self.seeded.tokens[TOKEN_OF]}"}
        return self._request(
            delivery.verb, delivery.path, headers, json.dumps(delivery.body).encode()
        )

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
        if b"<flag>success</flag>" not in answer.body:
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
        signature = qimen.sign(warehouse.callback_secret, parameters.items(), delivery.body)
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
        answer = oms_app().outbox_relay({"Records": list(delivery.records)}, LambdaContext())
        if answer["batchItemFailures"]:
            raise ComesAgain(delivery.label)
        return answer

    # --- moments

    def later(self) -> None:
        """Every lease is over."""
        self.cloud.clock.moment += LEASES_OVER

    def moment(self) -> Moment:
        return Moment(
            time=self.cloud.clock.moment,
            tables={name: _copied(table.items) for name, table in self._tables().items()},
            objects={name: bucket[name] for bucket in [self._bucket()] for name in bucket},
            peers=self.peers.saved(),
        )

    def put_back(self, moment: Moment) -> None:
        """As it was then. What moto holds for a row is never changed, only replaced."""
        self.turned_down.clear()
        self.cloud.clock.moment = moment.time
        for name, table in self._tables().items():
            table.items.clear()
            table.items.update(_copied(moment.tables[name]))
        bucket = self._bucket()
        bucket.clear()
        for name, key in moment.objects.items():
            bucket[name] = key
        for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
            queue._messages.clear()
        self.peers.put_back(moment.peers)
        forget_tokens()

    def raw_rows(self, table: str) -> list[dict[str, Any]]:
        """A table's rows as DynamoDB JSON, without a request: a look isn't a crash point."""
        found = self._tables()[self.cloud.settings.tables[table]]
        return [item.to_json()["Attributes"] for item in found.all_items()]

    def drop_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Takes a row away, without a request."""
        found = self._tables()[self.cloud.settings.tables[table]]
        for items in found.items.values():
            for key, item in list(items.items()):
                if item.to_json()["Attributes"] == row:
                    del items[key]

    def queued(self) -> list[str]:
        """The bodies of the messages in the queues, each with its queue's name."""
        queues = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues
        return [
            f"{name}: {message.body}"
            for name, queue in queues.items()
            for message in queue._messages
        ]

    def object_names(self) -> list[str]:
        return sorted(self._bucket())

    def _tables(self) -> dict[str, Any]:
        return dict(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables)

    def _bucket(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[self.cloud.settings.raw_bucket].keys


def _copied(items: Mapping[Any, Any]) -> dict[Any, Any]:
    return {hash_key: dict(found) for hash_key, found in items.items()}


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
