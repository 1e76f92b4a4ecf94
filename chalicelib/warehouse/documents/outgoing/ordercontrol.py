"""Orders that are stopped, held, or asked for: one family for all kinds of orders.

`order_type` tells the kind: `codes.InboundType`, `OutboundType`, `ProcessType`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import NO_BATCH, ProductionBatch
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReference:
    """An order at the WMS: to cancel it, or to ask what became of it.

    `source_order_code` is the platform's order; `sub_source_order_codes` are its lines, where only
    those are cancelled.
    """

    warehouse_code: str
    owner_code: str
    order_code: str
    order_type: str
    order_id: str = ""
    reason: str = ""
    source_order_code: str = ""
    sub_source_order_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An order that the WMS is to leave lying, or to go on with (order.pending)."""

    order: OrderReference
    restore: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Intercept:
    """A parcel that is to be stopped on the road (order.callback)."""

    warehouse_code: str
    owner_code: str
    order_code: str
    order_id: str = ""
    waybill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusQuery:
    """Orders that the WMS worked on in a time; no end means until now."""

    owner_code: str
    since: datetime
    until: datetime | None = None
    warehouse_code: str = ""
    order_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """Where an order is at the WMS, and since when."""

    order_code: str
    order_id: str
    order_type: str
    warehouse_code: str
    status: str
    operated_at: datetime | None
    path: str
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """A page of orders with their status."""

    answer: Answer
    total_pages: int | None
    orders: tuple[OrderStatus, ...] = ()
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingItem:
    """What an order lacks of an item; `reason` is text (系统报缺, 实物报缺)."""

    item_code: str
    item_id: str
    inventory_type: str
    planned: int | None
    lacking: int | None
    reason: str
    path: str
    batch: ProductionBatch = NO_BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class LackPage:
    """What an order lacks (itemlack.query)."""

    answer: Answer
    total_lines: int | None
    order_code: str = ""
    order_id: str = ""
    created_at: datetime | None = None
    items: tuple[LackingItem, ...] = ()
    rest: Rest = field(default=(), repr=False)
