"""What a WMS asks: order.query, receiverinfo.query and expressinfo.query.

Personal data stands in the question of order.query and in the answer to receiverinfo.query only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuestion:
    """Whose orders are these? Asked for a parcel that came back without papers.

    `scene` is 1001 (questions of customers) or 1002 (after-sales).
    """

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    phone: str = field(repr=False)
    scene: str
    since_at: datetime | None
    until_at: datetime | None
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """An order of that person: the platform's number, and our delivery order's where one is
    known.
    """

    source_order_code: str
    delivery_order_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverQuestion:
    """Who receives this delivery order? `scene` says which carrier asks (1001 SF …), as text."""

    code: str
    owner_code: str
    warehouse_code: str
    oaid: str
    scene: str
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierQuestion:
    """Which carriers may be used? All of the owner's, or the one with that code."""

    owner_code: str
    carrier_code: str
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)
    rest: Rest = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A carrier as it is told to a WMS."""

    code: str
    name: str
    brand_code: str = ""
    brand_name: str = ""
    status: str = ""
