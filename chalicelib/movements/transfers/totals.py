"""What a WMS tells of a transfer that it carries out whole: running totals per SKU and inventory
type, of which only the increments are booked. Pure.

**Totals.** What is told counts against what is booked already, so a repeat books nothing, and a
report that overtook another one books for both. A total below what is booked is never booked back:
of an older report that is nothing, of any other a person is told.

**Older.** A report is an older one if it says nothing new, and its moments aren't later than those
told before, one of them earlier at least; a moment that is missing is before all others. Where
neither it nor what was told has any moment, its totals alone decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from chalicelib.kernel.provenance import Source
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine

Totals = dict[tuple[str, str], int]
"""Pieces by SKU and inventory type."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalLine:
    """Pieces of a SKU and inventory type that have left and arrived so far; None: not told."""

    sku: str
    inventory_type: str
    left: int | None
    arrived: int | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Of what left, or of what arrived: where and when; `final`: nothing more is to come."""

    warehouse: str
    posting_date: date
    final: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one report says of a transfer. `received_at` stands in for a moment it doesn't tell."""

    transfer: str
    lines: tuple[TotalLine, ...]
    left: Side
    arrived: Side
    received_at: datetime
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The latest moments that were told of a transfer; its version has reports taken one by one."""

    left_at: datetime | None = None
    arrived_at: datetime | None = None
    version: int = 0

    def and_then(self, progress: Progress) -> Told:
        """After another report."""
        return Told(
            left_at=_later(self.left_at, progress.left.at),
            arrived_at=_later(self.arrived_at, progress.arrived.at),
            version=self.version + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """What of the totals isn't booked yet, and which totals are below what is booked."""

    lines: tuple[ConfirmedLine, ...]
    fallen: tuple[str, ...]


def what_left(line: TotalLine) -> int | None:
    return line.left


def what_arrived(line: TotalLine) -> int | None:
    return line.arrived


def booked(confirmations: Iterable[Confirmation]) -> Totals:
    """Pieces of all confirmations, posted or not."""
    found: Totals = {}
    for confirmation in confirmations:
        for line in confirmation.lines:
            key = (line.sku, line.inventory_type)
            found[key] = found.get(key, 0) + line.quantity
    return found


def increments(
    lines: Sequence[TotalLine],
    total_of: Callable[[TotalLine], int | None],
    before: Mapping[tuple[str, str], int],
) -> Increments:
    """By SKU and inventory type; what stands on several lines of the report is added up first."""
    totals: Totals = {}
    sources: dict[tuple[str, str], Source] = {}
    for line in lines:
        total, key = total_of(line), (line.sku, line.inventory_type)
        if total is not None:
            totals[key] = totals.get(key, 0) + total
            sources.setdefault(key, line.source)
    risen = [key for key, total in totals.items() if total > before.get(key, 0)]
    fallen = [sku for (sku, name), total in totals.items() if total < before.get((sku, name), 0)]
    return Increments(
        lines=tuple(
            ConfirmedLine(
                line_no=number,
                sku=sku,
                quantity=totals[sku, name] - before.get((sku, name), 0),
                source=sources[sku, name],
                inventory_type=name,
            )
            for number, (sku, name) in enumerate(risen, start=1)
        ),
        fallen=tuple(fallen),
    )


def is_older(progress: Progress, told: Told) -> bool:
    """Whether its moments are before those of what was told, or nothing tells."""
    given = (progress.left.at or _NEVER, progress.arrived.at or _NEVER)
    before = (told.left_at or _NEVER, told.arrived_at or _NEVER)
    if given == before:
        return given == (_NEVER, _NEVER)
    return all(mine <= theirs for mine, theirs in zip(given, before, strict=True))


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max(first or _NEVER, second or _NEVER) if first or second else None
