"""Suppliers, shops and warehouses as a WMS is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierSync:
    """One supplier for one WMS (supplier.synchronize)."""

    warehouse_code: str
    owner_code: str
    update: bool
    supplier_code: str
    supplier_name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSync:
    """One shop for one WMS (shop.synchronize); `platform_shop_code` is its own platform's."""

    warehouse_code: str
    owner_code: str
    update: bool
    shop_code: str
    platform_code: str
    shop_name: str = ""
    platform_shop_code: str = ""
    platform_shop_name: str = ""
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseInfo:
    """A warehouse as it is told. `status` is text: the protocol has no list."""

    warehouse_code: str
    warehouse_name: str = ""
    address: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseInfoSync:
    """Warehouses for one WMS (warehouseinfo.synchronize)."""

    update: bool
    warehouses: tuple[WarehouseInfo, ...]
    owner_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseInfoQuery:
    """What warehouses the WMS has; "" asks for all of an owner."""

    owner_code: str = ""
    warehouse_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseInfoAnswer:
    """The warehouses told."""

    answer: Answer
    warehouses: tuple[WarehouseInfo, ...] = ()
    rest: Rest = field(default=(), repr=False)
