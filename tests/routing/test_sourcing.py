"""Which warehouses ship: exact cover with the fewest, ties by a total order."""

from __future__ import annotations

from itertools import chain, combinations, product
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.routing.model import Decision, Demand, Node, distance
from chalicelib.routing.sourcing import source


def _nodes(*codes: str, priority: int = 100) -> list[Node]:
    return [Node(code=code, priority=priority, distance=0) for code in codes]


def _demands(*lines: tuple[str, int]) -> list[Demand]:
    return [
        Demand(line_no=position, sku=sku, quantity=quantity)
        for position, (sku, quantity) in enumerate(lines, start=1)
    ]


def _source(
    demands: list[Demand],
    nodes: list[Node],
    stock: dict[str, dict[str, int]],
    *,
    may_divide: bool = False,
    most_nodes: int = 4,
) -> Decision:
    return source(demands, nodes, stock, may_divide=may_divide, most_nodes=most_nodes, excluded={})


def _shape(decision: Decision) -> dict[str, list[tuple[int, int, int]]]:
    return {
        part.node: [(share.line_no, share.first_unit, share.quantity) for share in part.shares]
        for part in decision.parts
    }


def test_one_warehouse_that_has_all_ships_all() -> None:
    decision = _source(
        _demands(("A", 2), ("B", 1)),
        _nodes("W1", "W2"),
        {"W1": {"A": 2, "B": 0}, "W2": {"A": 2, "B": 1}},
    )
    assert _shape(decision) == {"W2": [(1, 0, 2), (2, 0, 1)]}


def test_each_candidate_that_lost_has_its_reason() -> None:
    decision = source(
        _demands(("A", 1)),
        [
            Node(code="NEAR", priority=100, distance=0),
            Node(code="FAR", priority=1, distance=2),
            Node(code="LATE", priority=100, distance=0),
            Node(code="WORSE", priority=200, distance=0),
            Node(code="EMPTY", priority=1, distance=0),
        ],
        {"LATE": {"A": 1}, "NEAR": {"A": 1}, "FAR": {"A": 1}, "WORSE": {"A": 1}, "EMPTY": {}},
        may_divide=False,
        most_nodes=4,
        excluded={"SHUT": "not active"},
    )
    assert _shape(decision) == {"LATE": [(1, 0, 1)]}
    assert {each.nodes[0]: each.lost for each in decision.candidates} == {
        "LATE": "",
        "NEAR": "a later code",
        "WORSE": "a worse priority",
        "FAR": "a longer way",
        "EMPTY": "short of A",
    }
    assert decision.excluded == {"SHUT": "not active"}


def test_two_warehouses_ship_what_one_cannot() -> None:
    decision = _source(
        _demands(("A", 2), ("B", 3)),
        _nodes("W1", "W2", "W3"),
        {"W1": {"A": 2}, "W2": {"B": 2}, "W3": {"B": 3}},
    )
    assert _shape(decision) == {"W1": [(1, 0, 2)], "W3": [(2, 0, 3)]}


def test_lines_of_one_sku_share_its_stock() -> None:
    decision = _source(
        _demands(("A", 3), ("A", 3)), _nodes("W1", "W2"), {"W1": {"A": 5}, "W2": {"A": 3}}
    )
    assert {node: len(shares) for node, shares in _shape(decision).items()} == {"W1": 1, "W2": 1}
    short = _source(_demands(("A", 3), ("A", 3)), _nodes("W1"), {"W1": {"A": 5}})
    assert short.parts == ()
    assert short.short == {"A": 1}


def test_lines_of_one_sku_are_packed_by_trying_not_by_luck() -> None:
    decision = _source(
        _demands(("A", 4), ("A", 3), ("A", 3), ("A", 2)),
        _nodes("W1", "W2"),
        {"W1": {"A": 6}, "W2": {"A": 6}},
    )
    placed = _shape(decision)
    assert sorted(sum(share[2] for share in shares) for shares in placed.values()) == [6, 6]


def test_a_line_is_divided_only_where_the_shop_allows_it() -> None:
    demands, stock = _demands(("A", 5)), {"W1": {"A": 3}, "W2": {"A": 2}}
    assert _source(demands, _nodes("W1", "W2"), stock).parts == ()
    divided = _source(demands, _nodes("W1", "W2"), stock, may_divide=True)
    assert _shape(divided) == {"W1": [(1, 0, 3)], "W2": [(1, 3, 2)]}


def test_a_line_that_one_warehouse_has_whole_is_not_divided() -> None:
    decision = _source(
        _demands(("A", 5), ("B", 1)),
        _nodes("W1", "W2", "W3"),
        {"W1": {"A": 3, "B": 1}, "W2": {"A": 2}, "W3": {"A": 5}},
        may_divide=True,
    )
    assert _shape(decision) == {"W1": [(2, 0, 1)], "W3": [(1, 0, 5)]}


def test_enough_pieces_that_lie_too_scattered_are_no_shortage_of_pieces() -> None:
    decision = _source(_demands(("A", 5)), _nodes("W1", "W2"), {"W1": {"A": 3}, "W2": {"A": 2}})
    assert (decision.parts, decision.short) == ((), {})


def test_no_more_warehouses_are_used_than_allowed() -> None:
    demands = _demands(("A", 1), ("B", 1), ("C", 1))
    stock = {"W1": {"A": 1}, "W2": {"B": 1}, "W3": {"C": 1}}
    assert _source(demands, _nodes("W1", "W2", "W3"), stock, most_nodes=2).parts == ()
    assert len(_source(demands, _nodes("W1", "W2", "W3"), stock, most_nodes=3).parts) == 3


def test_negative_stock_is_no_stock() -> None:
    decision = _source(_demands(("A", 1)), _nodes("W1", "W2"), {"W1": {"A": -3}, "W2": {"A": 1}})
    assert _shape(decision) == {"W2": [(1, 0, 1)]}
    assert _source(_demands(("A", 2)), _nodes("W1"), {"W1": {"A": -3}}).short == {"A": 2}


def test_no_warehouse_at_all_is_a_shortage_of_everything() -> None:
    assert _source(_demands(("A", 2), ("B", 1)), [], {}).short == {"A": 2, "B": 1}


def test_the_order_in_which_warehouses_are_given_does_not_matter() -> None:
    nodes = [*_nodes("W1", "W2"), Node(code="W0", priority=5, distance=1)]
    stock = {code: {"A": 1, "B": 1} for code in ("W0", "W1", "W2")}
    answers = {
        str(_shape(_source(_demands(("A", 1), ("B", 1)), order, stock)))
        for order in (nodes, nodes[::-1], [nodes[1], nodes[2], nodes[0]])
    }
    assert answers == {str({"W1": [(1, 0, 1), (2, 0, 1)]})}


@pytest.mark.parametrize(
    ("node", "destination", "steps"),
    [
        (("浙江省", "杭州市"), ("浙江省", "杭州市"), 0),
        (("浙江省", "宁波市"), ("浙江省", "杭州市"), 1),
        (("江苏省", "杭州市"), ("浙江省", "杭州市"), 2),
    ],
)
def test_distance_counts_city_and_province(
    node: tuple[str, str], destination: tuple[str, str], steps: int
) -> None:
    assert distance(node, destination) == steps


def test_500_lines_over_20_warehouses_are_sourced_in_seconds() -> None:
    demands = _demands(*((f"S{number}", 1) for number in range(500)))
    codes = [f"W{number:02d}" for number in range(30)]
    stock = {
        code: {f"S{number}": 1 for number in range(500) if number % 30 != position}
        for position, code in enumerate(codes)
    }
    begun = process_time()
    decision = _source(demands, _nodes(*codes), stock)
    assert len(decision.parts) == 2
    none = {code: {f"S{number}": 1 for number in range(250)} for code in codes}
    assert _source(demands, _nodes(*codes), none).parts == ()
    assert process_time() - begun < 20


SKUS = ("A", "B", "C")


@settings(max_examples=300)
@given(
    lines=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 4)), min_size=1, max_size=4),
    stock=st.dictionaries(
        st.sampled_from(("W1", "W2", "W3", "W4")),
        st.dictionaries(st.sampled_from(SKUS), st.integers(-1, 6)),
        min_size=1,
    ),
    may_divide=st.booleans(),
)
def test_a_decision_covers_every_unit_once_within_the_stock_and_no_smaller_set_could(
    lines: list[tuple[str, int]], stock: dict[str, dict[str, int]], may_divide: bool
) -> None:
    demands, nodes = _demands(*lines), _nodes(*stock)
    decision = _source(demands, nodes, stock, may_divide=may_divide)
    fewest = next(
        (
            size
            for size in range(1, len(nodes) + 1)
            if any(_whole_cover(demands, chosen, stock) for chosen in combinations(stock, size))
        ),
        None,
    )
    if not may_divide:
        assert (len(decision.parts) or None) == fewest
    if fewest is not None:
        assert 0 < len(decision.parts) <= fewest
    used: dict[tuple[str, str], int] = {}
    units: dict[int, list[int]] = {line.line_no: [] for line in demands}
    sku_of = {line.line_no: line.sku for line in demands}
    for part in decision.parts:
        for share in part.shares:
            at = (part.node, sku_of[share.line_no])
            used[at] = used.get(at, 0) + share.quantity
            units[share.line_no] += range(share.first_unit, share.first_unit + share.quantity)
    assert all(stock[node].get(sku, 0) >= quantity for (node, sku), quantity in used.items())
    if decision.parts:
        for line in demands:
            assert sorted(units[line.line_no]) == list(range(line.quantity))


def _whole_cover(
    demands: list[Demand], chosen: tuple[str, ...], stock: dict[str, dict[str, int]]
) -> bool:
    """By brute force: some way to give each line to one node."""
    for way in product(chosen, repeat=len(demands)):
        used: dict[tuple[str, str], int] = {}
        for line, node in zip(demands, way, strict=True):
            used[node, line.sku] = used.get((node, line.sku), 0) + line.quantity
        if all(stock[node].get(sku, 0) >= wanted for (node, sku), wanted in used.items()):
            return True
    return False


def test_every_unit_is_named_once_in_a_divided_order() -> None:
    decision = _source(
        _demands(("A", 7), ("A", 2), ("B", 4)),
        _nodes("W1", "W2", "W3"),
        {"W1": {"A": 4, "B": 1}, "W2": {"A": 4, "B": 1}, "W3": {"A": 1, "B": 2}},
        may_divide=True,
    )
    shares = list(chain.from_iterable(part.shares for part in decision.parts))
    units = sorted(
        (share.line_no, share.first_unit + unit)
        for share in shares
        for unit in range(share.quantity)
    )
    assert units == [
        (line, unit) for line, quantity in ((1, 7), (2, 2), (3, 4)) for unit in range(quantity)
    ]
