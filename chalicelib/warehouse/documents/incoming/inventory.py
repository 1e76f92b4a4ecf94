"""inventory.report, stockchange.report and inventory.synchronize.report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.incoming.lines import Batch
from chalicelib.warehouse.documents.incoming.paging import Paging
from chalicelib.warehouse.documents.parts import RelatedOrder
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """One change of stock that no order of ours caused; `quantity` is signed as the WMS sent it.

    `locked` is what the WMS says about isLocked, as text: the protocol tells no values.
    """

    order_code: str
    order_type: str
    out_biz_code: str
    owner_code: str
    warehouse_code: str
    item_code: str
    item_id: str
    inventory_type: str
    quantity: int
    batches: tuple[Batch, ...]
    changed_at: datetime | None
    path: str
    locked: str = ""
    serial_numbers: tuple[str, ...] = ()
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChangeReport:
    """Changes of stock; each stands for itself and is recognised by itself."""

    changes: tuple[StockChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """An item that was counted: `difference` is signed (plus: found too much), `counted` the total
    where the WMS tells it.
    """

    item_code: str
    item_id: str
    inventory_type: str
    difference: int
    counted: int | None
    batch: Batch | None
    path: str
    serial_numbers: tuple[str, ...] = ()
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountReport:
    """A page of a stock count (CHECK) or an adjustment (ADJUST)."""

    paging: Paging
    code: str
    wms_id: str
    warehouse_code: str
    owner_code: str
    out_biz_code: str
    adjust_type: str
    order_type: str
    checked_at: datetime | None
    lines: tuple[CountLine, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustLine:
    """An item of an adjustment that we ordered; None: not told how many. Its fields aren't known
    for certain: `rest` holds the others.
    """

    item_code: str
    item_id: str
    inventory_type: str
    quantity: int | None
    batch: Batch | None
    path: str
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustReport:
    """An adjustment that we ordered (inventory.synchronize) was made."""

    code: str
    warehouse_code: str
    owner_code: str
    out_biz_code: str
    adjust_type: str
    adjusted_at: datetime | None
    related_orders: tuple[RelatedOrder, ...]
    lines: tuple[AdjustLine, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)
