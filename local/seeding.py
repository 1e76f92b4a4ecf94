"""What the demo works on: two warehouses with their WMS, two shops, the systems that call, the
keys.

Seeding again says the same anew and keeps every key; only tokens are new in each run, since nobody
can read an old one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from chalicelib.aws.secrets import new_signing_secret
from chalicelib.bootstrap import Container
from chalicelib.catalog.model import Client, ClientKind, Shop, Warehouse
from chalicelib.kernel.roles import Role
from chalicelib.warehouse.connecting import Connecting, secret_name
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.parts import Contact

OWNER = "DEMO"
EAST, SOUTH = "WH-EAST", "WH-SOUTH"
SHOP, OTHER_SHOP = "shop-demo", "shop-other"
TOKEN_DAYS = 7

TAX_SECRET, TAX_TOKEN = "providers/tax", "providers/tax-token"  # noqa: S105 - names of secrets
SMS_SECRET, UPSTREAM_SECRET = "providers/sms", "providers/upstream"  # noqa: S105 - as above
RECIPIENTS_KEY = "recipients-key"
"""Digests of buyers' numbers are keyed by it; a stack that makes it itself keeps its own."""


def new_shared_secret() -> str:
    """A key as warehouse systems and providers hand it out: 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse of the demo. The sender's number is from a range that belongs to nobody."""

    warehouse: Warehouse
    sender: Contact


PLACES = (
    Place(
        warehouse=Warehouse(
            code=EAST, name="华东仓", owner=OWNER, province="浙江省", city="杭州市", priority=1
        ),
        sender=Contact(
            name="华东仓发货组",
            mobile="10000000001",
            province="浙江省",
            city="杭州市",
            district="余杭区",
            address="示例路 1 号",
            company="示例商贸有限公司",
        ),
    ),
    Place(
        warehouse=Warehouse(
            code=SOUTH, name="华南仓", owner=OWNER, province="广东省", city="广州市", priority=2
        ),
        sender=Contact(
            name="华南仓发货组",
            mobile="10000000002",
            province="广东省",
            city="广州市",
            district="白云区",
            address="示例路 2 号",
            company="示例商贸有限公司",
        ),
    ),
)

SHOPS = (
    Shop(
        code=SHOP,
        channel="TMALL",
        name="示例旗舰店",
        owner=OWNER,
        seller_name="示例商贸有限公司",
        seller_tax_no="91330100MA00000001",
        platform_code="TM",
        hold_above=50_000,
    ),
    Shop(
        code=OTHER_SHOP,
        channel="TMALL",
        name="另一家旗舰店",
        owner=OWNER,
        seller_name="另一家商贸有限公司",
        seller_tax_no="91440100MA00000002",
        platform_code="TM",
    ),
)

CLIENTS = (
    Client(code=SHOP, kind=ClientKind.SHOP, shop=SHOP, owner=OWNER, name="示例旗舰店"),
    Client(code=OTHER_SHOP, kind=ClientKind.SHOP, shop=OTHER_SHOP, owner=OWNER),
    Client(code="pim-demo", kind=ClientKind.PRODUCT, owner=OWNER, name="商品系统"),
    Client(code="erp-purchasing", kind=ClientKind.PURCHASING, owner=OWNER, name="采购系统"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededWarehouse:
    """What the WMS simulator has to know to play a warehouse."""

    code: str
    owner: str
    customer_id: str
    app_key: str
    callback_url: str
    secret: str = field(repr=False)

    def settings(self) -> dict[str, str]:
        """As the simulator's configuration has it."""
        return {
            "code": self.code,
            "customer_id": self.customer_id,
            "app_key": self.app_key,
            "secret": self.secret,
            "callback_url": self.callback_url,
            "owner_code": self.owner,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """The keys and tokens that the demo and the simulators need.

    `client_secrets` by client; `tokens` by what they are for: `operator` may do everything, `raw`
    reads raw messages, `shop` sees `shop-demo` only, `warehouse` sees `WH-EAST` only.
    """

    warehouses: tuple[SeededWarehouse, ...]
    client_secrets: Mapping[str, str] = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)
    tax_secret: str = field(repr=False)
    tax_token: str = field(repr=False)
    sms_secret: str = field(repr=False)
    upstream_secret: str = field(repr=False)
    tax_app_key: str
    sms_key: str


def seed(oms: Container, *, urls: Mapping[str, str], api_url: str) -> Seeded:
    """Sets everything up. `urls["wms"]` is the WMS simulator's; it calls back at `api_url`."""
    warehouses = tuple(_seed_place(oms, place, urls["wms"], api_url) for place in PLACES)
    for shop in SHOPS:
        oms.catalog.put_shop(shop)
    for client in CLIENTS:
        oms.catalog.put_client(client)
    _kept(oms, RECIPIENTS_KEY, new_shared_secret)
    return Seeded(
        warehouses=warehouses,
        client_secrets={
            client.code: _kept(oms, f"clients/{client.code}", new_signing_secret)
            for client in CLIENTS
        },
        tokens=_tokens(oms),
        tax_app_key=oms.settings.tax_app_key,
        sms_key=oms.settings.sms_key_id,
        tax_secret=_kept(oms, TAX_SECRET, new_shared_secret),
        tax_token=_kept(oms, TAX_TOKEN, new_shared_secret),
        sms_secret=_kept(oms, SMS_SECRET, new_shared_secret),
        upstream_secret=_kept(oms, UPSTREAM_SECRET, new_signing_secret),
    )


def simulator_commands(
    seeded: Seeded, urls: Mapping[str, str], folder: Path
) -> dict[str, list[str]]:
    """The arguments of each simulator's `python -m local.simulators.<name>`, but for `--state`.

    The WMS's configuration is written into `folder`, for its owner's eyes only.
    """
    configuration = folder / "simulators" / "wms.json"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.touch(mode=0o600)
    listed = [warehouse.settings() for warehouse in seeded.warehouses]
    configuration.write_text(json.dumps({"warehouses": listed}, ensure_ascii=False, indent=2))
    special = {
        "wms": ["--config", str(configuration)],
        "tax": [
            *("--app-key", seeded.tax_app_key),
            *("--secret", seeded.tax_secret),
            *("--token", seeded.tax_token),
        ],
        "sms": ["--key", seeded.sms_key, "--secret", seeded.sms_secret],
        "erp": ["--secret", seeded.upstream_secret],
    }
    return {
        name: ["--port", str(urlsplit(urls[name]).port), *arguments]
        for name, arguments in special.items()
    }


def _seed_place(oms: Container, place: Place, wms_url: str, api_url: str) -> SeededWarehouse:
    code = place.warehouse.code
    secret = _kept(oms, secret_name(code), new_shared_secret)
    customer_id, app_key = f"demo-{code.lower()}", f"key-{code.lower()}"
    connection = Connection(
        code=code,
        url=f"{wms_url}/{code}/qimen",
        customer_id=customer_id,
        app_key=app_key,
        secret=secret_name(code),
        owner=OWNER,
        sender=place.sender,
        timeout_seconds=2,
        slow_seconds=2,
        window_seconds=600,
    )
    Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock).connect(connection)
    # A warehouse closes as many buckets as SKUs are spread over.
    oms.catalog.put_warehouse(replace(place.warehouse, buckets=oms.settings.stock_buckets))
    return SeededWarehouse(
        code=code,
        owner=OWNER,
        customer_id=customer_id,
        app_key=app_key,
        callback_url=f"{api_url}/wms/{code}/qimen",
        secret=secret,
    )


def _tokens(oms: Container) -> dict[str, str]:
    def issue(subject: str, *roles: Role, shop: str = "", warehouse: str = "") -> str:
        issued = oms.tokens.issue(
            subject,
            [role.value for role in roles],
            days=TOKEN_DAYS,
            shops=[shop] if shop else (),
            warehouses=[warehouse] if warehouse else (),
        )
        return issued.text

    return {
        "operator": issue("demo-operator", Role.ADMIN),
        "raw": issue("demo-raw-reader", Role.RAW_READER),
        "shop": issue("demo-shop", Role.OPERATOR, Role.INTEGRATOR, shop=SHOP),
        "warehouse": issue("demo-warehouse", Role.OPERATOR, warehouse=EAST),
    }


def _kept(oms: Container, name: str, new: Callable[[], str]) -> str:
    return oms.secrets.ensure(name, new)[0]
