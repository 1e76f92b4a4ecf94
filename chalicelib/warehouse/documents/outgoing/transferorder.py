"""Transfers that a unified warehouse carries out by itself (调拨单).

Without `Connection.takes_transfers` a transfer is an outbound order (stockout.create, DBCK) and an
inbound one (DBRK).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.codes import TransferInventoryType
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferItem:
    """Pieces to transfer; `inventory_type` is `codes.TransferInventoryType`."""

    item_code: str
    quantity: int
    inventory_type: str = TransferInventoryType.SELLABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """A transfer between two warehouses. `attributes` is free text that the peer defines."""

    code: str
    from_warehouse_code: str
    to_warehouse_code: str
    owner_code: str
    items: tuple[TransferItem, ...]
    expected_start: datetime | None = None
    attributes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCreated:
    """The answer to a create: the WMS's number and when it expects to do it."""

    answer: Answer
    order_id: str = ""
    expected_out: datetime | None = None
    expected_in: datetime | None = None
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferQuery:
    """What became of a transfer, by our code or the WMS's number."""

    owner_code: str
    order_code: str
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredItem:
    """Pieces of an item that were planned, left and arrived; None where it isn't told."""

    item_code: str
    inventory_type: str
    planned: int | None
    left: int | None
    arrived: int | None
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """A transfer as the WMS has it."""

    answer: Answer
    order_code: str = ""
    order_id: str = ""
    status: str = ""
    left_at: datetime | None = None
    arrived_at: datetime | None = None
    items: tuple[TransferredItem, ...] = ()
    rest: Rest = field(default=(), repr=False)
