"""One SKU at a WMS, many at once, and what a WMS knows of one.

Lengths are whole millimetres, volumes millilitres, weights grams, money fen; the wire has
centimetres, litres, kilograms and yuan. None and "" are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.kernel.money import Fen
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is told of a SKU. `item_id` is what this WMS answered before, "" at first.

    `bar_code` may hold several, separated by `;`. `shelf_life_hours` is in hours, while the three
    limits are days before the expiry: no more receipts, no more sales, a warning. `pieces` is how
    many are in a package. `logistics_type`: 0 own, 1 Cainiao.
    """

    item_code: str
    item_name: str
    bar_code: str
    item_type: str
    item_id: str = ""
    goods_code: str = ""
    short_name: str = ""
    english_name: str = ""
    title: str = ""
    specification: str = ""
    unit: str = ""
    color: str = ""
    size: str = ""
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    volume_ml: int | None = None
    weight_grams: int = 0
    net_weight_grams: int | None = None
    category_code: str = ""
    category: str = ""
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
    serial_numbers: bool | None = None
    shelf_life: bool | None = None
    shelf_life_hours: int | None = None
    reject_days: int | None = None
    lockup_days: int | None = None
    advent_days: int | None = None
    product_date: date | None = None
    expire_date: date | None = None
    batches: bool | None = None
    batch_code: str = ""
    batch_remark: str = ""
    package_code: str = ""
    pieces: str = ""
    origin: str = ""
    approval_number: str = ""
    packaging: str = ""
    fragile: bool | None = None
    hazardous: bool | None = None
    liquid: bool | None = None
    valid: bool = True
    is_sku: bool = True
    channel_code: str = ""
    logistics_type: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSync(Item):
    """One SKU for one WMS (singleitem.synchronize)."""

    warehouse_code: str
    owner_code: str
    update: bool
    supplier_code: str = ""
    supplier_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsSync:
    """Several SKUs of one owner for one WMS (items.synchronize)."""

    warehouse_code: str
    owner_code: str
    update: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedItem:
    """A SKU of a batch that the WMS didn't take, and why."""

    item_code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsAnswer:
    """What became of a batch: the items told are those that failed, also beside `success`."""

    answer: Answer
    failed: tuple[FailedItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """What the WMS knows of an item; also of a combined one, or to delete that."""

    owner_code: str
    item_code: str
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """An item as the WMS has it; None where it has none. `rest` is what isn't read.

    Only what a comparison with our catalog needs is read. What can't be read is None.
    """

    answer: Answer
    item: KnownItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """An item at the WMS."""

    item_code: str
    item_id: str
    item_name: str
    bar_code: str
    item_type: str
    unit: str
    valid: bool | None
    rest: Rest = field(default=(), repr=False)
