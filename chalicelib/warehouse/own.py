"""Whose document is this? A WMS learns nothing about the documents of others."""

from __future__ import annotations

from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.orders.model import Fulfilment
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.ports import Catalog, Orders, Purchasing


class OwnDocuments:
    """The documents that a WMS may speak of: those of its warehouses."""

    def __init__(self, *, catalog: Catalog, orders: Orders, purchasing: Purchasing) -> None:
        self._catalog = catalog
        self._orders = orders
        self._purchasing = purchasing

    def fulfilment(self, connection: Connection, code: str) -> Fulfilment | None:
        """The fulfilment of that number, if it is one of this WMS's."""
        try:
            fulfilment = self._orders.fulfilment(code)
        except NotFound:
            return None
        return fulfilment if self._is_of(connection, fulfilment.warehouse) else None

    def purchase_order(self, connection: Connection, code: str) -> PurchaseOrder | None:
        """The purchase order of that number, if it is one of this WMS's."""
        try:
            order = self._purchasing.purchase_order(code)
        except NotFound:
            return None
        return order if self._is_of(connection, order.warehouse) else None

    def _is_of(self, connection: Connection, warehouse: str) -> bool:
        return self._catalog.warehouse(warehouse).wms == connection.code


def unknown_order(field: str) -> Refused:
    """What is answered where there is no such document, or it is another WMS's."""
    return Refused("unknown_order", "there is no such order for this warehouse system", field=field)
