"""Every pair of state and event of movement documents."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.movements.states import (
    ADJUSTMENT,
    OPENING,
    AdjustmentEvent,
    AdjustmentState,
    OpeningEvent,
    OpeningState,
    next_adjustment,
    next_opening,
)

ALLOWED = {
    ("DRAFT", "DRAFT"): "DRAFT",
    ("DRAFT", "CHECK"): "CHECKED",
    ("CHECKED", "DRAFT"): "DRAFT",
    ("CHECKED", "CHECK"): "CHECKED",
    ("CHECKED", "CLOSE"): "CLOSED",
    ("CLOSED", "CLOSE"): "CLOSED",
    ("CLOSED", "POST"): "POSTED",
    ("POSTED", "CLOSE"): "POSTED",
    ("POSTED", "POST"): "POSTED",
}


@pytest.mark.parametrize(
    ("state", "event"), list(itertools.product(OpeningState, OpeningEvent)), ids="-".join
)
def test_opening_stock_moves_only_as_listed(state: OpeningState, event: OpeningEvent) -> None:
    expected = ALLOWED.get((state.value, event.value))
    if expected is None:
        with pytest.raises(IllegalTransition):
            next_opening(state, event)
    else:
        assert next_opening(state, event).value == expected


@pytest.mark.parametrize("state", list(AdjustmentState))
def test_an_adjustment_can_only_be_posted(state: AdjustmentState) -> None:
    assert next_adjustment(state, AdjustmentEvent.POST) is AdjustmentState.POSTED


def test_every_state_has_a_row() -> None:
    assert set(OPENING) == set(OpeningState)
    assert set(ADJUSTMENT) == set(AdjustmentState)
