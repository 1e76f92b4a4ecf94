"""What follows from an adjustment order beside its own rows: the lines that are booked, the cases
that a person has to look at, the event that has its WMS told. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind
from chalicelib.movements.adjusting.model import AdjustmentOrder, MadeLine, differing
from chalicelib.movements.adjusting.states import AdjustmentOrderState
from chalicelib.movements.model import AdjustmentLine

NAMED_IN_CASE = 5

NOT_AWAITED = frozenset(
    {
        AdjustmentOrderState.CANCELLED,
        AdjustmentOrderState.CLOSED,
        AdjustmentOrderState.REFUSED,
    }
)
"""Whatever is made in these is a surprise."""


def cases_of(
    order: AdjustmentOrder,
    after: AdjustmentOrder,
    lines: Sequence[MadeLine],
    *,
    message_id: str,
    at: datetime,
) -> list[ExceptionCase]:
    """What a person has to look at about a report, one case a kind; `after` is the order after
    it.
    """
    found: list[tuple[ExceptionKind, str]] = []
    odd = differing(order, after, lines)
    if odd:
        text = f"was made otherwise than ordered: {'; '.join(odd[:NAMED_IN_CASE])}"
        found.append((ExceptionKind.ADJUSTMENT_ORDER_DIFFERS, text))
    if order.state in NOT_AWAITED:
        text = f"was made while it was {order.state.value}"
        found.append((ExceptionKind.ADJUSTMENT_ORDER_UNEXPECTED, text))
    return [
        ExceptionCase(
            id=f"{kind}:{order.no}:{message_id}",
            kind=kind,
            document=order.no,
            text=text,
            message_id=message_id,
            raised_at=at,
        )
        for kind, text in found
    ]


def booked_line(line: MadeLine) -> AdjustmentLine:
    """A made line as it is booked."""
    return AdjustmentLine(
        sku=line.sku,
        inventory_type=line.inventory_type,
        quantity=line.quantity,
        batch=line.batch,
        path=line.path,
    )


def ordered_event(order: AdjustmentOrder) -> Event:
    """It goes to its warehouse."""
    return Event(
        id=f"AdjustmentOrdered:{order.no}",
        kind="AdjustmentOrdered",
        subject=order.no,
        occurred_at=order.created_at,
        correlation=order.no,
        data={"warehouse": order.warehouse},
    )
