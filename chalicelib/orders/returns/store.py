"""Reads of returns; the keys and writes are in `rows.py`."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items, from_item, query_all
from chalicelib.orders.returns.model import (
    ReturnBook,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
    return_of,
)
from chalicelib.orders.returns.rows import (
    book_key,
    parcel_key,
    receipt_key,
    return_key,
    source_key,
)
from chalicelib.orders.returns.states import ReturnState, UnclaimedState
from chalicelib.orders.rows import TABLE
from chalicelib.orders.store import Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Numbers of what waits, the oldest first, and where to go on (None: that was all)."""

    numbers: tuple[str, ...]
    next_cursor: str | None


class ReturnStore:
    """Reads of returns, their receipts, and unclaimed parcels."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def taken(self, shop: str, source: str, source_id: str) -> Taken | None:
        """What a caller's id of a return is here, if it is."""
        item = self._items.get(source_key(shop, source, source_id))
        return from_item(item, Taken) if item else None

    def find(self, no: str) -> ReturnOrder | None:
        """A return, if there is one of this number."""
        item = self._items.get(return_key(no))
        return from_item(item, ReturnOrder) if item else None

    def return_order(self, no: str) -> ReturnOrder:
        """A return; `NotFound` (`unknown_return`)."""
        found = self.find(no)
        if found is None:
            raise NotFound("unknown_return", "there is no such return")
        return found

    def receipt(self, receipt: str) -> ReturnReceipt | None:
        """A receipt, if it was taken in."""
        item = self._items.get(receipt_key(return_of(receipt), receipt))
        return from_item(item, ReturnReceipt) if item else None

    def receipts(self, no: str) -> list[ReturnReceipt]:
        """A return's receipts, by id."""
        rows = query_all(self._items, TABLE, f"RETURN#{no}", prefix="RECEIPT#")
        return [from_item(row, ReturnReceipt) for row in rows]

    def book(self, order_no: str) -> ReturnBook:
        """Which units of an order are in which return."""
        item = self._items.get(book_key(order_no))
        return from_item(item, ReturnBook) if item else ReturnBook(order_no=order_no)

    def of_order(self, order_no: str) -> list[ReturnOrder]:
        """An order's returns, the oldest first."""
        return [self.return_order(no) for no in self.book(order_no).returns]

    def parcel(self, parcel: str) -> UnclaimedParcel | None:
        """An unclaimed parcel, if it is known."""
        item = self._items.get(parcel_key(parcel))
        return from_item(item, UnclaimedParcel) if item else None

    def unposted_receipts(self, warehouse: str) -> list[ReturnReceipt]:
        """A warehouse's receipts that aren't posted, through an index."""
        rows = query_all(self._items, TABLE, f"RETURNRECEIPTS#{warehouse}", index="gsi1")
        return [from_item(row, ReturnReceipt) for row in rows]

    def unposted_parcels(self, warehouse: str) -> list[UnclaimedParcel]:
        """A warehouse's parcels that aren't posted, through an index."""
        pk = f"UNCLAIMED-PARCELS#{UnclaimedState.ACCEPTED.value}"
        rows = query_all(self._items, TABLE, pk, index="gsi1")
        found = [from_item(row, UnclaimedParcel) for row in rows]
        return [each for each in found if each.warehouse == warehouse]

    def waiting(self, state: ReturnState, *, limit: int, cursor: str | None) -> Waiting:
        """Returns in a state that people move on, through an index."""
        page = self._items.query(
            TABLE, f"RETURNS#{state.value}", limit=limit, cursor=cursor, index="gsi1"
        )
        return Waiting(
            numbers=tuple(item["no"] for item in page.items), next_cursor=page.next_cursor
        )

    def unclaimed(
        self, *, limit: int, cursor: str | None
    ) -> tuple[list[UnclaimedParcel], str | None]:
        """Parcels that wait for a person, the oldest first, through an index."""
        pk = f"UNCLAIMED-PARCELS#{UnclaimedState.POSTED.value}"
        page = self._items.query(TABLE, pk, limit=limit, cursor=cursor, index="gsi1")
        return [from_item(item, UnclaimedParcel) for item in page.items], page.next_cursor
