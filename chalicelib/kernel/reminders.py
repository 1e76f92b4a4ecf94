"""Tried again until it is settled: how long to wait before the next attempt, and the event that
reminds of it. Pure.

Each commit that leaves something open plans one reminder that carries the version it has left; one
that finds another version has been overtaken. So there is one live reminder, whoever dies when.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.events import Event

FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 900

CLAIM = timedelta(seconds=60)
"""Longer than a call may take: after it, a sender that said nothing is dead."""

CLAIM_WAIT_SECONDS = 65
"""When to look after a claim: it has surely lapsed then."""


def wait_seconds(attempts: int) -> int:
    """10, 20, 40 … up to 900 seconds."""
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS << min(attempts, 10))


def reminder(
    kind: str, subject: str, version: int, *, correlation: str, wait: int, now: datetime
) -> Event:
    """The event `kind` of the subject's version, `wait` seconds from now."""
    return Event(
        id=f"{kind}:{subject}:{version}",
        kind=kind,
        subject=subject,
        occurred_at=now,
        correlation=correlation,
        data={"id": subject, "version": version},
        delay_seconds=wait,
    )
