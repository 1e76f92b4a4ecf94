"""Purchase orders and receipts in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| what changes: state, sending, received pieces | `PURCHASE_ORDER#<no>` | `HEAD` | |
| what doesn't | `PURCHASE_ORDER#<no>` | `CONTENT` | gsi1 `PURCHASE_ORDERS#<warehouse>` / created |
| its history | `PURCHASE_ORDER#<no>` | `STEP#<version>` | |
| a receipt of it | `PURCHASE_ORDER#<no>` | `RECEIPT#<receipt>` | |
| identity | `PURCHASE_SOURCE#<source>#<source id>` | `HEAD` | |
| receipt's state | `RECEIPT#<id>` | `HEAD` | gsi1 `RECEIPTS#<warehouse>` / time and id, until it
is posted; then, of a blind one, `BLIND_RECEIPTS#<warehouse>` until it is attached |
| receipt's content | `RECEIPT#<id>` | `CONTENT` | |
| 200 of its lines | `RECEIPT#<id>` | `LINES#<0000>` | |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import (
    Items,
    from_item,
    in_parts,
    newest_numbers,
    query_all,
    to_item,
)
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update, Value, Write
from chalicelib.purchasing.model import (
    PurchaseOrder,
    PurchaseStep,
    Receipt,
    ReceiptLine,
    ReceiptRow,
)
from chalicelib.purchasing.states import ReceiptState

TABLE = "documents"
HEAD = "HEAD"
CONTENT = "CONTENT"

LINES_TOGETHER = 200
"""Lines of a receipt in one item: well below the 400 KB that an item may have."""

STALE_ORDER = "stale_purchase_order"
STALE_RECEIPT = "stale_receipt"

_ORDER_HEAD = (
    "state",
    "version",
    "cancel",
    "closed_by_hand",
    "wms_id",
    "sent_at",
    "sent",
    "final",
)
_RECEIPT_HEAD = ("state", "version", "attached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a purchasing system's id became here."""

    no: str
    digest: str


def order_key(no: str, part: str = HEAD) -> Key:
    """An item of a purchase order."""
    return Key(TABLE, f"PURCHASE_ORDER#{no}", part)


def identity_key(source: str, source_id: str) -> Key:
    """The source is a code, so the id may hold any sign."""
    return Key(TABLE, f"PURCHASE_SOURCE#{source}#{source_id}", HEAD)


def receipt_key(receipt: str, part: str = HEAD) -> Key:
    """An item of a receipt."""
    return Key(TABLE, f"RECEIPT#{receipt}", part)


class PurchasingStore:
    """Reads, consistent but for the list of orders."""

    def __init__(self, items: Items) -> None:
        self._items = items

    @property
    def items(self) -> Items:
        """The reads it stands on."""
        return self._items

    def identity(self, source: str, source_id: str) -> Identity | None:
        """What an id of a purchasing system became."""
        item = self._items.get(identity_key(source, source_id))
        return None if item is None else from_item(item, Identity)

    def purchase_order(self, no: str) -> PurchaseOrder | None:
        """A whole purchase order."""
        keys = order_key(no, HEAD), order_key(no, CONTENT)
        found = self._items.get_many(keys)
        if len(found) < len(keys):
            return None
        return _read_order(found[keys[0]], found[keys[1]])

    def steps(self, no: str) -> list[PurchaseStep]:
        """The history of a purchase order, the oldest step first."""
        items = query_all(self._items, TABLE, f"PURCHASE_ORDER#{no}", prefix="STEP#")
        return [from_item(item, PurchaseStep) for item in items]

    def order_numbers(
        self, warehouse: str, *, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's purchase orders, the newest first, and where to go on."""
        listed = f"PURCHASE_ORDERS#{warehouse}"
        return newest_numbers(self._items, TABLE, listed, limit=limit, cursor=cursor)

    def receipts_of(self, no: str) -> list[ReceiptRow]:
        """The receipts of a purchase order by id."""
        items = query_all(self._items, TABLE, f"PURCHASE_ORDER#{no}", prefix="RECEIPT#")
        return [from_item(item, ReceiptRow) for item in items]

    def receipt(self, receipt: str) -> Receipt | None:
        """A whole receipt."""
        return in_parts(self._items, TABLE, f"RECEIPT#{receipt}", Receipt)

    def unposted(self, warehouse: str) -> list[Receipt]:
        """A warehouse's receipts that aren't posted, the oldest first; which they are is read
        through an index.
        """
        heads = query_all(self._items, TABLE, f"RECEIPTS#{warehouse}", index="gsi1")
        found = (self.receipt(head["pk"].partition("#")[2]) for head in heads)
        return [each for each in found if each and each.state is ReceiptState.ACCEPTED]

    def blind(
        self, warehouse: str, *, limit: int, cursor: str | None
    ) -> tuple[list[Receipt], str | None]:
        """A warehouse's blind receipts that are booked and not attached, the oldest first, and
        where to go on; through an index, so a moment late.
        """
        page = self._items.query(
            TABLE, f"BLIND_RECEIPTS#{warehouse}", index="gsi1", limit=limit, cursor=cursor
        )
        found = (self.receipt(head["pk"].partition("#")[2]) for head in page.items)
        return [each for each in found if each and not each.attached], page.next_cursor


def _read_order(head: Mapping[str, Any], content: Mapping[str, Any]) -> PurchaseOrder:
    order = from_item({**content, **head}, PurchaseOrder)
    received = head["received"]
    lines = (replace(line, received=received.get(str(line.line_no), {})) for line in order.lines)
    return replace(order, lines=tuple(lines))


def create_order(order: PurchaseOrder) -> list[Write]:
    """A new purchase order with its identity."""
    identity = Identity(no=order.no, digest=order.content_digest)
    puts = {
        identity_key(order.source, order.source_id): (to_item(identity), "identity_taken"),
        order_key(order.no, HEAD): (_head_of(order), "number_taken"),
        order_key(order.no, CONTENT): (_content_of(order), "number_taken"),
    }
    return [
        Put(key=key, item=item, condition=Absent(), refusal=refusal)
        for key, (item, refusal) in puts.items()
    ]


def change_content(order: PurchaseOrder, *, before: PurchaseOrder) -> Write:
    """What else doesn't change of an order, said anew: only a draft's."""
    return Put(
        key=order_key(order.no, CONTENT),
        item=_content_of(order),
        condition=Equals("content_digest", before.content_digest),
        refusal=STALE_ORDER,
    )


def _content_of(order: PurchaseOrder) -> dict[str, Value]:
    item = to_item(order)
    content = {name: value for name, value in item.items() if name not in _ORDER_HEAD}
    content["gsi1pk"] = f"PURCHASE_ORDERS#{order.warehouse}"
    content["gsi1sk"] = f"{to_text(order.created_at)}#{order.no}"
    return content


def put_step(no: str, step: PurchaseStep) -> Write:
    """A step of an order's history; each version has one."""
    return Put(
        key=order_key(no, f"STEP#{step.version:06d}"),
        item=to_item(step),
        condition=Absent(),
        refusal=STALE_ORDER,
    )


def change_order(order: PurchaseOrder) -> Write:
    """The next version of what changes of an order; `order.version` is the new one."""
    return Put(
        key=order_key(order.no),
        item=_head_of(order),
        condition=Equals("version", order.version - 1),
        refusal=STALE_ORDER,
    )


def _head_of(order: PurchaseOrder) -> dict[str, Value]:
    item = to_item(order)
    head = {name: item[name] for name in _ORDER_HEAD}
    received = {str(line.line_no): dict(line.received) for line in order.lines if line.received}
    return head | {"no": order.no, "received": to_item(received)}


def create_receipt(receipt: Receipt) -> list[Write]:
    """A new receipt, with its place in its order's list if it has an order."""
    item = to_item(receipt)
    content = {name: item[name] for name in item if name not in (*_RECEIPT_HEAD, "lines")}
    row = ReceiptRow(
        id=receipt.id,
        occurred_at=receipt.occurred_at,
        final=receipt.final,
        message_id=receipt.message_id,
    )
    puts: dict[Key, dict[str, Value]] = {
        receipt_key(receipt.id, HEAD): {name: item[name] for name in _RECEIPT_HEAD}
        | {
            "gsi1pk": f"RECEIPTS#{receipt.warehouse}",
            "gsi1sk": f"{to_text(receipt.occurred_at)}#{receipt.id}",
        },
        receipt_key(receipt.id, CONTENT): content,
    }
    if not receipt.blind:
        puts[order_key(receipt.purchase_order, f"RECEIPT#{receipt.id}")] = to_item(row)
    for first in range(0, len(receipt.lines), LINES_TOGETHER):
        part = f"LINES#{first // LINES_TOGETHER:04d}"
        puts[receipt_key(receipt.id, part)] = {
            "lines": [_line_item(line) for line in receipt.lines[first : first + LINES_TOGETHER]]
        }
    return [
        Put(key=key, item=item, condition=Absent(), refusal="receipt_taken")
        for key, item in puts.items()
    ]


def _line_item(line: ReceiptLine) -> Value:
    return dict(to_item(line))


def change_receipt(receipt: Receipt) -> Write:
    """The next version of a receipt's state; `receipt.version` is the new one."""
    listed: dict[str, Value] = {}
    if receipt.blind and receipt.state is ReceiptState.POSTED and not receipt.attached:
        listed = {"gsi1pk": f"BLIND_RECEIPTS#{receipt.warehouse}"}
    settled = receipt.state is ReceiptState.POSTED and not listed
    return Update(
        key=receipt_key(receipt.id),
        condition=Equals("version", receipt.version - 1),
        refusal=STALE_RECEIPT,
        set={
            "state": receipt.state.value,
            "version": receipt.version,
            "attached": receipt.attached,
            **listed,
        },
        remove=("gsi1pk", "gsi1sk") if settled else (),
    )
