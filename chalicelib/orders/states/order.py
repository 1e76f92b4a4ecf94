"""The axes of a whole order: payment, review, sourcing, cancel, after-sale, invoice."""

from __future__ import annotations

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
    `UNDOING` one whose reservations are being given back. `EXHAUSTED`: units that came back from
    their warehouse have been tried everywhere, and a person decides.
    """

    TO_SOURCE = "TO_SOURCE"
    WAIT_STOCK = "WAIT_STOCK"
    ROUTING = "ROUTING"
    UNDOING = "UNDOING"
    ROUTED = "ROUTED"
    EXHAUSTED = "EXHAUSTED"


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
            "resume": Review.APPROVED,
        },
        Review.APPROVED: {"hold": Review.HELD},
    },
)

_TO_ROUTE = {
    "begin": Sourcing.ROUTING,
    "route": Sourcing.ROUTED,
    "short": Sourcing.WAIT_STOCK,
    "exhaust": Sourcing.EXHAUSTED,
    "give_up": Sourcing.ROUTED,
}
_AGAIN = {"again": Sourcing.TO_SOURCE}

SOURCING = Axis(
    "sourcing",
    {
        Sourcing.TO_SOURCE: _TO_ROUTE | _AGAIN,
        Sourcing.WAIT_STOCK: _TO_ROUTE | _AGAIN,
        Sourcing.ROUTING: {
            "route": Sourcing.ROUTED,
            "undo": Sourcing.UNDOING,
            "again": Sourcing.ROUTING,
        },
        Sourcing.UNDOING: {"undone": Sourcing.TO_SOURCE, "again": Sourcing.UNDOING},
        Sourcing.ROUTED: _AGAIN,
        Sourcing.EXHAUSTED: {"give_up": Sourcing.ROUTED} | _AGAIN,
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
