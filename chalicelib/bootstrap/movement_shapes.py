"""Movement orders, adjustment orders and transfers as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import format_fen, format_unit_price, line_amount
from chalicelib.movements.processing import SERVICE_NAMES

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.kernel.money import Fen
    from chalicelib.movements.adjusting.model import AdjustmentOrder
    from chalicelib.movements.orders.model import Confirmation, MovementOrder
    from chalicelib.movements.transfers.model import Transfer
    from chalicelib.movements.transfers.transit import InTransit
    from chalicelib.stock.costing import ValueEntry
    from chalicelib.stock.standing import Standing


def movement_json(
    order: MovementOrder,
    confirmations: Sequence[Confirmation],
    values: Mapping[str, Sequence[ValueEntry]],
) -> dict[str, Any]:
    """A movement order with its confirmations; `values` are those of each one's entries."""
    return {
        "movement_order": order.no,
        "id": order.source_id,
        "source": order.source,
        "type": order.type,
        "kind": order.kind.value,
        "state": order.state.value,
        "cancel": order.cancel.value,
        "warehouse": order.warehouse,
        "partner": order.partner,
        "department": order.department,
        "subject": order.subject,
        "bom": order.bom,
        "service": SERVICE_NAMES.get(order.service, ""),
        "pieces": order.pieces,
        "related": order.related,
        "wms_id": order.wms_id,
        "approved_by": order.approved_by,
        "expected_at": _moment(order.expected_at),
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "inventory_type": line.inventory_type,
                "batch": line.batch,
                "price": None if line.price is None else format_unit_price(line.price),
                "made": line.made,
                "moved": dict(line.moved),
            }
            for line in order.lines
        ],
        "confirmations": [
            _confirmation(order, each, values.get(each.id, ())) for each in confirmations
        ],
        "message_id": order.message.message_id,
    }


def _confirmation(
    order: MovementOrder, confirmation: Confirmation, values: Sequence[ValueEntry]
) -> dict[str, Any]:
    return {
        "confirmation": confirmation.id,
        "state": confirmation.state.value,
        "final": confirmation.final,
        "warehouse": confirmation.warehouse,
        "occurred_at": to_text(confirmation.occurred_at),
        "message_id": confirmation.message_id,
        "lines": [
            {
                "order_line_no": line.order_line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "inventory_type": line.inventory_type,
                "batch": line.batch,
                "made": line.made,
                "source": line.source.path,
            }
            for line in confirmation.lines
        ],
        **_worth(order, confirmation, values),
    }


def _worth(
    order: MovementOrder, confirmation: Confirmation, values: Sequence[ValueEntry]
) -> dict[str, Any]:
    """What the goods cost, what the supplier gives back for them, and the variance between, which
    finance books; null until the entries are costed, or where no price was agreed.
    """
    entries = sum(1 for line in confirmation.lines if line.quantity)
    own = [value for value in values if value.record == "VALUE"]
    cost = sum(value.value for value in values) if len(own) >= entries > 0 else None
    credited = _credited(order, confirmation) if order.rule.out else None
    variance = None if cost is None or credited is None else credited + cost
    return {"value": _fen(cost), "credited": _fen(credited), "variance": _fen(variance)}


def _credited(order: MovementOrder, confirmation: Confirmation) -> Fen | None:
    total = 0
    for ordered in order.lines:
        pieces = sum(
            line.quantity for line in confirmation.lines if line.order_line_no == ordered.line_no
        )
        if pieces and ordered.price is None:
            return None
        total += line_amount(pieces, ordered.price or 0)
    return total


def transfer_json(
    transfer: Transfer, in_transit: InTransit, values: Sequence[ValueEntry]
) -> dict[str, Any]:
    """A transfer with what is on its way; `values` are those of everything it booked, so that what
    left and hasn't arrived is their sum.
    """
    return {
        "transfer": transfer.no,
        "id": transfer.source_id,
        "source": transfer.source,
        "state": transfer.state.value,
        "from_warehouse": transfer.from_warehouse,
        "to_warehouse": transfer.to_warehouse,
        "out_leg": transfer.out_leg,
        "in_leg": transfer.in_leg,
        "whole": transfer.whole,
        "expected_at": _moment(transfer.expected_at),
        "arrived_at": _moment(transfer.arrived_at),
        "closed_at": _moment(transfer.closed_at),
        "closed_by": transfer.closed_by,
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "inventory_type": line.inventory_type,
                "batch": line.batch,
            }
            for line in transfer.lines
        ],
        "in_transit": [
            {
                "sku": issue.sku,
                "inventory_type": issue.inventory_type,
                "batch": issue.batch,
                "left": issue.quantity,
                "settled": issue.taken,
            }
            for issue in in_transit.issues
        ],
        "value_not_arrived": _fen(-sum(value.value for value in values)),
        "message_id": transfer.message.message_id,
    }


def adjustment_order_json(order: AdjustmentOrder) -> dict[str, Any]:
    """An adjustment order with what was made of it, and the adjustments that booked it."""
    return {
        "adjustment_order": order.no,
        "id": order.source_id,
        "source": order.source,
        "state": order.state.value,
        "warehouse": order.warehouse,
        "owner": order.owner,
        "type": order.type,
        "reason": order.reason,
        "related": [{"type": each.type, "no": each.no} for each in order.related],
        "ordered_by": order.ordered_by,
        "occurred_at": to_text(order.occurred_at),
        "created_at": to_text(order.created_at),
        "sent_at": _moment(order.sent_at),
        "wms_id": order.wms_id,
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "inventory_type": line.inventory_type,
                "batch": line.batch,
                "remark": line.remark,
                "made": line.made,
            }
            for line in order.lines
        ],
        "adjustments": list(order.adjustments),
        "closed_month": order.closed_month,
        "message_id": order.message.message_id,
    }


def _fen(amount: Fen | None) -> str | None:
    return None if amount is None else format_fen(amount)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def standing_json(row: Standing, now: datetime) -> dict[str, Any]:
    """What a document left in suspense, and for how long; `pieces` are those that still stand."""
    until = row.settled_at or now
    return {
        "document": row.document,
        "warehouse": row.warehouse,
        "kind": row.kind.value,
        "state": row.state.value,
        "pieces": row.left,
        "came_in": row.pieces,
        "since": to_text(row.since),
        "age_hours": int((until - row.since).total_seconds() // 3600),
        "settled_at": to_text(row.settled_at) if row.settled_at else None,
    }
