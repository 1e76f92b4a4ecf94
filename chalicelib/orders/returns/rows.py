"""Returns as items: keys and writes.

| key | holds | written |
| --- | --- | --- |
| `RETURNSOURCE#<shop>#<source>#<id>` / `RETURN` | number, digest | once |
| `RETURN#<no>` / `HEAD` | a return | changes |
| … / `RECEIPT#<id>` | what came back with one confirmation | its state changes |
| `ORDER#<no>` / `RETURNS` | which of the order's units are in which return | changes |
| `UNCLAIMED#<id>` / `HEAD` | a parcel that nobody claims | changes |

In gsi1 while somebody has to do something: `RETURNS#<state>` (requested, inspected, to be
refunded), `RETURNRECEIPTS#<warehouse>` and `UNCLAIMED-PARCELS#<state>` until posted, matched or
ended.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update, Value
from chalicelib.orders.returns.model import (
    ReturnBook,
    ReturnOrder,
    ReturnReceipt,
    UnclaimedParcel,
)
from chalicelib.orders.returns.states import FOR_PEOPLE, ReturnReceiptState, UnclaimedState
from chalicelib.orders.rows import TABLE, order_key

RETURN_TAKEN = "return_taken"
STALE_RETURN = "stale_return"
STALE_RETURNS = "stale_returns"
RECEIPT_TAKEN = "return_receipt_taken"
STALE_RECEIPT = "stale_return_receipt"
PARCEL_TAKEN = "parcel_taken"
STALE_PARCEL = "stale_parcel"


def source_key(shop: str, source: str, source_id: str) -> Key:
    """Where a caller's id of a return is claimed."""
    return Key(TABLE, f"RETURNSOURCE#{shop}#{source}#{source_id}", "RETURN")


def return_key(no: str) -> Key:
    """Where a return stands."""
    return Key(TABLE, f"RETURN#{no}", "HEAD")


def receipt_key(return_no: str, receipt: str) -> Key:
    """Where a receipt of a return stands."""
    return Key(TABLE, f"RETURN#{return_no}", f"RECEIPT#{receipt}")


def book_key(order_no: str) -> Key:
    """Where it says which units of an order are in which return."""
    return order_key(order_no, "RETURNS")


def parcel_key(parcel: str) -> Key:
    """Where an unclaimed parcel stands."""
    return Key(TABLE, f"UNCLAIMED#{parcel}", "HEAD")


def put_source(order: ReturnOrder) -> Put:
    """Claims the caller's id."""
    return Put(
        key=source_key(order.shop, order.source, order.source_id),
        item={"no": order.no, "digest": order.digest},
        condition=Absent(),
        refusal=RETURN_TAKEN,
    )


def put_reshipment_source(key: Key, no: str, digest: str) -> Put:
    """Claims the caller's id of a reshipment for the order that is made of it."""
    item: dict[str, Value] = {"no": no, "digest": digest}
    return Put(key=key, item=item, condition=Absent(), refusal=RETURN_TAKEN)


def new_return(order: ReturnOrder) -> Put:
    """A return under a new number."""
    return Put(
        key=return_key(order.no),
        item=_return_item(order),
        condition=Absent(),
        refusal=STALE_RETURN,
    )


def change_return(order: ReturnOrder) -> Put:
    """A return as changed from what was read: its `version` is still the version read."""
    return Put(
        key=return_key(order.no),
        item=_return_item(replace(order, version=order.version + 1)),
        condition=Equals("version", order.version),
        refusal=STALE_RETURN,
    )


def _return_item(order: ReturnOrder) -> dict[str, Value]:
    item = to_item(order)
    if order.state in FOR_PEOPLE:
        item["gsi1pk"] = f"RETURNS#{order.state.value}"
        item["gsi1sk"] = f"{to_text(order.requested_at)}#{order.no}"
    return item


def put_book(book: ReturnBook) -> Put:
    """The order's returns as changed from what was read."""
    return Put(
        key=book_key(book.order_no),
        item=to_item(replace(book, version=book.version + 1)),
        condition=Equals("version", book.version) if book.version else Absent(),
        refusal=STALE_RETURNS,
    )


def new_receipt(receipt: ReturnReceipt) -> Put:
    """A confirmation, once."""
    place: dict[str, Value] = {
        "gsi1pk": f"RETURNRECEIPTS#{receipt.warehouse}",
        "gsi1sk": f"{to_text(receipt.occurred_at)}#{receipt.id}",
    }
    return Put(
        key=receipt_key(receipt.return_no, receipt.id),
        item=to_item(receipt) | place,
        condition=Absent(),
        refusal=RECEIPT_TAKEN,
    )


def change_receipt(receipt: ReturnReceipt) -> Update:
    """A receipt's state, from what was read: its `version` is still the version read."""
    return Update(
        key=receipt_key(receipt.return_no, receipt.id),
        condition=Equals("version", receipt.version),
        refusal=STALE_RECEIPT,
        set={"state": receipt.state.value, "version": receipt.version + 1},
        remove=("gsi1pk", "gsi1sk") if receipt.state is ReturnReceiptState.POSTED else (),
    )


def new_parcel(parcel: UnclaimedParcel) -> Put:
    """A parcel, once."""
    return Put(
        key=parcel_key(parcel.id),
        item=_parcel_item(parcel),
        condition=Absent(),
        refusal=PARCEL_TAKEN,
    )


def change_parcel(parcel: UnclaimedParcel) -> Put:
    """A parcel as changed from what was read: its `version` is still the version read."""
    return Put(
        key=parcel_key(parcel.id),
        item=_parcel_item(replace(parcel, version=parcel.version + 1)),
        condition=Equals("version", parcel.version),
        refusal=STALE_PARCEL,
    )


def _parcel_item(parcel: UnclaimedParcel) -> dict[str, Value]:
    item = to_item(parcel)
    if parcel.state in (UnclaimedState.ACCEPTED, UnclaimedState.POSTED):
        item["gsi1pk"] = f"UNCLAIMED-PARCELS#{parcel.state.value}"
        item["gsi1sk"] = f"{to_text(parcel.accepted_at)}#{parcel.id}"
    return item
