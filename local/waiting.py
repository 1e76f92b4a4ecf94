"""Waiting for something with a deadline: polled, never slept through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """The deadline passed; the text says what was waited for and what was seen last."""


def wait_until(
    condition: Callable[[], T], what: str, *, seconds: float, every_seconds: float = 0.05
) -> T:
    """Calls `condition` until it returns something true, and returns that.

    Raises TooLate with `what` and the last value once `seconds` are over. What `condition` raises
    comes through at once.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() >= deadline:
            raise TooLate(f"{what}: not within {seconds:g} s; last seen: {seen!r}")
        time.sleep(every_seconds)
