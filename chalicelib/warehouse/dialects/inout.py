"""A platform between OMS and warehouses (仓储对接平台) that knows goods coming in and going out,
and nothing else.

- Every order that is to arrive goes down as one and the same message, every order that is to leave
  as another; so do their queries. orderType is IN or OUT.
- It confirms with two messages likewise. What came in or went out is told by our document of that
  number (`telling_apart`), never by the type.
- A stock change with IN or OUT has a direction and no kind: our document of its number tells the
  kind, else it is booked in suspense.
- An order's number is `orderCode` in all of them, as it is in order.cancel.

No such platform has published its messages. The shape is known, the words are not: all names here
are assumed until a partner's samples say otherwise, and then they are set right in this table.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.warehouse import methods
from chalicelib.warehouse.codes import InboundType, OutboundType, RelatedType
from chalicelib.warehouse.dialect import Dialect, Quantities

IN, OUT = "IN", "OUT"


def _order(ours: str) -> Mapping[str, str]:
    return {ours: "order", f"{ours}Code": "orderCode", f"{ours}Id": "orderId"}


INOUT = Dialect(
    name="inout",
    title="a platform between OMS and warehouses (仓储对接平台)",
    prefix="",
    methods={
        methods.ENTRYORDER_CREATE: "inbound.create",
        methods.RETURNORDER_CREATE: "inbound.create",
        methods.ENTRYORDER_QUERY: "inbound.query",
        methods.RETURNORDER_QUERY: "inbound.query",
        methods.ENTRYORDER_CONFIRM: "inbound.confirm",
        methods.RETURNORDER_CONFIRM: "inbound.confirm",
        methods.DELIVERYORDER_CREATE: "outbound.create",
        methods.STOCKOUT_CREATE: "outbound.create",
        methods.DELIVERYORDER_QUERY: "outbound.query",
        methods.STOCKOUT_QUERY: "outbound.query",
        methods.DELIVERYORDER_CONFIRM: "outbound.confirm",
        methods.STOCKOUT_CONFIRM: "outbound.confirm",
    },
    elements_of={
        "entryorder": _order("entryOrder"),
        "returnorder": _order("returnOrder"),
        "deliveryorder": _order("deliveryOrder"),
        "stockout": _order("deliveryOrder"),
    },
    # Read as Qimen's words for "inbound" and "outbound", which name no kind of either.
    codes={"orderType": {IN: RelatedType.RK.value, OUT: RelatedType.CK.value}},
    reduced={
        "orderType": {
            **{each.value: IN for each in InboundType},
            **{each.value: OUT for each in OutboundType},
        }
    },
    stock_changes=Quantities.POSITIVE,
    unverified=(
        "every name here (methods, elements, IN and OUT) is assumed, since nobody has published "
        "one: to be set right in the table with a partner's samples",
        "whether it wants a prefix: none is sent",
        "the signs of its stock changes: taken to be positive, the type tells the direction",
        "whether it knows work inside the warehouse, parcels signed for, and several orders in one "
        "message: those are Qimen's",
    ),
)
