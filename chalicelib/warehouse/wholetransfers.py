"""Which transfers go to a WMS whole, and stay so.

A transfer goes whole if one WMS has both its warehouses, its connection says `takes_transfers`, and
one document can say it (`sendable`). That is decided once, when its out leg is to be sent,
and written on it before anything goes out: a setting that changes later changes nothing for it.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Absent, Check, ConditionFailed, Transaction, Writes
from chalicelib.movements.orders.types import TRANSFER_OUT
from chalicelib.movements.transfers.model import Transfer, sendable
from chalicelib.warehouse.model import Dispatch, DispatchKind, dispatch_id
from chalicelib.warehouse.ports import Catalog, MovementOrders, WholeTransfers
from chalicelib.warehouse.store import STALE_DISPATCH, WarehouseStore, dispatch_key
from chalicelib.warehouse.transfers import TYPES

TRIES = 5


class WholeTransferRoutes:
    """Turns a dispatch of an out leg into one of its transfer, where that goes whole."""

    def __init__(
        self,
        *,
        store: WarehouseStore,
        transaction: Transaction,
        catalog: Catalog,
        movements: MovementOrders,
        transfers: WholeTransfers,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._catalog = catalog
        self._movements = movements
        self._transfers = transfers

    def created(self, leg: Dispatch) -> Dispatch:
        """What is to be sent: the leg, or its transfer."""
        for _ in range(TRIES):
            transfer = self._left_by(leg)
            if transfer is None or not (transfer.whole or self._goes_whole(transfer, leg)):
                return leg
            if not transfer.whole:
                unsent = Check(key=dispatch_key(leg.id), condition=Absent(), refusal=STALE_DISPATCH)
                try:
                    self._transaction.commit(
                        self._transfers.plan_whole(transfer.no) + Writes([unsent])
                    )
                except ConditionFailed:
                    # Decided meanwhile, this way or the other: read again.
                    continue
            return _of_transfer(leg, DispatchKind.TRANSFER, transfer.no)
        raise Unavailable(f"others keep changing what {leg.id} is about")

    def asked_back(self, leg: Dispatch, request: str) -> Dispatch:
        """What is to be asked back, by the `request` of that name: the leg, or its transfer."""
        transfer = self._left_by(leg)
        if transfer is None or not transfer.whole:
            return leg
        return _of_transfer(leg, DispatchKind.CANCEL_TRANSFER, transfer.no, f"#{request}")

    def _left_by(self, leg: Dispatch) -> Transfer | None:
        """The transfer that a dispatch is the out leg of."""
        order = self._movements.order(leg.document)
        if order.type != TRANSFER_OUT:
            return None
        return self._transfers.transfer(order.transfer)

    def _goes_whole(self, transfer: Transfer, leg: Dispatch) -> bool:
        connection = self._store.connection(leg.wms)
        if connection is None or not connection.takes_transfers:
            return False
        if self._catalog.warehouse(transfer.to_warehouse).wms != leg.wms:
            return False
        if not sendable(transfer, most_lines=connection.most_lines, types=frozenset(TYPES)):
            return False
        return self._store.dispatch(leg.id) is None


def _of_transfer(leg: Dispatch, kind: DispatchKind, no: str, request: str = "") -> Dispatch:
    return replace(leg, id=f"{dispatch_id(kind, no)}{request}", kind=kind, document=no)
