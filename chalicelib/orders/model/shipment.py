"""What left a warehouse, and what happened on the way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.kernel.provenance import Source
from chalicelib.orders.states import ShipmentState

GOOD = "ZP"
"""The inventory type of sellable goods (正品), which is what orders are shipped from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One parcel (包裹) as the WMS reported it: what is in it, who carries it."""

    no: str
    waybill: str
    carrier_code: str
    carrier_name: str
    weight_grams: int
    items: tuple[tuple[str, int], ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    """Pieces that left a warehouse. `fulfilment_line_no` is None where the WMS named no line that
    we know; it is then placed by SKU, or stays unplaced and is raised for a person.
    """

    fulfilment_line_no: int | None
    sku: str
    quantity: int
    inventory_type: str
    batch: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One confirmation of a fulfilment: what physically left, whatever we think of it.

    `id` comes from `shipment_id`, so that it is accepted once and leads to its order.
    `posting_date` is the business date in the warehouse's zone. `told` counts the parcels whose
    `ParcelShipped` is out.
    """

    id: str
    fulfilment_no: str
    order_no: str
    warehouse: str
    parcels: tuple[Parcel, ...]
    lines: tuple[ShipmentLine, ...]
    final: bool
    occurred_at: datetime
    posting_date: date
    message_id: str
    state: ShipmentState = ShipmentState.ACCEPTED
    version: int = 1
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """Something that happened to an order. `axis`, `before` and `after` are "" where no state
    moved; `message` leads to what said so. No personal data.
    """

    at: datetime
    kind: str
    subject: str
    axis: str = ""
    before: str = ""
    after: str = ""
    text: str = ""
    message: Source | None = None
    recorded_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def shipment_id(fulfilment_no: str, identity: str) -> str:
    """The id of a confirmation; `identity` is what tells it from the fulfilment's others, such as
    the WMS's outBizCode or a digest of the content.
    """
    return f"{fulfilment_no}:{identity}"


def fulfilment_of(shipment: str) -> str:
    """The fulfilment that a shipment's id names."""
    return shipment.partition(":")[0]
