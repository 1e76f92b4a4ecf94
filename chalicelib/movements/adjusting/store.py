"""Adjustment orders in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| the order | `ADJUSTMENT_ORDER#<no>` | `HEAD` | gsi1 `ADJUSTMENT_ORDERS#<warehouse>` / created |
| identity | `ADJUSTMENT_SOURCE#<source>#<source id>` | `HEAD` | |
"""

from __future__ import annotations

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, newest_numbers, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Value, Write
from chalicelib.movements.adjusting.model import AdjustmentOrder
from chalicelib.movements.orders.store import IDENTITY_TAKEN, Identity

TABLE = "documents"
HEAD = "HEAD"
STALE_ADJUSTMENT_ORDER = "stale_adjustment_order"


def order_key(no: str) -> Key:
    """An adjustment order."""
    return Key(TABLE, f"ADJUSTMENT_ORDER#{no}", HEAD)


def identity_key(source: str, source_id: str) -> Key:
    """The source holds no `#`, so the id may hold any sign."""
    return Key(TABLE, f"ADJUSTMENT_SOURCE#{source}#{source_id}", HEAD)


def create_order(order: AdjustmentOrder) -> list[Write]:
    """A new order with its identity. Refusals: `identity_taken`, `number_taken`."""
    identity = Identity(no=order.no, digest=order.content_digest)
    return [
        Put(
            key=identity_key(order.source, order.source_id),
            item=to_item(identity),
            condition=Absent(),
            refusal=IDENTITY_TAKEN,
        ),
        Put(
            key=order_key(order.no),
            item=_item(order),
            condition=Absent(),
            refusal="number_taken",
        ),
    ]


def change_order(order: AdjustmentOrder) -> Write:
    """The next version of an order; `order.version` is the new one."""
    return Put(
        key=order_key(order.no),
        item=_item(order),
        condition=Equals("version", order.version - 1),
        refusal=STALE_ADJUSTMENT_ORDER,
    )


def _item(order: AdjustmentOrder) -> dict[str, Value]:
    return to_item(order) | {
        "gsi1pk": f"ADJUSTMENT_ORDERS#{order.warehouse}",
        "gsi1sk": f"{to_text(order.created_at)}#{order.no}",
    }


class AdjustmentOrderStore:
    """Reads, consistent but for the list."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def identity(self, source: str, source_id: str) -> Identity | None:
        """What an id of another system became."""
        item = self._items.get(identity_key(source, source_id))
        return None if item is None else from_item(item, Identity)

    def order(self, no: str) -> AdjustmentOrder | None:
        """One order."""
        item = self._items.get(order_key(no))
        return None if item is None else from_item(item, AdjustmentOrder)

    def order_numbers(
        self, warehouse: str, *, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's adjustment orders, the newest first, and where to go on."""
        listed = f"ADJUSTMENT_ORDERS#{warehouse}"
        return newest_numbers(self._items, TABLE, listed, limit=limit, cursor=cursor)
