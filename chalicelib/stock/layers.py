"""First in, first out: what an issue takes of the layers that goods came in by; pure.

A layer is what came in together, with what it is worth, and never changes. Where a pool stands in
its layers is its **front**: the layer that is being used up, and how many of its pieces are gone.
So an issue reads the layers it takes and writes none, however many there are; and what is left of
all layers from the front on is the pool's value, to the fen.

Of a layer of 3 pieces and 10.00 the pieces carry 3.33, 3.33 and 3.34 (`kernel.money.unit_share`):
whatever is taken when, it adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.kernel.money import Fen, unit_share

MOST_SHARES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Pieces that cost the same, and what they are worth together."""

    quantity: int
    value: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What came into a pool with the entry of this `sequence`. An entry may bring several, numbered
    by `part`: what comes back, or from another warehouse, keeps the layers it left with.
    """

    warehouse: str
    sku: str
    sequence: int
    part: int
    quantity: int
    value: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The oldest layer that isn't used up, and how many of its pieces are gone."""

    sequence: int = 0
    part: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an issue takes, a share a layer, and where that leaves the front."""

    shares: tuple[Share, ...]
    front: Front


def take(layers: Iterable[Layer], front: Front, pieces: int) -> Taken:
    """Takes pieces from the front on. `layers` are in order, none before the front; `ValueError`
    if they hold less.
    """
    shares: list[Share] = []
    for layer in layers:
        if not pieces:
            break
        at_front = (layer.sequence, layer.part) == (front.sequence, front.part)
        before = front.taken if at_front else 0
        count = min(pieces, layer.quantity - before)
        front = Front(sequence=layer.sequence, part=layer.part, taken=before + count)
        if count:
            value = unit_share(layer.value, layer.quantity, before, count)
            shares.append(Share(quantity=count, value=value))
            pieces -= count
    if pieces:
        raise ValueError(f"the layers lack {pieces} pieces")
    return Taken(shares=tuple(shares), front=front)


def portion(shares: Sequence[Share], first: int, count: int) -> tuple[Share, ...]:
    """The pieces `first` … `first + count - 1` (from 0) of some shares, as shares. Portions that
    cover the shares add up to their value.
    """
    parts: list[Share] = []
    for share in shares:
        begin, end = max(first, 0), min(first + count, share.quantity)
        if begin < end:
            value = unit_share(share.value, share.quantity, begin, end - begin)
            parts.append(Share(quantity=end - begin, value=value))
        first -= share.quantity
    if sum(part.quantity for part in parts) != count:
        raise ValueError(f"the shares don't hold {count} pieces there")
    return tuple(parts)


def few(shares: Sequence[Share]) -> tuple[Share, ...]:
    """At most `MOST_SHARES` of them: they stand in one item, or are written in one transaction.
    The newest ones beyond are taken together, so nothing is lost of what they are worth.
    """
    if len(shares) <= MOST_SHARES:
        return tuple(shares)
    rest = shares[MOST_SHARES - 1 :]
    together = Share(quantity=pieces_in(rest), value=worth(rest))
    return (*shares[: MOST_SHARES - 1], together)


def worth(shares: Iterable[Share]) -> Fen:
    """What shares are worth together."""
    return sum(share.value for share in shares)


def pieces_in(shares: Iterable[Share]) -> int:
    """How many pieces shares hold."""
    return sum(share.quantity for share in shares)
