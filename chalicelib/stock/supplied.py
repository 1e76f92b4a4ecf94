"""What each supplier delivered of a SKU's batches, and took back: sums that posting keeps.

| item | pk | sk |
| --- | --- | --- |
| batch of a supplier | `SUPPLIED#<warehouse>#<sku>` | `<supplier>#<batch>` |

A supplier takes back only what came from him, and the entries of years can't be read for each
vendor return. So the transaction that books an entry from or to a supplier also adds it up here. A
batch of "" is the pieces that came without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.kernel.items import Items, from_item
from chalicelib.kernel.writes import Absent, AnyOf, Exists, Key, Update
from chalicelib.stock.model import Entry, supplier_at

TABLE = "stock"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SuppliedBatch:
    """A batch of a SKU in a warehouse, as a supplier delivered it."""

    warehouse: str
    sku: str
    supplier: str
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """Pieces that a supplier delivered and took back, over all inventory types."""

    received: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """What he may still take back."""
        return self.received - self.returned


def supplied_key(batch: SuppliedBatch) -> Key:
    """A supplier is a code, so the batch may hold any sign."""
    return Key(TABLE, f"SUPPLIED#{batch.warehouse}#{batch.sku}", f"{batch.supplier}#{batch.batch}")


def supplied_writes(entries: Iterable[Entry]) -> list[Update]:
    """What new entries add to the sums; they stand in the entries' own transaction, whose
    conditions make them happen once.
    """
    received: dict[SuppliedBatch, int] = {}
    returned: dict[SuppliedBatch, int] = {}
    for entry in entries:
        for location, sums in ((entry.from_location, received), (entry.to_location, returned)):
            code = supplier_at(location)
            if code is not None:
                batch = SuppliedBatch(
                    warehouse=entry.warehouse, sku=entry.sku, supplier=code, batch=entry.batch
                )
                sums[batch] = sums.get(batch, 0) + entry.quantity
    return [
        Update(
            key=supplied_key(batch),
            condition=AnyOf((Absent(), Exists())),
            refusal="supplied_written",
            add={"received": received.get(batch, 0), "returned": returned.get(batch, 0)},
        )
        for batch in sorted({*received, *returned})
    ]


def read_supplied(items: Items, batches: Iterable[SuppliedBatch]) -> dict[SuppliedBatch, Supplied]:
    """What there is of each batch, by consistent reads; nothing for what never came."""
    wanted = list(dict.fromkeys(batches))
    found = items.get_many([supplied_key(batch) for batch in wanted])
    return {
        batch: from_item(found[supplied_key(batch)], Supplied)
        if supplied_key(batch) in found
        else Supplied()
        for batch in wanted
    }
