"""What a processing order makes is worth what it consumed: the shares, and their order; pure.

All movements of a confirmation are one journal group, under its number. What is consumed stands
first, so whatever is booked in several transactions, an entry that was made finds all of what it
was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.movements.orders.model import Confirmation, MovementOrder
from chalicelib.stock.model import Kind, MadeFrom, Movement
from chalicelib.stock.store import entry_id


def with_made_values(
    order: MovementOrder, confirmation: Confirmation, movements: Sequence[Movement]
) -> tuple[Movement, ...]:
    """The movements; of a processing order with what each made one is worth."""
    if not order.bom:
        return tuple(movements)
    own = [movement for movement in movements if movement.kind is Kind.PROCESSING]
    consumed = [each for each in own if each.to_location == order.other_end]
    made = [each for each in own if each.from_location == order.other_end]
    names = tuple(entry_id(confirmation.id, movement).entry for movement in consumed)
    per_piece = {
        str(line.line_no): _weight(order, line.order_line_no) for line in confirmation.lines
    }
    weights = tuple(each.quantity * per_piece[each.line] for each in made)
    valued = [
        replace(movement, made_from=MadeFrom(consumed=names, weights=weights, index=index))
        for index, movement in enumerate(made)
    ]
    others = [movement for movement in movements if movement.kind is not Kind.PROCESSING]
    return (*consumed, *valued, *others)


def _weight(order: MovementOrder, line_no: int | None) -> int:
    line = order.line(line_no)
    return line.weight if line is not None else 1
