"""Transfers (调拨单): an out leg and an in leg, each a movement order of its own, and what is on
its way between them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from chalicelib.kernel.provenance import Source
from chalicelib.movements.orders.confirming import Issued
from chalicelib.movements.orders.model import MovementLine, MovementOrder
from chalicelib.movements.orders.types import TRANSFER_IN, TRANSFER_OUT
from chalicelib.movements.states import ENDED, MovementState, TransferState
from chalicelib.stock.model import ADJUSTMENT, SELLABLE, Kind, Movement, transit


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """Pieces of a SKU and inventory type that are to move."""

    line_no: int
    sku: str
    quantity: int
    inventory_type: str = SELLABLE
    batch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInput:
    """A transfer as it is sent or typed; `id` is its identity there."""

    id: str
    from_warehouse: str
    to_warehouse: str
    owner: str
    lines: tuple[TransferLine, ...]
    expected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer. `out_leg`, `in_leg` are the numbers of its movement orders; the in leg is made
    when the out leg has shipped, or the WMS says that something has arrived. `arrived_at`: the
    receiving warehouse has said its last word. `whole`: one WMS has both warehouses, and gets the
    transfer as one document instead of its legs.
    """

    no: str
    source: str
    source_id: str
    owner: str
    from_warehouse: str
    to_warehouse: str
    lines: tuple[TransferLine, ...]
    state: TransferState
    out_leg: str
    in_leg: str
    created_at: datetime
    message: Source
    content_digest: str
    expected_at: datetime | None = None
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    whole: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What of an issue never arrived."""

    issued: Issued
    sku: str
    bucket: int
    batch: str


def content_digest(given: TransferInput) -> str:
    """SHA-256 of the content: tells a repeat from a change."""
    return hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()


def out_leg(transfer: Transfer) -> MovementOrder:
    """The order by which the goods leave, as a draft."""
    return _leg(transfer, _wanted(transfer), out=True, at=transfer.created_at)


def in_leg(transfer: Transfer, left: MovementOrder, *, at: datetime) -> MovementOrder:
    """The order by which they arrive, as a draft: what the out leg let out, not what was wanted;
    while more may leave, or if nothing has, what was wanted. The WMS has it already where the
    transfer went whole.
    """
    lines = (_moved(left) if left.state in ENDED else ()) or _wanted(transfer)
    leg = _leg(transfer, lines, out=False, at=at)
    if not transfer.whole:
        return leg
    sent = left.sent or transfer.message
    return replace(leg, sent_at=left.sent_at or at, sent=sent, wms_id=left.wms_id)


def _wanted(transfer: Transfer) -> tuple[MovementLine, ...]:
    return tuple(
        MovementLine(
            line_no=line.line_no,
            sku=line.sku,
            quantity=line.quantity,
            inventory_type=line.inventory_type,
            batch=line.batch,
        )
        for line in transfer.lines
    )


def _moved(left: MovementOrder) -> tuple[MovementLine, ...]:
    moved = [
        (line, name, pieces)
        for line in left.lines
        for name, pieces in sorted(line.moved.items())
        if pieces
    ]
    return tuple(
        MovementLine(line_no=number, sku=line.sku, quantity=pieces, inventory_type=name)
        for number, (line, name, pieces) in enumerate(moved, start=1)
    )


def _leg(
    transfer: Transfer, lines: tuple[MovementLine, ...], *, out: bool, at: datetime
) -> MovementOrder:
    return MovementOrder(
        no=transfer.out_leg if out else transfer.in_leg,
        source="@transfer",
        source_id=f"{transfer.no}/{'out' if out else 'in'}",
        type=TRANSFER_OUT if out else TRANSFER_IN,
        warehouse=transfer.from_warehouse if out else transfer.to_warehouse,
        owner=transfer.owner,
        lines=lines,
        state=MovementState.DRAFT,
        created_at=at,
        message=transfer.message,
        content_digest=transfer.content_digest,
        partner=transfer.no,
        related=transfer.in_leg if out else transfer.out_leg,
        target=transfer.to_warehouse if out else transfer.from_warehouse,
        expected_at=transfer.expected_at,
    )


def went_whole(transfer: Transfer) -> Transfer:
    """The transfer from when it goes whole, one version on."""
    return replace(transfer, whole=True, version=transfer.version + 1)


def sendable(transfer: Transfer, *, most_lines: int, types: frozenset[str]) -> bool:
    """Whether one document can say it: no batches, inventory types that it has words for, a SKU
    and type once, and no more lines than the WMS takes in one message (0: any number).
    """
    keys = {(line.sku, line.inventory_type) for line in transfer.lines}
    return (
        len(keys) == len(transfer.lines)
        and all(name in types for _, name in keys)
        and not any(line.batch for line in transfer.lines)
        and (not most_lines or len(transfer.lines) <= most_lines)
    )


def loss_movement(transfer: Transfer, number: int, lost: Lost, at: datetime) -> Movement:
    """What never arrived leaves the transit. It is in nobody's warehouse, so no pool's value
    changes: what it is worth is what its issue cost and no arrival has taken over.
    """
    return Movement(
        line=str(number),
        kind=Kind.LOSS,
        warehouse=transfer.from_warehouse,
        sku=lost.sku,
        bucket=lost.bucket,
        quantity=lost.issued.quantity,
        from_location=transit(transfer.no),
        to_location=ADJUSTMENT,
        occurred_at=at,
        source=transfer.message,
        batch=lost.batch,
        cost_of=lost.issued.issue,
    )
