"""What a message says beyond what its codec reads.

Some structures of the protocol are not known for certain, and partners add elements of their own.
The codec reads what is known; the rest is kept as text by its place, so nothing is lost without the
raw message and a later codec knows what to look for. Nothing is decided by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chalicelib.warehouse.documents.rest import Rest
from chalicelib.warehouse.xml import Node


def rest(node: Node, *read: str) -> Rest:
    """The texts below `node` in document order, except within the children that were `read`.

    Where a name stands more than once beside itself its places are numbered from 1: `seal[2]/no`.
    What is empty, or a literal `null`, is left out.
    """
    return tuple(
        leaf
        for place, child in _children(node)
        if node.name_of(child.element) not in read
        for leaf in _leaves(place, child)
    )


def _leaves(place: str, node: Node) -> Iterator[tuple[str, str]]:
    inner = list(_children(node))
    if not inner and (text := node.value()) is not None:
        yield place, text
    for below, child in inner:
        yield from _leaves(f"{place}/{below}", child)


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    names = [str(element.tag) for element in node.element]
    often, seen = Counter(names), Counter[str]()
    for name, element in zip(names, node.element, strict=True):
        seen[name] += 1
        place = name if often[name] == 1 else f"{name}[{seen[name]}]"
        yield place, Node(element, f"{node.path}/{place}", node.spelling)
