"""A transfer as the one document that a WMS gets of it, and what it reports as progress of ours.

The protocol has figures of its own for the inventory types here, and no place for batches. Which
codes `orderStatus` may have isn't published; those of other orders are taken: FULFILLED and CLOSED
end both legs, DELIVERED the out leg, and the in leg too where the moment of its arrival is told
(confirmInTime). Any other code ends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from chalicelib.kernel.errors import Refused, TooLarge
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.movements.transfers.model import Transfer
from chalicelib.movements.transfers.totals import Progress, Side, TotalLine
from chalicelib.warehouse.codes import InventoryType, TransferInventoryType
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.lines import DEFAULT_INVENTORY_TYPE
from chalicelib.warehouse.documents.incoming.transferorder import TransferLine, TransferReport
from chalicelib.warehouse.documents.outgoing.transferorder import TransferItem, TransferOrder

MOST_LINES = 500
"""Items of one report; a transfer of ours has at most 80."""

TYPES: Mapping[str, str] = {
    InventoryType.ZP.value: TransferInventoryType.SELLABLE.value,
    InventoryType.CC.value: TransferInventoryType.DEFECTIVE.value,
}
"""The protocol's figures for the inventory types that it has any for."""

_OURS = {theirs: ours for ours, theirs in TYPES.items()}
_ENDED = frozenset({"FULFILLED", "CLOSED"})
_DELIVERED = "DELIVERED"


def transfer_order(connection: Connection, transfer: Transfer) -> TransferOrder:
    """A transfer whose inventory types the protocol has figures for."""
    return TransferOrder(
        code=transfer.no,
        from_warehouse_code=connection.warehouse_code(transfer.from_warehouse),
        to_warehouse_code=connection.warehouse_code(transfer.to_warehouse),
        owner_code=connection.owner,
        expected_start=transfer.expected_at,
        items=tuple(
            TransferItem(
                item_code=line.sku,
                quantity=line.quantity,
                inventory_type=TYPES[line.inventory_type],
            )
            for line in transfer.lines
        ),
    )


def has_left_all(report: TransferReport) -> bool:
    """Whether nothing more is to leave."""
    return report.status in _ENDED or report.status == _DELIVERED


def has_arrived_all(report: TransferReport) -> bool:
    """Whether nothing more is to arrive."""
    told = report.status == _DELIVERED and report.arrived_at is not None
    return report.status in _ENDED or told


def progress(
    report: TransferReport, no: str, message_id: str, *, left: Side, arrived: Side, at: datetime
) -> Progress:
    """What a report says of the transfer of that number. `Refused`: too many items, or a total
    below 0.
    """
    if len(report.lines) > MOST_LINES:
        raise TooLarge("too_many_lines", f"one message has at most {MOST_LINES} items")
    return Progress(
        transfer=no,
        lines=tuple(_line(line, message_id) for line in report.lines),
        left=left,
        arrived=arrived,
        received_at=at,
        message_id=message_id,
    )


def left_of(report: TransferReport, warehouse: str, day: date) -> Side:
    """Where, when, and whether all of it."""
    final = has_left_all(report)
    return Side(warehouse=warehouse, posting_date=day, final=final, at=report.gone_at)


def arrived_of(report: TransferReport, warehouse: str, day: date) -> Side:
    """Likewise of what arrived."""
    final = has_arrived_all(report)
    return Side(warehouse=warehouse, posting_date=day, final=final, at=report.arrived_at)


def _line(line: TransferLine, message_id: str) -> TotalLine:
    for name, total in (("outCount", line.gone), ("inCount", line.arrived)):
        if total is not None and total < 0:
            text = "what moved so far is 0 or more"
            raise Refused("negative_quantity", text, field=f"{line.path}/{name}")
    named = line.inventory_type or DEFAULT_INVENTORY_TYPE
    return TotalLine(
        sku=code_or_stand_in(line.item_code),
        inventory_type=_OURS.get(named, named),
        left=line.gone,
        arrived=line.arrived,
        source=Source(message_id=message_id, path=line.path),
    )
