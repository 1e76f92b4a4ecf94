"""The peers of the main job in this process: the simulators' own parts on stores that can be put
back to an earlier moment.

They are put together as `build` of each simulator does it, but for the warehouse's own thread, and
with the world's clock: a run moves hours within milliseconds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.kernel.http import HttpAnswer
from local.seeding import Seeded
from local.simulators import sms, tax
from local.simulators.application import Application, JsonObject, Response
from local.simulators.behaviour import Behaviour, Behaviours
from local.simulators.erp import receiver
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms import qimen
from local.simulators.wms.callbacks import Callbacks, Outgoing
from local.simulators.wms.gateway import Gateway
from local.simulators.wms.lots import lot_in
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.warehouse import DELIVERY, ENTRY, STOCKOUT, TRANSFER, Warehouse
from local.simulators.wms.work import Work
from tests.fakes.exchange import ApplicationHttp
from tests.proofs.deliveries import Callback

URLS = {name: f"http://{name}.invalid" for name in ("wms", "tax", "sms", "erp")}
A_LIFE_SECONDS = 1e9
"""The WMS reads the machine's clock, which has nothing to do with the world's."""

_TABLES = ("documents", "counters", "messages", "message_codes")

Saved = Mapping[str, Mapping[str, list[tuple[Any, ...]]]]


class RewindableStore(Store):
    """A simulator's store whose content can be kept and put back."""

    def saved(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: [tuple(row) for row in self._rows(f"SELECT * FROM {table}")] for table in _TABLES
        }

    def put_back(self, content: Mapping[str, list[tuple[Any, ...]]]) -> None:
        with self.transaction():
            for table, rows in content.items():
                self._rows(f"DELETE FROM {table}")
                for row in rows:
                    self._rows(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)


class RewindableBehaviours(Behaviours):
    """A simulator's orders to misbehave, which can be kept and put back."""

    def __init__(self) -> None:
        super().__init__(threading.Event())

    def saved(self) -> dict[str, list[tuple[Any, ...]]]:
        return {"orders": [tuple(each.items()) for each in self.described()]}

    def put_back(self, content: Mapping[str, list[tuple[Any, ...]]]) -> None:
        self._orders = [Behaviour(**dict(each)) for each in content["orders"]]


class CallbacksInProcess(Callbacks):
    """The warehouse's outgoing side: hands its messages over instead of sending them by HTTP."""

    def __init__(self, store: Store, deliver: Callable[[Callback], bytes]) -> None:
        super().__init__(store)
        self._store_of_messages = store
        self._deliver = deliver

    def send(self, outgoing: Outgoing) -> JsonObject:
        parts = urlsplit(outgoing.url)
        body = self._deliver(
            Callback(
                wms=parts.path.split("/")[2],
                method=outgoing.report.method,
                body=outgoing.report.body,
            )
        )
        root = qimen.parse(body)
        said = {name: (root.findtext(name) or "") for name in ("flag", "code", "message")}
        answer = Response(status=200, body=body, content_type=qimen.CONTENT_TYPE)
        self._store_of_messages.answered(outgoing.number, answer, outcome=said["flag"])
        return said | {"n": outgoing.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """All peers. `http` is how the OMS reaches them."""

    stores: Mapping[str, RewindableStore]
    behaviours: Mapping[str, RewindableBehaviours]
    applications: Mapping[str, ApplicationHttp]
    warehouses: Mapping[str, Warehouse]
    work: Work
    gone: set[str] = field(default_factory=set)
    """Peers that want nothing any more (410)."""

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        """`Http`: asks the application behind the host."""
        name = (urlsplit(url).hostname or "").removesuffix(".invalid")
        if name in self.gone:
            return HttpAnswer(status=410, headers={}, body=b"")
        return self.applications[name].send(
            method, url, body=body, headers=headers, timeout_seconds=timeout_seconds
        )

    def saved(self) -> Saved:
        kept = {name: store.saved() for name, store in self.stores.items()}
        orders = {f"{name} behaves": each.saved() for name, each in self.behaviours.items()}
        return kept | orders

    def put_back(self, content: Saved) -> None:
        for name, store in self.stores.items():
            store.put_back(content[name])
        for name, behaviours in self.behaviours.items():
            behaviours.put_back(content[f"{name} behaves"])

    def misbehave(
        self, peer: str, mode: str, *, method: str = "", times: int | None = None
    ) -> None:
        """From the next call on, so many times (None: until `mode` is normal); a part of
        moments.
        """
        self.behaviours[peer].set(Behaviour(method=method, mode=mode, times=times))

    # --- what people in the warehouse do

    def count(self, warehouse: str, item: str, quantity: int) -> None:
        """So many lie on the shelf, however they came there."""
        place = self.warehouses[warehouse]
        with place.store.transaction():
            place.stock.count(item, lot_in(Fields({})), quantity)

    def receive(self, warehouse: str, code: str, **what: Any) -> JsonObject:
        """Goods arrive; entryorder.confirm."""
        return self.work.confirm_entry(self.warehouses[warehouse], code, Fields(what))

    def ship(self, warehouse: str, code: str, **what: Any) -> JsonObject:
        """Parcels leave; deliveryorder.confirm."""
        return self.work.confirm_delivery(self.warehouses[warehouse], code, Fields(what))

    def step(self, warehouse: str, code: str, status: str) -> JsonObject:
        """A step; orderprocess.report."""
        return self.work.report_step(self.warehouses[warehouse], code, Fields({"status": status}))

    def change_stock(self, warehouse: str, **item: Any) -> JsonObject:
        """A count found more or less; stockchange.report."""
        return self.work.change_stock(self.warehouses[warehouse], Fields({"items": [item]}))

    def ask(self, warehouse: str, method: str, **what: Any) -> list[JsonObject]:
        """A question of a warehouse, as `POST /_sim/send/<method>` has it."""
        return self.work.tell(self.warehouses[warehouse], method, Fields(what))

    # --- what they effectively were told

    def effective(self) -> dict[str, Any]:
        """Documents, not attempts: how often a peer was called for one is left out on purpose,
        since every attempt is a message of its own and a crash may cost one more.
        """
        return {
            "wms": {code: self._warehouse(place) for code, place in self.warehouses.items()},
            "sms": sorted(
                (each["phone"], each["template"], each["content"], each["out_id"])
                for _, each in self.stores["sms"].documents("sms", "sms")
            ),
            "invoices": [
                {name: each[name] for name in ("orderNo", "gross", "net", "tax", "rows", "status")}
                for _, each in self.stores["tax"].documents("invoice", "tax")
            ],
            "stock messages": self._stock_messages(),
        }

    def _stock_messages(self) -> dict[str, Any]:
        """What each accepted message says was changed, by its id."""
        found = self.stores["erp"].messages(outcome="accepted", limit=1_000_000)
        bodies = {each["codes"][0]: json.loads(each["body"])["data"] for each in found}
        return {
            code: {name: data[name] for name in ("document", "changes")}
            for code, data in sorted(bodies.items())
        }

    def _warehouse(self, place: Warehouse) -> dict[str, Any]:
        store, code = place.store, place.code
        return {
            "orders": sorted(
                (
                    {name: each.get(name) for name in ("code", "id", "status", "allocations")}
                    | {
                        "lines": [
                            [line["item"], line["plan"], line["actual"]] for line in each["lines"]
                        ]
                    }
                    for kind in (DELIVERY, ENTRY, STOCKOUT)
                    for _, each in store.documents(kind, code)
                ),
                key=lambda each: each["id"],
            ),
            "transfers": [
                {name: each[name] for name in ("code", "id", "status", "items")}
                for _, each in store.documents(TRANSFER, code)
            ],
            "stock": {item: place.stock.rows(item) for item in place.stock.items()},
            "items": {item: each["item_id"] for item, each in store.documents("item", code)},
            "suppliers": [supplier for supplier, _ in store.documents("supplier", code)],
            "shops": dict(store.documents("shop", code)),
            "places": dict(store.documents("place", code)),
        }


@contextmanager
def peers_of(
    seeded: Seeded,
    folder: Path,
    *,
    now: Callable[[], datetime],
    deliver: Callable[[Callback], bytes],
) -> Iterator[Peers]:
    """All simulators, with the keys that were seeded, on `folder`."""
    stores = {name: RewindableStore(folder / name) for name in URLS}
    warehouses: dict[str, Warehouse] = {}
    for each in seeded.warehouses:
        settings = WarehouseSettings(**each.settings(), timestamp_tolerance_seconds=A_LIFE_SECONDS)
        warehouses[each.code] = Warehouse(settings, stores["wms"], together=warehouses)
    behaviours = {name: RewindableBehaviours() for name in URLS}
    work = Work(stores["wms"], CallbacksInProcess(stores["wms"], deliver))
    with pytest.MonkeyPatch.context() as patch:
        # The receiver asks the machine for the time; here it asks the world.
        patch.setattr(receiver, "time", SimpleNamespace(time=lambda: now().timestamp()))
        try:
            yield Peers(
                stores=stores,
                behaviours=behaviours,
                applications={
                    "wms": ApplicationHttp(_wms(stores["wms"], behaviours["wms"], warehouses)),
                    "tax": ApplicationHttp(_tax(seeded, stores["tax"], behaviours["tax"], now)),
                    "sms": ApplicationHttp(_sms(seeded, stores["sms"], behaviours["sms"], now)),
                    "erp": ApplicationHttp(_erp(seeded, stores["erp"], behaviours["erp"])),
                },
                warehouses=warehouses,
                work=work,
            )
        finally:
            for store in stores.values():
                store.close()


def _wms(store: Store, behaviours: Behaviours, warehouses: dict[str, Warehouse]) -> Application:
    application = Application("wms")
    gateway = Gateway(warehouses, store, behaviours)
    application.route("POST", "/{warehouse}/qimen", gateway.receive)
    return application


def _tax(
    seeded: Seeded, store: Store, behaviours: Behaviours, now: Callable[[], datetime]
) -> Application:
    application = Application("tax")
    settings = tax.TaxSettings(
        app_key=seeded.tax_app_key, secret=seeded.tax_secret, token=seeded.tax_token, polls=1
    )
    platform = tax.TaxPlatform(settings, store, behaviours, now)
    application.route("POST", "/open/v1/services", platform.services)
    return application


def _sms(
    seeded: Seeded, store: Store, behaviours: Behaviours, now: Callable[[], datetime]
) -> Application:
    application = Application("sms")
    settings = sms.SmsSettings(key=seeded.sms_key, secret=seeded.sms_secret)
    provider = sms.SmsProvider(settings, store, behaviours, now)
    application.route("POST", "/", provider.call)
    return application


def _erp(seeded: Seeded, store: Store, behaviours: Behaviours) -> Application:
    application = Application("erp")
    key = receiver.key_of(seeded.upstream_secret)
    endpoint = receiver.Receiver(key, store, behaviours)
    application.otherwise(endpoint.receive)
    return application
