"""What of ours a message about goods that came back names, where it names no return of that WMS's.

A waybill, a delivery, a return or the platform's order is tried; a WMS may speak only of goods of
owners whose warehouses lie behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.kernel.errors import NotFound
from chalicelib.orders.model import Fulfilment
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.returnorder import ReturnConfirm
from chalicelib.warehouse.ports import Catalog, Orders, Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What of ours a message names: "" where it names none. `warehouse` is where that left."""

    warehouse: str
    owner: str
    order_no: str = ""
    fulfilment_no: str = ""
    return_no: str = ""


class Naming:
    """Finds it."""

    def __init__(self, *, catalog: Catalog, orders: Orders, returns: Returns) -> None:
        self._catalog = catalog
        self._orders = orders
        self._returns = returns

    def by_confirm(self, connection: Connection, confirm: ReturnConfirm) -> Named | None:
        """By the numbers and waybills of a confirm, else by a platform's order."""
        texts = [confirm.code, confirm.delivery_order_code, confirm.waybill]
        named = self.by_texts(connection, texts)
        if named is not None:
            return named
        owners = self._owners(connection)
        sources = dict.fromkeys(line.source_order_code for line in confirm.lines)
        for source in filter(None, sources):
            for shop in self._catalog.shops():
                if shop.owner not in owners:
                    continue
                order_no = self._returns.order_of_channel(shop.code, source)
                if order_no:
                    return self._of_order(order_no)
        return None

    def _of_order(self, order_no: str) -> Named | None:
        """By an order: which fulfilment it was is known only where there is one."""
        parts = self._orders.fulfilments(order_no)
        if not parts:
            return None
        owner = self._catalog.warehouse(parts[0].warehouse).owner
        only = parts[0].no if len(parts) == 1 else ""
        return Named(
            warehouse=parts[0].warehouse, owner=owner, order_no=order_no, fulfilment_no=only
        )

    def by_texts(self, connection: Connection, texts: Sequence[str]) -> Named | None:
        """The first delivery or return of this WMS's owner that a text is the number of, or the
        waybill.
        """
        for text in filter(None, texts):
            for number in (text, *self._returns.documents_of_waybill(text)):
                named = self._of_number(connection, number)
                if named is not None:
                    return named
        return None

    def _of_number(self, connection: Connection, number: str) -> Named | None:
        found = self._returns.find(number)
        if found is not None and found.owner in self._owners(connection):
            return Named(
                warehouse=found.warehouse,
                owner=found.owner,
                order_no=found.order_no,
                fulfilment_no=found.fulfilment_no,
                return_no=found.no,
            )
        fulfilment = self._fulfilment(number)
        if fulfilment is None or fulfilment.owner not in self._owners(connection):
            return None
        return Named(
            warehouse=fulfilment.warehouse,
            owner=fulfilment.owner,
            order_no=fulfilment.order_no,
            fulfilment_no=fulfilment.no,
        )

    def _fulfilment(self, number: str) -> Fulfilment | None:
        try:
            return self._orders.fulfilment(number)
        except NotFound:
            return None

    def _owners(self, connection: Connection) -> frozenset[str]:
        """Whose goods lie behind this WMS: it may speak of theirs only."""
        return frozenset(
            each.owner for each in self._catalog.warehouses() if each.wms == connection.code
        )
