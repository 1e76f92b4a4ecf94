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


class MovementState(StrEnum):
    """A movement order (出入库单): goods that a warehouse is to let out or in. What moves is
    physical, so every state but the last has a step for it; a cancelled order stays cancelled and
    a person is asked. "Final" is a flag of a message, not a lock: more may come after it.
    """

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    SENT = "SENT"
    PART_DONE = "PART_DONE"
    DONE = "DONE"
    SHORT_CLOSED = "SHORT_CLOSED"
    CANCELLED = "CANCELLED"


class MovementEvent(StrEnum):
    """What happens to a movement order."""

    APPROVE = "approve"
    SEND = "send"
    MOVE_PART = "move_part"
    MOVE_ALL = "move_all"
    CLOSE_SHORT = "close_short"
    CANCEL = "cancel"


_MOVE: Mapping[MovementEvent, MovementState] = {
    MovementEvent.MOVE_PART: MovementState.PART_DONE,
    MovementEvent.MOVE_ALL: MovementState.DONE,
    MovementEvent.CLOSE_SHORT: MovementState.SHORT_CLOSED,
}

MOVEMENT: Mapping[MovementState, Mapping[MovementEvent, MovementState]] = {
    MovementState.DRAFT: {
        **_MOVE,
        MovementEvent.APPROVE: MovementState.APPROVED,
        MovementEvent.CANCEL: MovementState.CANCELLED,
    },
    MovementState.APPROVED: {
        **_MOVE,
        MovementEvent.APPROVE: MovementState.APPROVED,
        MovementEvent.SEND: MovementState.SENT,
        MovementEvent.CANCEL: MovementState.CANCELLED,
    },
    MovementState.SENT: {
        **_MOVE,
        MovementEvent.SEND: MovementState.SENT,
        MovementEvent.CANCEL: MovementState.CANCELLED,
    },
    MovementState.PART_DONE: {
        **_MOVE,
        MovementEvent.SEND: MovementState.PART_DONE,
        MovementEvent.CANCEL: MovementState.SHORT_CLOSED,
    },
    MovementState.SHORT_CLOSED: {
        MovementEvent.SEND: MovementState.SHORT_CLOSED,
        MovementEvent.CLOSE_SHORT: MovementState.SHORT_CLOSED,
        MovementEvent.MOVE_ALL: MovementState.DONE,
        MovementEvent.CANCEL: MovementState.SHORT_CLOSED,
    },
    MovementState.DONE: {
        MovementEvent.SEND: MovementState.DONE,
        MovementEvent.MOVE_ALL: MovementState.DONE,
    },
    MovementState.CANCELLED: {
        MovementEvent.MOVE_PART: MovementState.CANCELLED,
        MovementEvent.MOVE_ALL: MovementState.CANCELLED,
        MovementEvent.CLOSE_SHORT: MovementState.CANCELLED,
        MovementEvent.CANCEL: MovementState.CANCELLED,
    },
}


ENDED = frozenset({MovementState.DONE, MovementState.SHORT_CLOSED, MovementState.CANCELLED})
"""States of a movement order in which nothing more is expected."""


class MovementCancel(StrEnum):
    """Whether a document is asked back from the WMS, whose word decides."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class CancelEvent(StrEnum):
    """What happens to a cancel."""

    REQUEST = "request"
    ACCEPT = "accept"
    REFUSE = "refuse"


MOVEMENT_CANCEL: Mapping[MovementCancel, Mapping[CancelEvent, MovementCancel]] = {
    MovementCancel.NONE: {
        CancelEvent.REQUEST: MovementCancel.REQUESTED,
        CancelEvent.ACCEPT: MovementCancel.ACCEPTED,
    },
    MovementCancel.REQUESTED: {
        CancelEvent.REQUEST: MovementCancel.REQUESTED,
        CancelEvent.ACCEPT: MovementCancel.ACCEPTED,
        CancelEvent.REFUSE: MovementCancel.REFUSED,
    },
    MovementCancel.REFUSED: {
        CancelEvent.REQUEST: MovementCancel.REQUESTED,
        CancelEvent.ACCEPT: MovementCancel.ACCEPTED,
        CancelEvent.REFUSE: MovementCancel.REFUSED,
    },
    MovementCancel.ACCEPTED: {
        CancelEvent.REQUEST: MovementCancel.ACCEPTED,
        CancelEvent.ACCEPT: MovementCancel.ACCEPTED,
        CancelEvent.REFUSE: MovementCancel.ACCEPTED,
    },
}


class ConfirmationState(StrEnum):
    """What a WMS confirmed: accepted, then in the books."""

    ACCEPTED = "ACCEPTED"
    POSTED = "POSTED"


class ConfirmationEvent(StrEnum):
    """What happens to a confirmation."""

    POST = "post"


CONFIRMATION: Mapping[ConfirmationState, Mapping[ConfirmationEvent, ConfirmationState]] = {
    ConfirmationState.ACCEPTED: {ConfirmationEvent.POST: ConfirmationState.POSTED},
    ConfirmationState.POSTED: {},
}


def next_movement(state: MovementState, event: MovementEvent) -> MovementState:
    """The state of a movement order after an event."""
    if event not in MOVEMENT[state]:
        raise IllegalTransition("movement_order", state, event)
    return MOVEMENT[state][event]


def next_cancel(state: MovementCancel, event: CancelEvent) -> MovementCancel:
    """The state of a cancel after an event."""
    if event not in MOVEMENT_CANCEL[state]:
        raise IllegalTransition("movement_cancel", state, event)
    return MOVEMENT_CANCEL[state][event]


def next_confirmation(state: ConfirmationState, event: ConfirmationEvent) -> ConfirmationState:
    """The state of a confirmation after an event."""
    if event not in CONFIRMATION[state]:
        raise IllegalTransition("confirmation", state, event)
    return CONFIRMATION[state][event]


class TransferState(StrEnum):
    """A transfer (调拨): it follows its legs. What is missing when the receiving warehouse has said
    its last word is a loss once the transfer is closed.
    """

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    IN_TRANSIT = "IN_TRANSIT"
    PART_RECEIVED = "PART_RECEIVED"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


MOVING = frozenset(
    {
        TransferState.IN_TRANSIT,
        TransferState.PART_RECEIVED,
        TransferState.RECEIVED,
        TransferState.CLOSED,
    }
)
"""States of a transfer whose in leg is made."""


class TransferEvent(StrEnum):
    """What happens to a transfer."""

    APPROVE = "approve"
    SHIP = "ship"
    RECEIVE_PART = "receive_part"
    RECEIVE_ALL = "receive_all"
    CLOSE = "close"
    CANCEL = "cancel"


TRANSFER: Mapping[TransferState, Mapping[TransferEvent, TransferState]] = {
    TransferState.DRAFT: {
        TransferEvent.APPROVE: TransferState.APPROVED,
        TransferEvent.CANCEL: TransferState.CANCELLED,
    },
    TransferState.APPROVED: {
        TransferEvent.APPROVE: TransferState.APPROVED,
        TransferEvent.SHIP: TransferState.IN_TRANSIT,
        TransferEvent.CANCEL: TransferState.CANCELLED,
    },
    TransferState.IN_TRANSIT: {
        TransferEvent.SHIP: TransferState.IN_TRANSIT,
        TransferEvent.RECEIVE_PART: TransferState.PART_RECEIVED,
        TransferEvent.RECEIVE_ALL: TransferState.RECEIVED,
        TransferEvent.CLOSE: TransferState.CLOSED,
    },
    TransferState.PART_RECEIVED: {
        TransferEvent.RECEIVE_PART: TransferState.PART_RECEIVED,
        TransferEvent.RECEIVE_ALL: TransferState.RECEIVED,
        TransferEvent.CLOSE: TransferState.CLOSED,
    },
    TransferState.RECEIVED: {
        TransferEvent.RECEIVE_PART: TransferState.PART_RECEIVED,
        TransferEvent.RECEIVE_ALL: TransferState.RECEIVED,
    },
    TransferState.CLOSED: {TransferEvent.CLOSE: TransferState.CLOSED},
    TransferState.CANCELLED: {
        TransferEvent.SHIP: TransferState.IN_TRANSIT,
        TransferEvent.CANCEL: TransferState.CANCELLED,
    },
}


def next_transfer(state: TransferState, event: TransferEvent) -> TransferState:
    """The state of a transfer after an event."""
    if event not in TRANSFER[state]:
        raise IllegalTransition("transfer", state, event)
    return TRANSFER[state][event]


class CountState(StrEnum):
    """A stock count (盘点): its pages come, all are there, it is compared with the books, its
    adjustments are made.
    """

    COLLECTING = "COLLECTING"
    COMPLETE = "COMPLETE"
    COMPARED = "COMPARED"
    ADJUSTED = "ADJUSTED"


class CountEvent(StrEnum):
    """What happens to a stock count."""

    COMPLETE = "complete"
    COMPARE = "compare"
    ADJUST = "adjust"


COUNT: Mapping[CountState, Mapping[CountEvent, CountState]] = {
    CountState.COLLECTING: {CountEvent.COMPLETE: CountState.COMPLETE},
    CountState.COMPLETE: {CountEvent.COMPARE: CountState.COMPARED},
    CountState.COMPARED: {CountEvent.ADJUST: CountState.ADJUSTED},
    CountState.ADJUSTED: {},
}


def next_count(state: CountState, event: CountEvent) -> CountState:
    """The state of a stock count after an event."""
    if event not in COUNT[state]:
        raise IllegalTransition("stock_count", state, event)
    return COUNT[state][event]
