"""Calling peers over HTTP: the port `Http`, and the two ways a call can fail.

What matters to a sender is whether the peer may have acted: `NotSent` says it surely didn't,
`NoAnswer` that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back: any status, header names in lower case, the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(Exception):
    """The connection was never made: the peer has seen nothing."""


class NoAnswer(Exception):
    """The request went out and no whole answer came back in time: the peer may or may not have
    acted.
    """


class Http(Protocol):
    """One request, no retries, no redirects."""

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpAnswer:
        """Raises `NotSent` or `NoAnswer`; every status, also a 500, is an answer."""
        ...
