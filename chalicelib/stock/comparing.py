"""Comparing the books with the warehouse's own figures, and explaining each difference: pure.

Per SKU and inventory type: theirs − our closing = what was booked after the cut-off for what
happened before they were asked + what they have done and we haven't booked yet + what nobody can
explain. The identity holds for every difference, and every explanation names its document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from chalicelib.stock.closing import SkuClosing
from chalicelib.stock.model import Entry, Kind

MOST_COMBINED = 10
"""Pending documents of one SKU that are tried in combination; beyond that, only all together."""

CORRECTIONS = frozenset(
    {Kind.ADJUSTMENT, Kind.SURPLUS, Kind.LOSS, Kind.QUALITY_MOVE, Kind.OTHER_IN, Kind.OTHER_OUT}
)
"""Kinds by which a warehouse tells what it changed on its own."""


class Label(StrEnum):
    """Why figures differ."""

    IN_FLIGHT = "IN_FLIGHT"
    """The warehouse did it; our document is accepted and not yet booked."""
    MISSING_MSG = "MISSING_MSG"
    """The warehouse changed it on its own and told so later; booked by an adjustment."""
    CUTOFF_CROSS = "CUTOFF_CROSS"
    """Booked after the cut-off, happened before they were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a WMS says it has: `quantity` pieces free and `locked` (frozen) pieces; there is
    both.
    """

    sku: str
    inventory_type: str
    quantity: int
    locked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A document that the OMS has and hasn't booked: signed pieces of one SKU and type."""

    document: str
    sku: str
    inventory_type: str
    quantity: int
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Signed pieces of a difference, and the document they come from; `entry` where it is
    booked.
    """

    label: Label
    document: str
    quantity: int
    message_id: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`theirs − closing = Σ explanations + unexplained`."""

    sku: str
    inventory_type: str
    closing: int
    theirs: int
    explanations: tuple[Explanation, ...]
    unexplained: int


def compare(
    *,
    rows: Iterable[SkuClosing],
    figures: Iterable[Figure],
    later: Iterable[Entry],
    pending: Iterable[Pending],
    asked_at: datetime,
    skus: Collection[str] | None = None,
) -> list[Difference]:
    """All differences by SKU and type; `skus` limits it to those that were asked for. `later` are
    the entries behind the closing; those of what happened after `asked_at` don't count.
    """
    closings = {(row.sku, name): f.closing for row in rows for name, f in row.quantities.items()}
    theirs: dict[tuple[str, str], int] = {}
    for figure in figures:
        key = (figure.sku, figure.inventory_type)
        theirs[key] = theirs.get(key, 0) + figure.quantity + figure.locked
    booked = _booked(later, asked_at)
    waiting: dict[tuple[str, str], list[Pending]] = {}
    for document in pending:
        waiting.setdefault((document.sku, document.inventory_type), []).append(document)
    found = (
        _difference(
            key,
            closing=closings.get(key, 0),
            theirs=theirs.get(key, 0),
            booked=booked.get(key, ()),
            waiting=waiting.get(key, ()),
        )
        for key in sorted({*closings, *theirs, *booked})
        if skus is None or key[0] in skus
    )
    return [each for each in found if each.theirs != each.closing or each.unexplained]


def _booked(
    later: Iterable[Entry], asked_at: datetime
) -> Mapping[tuple[str, str], list[Explanation]]:
    booked: dict[tuple[str, str], list[Explanation]] = {}
    for entry in later:
        if entry.occurred_at > asked_at:
            continue
        label = Label.MISSING_MSG if entry.kind in CORRECTIONS else Label.CUTOFF_CROSS
        for inventory_type, delta in entry.deltas().items():
            booked.setdefault((entry.sku, inventory_type), []).append(
                Explanation(
                    label=label,
                    document=entry.document,
                    quantity=delta,
                    message_id=entry.source.message_id,
                    entry=entry.entry,
                )
            )
    return booked


def _difference(
    key: tuple[str, str],
    *,
    closing: int,
    theirs: int,
    booked: Sequence[Explanation],
    waiting: Sequence[Pending],
) -> Difference:
    left = theirs - closing - sum(each.quantity for each in booked)
    in_flight = _explaining(waiting, left)
    return Difference(
        sku=key[0],
        inventory_type=key[1],
        closing=closing,
        theirs=theirs,
        explanations=(*booked, *in_flight),
        unexplained=left - sum(each.quantity for each in in_flight),
    )


def _explaining(waiting: Sequence[Pending], left: int) -> tuple[Explanation, ...]:
    """The fewest pending documents that add up to what is left; none where none do, since a
    document that only brings the figures nearer explains nothing.
    """
    if not left:
        return ()
    sizes = range(1, len(waiting) + 1) if len(waiting) <= MOST_COMBINED else [len(waiting)]
    for size in sizes:
        for chosen in combinations(waiting, size):
            if sum(each.quantity for each in chosen) == left:
                return tuple(
                    Explanation(
                        label=Label.IN_FLIGHT,
                        document=each.document,
                        quantity=each.quantity,
                        message_id=each.message_id,
                    )
                    for each in chosen
                )
    return ()
