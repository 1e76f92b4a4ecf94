"""transferorder.report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """Pieces of one item on their way: planned, gone out, come in; None: not told.

    `inventory_type` has codes of its own here: 1 sellable, 101 defective.
    """

    item_code: str
    inventory_type: str
    planned: int | None
    gone: int | None
    arrived: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReport:
    """How far a transfer has come; `erp_code` is our number, `code` the WMS's."""

    erp_code: str
    code: str
    out_order_code: str
    in_order_code: str
    from_warehouse: str
    to_warehouse: str
    owner_code: str
    status: str
    created_at: datetime | None
    gone_at: datetime | None
    arrived_at: datetime | None
    lines: tuple[TransferLine, ...]
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)
