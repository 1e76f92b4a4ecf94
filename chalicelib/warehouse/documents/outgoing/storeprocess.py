"""Work inside a warehouse (仓内加工): goods put together or taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.warehouse.codes import InventoryType, ProcessType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import NO_BATCH, ProductionBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessItem:
    """A material or a product: pieces in all, and `ratio` of them in one unit of the order."""

    item_code: str
    quantity: int
    ratio: int | None = None
    item_id: str = ""
    owner_code: str = ""
    inventory_type: str = InventoryType.ZP
    batch: ProductionBatch = NO_BATCH
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOrder:
    """A processing order (storeprocess.create); `service_type` is `codes.ServiceType`.

    The bill of materials has no message of its own: it goes with each order, as its items.
    """

    code: str
    warehouse_code: str
    created_at: datetime
    planned_at: datetime
    service_type: str
    materials: tuple[ProcessItem, ...]
    products: tuple[ProcessItem, ...]
    owner_code: str = ""
    quantity: int | None = None
    order_type: str = ProcessType.CNJG
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCreated:
    """The answer to a create."""

    answer: Answer
    order_id: str = ""
