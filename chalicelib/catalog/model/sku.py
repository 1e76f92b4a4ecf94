"""SKUs: what is stocked and sold, as the product system tells it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields

from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source

BUCKETS = 16
"""How many buckets SKUs are spread over unless the installation says otherwise; it may grow, never
shrink.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuContent:
    """What the product system knows of a SKU, and most of it what a warehouse is told.

    Lengths are whole millimetres, volumes millilitres, weights grams, prices fen of CNY. None and
    "" mean that nobody has said it (a `weight_grams` of 0 too). `item_type` is Qimen's list (ZC
    normal, ZP gift, BC packaging …) and is kept as text. `shelf_life_hours` is in hours; the three
    limits are days before the expiry: from then on no more receipts, no more sales, a warning.
    `category` is a category's code, or any text. `pieces` is how many are in a package.
    `tax_rate_percent` is whole percent of VAT; `tax_code` the tax authority's 19 digits or "".
    """

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
    goods_code: str = ""
    short_name: str = ""
    english_name: str = ""
    title: str = ""
    color: str = ""
    size: str = ""
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    volume_ml: int | None = None
    net_weight_grams: int | None = None
    pricing_category: str = ""
    safety_stock: int | None = None
    tag_price: Fen | None = None
    retail_price: Fen | None = None
    cost_price: Fen | None = None
    purchase_price: Fen | None = None
    season_code: str = ""
    season: str = ""
    brand_code: str = ""
    brand: str = ""
    serial_managed: bool | None = None
    batch_managed: bool | None = None
    shelf_life_managed: bool | None = None
    shelf_life_hours: int | None = None
    reject_days: int | None = None
    lockup_days: int | None = None
    advent_days: int | None = None
    package_code: str = ""
    pieces: str = ""
    packaging: str = ""
    origin: str = ""
    approval_number: str = ""
    fragile: bool | None = None
    hazardous: bool | None = None
    liquid: bool | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku(SkuContent):
    """One kind of goods that is stocked and sold.

    `bucket` is the part of the stock that closes together; it is fixed when the SKU is created.
    `category_name` is what the category was called when the SKU was last written: a renamed
    category is a new version of its SKUs.
    """

    source: str
    source_id: str
    bucket: int
    category_name: str = ""
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuInput(SkuContent):
    """What the product system says about one SKU; `id` is its identity there."""

    id: str


def bucket_of(code: str, buckets: int) -> int:
    """The bucket a new SKU gets: CRC-32 of its code, the same on every machine."""
    return zlib.crc32(code.encode()) % buckets


def new_sku(
    given: SkuInput, *, source: str, buckets: int, message: Source, category_name: str = ""
) -> Sku:
    """The first version of a SKU as its source describes it."""
    said = {each.name: getattr(given, each.name) for each in fields(SkuContent)}
    return Sku(
        **said,
        source=source,
        source_id=given.id,
        bucket=bucket_of(given.code, buckets),
        category_name=category_name,
        message=message,
    )
