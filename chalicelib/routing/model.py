"""What sourcing is asked and what it decides: demands, warehouses that may ship, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One order line: pieces of a SKU."""

    line_no: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A warehouse that may ship. A lower priority is preferred; `distance` as below."""

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


def distance(node_region: tuple[str, str], destination: tuple[str, str]) -> int:
    """Steps between a warehouse's (province, city) and a buyer's. Coarse for now: 0 within the
    city, 1 within the province, 2 else.
    """
    if node_region == destination:
        return 0
    return 1 if node_region[0] == destination[0] else 2
