"""Whose a number is: the document of ours that a warehouse system means by it.

A message may say no more than that something came in or went out (`dialects.inout`), or be a change
of stock without a type. What it is about is then found by its number, in the slices whose documents
go to warehouse systems; each gives a finder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chalicelib.kernel.errors import NotFound
from chalicelib.warehouse import methods
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.movement import create_kind
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Catalog, MovementOrders, Orders, Purchasing, Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """A document of ours: by which message it is confirmed, and as which type of order it goes to
    a WMS (Qimen's orderType).
    """

    no: str
    warehouse: str
    confirm: str
    order_type: str


Finder: TypeAlias = Callable[[str], "OwnDocument | None"]
"""One kind of document by its number."""


class OwnDocuments:
    """Documents of every kind, each shown to the WMS of its warehouse only."""

    def __init__(self, *, catalog: Catalog, finders: Sequence[Finder]) -> None:
        self._catalog = catalog
        self._finders = finders

    def of(self, connection: Connection, code: str) -> OwnDocument | None:
        """The document of that number, if it is one of this WMS's."""
        if not code:
            return None
        found = next(filter(None, (find(code) for find in self._finders)), None)
        if found is None:
            return None
        ours = self._catalog.warehouse(found.warehouse).wms == connection.code
        return found if ours else None


def purchase_orders(purchasing: Purchasing) -> Finder:
    """Purchase orders."""

    def find(code: str) -> OwnDocument | None:
        try:
            order = purchasing.purchase_order(code)
        except NotFound:
            return None
        return OwnDocument(
            no=order.no,
            warehouse=order.warehouse,
            confirm=methods.ENTRYORDER_CONFIRM,
            order_type=PURCHASE,
        )

    return find


def return_orders(returns: Returns) -> Finder:
    """Returns, and the goods that come back for an exchange."""

    def find(code: str) -> OwnDocument | None:
        order = returns.find(code)
        if order is None:
            return None
        return OwnDocument(
            no=order.no,
            warehouse=order.warehouse,
            confirm=methods.RETURNORDER_CONFIRM,
            order_type=RETURN_TYPES[order.kind],
        )

    return find


def fulfilments(orders: Orders) -> Finder:
    """Fulfilments: sales, exchanges, reshipments."""

    def find(code: str) -> OwnDocument | None:
        try:
            fulfilment = orders.fulfilment(code)
        except NotFound:
            return None
        return OwnDocument(
            no=fulfilment.no,
            warehouse=fulfilment.warehouse,
            confirm=methods.DELIVERYORDER_CONFIRM,
            order_type=outbound_type(fulfilment.no),
        )

    return find


def movement_orders(movements: MovementOrders) -> Finder:
    """Vendor returns, requisitions, transfers' legs, processing and others."""

    def find(code: str) -> OwnDocument | None:
        try:
            order = movements.order(code)
        except NotFound:
            return None
        return OwnDocument(
            no=order.no,
            warehouse=order.warehouse,
            confirm=_CONFIRMS[create_kind(order.type)],
            order_type=order.type,
        )

    return find


_CONFIRMS = {
    DispatchKind.MOVEMENT_OUT: methods.STOCKOUT_CONFIRM,
    DispatchKind.MOVEMENT_IN: methods.ENTRYORDER_CONFIRM,
    DispatchKind.PROCESS: methods.STOREPROCESS_CONFIRM,
}
