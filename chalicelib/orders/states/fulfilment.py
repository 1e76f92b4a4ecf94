"""The axes of one fulfilment and of its shipments: where it is, taking it back, holding it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.orders.axis import Axis


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
    """Taking one fulfilment back: asked for before it leaves (`PENDING`; `UNKNOWN` while the WMS
    was silent and is asked what became of it), on the road after it was refused. The WMS's word
    decides both; where it didn't come in time it is `INTERCEPT_UNANSWERED`, and a person is told.
    """

    NONE = "NONE"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    INTERCEPTING = "INTERCEPTING"
    INTERCEPT_UNANSWERED = "INTERCEPT_UNANSWERED"
    INTERCEPTED = "INTERCEPTED"
    INTERCEPT_FAILED = "INTERCEPT_FAILED"


class FulfilmentHold(StrEnum):
    """Whether the WMS lets a fulfilment lie (挂起). `HELD` is also one that hasn't gone out yet and
    is kept back here.
    """

    NONE = "NONE"
    ASKED = "ASKED"
    HELD = "HELD"
    REFUSED = "REFUSED"
    RESTORING = "RESTORING"


class ShipmentState(StrEnum):
    """A confirmation: taken in, then posted to the ledger by a worker."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


_STOPPED = {
    "accept": FulfilmentCancel.ACCEPTED,
    "intercepted": FulfilmentCancel.INTERCEPTED,
}
_ASK_BACK = _STOPPED | {
    "request": FulfilmentCancel.PENDING,
    "intercept": FulfilmentCancel.INTERCEPTING,
}
_ASKED = _STOPPED | {"refuse": FulfilmentCancel.REFUSED}

FULFILMENT_CANCEL = Axis(
    "fulfilment_cancel",
    {
        FulfilmentCancel.NONE: _ASK_BACK,
        FulfilmentCancel.PENDING: _ASKED | {"lose": FulfilmentCancel.UNKNOWN},
        FulfilmentCancel.UNKNOWN: _ASKED,
        FulfilmentCancel.REFUSED: _ASK_BACK,
        FulfilmentCancel.INTERCEPTING: _STOPPED
        | {
            "intercept_fail": FulfilmentCancel.INTERCEPT_FAILED,
            "overdue": FulfilmentCancel.INTERCEPT_UNANSWERED,
        },
        FulfilmentCancel.INTERCEPT_UNANSWERED: _STOPPED
        | {
            "intercept_fail": FulfilmentCancel.INTERCEPT_FAILED,
            "intercept": FulfilmentCancel.INTERCEPTING,
        },
        FulfilmentCancel.INTERCEPT_FAILED: _ASK_BACK,
        FulfilmentCancel.ACCEPTED: {},
        FulfilmentCancel.INTERCEPTED: {},
    },
)

ASKED_BACK = frozenset({FulfilmentCancel.PENDING, FulfilmentCancel.UNKNOWN})
"""A cancel that the WMS has still to answer."""

TAKEN_BACK = frozenset({FulfilmentCancel.ACCEPTED, FulfilmentCancel.INTERCEPTED})
"""The WMS says that it doesn't reach the buyer."""

_HOLD = {"ask": FulfilmentHold.ASKED, "keep": FulfilmentHold.HELD}
_LET_GO = {"restore": FulfilmentHold.RESTORING, "free": FulfilmentHold.NONE}

FULFILMENT_HOLD = Axis(
    "fulfilment_hold",
    {
        FulfilmentHold.NONE: _HOLD,
        FulfilmentHold.ASKED: _LET_GO
        | {"accept": FulfilmentHold.HELD, "refuse": FulfilmentHold.REFUSED},
        FulfilmentHold.HELD: _LET_GO,
        FulfilmentHold.REFUSED: _HOLD | _LET_GO,
        FulfilmentHold.RESTORING: _HOLD
        | {"accept": FulfilmentHold.NONE, "refuse": FulfilmentHold.HELD},
    },
)

STOPPING = frozenset({FulfilmentCancel.INTERCEPTING, FulfilmentCancel.INTERCEPT_UNANSWERED})
"""An intercept of which nobody knows yet what came of it."""

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
        FulfilmentState.SIGNED: _stay_shipped(FulfilmentState.SIGNED)
        | {"refuse": FulfilmentState.REFUSED},
        FulfilmentState.REFUSED: _stay_shipped(FulfilmentState.REFUSED)
        | {"sign": FulfilmentState.SIGNED},
        FulfilmentState.REJECTED: _SHIP | {"cancel": FulfilmentState.CANCELLED},
        FulfilmentState.CANCELLED: _SHIP,
    },
)

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
