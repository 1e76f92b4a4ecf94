"""A bench on which one WMS has both warehouses and takes transfers whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.movements.transfers.model import TransferLine
from tests.movements.bench import Bench

Told = tuple[str, int | None, int | None] | tuple[str, int | None, int | None, str]
"""SKU, pieces gone, pieces arrived, and perhaps the protocol's inventory type."""

PLACES = {"fromWarehouseCode": "WH1", "toWarehouseCode": "WH2", "ownerCode": "OWNER-AT-WMS"}


class WholeBench(Bench):
    """W1 has WH1 and WH2; `takes` is its setting."""

    def __init__(self, *, takes: bool = True, **settings: Any) -> None:
        super().__init__()
        self.catalog.put_warehouse(replace(self.catalog.warehouse("WH2"), wms="W1"))
        self.set(takes_transfers=takes, **settings)

    def set(self, **settings: Any) -> None:
        self.service.put_connection(replace(self.service.connection("W1"), **settings))

    def sent(self, *lines: TransferLine, **changes: Any) -> str:
        """A transfer that its WMS has."""
        no = self.transfer(*lines, **changes)
        self.run()
        return no

    def report(self, no: str, *told: Told, wms: str = "W1", **header: str) -> str:
        """What the WMS is answered (flag). `header` stands over what usually is there."""
        answer = self.callback("transferorder.report", report_body(no, *told, **header), wms=wms)
        return str(answer.needed_text("flag"))

    def stock_of(self, sku: str) -> tuple[int, int, int]:
        """Good pieces in WH1, on their way, good pieces in WH2."""
        transit = sum(self.transfers.in_transit(no).left for no in self.all_transfers())
        return self.figures("WH1", sku)[0], transit, self.figures("WH2", sku)[0]

    def all_transfers(self) -> list[str]:
        return self.transfers.transfers("WH1")[0]

    def transfer_state(self, no: str) -> str:
        return self.transfers.transfer(no).state.value


def report_body(no: str, *told: Told, **header: str) -> str:
    said = {"transferOrderCode": f"W-{no}", "erpOrderCode": no} | PLACES | header
    head = "".join(f"<{name}>{text}</{name}>" for name, text in said.items() if text)
    return f"<request>{head}<items>{''.join(map(_item, told))}</items></request>"


def _item(told: Told) -> str:
    sku, gone, arrived, *kind = told
    counts = {"outCount": gone, "inCount": arrived}
    inner = "".join(f"<{n}>{count}</{n}>" for n, count in counts.items() if count is not None)
    return (
        f"<item><scItemCode>{sku}</scItemCode><inventoryType>{(*kind, '1')[0]}</inventoryType>"
        f"{inner}</item>"
    )
