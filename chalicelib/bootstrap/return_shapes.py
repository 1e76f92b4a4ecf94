"""Returns and unclaimed parcels in JSON; nobody in them is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import format_fen

if TYPE_CHECKING:
    # As in `shapes`: how things look needs none of what they are.
    from chalicelib.orders.returns.model import (
        ReturnedLine,
        ReturnOrder,
        ReturnReceipt,
        UnclaimedParcel,
        UnitRefund,
    )


def return_json(
    found: ReturnOrder,
    receipts: Sequence[ReturnReceipt],
    worth: Sequence[UnitRefund],
    *,
    reason: str,
) -> dict[str, Any]:
    """A return with what came, unit by unit, and what was paid for it."""
    return {
        **return_row(found),
        "reason": reason,
        "source": found.source,
        "id": found.source_id,
        "waybill": found.waybill,
        "wms_id": found.wms_id,
        "cancel": found.cancel.value,
        "requested_by": found.requested_by,
        "decided_by": found.decided_by,
        "settled_by": found.settled_by,
        "refund_reference": found.refund_reference,
        "lines": [
            {
                "line_no": line.line_no,
                "order_line_no": line.order_line_no,
                "fulfilment_line_no": line.fulfilment_line_no,
                "sku": line.sku,
                "units": list(line.units),
                "missing": list(line.missing),
            }
            for line in found.lines
        ],
        "came": [
            {
                "order_line_no": each.order_line_no,
                "unit": each.unit,
                "inventory_type": each.inventory_type,
                "goods": format_fen(each.goods),
                "freight": format_fen(each.freight),
            }
            for each in worth
        ],
        "refund": format_fen(sum(each.goods + each.freight for each in worth)),
        "exchange": [{"sku": line.sku, "quantity": line.quantity} for line in found.exchange],
        "receipts": [_receipt(each) for each in receipts],
        "message_id": found.message.message_id if found.message else None,
    }


def return_row(found: ReturnOrder) -> dict[str, Any]:
    """A return in a list."""
    return {
        "return_no": found.no,
        "state": found.state.value,
        "kind": found.kind.value,
        "order_no": found.order_no,
        "fulfilment_no": found.fulfilment_no,
        "shop": found.shop,
        "warehouse": found.warehouse,
        "pieces": sum(len(line.units) for line in found.lines),
        "missing": found.missing,
        "exchange_no": found.exchange_no or None,
        "requested_at": to_text(found.requested_at),
        "signed_at": _moment(found.signed_at),
        "inspected_at": _moment(found.inspected_at),
        "ended_at": _moment(found.ended_at),
    }


def parcel_json(parcel: UnclaimedParcel) -> dict[str, Any]:
    """A parcel that nobody claims, with what of ours its message names."""
    return {
        "parcel": parcel.id,
        "state": parcel.state.value,
        "warehouse": parcel.warehouse,
        "code": parcel.code,
        "waybill": parcel.waybill,
        "order_no": parcel.order_no or None,
        "fulfilment_no": parcel.fulfilment_no or None,
        "return_no": parcel.return_no or None,
        "matched_to": parcel.matched_to or None,
        "ended_by": parcel.ended_by or None,
        "ended_because": parcel.ended_because or None,
        "ended_at": to_text(parcel.ended_at) if parcel.ended_at else None,
        "occurred_at": to_text(parcel.occurred_at),
        "lines": [_line(line) for line in parcel.lines],
        "message_id": parcel.message_id,
    }


def _receipt(receipt: ReturnReceipt) -> dict[str, Any]:
    return {
        "receipt": receipt.id,
        "state": receipt.state.value,
        "final": receipt.final,
        "occurred_at": to_text(receipt.occurred_at),
        "parcel": receipt.parcel or None,
        "lines": [
            {**_line(line), "return_line_no": line.return_line_no, "units": list(line.units)}
            for line in receipt.lines
        ],
        "message_id": receipt.message_id,
    }


def _line(line: ReturnedLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "quantity": line.quantity,
        "inventory_type": line.inventory_type,
        "batch": line.batch,
        "source": line.source.path,
    }


def _moment(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None
