"""Whose document is this? A WMS learns nothing about the documents of others."""

from __future__ import annotations

from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.numbering.model import is_of_our_form
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.ports import Catalog, Documents


class OwnDocuments:
    """The documents that a WMS may speak of: those of its warehouses."""

    def __init__(self, *, catalog: Catalog, documents: Documents) -> None:
        self._catalog = catalog
        self._orders = documents.orders
        self._purchasing = documents.purchasing
        self._returns = documents.returns

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

    def return_order(self, connection: Connection, code: str) -> ReturnOrder | None:
        """The return of that number, if it is one of this WMS's."""
        found = self._returns.find(code) if code else None
        return found if found is not None and self._is_of(connection, found.warehouse) else None

    def is_anybodys(self, code: str) -> bool:
        """Whether a number is one of ours, of whatever tenant; one of our form that nobody has is
        treated as one, so that nobody learns which there are.
        """
        if is_of_our_form(code):
            return True
        for look in (self._purchasing.purchase_order, self._orders.fulfilment):
            try:
                look(code)
            except NotFound:
                continue
            return True
        return self._returns.find(code) is not None

    def _is_of(self, connection: Connection, warehouse: str) -> bool:
        return self._catalog.warehouse(warehouse).wms == connection.code


def unknown_order(field: str) -> Refused:
    """What is answered where there is no such document, or it is another WMS's."""
    return Refused("unknown_order", "there is no such order for this warehouse system", field=field)
