"""The life cycles of a return, its receipts, and parcels that nobody claims, as tables.

Goods that come back are booked whatever was agreed. While a return is under way they are its own;
of one that is rejected, cancelled or closed they are an unclaimed parcel, which a person places. So
`sign`, `inspect_part` and `inspect` are possible from every state in which it is under way, and
from no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.orders.axis import Axis


class ReturnState(StrEnum):
    """Where a return is. `DISPATCHING`: the WMS may have it already. `INSPECTED` waits for a
    person where not all came back; else the refund follows at once.
    """

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    DISPATCHING = "DISPATCHING"
    SENT = "SENT"
    PARCEL_SIGNED = "PARCEL_SIGNED"
    PART_INSPECTED = "PART_INSPECTED"
    INSPECTED = "INSPECTED"
    REFUND_PENDING = "REFUND_PENDING"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class ReturnCancel(StrEnum):
    """The cancellation of a return that a WMS may have: the WMS's word decides it."""

    NONE = "NONE"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class ReturnReceiptState(StrEnum):
    """Goods that came back: taken in, then posted to the ledger by a worker."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


class UnclaimedState(StrEnum):
    """A parcel that nobody claims: taken in, posted to suspense, then placed by a person: matched
    to an order, or ended as goods that were found, as sent back to its sender, as disposed of.
    """

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"
    MATCHED = "MATCHED"
    TAKEN_IN = "TAKEN_IN"
    SENT_BACK = "SENT_BACK"
    DISPOSED = "DISPOSED"


_ARRIVE = {
    "sign": ReturnState.PARCEL_SIGNED,
    "inspect_part": ReturnState.PART_INSPECTED,
    "inspect": ReturnState.INSPECTED,
}
_AT_WMS = {"send": ReturnState.SENT, "cancel": ReturnState.CANCELLED} | _ARRIVE


def _stay(state: ReturnState, *events: str) -> dict[str, ReturnState]:
    """News that comes late and moves nothing."""
    return dict.fromkeys(events, state)


RETURN = Axis(
    "return",
    {
        ReturnState.REQUESTED: {
            "approve": ReturnState.APPROVED,
            "reject": ReturnState.REJECTED,
            "cancel": ReturnState.CANCELLED,
        }
        | _ARRIVE,
        ReturnState.APPROVED: {"dispatch": ReturnState.DISPATCHING} | _AT_WMS,
        ReturnState.DISPATCHING: _AT_WMS,
        ReturnState.SENT: _AT_WMS,
        ReturnState.PARCEL_SIGNED: _AT_WMS | _stay(ReturnState.PARCEL_SIGNED, "send", "sign"),
        ReturnState.PART_INSPECTED: _ARRIVE | _stay(ReturnState.PART_INSPECTED, "send", "sign"),
        ReturnState.INSPECTED: {
            "refund": ReturnState.REFUND_PENDING,
            "close": ReturnState.CLOSED,
        }
        | _stay(ReturnState.INSPECTED, "send", "sign", "inspect_part", "inspect"),
        ReturnState.REFUND_PENDING: {"close": ReturnState.CLOSED}
        | _stay(ReturnState.REFUND_PENDING, "send", "sign", "inspect_part", "inspect"),
        ReturnState.CLOSED: {},
        ReturnState.REJECTED: {},
        ReturnState.CANCELLED: {},
    },
)

_ASK_BACK = {"request": ReturnCancel.PENDING, "accept": ReturnCancel.ACCEPTED}

RETURN_CANCEL = Axis(
    "return_cancel",
    {
        ReturnCancel.NONE: _ASK_BACK,
        ReturnCancel.REFUSED: _ASK_BACK,
        ReturnCancel.PENDING: {
            "accept": ReturnCancel.ACCEPTED,
            "refuse": ReturnCancel.REFUSED,
        },
        ReturnCancel.ACCEPTED: {},
    },
)

RETURN_RECEIPT = Axis(
    "return_receipt",
    {
        ReturnReceiptState.ACCEPTED: {"post": ReturnReceiptState.POSTED},
        ReturnReceiptState.POSTED: {},
    },
)

UNCLAIMED = Axis(
    "unclaimed_parcel",
    {
        UnclaimedState.ACCEPTED: {"post": UnclaimedState.POSTED},
        UnclaimedState.POSTED: {
            "match": UnclaimedState.MATCHED,
            "take_in": UnclaimedState.TAKEN_IN,
            "send_back": UnclaimedState.SENT_BACK,
            "dispose": UnclaimedState.DISPOSED,
        },
        UnclaimedState.MATCHED: {},
        UnclaimedState.TAKEN_IN: {},
        UnclaimedState.SENT_BACK: {},
        UnclaimedState.DISPOSED: {},
    },
)

ENDS: Mapping[UnclaimedState, str] = {
    UnclaimedState.TAKEN_IN: "take_in",
    UnclaimedState.SENT_BACK: "send_back",
    UnclaimedState.DISPOSED: "dispose",
}
"""How a person may end a parcel that is nobody's, and by which event."""

AXES = (RETURN, RETURN_CANCEL, RETURN_RECEIPT, UNCLAIMED)
"""Every axis: what the tests walk."""

UNDER_WAY = frozenset(state for state, steps in RETURN.steps.items() if "inspect" in steps)
"""Goods that come are the return's own."""

AT_WMS = frozenset({ReturnState.DISPATCHING, ReturnState.SENT, ReturnState.PARCEL_SIGNED})
"""The WMS has it, or may have it: only the WMS's word cancels it."""

FOR_PEOPLE = frozenset({ReturnState.REQUESTED, ReturnState.INSPECTED, ReturnState.REFUND_PENDING})
"""States that a person, or finance, has to move on."""
