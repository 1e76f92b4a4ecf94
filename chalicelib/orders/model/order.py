"""What was bought, by whom, and where the order stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import Sealed
from chalicelib.orders.model.units import Assignment, Unsourced
from chalicelib.orders.states import (
    AfterSale,
    Invoice,
    OrderCancel,
    Payment,
    Review,
    Sourcing,
)


class Purpose(StrEnum):
    """Why goods go to a buyer: bought, in exchange for what comes back (换货), or sent once more
    (补发).
    """

    SALE = "SALE"
    EXCHANGE = "EXCHANGE"
    RESHIPMENT = "RESHIPMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where an order goes, as coarse as sourcing needs it; kept in the open, so no street."""

    province: str
    city: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRequest:
    """That an invoice is asked for: `kind` is `PERSON` or `COMPANY`; the title is in `Person`."""

    kind: str
    has_tax_no: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """What was sold where a line is a part of it: so many bundles of a version."""

    code: str
    version: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line: `quantity` pieces at `unit_price` fen; `amount` is their product.

    A bundle is sold as one and shipped as parts: each part is a line, with the `channel_line_id`
    that they share and its part of the price; there `unit_price` is rounded, and `amount` counts.

    `discount` is the line's own, `order_discount` and `freight` are its shares of the order's.
    `payable` = amount - discount - order_discount; freight stands beside it.
    """

    line_no: int
    channel_line_id: str
    sku: str
    name: str
    quantity: int
    unit_price: Fen
    amount: Fen
    discount: Fen
    order_discount: Fen
    freight: Fen
    payable: Fen
    tax_rate_percent: int
    tax_code: str
    bundle: PartOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was bought: written once, never changed.

    `payable` = goods_amount - discount - order_discount + freight; each is the sum over the lines.
    `message` leads to the raw request; `content_digest` tells a repeat from another order.

    What isn't a sale has no prices and is never invoiced: `cause` is the document that led to it,
    `replaces` the fulfilment it stands in for.
    """

    no: str
    shop: str
    channel: str
    owner: str
    channel_order_id: str
    currency: str
    placed_at: datetime
    paid_at: datetime
    lines: tuple[OrderLine, ...]
    goods_amount: Fen
    discount: Fen
    order_discount: Fen
    freight: Fen
    payable: Fen
    region: Region
    invoice_request: InvoiceRequest | None
    created_at: datetime
    message: Source
    content_digest: str
    buyer_remarked: bool = False
    purpose: Purpose = Purpose.SALE
    cause: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything personal about an order; kept sealed under the order's number, shown masked."""

    name: str
    mobile: str
    province: str
    city: str
    district: str
    address: str
    phone: str = ""
    town: str = ""
    zip_code: str = ""
    buyer_nick: str = ""
    buyer_remark: str = ""
    seller_remark: str = ""
    invoice_title: str = ""
    invoice_tax_no: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why an order waits for a person. A rule says so by its code and in a sentence (`reason`), a
    person in `words`.

    A released hold stays listed, and its rule doesn't hold the order a second time.
    """

    type: str
    opened_at: datetime
    opened_by: str
    reason: str = ""
    rule: str = ""
    words: Sealed | None = None
    released_at: datetime | None = None
    released_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still keeps the order waiting."""
        return self.released_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHead:
    """An order's states, one per axis, and what changes with them. `version` counts the changes.
    What people type (`words`) may be about a person, so it is kept sealed.

    `fulfilments` are the numbers of its fulfilments in the order they were made; `done` those that
    are done shipping or cancelled. `numbered` counts the fulfilment numbers ever given, `decision`
    the routing decisions. `unsourced` are units that a warehouse couldn't ship and that are to be
    sourced again, `dropped` those given up for a cancel before they were.
    """

    no: str
    shop: str
    owner: str
    channel_order_id: str
    created_at: datetime
    version: int = 1
    payment: Payment = Payment.PAID
    review: Review = Review.WAIT_REVIEW
    sourcing: Sourcing = Sourcing.TO_SOURCE
    cancel: OrderCancel = OrderCancel.NONE
    after_sale: AfterSale = AfterSale.NONE
    invoice: Invoice = Invoice.NONE
    holds: tuple[Hold, ...] = ()
    fulfilments: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    numbered: int = 0
    decision: int = 0
    unsourced: tuple[Unsourced, ...] = ()
    dropped: tuple[Assignment, ...] = ()
    reviewed_at: datetime | None = None
    routed_at: datetime | None = None
    shipped_at: datetime | None = None
    cancel_words: Sealed | None = None
    cancel_by: str = ""
    cancel_requested_at: datetime | None = None
    cancelled_at: datetime | None = None
