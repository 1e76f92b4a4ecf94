"""What several documents share: people, other orders, production batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A sender or recipient. Personal: it stays out of `repr`, and so out of logs.

    With `oaid` the clear fields may be masked: the WMS then asks the platform for them.
    `identity_type` is `codes.IdentityType`; `identity_number` is asked for across borders.
    `person_id` is the `id` that only stockout.* knows.
    """

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    province: str
    city: str
    address: str = field(repr=False)
    district: str = ""
    town: str = field(default="", repr=False)
    zip_code: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    company: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    country_code: str = ""
    identity_type: str = ""
    identity_number: str = field(default="", repr=False)
    person_id: str = field(default="", repr=False)
    oaid: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """Who collects goods at the warehouse (提货人). Personal."""

    name: str = field(repr=False)
    company: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    identity_number: str = field(default="", repr=False)
    plate_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedOrder:
    """An order that belongs to this one; `order_type` is `codes.RelatedType`."""

    order_type: str
    order_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionBatch:
    """A batch that goods are of, or are to be of: our code, its dates, the maker's code."""

    code: str = ""
    product_date: date | None = None
    expire_date: date | None = None
    produce_code: str = ""


NO_BATCH = ProductionBatch()
"""No batch is named."""
