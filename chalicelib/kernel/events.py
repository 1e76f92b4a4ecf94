"""Events: what happened, past tense, as items of the transaction that made it true.

An event carries ids and figures, never personal data. `subject` is the document it is about;
`correlation` is the order number (or the document number, where there is no order) that links
every hop of a job in logs and metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value without floats (a recursive alias is beyond what msgspec converts)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    `id` is deterministic where the event can only happen once (`<kind>:<subject>:<version>`), so
    that a repeated transaction makes the same event; consumers are idempotent by it.
    `delay_seconds` (0-900) asks for a later delivery.
    """

    id: str
    kind: str
    subject: str
    occurred_at: datetime
    correlation: str
    data: Mapping[str, Json] = field(default_factory=dict)
    delay_seconds: int = 0
