"""What became of what a source system sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one SKU or supplier of a batch."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One answer of a batch. `version` is the document's after it; a refusal has `error`, a
    sentence and the field instead.
    """

    id: str
    code: str
    outcome: Outcome
    version: int = 0
    error: str = ""
    message: str = ""
    field: str = ""
