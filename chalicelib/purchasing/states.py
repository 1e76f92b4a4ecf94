"""The states of a purchase order and of a receipt, as tables: state -> event -> state.

Receiving is physical: goods that stand in the warehouse are there whatever the order's state, so
every state has a step for it. A cancelled order stays cancelled and a person is asked. "Final" is
a flag of a message, not a lock: more may come after it, also messages that were sent before it, so
an order closed short can still become received in full. A WMS's answer to our sending may come
after its first receipt, so sending leaves a state that is further on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class PurchaseState(StrEnum):
    """Where a purchase order is."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    SENT = "SENT"
    PART_RECEIVED = "PART_RECEIVED"
    RECEIVED = "RECEIVED"
    SHORT_CLOSED = "SHORT_CLOSED"
    CANCELLED = "CANCELLED"


class PurchaseEvent(StrEnum):
    """What happens to a purchase order."""

    APPROVE = "approve"
    SEND = "send"
    RECEIVE_PART = "receive_part"
    RECEIVE_ALL = "receive_all"
    CLOSE_SHORT = "close_short"
    CANCEL = "cancel"


class ReceiptState(StrEnum):
    """A receipt: accepted from the WMS, then posted to the ledger."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


class ReceiptEvent(StrEnum):
    """What happens to a receipt."""

    POST = "post"


_ARRIVE: Mapping[PurchaseEvent, PurchaseState] = {
    PurchaseEvent.RECEIVE_PART: PurchaseState.PART_RECEIVED,
    PurchaseEvent.RECEIVE_ALL: PurchaseState.RECEIVED,
    PurchaseEvent.CLOSE_SHORT: PurchaseState.SHORT_CLOSED,
}

PURCHASE: Mapping[PurchaseState, Mapping[PurchaseEvent, PurchaseState]] = {
    PurchaseState.DRAFT: {
        **_ARRIVE,
        PurchaseEvent.APPROVE: PurchaseState.APPROVED,
        PurchaseEvent.CANCEL: PurchaseState.CANCELLED,
    },
    PurchaseState.APPROVED: {
        **_ARRIVE,
        PurchaseEvent.SEND: PurchaseState.SENT,
        PurchaseEvent.CANCEL: PurchaseState.CANCELLED,
    },
    PurchaseState.SENT: {
        **_ARRIVE,
        PurchaseEvent.SEND: PurchaseState.SENT,
        PurchaseEvent.CANCEL: PurchaseState.CANCELLED,
    },
    PurchaseState.PART_RECEIVED: {
        **_ARRIVE,
        PurchaseEvent.SEND: PurchaseState.PART_RECEIVED,
    },
    PurchaseState.SHORT_CLOSED: {
        PurchaseEvent.SEND: PurchaseState.SHORT_CLOSED,
        PurchaseEvent.CLOSE_SHORT: PurchaseState.SHORT_CLOSED,
        PurchaseEvent.RECEIVE_ALL: PurchaseState.RECEIVED,
    },
    PurchaseState.RECEIVED: {
        PurchaseEvent.SEND: PurchaseState.RECEIVED,
        PurchaseEvent.RECEIVE_ALL: PurchaseState.RECEIVED,
    },
    PurchaseState.CANCELLED: {
        PurchaseEvent.RECEIVE_PART: PurchaseState.CANCELLED,
        PurchaseEvent.RECEIVE_ALL: PurchaseState.CANCELLED,
        PurchaseEvent.CLOSE_SHORT: PurchaseState.CANCELLED,
    },
}

RECEIPT: Mapping[ReceiptState, Mapping[ReceiptEvent, ReceiptState]] = {
    ReceiptState.ACCEPTED: {ReceiptEvent.POST: ReceiptState.POSTED},
    ReceiptState.POSTED: {},
}


def advance_purchase(state: PurchaseState, event: PurchaseEvent) -> PurchaseState:
    """The state after the event; `IllegalTransition` where the table has none."""
    following = PURCHASE[state].get(event)
    if following is None:
        raise IllegalTransition("purchase_order", state, event)
    return following


def advance_receipt(state: ReceiptState, event: ReceiptEvent) -> ReceiptState:
    """The state after the event; `IllegalTransition` where the table has none."""
    following = RECEIPT[state].get(event)
    if following is None:
        raise IllegalTransition("receipt", state, event)
    return following
