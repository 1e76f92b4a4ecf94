"""Reads of orders; the keys and writes are in `rows.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items, from_item, query_all
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.sealing import Sealed, Sealer, SealingKey
from chalicelib.kernel.writes import Key
from chalicelib.orders.model import (
    Assignment,
    Fulfilment,
    Hold,
    Order,
    OrderHead,
    Person,
    Shipment,
    TrackRow,
    fulfilment_lines,
    order_no_of,
)
from chalicelib.orders.rows import (
    LINE_FIELDS,
    TABLE,
    channel_key,
    fulfilment_key,
    intercepts_pk,
    order_key,
    shipment_key,
    waybill_pk,
)
from chalicelib.stock.comparing import Pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """That a channel's order is here already: as which number, with which content."""

    no: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """Everything of an order but the person. `words` is what people have typed about it, opened,
    with what looks like a mobile number masked.
    """

    order: Order
    head: OrderHead
    fulfilments: tuple[Fulfilment, ...]
    shipments: tuple[Shipment, ...]
    decisions: tuple[Mapping[str, Any], ...]
    track: tuple[TrackRow, ...]
    words: Mapping[Sealed, str]

    def reason_of(self, hold: Hold) -> str:
        """Why it was held, in the rule's sentence or in a person's words."""
        return hold.reason or self.said(hold.words)

    def said(self, words: Sealed | None) -> str:
        """What was typed, "" for nothing."""
        return self.words.get(words, "") if words else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """An order's content and head, with some or all of its fulfilments."""

    order: Order
    head: OrderHead
    fulfilments: tuple[Fulfilment, ...]

    @property
    def fulfilment(self) -> Fulfilment:
        """The one that was asked for."""
        return self.fulfilments[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDispatch:
    """What telling a warehouse of a fulfilment takes; the person still sealed."""

    order: Order
    fulfilment: Fulfilment
    person: Sealed


class OrderStore:
    """Reads of orders. `sealer` opens the person."""

    def __init__(self, items: Items, sealer: Sealer) -> None:
        self._items = items
        self.sealer = sealer

    def taken(self, shop: str, channel_order_id: str) -> Taken | None:
        """What a channel's order id is here, if it is."""
        item = self._items.get(channel_key(shop, channel_order_id))
        return from_item(item, Taken) if item else None

    def exists(self, key: Key) -> bool:
        """Whether an item is there."""
        return self._items.get(key) is not None

    def order(self, no: str) -> Order:
        """An order's content."""
        return _order(_required(self._items.get(order_key(no, "CONTENT")), "order"))

    def head(self, no: str) -> OrderHead:
        """An order's states."""
        return from_item(_required(self._items.get(order_key(no, "HEAD")), "order"), OrderHead)

    def person(self, no: str) -> Person:
        """The person behind an order, opened."""
        item = _required(self._items.get(order_key(no, "PERSON")), "order")
        return msgspec.json.decode(self.sealer.open(no, from_item(item, Sealed)), type=Person)

    def person_and_key(self, no: str) -> tuple[Person, SealingKey]:
        """The person behind an order, opened, and the data key they are kept under."""
        item = _required(self._items.get(order_key(no, "PERSON")), "order")
        sealed = from_item(item, Sealed)
        key = self.sealer.key_of(no, sealed)
        return msgspec.json.decode(key.open(no, sealed), type=Person), key

    def said(self, no: str, words: Sealed | None) -> str:
        """What was typed about an order (`sealed_words`), opened; "" for nothing."""
        item = self._items.get(order_key(no, "PERSON")) if words else None
        if words is None or item is None:
            return ""
        return self.sealer.key_of(no, from_item(item, Sealed)).open(no, words).decode()

    def sealed_words(self, no: str, text: str) -> Sealed | None:
        """What a person typed about an order, sealed under the order's data key. The key isn't
        written a second time: who erases the person erases the words. None for nothing.
        """
        item = self._items.get(order_key(no, "PERSON")) if text else None
        if item is None:
            return None
        key = self.sealer.key_of(no, from_item(item, Sealed))
        return replace(key.seal(no, text.encode()), key="")

    def _opened_words(self, head: OrderHead, item: Mapping[str, Any] | None) -> dict[Sealed, str]:
        typed = [*(hold.words for hold in head.holds), head.cancel_words]
        sealed = [each for each in typed if each is not None]
        if item is None or not sealed:
            return {}
        key = self.sealer.key_of(head.no, from_item(item, Sealed))
        return {each: mask_mobiles(key.open(head.no, each).decode()) for each in sealed}

    def fulfilment(self, no: str) -> Together:
        """A fulfilment with its order, in one read."""
        order_no = order_no_of(no)
        key = fulfilment_key(no)
        content_key, head_key = order_key(order_no, "CONTENT"), order_key(order_no, "HEAD")
        found = self._items.get_many([key, content_key, head_key])
        item = _required(found.get(key), "fulfilment")
        order = _order(found[content_key])
        return Together(
            order=order,
            head=from_item(found[head_key], OrderHead),
            fulfilments=(_fulfilment(item, order),),
        )

    def dispatch_keys(self, no: str) -> tuple[Key, ...]:
        """What `to_dispatch` reads, for whoever reads it together with things of its own."""
        order_no = order_no_of(no)
        parts = (order_key(order_no, "CONTENT"), order_key(order_no, "PERSON"))
        return (fulfilment_key(no), *parts)

    def to_dispatch(self, no: str, ahead: Mapping[Key, Mapping[str, Any]]) -> ToDispatch:
        """A fulfilment with its order and person, in one read, or from what was read ahead."""
        key, content, person = keys = self.dispatch_keys(no)
        found = ahead if key in ahead else self._items.get_many(keys)
        item = _required(found.get(key), "fulfilment")
        order = _order(found[content])
        return ToDispatch(
            order=order,
            fulfilment=_fulfilment(item, order),
            person=from_item(found[person], Sealed),
        )

    def opened(self, read: ToDispatch) -> tuple[Person, SealingKey]:
        """The person, and the order's data key for what is said about them."""
        no = read.order.no
        key = self.sealer.key_of(no, read.person)
        return msgspec.json.decode(key.open(no, read.person), type=Person), key

    def together(self, no: str) -> Together:
        """An order's content, head and all its fulfilments."""
        keys = [order_key(no, "HEAD"), order_key(no, "CONTENT")]
        found = self._items.get_many(keys)
        head = from_item(_required(found.get(keys[0]), "order"), OrderHead)
        order = _order(found[keys[1]])
        parts = [fulfilment_key(each) for each in head.fulfilments]
        read = self._items.get_many(parts) if parts else {}
        fulfilments = tuple(_fulfilment(read[key], order) for key in parts)
        return Together(head=head, order=order, fulfilments=fulfilments)

    def shipment(self, order_no: str, shipment: str) -> Shipment | None:
        """A confirmation, if it was taken in."""
        item = self._items.get(shipment_key(order_no, shipment))
        return from_item(item, Shipment) if item else None

    def waybills(self, fulfilment_no: str) -> tuple[str, ...]:
        """The waybills of a fulfilment's parcels, each once, as far as they are told."""
        fulfilment = self.fulfilment(fulfilment_no).fulfilment
        read = [self.shipment(fulfilment.order_no, each) for each in fulfilment.shipments]
        parcels = [parcel for each in read if each is not None for parcel in each.parcels]
        return tuple(dict.fromkeys(parcel.waybill for parcel in parcels if parcel.waybill))

    def unposted(self, warehouse: str) -> list[Shipment]:
        """A warehouse's confirmations that aren't posted, the oldest first; through an index."""
        items = query_all(self._items, TABLE, f"SHIPMENTS#{warehouse}", index="gsi1")
        return [from_item(item, Shipment) for item in items]

    def pending(self, warehouse: str, skus: Sequence[str]) -> list[Pending]:
        """Lines of these SKUs among a warehouse's confirmations that aren't posted."""
        return [
            Pending(
                document=shipment.id,
                sku=line.sku,
                inventory_type=line.inventory_type,
                quantity=-line.quantity,
                message_id=shipment.message_id,
            )
            for shipment in self.unposted(warehouse)
            for line in shipment.lines
            if line.sku in skus
        ]

    def view(self, no: str) -> OrderView:
        """Everything of an order but the person, by one query of its partition."""
        rows = query_all(self._items, TABLE, f"ORDER#{no}")
        by_sk = {row["sk"]: row for row in rows}
        order = _order(_required(by_sk.get("CONTENT"), "order"))
        head = from_item(by_sk["HEAD"], OrderHead)

        def under(prefix: str) -> list[Mapping[str, Any]]:
            return [row for row in rows if row["sk"].startswith(prefix)]

        return OrderView(
            order=order,
            head=head,
            fulfilments=tuple(_fulfilment(row, order) for row in under("FULFILMENT#")),
            shipments=tuple(from_item(row, Shipment) for row in under("SHIPMENT#")),
            decisions=tuple(under("DECISION#")),
            track=tuple(from_item(row, TrackRow) for row in under("TRACK#")),
            words=self._opened_words(head, by_sk.get("PERSON")),
        )

    def documents_of_waybill(self, waybill: str) -> list[str]:
        """Numbers of the fulfilments and returns that have a parcel of this waybill."""
        items = query_all(self._items, TABLE, waybill_pk(waybill))
        return [str(item["sk"]) for item in items]

    def intercepts_before(
        self, warehouse: str, moment: datetime, *, limit: int
    ) -> list[tuple[str, int]]:
        """Numbers and versions of a warehouse's fulfilments that were to be stopped on the road
        before a moment and of which nothing is known, the oldest first; through an index, so a
        moment late.
        """
        page = self._items.query(
            TABLE, intercepts_pk(warehouse), until=to_text(moment), limit=limit, index="gsi1"
        )
        return [(str(item["no"]), int(item["version"])) for item in page.items]

    def waiting(self, word: str, *, limit: int, cursor: str | None) -> tuple[list[str], str | None]:
        """Order numbers that are `HELD` or `WAIT_STOCK`, the oldest first, and where to go on.

        Through an index, so the newest may be missing for a moment.
        """
        page = self._items.query(TABLE, f"ORDERS#{word}", limit=limit, cursor=cursor, index="gsi1")
        return [item["no"] for item in page.items], page.next_cursor


def _required(item: Mapping[str, Any] | None, what: str) -> Mapping[str, Any]:
    if item is None:
        raise NotFound(f"unknown_{what}", f"there is no such {what}")
    return item


def _order(item: Mapping[str, Any]) -> Order:
    # A row may end before its last fields: those have their defaults.
    lines = [dict(zip(LINE_FIELDS, line, strict=False)) for line in item["lines"]]
    return from_item({**item, "lines": lines}, Order)


def _fulfilment(item: Mapping[str, Any], order: Order) -> Fulfilment:
    units = [
        Assignment(order_line_no=line_no, first_unit=first, quantity=quantity)
        for line_no, first, quantity in item["units"]
    ]
    bare = from_item({**item, "lines": []}, Fulfilment)
    return replace(bare, lines=fulfilment_lines(order.lines, units))
