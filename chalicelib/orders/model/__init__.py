"""Orders (销售订单), their fulfilments (发货单), shipments and parcels: the types and their sums.

Amounts are fen of the order's currency. Order-level amounts are apportioned once, when the order is
taken in, to lines; a line's units are numbered from 0 and carry cumulative floors of the line's
amounts (`kernel.money.unit_share`). A fulfilment names units, so whatever the split, the sums over
an order's fulfilments equal the order's to the fen, in every column.

What a state is stands in `states.py`; personal data stands in `Person` only, which is kept sealed.
"""

from __future__ import annotations

from chalicelib.orders.model.fulfilment import (
    Fulfilment,
    FulfilmentLine,
    fulfilment_lines,
    fulfilment_no,
    order_no_of,
    without_units,
)
from chalicelib.orders.model.order import (
    Hold,
    InvoiceRequest,
    Order,
    OrderHead,
    OrderLine,
    PartOf,
    Person,
    Purpose,
    Region,
)
from chalicelib.orders.model.shipment import (
    GOOD,
    Parcel,
    Shipment,
    ShipmentLine,
    TrackRow,
    fulfilment_of,
    shipment_id,
)
from chalicelib.orders.model.units import Assignment, Unsourced, came_back, without

__all__ = [
    "Assignment",
    "Fulfilment",
    "FulfilmentLine",
    "GOOD",
    "Hold",
    "InvoiceRequest",
    "Order",
    "OrderHead",
    "OrderLine",
    "Parcel",
    "PartOf",
    "Person",
    "Purpose",
    "Region",
    "Shipment",
    "ShipmentLine",
    "TrackRow",
    "Unsourced",
    "came_back",
    "fulfilment_lines",
    "fulfilment_no",
    "fulfilment_of",
    "order_no_of",
    "shipment_id",
    "without",
    "without_units",
]
