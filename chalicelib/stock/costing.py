"""Cost of a pool, by moving average or first in, first out: pure arithmetic on fen.

A pool is one SKU in one warehouse over all its inventory types: a damaged piece that was received
costs what it cost, and a move from good to defective changes no value (a write-down is an entry of
its own). The **value is exact** and unit cost derived from it.

- in: the value given; without one, the average (no stock: the last unit cost).
- out of `n` from `q` pieces worth `v`, by moving average: `v·n/q`, rounded once, half-up; the last
  piece takes all that is left, so no dust stays behind. First in, first out: what the oldest `n`
  pieces cost (`stock.layers`).
- beyond what is there (physically impossible, but reported): at the last unit cost, so quantity and
  value go negative together. The next receipt settles: the pieces it covers get its price, and the
  difference to their estimate is a **variance**, a value entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.money import Fen, UnitPrice, divide_half_up, line_amount
from chalicelib.kernel.provenance import Source
from chalicelib.stock.layers import Front, Layer, Share, few, pieces_in, portion, take, worth
from chalicelib.stock.model import EntryId, Kind

VALUE = "VALUE"
VARIANCE = "VARIANCE"
"""The records of an entry's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEntry:
    """What an entry added to its pool's value: signed pieces and fen. `record` is `VALUE`, or
    `VARIANCE` for the settling of an estimate. Of an issue, `returned` pieces have come back;
    `shares` are the layers it took, where it took several.
    """

    document: str
    entry: str
    record: str
    kind: Kind
    warehouse: str
    sku: str
    sequence: int
    quantity: int
    value: Fen
    posting_date: date
    costed_at: datetime
    source: Source
    returned: int = 0
    shares: tuple[Share, ...] = ()

    @property
    def issued(self) -> tuple[Share, ...]:
        """What an issue took, in layers: positive pieces and fen."""
        return self.shares or (Share(quantity=-self.quantity, value=-self.value),)

    @property
    def entry_id(self) -> EntryId:
        """The entry it values."""
        return EntryId(document=self.document, entry=self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool after the entry with this `sequence`. Quantity and value have the same sign; no
    pieces, no value. `unit_cost` is the last one known; `front` where it stands in its layers.
    It keeps the `method` it began with.
    """

    warehouse: str
    sku: str
    sequence: int = 0
    quantity: int = 0
    value: Fen = 0
    unit_cost: UnitPrice = 0
    method: CostMethod = CostMethod.AVERAGE
    front: Front = Front()


@dataclass(frozen=True, slots=True, kw_only=True)
class Costed:
    """What an entry adds to its pool's value (signed), and the settling of an estimate, 0 for
    most. First in, first out: `shares` that an issue took, `layers` that goods come in by.
    """

    quantity: int
    value: Fen
    variance: Fen
    unit_cost: UnitPrice
    shares: tuple[Share, ...] = ()
    layers: tuple[Share, ...] = ()
    front: Front = Front()

    def new_layers(self, pool: Pool, sequence: int) -> list[Layer]:
        """The layers that the entry with this sequence brings."""
        return [
            Layer(
                warehouse=pool.warehouse,
                sku=pool.sku,
                sequence=sequence,
                part=part,
                quantity=share.quantity,
                value=share.value,
            )
            for part, share in enumerate(self.layers)
        ]

    def pool_after(self, pool: Pool, sequence: int) -> Pool:
        """The pool behind the entry with this sequence."""
        return replace(
            pool,
            sequence=sequence,
            quantity=pool.quantity + self.quantity,
            value=pool.value + self.value + self.variance,
            unit_cost=self.unit_cost,
            front=self.front,
        )


def cost_in(pool: Pool, pieces: int, given: Sequence[Share] = ()) -> Costed:
    """Costs pieces that come into a pool; `given` says what they are worth, where that is known,
    else it is the average.
    """
    shares = tuple(given) or (Share(quantity=pieces, value=average(pool, pieces)),)
    value, variance = worth(shares), 0
    covered = min(pieces, max(-pool.quantity, 0))
    if covered:
        estimate = divide_half_up(-pool.value * covered, -pool.quantity)
        variance = estimate - _covering(pool, shares, covered)
    quantity, left = pool.quantity + pieces, pool.value + value + variance
    if quantity > 0:
        unit_cost = divide_half_up(left * 100, quantity)
    else:
        unit_cost = divide_half_up(value * 100, pieces)
    fifo = pool.method is CostMethod.FIFO
    return Costed(
        quantity=pieces,
        value=value,
        variance=variance,
        unit_cost=unit_cost,
        layers=few(portion(shares, covered, pieces - covered)) if fifo else (),
        front=pool.front,
    )


def cost_out(pool: Pool, pieces: int, layers: Iterable[Layer] = ()) -> Costed:
    """Costs pieces that leave a pool; `layers` are those it takes first in, first out, from its
    front on.
    """
    if pool.method is CostMethod.AVERAGE:
        value, shares, front = _issue(pool, pieces), (), pool.front
    else:
        there = min(pieces, max(pool.quantity, 0))
        taken = take(layers, pool.front, there)
        beyond = pieces - there
        short = (Share(quantity=beyond, value=line_amount(beyond, pool.unit_cost)),)
        shares = (*taken.shares, *(short if beyond else ()))
        value, front = worth(shares), taken.front
    quantity, left = pool.quantity - pieces, pool.value - value
    return Costed(
        quantity=-pieces,
        value=-value,
        variance=0,
        unit_cost=divide_half_up(left * 100, quantity) if quantity > 0 else pool.unit_cost,
        shares=few(shares) if len(shares) > 1 else (),
        front=front,
    )


def come_back(pool: Pool, issue: ValueEntry, pieces: int) -> tuple[Share, ...]:
    """What pieces of an issue are worth that come back: their share of it, in the layers they left
    with. More than is out comes in at the average.
    """
    out = issue.issued
    back = min(pieces, pieces_in(out) - issue.returned)
    shares = portion(out, issue.returned, back) if back > 0 else ()
    beyond = pieces - max(back, 0)
    more = (Share(quantity=beyond, value=average(pool, beyond)),) if beyond else ()
    return (*shares, *more)


def average(pool: Pool, pieces: int) -> Fen:
    """What pieces are worth by the pool's average, or its last unit cost where it has no stock."""
    if pool.quantity > 0:
        return divide_half_up(pool.value * pieces, pool.quantity)
    return line_amount(pieces, pool.unit_cost)


def _issue(pool: Pool, pieces: int) -> Fen:
    if pool.quantity <= 0:
        return line_amount(pieces, pool.unit_cost)
    if pieces < pool.quantity:
        return divide_half_up(pool.value * pieces, pool.quantity)
    return pool.value + line_amount(pieces - pool.quantity, pool.unit_cost)


def _covering(pool: Pool, shares: Sequence[Share], covered: int) -> Fen:
    """What the pieces cost that come in for those that left before."""
    if pool.method is CostMethod.FIFO:
        return worth(portion(shares, 0, covered))
    return divide_half_up(worth(shares) * covered, pieces_in(shares))
