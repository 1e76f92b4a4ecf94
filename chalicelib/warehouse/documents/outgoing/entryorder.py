"""Announced inbound deliveries (入库单)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel.money import UnitPrice
from chalicelib.warehouse.codes import InboundType, InventoryType
from chalicelib.warehouse.documents.parts import NO_BATCH, Contact, ProductionBatch, RelatedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """Goods that are to arrive. Prices are of one piece, tax-exclusive, in 1/10,000; None: not
    told. `out_biz_code` tells lines apart where a document goes out in parts.
    """

    line_no: str
    item_code: str
    item_id: str
    item_name: str
    quantity: int
    purchase_price: UnitPrice | None
    inventory_type: str = InventoryType.ZP
    owner_code: str = ""
    out_biz_code: str = ""
    sku_property: str = ""
    retail_price: UnitPrice | None = None
    batch: ProductionBatch = NO_BATCH
    unit: str = ""
    serial_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOrder:
    """An announced inbound delivery; `order_type` is `codes.InboundType`.

    `total_lines` is the count of the whole document where this is a part of it; None: of these
    lines. A purchase (CGRK) names its `purchase_order_code`. A line without an owner is the
    order's owner's.
    """

    code: str
    owner_code: str
    warehouse_code: str
    purchase_order_code: str
    created_at: datetime
    supplier_code: str
    supplier_name: str
    lines: tuple[EntryLine, ...]
    order_type: str = InboundType.CGRK
    total_lines: int | None = None
    related: tuple[RelatedOrder, ...] = ()
    expected_from: datetime | None = None
    expected_until: datetime | None = None
    carrier_code: str = ""
    carrier_name: str = ""
    waybill: str = ""
    operator_code: str = ""
    operator_name: str = field(default="", repr=False)
    operated_at: datetime | None = None
    warehouse_name: str = ""
    source_warehouse_code: str = ""
    source_warehouse_name: str = ""
    sender: Contact | None = None
    receiver: Contact | None = None
    remark: str = ""
