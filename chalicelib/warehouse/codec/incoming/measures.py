"""Weights, sizes and amounts that accompany goods.

They move no stock and no money by themselves, so one that can't be read is as good as none: what
physically happened is not refused for it. The raw message keeps it.
"""

from __future__ import annotations

import re

from chalicelib.kernel.money import Fen, UnitPrice, divide_half_up
from chalicelib.warehouse.xml import Node

_DECIMAL = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?", re.ASCII)


def read_measure(node: Node, name: str, *, units: int) -> int | None:
    """A measure in `units` to one of the protocol's, half up: kg in grams with 1,000.

    None where it is not given, not readable, or negative.
    """
    found = _scaled(node.text(name), units)
    return None if found is None or found < 0 else found


def read_amount(node: Node, name: str) -> Fen | None:
    """An amount of money, signed; more than two decimals are rounded half up."""
    return _scaled(node.text(name), 100)


def read_price(node: Node, name: str) -> UnitPrice | None:
    """The price of a piece in 1/10,000."""
    return _scaled(node.text(name), 10_000)


def _scaled(text: str | None, units: int) -> int | None:
    if text is None:
        return None
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, whole, decimals = found.groups("")
    scaled = divide_half_up(int(whole + decimals) * units, int(10 ** len(decimals)))
    return -scaled if sign else scaled
