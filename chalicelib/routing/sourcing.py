"""Which warehouses ship an order (寻仓): exact cover with the fewest, compared lexicographically.

**The search.** The order's lines are demands; a node is a warehouse that may ship the order. Sets
of nodes are tried by size, 1 then 2 up to the limit (at most 4 of at most 20 nodes: 6,195 sets),
and the first size at which some set covers everything wins; so no heuristic decides how many
parcels an order makes. An order ships whole or waits.

**A cover** is a set of nodes that gives everything; `covering` says how the lines are placed on it.

**The comparison** among covers of one size, first difference decides: fewer divided lines, shorter
distance summed, better priorities, codes in alphabetical order. It is a total order, so the same
order, stock and rules give the same answer on every machine.

**The decision** keeps everything it was made from: who was not asked and why, the stock read, every
candidate with the reason it lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from chalicelib.routing.covering import Grouped, Placed, available, by_sku, cover
from chalicelib.routing.model import Candidate, Decision, Demand, Node, Part, Share, Stock

MOST_NODES = 20
"""Nodes that take part in the search: with more, those that cover and lie best."""

MOST_RECORDED = 40
"""Candidates that are written down one by one; the rest are counted."""


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
    grouped = _scarcest_first(by_sku(demands), asked, stock)
    lost: list[Candidate] = []
    for size in range(1, min(most_nodes, len(asked)) + 1):
        covers: list[tuple[tuple[Node, ...], Placed]] = []
        for chosen in combinations(asked, size):
            why_not, placed = cover(grouped, chosen, stock, divisible)
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


def _shortlist(
    order: Sequence[Node], demands: Sequence[Demand], stock: Stock
) -> tuple[list[Node], list[Node]]:
    """All of them, or the `MOST_NODES` that cover most pieces and lie best."""
    if len(order) <= MOST_NODES:
        return list(order), []
    wanted = by_sku(demands)

    def covered(node: Node) -> int:
        return sum(
            min(available(stock, node, sku), sum(line.quantity for line in lines))
            for sku, lines in wanted.items()
        )

    ranked = sorted(order, key=lambda node: -covered(node))
    kept = set(ranked[:MOST_NODES])
    return [node for node in order if node in kept], [node for node in order if node not in kept]


def _scarcest_first(grouped: Grouped, nodes: Sequence[Node], stock: Stock) -> Grouped:
    """What few nodes have rules out most sets at the first look."""
    holders = {
        sku: sum(1 for node in nodes if available(stock, node, sku) >= lines[0].quantity)
        for sku, lines in grouped.items()
    }
    return {sku: grouped[sku] for sku in sorted(grouped, key=lambda sku: (holders[sku], sku))}


def _divisible(demands: Sequence[Demand], nodes: Sequence[Node], stock: Stock) -> frozenset[int]:
    """The lines whose whole quantity no single node has."""
    return frozenset(
        line.line_no
        for line in demands
        if all(available(stock, node, line.sku) < line.quantity for node in nodes)
    )


_CRITERIA = ("more divided lines", "a longer way", "a worse priority", "a later code")


def _rank(
    chosen: Sequence[Node], placed: Placed
) -> tuple[int, int, tuple[int, ...], tuple[str, ...]]:
    lines = [line for line, _ in placed]
    return (
        len(lines) - len(set(lines)),
        sum(node.distance for node in chosen),
        tuple(sorted(node.priority for node in chosen)),
        _codes(chosen),
    )


def _decide(
    covers: list[tuple[tuple[Node, ...], Placed]],
    demands: Sequence[Demand],
    lost: list[Candidate],
    *,
    stock: Stock,
    excluded: Mapping[str, str],
) -> Decision:
    ranked = sorted(covers, key=lambda each: _rank(*each))
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


def _parts(chosen: Sequence[Node], placed: Placed, demands: Sequence[Demand]) -> Iterator[Part]:
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
    for sku, lines in sorted(by_sku(demands).items()):
        wanted = sum(line.quantity for line in lines)
        there = sum(available(stock, node, sku) for node in nodes)
        if there < wanted:
            missing[sku] = wanted - there
    return missing
