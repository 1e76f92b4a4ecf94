"""entryorder.confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from chalicelib.kernel.money import Fen
from chalicelib.warehouse.documents.incoming.lines import FINAL, ConfirmLine, is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryConfirm:
    """Goods received for an entry order.

    `total_lines` counts the lines of the whole document where it comes in several messages.
    `supplier_code` is no field of the protocol's own; a WMS that names the supplier names it so.
    """

    code: str
    wms_id: str
    warehouse_code: str
    owner_code: str
    order_type: str
    out_biz_code: str
    confirm_type: str
    status: str
    operated_at: datetime | None
    total_lines: int | None
    lines: tuple[ConfirmLine, ...]
    purchase_order_code: str = ""
    freight: Fen | None = None
    sub_order_type: str = ""
    responsible_department: str = ""
    shop_nick: str = ""
    shop_code: str = ""
    supplier_code: str = ""
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def final(self) -> bool:
        """Whether nothing more is to come."""
        return is_final(self.confirm_type, self.status)

    @property
    def moment(self) -> datetime | None:
        """When it happened."""
        return self.operated_at

    def whole(
        self, lines: tuple[ConfirmLine, ...], *, moment: datetime | None, final: bool
    ) -> Self:
        """All of a document that came in parts, under the header of this one."""
        confirm_type = FINAL if final else self.confirm_type
        return replace(self, lines=lines, operated_at=moment, confirm_type=confirm_type)
