"""Moving-average cost of a pool: pure arithmetic on fen.

A pool is one SKU in one warehouse over all its inventory types: a damaged piece that was received
costs what it cost, and a move from good to defective changes no value (a write-down is an entry of
its own). The **value is exact** and unit cost derived from it; each entry is rounded once, half-up.

- in: the value given; without one, the average (no stock: the last unit cost).
- out of `n` from `q` pieces worth `v`: `v·n/q`; the last piece takes all that is left, so no dust
  stays behind.
- beyond what is there (physically impossible, but reported): at the last unit cost, so quantity and
  value go negative together. The next receipt settles: the pieces it covers get its price, and the
  difference to their estimate is a **variance**, a value entry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.kernel.money import Fen, UnitPrice, divide_half_up, line_amount
from chalicelib.kernel.provenance import Source
from chalicelib.stock.model import EntryId, Kind

VALUE = "VALUE"
VARIANCE = "VARIANCE"
"""The records of an entry's value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEntry:
    """What an entry added to its pool's value: signed pieces and fen. `record` is `VALUE`, or
    `VARIANCE` for the settling of an estimate. Of an issue, `returned` pieces have come back.
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

    @property
    def entry_id(self) -> EntryId:
        """The entry it values."""
        return EntryId(document=self.document, entry=self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool after the entry with this `sequence`. Quantity and value have the same sign; no
    pieces, no value. `unit_cost` is the last one known.
    """

    warehouse: str
    sku: str
    sequence: int = 0
    quantity: int = 0
    value: Fen = 0
    unit_cost: UnitPrice = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costed:
    """What an entry adds to its pool's value (signed), and the settling of an estimate, 0 for
    most.
    """

    quantity: int
    value: Fen
    variance: Fen
    unit_cost: UnitPrice


def cost(pool: Pool, pieces: int, given: Fen | None = None) -> Costed:
    """Costs an entry that adds `pieces` (negative: takes them away) to a pool; `given` is what they
    are worth, where that is known.
    """
    if pieces > 0:
        value = average(pool, pieces) if given is None else given
        variance = _settled(pool, pieces, value)
    else:
        value, variance = -_issue(pool, -pieces), 0
    quantity = pool.quantity + pieces
    return Costed(
        quantity=pieces,
        value=value,
        variance=variance,
        unit_cost=_unit_cost(pool, quantity, pool.value + value + variance, (pieces, value)),
    )


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


def _settled(pool: Pool, pieces: int, value: Fen) -> Fen:
    """Estimate minus true cost of the missing pieces that came in now."""
    missing = -pool.quantity
    if missing <= 0:
        return 0
    covered = min(pieces, missing)
    estimate = divide_half_up(-pool.value * covered, missing)
    return estimate - divide_half_up(value * covered, pieces)


def _unit_cost(pool: Pool, quantity: int, value: Fen, moved: tuple[int, Fen]) -> UnitPrice:
    if quantity > 0:
        return divide_half_up(value * 100, quantity)
    pieces, worth = moved
    return divide_half_up(worth * 100, pieces) if pieces > 0 else pool.unit_cost
