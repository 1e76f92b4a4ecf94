"""Goods that leave for others than buyers (出库单): to suppliers, other warehouses, shops."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.warehouse.codes import InventoryType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import (
    NO_BATCH,
    Contact,
    Picker,
    ProductionBatch,
    RelatedOrder,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockoutLine:
    """Pieces that are to leave. A line without an owner is the order's owner's."""

    line_no: str
    item_code: str
    item_id: str
    item_name: str
    quantity: int
    inventory_type: str = InventoryType.ZP
    owner_code: str = ""
    out_biz_code: str = ""
    batch: ProductionBatch = NO_BATCH
    platform_code: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockoutOrder:
    """An outbound order; `order_type` is CGTH, DBCK, QTCK … of `codes.OutboundType`.

    `total_lines` is the count of the whole document where this is a part of it; None: of these
    lines. `transport_mode` is text (到仓自提, 快递, 干线物流). `target_warehouse_code` and
    `target_entry_order_code` tie a transfer to the order that receives it.
    """

    code: str
    order_type: str
    owner_code: str
    warehouse_code: str
    created_at: datetime
    lines: tuple[StockoutLine, ...]
    total_lines: int | None = None
    related: tuple[RelatedOrder, ...] = ()
    scheduled_on: date | None = None
    carrier_code: str = ""
    carrier_name: str = ""
    supplier_code: str = ""
    supplier_name: str = ""
    transport_mode: str = ""
    picker: Picker | None = None
    sender: Contact | None = None
    receiver: Contact | None = None
    source_type: str = ""
    receiving_at: datetime | None = None
    shipping_at: datetime | None = None
    warehouse_name: str = ""
    target_warehouse_code: str = ""
    target_warehouse_name: str = ""
    target_entry_order_code: str = ""
    remark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockoutCreated:
    """The answer to a create."""

    answer: Answer
    order_id: str = ""
    created_at: datetime | None = None
