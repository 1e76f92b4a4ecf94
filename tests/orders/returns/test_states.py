"""Every state and event of every axis of returns."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.orders.axis import Axis
from chalicelib.orders.returns.states import AT_WMS, AXES, RETURN, UNDER_WAY, ReturnState

PAIRS = [
    pytest.param(axis, state, event, id=f"{axis.name}-{state}-{event}")
    for axis in AXES
    for state, event in product(
        axis.steps, sorted({event for steps in axis.steps.values() for event in steps})
    )
]


def test_each_axis_has_a_row_for_each_of_its_states() -> None:
    for axis in AXES:
        states: Any = next(iter(axis.steps)).__class__
        assert set(axis.steps) == set(states), axis.name


@pytest.mark.parametrize(("axis", "state", "event"), PAIRS)
def test_a_pair_leads_to_a_state_of_the_axis_or_is_refused_by_name(
    axis: Axis[Any], state: StrEnum, event: str
) -> None:
    if axis.can(state, event):
        assert axis.advance(state, event) in axis.steps
        return
    with pytest.raises(IllegalTransition) as refused:
        axis.advance(state, event)
    assert (refused.value.axis, refused.value.state, refused.value.event) == (
        axis.name,
        state,
        event,
    )


def test_goods_are_the_returns_own_from_the_request_to_the_refund() -> None:
    over = {ReturnState.CLOSED, ReturnState.REJECTED, ReturnState.CANCELLED}
    assert set(ReturnState) - over == UNDER_WAY
    assert all(RETURN.can(state, "inspect_part") for state in UNDER_WAY)


def test_what_is_over_stays_over() -> None:
    for state in (ReturnState.CLOSED, ReturnState.REJECTED, ReturnState.CANCELLED):
        assert RETURN.steps[state] == {}


def test_a_return_that_a_warehouse_may_have_can_still_be_cancelled_by_its_word() -> None:
    assert all(RETURN.can(state, "cancel") for state in AT_WMS)


def test_no_late_news_takes_a_return_back_to_an_earlier_state() -> None:
    rank = {state: number for number, state in enumerate(ReturnState)}
    for state, steps in RETURN.steps.items():
        assert all(rank[after] >= rank[state] for after in steps.values()), state
