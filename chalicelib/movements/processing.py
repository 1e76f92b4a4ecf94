"""Processing orders (加工单): a BOM's product put together in a warehouse, or taken apart.

What other systems send and people type; left out may be `expected_at`. `service` is `assemble` or
`take_apart`, `pieces` counts the product::

    {"id": "W-2026-4", "bom": "GIFT-BOX", "service": "assemble", "warehouse": "WH1", "pieces": 10,
     "expected_at": "2026-11-25T09:00:00+08:00"}

It becomes a movement order (CNJG) whose lines are the BOM's at that moment: materials, which are
reserved and consumed, and products, which are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.catalog.boms import Bom
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.strict_json import check_code, check_range, check_text, read_json
from chalicelib.movements.orders.model import MovementLineInput, MovementOrderInput
from chalicelib.movements.orders.types import PROCESSING

MOST_PIECES = 100_000
SERVICES = {"assemble": "1", "take_apart": "2"}
"""Qimen's serviceType."""

SERVICE_NAMES = {code: name for name, code in SERVICES.items()}

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Order(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    bom: str
    service: Literal["assemble", "take_apart"]
    warehouse: str
    pieces: int
    expected_at: _Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingInput:
    """A processing order as it is sent or typed; `service` is Qimen's serviceType."""

    id: str
    bom: str
    service: str
    warehouse: str
    pieces: int
    expected_at: datetime | None = None


def parse_processing_order(body: bytes) -> ProcessingInput:
    """The order of a request; `Malformed` or `Refused` names the first field that is wrong."""
    order = read_json(body, _Order)
    check_text(order.id, field="id", least=1, most=100)
    check_code(order.bom, field="bom")
    check_code(order.warehouse, field="warehouse")
    check_range(order.pieces, field="pieces", least=1, most=MOST_PIECES)
    return ProcessingInput(
        id=order.id,
        bom=order.bom,
        service=SERVICES[order.service],
        warehouse=order.warehouse,
        pieces=order.pieces,
        expected_at=order.expected_at.astimezone(UTC) if order.expected_at else None,
    )


def from_bom(given: ProcessingInput, bom: Bom) -> MovementOrderInput:
    """The movement order that carries it out."""
    if not bom.valid:
        raise Refused("bom_not_in_use", "this BOM isn't in use", field="bom")
    taken_apart = given.service == SERVICES["take_apart"]
    product = (bom.product, given.pieces, 1, not taken_apart)
    components = [
        (each.sku, each.quantity * given.pieces, each.weight, taken_apart)
        for each in bom.components
    ]
    parts = [product, *components] if taken_apart else [*components, product]
    lines = tuple(
        MovementLineInput(line_no=number, sku=sku, quantity=pieces, weight=weight, made=made)
        for number, (sku, pieces, weight, made) in enumerate(parts, start=1)
    )
    return MovementOrderInput(
        id=given.id,
        type=PROCESSING,
        warehouse=given.warehouse,
        owner=bom.owner,
        lines=lines,
        bom=bom.code,
        service=given.service,
        pieces=given.pieces,
        expected_at=given.expected_at,
    )
