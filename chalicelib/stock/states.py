"""The life cycle of an accounting period, as a table: state -> event -> state; what isn't listed is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class PeriodState(StrEnum):
    """What may be booked into a period."""

    OPEN = "OPEN"
    SOFT_CLOSED = "SOFT_CLOSED"
    HARD_CLOSED = "HARD_CLOSED"


class PeriodEvent(StrEnum):
    """What a person does to a period."""

    CLOSE_SOFT = "CLOSE_SOFT"
    CLOSE_HARD = "CLOSE_HARD"
    REOPEN = "REOPEN"


PERIOD: Mapping[PeriodState, Mapping[PeriodEvent, PeriodState]] = {
    PeriodState.OPEN: {PeriodEvent.CLOSE_SOFT: PeriodState.SOFT_CLOSED},
    PeriodState.SOFT_CLOSED: {
        PeriodEvent.CLOSE_HARD: PeriodState.HARD_CLOSED,
        PeriodEvent.REOPEN: PeriodState.OPEN,
    },
    PeriodState.HARD_CLOSED: {PeriodEvent.REOPEN: PeriodState.OPEN},
}


def next_period(state: PeriodState, event: PeriodEvent) -> PeriodState:
    """The state after an event; `IllegalTransition` where the table has none."""
    after = PERIOD[state].get(event)
    if after is None:
        raise IllegalTransition("period", state.value, event.value)
    return after
