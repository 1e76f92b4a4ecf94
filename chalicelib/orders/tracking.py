"""The track of an order (全链路): all that happened, in time order, from its own items. Pure.

Most of it is read off the documents themselves, so it costs no writes of its own; only what has no
document (a warehouse's steps, its answers to a cancel) is a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.kernel.clock import from_text
from chalicelib.orders.model import Fulfilment, OrderHead, Shipment, TrackRow
from chalicelib.orders.store import OrderView


def track(view: OrderView) -> tuple[TrackRow, ...]:
    """Every row, the oldest first; what has one moment stays in the order it follows from."""
    rows = [*_order_rows(view), *_decision_rows(view)]
    for fulfilment in view.fulfilments:
        rows += _fulfilment_rows(fulfilment)
    for shipment in view.shipments:
        rows += _shipment_rows(shipment)
    rows += [*view.track, *_end_rows(view.head)]
    return tuple(sorted(rows, key=lambda row: row.at))


def _order_rows(view: OrderView) -> Iterator[TrackRow]:
    order, head = view.order, view.head
    yield TrackRow(at=order.created_at, kind="placed", subject=order.no, message=order.message)
    for hold in head.holds:
        yield TrackRow(
            at=hold.opened_at,
            kind="held",
            subject=order.no,
            axis="review",
            after="HELD",
            text=view.reason_of(hold),
            details={"hold": hold.type, "by": hold.opened_by},
        )
        if hold.released_at is not None:
            yield TrackRow(
                at=hold.released_at,
                kind="hold_released",
                subject=order.no,
                axis="review",
                before="HELD",
                details={"hold": hold.type, "by": hold.released_by},
            )
    if head.cancel_requested_at is not None:
        yield TrackRow(
            at=head.cancel_requested_at,
            kind="cancel_requested",
            subject=order.no,
            axis="cancel",
            text=view.said(head.cancel_words),
            details={"by": head.cancel_by},
        )


def _decision_rows(view: OrderView) -> Iterator[TrackRow]:
    for decision in view.decisions:
        parts = decision["parts"]
        yield TrackRow(
            at=from_text(decision["at"]),
            kind="sourced" if parts else "short_of_stock",
            subject=view.order.no,
            axis="sourcing",
            after="ROUTED" if parts else "WAIT_STOCK",
            text=", ".join(part["node"] for part in parts),
            details={"rules": decision["rules"]},
        )


def _fulfilment_rows(fulfilment: Fulfilment) -> Iterator[TrackRow]:
    def row(at: datetime, kind: str, **more: str) -> TrackRow:
        return TrackRow(
            at=at, kind=kind, subject=fulfilment.no, axis="fulfilment", details=dict(more)
        )

    yield row(fulfilment.created_at, "reserved", warehouse=fulfilment.warehouse)
    if fulfilment.accepted_at is not None:
        yield TrackRow(
            at=fulfilment.accepted_at,
            kind="accepted",
            subject=fulfilment.no,
            axis="fulfilment",
            after="ACCEPTED",
            message=fulfilment.accepted_by,
            details={"wms_order_id": fulfilment.wms_order_id},
        )
    if fulfilment.cancelled_at is not None:
        yield row(fulfilment.cancelled_at, "fulfilment_cancelled")
    if fulfilment.shipped_at is not None:
        yield row(fulfilment.shipped_at, "fulfilment_shipped")


def _shipment_rows(shipment: Shipment) -> Iterator[TrackRow]:
    pieces = sum(line.quantity for line in shipment.lines)
    yield TrackRow(
        at=shipment.occurred_at,
        kind="shipment",
        subject=shipment.id,
        message=shipment.lines[0].source if shipment.lines else None,
        details={
            "pieces": str(pieces),
            "final": "yes" if shipment.final else "no",
            "message": shipment.message_id,
            "state": shipment.state.value,
        },
    )
    for parcel in shipment.parcels:
        yield TrackRow(
            at=shipment.occurred_at,
            kind="parcel",
            subject=shipment.fulfilment_no,
            message=parcel.source,
            details={
                "parcel": parcel.no,
                "waybill": parcel.waybill,
                "carrier": parcel.carrier_code,
            },
        )


def _end_rows(head: OrderHead) -> Iterator[TrackRow]:
    if head.shipped_at is not None:
        yield TrackRow(at=head.shipped_at, kind="shipped", subject=head.no)
    if head.cancelled_at is not None:
        yield TrackRow(at=head.cancelled_at, kind="cancelled", subject=head.no)
