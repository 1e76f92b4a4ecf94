"""The life of one message to a WMS, as a table: what may follow what.

The WMS acts once at most, although calls get lost. So a call that got no answer is UNKNOWN: nothing
is sent again before the WMS has been asked what it has. A call that surely didn't arrive (or that
the WMS surely didn't take) is RETRY. A sender that died leaves SENDING with an expired lease, which
is as good as no answer. Master data can't do harm twice, so there `forget` stands in for asking.

DROPPED: our own document no longer wants it (cancelled before it went out, or master data that no
warehouse of the WMS needs, or that it doesn't ask for; only the latter changes again). REFUSED and
DEAD wait for a person, or for the document to change; `requeue` is the person's word, and asks
first.

A document with more lines than a connection takes in one message goes out in parts, one after the
other: each but the last one ends in `acknowledge_part`, and the dispatch is QUEUED for the next.

The parts of a document that a WMS sends are assembled: see `assembling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class DispatchState(StrEnum):
    """Where a message to a WMS is."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    ACKED = "ACKED"
    RETRY = "RETRY"
    UNKNOWN = "UNKNOWN"
    REFUSED = "REFUSED"
    DEAD = "DEAD"
    DROPPED = "DROPPED"


WAITING = frozenset(
    {
        DispatchState.QUEUED,
        DispatchState.RETRY,
        DispatchState.UNKNOWN,
        DispatchState.REFUSED,
        DispatchState.DEAD,
    }
)
"""States that somebody may want to look at: they are listed, by the time of the last change."""


class DispatchEvent(StrEnum):
    """What happens to it.

    `claim`: a sender takes it. `acknowledge`: the WMS has it. `acknowledge_part`: a part of it.
    `fail`: it surely hasn't, try later. `lose`: nobody knows. `refuse`: it said no. `exhaust`: too
    many tries. `find_missing`: asked, and it isn't there. `wait`: something has to come first.
    `change`: the document has new content.
    """

    CLAIM = "claim"
    ACKNOWLEDGE = "acknowledge"
    ACKNOWLEDGE_PART = "acknowledge_part"
    FAIL = "fail"
    LOSE = "lose"
    REFUSE = "refuse"
    EXHAUST = "exhaust"
    FIND_MISSING = "find_missing"
    WAIT = "wait"
    CHANGE = "change"
    DROP = "drop"
    REQUEUE = "requeue"


_S, _E = DispatchState, DispatchEvent

TRANSITIONS: Mapping[DispatchState, Mapping[DispatchEvent, DispatchState]] = {
    _S.QUEUED: {
        _E.CLAIM: _S.SENDING,
        _E.WAIT: _S.RETRY,
        _E.CHANGE: _S.QUEUED,
        _E.REFUSE: _S.REFUSED,
        _E.DROP: _S.DROPPED,
        _E.ACKNOWLEDGE: _S.ACKED,
    },
    _S.SENDING: {
        _E.ACKNOWLEDGE: _S.ACKED,
        _E.ACKNOWLEDGE_PART: _S.QUEUED,
        _E.FAIL: _S.RETRY,
        _E.LOSE: _S.UNKNOWN,
        _E.REFUSE: _S.REFUSED,
        _E.EXHAUST: _S.DEAD,
        _E.CHANGE: _S.SENDING,
    },
    _S.RETRY: {
        _E.CLAIM: _S.SENDING,
        _E.WAIT: _S.RETRY,
        _E.CHANGE: _S.QUEUED,
        _E.REFUSE: _S.REFUSED,
        _E.DROP: _S.DROPPED,
        _E.ACKNOWLEDGE: _S.ACKED,
    },
    _S.UNKNOWN: {
        _E.ACKNOWLEDGE: _S.ACKED,
        _E.ACKNOWLEDGE_PART: _S.QUEUED,
        _E.FIND_MISSING: _S.QUEUED,
        _E.LOSE: _S.UNKNOWN,
        _E.WAIT: _S.UNKNOWN,
        _E.REFUSE: _S.REFUSED,
        _E.EXHAUST: _S.DEAD,
        _E.CHANGE: _S.UNKNOWN,
    },
    _S.ACKED: {_E.CHANGE: _S.QUEUED},
    _S.REFUSED: {_E.CHANGE: _S.QUEUED, _E.REQUEUE: _S.UNKNOWN},
    _S.DEAD: {_E.CHANGE: _S.UNKNOWN, _E.REQUEUE: _S.UNKNOWN, _E.ACKNOWLEDGE: _S.ACKED},
    _S.DROPPED: {_E.CHANGE: _S.QUEUED},
}

SETTLED = frozenset({_S.ACKED, _S.REFUSED, _S.DEAD, _S.DROPPED})
"""Nothing more happens by itself."""


class AssemblyState(StrEnum):
    """Where a document is that a WMS sends in parts. OVERDUE: parts haven't come in time, and a
    person has been told.
    """

    WAITING = "WAITING"
    OVERDUE = "OVERDUE"
    COMPLETE = "COMPLETE"


class AssemblyEvent(StrEnum):
    """What happens to it. `add`: a part comes, after a complete one the first of the next."""

    ADD = "add"
    COMPLETE = "complete"
    MISS = "miss"


ASSEMBLY: Mapping[AssemblyState, Mapping[AssemblyEvent, AssemblyState]] = {
    AssemblyState.WAITING: {
        AssemblyEvent.ADD: AssemblyState.WAITING,
        AssemblyEvent.COMPLETE: AssemblyState.COMPLETE,
        AssemblyEvent.MISS: AssemblyState.OVERDUE,
    },
    AssemblyState.OVERDUE: {
        AssemblyEvent.ADD: AssemblyState.WAITING,
        AssemblyEvent.COMPLETE: AssemblyState.COMPLETE,
    },
    AssemblyState.COMPLETE: {AssemblyEvent.ADD: AssemblyState.WAITING},
}


def next_assembly(state: AssemblyState, event: AssemblyEvent) -> AssemblyState:
    """The state after the event; `IllegalTransition` where the table has no step."""
    following = ASSEMBLY[state].get(event)
    if following is None:
        raise IllegalTransition("assembly", state.value, event.value)
    return following


def next_state(state: DispatchState, event: DispatchEvent) -> DispatchState:
    """The state after the event; `IllegalTransition` where the table has no step."""
    following = TRANSITIONS[state].get(event)
    if following is None:
        raise IllegalTransition("dispatch", state.value, event.value)
    return following
