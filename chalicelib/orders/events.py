"""The events that orders ask others for work with. Pure."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.events import Event
from chalicelib.orders.model import Fulfilment, OrderHead


def fulfilment_reserved(fulfilment: Fulfilment, at: datetime) -> Event:
    """Tells the warehouse gateway that there is something to dispatch."""
    return Event(
        id=f"FulfilmentReserved:{fulfilment.no}",
        kind="FulfilmentReserved",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"warehouse": fulfilment.warehouse},
    )


def sourcing_wanted(head: OrderHead, at: datetime) -> Event:
    """Tells the router that units came back. `head` is as read: each change of it is an event."""
    return Event(
        id=f"SourcingWanted:{head.no}:{head.version + 1}",
        kind="SourcingWanted",
        subject=head.no,
        occurred_at=at,
        correlation=head.no,
        data={},
    )


def void_wanted(fulfilment: Fulfilment, at: datetime, *, request: str = "") -> Event:
    """Has the rest of a fulfilment's reservation given back by a worker."""
    return Event(
        id=f"VoidWanted:{fulfilment.no}:{request}" if request else f"VoidWanted:{fulfilment.no}",
        kind="VoidWanted",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"warehouse": fulfilment.warehouse},
    )


def cancel_requested(fulfilment: Fulfilment, at: datetime) -> Event:
    """Asks the warehouse gateway to ask the WMS. Each request of a fulfilment is an event anew."""
    return Event(
        id=f"CancelRequested:{fulfilment.no}:{fulfilment.version + 1}",
        kind="CancelRequested",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"fulfilment": fulfilment.no, "warehouse": fulfilment.warehouse},
    )


def intercept_requested(fulfilment: Fulfilment, at: datetime) -> Event:
    """Asks the warehouse gateway to have the parcel stopped on the road. Each request of a
    fulfilment is an event anew.
    """
    return Event(
        id=f"InterceptRequested:{fulfilment.no}:{fulfilment.version + 1}",
        kind="InterceptRequested",
        subject=fulfilment.no,
        occurred_at=at,
        correlation=fulfilment.order_no,
        data={"fulfilment": fulfilment.no, "warehouse": fulfilment.warehouse},
    )
