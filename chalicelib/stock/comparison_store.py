"""The stock table's comparisons, and the exceptions that they raise and resolve.

| item | pk | sk |
| --- | --- | --- |
| comparison | `COMPARISONS#<run>` | `<warehouse>#<asked at>#<message id>` |
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.exceptions import (
    OPEN,
    RESOLVED,
    ExceptionCase,
    ExceptionKind,
    plan_exception,
)
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, Key, Put
from chalicelib.stock.comparing import Difference
from chalicelib.stock.store import TABLE

SkuType = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing: `compared` pairs of SKU and type, how many differ, how many of these
    nothing explains; `file` holds all differences.
    """

    run: str
    warehouse: str
    source: Source
    asked_at: datetime
    compared_at: datetime
    compared: int
    different: int
    unexplained: int
    differences: tuple[Difference, ...]
    file: str


def comparison_key(comparison: Comparison) -> Key:
    moment = to_text(comparison.asked_at)
    sort = f"{comparison.warehouse}#{moment}#{comparison.source.message_id}"
    return Key(TABLE, f"COMPARISONS#{comparison.run}", sort)


def put_comparison(comparison: Comparison) -> Put:
    """Refusal: `compared_already`."""
    return Put(
        key=comparison_key(comparison),
        item=to_item(comparison),
        condition=Absent(),
        refusal="compared_already",
    )


class ComparisonStore:
    """Reads of comparisons."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def comparisons(self, run: str, warehouse: str) -> list[Comparison]:
        """A warehouse's comparisons of a run, in order of the time they were asked for."""
        pk = f"COMPARISONS#{run}"
        items = query_all(self._items, TABLE, pk, prefix=f"{warehouse}#")
        return [from_item(item, Comparison) for item in items]


def still_open(comparisons: Iterable[Comparison]) -> dict[SkuType, datetime]:
    """What these comparisons, in order, leave unexplained, and since when."""
    opened: dict[SkuType, datetime] = {}
    for comparison in comparisons:
        for each in comparison.differences:
            key = (each.sku, each.inventory_type)
            if each.unexplained:
                opened.setdefault(key, comparison.compared_at)
            else:
                opened.pop(key, None)
    return opened


def exceptions_of(
    comparison: Comparison, earlier: Sequence[Comparison], compared: Collection[SkuType]
) -> Iterator[Put]:
    """Raises what is unexplained, and resolves what was and isn't any longer. One exception per
    (warehouse, SKU, type); one more names the file where a comparison has too many to show.
    """
    opened = still_open(earlier)
    unexplained = {
        (each.sku, each.inventory_type): each for each in comparison.differences if each.unexplained
    }
    for key, each in sorted(unexplained.items()):
        text = f"the WMS says {each.theirs}, {each.unexplained:+d} of it is unexplained"
        since = opened.get(key, comparison.compared_at)
        yield plan_exception(_case(comparison, key, text, since))
    if comparison.unexplained > len(unexplained):
        text = f"{comparison.unexplained} differences are unexplained, all in {comparison.file}"
        yield plan_exception(_case(comparison, ("*", "*"), text, comparison.compared_at))
    for key in sorted(set(opened) & set(compared) - set(unexplained)):
        text = "a later comparison explains it"
        yield plan_exception(_case(comparison, key, text, opened[key], state=RESOLVED))


def _case(
    comparison: Comparison, key: SkuType, text: str, since: datetime, *, state: str = OPEN
) -> ExceptionCase:
    sku, inventory_type = key
    return ExceptionCase(
        id=f"{ExceptionKind.STOCK_DIFFERENCE}:{comparison.warehouse}/{sku}:{inventory_type}",
        kind=ExceptionKind.STOCK_DIFFERENCE,
        document=f"{comparison.warehouse}/{sku}",
        text=f"{comparison.warehouse} {sku} {inventory_type}, close {comparison.run}: {text}",
        message_id=comparison.source.message_id,
        raised_at=since,
        state=state,
    )
