"""What an attempt or an answer makes of a notice, what is due then, and what a person gets to see.
Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.kernel.reminders import CLAIM_WAIT_SECONDS, reminder, wait_seconds
from chalicelib.notices.model import Notice
from chalicelib.notices.provider import Meaning, Word
from chalicelib.notices.states import (
    NOTICE_SETTLED,
    NoticeEvent,
    NoticeState,
    next_notice_state,
)

ASK_WAIT_SECONDS = 120
"""How long the provider's records may lag behind what it sent."""

MISSING_WANTED = 2
"""So many times in a row the provider has to know nothing of a notice before it is sent again."""

MOST_ATTEMPTS = 40

_SEND_EVENTS = {
    Meaning.TAKEN: NoticeEvent.TAKEN,
    Meaning.REFUSED: NoticeEvent.REFUSED,
    Meaning.LATER: NoticeEvent.NOT_SENT,
    Meaning.NOT_FOUND: NoticeEvent.NO_ANSWER,
    Meaning.UNCLEAR: NoticeEvent.NO_ANSWER,
}


def moved(notice: Notice, event: NoticeEvent | None, **changes: Any) -> Notice:
    """One step on in the table; None: no step, only another attempt. Nobody claims the result
    unless `changes` say so.
    """
    step: dict[str, Any] = {
        "state": notice.state if event is None else next_notice_state(notice.state, event),
        "version": notice.version + 1,
        "attempts": notice.attempts + (event is not NoticeEvent.CLAIMED),
        "claimed_until": None,
    }
    return replace(notice, **(step | changes))


def after_send(notice: Notice, word: Word) -> Notice:
    """The claimed notice after the provider's word on sending it."""
    return moved(
        notice,
        _SEND_EVENTS[word.meaning],
        provider_id=word.provider_id or notice.provider_id,
        refusal_code="" if word.meaning is Meaning.TAKEN else word.code,
    )


def after_question(notice: Notice, word: Word | None) -> Notice:
    """The unknown notice after the provider's word on what became of it; None: no answer."""
    if word is None or word.meaning in (Meaning.UNCLEAR, Meaning.LATER):
        return moved(notice, None)
    if word.meaning is Meaning.TAKEN:
        return moved(notice, NoticeEvent.TAKEN, missing=0, refusal_code="")
    if word.meaning is Meaning.REFUSED:
        return moved(notice, NoticeEvent.REFUSED, refusal_code=word.code)
    missing = notice.missing + 1
    if missing < MISSING_WANTED:
        return moved(notice, None, missing=missing)
    return moved(notice, NoticeEvent.NOT_FOUND, missing=0)


def wait_of(notice: Notice) -> int:
    """How long until the next attempt."""
    if notice.state is NoticeState.SENDING:
        return CLAIM_WAIT_SECONDS
    wait = wait_seconds(notice.attempts)
    return max(ASK_WAIT_SECONDS, wait) if notice.state is NoticeState.UNKNOWN else wait


def due(notice: Notice, *, now: datetime) -> tuple[Event, ...]:
    """The one `NoticeDue` of this version, or none: settled, or patience is over."""
    if notice.state in NOTICE_SETTLED or notice.attempts >= MOST_ATTEMPTS:
        return ()
    return (
        reminder(
            "NoticeDue",
            notice.id,
            notice.version,
            correlation=notice.order_no,
            wait=wait_of(notice),
            now=now,
        ),
    )


def case_of(notice: Notice, *, now: datetime) -> ExceptionCase | None:
    """What a person has to look at, if anything."""
    if notice.state is NoticeState.FAILED:
        kind = ExceptionKind.NOTICE_REFUSED
        text = f"the provider won't send it: {notice.refusal_code}"
    elif notice.state in NOTICE_SETTLED or notice.attempts < MOST_ATTEMPTS:
        return None
    elif notice.state is NoticeState.UNKNOWN:
        kind = ExceptionKind.NOTICE_UNKNOWN
        text = "nobody can say whether it was sent; it isn't sent again"
    else:
        kind = ExceptionKind.NOTICE_STUCK
        text = f"after {notice.attempts} attempts it isn't sent"
    return ExceptionCase(
        id=f"{kind}:{notice.id}",
        kind=kind,
        document=notice.order_no,
        text=f"{notice.rule} {notice.about} to {notice.shown}: {text}",
        message_id=notice.message.message_id if notice.message else "",
        raised_at=now,
    )
