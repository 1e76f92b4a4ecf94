"""Every pair of state and event of movement documents."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Any

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.movements.states import (
    ADJUSTMENT,
    OPENING,
    AdjustmentEvent,
    AdjustmentState,
    CancelEvent,
    ConfirmationEvent,
    ConfirmationState,
    CountEvent,
    CountState,
    MovementCancel,
    MovementEvent,
    MovementState,
    OpeningEvent,
    OpeningState,
    TransferEvent,
    TransferState,
    next_adjustment,
    next_cancel,
    next_confirmation,
    next_count,
    next_movement,
    next_opening,
    next_transfer,
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


MOVEMENTS = {
    ("DRAFT", "approve"): "APPROVED",
    ("APPROVED", "approve"): "APPROVED",
    ("APPROVED", "send"): "SENT",
    ("SENT", "send"): "SENT",
    ("PART_DONE", "send"): "PART_DONE",
    ("SHORT_CLOSED", "send"): "SHORT_CLOSED",
    ("DONE", "send"): "DONE",
    **{
        (state, event): after
        for state in ("DRAFT", "APPROVED", "SENT", "PART_DONE")
        for event, after in (
            ("move_part", "PART_DONE"),
            ("move_all", "DONE"),
            ("close_short", "SHORT_CLOSED"),
        )
    },
    ("SHORT_CLOSED", "close_short"): "SHORT_CLOSED",
    ("SHORT_CLOSED", "move_all"): "DONE",
    ("DONE", "move_all"): "DONE",
    **{
        ("CANCELLED", event): "CANCELLED"
        for event in ("move_part", "move_all", "close_short", "cancel")
    },
    **{(state, "cancel"): "CANCELLED" for state in ("DRAFT", "APPROVED", "SENT")},
    ("PART_DONE", "cancel"): "SHORT_CLOSED",
    ("SHORT_CLOSED", "cancel"): "SHORT_CLOSED",
}

CANCELS = {
    ("NONE", "request"): "REQUESTED",
    ("NONE", "accept"): "ACCEPTED",
    ("REQUESTED", "request"): "REQUESTED",
    ("REQUESTED", "accept"): "ACCEPTED",
    ("REQUESTED", "refuse"): "REFUSED",
    ("REFUSED", "request"): "REQUESTED",
    ("REFUSED", "accept"): "ACCEPTED",
    ("REFUSED", "refuse"): "REFUSED",
    ("ACCEPTED", "request"): "ACCEPTED",
    ("ACCEPTED", "accept"): "ACCEPTED",
    ("ACCEPTED", "refuse"): "ACCEPTED",
}

TRANSFERS = {
    ("DRAFT", "approve"): "APPROVED",
    ("DRAFT", "cancel"): "CANCELLED",
    ("APPROVED", "approve"): "APPROVED",
    ("APPROVED", "ship"): "IN_TRANSIT",
    ("APPROVED", "cancel"): "CANCELLED",
    ("IN_TRANSIT", "ship"): "IN_TRANSIT",
    ("IN_TRANSIT", "receive_part"): "PART_RECEIVED",
    ("IN_TRANSIT", "receive_all"): "RECEIVED",
    ("IN_TRANSIT", "close"): "CLOSED",
    ("PART_RECEIVED", "receive_part"): "PART_RECEIVED",
    ("PART_RECEIVED", "receive_all"): "RECEIVED",
    ("PART_RECEIVED", "close"): "CLOSED",
    ("RECEIVED", "receive_part"): "PART_RECEIVED",
    ("RECEIVED", "receive_all"): "RECEIVED",
    ("CLOSED", "close"): "CLOSED",
    ("CANCELLED", "ship"): "IN_TRANSIT",
    ("CANCELLED", "cancel"): "CANCELLED",
}

COUNTS = {
    ("COLLECTING", "complete"): "COMPLETE",
    ("COMPLETE", "compare"): "COMPARED",
    ("COMPARED", "adjust"): "ADJUSTED",
}

LIVES: tuple[tuple[type[StrEnum], type[StrEnum], Any, dict[tuple[str, str], str]], ...] = (
    (MovementState, MovementEvent, next_movement, MOVEMENTS),
    (MovementCancel, CancelEvent, next_cancel, CANCELS),
    (ConfirmationState, ConfirmationEvent, next_confirmation, {("ACCEPTED", "post"): "POSTED"}),
    (TransferState, TransferEvent, next_transfer, TRANSFERS),
    (CountState, CountEvent, next_count, COUNTS),
)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: str(life[0].__name__))
def test_documents_move_only_as_listed(life: Any) -> None:
    states, events, step, allowed = life
    for state, event in itertools.product(states, events):
        expected = allowed.get((state.value, event.value))
        if expected is None:
            with pytest.raises(IllegalTransition):
                step(state, event)
        else:
            assert step(state, event).value == expected, (state, event)
