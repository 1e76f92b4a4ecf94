"""Stock at a WMS: asked for, and adjusted from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.codes import InventoryType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import NO_BATCH, ProductionBatch, RelatedOrder
from chalicelib.warehouse.documents.rest import Rest

MOST_CRITERIA = 50
"""SKUs in one inventory.query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryQuery:
    """What lies at the WMS of these (item code, item id) pairs, at most `MOST_CRITERIA`.

    Without `inventory_type` every type is told.
    """

    warehouse_code: str
    owner_code: str
    items: tuple[tuple[str, str], ...]
    inventory_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockQuery:
    """All that lies at a WMS, page by page (stock.query); what is given narrows it down."""

    owner_code: str
    warehouse_code: str = ""
    item_code: str = ""
    item_id: str = ""
    inventory_type: str = ""
    batch: ProductionBatch = NO_BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuery:
    """An item's batches at a WMS, page by page (inventorybatch.query); one of the two names it."""

    owner_code: str
    warehouse_code: str
    item_code: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Pieces at the WMS of one item, inventory type and batch.

    `free` aren't locked for orders; what physically lies there is `free` + `locked`. `item_code`
    is "" where the WMS names only its own `item_id`.
    """

    warehouse_code: str
    item_code: str
    item_id: str
    inventory_type: str
    free: int
    locked: int
    batch_code: str
    path: str
    batch: ProductionBatch = NO_BATCH
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAnswer:
    """The figures of an inventory.query; an item the WMS doesn't know is left out."""

    answer: Answer
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPage:
    """A page of figures; `total` counts those of all pages."""

    answer: Answer
    total: int | None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckQuery:
    """The result of a stock count, page by page (inventorycheck.query)."""

    check_order_code: str
    check_order_id: str = ""
    owner_code: str = ""
    warehouse_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedItem:
    """What a count changes of an item: `quantity` is signed, plus for a surplus."""

    item_code: str
    item_id: str
    inventory_type: str
    quantity: int
    path: str
    batch: ProductionBatch = NO_BATCH
    serial_number: str = ""
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """A page of a stock count's result."""

    answer: Answer
    total_lines: int | None
    check_order_code: str = ""
    check_order_id: str = ""
    warehouse_code: str = ""
    owner_code: str = ""
    checked_at: datetime | None = None
    items: tuple[CheckedItem, ...] = ()
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedItem:
    """What is to change of an item; `quantity` is signed."""

    item_code: str
    quantity: int
    item_id: str = ""
    inventory_type: str = InventoryType.ZP
    batch: ProductionBatch = NO_BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjustment:
    """An adjustment that the WMS is to make (inventory.synchronize)."""

    code: str
    owner_code: str
    warehouse_code: str
    adjusted_at: datetime
    items: tuple[AdjustedItem, ...]
    adjust_type: str = ""
    related: tuple[RelatedOrder, ...] = ()
    remark: str = ""


def in_batches(skus: Sequence[str], size: int = MOST_CRITERIA) -> list[Sequence[str]]:
    """The SKUs in runs of at most `size`."""
    return [skus[at : at + size] for at in range(0, len(skus), size)]
