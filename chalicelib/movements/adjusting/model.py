"""Adjustment orders (库存调整单): stock that a person or another system wants changed. Pure.

An order books nothing itself. Its warehouse system is told of it, and each of its reports makes an
`Adjustment` of what it says; where the warehouse system isn't told of adjustments, there is one of
all that was ordered.

**Matching.** Lines of the protocol's report have no number: one is the order's line of the same
SKU, inventory type and batch, else of the same SKU and type, else the only one of the SKU. What is
none of the order's happened all the same, and is booked; a person is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from chalicelib.kernel.provenance import Source
from chalicelib.movements.adjusting.states import (
    AdjustmentOrderEvent,
    AdjustmentOrderState,
    next_adjustment_order,
)
from chalicelib.stock.model import SELLABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """Pieces that there are to be more (positive) or fewer of. `made` is what was reported of it so
    far, signed too.
    """

    line_no: int
    sku: str
    quantity: int
    inventory_type: str = SELLABLE
    batch: str = ""
    remark: str = ""
    made: int = 0

    @property
    def outstanding(self) -> int:
        """What is still to be made; 0 where as much or more was."""
        left = self.quantity - self.made
        return left if left * self.quantity > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedDocument:
    """A document that the adjustment has to do with; `type` is free (Qimen: CG, DB, CK, RK)."""

    type: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentOrderInput:
    """An adjustment order as it is sent or typed; `id` is its identity there. `type` is the
    warehouse system's word for it (Qimen's adjustType), `reason` a person's. `closed_month`: it is
    booked into its month although that is closed soft.
    """

    id: str
    warehouse: str
    owner: str
    reason: str
    occurred_at: datetime
    lines: tuple[OrderedLine, ...]
    type: str = ""
    related: tuple[RelatedDocument, ...] = ()
    closed_month: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentOrder:
    """Stock of one warehouse that is to be changed. `source`, `source_id` are its identity where it
    comes from, `message` where it came in, `ordered_by` who ordered it. `adjustments` are
    the numbers of those that were made of it.
    """

    no: str
    source: str
    source_id: str
    warehouse: str
    owner: str
    type: str
    reason: str
    related: tuple[RelatedDocument, ...]
    lines: tuple[OrderedLine, ...]
    state: AdjustmentOrderState
    ordered_by: str
    occurred_at: datetime
    created_at: datetime
    message: Source
    content_digest: str
    wms_id: str = ""
    sent_at: datetime | None = None
    adjustments: tuple[str, ...] = ()
    closed_month: bool = False
    version: int = 1

    def matching(self, sku: str, inventory_type: str, batch: str) -> OrderedLine | None:
        """The line that such pieces are; an `inventory_type` of "" is any."""
        own = [line for line in self.lines if line.sku == sku]
        alike = [line for line in own if inventory_type in ("", line.inventory_type)]
        for found in ([line for line in alike if line.batch == batch], alike, own):
            if found and (found is not own or len(own) == 1):
                return found[0]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLine:
    """Pieces that a report says there are more or fewer of. `order_line_no` is the line of the
    order's that they are, None for none.
    """

    sku: str
    quantity: int
    inventory_type: str
    batch: str
    path: str
    order_line_no: int | None = None


def made(
    order: AdjustmentOrder, lines: Sequence[MadeLine], *, adjustments: Sequence[str]
) -> AdjustmentOrder:
    """The order after a report: its lines' sums, and the state that follows from them."""
    after = tuple(
        replace(line, made=line.made + _pieces(lines, line.line_no)) for line in order.lines
    )
    whole = not any(line.outstanding for line in after)
    event = AdjustmentOrderEvent.MAKE_ALL if whole else AdjustmentOrderEvent.MAKE_PART
    return replace(
        order,
        lines=after,
        state=next_adjustment_order(order.state, event),
        adjustments=(*order.adjustments, *adjustments),
        version=order.version + 1,
    )


def differing(
    order: AdjustmentOrder, after: AdjustmentOrder, lines: Sequence[MadeLine]
) -> list[str]:
    """What a report says otherwise than was ordered, a few words each: `after` it. A line that it
    leaves out may be in the next one.
    """
    found = [f"{each.sku} isn't in the order" for each in lines if each.order_line_no is None]
    for before, line in zip(order.lines, after.lines, strict=True):
        told = any(each.order_line_no == line.line_no for each in lines)
        if told and line.made != line.quantity:
            found.append(f"line {line.line_no} ({line.sku}): {line.made} of {before.quantity}")
    return found


def _pieces(lines: Sequence[MadeLine], line_no: int) -> int:
    return sum(line.quantity for line in lines if line.order_line_no == line_no)


def content_digest(given: AdjustmentOrderInput) -> str:
    """SHA-256 of the content, whatever the spelling of its JSON: tells a repeat from a change."""
    content = msgspec.to_builtins(given)
    if not given.closed_month:
        # As it was before there was the field: a repeat of an order from then is one.
        del content["closed_month"]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
