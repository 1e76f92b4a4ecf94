"""Units of order lines: which ones a fulfilment has, and which ones nobody has. Pure.

Every unit of an order is at any time in one place: in a fulfilment, among the head's `unsourced`,
or among its `dropped`. So amounts, which units carry, are counted once whatever moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Units `first_unit` … `first_unit + quantity - 1` of an order line."""

    order_line_no: int
    first_unit: int
    quantity: int

    @property
    def end(self) -> int:
        """The unit after the last."""
        return self.first_unit + self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsourced:
    """Units that came back from a warehouse and are to be sourced again. `tried` are the
    warehouses that had them and couldn't ship them, in the order they were tried.
    """

    order_line_no: int
    first_unit: int
    quantity: int
    tried: tuple[str, ...]

    @property
    def units(self) -> Assignment:
        """Which units these are."""
        return Assignment(
            order_line_no=self.order_line_no, first_unit=self.first_unit, quantity=self.quantity
        )


def came_back(
    units: Iterable[Assignment], unsourced: Sequence[Unsourced], *, tried: Sequence[str]
) -> tuple[Unsourced, ...]:
    """The unsourced units with these: neighbours that were tried at the same places become one."""
    rows = [
        *unsourced,
        *(
            Unsourced(
                order_line_no=each.order_line_no,
                first_unit=each.first_unit,
                quantity=each.quantity,
                tried=tuple(tried),
            )
            for each in units
            if each.quantity
        ),
    ]
    rows.sort(key=lambda row: (row.order_line_no, row.tried, row.first_unit))
    merged: list[Unsourced] = []
    for row in rows:
        last = merged[-1] if merged else None
        if last is not None and _touches(last, row):
            merged[-1] = replace(last, quantity=last.quantity + row.quantity)
        else:
            merged.append(row)
    return tuple(sorted(merged, key=lambda row: (row.order_line_no, row.first_unit)))


def _touches(last: Unsourced, row: Unsourced) -> bool:
    same = (last.order_line_no, last.tried) == (row.order_line_no, row.tried)
    return same and last.units.end == row.first_unit


def without(unsourced: Iterable[Unsourced], taken: Iterable[Assignment]) -> tuple[Unsourced, ...]:
    """What is left of the unsourced units when those `taken` have found a warehouse."""
    left = list(unsourced)
    for units in taken:
        left = [part for row in left for part in _cut(row, units)]
    return tuple(left)


def _cut(row: Unsourced, units: Assignment) -> list[Unsourced]:
    if row.order_line_no != units.order_line_no:
        return [row]
    ranges = (
        (row.first_unit, min(row.units.end, units.first_unit)),
        (max(row.first_unit, units.end), row.units.end),
    )
    if units.end <= row.first_unit or row.units.end <= units.first_unit:
        return [row]
    return [
        replace(row, first_unit=first, quantity=end - first) for first, end in ranges if end > first
    ]
