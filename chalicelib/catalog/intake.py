"""What product and purchasing systems send: bytes of JSON to inputs of the catalog.

SKUs, 1 to 500 in a request. Left out may be `unit`, `category`, `specification`, `tax_code` (each
""), `weight_grams` (0), `valid` (true) and `item_type` ("ZC", goods)::

    {"skus": [{"id": "9007199254740993", "code": "TEA-100", "owner": "ACME", "name": "Green tea 100
    g",
               "barcode": "6901234567892", "unit": "piece", "category": "TEA",
               "specification": "100 g tin", "tax_code": "1030306000000000000",
               "tax_rate_percent": 13, "weight_grams": 130, "valid": true, "item_type": "ZC"}]}

Suppliers, 1 to 500 in a request. Left out may be `contact`, `phone`, `address`, `tax_no` (each "")
and `valid` (true)::

    {"suppliers": [{"id": "S-77", "code": "SUP1", "name": "Tea garden", "contact": "", "phone": "",
                    "address": "", "tax_no": "", "valid": true}]}

`id` is the identity in the sending system, any text up to 100 signs, always a string; `code` is
what the OMS and its warehouses call it. A field that isn't named here is refused.
"""

from __future__ import annotations

import re

import msgspec

from chalicelib.catalog.model import SkuInput, SupplierInput
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.strict_json import (
    check_code,
    check_count,
    check_range,
    check_text,
    read_json,
)

MOST_IN_REQUEST = 500
MOST_WEIGHT_GRAMS = 100_000_000

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
    check_range(sku.weight_grams, field=f"{place}.weight_grams", least=0, most=MOST_WEIGHT_GRAMS)
    return SkuInput(**msgspec.structs.asdict(sku))


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
