"""Every pair of the slice's state tables."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import IllegalTransition
from chalicelib.notices.states import (
    NOTICE_TRANSITIONS,
    WEBHOOK_TRANSITIONS,
    NoticeEvent,
    NoticeState,
    WebhookEvent,
    WebhookState,
    next_notice_state,
    next_webhook_state,
)

NOTICE = {
    ("PENDING", "CLAIMED"): "SENDING",
    ("SENDING", "NOT_SENT"): "PENDING",
    ("SENDING", "NO_ANSWER"): "UNKNOWN",
    ("SENDING", "TAKEN"): "SENT",
    ("SENDING", "REFUSED"): "FAILED",
    ("UNKNOWN", "TAKEN"): "SENT",
    ("UNKNOWN", "REFUSED"): "FAILED",
    ("UNKNOWN", "NOT_FOUND"): "PENDING",
    ("FAILED", "RENEWED"): "PENDING",
}
WEBHOOK = {
    ("PENDING", "TAKEN"): "DELIVERED",
    ("PENDING", "NOT_TAKEN"): "PENDING",
    ("PENDING", "GIVEN_UP"): "FAILED",
    ("FAILED", "RENEWED"): "PENDING",
}


@pytest.mark.parametrize("event", NoticeEvent)
@pytest.mark.parametrize("state", NoticeState)
def test_every_pair_of_a_notice_is_a_step_or_refused(
    state: NoticeState, event: NoticeEvent
) -> None:
    expected = NOTICE.get((state.value, event.value))
    if expected is not None:
        assert next_notice_state(state, event).value == expected
        return
    with pytest.raises(IllegalTransition):
        next_notice_state(state, event)


@pytest.mark.parametrize("event", WebhookEvent)
@pytest.mark.parametrize("state", WebhookState)
def test_every_pair_of_a_webhook_is_a_step_or_refused(
    state: WebhookState, event: WebhookEvent
) -> None:
    expected = WEBHOOK.get((state.value, event.value))
    if expected is not None:
        assert next_webhook_state(state, event).value == expected
        return
    with pytest.raises(IllegalTransition):
        next_webhook_state(state, event)


def test_the_tables_have_every_state_and_what_was_sent_stays_sent() -> None:
    assert set(NOTICE_TRANSITIONS) == set(NoticeState)
    assert set(WEBHOOK_TRANSITIONS) == set(WebhookState)
    assert NOTICE_TRANSITIONS[NoticeState.SENT] == {}
    assert WEBHOOK_TRANSITIONS[WebhookState.DELIVERED] == {}
