"""Orders as items: keys and writes. Everything of an order is one partition, so one query tells
its whole story.

| key | holds | written |
| --- | --- | --- |
| `CHANNELORDER#<shop>#<channel order id>` / `ORDER` | number, digest | once |
| `ORDER#<no>` / `HEAD` | states, holds, fulfilment numbers, times | changes |
| … / `CONTENT` | lines and amounts | once |
| … / `PERSON` | personal data, sealed | once |
| … / `DECISION#<n>` | a routing decision | once |
| … / `FULFILMENT#<no>` | one fulfilment | changes |
| … / `SHIPMENT#<id>` | one confirmation: parcels, lines | its state changes |
| … / `TRACK#<time>#<identity>` | what happened and has no item of its own | once |
| `WAYBILL#<waybill>` / `<fulfilment or return>` | that a parcel of it bears the waybill | once |

What is written often is kept under 1 KB, the unit DynamoDB bills writes in: lines are lists in a
fixed order of fields, and a fulfilment keeps which units it has, not what they cost: its amounts
are computed from `CONTENT`, so they can't disagree with it. The index gsi1 is sparse: `HEAD` is in
it while the order waits for a person or for stock (`ORDERS#HELD`, `ORDERS#WAIT_STOCK`), `SHIPMENT`
until it is posted (`SHIPMENTS#<warehouse>`), `FULFILMENT` while an intercept waits for its answer
(`INTERCEPTS#<warehouse>`, by the time it was asked for).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC

import msgspec

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.items import to_item
from chalicelib.kernel.sealing import Sealer, SealingKey
from chalicelib.kernel.writes import (
    Absent,
    AnyOf,
    Check,
    Equals,
    Exists,
    Key,
    Put,
    Update,
    Value,
)
from chalicelib.orders.model import (
    Fulfilment,
    Order,
    OrderHead,
    OrderLine,
    Person,
    Purpose,
    Shipment,
    TrackRow,
    order_no_of,
)
from chalicelib.orders.states import (
    FulfilmentCancel,
    FulfilmentHold,
    Review,
    ShipmentState,
    Sourcing,
)

TABLE = "documents"

ORDER_TAKEN = "order_taken"
NUMBER_TAKEN = "number_taken"
STALE_ORDER = "stale_order"
STALE_FULFILMENT = "stale_fulfilment"
STALE_SHIPMENT = "stale_shipment"
SHIPMENT_TAKEN = "shipment_taken"
TRACKED_ALREADY = "tracked_already"

LINE_FIELDS = tuple(field.name for field in fields(OrderLine))


def channel_key(shop: str, channel_order_id: str) -> Key:
    """Where a channel's order id is claimed."""
    return Key(TABLE, f"CHANNELORDER#{shop}#{channel_order_id}", "ORDER")


def order_key(no: str, sk: str) -> Key:
    """An item of an order."""
    return Key(TABLE, f"ORDER#{no}", sk)


def fulfilment_key(no: str) -> Key:
    """Where a fulfilment stands, which its number says."""
    return order_key(order_no_of(no), f"FULFILMENT#{no}")


def shipment_key(order_no: str, shipment: str) -> Key:
    """Where a shipment stands."""
    return order_key(order_no, f"SHIPMENT#{shipment}")


def put_waybill(waybill: str, document: str) -> Put:
    """That a parcel of a document bears a waybill; saying it again changes nothing."""
    return Put(
        key=Key(TABLE, waybill_pk(waybill), document),
        item={},
        condition=AnyOf((Absent(), Exists())),
        refusal="waybill_written",
    )


def waybill_pk(waybill: str) -> str:
    """Where the documents of a waybill stand."""
    return f"WAYBILL#{code_or_stand_in(waybill)}"


def put_channel_order(order: Order) -> Put:
    """Claims the channel's order id."""
    return Put(
        key=channel_key(order.shop, order.channel_order_id),
        item={"no": order.no, "digest": order.content_digest},
        condition=Absent(),
        refusal=ORDER_TAKEN,
    )


def put_content(order: Order) -> Put:
    """The order's lines and amounts."""
    item = to_item(order)
    item["lines"] = [_line_row(to_item(line)) for line in order.lines]
    if order.purpose is Purpose.SALE:
        # Nearly every order is one.
        for name in ("purpose", "cause", "replaces"):
            del item[name]
    return Put(
        key=order_key(order.no, "CONTENT"), item=item, condition=Absent(), refusal=NUMBER_TAKEN
    )


def _line_row(line: Mapping[str, Value]) -> list[Value]:
    """A line's values in the order of its fields. What is None at the end isn't written: few lines
    are parts of a bundle, and older ones have no such field.
    """
    values = [line[name] for name in LINE_FIELDS]
    while values[-1] is None:
        values.pop()
    return values


def put_person(no: str, person: Person, sealer: Sealer, *, under: SealingKey | None = None) -> Put:
    """The person behind the order, sealed with its number as subject, under a new data key or the
    one of the message the order came in.
    """
    plain = msgspec.json.encode({name: text for name, text in to_item(person).items() if text})
    return Put(
        key=order_key(no, "PERSON"),
        item=to_item((under or sealer.new_key(no)).seal(no, plain)),
        condition=Absent(),
        refusal=NUMBER_TAKEN,
    )


def new_head(head: OrderHead) -> Put:
    """The first version of an order's head."""
    return Put(
        key=order_key(head.no, "HEAD"),
        item=_head_item(head),
        condition=Absent(),
        refusal=NUMBER_TAKEN,
    )


def change_head(head: OrderHead) -> Put:
    """The head as changed from what was read: `head.version` is still the version read."""
    return Put(
        key=order_key(head.no, "HEAD"),
        item=_head_item(replace(head, version=head.version + 1)),
        condition=Equals("version", head.version),
        refusal=STALE_ORDER,
    )


def check_head(head: OrderHead) -> Check:
    """That the head is still what was read."""
    return Check(
        key=order_key(head.no, "HEAD"),
        condition=Equals("version", head.version),
        refusal=STALE_ORDER,
    )


def _head_item(head: OrderHead) -> dict[str, Value]:
    item = _without_blanks(to_item(head))
    waits = ""
    if head.review is Review.HELD:
        waits = "HELD"
    elif head.sourcing is Sourcing.WAIT_STOCK:
        waits = "WAIT_STOCK"
    if waits and head.cancelled_at is None:
        item["gsi1pk"] = f"ORDERS#{waits}"
        item["gsi1sk"] = f"{item['created_at']}#{head.no}"
    return item


def _without_blanks(item: dict[str, Value]) -> dict[str, Value]:
    """Without what a dataclass's defaults say anyway."""
    return {name: value for name, value in item.items() if value not in (None, "", [], {}, False)}


def new_fulfilment(fulfilment: Fulfilment) -> Put:
    """A fulfilment under a new number."""
    return Put(
        key=fulfilment_key(fulfilment.no),
        item=_fulfilment_item(fulfilment),
        condition=Absent(),
        refusal=STALE_FULFILMENT,
    )


def change_fulfilment(fulfilment: Fulfilment) -> Put:
    """A fulfilment as changed from what was read: its `version` is still the version read."""
    return Put(
        key=fulfilment_key(fulfilment.no),
        item=_fulfilment_item(replace(fulfilment, version=fulfilment.version + 1)),
        condition=Equals("version", fulfilment.version),
        refusal=STALE_FULFILMENT,
    )


def _fulfilment_item(fulfilment: Fulfilment) -> dict[str, Value]:
    item = _without_blanks(to_item(replace(fulfilment, lines=())))
    if fulfilment.hold is FulfilmentHold.NONE and not fulfilment.hold_revision:
        del item["hold"]
    item["units"] = [
        [line.order_line_no, line.first_unit, line.quantity] for line in fulfilment.lines
    ]
    asked_at = fulfilment.intercept_asked_at
    if fulfilment.cancel is FulfilmentCancel.INTERCEPTING and asked_at is not None:
        item["gsi1pk"] = intercepts_pk(fulfilment.warehouse)
        item["gsi1sk"] = f"{to_text(asked_at)}#{fulfilment.no}"
    return item


def intercepts_pk(warehouse: str) -> str:
    """Where gsi1 lists a warehouse's intercepts that wait for their answer."""
    return f"INTERCEPTS#{warehouse}"


def new_shipment(shipment: Shipment) -> Put:
    """A confirmation, once."""
    place: dict[str, Value] = {
        "gsi1pk": f"SHIPMENTS#{shipment.warehouse}",
        "gsi1sk": f"{to_text(shipment.occurred_at)}#{shipment.id}",
    }
    return Put(
        key=shipment_key(shipment.order_no, shipment.id),
        item=to_item(shipment) | place,
        condition=Absent(),
        refusal=SHIPMENT_TAKEN,
    )


def change_shipment(shipment: Shipment) -> Update:
    """How far a shipment is, from what was read: its `version` is still the version read."""
    return Update(
        key=shipment_key(shipment.order_no, shipment.id),
        condition=Equals("version", shipment.version),
        refusal=STALE_SHIPMENT,
        set={
            "state": shipment.state.value,
            "told": shipment.told,
            "version": shipment.version + 1,
        },
        remove=("gsi1pk", "gsi1sk") if shipment.state is ShipmentState.POSTED else (),
    )


def track_key(order_no: str, row: TrackRow, identity: str) -> Key:
    """Where a row of the track stands: under the moment it happened at; `identity` tells apart what
    has one moment, and makes a repeat the same row.
    """
    moment = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return order_key(order_no, f"TRACK#{moment}#{identity}")


def put_track(row: TrackRow, identity: str) -> Put:
    """Something that happened to a fulfilment, which is the row's subject."""
    return Put(
        key=track_key(order_no_of(row.subject), row, identity),
        item=_without_blanks(to_item(row)),
        condition=Absent(),
        refusal=TRACKED_ALREADY,
    )
