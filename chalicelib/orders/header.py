"""Where an order stands in one word, derived from its axes by a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from chalicelib.orders.model import Fulfilment, OrderHead
from chalicelib.orders.states import (
    SHIPPED_STATES,
    AfterSale,
    FulfilmentState,
    OrderCancel,
    Payment,
    Review,
    Sourcing,
)


class Header(StrEnum):
    """The one word for where an order stands."""

    WAIT_PAY = "WAIT_PAY"
    WAIT_REVIEW = "WAIT_REVIEW"
    HELD = "HELD"
    APPROVED = "APPROVED"
    WAIT_STOCK = "WAIT_STOCK"
    ROUTED = "ROUTED"
    DISPATCHING = "DISPATCHING"
    ACCEPTED = "ACCEPTED"
    PICKING = "PICKING"
    EXCEPTION = "EXCEPTION"
    PART_SHIPPED = "PART_SHIPPED"
    SHIPPED = "SHIPPED"
    SIGNED = "SIGNED"
    AFTER_SALE = "AFTER_SALE"
    CANCEL_PENDING = "CANCEL_PENDING"
    CANCELLED = "CANCELLED"


_WORKING = (
    (FulfilmentState.RESERVING, Header.APPROVED),
    (FulfilmentState.RESERVED, Header.ROUTED),
    (FulfilmentState.DISPATCHING, Header.DISPATCHING),
    (FulfilmentState.ACCEPTED, Header.ACCEPTED),
    (FulfilmentState.PICKING, Header.PICKING),
    (FulfilmentState.PACKED, Header.PICKING),
    (FulfilmentState.READY, Header.PICKING),
)
"""The least advanced fulfilment at work gives the header."""


def header(
    *,
    payment: Payment,
    review: Review,
    sourcing: Sourcing,
    cancel: OrderCancel,
    after_sale: AfterSale,
    fulfilments: Sequence[FulfilmentState],
) -> Header:
    """Where the order stands, in one word, from all axes.

    What left the warehouse comes first (it can't be undone), then the cancel, then what the order
    waits for, then the least advanced fulfilment. `fulfilments` are those that have units: an
    order whose units aren't all with a warehouse isn't shipped yet.
    """
    shipped = _shipped_header(after_sale, fulfilments)
    if shipped is not None:
        whole = shipped is Header.PART_SHIPPED or sourcing is Sourcing.ROUTED
        return shipped if whole else Header.PART_SHIPPED
    if cancel is OrderCancel.CANCELLED:
        return Header.CANCELLED
    if cancel is OrderCancel.PENDING:
        return Header.CANCEL_PENDING
    if payment is Payment.UNPAID:
        return Header.WAIT_PAY
    if review is not Review.APPROVED:
        return Header(review.value)
    if sourcing is Sourcing.WAIT_STOCK:
        return Header.WAIT_STOCK
    if sourcing is Sourcing.EXHAUSTED:
        return Header.EXCEPTION
    if sourcing is not Sourcing.ROUTED:
        return Header.APPROVED
    return _working_header(fulfilments)


def _shipped_header(after_sale: AfterSale, fulfilments: Sequence[FulfilmentState]) -> Header | None:
    """A cancelled part doesn't keep an order from being shipped; a rejected one does."""
    live = [state for state in fulfilments if state is not FulfilmentState.CANCELLED]
    done = [state for state in live if state in SHIPPED_STATES]
    if live and len(done) == len(live):
        if after_sale is AfterSale.OPEN:
            return Header.AFTER_SALE
        signed = all(state is FulfilmentState.SIGNED for state in live)
        return Header.SIGNED if signed else Header.SHIPPED
    if done or FulfilmentState.PART_SHIPPED in live:
        return Header.PART_SHIPPED
    return None


def _working_header(fulfilments: Sequence[FulfilmentState]) -> Header:
    if FulfilmentState.REJECTED in fulfilments:
        return Header.EXCEPTION
    for state, word in _WORKING:
        if state in fulfilments:
            return word
    return Header.EXCEPTION


def header_of(head: OrderHead, fulfilments: tuple[Fulfilment, ...]) -> Header:
    """`header` of an order as read."""
    return header(
        payment=head.payment,
        review=head.review,
        sourcing=head.sourcing,
        cancel=head.cancel,
        after_sale=head.after_sale,
        fulfilments=[each.state for each in fulfilments if not each.emptied],
    )
