"""The app behind its HTTP edge on moto: real routes, real container, demo master data, and callers
that sign by themselves or show a token.
"""

from __future__ import annotations

import importlib
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws.dynamodb import plain_item
from chalicelib.bootstrap import Container
from chalicelib.catalog.model import Client as SigningClient
from chalicelib.catalog.model import ClientKind
from chalicelib.kernel.http import Http, HttpAnswer, NotSent
from chalicelib.kernel.roles import Role
from chalicelib.kernel.webhooks import sign as sign_webhook
from chalicelib.purchasing.calendar import Calendar, Window
from chalicelib.stock.model import OPENING, Kind, Movement, warehouse
from chalicelib.warehouse.signing import sign as sign_qimen
from chalicelib.warehouse.texts import write_time
from local.seeding import Seeded, seed
from tests.fakes.cloud import REGION, Cloud
from tests.fakes.kernel import CountingIds
from tests.harness.sandboxes import new_sandbox
from tests.http.documents import as_json, order, purchase, sku, supplier

EAST, SHOP, OTHER_SHOP = "WH-EAST", "shop-demo", "shop-other"
PRODUCT, PURCHASING = "pim-demo", "erp-purchasing"
SIGNED = {
    "/v1/orders": SHOP,
    "/v1/skus": PRODUCT,
    "/v1/suppliers": PRODUCT,
    "/v1/bundles": PRODUCT,
    "/v1/categories": PRODUCT,
    "/v1/purchase-orders": PURCHASING,
    "/v1/delivery-appointments": PURCHASING,
    "/v1/movement-orders": PURCHASING,
    "/v1/boms": PRODUCT,
}
"""Each route that takes signed JSON, and a client that may use it."""

_CHANGING = ("documents", "stock", "outbox")


@cache
def browser() -> Client:
    """Chalice's own test client of the app; it holds nothing of a test."""
    return Client(importlib.import_module("app").app)


class NobodyThere:
    """Peers that can't be reached."""

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        raise NotSent("nobody is there")


class Site:
    """One cloud with the demo's shops, warehouses and clients on it, and SKU TEE in WH-EAST."""

    def __init__(self, cloud: Cloud, *, http: Http | None = None) -> None:
        self.cloud = cloud
        self.oms: Container = new_sandbox(cloud, ids=CountingIds(), http=http or NobodyThere())
        self.seeded: Seeded = seed(
            self.oms, urls={"wms": "http://wms.invalid"}, api_url="http://api.invalid"
        )
        self._count = itertools.count(1)

    # --- what is there

    def master_data(self) -> None:
        """SKUs TEE and MUG and supplier SUP1, sent in as the product system does."""
        assert self.post("/v1/skus", {"skus": [sku("TEE"), sku("MUG")]}).status_code == 200
        assert self.post("/v1/suppliers", {"suppliers": [supplier()]}).status_code == 200

    def ready_for(self, path: str) -> None:
        """What the good document of a signed route speaks of."""
        if path == "/v1/delivery-appointments":
            assert self.post("/v1/purchase-orders", purchase()).status_code in (200, 201)
            window = Window(starts="09:00", ends="11:00", pieces=1_000, orders=100)
            calendar = Calendar(warehouse=EAST, weekly={"TUE": (window,)})
            self.oms.purchasing.appointments.put_calendar(calendar)

    def in_stock(self, pieces: int = 100) -> None:
        """Pieces of TEE and MUG in WH-EAST, open for sale."""
        movements = [
            Movement(
                line=str(number),
                kind=Kind.OPENING,
                warehouse=EAST,
                sku=code,
                bucket=self.oms.catalog.sku(code).bucket,
                quantity=pieces,
                from_location=OPENING,
                to_location=warehouse(EAST),
                occurred_at=self.now,
                source=self.oms.catalog.sku(code).message,
                given_value=2000 * pieces,
            )
            for number, code in enumerate(("TEE", "MUG"), start=1)
        ]
        posting = self.oms.stock.plan_post(
            document=f"OPENING-{EAST}", movements=movements, posting_date=self.now.date()
        )
        self.oms.tables.commit(posting.writes + self.oms.catalog.plan_open(EAST, None))

    def placed(self, **changes: Any) -> str:
        """An order of the demo shop; its number."""
        answer = self.post("/v1/orders", order(**changes))
        assert answer.status_code == 201, answer.body
        return str(answer.json_body["order_no"])

    def at_the_warehouse(self, **changes: Any) -> str:
        """An order that WH-EAST has accepted; the number of its only fulfilment."""
        number = self.placed(**changes)
        self.oms.orders.route(number)
        (fulfilment,) = self.oms.orders.fulfilments(number)
        self.oms.tables.commit(self.oms.orders.plan_dispatching(fulfilment.no))
        source = self.oms.orders.order(number).message
        self.oms.tables.commit(
            self.oms.orders.plan_accepted(fulfilment.no, "W-1", source=source, at=self.now)
        )
        return str(fulfilment.no)

    def client(self, code: str, kind: ClientKind, **changes: Any) -> None:
        """One more system that may sign, with the key of the demo shop."""
        self.oms.catalog.put_client(SigningClient(code=code, kind=kind, **changes))
        self.oms.secrets.put(f"clients/{code}", self.key(SHOP))

    @property
    def now(self) -> datetime:
        return self.cloud.clock.now()

    def key(self, client: str) -> str:
        return self.seeded.client_secrets[client]

    # --- calling

    def send(
        self, verb: str, path: str, *, body: bytes = b"", headers: Mapping[str, str]
    ) -> HTTPResponse:
        """Any request."""
        return browser().http.request(verb, path, headers=dict(headers), body=body)

    def post(self, path: str, content: Any, **options: Any) -> HTTPResponse:
        """A signed document; bytes as they are, everything else as JSON."""
        body = content if isinstance(content, bytes) else as_json(content)
        return self.send("POST", path, body=body, headers=self.signed(path, body, **options))

    def signed(
        self,
        path: str,
        body: bytes,
        *,
        client: str | None = None,
        key: str | None = None,
        seconds: int = 0,
        id: str | None = None,
        changes: Mapping[str, str | None] | None = None,
    ) -> dict[str, str]:
        """The headers of a signed document; a header that is changed to None is left out."""
        client = client or SIGNED[path]
        name, timestamp = id or f"msg_{next(self._count)}", int(self.now.timestamp()) + seconds
        headers: dict[str, str | None] = {
            "content-type": "application/json",
            "oms-client": client,
            "webhook-id": name,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign_webhook(key or self.key(client), name, timestamp, body),
            **(changes or {}),
        }
        return {name: value for name, value in headers.items() if value is not None}

    def token(self, *roles: Role, shops: tuple[str, ...] = (), places: tuple[str, ...] = ()) -> str:
        """A new token."""
        named = [role.value for role in roles]
        return self.oms.tokens.issue("t", named, days=1, shops=shops, warehouses=places).text

    def ask(self, path: str, token: str | None = None, **query: str) -> HTTPResponse:
        """A GET with a token; the raw reader's (of everything) unless one is given."""
        shown = token or self.seeded.tokens["raw"]
        target = f"{path}?{urlencode(query)}" if query else path
        return self.send("GET", target, headers={"Authorization": f"Bearer {shown}"})

    def callback(
        self,
        method: str,
        body: bytes | str,
        *,
        wms: str = EAST,
        headers: Mapping[str, str] | None = None,
        **changes: str | None,
    ) -> HTTPResponse:
        """A Qimen callback of a WMS, signed; a parameter changed to None is left out."""
        raw = body.encode() if isinstance(body, str) else body
        target = self.qimen_target(method, raw, wms=wms, **changes)
        return self.send("POST", target, body=raw, headers=headers or {"content-type": "text/xml"})

    def qimen_target(
        self, method: str, raw: bytes, *, wms: str = EAST, **changes: str | None
    ) -> str:
        """Path and query of a signed callback; a changed parameter is signed, but for `sign`."""
        place = next(each for each in self.seeded.warehouses if each.code == wms)
        wanted: dict[str, str | None] = {
            "method": f"taobao.qimen.{method}",
            "timestamp": write_time(self.now),
            "format": "xml",
            "app_key": place.app_key,
            "v": "2.0",
            "sign_method": "md5",
            "customerId": place.customer_id,
            **changes,
        }
        query = {name: value for name, value in wanted.items() if value is not None}
        if "sign" not in changes:
            query["sign"] = sign_qimen(list(query.items()), raw, secret=place.secret, method="md5")
        return f"/wms/{wms}/qimen?{urlencode(query)}"

    # --- looking

    def rows(self) -> dict[str, list[str]]:
        """Everything that a refused message must not change."""
        return {table: self.table(table) for table in _CHANGING}

    def table(self, name: str) -> list[str]:
        """The rows of a table as sorted JSON."""
        # Not by a request: scans through moto would take most of the time of these tests.
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[
            self.cloud.settings.tables[name]
        ]
        found = [plain_item(item.to_json()["Attributes"]) for item in table.all_items()]
        return sorted(as_json(row).decode() for row in found)

    def logged(self) -> list[dict[str, Any]]:
        """The message log's rows, oldest first."""
        found: list[dict[str, Any]] = [json.loads(row) for row in self.table("messages")]
        messages = [
            row for row in found if row["pk"].startswith("MESSAGE#") and row["sk"] == "HEAD"
        ]
        return sorted(messages, key=lambda row: str(row["id"]))

    def raw(self, message_id: str) -> bytes:
        """A message's bytes, as the API gives them."""
        answer = self.send(
            "GET",
            f"/v1/messages/{message_id}/raw",
            headers={
                "Authorization": f"Bearer {self.seeded.tokens['raw']}",
                "Accept": "application/octet-stream",
            },
        )
        assert answer.status_code == 200, answer.body
        return bytes(answer.body)

    def changes_nothing(self, doing: Callable[[], HTTPResponse]) -> HTTPResponse:
        """Does it, and sees that no row but the log's has changed."""
        before = self.rows()
        answer = doing()
        assert self.rows() == before
        return answer
