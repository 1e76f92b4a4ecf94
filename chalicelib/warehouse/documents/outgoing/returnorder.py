"""Announced returns from buyers (退货入库单)."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.warehouse.codes import InboundType, InventoryType
from chalicelib.warehouse.documents.parts import NO_BATCH, Contact, ProductionBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """Goods that are to come back. A line without an owner is the order's owner's."""

    line_no: str
    item_code: str
    item_id: str
    quantity: int
    owner_code: str = ""
    source_order_code: str = ""
    sub_source_order_code: str = ""
    inventory_type: str = InventoryType.ZP
    batch: ProductionBatch = NO_BATCH
    serial_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOrder:
    """An announced return: `order_type` is THRK, or HHRK for an exchange.

    `delivery_order_code` is the delivery it comes from; `sender` is the buyer. `flags` are
    `codes.OrderFlag`.
    """

    code: str
    owner_code: str
    warehouse_code: str
    delivery_order_code: str
    carrier_code: str
    lines: tuple[ReturnLine, ...]
    order_type: str = InboundType.THRK
    flags: tuple[str, ...] = ()
    delivery_order_id: str = ""
    carrier_name: str = ""
    waybill: str = ""
    reason: str = ""
    buyer_nick: str = field(default="", repr=False)
    seller_nick: str = ""
    shop_nick: str = ""
    platform_code: str = ""
    platform_name: str = ""
    sender: Contact | None = None
    remark: str = field(default="", repr=False)
