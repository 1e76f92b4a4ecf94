"""stockout.confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from chalicelib.warehouse.documents.incoming.lines import FINAL, ConfirmLine, is_final
from chalicelib.warehouse.documents.incoming.packages import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class StockoutConfirm:
    """Goods that left for other reasons than a sale: to a supplier, another warehouse, a
    department.

    `total_lines` counts the lines of the whole document where it comes in several messages.
    `responsible_department` and `sub_order_type` tell the books what other issues were for.
    """

    code: str
    wms_id: str
    warehouse_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    confirmed_at: datetime | None
    total_lines: int | None
    packages: tuple[Package, ...]
    lines: tuple[ConfirmLine, ...]
    carrier_code: str = ""
    carrier_name: str = ""
    waybill: str = ""
    sub_order_type: str = ""
    responsible_department: str = ""
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)

    @property
    def moment(self) -> datetime | None:
        """When it happened."""
        return self.confirmed_at

    def whole(
        self, lines: tuple[ConfirmLine, ...], *, moment: datetime | None, final: bool
    ) -> Self:
        """All of a document that came in parts, under the header of this one."""
        confirm_type = FINAL if final else self.confirm_type
        return replace(self, lines=lines, confirmed_at=moment, confirm_type=confirm_type)
