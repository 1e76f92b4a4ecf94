"""The life cycle of an adjustment order, as a table: state -> event -> state.

An event that leads to the state it came from may be repeated; what isn't listed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class AdjustmentOrderState(StrEnum):
    """An adjustment order (库存调整单): ordered, its WMS is told or refuses, and what it reports is
    made. TOLD begins before the message goes out, so what is ORDERED or REFUSED isn't at the WMS.
    What is made is physical, so every state has a step for it; CLOSED is made in part or not at
    all, and a person waits for no more.
    """

    ORDERED = "ORDERED"
    TOLD = "TOLD"
    REFUSED = "REFUSED"
    PART_MADE = "PART_MADE"
    MADE = "MADE"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class AdjustmentOrderEvent(StrEnum):
    """What happens to an adjustment order."""

    TELL = "tell"
    REFUSE = "refuse"
    MAKE_PART = "make_part"
    MAKE_ALL = "make_all"
    CANCEL = "cancel"


_MAKE: Mapping[AdjustmentOrderEvent, AdjustmentOrderState] = {
    AdjustmentOrderEvent.MAKE_PART: AdjustmentOrderState.PART_MADE,
    AdjustmentOrderEvent.MAKE_ALL: AdjustmentOrderState.MADE,
}

ADJUSTMENT_ORDER: Mapping[
    AdjustmentOrderState, Mapping[AdjustmentOrderEvent, AdjustmentOrderState]
] = {
    AdjustmentOrderState.ORDERED: {
        **_MAKE,
        AdjustmentOrderEvent.TELL: AdjustmentOrderState.TOLD,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CANCELLED,
    },
    AdjustmentOrderState.TOLD: {
        **_MAKE,
        AdjustmentOrderEvent.TELL: AdjustmentOrderState.TOLD,
        AdjustmentOrderEvent.REFUSE: AdjustmentOrderState.REFUSED,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CLOSED,
    },
    AdjustmentOrderState.REFUSED: {
        **_MAKE,
        AdjustmentOrderEvent.TELL: AdjustmentOrderState.TOLD,
        AdjustmentOrderEvent.REFUSE: AdjustmentOrderState.REFUSED,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CANCELLED,
    },
    AdjustmentOrderState.PART_MADE: {
        **_MAKE,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CLOSED,
    },
    AdjustmentOrderState.MADE: {**_MAKE},
    AdjustmentOrderState.CLOSED: {
        AdjustmentOrderEvent.MAKE_PART: AdjustmentOrderState.CLOSED,
        AdjustmentOrderEvent.MAKE_ALL: AdjustmentOrderState.MADE,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CLOSED,
    },
    AdjustmentOrderState.CANCELLED: {
        AdjustmentOrderEvent.MAKE_PART: AdjustmentOrderState.CANCELLED,
        AdjustmentOrderEvent.MAKE_ALL: AdjustmentOrderState.CANCELLED,
        AdjustmentOrderEvent.CANCEL: AdjustmentOrderState.CANCELLED,
    },
}


def next_adjustment_order(
    state: AdjustmentOrderState, event: AdjustmentOrderEvent
) -> AdjustmentOrderState:
    """The state of an adjustment order after an event."""
    if event not in ADJUSTMENT_ORDER[state]:
        raise IllegalTransition("adjustment_order", state, event)
    return ADJUSTMENT_ORDER[state][event]
