"""Parcels, and the invoices that lie in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel.money import Fen, UnitPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedItem:
    """Pieces of one item in a parcel."""

    item_code: str
    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageMaterial:
    """Packing material that was used (包材): how many of which kind; None: not told."""

    kind: str
    quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One parcel. Its items needn't match the lines.

    Sizes in mm, volume in ml, weights in grams; None or 0 where not given, or not readable: they
    move no stock. The signature fields are known to returnpackage.report only.
    """

    code: str
    waybill: str
    carrier_code: str
    carrier_name: str
    weight_grams: int
    items: tuple[PackedItem, ...]
    path: str
    theoretical_weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    volume_ml: int | None = None
    invoice_no: str = ""
    materials: tuple[PackageMaterial, ...] = ()
    status: str = ""
    signed_at: datetime | None = None
    signed_by: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)
    extend_props: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def contents(self) -> tuple[tuple[str, int], ...]:
        """(item code, pieces) of what lies in it."""
        return tuple((item.item_code, item.quantity) for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItem:
    """A row of an invoice; `price` of a piece is in 1/10,000."""

    name: str
    unit: str
    price: UnitPrice | None
    quantity: int | None
    amount: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice that the WMS printed: `code` and `number` are those on the paper.

    The header (抬头) and the tax number may be a person's.
    """

    kind: str
    code: str
    number: str
    amount: Fen | None
    content: str
    items: tuple[InvoiceItem, ...]
    header: str = field(default="", repr=False)
    tax_number: str = field(default="", repr=False)
