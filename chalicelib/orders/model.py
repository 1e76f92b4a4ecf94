"""Orders (销售订单), their fulfilments (发货单), shipments and parcels: the types and their sums.

Amounts are fen of the order's currency. Order-level amounts are apportioned once, when the order is
taken in, to lines; a line's units are numbered from 0 and carry cumulative floors of the line's
amounts (`kernel.money.unit_share`). A fulfilment names units, so whatever the split, the sums over
an order's fulfilments equal the order's to the fen, in every column.

What a state is stands in `states.py`; personal data stands in `Person` only, which is kept sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.kernel.money import Fen, unit_share
from chalicelib.kernel.provenance import Source
from chalicelib.orders.states import (
    AfterSale,
    FulfilmentCancel,
    FulfilmentState,
    Invoice,
    OrderCancel,
    Payment,
    Review,
    ShipmentState,
    Sourcing,
)

GOOD = "ZP"
"""The inventory type of sellable goods (正品), which is what orders are shipped from."""


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
class OrderLine:
    """One line: `quantity` pieces at `unit_price` fen; `amount` is their product.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was bought: written once, never changed.

    `payable` = goods_amount - discount - order_discount + freight; each is the sum over the lines.
    `message` leads to the raw request; `content_digest` tells a repeat from another order.
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
    """Why an order waits for a person. `rule` is the rule's code, or "" when a person held it.

    A released hold stays listed, and its rule doesn't hold the order a second time.
    """

    type: str
    reason: str
    rule: str
    opened_at: datetime
    opened_by: str
    released_at: datetime | None = None
    released_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still keeps the order waiting."""
        return self.released_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHead:
    """An order's states, one per axis, and what changes with them. `version` counts the changes.

    `fulfilments` are the numbers of its fulfilments in the order they were made; `done` those that
    are done shipping or cancelled. `numbered` counts the fulfilment numbers ever given, `decision`
    the routing decisions.
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
    reviewed_at: datetime | None = None
    routed_at: datetime | None = None
    shipped_at: datetime | None = None
    cancel_reason: str = ""
    cancel_by: str = ""
    cancel_requested_at: datetime | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Units `first_unit` … `first_unit + quantity - 1` of an order line, in one fulfilment."""

    order_line_no: int
    first_unit: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLine:
    """Some units of one order line, with the amounts those units carry. `line_no` counts from 1."""

    line_no: int
    order_line_no: int
    sku: str
    name: str
    first_unit: int
    quantity: int
    unit_price: Fen
    amount: Fen
    discount: Fen
    order_discount: Fen
    freight: Fen
    payable: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """One warehouse's part of an order. `no` is the order's number with `-01`, `-02` …

    `confirmed` is what the WMS has confirmed so far, line by line (pieces, in line order; more than
    ordered if more left); `final` that it said it is done; `posted` the shipments in the ledger.
    `state_at` is the WMS's own time of the step the state is at: an older step doesn't move it.
    """

    no: str
    order_no: str
    shop: str
    owner: str
    warehouse: str
    lines: tuple[FulfilmentLine, ...]
    created_at: datetime
    state: FulfilmentState = FulfilmentState.RESERVED
    cancel: FulfilmentCancel = FulfilmentCancel.NONE
    version: int = 1
    wms_order_id: str = ""
    confirmed: tuple[int, ...] = ()
    final: bool = False
    shipments: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    state_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: Source | None = None
    refusal_code: str = ""
    cancelled_at: datetime | None = None
    shipped_at: datetime | None = None

    @property
    def quantity(self) -> int:
        """Pieces over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def goods_amount(self) -> Fen:
        """List prices of the pieces."""
        return sum(line.amount for line in self.lines)

    @property
    def discount(self) -> Fen:
        """The lines' own discounts."""
        return sum(line.discount for line in self.lines)

    @property
    def order_discount(self) -> Fen:
        """The fulfilment's share of the order's discount."""
        return sum(line.order_discount for line in self.lines)

    @property
    def freight(self) -> Fen:
        """The fulfilment's share of the order's freight."""
        return sum(line.freight for line in self.lines)

    @property
    def payable(self) -> Fen:
        """goods_amount - discount - order_discount + freight."""
        return sum(line.payable for line in self.lines) + self.freight


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One parcel (包裹) as the WMS reported it: what is in it, who carries it."""

    no: str
    waybill: str
    carrier_code: str
    carrier_name: str
    weight_grams: int
    items: tuple[tuple[str, int], ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    """Pieces that left a warehouse. `fulfilment_line_no` is None where the WMS named no line that
    we know; it is then placed by SKU, or stays unplaced and is raised for a person.
    """

    fulfilment_line_no: int | None
    sku: str
    quantity: int
    inventory_type: str
    batch: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One confirmation of a fulfilment: what physically left, whatever we think of it.

    `id` comes from `shipment_id`, so that it is accepted once and leads to its order.
    `posting_date` is the business date in the warehouse's zone. `told` counts the parcels whose
    `ParcelShipped` is out.
    """

    id: str
    fulfilment_no: str
    order_no: str
    warehouse: str
    parcels: tuple[Parcel, ...]
    lines: tuple[ShipmentLine, ...]
    final: bool
    occurred_at: datetime
    posting_date: date
    message_id: str
    state: ShipmentState = ShipmentState.ACCEPTED
    version: int = 1
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """Something that happened to an order. `axis`, `before` and `after` are "" where no state
    moved; `message` leads to what said so. No personal data.
    """

    at: datetime
    kind: str
    subject: str
    axis: str = ""
    before: str = ""
    after: str = ""
    text: str = ""
    message: Source | None = None
    recorded_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def order_no_of(fulfilment_no: str) -> str:
    """`2611220012345678901-01` -> `2611220012345678901`."""
    return fulfilment_no.rpartition("-")[0]


def fulfilment_no(order_no: str, position: int) -> str:
    """The number of an order's fulfilment at `position` (from 1): two digits at least."""
    return f"{order_no}-{position:02d}"


def shipment_id(fulfilment_no: str, identity: str) -> str:
    """The id of a confirmation; `identity` is what tells it from the fulfilment's others, such as
    the WMS's outBizCode or a digest of the content.
    """
    return f"{fulfilment_no}:{identity}"


def fulfilment_of(shipment: str) -> str:
    """The fulfilment that a shipment's id names."""
    return shipment.partition(":")[0]


def fulfilment_lines(
    order_lines: Sequence[OrderLine], assignments: Sequence[Assignment]
) -> tuple[FulfilmentLine, ...]:
    """The lines of a fulfilment, with the amounts that its units carry."""
    by_no = {line.line_no: line for line in order_lines}
    return tuple(
        _fulfilment_line(position, by_no[each.order_line_no], each)
        for position, each in enumerate(assignments, start=1)
    )


def _fulfilment_line(position: int, line: OrderLine, units: Assignment) -> FulfilmentLine:
    def share(total: Fen) -> Fen:
        return unit_share(total, line.quantity, units.first_unit, units.quantity)

    amount, discount = share(line.amount), share(line.discount)
    order_discount = share(line.order_discount)
    return FulfilmentLine(
        line_no=position,
        order_line_no=line.line_no,
        sku=line.sku,
        name=line.name,
        first_unit=units.first_unit,
        quantity=units.quantity,
        unit_price=line.unit_price,
        amount=amount,
        discount=discount,
        order_discount=order_discount,
        freight=share(line.freight),
        payable=amount - discount - order_discount,
    )
