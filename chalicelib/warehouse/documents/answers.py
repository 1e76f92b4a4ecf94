"""What a WMS answers at once, whatever it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.incoming.packages import Package
from chalicelib.warehouse.documents.parts import NO_BATCH, ProductionBatch
from chalicelib.warehouse.documents.rest import Rest


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
    """What a query says about an order: its status there ("" where it tells none), its steps, and
    how many lines of it are there (None: it doesn't count).
    """

    answer: Answer
    order_code: str = ""
    status: str = ""
    steps: tuple[tuple[str, datetime | None], ...] = ()
    total_lines: int | None = None

    @property
    def latest(self) -> str:
        """The status, or else the last step told."""
        return self.status or (self.steps[-1][0] if self.steps else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A line of an order as the WMS has it; None where it tells no quantity."""

    order_line_no: str
    item_code: str
    item_id: str
    owner_code: str
    inventory_type: str
    planned: int | None
    actual: int | None
    path: str
    batch: ProductionBatch = NO_BATCH
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """A page of an order as the WMS has it (the queries of inbound and outbound orders).

    `total_lines` counts the lines of all pages. `rest` is what of the header isn't read.
    """

    answer: Answer
    total_lines: int | None
    order_code: str = ""
    order_id: str = ""
    order_type: str = ""
    warehouse_code: str = ""
    status: str = ""
    confirmed_at: datetime | None = None
    carrier_code: str = ""
    waybill: str = ""
    packages: tuple[Package, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    rest: Rest = field(default=(), repr=False)
