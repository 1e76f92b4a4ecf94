"""The documents of the catalog and the pure rules about them.

A SKU or supplier has two names: its `code`, by which everything in the OMS knows it, and its
identity in the system it comes from (`source`, `source_id`). The identity decides whether a
message creates or changes; a code belongs to one identity for ever.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.kernel.clock import CHINA
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source

BUCKETS = 16
"""How many buckets SKUs are spread over unless the installation says otherwise; it may grow, never
shrink.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """One kind of goods that is stocked and sold.

    `bucket` is the part of the stock that closes together; it is fixed when the SKU is created.
    `item_type` is Qimen's list (ZC normal, ZH combined, ZP gift …) and is kept as text.
    `tax_rate_percent` is whole percent of VAT; `tax_code` the tax authority's 19 digits or "".
    """

    code: str
    source: str
    source_id: str
    owner: str
    name: str
    barcode: str
    bucket: int
    tax_rate_percent: int
    item_type: str = "ZC"
    unit: str = ""
    category: str = ""
    specification: str = ""
    tax_code: str = ""
    weight_grams: int = 0
    valid: bool = True
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Who goods are bought from. The contact's name, phone and address stay out of its `repr`, and
    so out of logs.
    """

    code: str
    source: str
    source_id: str
    name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tax_no: str = ""
    valid: bool = True
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A place with stock of its own. `wms` is the code of the connection to its system, the
    warehouse's own unless said.

    A lower `priority` is chosen first. Nothing is dispatched before `stock_open`: opening stock
    is booked and agrees with the WMS; it opens once and doesn't close again.
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

    def __post_init__(self) -> None:
        if not self.wms:
            object.__setattr__(self, "wms", self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop on a channel. `platform_code` is Qimen's sourcePlatformCode (TM, JD, OTHER …).

    `warehouses` are those its orders may ship from (empty: all of the owner's); orders above
    `hold_above` wait for a person (None: none does); `may_split_lines`: one line's pieces may come
    from several warehouses.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuInput:
    """What the product system says about one SKU; `id` is its identity there."""

    id: str
    code: str
    owner: str
    name: str
    barcode: str
    tax_rate_percent: int
    item_type: str = "ZC"
    unit: str = ""
    category: str = ""
    specification: str = ""
    tax_code: str = ""
    weight_grams: int = 0
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInput:
    """What the source system says about one supplier; `id` is its identity there."""

    id: str
    code: str
    name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tax_no: str = ""
    valid: bool = True


class Outcome(StrEnum):
    """What became of one SKU or supplier of a batch."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One answer of a batch. `version` is the document's after it; a refusal has `error`, a
    sentence and the field instead.
    """

    id: str
    code: str
    outcome: Outcome
    version: int = 0
    error: str = ""
    message: str = ""
    field: str = ""


def bucket_of(code: str, buckets: int) -> int:
    """The bucket a new SKU gets: CRC-32 of its code, the same on every machine."""
    return zlib.crc32(code.encode()) % buckets


def new_sku(given: SkuInput, *, source: str, buckets: int, message: Source) -> Sku:
    """The first version of a SKU as its source describes it."""
    return Sku(
        code=given.code,
        source=source,
        source_id=given.id,
        owner=given.owner,
        name=given.name,
        barcode=given.barcode,
        bucket=bucket_of(given.code, buckets),
        tax_rate_percent=given.tax_rate_percent,
        item_type=given.item_type,
        unit=given.unit,
        category=given.category,
        specification=given.specification,
        tax_code=given.tax_code,
        weight_grams=given.weight_grams,
        valid=given.valid,
        message=message,
    )


def new_supplier(given: SupplierInput, *, source: str, message: Source) -> Supplier:
    """The first version of a supplier as its source describes it."""
    return Supplier(
        code=given.code,
        source=source,
        source_id=given.id,
        name=given.name,
        contact=given.contact,
        phone=given.phone,
        address=given.address,
        tax_no=given.tax_no,
        valid=given.valid,
        message=message,
    )
