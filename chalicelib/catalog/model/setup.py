"""Warehouses, shops and signing callers: what the installation is set up with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chalicelib.catalog.model.sku import BUCKETS
from chalicelib.kernel.clock import CHINA
from chalicelib.kernel.money import Fen


class CostMethod(StrEnum):
    """How what leaves a pool is valued: moving average (移动加权平均), or first in, first out
    (先进先出).
    """

    AVERAGE = "AVERAGE"
    FIFO = "FIFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A place with stock of its own. `wms` is the code of the connection to its system, the
    warehouse's own unless said. `cost_method` is fixed once its stock is open.

    A lower `priority` is chosen first. Nothing is dispatched before `stock_open`: opening stock
    is booked and agrees with the WMS; it opens once and doesn't close again. `opened_on` is the day
    for which that is booked, where its books begin (None: it opened without).

    From `address` on it is what its WMS may be told of it: `status` is text of the WMS's own, since
    the protocol has no list. The contact's name and numbers stay out of its `repr`, and so out of
    logs. `version` counts what was said of it; one that was kept before versions has the first.
    """

    code: str
    name: str
    owner: str
    province: str
    city: str
    zone: str = CHINA
    priority: int = 100
    active: bool = True
    stock_open: bool = False
    wms: str = ""
    buckets: int = BUCKETS
    cost_method: CostMethod = CostMethod.AVERAGE
    opened_on: date | None = None
    address: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    status: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        if not self.wms:
            object.__setattr__(self, "wms", self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop on a channel. `platform_code` is Qimen's sourcePlatformCode (TM, JD, OTHER …).

    `warehouses` are those its orders may ship from (empty: all of the owner's); orders above
    `hold_above` wait for a person (None: none does); `may_split_lines`: one line's pieces may come
    from several warehouses; `exchange_ships_first`: what is sent in exchange doesn't wait for the
    goods that come back.

    `platform_shop_code` and `platform_shop_name` are what its platform calls it; with `address`
    they are there for the WMS. `version` as of a warehouse.
    """

    code: str
    channel: str
    name: str
    owner: str
    seller_name: str
    seller_tax_no: str
    currency: str = "CNY"
    platform_code: str = "OTHER"
    warehouses: tuple[str, ...] = ()
    may_split_lines: bool = False
    hold_above: Fen | None = None
    exchange_ships_first: bool = False
    platform_shop_code: str = ""
    platform_shop_name: str = ""
    address: str = field(default="", repr=False)
    version: int = 1


class ClientKind(StrEnum):
    """What a signing caller may send."""

    SHOP = "SHOP"
    PRODUCT = "PRODUCT"
    PURCHASING = "PURCHASING"
    UPSTREAM = "UPSTREAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A system that calls the API and signs. A SHOP client speaks for one shop; its key is kept
    with the secrets, under its code.
    """

    code: str
    kind: ClientKind
    name: str = ""
    shop: str = ""
    owner: str = ""
    active: bool = True
