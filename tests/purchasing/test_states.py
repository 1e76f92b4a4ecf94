"""Every pair of state and event of purchase orders and receipts."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.purchasing.states import (
    APPOINTMENT,
    CANCEL,
    PURCHASE,
    RECEIPT,
    AppointmentEvent,
    AppointmentState,
    CancelEvent,
    PurchaseCancel,
    PurchaseEvent,
    PurchaseState,
    ReceiptEvent,
    ReceiptState,
    advance_appointment,
    advance_cancel,
    advance_purchase,
    advance_receipt,
)

ARRIVING = {
    "receive_part": "PART_RECEIVED",
    "receive_all": "RECEIVED",
    "close_short": "SHORT_CLOSED",
}

EXPECTED: dict[str, dict[str, str]] = {
    "DRAFT": {"change": "DRAFT", "approve": "APPROVED", "cancel": "CANCELLED", **ARRIVING},
    "APPROVED": {"send": "SENT", "cancel": "CANCELLED", **ARRIVING},
    "SENT": {
        "send": "SENT",
        "cancel": "CANCELLED",
        "close_by_hand": "SHORT_CLOSED",
        **ARRIVING,
    },
    "PART_RECEIVED": {
        "send": "PART_RECEIVED",
        "close_by_hand": "SHORT_CLOSED",
        **ARRIVING,
    },
    "SHORT_CLOSED": {
        "send": "SHORT_CLOSED",
        "close_short": "SHORT_CLOSED",
        "receive_all": "RECEIVED",
    },
    "RECEIVED": {"send": "RECEIVED", "receive_all": "RECEIVED"},
    "CANCELLED": {
        "receive_part": "CANCELLED",
        "receive_all": "CANCELLED",
        "close_short": "CANCELLED",
    },
}

CANCELLING: dict[str, dict[str, str]] = {
    "NONE": {"request_cancel": "PENDING", "accept_cancel": "ACCEPTED"},
    "PENDING": {"accept_cancel": "ACCEPTED", "refuse_cancel": "REFUSED"},
    "REFUSED": {"request_cancel": "PENDING", "accept_cancel": "ACCEPTED"},
    "ACCEPTED": {},
}


APPOINTMENTS: dict[str, dict[str, str]] = {
    "BOOKED": {"book": "BOOKED", "cancel": "CANCELLED", "arrive": "ARRIVED"},
    "CANCELLED": {"book": "BOOKED"},
    "ARRIVED": {},
}


@pytest.mark.parametrize("state", list(AppointmentState))
@pytest.mark.parametrize("event", list(AppointmentEvent))
def test_every_pair_of_an_appointment_is_as_the_table_says(
    state: AppointmentState, event: AppointmentEvent
) -> None:
    assert set(APPOINTMENT) == set(AppointmentState)
    following = APPOINTMENTS[state.value].get(event.value)
    if following is not None:
        assert advance_appointment(state, event).value == following
        return
    with pytest.raises(IllegalTransition):
        advance_appointment(state, event)


@pytest.mark.parametrize("state", list(PurchaseCancel))
@pytest.mark.parametrize("event", list(CancelEvent))
def test_every_pair_of_a_cancel_is_as_the_table_says(
    state: PurchaseCancel, event: CancelEvent
) -> None:
    following = CANCELLING[state.value].get(event.value)
    if following is not None:
        assert advance_cancel(state, event).value == following
        return
    with pytest.raises(IllegalTransition) as refused:
        advance_cancel(state, event)
    assert (refused.value.axis, refused.value.state, refused.value.event) == (
        "purchase_cancel",
        state,
        event,
    )


@pytest.mark.parametrize("state", list(PurchaseState))
@pytest.mark.parametrize("event", list(PurchaseEvent))
def test_every_pair_of_a_purchase_order_is_as_the_table_says(
    state: PurchaseState, event: PurchaseEvent
) -> None:
    following = EXPECTED[state.value].get(event.value)
    if following is not None:
        assert advance_purchase(state, event).value == following
        return
    with pytest.raises(IllegalTransition) as refused:
        advance_purchase(state, event)
    assert (refused.value.axis, refused.value.state, refused.value.event) == (
        "purchase_order",
        state,
        event,
    )


def test_every_state_stands_in_its_table() -> None:
    assert set(PURCHASE) == set(PurchaseState)
    assert set(RECEIPT) == set(ReceiptState)
    assert set(CANCEL) == set(PurchaseCancel)


@pytest.mark.parametrize("state", list(PurchaseState))
def test_goods_can_arrive_in_every_state(state: PurchaseState) -> None:
    assert PurchaseEvent.RECEIVE_ALL in PURCHASE[state]


def test_a_receipt_is_posted_once() -> None:
    assert advance_receipt(ReceiptState.ACCEPTED, ReceiptEvent.POST) is ReceiptState.POSTED
    with pytest.raises(IllegalTransition):
        advance_receipt(ReceiptState.POSTED, ReceiptEvent.POST)
