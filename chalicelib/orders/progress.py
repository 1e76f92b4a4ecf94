"""What a warehouse's and a carrier's steps make of a fulfilment. Pure.

Steps come late, twice and in any order, so the state they lead to depends only on which have come:
in the warehouse it is the furthest one; of the carrier's words (SIGNED, REFUSED) it is the one of
the latest moment, since a parcel that was refused may be delivered after all. A carrier's word
that comes before its shipment is booked waits for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.orders.model import Fulfilment
from chalicelib.orders.states import FULFILMENT, PROGRESS, FulfilmentState

_CARRIED = frozenset({FulfilmentState.SIGNED, FulfilmentState.REFUSED})


def progressed(fulfilment: Fulfilment, status: str, at: datetime) -> Fulfilment:
    """The fulfilment after a step that means the state `status`, at the WMS's own time; itself
    where the step moves nothing.
    """
    state = next((each for each in PROGRESS if each.value == status), None)
    if state is None:
        return fulfilment
    if state in _CARRIED:
        return _after_word(fulfilment, state, at)
    if not FULFILMENT.can(fulfilment.state, PROGRESS[state]):
        return fulfilment
    after = FULFILMENT.advance(fulfilment.state, PROGRESS[state])
    return replace(fulfilment, state=after, state_at=at)


def carried_on(fulfilment: Fulfilment) -> Fulfilment:
    """The fulfilment when all of it is booked: a carrier's word that came before counts now."""
    word, at = fulfilment.carried, fulfilment.carried_at
    if word is None or at is None or not FULFILMENT.can(fulfilment.state, PROGRESS[word]):
        return fulfilment
    state = FULFILMENT.advance(fulfilment.state, PROGRESS[word])
    return replace(fulfilment, state=state, state_at=at, carried=None, carried_at=None)


def _after_word(fulfilment: Fulfilment, word: FulfilmentState, at: datetime) -> Fulfilment:
    if fulfilment.state in _CARRIED:
        said = (fulfilment.state_at or at, fulfilment.state.value)
        return (
            replace(fulfilment, state=word, state_at=at) if (at, word.value) > said else fulfilment
        )
    if FULFILMENT.can(fulfilment.state, PROGRESS[word]):
        state = FULFILMENT.advance(fulfilment.state, PROGRESS[word])
        return replace(fulfilment, state=state, state_at=at)
    if fulfilment.carried is not None and fulfilment.carried_at is not None:
        waiting = (fulfilment.carried_at, fulfilment.carried.value)
        if (at, word.value) <= waiting:
            return fulfilment
    return replace(fulfilment, carried=word, carried_at=at)
