"""An invoice's life cycle, one table.

An invoice is asked for (`REQUESTED`), claimed by whoever sends it (`SUBMITTING`), taken in by the
platform (`SUBMITTED`), and at last has the state's number (`ISSUED`) or a refusal (`FAILED`).
Where nobody knows what the platform did (`UNKNOWN`: no answer, or the sender died while it held
the claim), the platform is asked by the request number before anything is sent again; "never
heard of it" leads back to `REQUESTED`, under the same request number.
"""

from __future__ import annotations

from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class InvoiceState(StrEnum):
    """Where an invoice stands."""

    REQUESTED = "REQUESTED"
    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ISSUED = "ISSUED"
    FAILED = "FAILED"


class InvoiceEvent(StrEnum):
    """What may happen to it."""

    CLAIMED = "CLAIMED"
    NOT_SENT = "NOT_SENT"
    NO_ANSWER = "NO_ANSWER"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    NUMBERED = "NUMBERED"
    RENEWED = "RENEWED"


_S, _E = InvoiceState, InvoiceEvent

TRANSITIONS: dict[InvoiceState, dict[InvoiceEvent, InvoiceState]] = {
    _S.REQUESTED: {_E.CLAIMED: _S.SUBMITTING},
    _S.SUBMITTING: {
        _E.NOT_SENT: _S.REQUESTED,
        _E.NO_ANSWER: _S.UNKNOWN,
        _E.ACCEPTED: _S.SUBMITTED,
        _E.REFUSED: _S.FAILED,
        _E.NUMBERED: _S.ISSUED,
    },
    _S.SUBMITTED: {
        _E.ACCEPTED: _S.SUBMITTED,
        _E.NOT_FOUND: _S.UNKNOWN,
        _E.REFUSED: _S.FAILED,
        _E.NUMBERED: _S.ISSUED,
    },
    _S.UNKNOWN: {
        _E.ACCEPTED: _S.SUBMITTED,
        _E.NOT_FOUND: _S.REQUESTED,
        _E.REFUSED: _S.FAILED,
        _E.NUMBERED: _S.ISSUED,
    },
    _S.ISSUED: {},
    _S.FAILED: {_E.RENEWED: _S.REQUESTED},
}

SETTLED = frozenset({InvoiceState.ISSUED, InvoiceState.FAILED})
"""Nothing is due any more unless a person renews it."""


def next_state(state: InvoiceState, event: InvoiceEvent) -> InvoiceState:
    """The state after the event; `IllegalTransition` where the table has no such step."""
    following = TRANSITIONS[state].get(event)
    if following is None:
        raise IllegalTransition("invoice", state, event)
    return following
