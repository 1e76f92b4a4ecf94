"""The warehouse's own stock: one document per item, rows by inventory type and batch.

`quantity` is free, `locked` is promised to delivery orders; on the shelf lies their sum. The
callers open the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.application import JsonObject
from local.simulators.store import Store

_DATES = ("product_date", "expire_date", "produce_code")


class NotEnough(Exception):
    """Less is free than wanted."""

    def __init__(self, item: str, wanted: int, free: int) -> None:
        super().__init__(f"库存不足: {item} 需要 {wanted} 可用 {free}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A kind of stock of an item: its inventory type, and its batch where it has one."""

    inventory_type: str = "ZP"
    batch_code: str = ""
    product_date: str = ""
    expire_date: str = ""
    produce_code: str = ""


class Stock:
    """The stock of one warehouse."""

    def __init__(self, store: Store, warehouse: str) -> None:
        self._store = store
        self._warehouse = warehouse

    def rows(self, item: str) -> list[JsonObject]:
        """The rows of an item, first to expire first."""
        document = self._store.get("stock", self._warehouse, item) or {"rows": []}
        rows: list[JsonObject] = document["rows"]
        return sorted(rows, key=_shelf_order)

    def items(self) -> list[str]:
        return [code for code, _ in self._store.documents("stock", self._warehouse)]

    def free(self, item: str, inventory_type: str) -> int:
        """Pieces of a kind that nobody was promised."""
        rows = self.rows(item)
        return sum(row["quantity"] for row in rows if row["inventory_type"] == inventory_type)

    def count(self, item: str, lot: Lot, quantity: int) -> None:
        """Sets what lies on the shelf, in whatever way it came there; locks stay."""
        rows = self.rows(item)
        row = _row(rows, lot)
        if quantity < row["locked"]:
            raise NotEnough(item, row["locked"], quantity)
        row["quantity"] = quantity - row["locked"]
        self._keep(item, rows)

    def change(self, item: str, lot: Lot, difference: int) -> None:
        """More or less free stock."""
        rows = self.rows(item)
        row = _row(rows, lot)
        if row["quantity"] + difference < 0:
            raise NotEnough(item, -difference, row["quantity"])
        row["quantity"] += difference
        self._keep(item, rows)

    def lock(self, item: str, lot: Lot, quantity: int) -> list[JsonObject]:
        """Promises free stock, of any batch unless one is named; returns the pieces promised."""
        return self._take(item, lot, quantity, locked=1)

    def take(self, item: str, lot: Lot, quantity: int) -> list[JsonObject]:
        """Free stock leaves the shelf; returns the pieces taken."""
        return self._take(item, lot, quantity, locked=0)

    def release(self, pieces: list[JsonObject]) -> None:
        """Promised stock is free again."""
        for piece in pieces:
            rows = self.rows(piece["item"])
            row = _row(rows, lot_of(piece))
            row["locked"] -= piece["quantity"]
            row["quantity"] += piece["quantity"]
            self._keep(piece["item"], rows)

    def _take(self, item: str, lot: Lot, quantity: int, *, locked: int) -> list[JsonObject]:
        rows = self.rows(item)
        fitting = [row for row in rows if _fits(row, lot)]
        free = sum(row["quantity"] for row in fitting)
        if free < quantity:
            raise NotEnough(item, quantity, free)
        pieces = []
        for row in fitting:
            taken = min(quantity, row["quantity"])
            if taken == 0:
                continue
            row["quantity"] -= taken
            row["locked"] += taken * locked
            quantity -= taken
            names = ("inventory_type", "batch_code", *_DATES)
            pieces.append({"item": item, "quantity": taken} | {name: row[name] for name in names})
        self._keep(item, rows)
        return pieces

    def _keep(self, item: str, rows: list[JsonObject]) -> None:
        self._store.put("stock", self._warehouse, item, {"rows": rows})


def lot_of(piece: JsonObject) -> Lot:
    """The lot of a piece or row."""
    names = ("inventory_type", "batch_code", *_DATES)
    return Lot(**{name: piece[name] for name in names})


def _fits(row: JsonObject, lot: Lot) -> bool:
    same_type = bool(row["inventory_type"] == lot.inventory_type)
    return same_type and lot.batch_code in ("", row["batch_code"])


def _row(rows: list[JsonObject], lot: Lot) -> JsonObject:
    """The row of a lot, added when it is new."""
    for row in rows:
        if (row["inventory_type"], row["batch_code"]) == (lot.inventory_type, lot.batch_code):
            row.update({name: getattr(lot, name) or row[name] for name in _DATES})
            return row
    row = {name: getattr(lot, name) for name in lot.__slots__} | {"quantity": 0, "locked": 0}
    rows.append(row)
    return row


def _shelf_order(row: JsonObject) -> tuple[str, str, str]:
    return row["inventory_type"], row["expire_date"] or "9999", row["batch_code"]
