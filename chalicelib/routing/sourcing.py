"""Which warehouses ship an order (寻仓): exact cover with the fewest, compared lexicographically.

**The search.** The order's lines are demands; a node is a warehouse that may ship the order. Sets
of nodes are tried by size, 1 then 2 up to the limit (at most 4 of at most 20 nodes: 6,195 sets),
and the first size at which some set covers everything wins; so no heuristic decides how many
parcels an order makes. An order ships whole or waits.

**A cover.** A line goes to one node. Only where no node at all has a line's whole quantity, and the
shop allows it, are its units divided. Lines of one SKU share that SKU's stock: they are placed one
after the other on what is left, the biggest first, by trying (up to `MOST_TRIED` lines of a SKU;
beyond that by first fit).

**The comparison** among covers of one size, first difference decides: fewer divided lines, shorter
distance summed, better priorities, codes in alphabetical order. It is a total order, so the same
order, stock and rules give the same answer on every machine. Distance is coarse for now: 0 within
the city, 1 within the province, 2 else.

**The decision** keeps everything it was made from: who was not asked and why, the stock read, every
candidate with the reason it lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

MOST_NODES = 20
"""Nodes that take part in the search: with more, those that cover and lie best."""

MOST_TRIED = 5
"""Lines of one SKU that are placed by trying every way."""

MOST_RECORDED = 40
"""Candidates that are written down one by one; the rest are counted."""


MOST_NAMED = 3
"""SKUs that a reason names: a decision has to stay small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One order line: pieces of a SKU."""

    line_no: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A warehouse that may ship. A lower priority is preferred; `distance` in steps as above."""

    code: str
    priority: int
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Units `first_unit` … of a line that a node ships."""

    line_no: int
    first_unit: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one node ships, in line order."""

    node: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A set of nodes that was looked at, and why it lost ("" for the one chosen)."""

    nodes: tuple[str, ...]
    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome and everything it was made from. `parts` is empty where the order has to wait;
    `short` then says how many pieces of which SKU no set of nodes could give.
    """

    parts: tuple[Part, ...]
    candidates: tuple[Candidate, ...]
    unrecorded: int
    excluded: Mapping[str, str]
    stock: Mapping[str, Mapping[str, int]]
    short: Mapping[str, int]


Stock = Mapping[str, Mapping[str, int]]
"""Available pieces: node -> SKU -> quantity."""

_Placed = dict[tuple[int, str], int]
"""Pieces per (line, node)."""

_Grouped = dict[str, list[Demand]]
"""Lines per SKU, the biggest first, ties by line number."""


def distance(node_region: tuple[str, str], destination: tuple[str, str]) -> int:
    """Steps between a warehouse's (province, city) and a buyer's."""
    if node_region == destination:
        return 0
    return 1 if node_region[0] == destination[0] else 2


def source(
    demands: Sequence[Demand],
    nodes: Sequence[Node],
    stock: Stock,
    *,
    may_divide: bool,
    most_nodes: int,
    excluded: Mapping[str, str],
) -> Decision:
    """Chooses the nodes. `excluded` names those that weren't asked and why; it is only recorded."""
    order = sorted(nodes, key=lambda node: (node.distance, node.priority, node.code))
    asked, left_out = _shortlist(order, demands, stock)
    excluded = {**excluded, **{node.code: "not among the best" for node in left_out}}
    divisible = _divisible(demands, asked, stock) if may_divide else frozenset[int]()
    grouped = _scarcest_first(_by_sku(demands), asked, stock)
    lost: list[Candidate] = []
    for size in range(1, min(most_nodes, len(asked)) + 1):
        covers: list[tuple[tuple[Node, ...], _Placed]] = []
        for chosen in combinations(asked, size):
            why_not, placed = _cover(grouped, chosen, stock, divisible)
            if why_not:
                lost.append(Candidate(nodes=_codes(chosen), lost=why_not))
            else:
                covers.append((chosen, placed))
        if covers:
            return _decide(covers, demands, lost, stock=stock, excluded=excluded)
    return Decision(
        parts=(),
        candidates=tuple(lost[:MOST_RECORDED]),
        unrecorded=max(0, len(lost) - MOST_RECORDED),
        excluded=excluded,
        stock=stock,
        short=_missing(demands, asked, stock),
    )


def _codes(nodes: Sequence[Node]) -> tuple[str, ...]:
    return tuple(sorted(node.code for node in nodes))


def _available(stock: Stock, node: Node, sku: str) -> int:
    return max(0, stock.get(node.code, {}).get(sku, 0))


def _shortlist(
    order: Sequence[Node], demands: Sequence[Demand], stock: Stock
) -> tuple[list[Node], list[Node]]:
    """All of them, or the `MOST_NODES` that cover most pieces and lie best."""
    if len(order) <= MOST_NODES:
        return list(order), []
    wanted = _by_sku(demands)

    def covered(node: Node) -> int:
        return sum(
            min(_available(stock, node, sku), sum(line.quantity for line in lines))
            for sku, lines in wanted.items()
        )

    ranked = sorted(order, key=lambda node: -covered(node))
    kept = set(ranked[:MOST_NODES])
    return [node for node in order if node in kept], [node for node in order if node not in kept]


def _by_sku(demands: Sequence[Demand]) -> _Grouped:
    grouped: _Grouped = {}
    for line in sorted(demands, key=lambda line: (-line.quantity, line.line_no)):
        grouped.setdefault(line.sku, []).append(line)
    return grouped


def _scarcest_first(grouped: _Grouped, nodes: Sequence[Node], stock: Stock) -> _Grouped:
    """What few nodes have rules out most sets at the first look."""
    holders = {
        sku: sum(1 for node in nodes if _available(stock, node, sku) >= lines[0].quantity)
        for sku, lines in grouped.items()
    }
    return {sku: grouped[sku] for sku in sorted(grouped, key=lambda sku: (holders[sku], sku))}


def _divisible(demands: Sequence[Demand], nodes: Sequence[Node], stock: Stock) -> frozenset[int]:
    """The lines whose whole quantity no single node has."""
    return frozenset(
        line.line_no
        for line in demands
        if all(_available(stock, node, line.sku) < line.quantity for node in nodes)
    )


def _cover(
    grouped: _Grouped, chosen: Sequence[Node], stock: Stock, divisible: frozenset[int]
) -> tuple[str, _Placed]:
    """Why the nodes can't give everything together ("": it is a cover), and the placing."""
    lacking = []
    for sku, lines in grouped.items():
        wanted = sum(line.quantity for line in lines)
        if sum(_available(stock, node, sku) for node in chosen) < wanted:
            lacking.append(sku)
            if len(lacking) > MOST_NAMED:
                break
    if lacking:
        more = " and more" if len(lacking) > MOST_NAMED else ""
        return f"short of {', '.join(sorted(lacking[:MOST_NAMED]))}{more}", {}
    placed: _Placed = {}
    for sku, lines in grouped.items():
        left = {node.code: _available(stock, node, sku) for node in chosen}
        ways = _place_whole([line for line in lines if line.line_no not in divisible], left)
        if ways is None:
            return f"would divide a line of {sku}", {}
        placed |= ways
        _divide([line for line in lines if line.line_no in divisible], left, placed)
    return "", placed


def _place_whole(lines: Sequence[Demand], left: dict[str, int]) -> _Placed | None:
    """Each line to one node, taken out of `left`; None where no way was found."""
    if not lines:
        return {}
    line, others = lines[0], lines[1:]
    tried: set[int] = set()
    for node, available in left.items():
        if available < line.quantity or available in tried:
            continue
        tried.add(available)
        left[node] = available - line.quantity
        placed = _place_whole(others, left)
        if placed is not None:
            return placed | {(line.line_no, node): line.quantity}
        left[node] = available
        if len(lines) > MOST_TRIED:
            return None
    return None


def _divide(lines: Sequence[Demand], left: dict[str, int], placed: _Placed) -> None:
    """Divides each line's units over the nodes in their order; there are enough, as `_cover`
    saw.
    """
    for line in lines:
        wanted = line.quantity
        for node, available in left.items():
            taken = min(wanted, available)
            if taken:
                placed[line.line_no, node] = taken
                left[node] = available - taken
                wanted -= taken


_CRITERIA = ("more divided lines", "a longer way", "a worse priority", "a later code")


def _rank(
    chosen: Sequence[Node], placed: _Placed
) -> tuple[int, int, tuple[int, ...], tuple[str, ...]]:
    lines = [line for line, _ in placed]
    return (
        len(lines) - len(set(lines)),
        sum(node.distance for node in chosen),
        tuple(sorted(node.priority for node in chosen)),
        _codes(chosen),
    )


def _decide(
    covers: list[tuple[tuple[Node, ...], _Placed]],
    demands: Sequence[Demand],
    lost: list[Candidate],
    *,
    stock: Stock,
    excluded: Mapping[str, str],
) -> Decision:
    ranked = sorted(covers, key=lambda cover: _rank(*cover))
    chosen, placed = ranked[0]
    best = _rank(chosen, placed)
    losers = [
        Candidate(nodes=_codes(nodes), lost=_first_difference(best, _rank(nodes, ways)))
        for nodes, ways in ranked[1:]
    ]
    recorded = [Candidate(nodes=_codes(chosen), lost=""), *losers, *lost]
    return Decision(
        parts=tuple(_parts(chosen, placed, demands)),
        candidates=tuple(recorded[:MOST_RECORDED]),
        unrecorded=max(0, len(recorded) - MOST_RECORDED),
        excluded=excluded,
        stock=stock,
        short={},
    )


def _first_difference(best: tuple[object, ...], other: tuple[object, ...]) -> str:
    return next(
        reason
        for reason, ours, theirs in zip(_CRITERIA, best, other, strict=True)
        if ours != theirs
    )


def _parts(chosen: Sequence[Node], placed: _Placed, demands: Sequence[Demand]) -> Iterator[Part]:
    """Units are numbered through the nodes in their order, so the parts name every unit once."""
    next_unit = {line.line_no: 0 for line in demands}
    for node in chosen:
        shares = []
        for line_no in sorted(next_unit):
            quantity = placed.get((line_no, node.code), 0)
            if quantity:
                first = next_unit[line_no]
                shares.append(Share(line_no=line_no, first_unit=first, quantity=quantity))
                next_unit[line_no] = first + quantity
        if shares:
            yield Part(node=node.code, shares=tuple(shares))


def _missing(demands: Sequence[Demand], nodes: Sequence[Node], stock: Stock) -> dict[str, int]:
    """Pieces that all nodes together lack, per SKU; empty where there are enough but no permitted
    set of nodes can give them.
    """
    missing = {}
    for sku, lines in sorted(_by_sku(demands).items()):
        wanted = sum(line.quantity for line in lines)
        there = sum(_available(stock, node, sku) for node in nodes)
        if there < wanted:
            missing[sku] = wanted - there
    return missing
