"""What is told of returns. Pure; no personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.kernel.events import Event, Json
from chalicelib.kernel.money import format_fen
from chalicelib.orders.returns.model import (
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    UnitRefund,
    refund_total,
)


def return_approved(order: ReturnOrder, at: datetime) -> Event:
    """Tells the warehouse gateway that there is something to announce."""
    return _event("ReturnApproved", order, at, {"warehouse": order.warehouse})


def return_cancel_requested(order: ReturnOrder, at: datetime) -> Event:
    """Asks the warehouse gateway to ask the WMS. Each request is an event anew."""
    data = {"return": order.no, "warehouse": order.warehouse}
    return _event("ReturnCancelRequested", order, at, data, which=str(order.version + 1))


def return_cancelled(order: ReturnOrder, at: datetime) -> tuple[Event, ...]:
    """Of an exchange only: what was to be sent instead isn't any more."""
    if not order.exchange_no:
        return ()
    return (_event("ReturnCancelled", order, at, {"exchange": order.exchange_no}),)


def return_inspected(order: ReturnOrder, worth: Sequence[UnitRefund], at: datetime) -> Event:
    """What came back, unit by unit, and what was paid for it: for finance and invoicing, and for
    the goods that are sent instead. A later one of the same return replaces it.
    """
    units: list[Json] = [
        {
            "order_line_no": each.order_line_no,
            "unit": each.unit,
            "inventory_type": each.inventory_type,
            "goods": format_fen(each.goods),
            "freight": format_fen(each.freight),
        }
        for each in worth
    ]
    data = {
        "shop": order.shop,
        "order": order.order_no,
        "fulfilment": order.fulfilment_no,
        "kind": order.kind.value,
        "exchange": order.exchange_no,
        "missing": order.missing,
        "refund": format_fen(refund_total(worth)),
        "units": units,
    }
    return _event("ReturnInspected", order, at, data, which=str(order.version + 1))


def receipt_accepted(order: ReturnOrder, receipt: ReturnReceipt, at: datetime) -> Event:
    """Wakes the posting of a receipt."""
    return Event(
        id=f"ReturnReceiptAccepted:{receipt.id}",
        kind="ReturnReceiptAccepted",
        subject=receipt.id,
        occurred_at=at,
        correlation=order.order_no,
        data={"return": order.no, "warehouse": receipt.warehouse},
    )


def parcel_unclaimed(parcel: UnclaimedParcel, at: datetime) -> Event:
    """Wakes the posting of a parcel to suspense."""
    return _of_parcel("ParcelUnclaimed", parcel, at)


def parcel_ended(parcel: UnclaimedParcel, at: datetime) -> Event:
    """Has a parcel booked as what a person said of it."""
    return _of_parcel("ParcelEnded", parcel, at)


def _of_parcel(kind: str, parcel: UnclaimedParcel, at: datetime) -> Event:
    return Event(
        id=f"{kind}:{parcel.id}",
        kind=kind,
        subject=parcel.id,
        occurred_at=at,
        correlation=parcel.order_no or parcel.id,
        data={"warehouse": parcel.warehouse},
    )


def _event(
    kind: str, order: ReturnOrder, at: datetime, data: dict[str, Json], *, which: str = ""
) -> Event:
    return Event(
        id=f"{kind}:{order.no}:{which}" if which else f"{kind}:{order.no}",
        kind=kind,
        subject=order.no,
        occurred_at=at,
        correlation=order.order_no,
        data=data,
    )
