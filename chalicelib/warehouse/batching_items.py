"""SKUs that go together (items.synchronize).

The answer names those that failed; they go alone, as do all of a message that wasn't taken or that
nobody answered: saying a SKU twice does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.errors import Refused
from chalicelib.warehouse import methods
from chalicelib.warehouse.batching import FAILED_AMONG_OTHERS, Batch, Entry, Together
from chalicelib.warehouse.calling import Arrival, Reply
from chalicelib.warehouse.codec.outgoing import item as item_codec
from chalicelib.warehouse.composing_master import item_sync, warehouse_code_at
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.outgoing.item import ItemsSync, ItemSync
from chalicelib.warehouse.model import MOST_IN_MESSAGE, Dispatch, DispatchKind
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.settling import Judged, failing
from chalicelib.warehouse.states import DispatchEvent
from chalicelib.warehouse.store import WarehouseStore


class ItemsTogether(Together):
    """Changed SKUs."""

    kind = DispatchKind.ITEM
    method = methods.ITEMS_SYNCHRONIZE

    def __init__(self, *, store: WarehouseStore, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    def most(self, connection: Connection) -> int:
        """`batch_items`."""
        return min(connection.batch_items, MOST_IN_MESSAGE)

    def batch(self, connection: Connection, waiting: Sequence[Dispatch], now: datetime) -> Batch:
        """Those to one warehouse, all new or all changed."""
        items, alone = self._items(connection, waiting, now)
        fitting = [
            (dispatch, item)
            for dispatch, item in items
            if (item.warehouse_code, item.update)
            == (items[0][1].warehouse_code, items[0][1].update)
        ]
        return Batch(
            content=(
                item_codec.write_synchronize_many(_message([item for _, item in fitting]))
                if fitting
                else None
            ),
            entries=[Entry(dispatch=dispatch) for dispatch, _ in fitting],
            alone=alone,
            left=len(fitting) < len(items),
        )

    def _items(
        self, connection: Connection, waiting: Sequence[Dispatch], now: datetime
    ) -> tuple[list[tuple[Dispatch, ItemSync]], list[Dispatch]]:
        skus = self._catalog.fresh_skus(each.document for each in waiting)
        known = self._store.acknowledged_items(connection.code, skus)
        warehouses = self._catalog.warehouses()
        items: list[tuple[Dispatch, ItemSync]] = []
        alone: list[Dispatch] = []
        for dispatch in waiting:
            sku = skus.get(dispatch.document)
            own = [each for each in warehouses if sku is not None and each.owner == sku.owner]
            named = warehouse_code_at(connection, own)
            if sku is None or not named:
                alone.append(dispatch)
                continue
            item = item_sync(connection, sku, known.get(sku.code), warehouse=named, now=now)
            if self._sayable(item):
                revision = max(dispatch.revision, sku.version)
                items.append((replace(dispatch, revision=revision), item))
            else:
                alone.append(dispatch)
        return items, alone

    @staticmethod
    def _sayable(item: ItemSync) -> bool:
        """Whether the protocol can say it; one SKU that it can't say mustn't hold up others."""
        try:
            item_codec.write_synchronize_many(_message([item]))
        except Refused:
            return False
        return True

    def judged(self, held: Entry, connection: Connection, reply: Reply) -> Judged:
        """Named are the SKUs that failed. Beside `failure` those that aren't named may have been
        taken or not, so all of them are said again.
        """
        dispatch = held.dispatch
        if reply.arrival is Arrival.UNKNOWN:
            return Judged(event=DispatchEvent.LOSE, reply=reply)
        failed = _failed(reply)
        if failed is None:
            return Judged(event=failing(dispatch, connection), reply=reply)
        if dispatch.document in failed:
            named = replace(reply, code=FAILED_AMONG_OTHERS)
            return Judged(event=failing(dispatch, connection), reply=named)
        return Judged(event=DispatchEvent.ACKNOWLEDGE, reply=reply)


def _message(items: Sequence[ItemSync]) -> ItemsSync:
    first = items[0]
    return ItemsSync(
        warehouse_code=first.warehouse_code,
        owner_code=first.owner_code,
        update=first.update,
        items=tuple(items),
    )


def _failed(reply: Reply) -> frozenset[str] | None:
    """The codes of the SKUs that failed; None where all did."""
    if reply.response is None or reply.answer is None or not reply.answer.success:
        return None
    try:
        answer = item_codec.read_synchronize_many(reply.response)
    except Refused:
        return None
    return frozenset(each.item_code for each in answer.failed)
