"""Money as integer fen, and the two apportioning rules that keep every total exact.

An amount is an `int` of fen (1/100 of the currency unit); its currency stands once per document.
Unit costs and purchase prices are integers of 1/10,000 of the currency unit. JSON carries strings
such as "12.10". Never a float.

Order-level amounts are apportioned **once**, at acceptance: to lines by largest remainder with
caps (`apportion`), from a line to its numbered units by cumulative floors (`unit_share`). Parcels,
returns, refunds and invoice rows then name units and add up by construction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from chalicelib.kernel.errors import Malformed, Refused

Fen: TypeAlias = int
"""An amount in 1/100 of the document's currency unit."""

UnitPrice: TypeAlias = int
"""A price or cost of one piece in 1/10,000 of the document's currency unit."""

_FEN = re.compile(r"-?\d{1,13}(\.\d{1,2})?", re.ASCII)
_UNIT_PRICE = re.compile(r"-?\d{1,11}(\.\d{1,4})?", re.ASCII)


def parse_fen(text: object, *, field: str) -> Fen:
    """`"12.1"` -> 1210. A string with at most two decimals; anything else is `Malformed` and names
    the field.
    """
    return _parse(text, _FEN, 2, field)


def parse_unit_price(text: object, *, field: str) -> UnitPrice:
    """`"3.1416"` -> 31416. A string with at most four decimals."""
    return _parse(text, _UNIT_PRICE, 4, field)


def _parse(text: object, pattern: re.Pattern[str], decimals: int, field: str) -> int:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise Malformed(
            "malformed_amount",
            f'an amount is a string such as "12.10" with at most {decimals} decimals',
            field=field,
        )
    whole, _, fraction = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    magnitude: int = abs(int(whole)) * int(10**decimals) + int(fraction.ljust(decimals, "0") or "0")
    return sign * magnitude


def format_fen(amount: Fen) -> str:
    """1210 -> `"12.10"`."""
    return _format(amount, 2)


def format_unit_price(price: UnitPrice) -> str:
    """31416 -> `"3.1416"`."""
    return _format(price, 4)


def _format(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"


def divide_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half away from zero, the rounding of the tax authority and
    of the books.
    """
    if denominator <= 0:
        raise ValueError(f"the denominator has to be positive, not {denominator}")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def line_amount(quantity: int, price: UnitPrice) -> Fen:
    """Pieces times a unit price of 1/10,000, rounded once, half-up, to fen."""
    return divide_half_up(quantity * price, 100)


def apportion(total: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> list[int]:
    """Splits `total` over `weights` by largest remainder; the shares add up to `total` exactly.

    Ties go to the earlier line, so the result is repeatable. A negative total mirrors its
    positive. With `caps` (same length, none negative) no share passes its cap: lines over the cap
    are fixed at it and the rest is split again. If all weights are 0 each line weighs the same. A
    total above the sum of the caps is refused (`exceeds_caps`).
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are not negative")
    if not weights:
        if total:
            raise Refused("nothing_to_apportion_to", "there is no line to bear this amount")
        return []
    if total < 0:
        return [-share for share in apportion(-total, weights, caps)]
    if caps is None:
        return _largest_remainder(total, weights)
    return _capped(total, weights, caps)


def _capped(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    if total > sum(caps):
        raise Refused("exceeds_caps", "the amount is larger than what the lines can bear together")
    shares = [0] * len(weights)
    open_lines = list(range(len(weights)))
    left = total
    while open_lines:
        parts = _largest_remainder(left, [weights[line] for line in open_lines])
        over = [line for line, part in zip(open_lines, parts, strict=True) if part > caps[line]]
        if not over:
            for line, part in zip(open_lines, parts, strict=True):
                shares[line] = part
            break
        for line in over:
            shares[line] = caps[line]
            left -= caps[line]
        open_lines = [line for line in open_lines if line not in over]
    return shares


def _largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    effective = list(weights) if any(weights) else [1] * len(weights)
    weight_sum = sum(effective)
    shares = [total * weight // weight_sum for weight in effective]
    by_remainder = sorted(
        range(len(effective)), key=lambda i: (-(total * effective[i] % weight_sum), i)
    )
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def unit_share(total: int, quantity: int, first: int, count: int) -> int:
    """What units `first` … `first + count - 1` (numbered from 0) of a line of `quantity` units
    carry of `total`.

    Cumulative floors of the magnitude: 1000 over 3 units is 333, 333, 334; any disjoint cover of
    the units adds up to `total`, in any order.
    """
    if not 0 <= first <= first + count <= quantity:
        raise ValueError(f"units {first}+{count} are not within a line of {quantity}")
    if quantity == 0:
        return 0
    magnitude = abs(total) * (first + count) // quantity - abs(total) * first // quantity
    return magnitude if total >= 0 else -magnitude
