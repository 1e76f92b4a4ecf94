"""Answers in JSON: money as text, moments as UTC text, persons masked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.masking import mask_address, mask_mobiles, mask_name, mask_phone
from chalicelib.kernel.money import format_fen, format_unit_price

if TYPE_CHECKING:
    # Every function imports `app` and with it this file: it says how things look, and needs none
    # of what they are.
    from chalicelib.kernel.errors import Refused
    from chalicelib.kernel.provenance import Source
    from chalicelib.orders.model import Fulfilment, Order, PartOf, Person, Shipment, TrackRow
    from chalicelib.orders.store import OrderView
    from chalicelib.purchasing.appointment_store import Appointment
    from chalicelib.purchasing.model import PurchaseOrder, PurchaseStep, Receipt


_NO_PLACE = re.compile(r"[^A-Za-z0-9_.\-/\[\]@]")
_LONGEST_FIELD = 200


def refusal_json(refused: Refused) -> dict[str, Any]:
    """A refusal."""
    body = {"code": refused.code, "message": refused.message}
    field = shown_field(refused)
    return body if field is None else {**body, "field": field}


def shown_field(refused: Refused) -> str | None:
    """The field as it may be shown. Names of unknown fields are the caller's own texts: some have
    put a buyer's name or number there.
    """
    if refused.field is None:
        return None
    return mask_mobiles(_NO_PLACE.sub("?", refused.field)[:_LONGEST_FIELD])


def order_json(view: OrderView, person: Person) -> dict[str, Any]:
    """An order with everything under it."""
    from chalicelib.orders.header import header_of

    order, head = view.order, view.head
    return {
        "order_no": order.no,
        "state": header_of(head, view.fulfilments).value,
        "shop": order.shop,
        "channel": order.channel,
        "channel_order_id": order.channel_order_id,
        "currency": order.currency,
        "placed_at": to_text(order.placed_at),
        "paid_at": to_text(order.paid_at),
        "created_at": to_text(order.created_at),
        **_amounts(order),
        "payable": format_fen(order.payable),
        "states": {
            "payment": head.payment.value,
            "review": head.review.value,
            "sourcing": head.sourcing.value,
            "cancel": head.cancel.value,
            "after_sale": head.after_sale.value,
            "invoice": head.invoice.value,
        },
        "holds": [
            {
                "type": hold.type,
                "reason": view.reason_of(hold),
                "rule": hold.rule,
                "open": hold.is_open,
            }
            for hold in head.holds
        ],
        "receiver": _receiver(person),
        "lines": [{**_line(line), "bundle": _bundle(line.bundle)} for line in order.lines],
        "fulfilments": [
            _fulfilment(each, [s for s in view.shipments if s.fulfilment_no == each.no])
            for each in view.fulfilments
        ],
        "unsourced": [
            {
                "order_line_no": row.order_line_no,
                "first_unit": row.first_unit,
                "quantity": row.quantity,
                "tried": list(row.tried),
            }
            for row in head.unsourced
        ],
        "message_id": order.message.message_id,
    }


def track_json(order_no: str, rows: Sequence[TrackRow]) -> dict[str, Any]:
    """The track, oldest first."""
    return {"order_no": order_no, "track": [_track_row(row) for row in rows]}


def purchase_json(
    order: PurchaseOrder, receipts: Sequence[Receipt], steps: Sequence[PurchaseStep]
) -> dict[str, Any]:
    """A purchase order with its receipts and its history."""
    return {
        "purchase_order": order.no,
        "id": order.source_id,
        "source": order.source,
        "state": order.state.value,
        "cancel": order.cancel.value,
        "version": order.version,
        "supplier": order.supplier,
        "warehouse": order.warehouse,
        "owner": order.owner,
        "currency": order.currency,
        "expected_from": _moment(order.expected_from),
        "expected_to": _moment(order.expected_to),
        "wms_id": order.wms_id,
        "lines": [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "price": format_unit_price(line.price),
                "tax_rate_percent": line.tax_rate_percent,
                "received": dict(line.received),
                "batch": line.batch,
            }
            for line in order.lines
        ],
        "receipts": [receipt_json(receipt) for receipt in receipts],
        "steps": [
            {
                "at": to_text(step.at),
                "axis": step.axis,
                "event": step.event,
                "before": step.before,
                "after": step.after,
                "by": step.by,
                "because": step.because,
                "message_id": _message(step.message),
            }
            for step in steps
        ],
        "message_id": _message(order.message),
    }


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt with its lines; a blind one has no purchase order."""
    return {
        "receipt": receipt.id,
        "purchase_order": receipt.purchase_order or None,
        "state": receipt.state.value,
        "final": receipt.final,
        "warehouse": receipt.warehouse,
        "occurred_at": to_text(receipt.occurred_at),
        "message_id": receipt.message_id,
        "announced_as": receipt.announced_as or None,
        "settles": receipt.settles or None,
        "attached": receipt.attached or None,
        "lines": [
            {
                "purchase_line_no": line.purchase_line_no,
                "sku": line.sku,
                "quantity": line.quantity,
                "inventory_type": line.inventory_type,
                "batch": line.batch,
                "reported_batch": line.reported_batch,
                "source": line.source.path,
            }
            for line in receipt.lines
        ],
    }


def appointment_json(appointment: Appointment) -> dict[str, Any]:
    """A delivery appointment, in the warehouse's own time."""
    return {
        "purchase_order": appointment.purchase_order,
        "warehouse": appointment.warehouse,
        "supplier": appointment.supplier,
        "state": appointment.state.value,
        "day": appointment.day.isoformat(),
        "starts": appointment.starts,
        "ends": appointment.ends,
        "pieces": appointment.pieces,
        "by": appointment.by,
        "changed_at": to_text(appointment.changed_at),
        "arrived_at": _moment(appointment.arrived_at),
    }


def _amounts(of: Order | Fulfilment) -> dict[str, str]:
    return {
        "goods_amount": format_fen(of.goods_amount),
        "discount": format_fen(of.discount),
        "order_discount": format_fen(of.order_discount),
        "freight": format_fen(of.freight),
    }


def _bundle(bundle: PartOf | None) -> dict[str, Any] | None:
    if bundle is None:
        return None
    return {"code": bundle.code, "version": bundle.version, "quantity": bundle.quantity}


def _line(line: Any) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": format_fen(line.unit_price),
        "amount": format_fen(line.amount),
        "discount": format_fen(line.discount),
        "order_discount": format_fen(line.order_discount),
        "freight": format_fen(line.freight),
        "payable": format_fen(line.payable),
    }


def _fulfilment(fulfilment: Fulfilment, shipments: Sequence[Shipment]) -> dict[str, Any]:
    return {
        "fulfilment_no": fulfilment.no,
        "warehouse": fulfilment.warehouse,
        "state": fulfilment.state.value,
        "cancel": fulfilment.cancel.value,
        "hold": fulfilment.hold.value,
        "wms_order_id": fulfilment.wms_order_id,
        **_amounts(fulfilment),
        "payable": format_fen(fulfilment.payable),
        "lines": [
            {**_line(line), "order_line_no": line.order_line_no, "first_unit": line.first_unit}
            for line in fulfilment.lines
        ],
        "shipments": [_shipment(shipment) for shipment in shipments],
    }


def _shipment(shipment: Shipment) -> dict[str, Any]:
    return {
        "shipment": shipment.id,
        "state": shipment.state.value,
        "final": shipment.final,
        "occurred_at": to_text(shipment.occurred_at),
        "message_id": shipment.message_id,
        "parcels": [
            {
                "parcel": parcel.no,
                "waybill": parcel.waybill,
                "carrier": parcel.carrier_code,
                "items": [{"sku": sku, "quantity": count} for sku, count in parcel.items],
            }
            for parcel in shipment.parcels
        ],
    }


def _receiver(person: Person) -> dict[str, str]:
    return {
        "name": mask_name(person.name),
        "mobile": mask_phone(person.mobile),
        "province": person.province,
        "city": person.city,
        "district": person.district,
        "address": mask_address(person.address),
    }


def _track_row(row: TrackRow) -> dict[str, Any]:
    return {
        "at": to_text(row.at),
        "kind": row.kind,
        "subject": row.subject,
        "axis": row.axis,
        "before": row.before,
        "after": row.after,
        "text": row.text,
        "message_id": _message(row.message),
        "path": row.message.path if row.message else "",
        "recorded_at": _moment(row.recorded_at),
        "details": dict(row.details),
    }


def _message(source: Source | None) -> str | None:
    return source.message_id if source else None


def _moment(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None
