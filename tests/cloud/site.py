"""The packaged app in an embedded cloud of its own: packaged, deployed, seeded, with the simulators
beside it; and what the tests do with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zipfile import ZipFile

from rich.console import Console

from chalicelib.aws.settings import read_settings
from chalicelib.bootstrap import Container
from chalicelib.catalog.model import SkuInput, SupplierInput
from chalicelib.kernel.provenance import Source
from chalicelib.movements.model import AdjustmentLine
from local import cloud, packaging
from local.cloud_settings import CloudSettings
from local.demo.api import Api, Reply
from local.demo.peers import Wms
from local.demo.processes import Simulator, start
from local.demo.report import Report
from local.demo.site import PORTS, simulators
from local.deploy import Deployment, deploy, environment_of
from local.seeding import EAST, OWNER, SHOP, SOUTH, Seeded, seed, simulator_commands
from local.waiting import wait_until

Seen = TypeVar("Seen")

TEST = Source(message_id="test")
PRICE = "9.90"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def cloud_environment(folder: Path) -> dict[str, str]:
    """What `make run` and `make demo` take from their environment, so that several fit side by
    side.
    """
    names = ["OMS_CLOUD_PORT", *(f"OMS_{name.upper()}_PORT" for name in PORTS)]
    chosen = zip(names, map(str, free_ports(len(names))), strict=True)
    return dict(chosen) | {"OMS_CLOUD_FOLDER": str(folder)}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A deployed OMS. `oms` are its services in this process, with the rights of the root: for what
    a test prepares and looks at. `environment` is what a process needs to be another one.
    """

    deployment: Deployment
    oms: Container
    environment: Mapping[str, str]
    seeded: Seeded
    urls: Mapping[str, str]
    folder: Path
    commands: Mapping[str, list[str]]
    running: list[Simulator]

    @property
    def wms(self) -> Wms:
        """The warehouse simulator's control routes."""
        return Wms(url=self.urls["wms"])

    def restart(self, name: str, *more: str) -> None:
        """Kills a simulator as a power cut would, and starts it on what it had kept, with `more`
        arguments.
        """
        (old,) = [each for each in self.running if each.name == name]
        old.process.kill()
        old.process.wait()
        new = start(name, [*self.commands[name], *more], self.folder)
        self.running[self.running.index(old)] = new

    @property
    def api(self) -> Api:
        """The API as an operator calls it."""
        return Api(url=self.deployment.api_url, token=self.seeded.tokens["operator"])

    def sku(self) -> str:
        """A new SKU that nobody else knows."""
        code = f"SKU-{uuid.uuid4().hex[:8]}"
        given = SkuInput(
            id=f"pim-{code}",
            code=code,
            owner=OWNER,
            name="马克杯",
            barcode="6900000000028",
            tax_rate_percent=13,
            tax_code="1040201010000000000",
        )
        self.oms.catalog.put_skus("pim-demo", [given], message=TEST)
        # The warehouse has plenty: what is short is short in our books.
        Wms(url=self.urls["wms"]).put("/_sim/stock", warehouse=EAST, item=code, quantity=100_000)
        return code

    def supplier(self) -> str:
        """A new supplier."""
        code = f"SUP-{uuid.uuid4().hex[:8]}"
        given = SupplierInput(id=f"pim-{code}", code=code, name="晨光纺织有限公司")
        self.oms.catalog.put_suppliers("pim-demo", [given], message=TEST)
        return code

    def adjust(self, key: str, sku: str, quantity: int, *, warehouse: str = EAST) -> str:
        """A warehouse reports more (or fewer) pieces; the workers book them. The document."""
        line = AdjustmentLine(sku=sku, inventory_type="ZP", quantity=quantity)
        return self.oms.adjustments.adjust(
            warehouse=warehouse,
            key=key,
            lines=[line],
            source=TEST,
            occurred_at=self.oms.clock.now(),
        ).number

    def stocked(self, pieces: int, *, warehouse: str = EAST) -> str:
        """A new SKU with so many pieces in a warehouse, booked by the deployed workers."""
        sku = self.sku()
        self.adjust(f"stock-{sku}", sku, pieces, warehouse=warehouse)
        self.until(lambda: self.available(sku, warehouse=warehouse) == pieces, f"{sku} in stock")
        return sku

    def available(self, sku: str, *, warehouse: str = EAST) -> int:
        """Pieces that nobody has reserved."""
        return self.oms.stock.available([(warehouse, sku)])[(warehouse, sku)]

    def order(self, sku: str, quantity: int = 1) -> dict[str, Any]:
        """An order of the demo shop as its channel sends it."""
        cents = round(float(PRICE) * 100) * quantity
        return {
            "channel_order_id": f"test-{uuid.uuid4().hex}",
            "currency": "CNY",
            "placed_at": "2026-11-22T09:30:00+08:00",
            "paid_at": "2026-11-22T09:31:05+08:00",
            "lines": [
                {"channel_line_id": "L1", "sku": sku, "quantity": quantity, "unit_price": PRICE}
            ],
            "payable": f"{cents // 100}.{cents % 100:02d}",
            "receiver": {
                "name": "张小明",
                "mobile": "13900001234",
                "province": "浙江省",
                "city": "杭州市",
                "district": "西湖区",
                "address": "文一西路 969 号 3 幢 502 室",
            },
            "invoice": {"kind": "PERSON", "title": "张小明"},
        }

    def post(self, body: Mapping[str, Any], *, path: str = "/v1/orders") -> Reply:
        """A document of the demo shop, signed; sent again while the API is throttled, as any
        channel does.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        secret = self.seeded.client_secrets[SHOP]
        for attempt in range(20):
            reply = self.api.post_signed(path, content, client=SHOP, secret=secret)
            if reply.status != 429:
                break
            time.sleep(0.1 * (attempt + 1))
        return reply

    def placed(self, sku: str, quantity: int = 1) -> str:
        """The number of a new order."""
        reply = self.post(self.order(sku, quantity))
        assert reply.status == 201, reply
        number: str = reply.json()["order_no"]
        return number

    def until(self, condition: Callable[[], Seen], what: str, *, seconds: float = 90) -> Seen:
        """Waits for what the deployed functions do."""
        return wait_until(condition, what, seconds=seconds, every_seconds=0.2)


@contextlib.contextmanager
def deployed(folder: Path) -> Iterator[Site]:
    """An embedded cloud with IAM on; everything ends with the `with`, whatever happens in it."""
    environment = {**os.environ, **cloud_environment(folder), "OMS_CLOUD_AUTH": "true"}
    settings = CloudSettings.from_environment(environment)
    urls = {name: f"http://127.0.0.1:{environment[f'OMS_{name.upper()}_PORT']}" for name in PORTS}
    package = folder / "package"
    packaging.package("dev", package, platform=packaging.Platform.HOST)
    unpack_once(package / packaging.ZIP_NAME, folder / "code")
    with contextlib.ExitStack() as ending:
        # The signals are the test runner's own business, so not `cloud.running`.
        ending.callback(cloud.stop, settings)
        cloud.start(settings)
        deployment = deploy(settings, package, parameters=peers(urls))
        variables = {**environment_of(deployment), **settings.client_environment()}
        oms = Container(read_settings(variables))
        seeded = seed(oms, urls=urls, api_url=deployment.api_url)
        commands = simulator_commands(seeded, urls, folder)
        report = Report(Console(quiet=True))
        with simulators(commands, folder=folder, report=report) as running:
            site = Site(
                deployment=deployment,
                oms=oms,
                environment=variables,
                seeded=seeded,
                urls=urls,
                folder=folder,
                commands=commands,
                running=running,
            )
            open_warehouses(site, (EAST, SOUTH))
            yield site


def unpack_once(package: Path, code: Path) -> None:
    """Unpacks the package, and leaves in its place one that leads there. Each process that the
    embedded cloud starts would unpack thousands of files and take them away again, which is half of
    its start; `make demo` and its tests deploy the package as it is.
    """
    with ZipFile(package) as whole:
        whole.extractall(code)
    with ZipFile(package, "w") as leading:
        leading.writestr("app.py", _LEADING.format(code=str(code), app=str(code / "app.py")))
        # Chalice gives the authorizer a handler of its own, in the package and not in `app`.
        inside = _LEADING_INSIDE.format(code=str(code), package=str(code / "chalicelib"))
        leading.writestr("chalicelib/__init__.py", inside)


_LEADING = """import importlib.util
import sys

sys.path.insert(0, {code!r})
spec = importlib.util.spec_from_file_location("app", {app!r})
sys.modules["app"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""
_LEADING_INSIDE = """import sys

sys.path.insert(0, {code!r})
__path__ = [{package!r}]
"""


def peers(urls: Mapping[str, str]) -> dict[str, str]:
    """The template's parameters that say where the simulators listen."""
    return {
        "TaxUrl": f"{urls['tax']}/open/v1/services",
        "SmsUrl": f"{urls['sms']}/",
        "UpstreamUrl": f"{urls['erp']}/stock",
    }


def open_warehouses(site: Site, codes: Sequence[str]) -> None:
    """Warehouses that start empty."""
    for code in codes:
        site.oms.openings.draft(warehouse=code, lines=[], source=TEST)
        site.oms.openings.check(code)
        site.oms.openings.close(code)
    site.until(
        lambda: all(site.api.get(f"/v1/opening-stock/{code}")["stock_open"] for code in codes),
        "the warehouses are open",
    )
