"""Handing out numbers from leased blocks.

A container leases a block of a type and day by one conditional write and hands it out from memory.
What a container has not used when it dies is lost (a gap, never a repeat). The day is the block's,
so a number's day may be yesterday's shortly after midnight, and is never used to find anything.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Refused, Unavailable
from chalicelib.kernel.items import Items
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Equals,
    Key,
    Put,
    Transaction,
    Write,
    Writes,
)
from chalicelib.numbering.model import (
    SEQUENCE_SIZE,
    OrderNumber,
    format_document,
    format_order,
    gene,
    permute,
)

BLOCK = 1000
LEASE_TRIES = 20
MOST_AT_ONCE = 1000
ORDER_KIND = "ORDER"


class Numbers:
    """Order and document numbers. `key` gives the secret of the permutation."""

    def __init__(
        self,
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
        key: Callable[[], bytes],
        block: int = BLOCK,
    ) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock
        self._key = key
        self._block = block
        self._leased: dict[str, tuple[date, int, int]] = {}

    def order_number(self, buyer: str) -> str:
        """A new order number; numbers of one buyer share their gene."""
        day, sequence = self._next(ORDER_KIND)
        return format_order(OrderNumber(day=day, sequence=sequence, gene=gene(buyer)))

    def order_numbers(self, buyer: str, count: int) -> list[str]:
        """Several at once, for other systems (1 … 1000)."""
        if not 1 <= count <= MOST_AT_ONCE:
            raise Refused("bad_count", f"from 1 to {MOST_AT_ONCE} numbers at once", field="count")
        return [self.order_number(buyer) for _ in range(count)]

    def document_number(self, prefix: str) -> str:
        """A new number of another document; `prefix` are two capital letters such as `RK`."""
        day, sequence = self._next(prefix)
        return format_document(prefix, day, sequence)

    def _next(self, kind: str) -> tuple[date, int]:
        today = business_date(self._clock.now())
        day, position, end = self._leased.get(kind, (today, 0, 0))
        if position == end or day != today:
            day, position, end = self._lease(kind, today)
        self._leased[kind] = (day, position + 1, end)
        return day, permute(position, key=self._key())

    def _lease(self, kind: str, day: date) -> tuple[date, int, int]:
        key = Key("documents", f"NUMBERS#{kind}", day.isoformat())
        for _ in range(LEASE_TRIES):
            item = self._items.get(key)
            start = item["next"] if item else 0
            end = start + self._block
            if end > SEQUENCE_SIZE:
                raise Unavailable(f"the numbers of {kind} for {day} are used up")
            write: Write = Put(
                key=key,
                item={"next": end},
                condition=Equals("next", start) if item else Absent(),
                refusal="lease_lost",
            )
            try:
                self._transaction.commit(Writes([write]))
            except ConditionFailed:
                # Another container was faster, or our own answer was lost and its block is a gap.
                continue
            return day, start, end
        raise Unavailable(f"no block of {kind} numbers could be leased")
