"""What the whole order makes of one fulfilment's new state: cancelled, shipped, done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.writes import Put
from chalicelib.orders.model import Fulfilment, OrderHead
from chalicelib.orders.states import (
    ASKED_BACK,
    ORDER_CANCEL,
    SHIPPED_STATES,
    SOURCING,
    FulfilmentCancel,
    FulfilmentState,
    OrderCancel,
)


def settle(
    head: OrderHead, fulfilments: Sequence[Fulfilment], *, at: datetime
) -> tuple[OrderHead, tuple[Event, ...]]:
    """The head after its fulfilments became these, and `OrderShipped` if that is it.

    A pending cancel is decided once no fulfilment's is open. An order is shipped when every
    fulfilment is done, one at least was shipped, and no units wait to be sourced again.
    """
    settled = replace(head, cancel=_cancel_outcome(head, fulfilments))
    if settled.cancel is OrderCancel.CANCELLED and head.cancel is not OrderCancel.CANCELLED:
        settled = replace(settled, cancelled_at=at)
    done = tuple(
        each.no
        for each in fulfilments
        if each.state in SHIPPED_STATES or each.state is FulfilmentState.CANCELLED or each.emptied
    )
    settled = replace(settled, done=done)
    shipped = [each for each in fulfilments if each.state in SHIPPED_STATES]
    waits = len(done) < len(fulfilments) or head.unsourced
    if head.shipped_at is not None or not shipped or waits:
        return settled, ()
    return replace(settled, shipped_at=at), (_order_shipped(head, at),)


def replaced(fulfilments: Sequence[Fulfilment], changed: Fulfilment) -> tuple[Fulfilment, ...]:
    """The fulfilments with one of them changed."""
    return tuple(changed if each.no == changed.no else each for each in fulfilments)


def _cancel_outcome(head: OrderHead, fulfilments: Sequence[Fulfilment]) -> OrderCancel:
    """Fulfilments whose units all went elsewhere don't count, units that were given up do."""
    cancel = head.cancel
    if cancel is not OrderCancel.PENDING:
        return cancel
    live = [each for each in fulfilments if not each.emptied]
    if any(each.cancel in ASKED_BACK for each in live):
        return cancel
    if all(each.state is FulfilmentState.CANCELLED for each in live):
        return ORDER_CANCEL.advance(cancel, "cancel")
    partly = head.dropped or any(each.cancel is FulfilmentCancel.ACCEPTED for each in live)
    return ORDER_CANCEL.advance(cancel, "cancel_part" if partly else "refuse")


def _order_shipped(head: OrderHead, at: datetime) -> Event:
    return Event(
        id=f"OrderShipped:{head.no}",
        kind="OrderShipped",
        subject=head.no,
        occurred_at=at,
        correlation=head.no,
        data={"shop": head.shop},
    )


def case(kind: ExceptionKind, document: str, text: str, *, message_id: str, at: datetime) -> Put:
    """An exception case about a document, raised once however often it is seen."""
    return plan_exception(
        ExceptionCase(
            id=f"{kind}:{document}",
            kind=kind,
            document=document,
            text=text,
            message_id=message_id,
            raised_at=at,
        )
    )


def given_up(head: OrderHead) -> OrderHead:
    """The head of an order that is being cancelled: what no warehouse has is given up at once."""
    if not head.unsourced:
        return head
    units = tuple(row.units for row in head.unsourced)
    sourcing = SOURCING.advance(head.sourcing, "give_up")
    return replace(head, sourcing=sourcing, unsourced=(), dropped=(*head.dropped, *units))
