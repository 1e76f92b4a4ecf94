"""returnorder.confirm and returnpackage.report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.incoming.lines import ConfirmLine, is_final
from chalicelib.warehouse.documents.incoming.packages import Package
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnConfirm:
    """Goods that a buyer sent back, as the WMS found them: quality is the lines' inventory type.

    `sender` is the buyer. Some send the delivery that it comes from, `delivery_order_code`, which
    the protocol knows in the create only.
    """

    code: str
    wms_id: str
    warehouse_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    confirmed_at: datetime | None
    lines: tuple[ConfirmLine, ...]
    carrier_code: str = ""
    carrier_name: str = ""
    waybill: str = ""
    delivery_order_code: str = ""
    reason: str = field(default="", repr=False)
    sender: Contact | None = field(default=None, repr=False)
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPackageReport:
    """Parcels sent back that the WMS has signed for, before they are opened and counted."""

    code: str
    wms_id: str
    order_type: str
    warehouse_code: str
    owner_code: str
    out_biz_code: str
    packages: tuple[Package, ...]
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)
