"""The states of a purchase order, of its cancelling and its appointment, and of a receipt, as
tables: state -> event -> state.

Receiving is physical: goods that stand in the warehouse are there whatever the order's state, so
every state has a step for it. A cancelled order stays cancelled and a person is asked. "Final" is
a flag of a message, not a lock: more may come after it, also messages that were sent before it, so
an order closed short can still become received in full. A WMS's answer to our sending may come
after its first receipt, so sending leaves a state that is further on as it is.

Cancelling is an axis of its own: what may be at a WMS is asked back, and the WMS's word decides.
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
    """What happens to a purchase order. `close_short`: a WMS's last word; `close_by_hand`: a
    person's.
    """

    CHANGE = "change"
    APPROVE = "approve"
    SEND = "send"
    RECEIVE_PART = "receive_part"
    RECEIVE_ALL = "receive_all"
    CLOSE_SHORT = "close_short"
    CLOSE_BY_HAND = "close_by_hand"
    CANCEL = "cancel"


class PurchaseCancel(StrEnum):
    """Asking a purchase order back from the WMS, which may refuse; then it can be asked again."""

    NONE = "NONE"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class CancelEvent(StrEnum):
    """What happens to the cancelling of a purchase order."""

    REQUEST = "request_cancel"
    ACCEPT = "accept_cancel"
    REFUSE = "refuse_cancel"


class ReceiptState(StrEnum):
    """A receipt: accepted from the WMS, then posted to the ledger."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


class ReceiptEvent(StrEnum):
    """What happens to a receipt."""

    POST = "post"


class AppointmentState(StrEnum):
    """A delivery appointment. How it was kept is told by when the goods came."""

    BOOKED = "BOOKED"
    CANCELLED = "CANCELLED"
    ARRIVED = "ARRIVED"


class AppointmentEvent(StrEnum):
    """What happens to a delivery appointment. `book` also moves it to another slot."""

    BOOK = "book"
    CANCEL = "cancel"
    ARRIVE = "arrive"


_ARRIVE: Mapping[PurchaseEvent, PurchaseState] = {
    PurchaseEvent.RECEIVE_PART: PurchaseState.PART_RECEIVED,
    PurchaseEvent.RECEIVE_ALL: PurchaseState.RECEIVED,
    PurchaseEvent.CLOSE_SHORT: PurchaseState.SHORT_CLOSED,
}

PURCHASE: Mapping[PurchaseState, Mapping[PurchaseEvent, PurchaseState]] = {
    PurchaseState.DRAFT: {
        **_ARRIVE,
        PurchaseEvent.CHANGE: PurchaseState.DRAFT,
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
        PurchaseEvent.CLOSE_BY_HAND: PurchaseState.SHORT_CLOSED,
    },
    PurchaseState.PART_RECEIVED: {
        **_ARRIVE,
        PurchaseEvent.CLOSE_BY_HAND: PurchaseState.SHORT_CLOSED,
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

CANCEL: Mapping[PurchaseCancel, Mapping[CancelEvent, PurchaseCancel]] = {
    PurchaseCancel.NONE: {
        CancelEvent.REQUEST: PurchaseCancel.PENDING,
        CancelEvent.ACCEPT: PurchaseCancel.ACCEPTED,
    },
    PurchaseCancel.PENDING: {
        CancelEvent.ACCEPT: PurchaseCancel.ACCEPTED,
        CancelEvent.REFUSE: PurchaseCancel.REFUSED,
    },
    PurchaseCancel.REFUSED: {
        CancelEvent.REQUEST: PurchaseCancel.PENDING,
        CancelEvent.ACCEPT: PurchaseCancel.ACCEPTED,
    },
    PurchaseCancel.ACCEPTED: {},
}

APPOINTMENT: Mapping[AppointmentState, Mapping[AppointmentEvent, AppointmentState]] = {
    AppointmentState.BOOKED: {
        AppointmentEvent.BOOK: AppointmentState.BOOKED,
        AppointmentEvent.CANCEL: AppointmentState.CANCELLED,
        AppointmentEvent.ARRIVE: AppointmentState.ARRIVED,
    },
    AppointmentState.CANCELLED: {AppointmentEvent.BOOK: AppointmentState.BOOKED},
    AppointmentState.ARRIVED: {},
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


def advance_cancel(state: PurchaseCancel, event: CancelEvent) -> PurchaseCancel:
    """The state after the event; `IllegalTransition` where the table has none."""
    following = CANCEL[state].get(event)
    if following is None:
        raise IllegalTransition("purchase_cancel", state, event)
    return following


def advance_appointment(state: AppointmentState, event: AppointmentEvent) -> AppointmentState:
    """The state after the event; `IllegalTransition` where the table has none."""
    following = APPOINTMENT[state].get(event)
    if following is None:
        raise IllegalTransition("appointment", state, event)
    return following


def advance_receipt(state: ReceiptState, event: ReceiptEvent) -> ReceiptState:
    """The state after the event; `IllegalTransition` where the table has none."""
    following = RECEIPT[state].get(event)
    if following is None:
        raise IllegalTransition("receipt", state, event)
    return following
