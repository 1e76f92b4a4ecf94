"""What product and purchasing systems send: bytes of JSON to inputs of the catalog.

SKUs, 1 to 500 in a request. Only the first block is needed; left out are "", null, `weight_grams`
0, `valid` true and `item_type` "ZC" (goods)::

    {"skus": [{"id": "9007199254740993", "code": "TEA-100", "owner": "ACME",
               "name": "Green tea 100 g", "barcode": "6901234567892", "tax_rate_percent": 13,

               "item_type": "ZC", "unit": "piece", "category": "TEA", "valid": true,
               "specification": "100 g tin", "tax_code": "1030306000000000000",
               "goods_code": "TEA", "short_name": "Tea", "english_name": "", "title": "",
               "color": "", "size": "", "brand_code": "", "brand": "", "season_code": "",
               "season": "", "origin": "", "approval_number": "", "remark": "",
               "length_mm": 80, "width_mm": 80, "height_mm": 120, "volume_ml": 768,
               "weight_grams": 130, "net_weight_grams": 100,
               "package_code": "", "pieces": "", "packaging": "", "safety_stock": 20,
               "tag_price": "39.00", "retail_price": "35.50", "cost_price": "12.00",
               "purchase_price": "11.00", "pricing_category": "",
               "batch_managed": true, "serial_managed": false, "shelf_life_managed": true,
               "shelf_life_hours": 13140, "reject_days": 180, "lockup_days": 60,
               "advent_days": 90, "fragile": false, "hazardous": false, "liquid": false}]}

Prices are CNY. `shelf_life_hours` are hours; the other three days before the expiry: no more
receipts, no more sales, a warning. `category` is a category's code, or any text.

Suppliers, 1 to 500 in a request. Left out may be `contact`, `phone`, `address`, `tax_no` (each "")
and `valid` (true)::

    {"suppliers": [{"id": "S-77", "code": "SUP1", "name": "Tea garden", "contact": "", "phone": "",
                    "address": "", "tax_no": "", "valid": true}]}

`id` is the identity in the sending system, any text up to 100 signs, always a string; `code` is
what the OMS and its warehouses call it. A field that isn't named here is refused.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chalicelib.catalog.model import SkuInput, SupplierInput
from chalicelib.kernel.errors import Malformed, Refused
from chalicelib.kernel.money import Fen, parse_fen
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)

MOST_IN_REQUEST = 500
MOST_MEASURE = 100_000_000
MOST_DAYS = 36_500

_CODE, _NAME, _REMARK = 50, 200, 500
_TEXTS = {
    **dict.fromkeys(("short_name", "english_name", "title"), _NAME),
    **dict.fromkeys(("season", "brand", "packaging", "origin"), _NAME),
    **dict.fromkeys(("goods_code", "color", "size", "season_code", "brand_code"), _CODE),
    **dict.fromkeys(("package_code", "pieces", "approval_number", "pricing_category"), _CODE),
    "remark": _REMARK,
}
"""Longest texts: those of the protocol, since a warehouse has to take them later."""

_MEASURES = ("length_mm", "width_mm", "height_mm", "volume_ml", "net_weight_grams", "safety_stock")
_NUMBERS = {
    **dict.fromkeys(_MEASURES, MOST_MEASURE),
    **dict.fromkeys(("reject_days", "lockup_days", "advent_days"), MOST_DAYS),
    "shelf_life_hours": MOST_DAYS * 24,
}
_PRICES = ("tag_price", "retail_price", "cost_price", "purchase_price")

_TAX_CODE = re.compile(r"[0-9]{0,19}", re.ASCII)


class _Sku(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
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
    tag_price: str | None = None
    retail_price: str | None = None
    cost_price: str | None = None
    purchase_price: str | None = None
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


class _Skus(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    skus: list[_Sku]


class _Supplier(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    code: str
    name: str
    contact: str = ""
    phone: str = ""
    address: str = ""
    tax_no: str = ""
    valid: bool = True


class _Suppliers(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    suppliers: list[_Supplier]


def read_skus(body: bytes) -> tuple[SkuInput, ...]:
    """The SKUs of a request; `Malformed` or `Refused` for the whole of it names the first field
    that is wrong.
    """
    skus = read_json(body, _Skus).skus
    check_count(len(skus), field="skus", most=MOST_IN_REQUEST)
    return tuple(_sku(sku, f"skus[{at}]") for at, sku in enumerate(skus))


def _sku(sku: _Sku, place: str) -> SkuInput:
    check_text(sku.id, field=f"{place}.id", least=1, most=100)
    check_code(sku.code, field=f"{place}.code")
    check_code(sku.owner, field=f"{place}.owner")
    check_text(sku.name, field=f"{place}.name", least=1)
    check_text(sku.barcode, field=f"{place}.barcode", least=1, most=50)
    check_range(sku.tax_rate_percent, field=f"{place}.tax_rate_percent", least=0, most=100)
    check_code(sku.item_type, field=f"{place}.item_type")
    check_text(sku.unit, field=f"{place}.unit", most=50)
    check_text(sku.category, field=f"{place}.category", most=100)
    check_text(sku.specification, field=f"{place}.specification")
    if not _TAX_CODE.fullmatch(sku.tax_code):
        raise Refused("malformed_tax_code", "up to 19 digits", field=f"{place}.tax_code")
    check_range(sku.weight_grams, field=f"{place}.weight_grams", least=0, most=MOST_MEASURE)
    said: dict[str, Any] = msgspec.structs.asdict(sku)
    for name, most in _TEXTS.items():
        check_text(said[name], field=f"{place}.{name}", most=most)
    for name, most in _NUMBERS.items():
        if said[name] is not None:
            check_range(said[name], field=f"{place}.{name}", least=0, most=most)
    for name in _PRICES:
        said[name] = read_price(said[name], f"{place}.{name}")
    return SkuInput(**said)


def read_price(text: str | None, field: str) -> Fen | None:
    """A price such as "12.10"; None where none is told."""
    if text is None:
        return None
    price = parse_fen(text, field=field)
    if text.startswith("-"):
        raise Malformed("negative_amount", "this amount can't be negative", field=field)
    return price


def read_suppliers(body: bytes) -> tuple[SupplierInput, ...]:
    """The suppliers of a request; refused as `read_skus` does."""
    suppliers = read_json(body, _Suppliers).suppliers
    check_count(len(suppliers), field="suppliers", most=MOST_IN_REQUEST)
    return tuple(_supplier(each, f"suppliers[{at}]") for at, each in enumerate(suppliers))


def _supplier(supplier: _Supplier, place: str) -> SupplierInput:
    check_text(supplier.id, field=f"{place}.id", least=1, most=100)
    check_code(supplier.code, field=f"{place}.code")
    check_text(supplier.name, field=f"{place}.name", least=1)
    check_text(supplier.contact, field=f"{place}.contact")
    check_text(supplier.phone, field=f"{place}.phone", most=50)
    check_text(supplier.address, field=f"{place}.address")
    check_text(supplier.tax_no, field=f"{place}.tax_no", most=30)
    return SupplierInput(**msgspec.structs.asdict(supplier))
