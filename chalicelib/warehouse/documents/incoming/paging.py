"""Reports that come a page at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which page this is, from 1, of how many; a report without page numbers is the only page."""

    page: int = 1
    pages: int = 1
    size: int | None = None
