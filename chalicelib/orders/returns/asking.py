"""Who asks for a return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes

BY_HAND = "BY_HAND"
"""The source of what a person asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks: the shop, the system (or `BY_HAND`), the person or client, and in which message.
    `row` gives, for the new number, what is committed with it.
    """

    shop: str
    source: str
    by: str
    message: Source | None = None
    row: Callable[[str], Writes] = lambda _: Writes()
