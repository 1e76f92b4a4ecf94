"""The error family `Refused`: what the caller or a peer did wrong, or what the state of things
forbids.

Everything that is not a `Refused` is ours: a bug or an outage, raised, logged once with its
traceback and answered 5xx or retried. A `Refused` always carries a stable `code` (listed in
`docs/errors.md`), a sentence, and the field it is about.
"""

from __future__ import annotations


class Refused(Exception):
    """A request or a message that can't be followed; nothing was changed. Answered 422 at the HTTP
    edge.
    """

    status = 422

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code}: {self.message}{where}"


class Malformed(Refused):
    """It can't be read: broken JSON or XML, wrong encoding, a missing field, a wrong type.
    Answered 400.
    """

    status = 400


class Unauthenticated(Refused):
    """The signature or the token is missing, wrong or stale. Answered 401."""

    status = 401


class Forbidden(Refused):
    """Known, but not allowed to do this. Answered 403. Another tenant's things are `NotFound`, not
    `Forbidden`.
    """

    status = 403


class NotFound(Refused):
    """There is no such thing, or none that this caller may see. Answered 404."""

    status = 404


class Conflict(Refused):
    """It contradicts what is already there: another content under one id, a stale version.
    Answered 409.
    """

    status = 409


class TooLarge(Refused):
    """The body is over the limit. Answered 413."""

    status = 413


class TooMany(Refused):
    """The caller is over its rate. Answered 429."""

    status = 429


class IllegalTransition(Conflict):
    """The state table has no such step. Nothing was changed."""

    def __init__(self, axis: str, state: str, event: str) -> None:
        super().__init__(
            "illegal_transition", f"{axis} is {state}: {event} is not possible now", field=axis
        )
        self.axis = axis
        self.state = state
        self.event = event


class Unavailable(Exception):
    """A peer or a part of the cloud can't be reached now: try again later. Not a `Refused`; nobody
    did anything wrong.
    """
