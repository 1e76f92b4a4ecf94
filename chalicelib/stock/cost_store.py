"""The stock table's cost pools and value entries: keys, items, reads.

| item | pk | sk |
| --- | --- | --- |
| pool | `POOL#<warehouse>#<sku>` | `HEAD` |
| value entry | `ENTRY#<document>` | `<entry>#VALUE`, `<entry>#VARIANCE` |
| layer, first in first out | `LAYERS#<warehouse>#<sku>` | `<sequence>#<part>` |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Missing, Put, Update, Value
from chalicelib.stock.costing import VALUE, VARIANCE, Pool, ValueEntry
from chalicelib.stock.layers import Layer
from chalicelib.stock.model import EntryId
from chalicelib.stock.store import TABLE, padded

STALE_POOL = "stale_pool"
STALE_ISSUE = "stale_issue"

LAYERS = 50
"""Layers read at once."""


def pool_key(warehouse: str, sku: str) -> Key:
    return Key(TABLE, f"POOL#{warehouse}#{sku}", "HEAD")


def value_key(entry: EntryId, record: str = VALUE) -> Key:
    return Key(TABLE, f"ENTRY#{entry.document}", f"{entry.entry}#{record}")


def put_value(value: ValueEntry, told: Mapping[str, Value] | None = None) -> Put:
    """With what the stream tells besides. Refusal: `valued_already`."""
    return Put(
        key=value_key(value.entry_id, value.record),
        item=to_item(value) | dict(told or {}),
        condition=Absent(),
        refusal="valued_already",
    )


def move_pool(before: Pool, after: Pool) -> Update:
    """Refusal: `stale_pool`, the pool is past `before`."""
    untouched = before.sequence == 0
    return Update(
        key=pool_key(after.warehouse, after.sku),
        condition=Missing("sequence") if untouched else Equals("sequence", before.sequence),
        refusal=STALE_POOL,
        set=to_item(after),
    )


def put_layer(layer: Layer) -> Put:
    """Refusal: `valued_already`."""
    return Put(
        key=Key(TABLE, _layers_pk(layer.warehouse, layer.sku), _place(layer.sequence, layer.part)),
        item=to_item(layer),
        condition=Absent(),
        refusal="valued_already",
    )


def take_back(issue: ValueEntry, pieces: int) -> Update:
    """Remembers that pieces of an issue came back. Refusal: `stale_issue`, others came back
    meanwhile.
    """
    return Update(
        key=value_key(issue.entry_id),
        condition=Equals("returned", issue.returned),
        refusal=STALE_ISSUE,
        set={"returned": issue.returned + pieces},
    )


class ValueStore:
    """Reads of cost pools and value entries, all consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def pools(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Pool]:
        """The pools of (warehouse, SKU) pairs; an empty one where nothing was costed yet."""
        found = self._items.get_many([pool_key(*pair) for pair in dict.fromkeys(pairs)])
        empty = {pair: Pool(warehouse=pair[0], sku=pair[1]) for pair in pairs}
        costed = (from_item(item, Pool) for item in found.values())
        return empty | {(pool.warehouse, pool.sku): pool for pool in costed}

    def values(self, entries: Iterable[EntryId]) -> dict[EntryId, list[ValueEntry]]:
        """The value entries of entries; an entry that is missing isn't costed yet."""
        keys = [value_key(entry, record) for entry in entries for record in (VALUE, VARIANCE)]
        values: dict[EntryId, list[ValueEntry]] = {}
        for _, item in sorted(self._items.get_many(keys).items()):
            value = from_item(item, ValueEntry)
            values.setdefault(value.entry_id, []).append(value)
        return values

    def layers(self, pool: Pool, pieces: int) -> list[Layer]:
        """The layers from the pool's front on that hold so many pieces."""
        found: list[Layer] = []
        cursor: str | None = None
        left = pieces + pool.front.taken
        while left > 0:
            page = self._items.query(
                TABLE,
                _layers_pk(pool.warehouse, pool.sku),
                since=_place(pool.front.sequence, pool.front.part),
                limit=LAYERS,
                cursor=cursor,
            )
            for item in page.items:
                layer = from_item(item, Layer)
                found.append(layer)
                left -= layer.quantity
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    def layers_since(self, pool: Pool) -> list[Layer]:
        """Every layer from the pool's front on, in order; of a pool that never moved, all."""
        pk = _layers_pk(pool.warehouse, pool.sku)
        first = _place(pool.front.sequence, pool.front.part)
        return [from_item(item, Layer) for item in query_all(self._items, TABLE, pk, since=first)]

    def values_of(self, document: str) -> list[ValueEntry]:
        """The value entries of a document's entries."""
        items = query_all(self._items, TABLE, f"ENTRY#{document}")
        return [from_item(item, ValueEntry) for item in items if item["record"] != "ENTRY"]


def _layers_pk(warehouse: str, sku: str) -> str:
    return f"LAYERS#{warehouse}#{sku}"


def _place(sequence: int, part: int) -> str:
    return f"{padded(sequence)}#{part:04d}"
