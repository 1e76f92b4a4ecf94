"""The states of an order: one axis each, as tables.

One enum can't say what an order is: a cancel runs while the warehouse picks, an invoice while a
parcel travels, and messages come late and out of order. So each axis has its own table (state ->
event -> state), an observation moves its own axis only; `header.py` derives in one word where the
order stands. What isn't in a table is an `IllegalTransition` and changes nothing.

Shipping is physical: it is possible from every state of a fulfilment, also after a cancel, since
goods that left have left; whoever books it raises an exception case then.
"""

from __future__ import annotations

from chalicelib.orders.states.fulfilment import (
    ASKED_BACK,
    AT_WMS,
    FULFILMENT,
    FULFILMENT_CANCEL,
    FULFILMENT_HOLD,
    PROGRESS,
    SHIPMENT,
    SHIPPED_STATES,
    STOPPING,
    TAKEN_BACK,
    FulfilmentCancel,
    FulfilmentHold,
    FulfilmentState,
    ShipmentState,
)
from chalicelib.orders.states.order import (
    AFTER_SALE,
    INVOICE,
    ORDER_CANCEL,
    PAYMENT,
    REVIEW,
    SOURCING,
    AfterSale,
    Invoice,
    OrderCancel,
    Payment,
    Review,
    Sourcing,
)

AXES = (
    PAYMENT,
    REVIEW,
    SOURCING,
    ORDER_CANCEL,
    AFTER_SALE,
    INVOICE,
    FULFILMENT,
    FULFILMENT_CANCEL,
    FULFILMENT_HOLD,
    SHIPMENT,
)
"""Every axis: what the diagram in the documentation and the tests walk."""

__all__ = [
    "AFTER_SALE",
    "ASKED_BACK",
    "AT_WMS",
    "AXES",
    "AfterSale",
    "FULFILMENT",
    "FULFILMENT_CANCEL",
    "FULFILMENT_HOLD",
    "FulfilmentCancel",
    "FulfilmentHold",
    "FulfilmentState",
    "INVOICE",
    "Invoice",
    "ORDER_CANCEL",
    "OrderCancel",
    "PAYMENT",
    "PROGRESS",
    "Payment",
    "REVIEW",
    "Review",
    "SHIPMENT",
    "SHIPPED_STATES",
    "STOPPING",
    "SOURCING",
    "ShipmentState",
    "Sourcing",
    "TAKEN_BACK",
]
