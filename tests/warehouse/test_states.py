"""The life of a dispatch: every state with every event."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.warehouse.states import (
    ASSEMBLY,
    TRANSITIONS,
    AssemblyEvent,
    AssemblyState,
    DispatchEvent,
    DispatchState,
    next_assembly,
    next_state,
)

S, E = DispatchState, DispatchEvent

STEPS = {
    (S.QUEUED, E.CLAIM): S.SENDING,
    (S.QUEUED, E.WAIT): S.RETRY,
    (S.QUEUED, E.CHANGE): S.QUEUED,
    (S.QUEUED, E.REFUSE): S.REFUSED,
    (S.QUEUED, E.DROP): S.DROPPED,
    (S.QUEUED, E.ACKNOWLEDGE): S.ACKED,
    (S.SENDING, E.ACKNOWLEDGE): S.ACKED,
    (S.SENDING, E.ACKNOWLEDGE_PART): S.QUEUED,
    (S.SENDING, E.FAIL): S.RETRY,
    (S.SENDING, E.LOSE): S.UNKNOWN,
    (S.SENDING, E.REFUSE): S.REFUSED,
    (S.SENDING, E.EXHAUST): S.DEAD,
    (S.SENDING, E.CHANGE): S.SENDING,
    (S.RETRY, E.CLAIM): S.SENDING,
    (S.RETRY, E.WAIT): S.RETRY,
    (S.RETRY, E.CHANGE): S.QUEUED,
    (S.RETRY, E.REFUSE): S.REFUSED,
    (S.RETRY, E.DROP): S.DROPPED,
    (S.RETRY, E.ACKNOWLEDGE): S.ACKED,
    (S.UNKNOWN, E.ACKNOWLEDGE): S.ACKED,
    (S.UNKNOWN, E.ACKNOWLEDGE_PART): S.QUEUED,
    (S.UNKNOWN, E.FIND_MISSING): S.QUEUED,
    (S.UNKNOWN, E.LOSE): S.UNKNOWN,
    (S.UNKNOWN, E.WAIT): S.UNKNOWN,
    (S.UNKNOWN, E.REFUSE): S.REFUSED,
    (S.UNKNOWN, E.EXHAUST): S.DEAD,
    (S.UNKNOWN, E.CHANGE): S.UNKNOWN,
    (S.ACKED, E.CHANGE): S.QUEUED,
    (S.REFUSED, E.CHANGE): S.QUEUED,
    (S.REFUSED, E.REQUEUE): S.UNKNOWN,
    (S.DEAD, E.CHANGE): S.UNKNOWN,
    (S.DEAD, E.REQUEUE): S.UNKNOWN,
    (S.DEAD, E.ACKNOWLEDGE): S.ACKED,
    (S.DROPPED, E.CHANGE): S.QUEUED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_every_pair_goes_where_the_table_says_or_is_refused(
    state: DispatchState, event: DispatchEvent
) -> None:
    if (state, event) in STEPS:
        assert next_state(state, event) is STEPS[state, event]
    else:
        with pytest.raises(IllegalTransition):
            next_state(state, event)


def test_nothing_is_sent_from_a_state_in_which_nobody_knows() -> None:
    assert E.CLAIM not in TRANSITIONS[S.UNKNOWN]
    assert E.CLAIM not in TRANSITIONS[S.DEAD]


ASSEMBLING = {
    "WAITING": {"add": "WAITING", "complete": "COMPLETE", "miss": "OVERDUE"},
    "OVERDUE": {"add": "WAITING", "complete": "COMPLETE"},
    "COMPLETE": {"add": "WAITING"},
}


@pytest.mark.parametrize("state", list(AssemblyState))
@pytest.mark.parametrize("event", list(AssemblyEvent))
def test_every_pair_of_an_assembly_is_as_the_table_says(
    state: AssemblyState, event: AssemblyEvent
) -> None:
    assert set(ASSEMBLY) == set(AssemblyState)
    following = ASSEMBLING[state.value].get(event.value)
    if following is not None:
        assert next_assembly(state, event).value == following
        return
    with pytest.raises(IllegalTransition):
        next_assembly(state, event)
