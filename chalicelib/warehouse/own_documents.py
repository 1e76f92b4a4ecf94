"""Whose a number is: the document of ours that a warehouse system means by it.

A WMS learns nothing about the documents of others: those of another WMS's warehouses aren't found.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.errors import NotFound
from chalicelib.movements.adjusting.model import AdjustmentOrder
from chalicelib.movements.orders.model import MovementOrder
from chalicelib.movements.states import TransferState
from chalicelib.movements.transfers.model import Transfer
from chalicelib.numbering.model import is_of_our_form
from chalicelib.orders.model import Fulfilment
from chalicelib.orders.returns.model import ReturnOrder
from chalicelib.purchasing.model import PurchaseOrder
from chalicelib.warehouse import methods
from chalicelib.warehouse.composing import PURCHASE, RETURN_TYPES, outbound_type
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.jobs.movement import create_kind
from chalicelib.warehouse.model import DispatchKind
from chalicelib.warehouse.ports import Catalog, Documents

_MOVEMENT_CONFIRMS = {
    DispatchKind.MOVEMENT_OUT: methods.STOCKOUT_CONFIRM,
    DispatchKind.MOVEMENT_IN: methods.ENTRYORDER_CONFIRM,
    DispatchKind.PROCESS: methods.STOREPROCESS_CONFIRM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """A document of ours: by which message it is confirmed, and as which type of order it goes to
    a WMS (Qimen's orderType).
    """

    no: str
    warehouse: str
    confirm: str
    order_type: str


class OwnDocuments:
    """The documents that a WMS may speak of, by number: those of its warehouses."""

    def __init__(self, *, catalog: Catalog, documents: Documents) -> None:
        self._catalog = catalog
        self._orders = documents.orders
        self._purchasing = documents.purchasing
        self._returns = documents.returns
        self._movements = documents.movements
        self._transfers = documents.transfers
        self._adjustments = documents.adjustments

    def fulfilment(self, connection: Connection, code: str) -> Fulfilment | None:
        """A sale, an exchange, a reshipment."""
        try:
            found = self._orders.fulfilment(code)
        except NotFound:
            return None
        return found if self._is_of(connection, found.warehouse) else None

    def purchase_order(self, connection: Connection, code: str) -> PurchaseOrder | None:
        """A purchase order."""
        try:
            found = self._purchasing.purchase_order(code)
        except NotFound:
            return None
        return found if self._is_of(connection, found.warehouse) else None

    def return_order(self, connection: Connection, code: str) -> ReturnOrder | None:
        """A return, or the goods that come back for an exchange."""
        found = self._returns.find(code) if code else None
        return found if found is not None and self._is_of(connection, found.warehouse) else None

    def movement_order(self, connection: Connection, code: str) -> MovementOrder | None:
        """A vendor return, a requisition, a transfer's leg, a processing order or another one."""
        try:
            found = self._movements.order(code)
        except NotFound:
            return None
        return found if self._is_of(connection, found.warehouse) else None

    def transfer(self, connection: Connection, code: str, wms_number: str = "") -> Transfer | None:
        """A transfer between two warehouses of this WMS, by our number, else by its own; not one
        that is still a draft.
        """
        theirs = self._transfers.of_wms_number(connection.code, wms_number) if wms_number else None
        for no in (code, theirs):
            try:
                found = self._transfers.transfer(no) if no else None
            except NotFound:
                continue
            if found is None or found.state is TransferState.DRAFT:
                continue
            warehouses = (found.from_warehouse, found.to_warehouse)
            if all(self._is_of(connection, warehouse) for warehouse in warehouses):
                return found
        return None

    def adjustment_order(self, connection: Connection, code: str) -> AdjustmentOrder | None:
        """An adjustment that was ordered here."""
        try:
            found = self._adjustments.order(code)
        except NotFound:
            return None
        return found if self._is_of(connection, found.warehouse) else None

    def of(self, connection: Connection, code: str) -> OwnDocument | None:
        """The document of that number whatever its kind: a message may say no more than that
        something came in or went out (`dialects.inout`), or be a change of stock without a type.
        """
        if not code:
            return None
        fulfilment = self.fulfilment(connection, code)
        if fulfilment is not None:
            return OwnDocument(
                no=fulfilment.no,
                warehouse=fulfilment.warehouse,
                confirm=methods.DELIVERYORDER_CONFIRM,
                order_type=outbound_type(fulfilment.no),
            )
        purchase = self.purchase_order(connection, code)
        if purchase is not None:
            return OwnDocument(
                no=purchase.no,
                warehouse=purchase.warehouse,
                confirm=methods.ENTRYORDER_CONFIRM,
                order_type=PURCHASE,
            )
        returned = self.return_order(connection, code)
        if returned is not None:
            return OwnDocument(
                no=returned.no,
                warehouse=returned.warehouse,
                confirm=methods.RETURNORDER_CONFIRM,
                order_type=RETURN_TYPES[returned.kind],
            )
        moving = self.movement_order(connection, code)
        return None if moving is None else _movement(moving)

    def is_anybodys(self, code: str) -> bool:
        """Whether a number is one of ours, of whatever tenant; one of our form that nobody has is
        treated as one, so that nobody learns which there are.
        """
        if is_of_our_form(code):
            return True
        looks = (
            self._purchasing.purchase_order,
            self._orders.fulfilment,
            self._movements.order,
            self._adjustments.order,
        )
        for look in looks:
            try:
                look(code)
            except NotFound:
                continue
            return True
        return self._returns.find(code) is not None

    def _is_of(self, connection: Connection, warehouse: str) -> bool:
        return self._catalog.warehouse(warehouse).wms == connection.code


def _movement(order: MovementOrder) -> OwnDocument:
    return OwnDocument(
        no=order.no,
        warehouse=order.warehouse,
        confirm=_MOVEMENT_CONFIRMS[create_kind(order.type)],
        order_type=order.type,
    )
