"""What a WMS answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The three fields of every answer, and the ids it may give.

    `success` alone decides; `code` is free text. `wms_ids` is the WMS's own number of the item,
    entry order or delivery order: several where it split a delivery order.
    """

    success: bool
    code: str = ""
    message: str = ""
    wms_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """What a query says about an order: its status there ("" where it tells none), its steps."""

    answer: Answer
    order_code: str = ""
    status: str = ""
    steps: tuple[tuple[str, datetime | None], ...] = ()

    @property
    def latest(self) -> str:
        """The status, or else the last step told."""
        return self.status or (self.steps[-1][0] if self.steps else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Pieces at the WMS of one item, inventory type and batch.

    `free` aren't locked for orders; what physically lies there is `free` + `locked`.
    """

    warehouse_code: str
    item_code: str
    item_id: str
    inventory_type: str
    free: int
    locked: int
    batch_code: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAnswer:
    """The figures of an inventory.query; an item the WMS doesn't know is left out."""

    answer: Answer
    figures: tuple[Figure, ...] = ()
