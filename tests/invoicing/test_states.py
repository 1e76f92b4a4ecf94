"""Every pair of an invoice's state table."""

from __future__ import annotations

import pytest

from chalicelib.invoicing.states import (
    SETTLED,
    TRANSITIONS,
    InvoiceEvent,
    InvoiceState,
    next_state,
)
from chalicelib.kernel.errors import IllegalTransition

ALLOWED = {
    "REQUESTED CLAIMED SUBMITTING",
    "SUBMITTING NOT_SENT REQUESTED",
    "SUBMITTING NO_ANSWER UNKNOWN",
    "SUBMITTING ACCEPTED SUBMITTED",
    "SUBMITTING REFUSED FAILED",
    "SUBMITTING NUMBERED ISSUED",
    "SUBMITTED ACCEPTED SUBMITTED",
    "SUBMITTED NOT_FOUND UNKNOWN",
    "SUBMITTED REFUSED FAILED",
    "SUBMITTED NUMBERED ISSUED",
    "UNKNOWN ACCEPTED SUBMITTED",
    "UNKNOWN NOT_FOUND REQUESTED",
    "UNKNOWN REFUSED FAILED",
    "UNKNOWN NUMBERED ISSUED",
    "FAILED RENEWED REQUESTED",
}


@pytest.mark.parametrize("event", InvoiceEvent)
@pytest.mark.parametrize("state", InvoiceState)
def test_every_pair_is_a_step_or_refused(state: InvoiceState, event: InvoiceEvent) -> None:
    steps = [each.split() for each in ALLOWED if each.startswith(f"{state} {event} ")]
    if steps:
        assert next_state(state, event) == steps[0][2]
        return
    with pytest.raises(IllegalTransition) as caught:
        next_state(state, event)
    assert (caught.value.axis, caught.value.state, caught.value.event) == ("invoice", state, event)


def test_the_table_has_every_state_and_nothing_sends_without_a_claim() -> None:
    assert set(TRANSITIONS) == set(InvoiceState)
    into = {s for s, steps in TRANSITIONS.items() if InvoiceState.SUBMITTING in steps.values()}
    assert into == {InvoiceState.REQUESTED}


def test_an_issued_invoice_never_changes() -> None:
    assert TRANSITIONS[InvoiceState.ISSUED] == {}
    assert {InvoiceState.ISSUED, InvoiceState.FAILED} == SETTLED
