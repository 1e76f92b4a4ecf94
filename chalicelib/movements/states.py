"""The life cycles of movement documents, as tables: state -> event -> state.

An event that leads to the state it came from may be repeated; what isn't listed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class OpeningState(StrEnum):
    """Opening stock (期初): written down, found to agree with the WMS, final, in the books."""

    DRAFT = "DRAFT"
    CHECKED = "CHECKED"
    CLOSED = "CLOSED"
    POSTED = "POSTED"


class OpeningEvent(StrEnum):
    """What can happen to opening stock."""

    DRAFT = "DRAFT"
    CHECK = "CHECK"
    CLOSE = "CLOSE"
    POST = "POST"


OPENING: Mapping[OpeningState, Mapping[OpeningEvent, OpeningState]] = {
    OpeningState.DRAFT: {
        OpeningEvent.DRAFT: OpeningState.DRAFT,
        OpeningEvent.CHECK: OpeningState.CHECKED,
    },
    OpeningState.CHECKED: {
        OpeningEvent.DRAFT: OpeningState.DRAFT,
        OpeningEvent.CHECK: OpeningState.CHECKED,
        OpeningEvent.CLOSE: OpeningState.CLOSED,
    },
    OpeningState.CLOSED: {
        OpeningEvent.CLOSE: OpeningState.CLOSED,
        OpeningEvent.POST: OpeningState.POSTED,
    },
    OpeningState.POSTED: {
        OpeningEvent.CLOSE: OpeningState.POSTED,
        OpeningEvent.POST: OpeningState.POSTED,
    },
}


class AdjustmentState(StrEnum):
    """An adjustment: accepted from whoever reported it, in the books."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


class AdjustmentEvent(StrEnum):
    """What can happen to an adjustment."""

    POST = "POST"


ADJUSTMENT: Mapping[AdjustmentState, Mapping[AdjustmentEvent, AdjustmentState]] = {
    AdjustmentState.ACCEPTED: {AdjustmentEvent.POST: AdjustmentState.POSTED},
    AdjustmentState.POSTED: {AdjustmentEvent.POST: AdjustmentState.POSTED},
}


def next_opening(state: OpeningState, event: OpeningEvent) -> OpeningState:
    """The state of opening stock after an event; `IllegalTransition` where the table has none."""
    if event not in OPENING[state]:
        raise IllegalTransition("opening_stock", state, event)
    return OPENING[state][event]


def next_adjustment(state: AdjustmentState, event: AdjustmentEvent) -> AdjustmentState:
    """The state of an adjustment after an event."""
    if event not in ADJUSTMENT[state]:
        raise IllegalTransition("adjustment", state, event)
    return ADJUSTMENT[state][event]
