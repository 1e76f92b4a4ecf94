"""How much more than ordered may arrive quietly: settings by owner, supplier and warehouse.

| item | pk | sk | index |
| --- | --- | --- | --- |
| tolerance | `TOLERANCE#<owner>#<supplier>#<warehouse>` | `HEAD` | gsi1 `TOLERANCES` / the names |

Each name may be `*`. Of those that fit a purchase the one that names most counts; of two that name
as many, the supplier goes before the warehouse, and this before the owner.
"""

from __future__ import annotations

from itertools import product

from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.strict_json import check_code, check_range
from chalicelib.kernel.writes import Absent, AnyOf, Exists, Key, Put, Transaction, Writes
from chalicelib.purchasing.model import ANY, PurchaseOrder, Tolerance

MOST_PERCENT = 100
MOST_PIECES = 1_000_000


class Tolerances:
    """The settings."""

    def __init__(self, *, items: Items, transaction: Transaction) -> None:
        self._items = items
        self._transaction = transaction

    def of(self, order: PurchaseOrder) -> Tolerance:
        """The one that counts for a purchase; where none is set, nothing more may arrive."""
        names = (order.owner, order.supplier, order.warehouse)
        keys = [_key(*each) for each in product(*((name, ANY) for name in names))]
        found = [from_item(item, Tolerance) for item in self._items.get_many(keys).values()]
        return max(found, key=_precedence, default=Tolerance())

    def listed(
        self, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[Tolerance], str | None]:
        """All of them by their names, and where to go on; through an index, so a moment late."""
        page = self._items.query(
            "documents", "TOLERANCES", index="gsi1", limit=limit, cursor=cursor
        )
        return [from_item(item, Tolerance) for item in page.items], page.next_cursor

    def put(self, tolerance: Tolerance) -> Tolerance:
        """Sets one, or says it anew; `Refused` names the first field that is wrong."""
        for field in ("owner", "supplier", "warehouse"):
            name = getattr(tolerance, field)
            if name != ANY:
                check_code(name, field=field)
        check_range(tolerance.percent, field="percent", least=0, most=MOST_PERCENT)
        check_range(tolerance.pieces, field="pieces", least=0, most=MOST_PIECES)
        key = _key(tolerance.owner, tolerance.supplier, tolerance.warehouse)
        put = Put(
            key=key,
            item=to_item(tolerance) | {"gsi1pk": "TOLERANCES", "gsi1sk": key.pk},
            condition=AnyOf((Absent(), Exists())),
            refusal="tolerance_written",
        )
        self._transaction.commit(Writes([put]))
        return tolerance


def _key(owner: str, supplier: str, warehouse: str) -> Key:
    return Key("documents", f"TOLERANCE#{owner}#{supplier}#{warehouse}", "HEAD")


def _precedence(tolerance: Tolerance) -> tuple[int, bool, bool]:
    names = (tolerance.owner, tolerance.supplier, tolerance.warehouse)
    named = sum(name != ANY for name in names)
    return named, tolerance.supplier != ANY, tolerance.warehouse != ANY
