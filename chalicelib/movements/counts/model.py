"""A stock count and its pages, and the changes that follow from it; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.movements.model import AdjustmentLine
from chalicelib.movements.states import CountState
from chalicelib.stock.model import Kind

PAGES_NAMED = 20
"""Missing pages that a case names; a person needs a start, not a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCount:
    """A count of one warehouse. `arrived` are the pages that came, of `pages`; `absolute`: its
    lines are what lies there, not what is too much or too little. `cause` is the WMS's own word.
    """

    number: str
    warehouse: str
    wms_code: str
    kind: Kind
    rule: str
    cause: str
    absolute: bool
    pages: int
    arrived: tuple[int, ...]
    state: CountState
    source: Source
    occurred_at: datetime
    first_at: datetime
    adjustments: tuple[str, ...] = ()
    version: int = 1

    @property
    def missing(self) -> list[int]:
        """The pages that haven't come."""
        return [page for page in range(1, self.pages + 1) if page not in self.arrived]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPage:
    """What one page says; `quantity` of a line is signed, or the pieces that lie there."""

    number: int
    lines: tuple[AdjustmentLine, ...]
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange:
    """What was found to differ, as much as one adjustment holds."""

    number: int
    kind: Kind
    rule: str
    lines: tuple[AdjustmentLine, ...]


def count_number(warehouse: str, key: str) -> str:
    """The number of the count with this key at its WMS: the same report makes the same number."""
    return f"PD-{hashlib.sha256(f'{warehouse}/{key}'.encode()).hexdigest()[:20].upper()}"


def differences(
    lines: Sequence[AdjustmentLine], *, absolute: bool, book: Callable[[str, str], int]
) -> list[AdjustmentLine]:
    """What is too much (positive) or too little. Of absolute figures: all that was counted of a SKU
    and inventory type less what the books have, on the first of its lines, since the books know no
    batches.
    """
    if not absolute:
        return [line for line in lines if line.quantity]
    counted: dict[tuple[str, str], AdjustmentLine] = {}
    for line in lines:
        key = (line.sku, line.inventory_type)
        first = counted.get(key)
        before = first.quantity if first else 0
        counted[key] = replace(first or line, quantity=before + line.quantity, batch="")
    found = (
        replace(line, quantity=line.quantity - book(line.sku, line.inventory_type))
        for line in counted.values()
    )
    return [line for line in found if line.quantity]
