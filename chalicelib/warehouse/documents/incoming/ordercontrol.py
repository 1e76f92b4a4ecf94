"""orderprocess.report, orderexception.report and itemlack.report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.incoming.lines import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """One step that an order went through at the WMS; `text` may name people."""

    code: str
    wms_id: str
    order_type: str
    warehouse_code: str
    status: str
    operated_at: datetime | None
    waybill: str
    path: str
    text: str = field(default="", repr=False)
    owner_code: str = ""
    operator_code: str = ""
    operator_name: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionLine:
    """Pieces of a delivery order that something is wrong with; None: not told how many."""

    order_line_no: str
    source_order_code: str
    sub_source_order_code: str
    item_code: str
    item_id: str
    inventory_type: str
    planned: int | None
    affected: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionReport:
    """Something is wrong with a delivery order: `kind` is `codes.MessageType` (101 shortage …)."""

    message_id: str
    kind: str
    code: str
    wms_id: str
    warehouse_code: str
    order_type: str
    carrier_code: str
    waybill: str
    created_at: datetime | None
    lines: tuple[ExceptionLine, ...]
    text: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LackLine:
    """Pieces of a delivery order that the WMS hasn't got; `reason` is 系统报缺 or 实物报缺."""

    item_code: str
    item_id: str
    inventory_type: str
    planned: int | None
    lacking: int
    reason: str
    batch: Batch | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LackReport:
    """What a WMS can't ship of a delivery order."""

    code: str
    wms_id: str
    warehouse_code: str
    out_biz_code: str
    created_at: datetime | None
    lines: tuple[LackLine, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
