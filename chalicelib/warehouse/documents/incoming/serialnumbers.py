"""sn.report and order.sn.report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.warehouse.documents.incoming.paging import Paging
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLine:
    """Serial numbers of pieces of one item."""

    item_code: str
    item_id: str
    numbers: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialReport:
    """A page of the serial numbers that went through the warehouse with an order.

    sn.report speaks of delivery orders, order.sn.report of any order, inbound too.
    """

    paging: Paging
    code: str
    wms_id: str
    order_type: str
    warehouse_code: str
    owner_code: str
    out_biz_code: str
    lines: tuple[SerialLine, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)
