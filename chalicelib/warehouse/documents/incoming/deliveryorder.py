"""deliveryorder.confirm, deliveryorder.batchconfirm, deliveryorder.batchcreate.answer and
wavenum.report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen
from chalicelib.warehouse.documents.incoming.lines import ConfirmLine, is_final
from chalicelib.warehouse.documents.incoming.packages import Invoice, Package
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConfirm:
    """Goods shipped for a delivery order."""

    code: str
    wms_id: str
    warehouse_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    confirmed_at: datetime | None
    packages: tuple[Package, ...]
    lines: tuple[ConfirmLine, ...]
    sub_order_id: str = ""
    operator_code: str = ""
    operator_name: str = field(default="", repr=False)
    operated_at: datetime | None = None
    storage_fee: Fen | None = None
    invoices: tuple[Invoice, ...] = ()
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadOrder:
    """An order of several that can't be read, and why; `code` where that much can be read."""

    code: str
    why: Refused = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryBatchConfirm:
    """Several confirms in one message; each stands for itself and is recognised by itself."""

    confirms: tuple[DeliveryConfirm, ...]
    unread: tuple[UnreadOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedPart:
    """One of the orders that a WMS made of ours; `lines` are (orderLineNo, itemCode, pieces)."""

    wms_id: str
    warehouse_code: str
    carrier_code: str
    created_at: datetime | None
    lines: tuple[tuple[str, str, int | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedOrder:
    """What became of one order of a batchcreate: taken over, in parts where it was split, or not.

    `refused` is whether the WMS says failure; `reason` is its text. Which order is meant isn't told
    by the protocol's own fields (they hold the WMS's number only): `code` where a partner says it.
    """

    code: str
    refused: bool
    reason: str
    whole: CreatedPart | None
    parts: tuple[CreatedPart, ...]
    path: str
    rest: Rest = field(default=(), repr=False)

    @property
    def taken(self) -> tuple[CreatedPart, ...]:
        """The deliveries that the WMS made of it; none where it refused it, or doesn't say."""
        if self.refused:
            return ()
        return (self.whole,) if self.whole else self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCreateAnswer:
    """What became of a batchcreate that the WMS worked on later."""

    orders: tuple[CreatedOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveOrder:
    """An order in a wave; `position` is its place in the picking trolley, as text."""

    code: str
    wms_id: str
    position: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveReport:
    """Which orders a WMS picks together (波次)."""

    wave_no: str
    orders: tuple[WaveOrder, ...]
