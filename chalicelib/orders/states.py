"""The states of an order: one axis each, as tables.

One enum can't say what an order is: a cancel runs while the warehouse picks, an invoice while a
parcel travels, and messages come late and out of order. So each axis has its own table (state ->
event -> state), an observation moves its own axis only; `header.py` derives in one word where the
order stands. What isn't in a table is an `IllegalTransition` and changes nothing.

Shipping is physical: it is possible from every state of a fulfilment, also after a cancel, since
goods that left have left; whoever books it raises an exception case then.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.orders.axis import Axis


class Payment(StrEnum):
    """Whether the buyer has paid."""

    UNPAID = "UNPAID"
    PAID = "PAID"
    REFUNDED = "REFUNDED"


class Review(StrEnum):
    """审单: by rules, and by people where a rule holds the order."""

    WAIT_REVIEW = "WAIT_REVIEW"
    HELD = "HELD"
    APPROVED = "APPROVED"


class Sourcing(StrEnum):
    """寻仓 and 占用: `ROUTING` is a big order whose reservations are being made chunk by chunk,
    `UNDOING` one whose reservations are being given back.
    """

    TO_SOURCE = "TO_SOURCE"
    WAIT_STOCK = "WAIT_STOCK"
    ROUTING = "ROUTING"
    UNDOING = "UNDOING"
    ROUTED = "ROUTED"


class OrderCancel(StrEnum):
    """The order's cancellation, over all its fulfilments."""

    NONE = "NONE"
    PENDING = "PENDING"
    CANCELLED = "CANCELLED"
    PARTLY = "PARTLY"
    REFUSED = "REFUSED"


class AfterSale(StrEnum):
    """Whether returns or exchanges are going on."""

    NONE = "NONE"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Invoice(StrEnum):
    """The order's invoice, as far as the order knows."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    ISSUED = "ISSUED"
    FAILED = "FAILED"
    REVERSED = "REVERSED"


class FulfilmentState(StrEnum):
    """Where one warehouse's part of an order is. `DISPATCHING`: the WMS may have it already."""

    RESERVING = "RESERVING"
    RESERVED = "RESERVED"
    DISPATCHING = "DISPATCHING"
    ACCEPTED = "ACCEPTED"
    PICKING = "PICKING"
    PACKED = "PACKED"
    READY = "READY"
    PART_SHIPPED = "PART_SHIPPED"
    SHIPPED = "SHIPPED"
    SHORT_CLOSED = "SHORT_CLOSED"
    SIGNED = "SIGNED"
    REFUSED = "REFUSED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class FulfilmentCancel(StrEnum):
    """The cancellation of one fulfilment: the WMS's word decides it."""

    NONE = "NONE"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class ShipmentState(StrEnum):
    """A confirmation: taken in, then posted to the ledger by a worker."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


PAYMENT = Axis(
    "payment",
    {
        Payment.UNPAID: {"pay": Payment.PAID},
        Payment.PAID: {"refund": Payment.REFUNDED},
        Payment.REFUNDED: {},
    },
)

REVIEW = Axis(
    "review",
    {
        Review.WAIT_REVIEW: {"approve": Review.APPROVED, "hold": Review.HELD},
        Review.HELD: {
            "hold": Review.HELD,
            "release": Review.HELD,
            "release_last": Review.WAIT_REVIEW,
        },
        Review.APPROVED: {"hold": Review.HELD},
    },
)

_TO_ROUTE = {"begin": Sourcing.ROUTING, "route": Sourcing.ROUTED, "short": Sourcing.WAIT_STOCK}

SOURCING = Axis(
    "sourcing",
    {
        Sourcing.TO_SOURCE: _TO_ROUTE,
        Sourcing.WAIT_STOCK: _TO_ROUTE,
        Sourcing.ROUTING: {"route": Sourcing.ROUTED, "undo": Sourcing.UNDOING},
        Sourcing.UNDOING: {"undone": Sourcing.TO_SOURCE},
        Sourcing.ROUTED: {},
    },
)

_ASK = {
    "request": OrderCancel.PENDING,
    "cancel": OrderCancel.CANCELLED,
    "cancel_part": OrderCancel.PARTLY,
}

ORDER_CANCEL = Axis(
    "cancel",
    {
        OrderCancel.NONE: _ASK,
        OrderCancel.REFUSED: _ASK,
        OrderCancel.PARTLY: _ASK,
        OrderCancel.PENDING: {
            "cancel": OrderCancel.CANCELLED,
            "cancel_part": OrderCancel.PARTLY,
            "refuse": OrderCancel.REFUSED,
        },
        OrderCancel.CANCELLED: {},
    },
)

AFTER_SALE = Axis(
    "after_sale",
    {
        AfterSale.NONE: {"open": AfterSale.OPEN},
        AfterSale.OPEN: {"close": AfterSale.CLOSED},
        AfterSale.CLOSED: {"open": AfterSale.OPEN},
    },
)

INVOICE = Axis(
    "invoice",
    {
        Invoice.NONE: {"request": Invoice.REQUESTED},
        Invoice.REQUESTED: {"issue": Invoice.ISSUED, "fail": Invoice.FAILED},
        Invoice.FAILED: {"request": Invoice.REQUESTED},
        Invoice.ISSUED: {"reverse": Invoice.REVERSED},
        Invoice.REVERSED: {"request": Invoice.REQUESTED},
    },
)

_ASK_BACK = {"request": FulfilmentCancel.PENDING, "accept": FulfilmentCancel.ACCEPTED}

FULFILMENT_CANCEL = Axis(
    "fulfilment_cancel",
    {
        FulfilmentCancel.NONE: _ASK_BACK,
        FulfilmentCancel.REFUSED: _ASK_BACK,
        FulfilmentCancel.PENDING: {
            "accept": FulfilmentCancel.ACCEPTED,
            "refuse": FulfilmentCancel.REFUSED,
        },
        FulfilmentCancel.ACCEPTED: {},
    },
)

SHIPMENT = Axis(
    "shipment",
    {ShipmentState.ACCEPTED: {"post": ShipmentState.POSTED}, ShipmentState.POSTED: {}},
)

_SHIP = {
    "ship_part": FulfilmentState.PART_SHIPPED,
    "ship_all": FulfilmentState.SHIPPED,
    "ship_short": FulfilmentState.SHORT_CLOSED,
}
_END = {"reject": FulfilmentState.REJECTED, "cancel": FulfilmentState.CANCELLED}
_READY = _SHIP | _END
_PACKED = _READY | {"ready": FulfilmentState.READY}
_PICKING = _PACKED | {"pack": FulfilmentState.PACKED}
_ACCEPTED = _PICKING | {"pick": FulfilmentState.PICKING}
_DISPATCHING = _ACCEPTED | {"accept": FulfilmentState.ACCEPTED}
_RESERVED = _DISPATCHING | {"dispatch": FulfilmentState.DISPATCHING}


def _stay_shipped(state: FulfilmentState) -> dict[str, FulfilmentState]:
    """A shipped fulfilment may still get shipments: a final message can come before the others."""
    return {"ship_part": state, "ship_all": state, "ship_short": state}


_CARRIED = {"sign": FulfilmentState.SIGNED, "refuse": FulfilmentState.REFUSED}

FULFILMENT = Axis(
    "fulfilment",
    {
        FulfilmentState.RESERVING: {
            "reserve": FulfilmentState.RESERVED,
            "cancel": FulfilmentState.CANCELLED,
        },
        FulfilmentState.RESERVED: _RESERVED,
        FulfilmentState.DISPATCHING: _DISPATCHING,
        FulfilmentState.ACCEPTED: _ACCEPTED,
        FulfilmentState.PICKING: _PICKING,
        FulfilmentState.PACKED: _PACKED,
        FulfilmentState.READY: _READY,
        FulfilmentState.PART_SHIPPED: _SHIP,
        FulfilmentState.SHIPPED: _stay_shipped(FulfilmentState.SHIPPED) | _CARRIED,
        FulfilmentState.SHORT_CLOSED: _stay_shipped(FulfilmentState.SHORT_CLOSED)
        | {"ship_all": FulfilmentState.SHIPPED}
        | _CARRIED,
        FulfilmentState.SIGNED: _stay_shipped(FulfilmentState.SIGNED),
        FulfilmentState.REFUSED: _stay_shipped(FulfilmentState.REFUSED),
        FulfilmentState.REJECTED: _SHIP | {"cancel": FulfilmentState.CANCELLED},
        FulfilmentState.CANCELLED: _SHIP,
    },
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
    SHIPMENT,
)
"""Every axis: what the diagram in the documentation and the tests walk."""

PROGRESS: Mapping[FulfilmentState, str] = {
    FulfilmentState.ACCEPTED: "accept",
    FulfilmentState.PICKING: "pick",
    FulfilmentState.PACKED: "pack",
    FulfilmentState.READY: "ready",
    FulfilmentState.SIGNED: "sign",
    FulfilmentState.REFUSED: "refuse",
}
"""The states that a WMS's step reports move a fulfilment to. Shipping and cancelling have their
own messages, so a step that says so only enters the track.
"""

SHIPPED_STATES = frozenset(
    {
        FulfilmentState.SHIPPED,
        FulfilmentState.SHORT_CLOSED,
        FulfilmentState.SIGNED,
        FulfilmentState.REFUSED,
    }
)
"""Done shipping: nothing more is expected to leave."""

AT_WMS = frozenset(
    {
        FulfilmentState.DISPATCHING,
        FulfilmentState.ACCEPTED,
        FulfilmentState.PICKING,
        FulfilmentState.PACKED,
        FulfilmentState.READY,
        FulfilmentState.PART_SHIPPED,
    }
)
"""The WMS has it, or may have it: only the WMS's word cancels it."""
