"""Suppliers, as their source system tells them."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.kernel.provenance import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """Who goods are bought from. The contact's name, phone and address stay out of its `repr`, and
    so out of logs.
    """

    code: str
    source: str
    source_id: str
    name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tax_no: str = ""
    valid: bool = True
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInput:
    """What the source system says about one supplier; `id` is its identity there."""

    id: str
    code: str
    name: str
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    tax_no: str = ""
    valid: bool = True


def new_supplier(given: SupplierInput, *, source: str, message: Source) -> Supplier:
    """The first version of a supplier as its source describes it."""
    return Supplier(
        code=given.code,
        source=source,
        source_id=given.id,
        name=given.name,
        contact=given.contact,
        phone=given.phone,
        address=given.address,
        tax_no=given.tax_no,
        valid=given.valid,
        message=message,
    )
