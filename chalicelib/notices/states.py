"""The life of a notice and of a webhook message, one table each.

No SMS provider recognises a repetition, so a notice is claimed before it is sent (`SENDING`), and
where nobody knows what the provider did (`UNKNOWN`) it is asked before anything is sent again. A
webhook's receiver recognises its id, so a webhook is simply sent until it is taken.
"""

from __future__ import annotations

from enum import StrEnum

from chalicelib.kernel.errors import IllegalTransition


class NoticeState(StrEnum):
    """Where a notice stands."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"


class NoticeEvent(StrEnum):
    """What may happen to it."""

    CLAIMED = "CLAIMED"
    NOT_SENT = "NOT_SENT"
    NO_ANSWER = "NO_ANSWER"
    TAKEN = "TAKEN"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    RENEWED = "RENEWED"


_S, _E = NoticeState, NoticeEvent

NOTICE_TRANSITIONS: dict[NoticeState, dict[NoticeEvent, NoticeState]] = {
    _S.PENDING: {_E.CLAIMED: _S.SENDING},
    _S.SENDING: {
        _E.NOT_SENT: _S.PENDING,
        _E.NO_ANSWER: _S.UNKNOWN,
        _E.TAKEN: _S.SENT,
        _E.REFUSED: _S.FAILED,
    },
    _S.UNKNOWN: {
        _E.TAKEN: _S.SENT,
        _E.REFUSED: _S.FAILED,
        _E.NOT_FOUND: _S.PENDING,
    },
    _S.SENT: {},
    _S.FAILED: {_E.RENEWED: _S.PENDING},
}

NOTICE_SETTLED = frozenset({NoticeState.SENT, NoticeState.FAILED})


def next_notice_state(state: NoticeState, event: NoticeEvent) -> NoticeState:
    """The state after the event; `IllegalTransition` where the table has no such step."""
    following = NOTICE_TRANSITIONS[state].get(event)
    if following is None:
        raise IllegalTransition("notice", state, event)
    return following


class WebhookState(StrEnum):
    """Where a webhook message stands."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookEvent(StrEnum):
    """What may happen to it."""

    TAKEN = "TAKEN"
    NOT_TAKEN = "NOT_TAKEN"
    GIVEN_UP = "GIVEN_UP"
    RENEWED = "RENEWED"


_W, _V = WebhookState, WebhookEvent

WEBHOOK_TRANSITIONS: dict[WebhookState, dict[WebhookEvent, WebhookState]] = {
    _W.PENDING: {_V.TAKEN: _W.DELIVERED, _V.NOT_TAKEN: _W.PENDING, _V.GIVEN_UP: _W.FAILED},
    _W.DELIVERED: {},
    _W.FAILED: {_V.RENEWED: _W.PENDING},
}


def next_webhook_state(state: WebhookState, event: WebhookEvent) -> WebhookState:
    """The state after the event; `IllegalTransition` where the table has no such step."""
    following = WEBHOOK_TRANSITIONS[state].get(event)
    if following is None:
        raise IllegalTransition("webhook", state, event)
    return following
