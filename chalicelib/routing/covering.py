"""Whether some warehouses can give everything together, and how the lines are placed on them.

A line goes to one node. Only where no node at all has a line's whole quantity, and the shop allows
it, are its units divided. Lines of one SKU share that SKU's stock: they are placed one after the
other on what is left, the biggest first, by trying (up to `MOST_TRIED` lines of a SKU; beyond that
by first fit).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from chalicelib.routing.model import Demand, Node, Stock

MOST_TRIED = 5
"""Lines of one SKU that are placed by trying every way."""

MOST_NAMED = 3
"""SKUs that a reason names: a decision has to stay small."""

Placed: TypeAlias = dict[tuple[int, str], int]
"""Pieces per (line, node)."""

Grouped: TypeAlias = dict[str, list[Demand]]
"""Lines per SKU, the biggest first, ties by line number."""


def available(stock: Stock, node: Node, sku: str) -> int:
    """Pieces of a SKU that a node can give."""
    return max(0, stock.get(node.code, {}).get(sku, 0))


def by_sku(demands: Sequence[Demand]) -> Grouped:
    """The lines as `cover` takes them."""
    grouped: Grouped = {}
    for line in sorted(demands, key=lambda line: (-line.quantity, line.line_no)):
        grouped.setdefault(line.sku, []).append(line)
    return grouped


def cover(
    grouped: Grouped, chosen: Sequence[Node], stock: Stock, divisible: frozenset[int]
) -> tuple[str, Placed]:
    """Why the nodes can't give everything together ("": it is a cover), and the placing."""
    lacking = []
    for sku, lines in grouped.items():
        wanted = sum(line.quantity for line in lines)
        if sum(available(stock, node, sku) for node in chosen) < wanted:
            lacking.append(sku)
            if len(lacking) > MOST_NAMED:
                break
    if lacking:
        more = " and more" if len(lacking) > MOST_NAMED else ""
        return f"short of {', '.join(sorted(lacking[:MOST_NAMED]))}{more}", {}
    placed: Placed = {}
    for sku, lines in grouped.items():
        left = {node.code: available(stock, node, sku) for node in chosen}
        ways = _place_whole([line for line in lines if line.line_no not in divisible], left)
        if ways is None:
            return f"would divide a line of {sku}", {}
        placed |= ways
        _divide([line for line in lines if line.line_no in divisible], left, placed)
    return "", placed


def _place_whole(lines: Sequence[Demand], left: dict[str, int]) -> Placed | None:
    """Each line to one node, taken out of `left`; None where no way was found."""
    if not lines:
        return {}
    line, others = lines[0], lines[1:]
    tried: set[int] = set()
    for node, there in left.items():
        if there < line.quantity or there in tried:
            continue
        tried.add(there)
        left[node] = there - line.quantity
        placed = _place_whole(others, left)
        if placed is not None:
            return placed | {(line.line_no, node): line.quantity}
        left[node] = there
        if len(lines) > MOST_TRIED:
            return None
    return None


def _divide(lines: Sequence[Demand], left: dict[str, int], placed: Placed) -> None:
    """Divides each line's units over the nodes in their order; there are enough, as `cover`
    saw.
    """
    for line in lines:
        wanted = line.quantity
        for node, there in left.items():
            taken = min(wanted, there)
            if taken:
                placed[line.line_no, node] = taken
                left[node] = there - taken
                wanted -= taken
