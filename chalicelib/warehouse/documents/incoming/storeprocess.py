"""storeprocess.confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.incoming.lines import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessedItem:
    """Pieces of one item that went into processing, or came out of it.

    `ratio` is how many belong to one product.
    """

    item_code: str
    item_id: str
    owner_code: str
    inventory_type: str
    quantity: int
    ratio: int | None
    batch: Batch | None
    path: str
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProcessConfirm:
    """Goods assembled or taken apart in the warehouse: materials became products."""

    code: str
    wms_id: str
    warehouse_code: str
    owner_code: str
    order_type: str
    out_biz_code: str
    completed_at: datetime | None
    actual: int | None
    materials: tuple[ProcessedItem, ...]
    products: tuple[ProcessedItem, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
