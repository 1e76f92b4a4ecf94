"""What a WMS's step reports mean for a fulfilment, as data: raw processStatus -> our state.

A code that isn't listed is kept as text in the track, and a person is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.orders.states import FulfilmentState


class Effect(StrEnum):
    """What a step does. MOVE: the fulfilment goes to `state`. TRACK: it is only noted (shipping has
    its own message). ALERT: noted, and a person looks. The others are decisions of the WMS.
    """

    MOVE = "MOVE"
    TRACK = "TRACK"
    ALERT = "ALERT"
    CANCELLED = "CANCELLED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The effect of a raw code, and the state it moves to (MOVE only)."""

    effect: Effect
    state: FulfilmentState | None = None


def _move(state: FulfilmentState) -> Meaning:
    return Meaning(effect=Effect.MOVE, state=state)


DELIVERY_STEPS: Mapping[str, Meaning] = {
    "NEW": Meaning(effect=Effect.TRACK),
    "ACCEPT": _move(FulfilmentState.ACCEPTED),
    "PRINT": _move(FulfilmentState.PICKING),
    "PICK": _move(FulfilmentState.PICKING),
    "CHECK": _move(FulfilmentState.PICKING),
    "PACKAGE": _move(FulfilmentState.PACKED),
    "WEIGH": _move(FulfilmentState.PACKED),
    "READY": _move(FulfilmentState.READY),
    "PARTDELIVERED": Meaning(effect=Effect.TRACK),
    "DELIVERED": Meaning(effect=Effect.TRACK),
    "SIGN": _move(FulfilmentState.SIGNED),
    "REFUSE": _move(FulfilmentState.REFUSED),
    "EXCEPTION": Meaning(effect=Effect.ALERT),
    "CLOSED": Meaning(effect=Effect.ALERT),
    "CANCELED": Meaning(effect=Effect.CANCELLED),
    "CANCELEDFAIL": Meaning(effect=Effect.CANCEL_REFUSED),
    "REJECT": Meaning(effect=Effect.REJECTED),
    "TMSCANCELED": Meaning(effect=Effect.TRACK),
    "TMSCANCELFAILED": Meaning(effect=Effect.TRACK),
    "OTHER": Meaning(effect=Effect.TRACK),
}

UNKNOWN = Meaning(effect=Effect.ALERT)


def meaning(status: str) -> Meaning:
    """What a raw code means."""
    return DELIVERY_STEPS.get(status, UNKNOWN)
