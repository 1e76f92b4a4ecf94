"""What movements need from others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from chalicelib.catalog.model import Sku, Warehouse
from chalicelib.kernel.writes import Writes
from chalicelib.movements.orders.confirming import Issued
from chalicelib.movements.orders.model import Confirmation
from chalicelib.stock.comparing import Figure
from chalicelib.stock.model import Movement


class Catalog(Protocol):
    """The catalog's look-ups that movements use; `catalog.CatalogService` is one."""

    def skus(self, codes: Iterable[str]) -> Mapping[str, Sku]:
        """Those of the SKUs that exist."""
        ...

    def buckets_of(self, codes: Iterable[str]) -> Mapping[str, int]:
        """The bucket of each SKU, also of one that doesn't exist."""
        ...

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        """One warehouse; refused if there is none."""
        ...

    def plan_open(self, warehouse: str, on: date) -> Writes:
        """Marks a warehouse's stock as open, booked for a day; nothing is dispatched from it
        before.
        """
        ...


class DocumentNumbers(Protocol):
    """Where numbers of documents come from (the slice `numbering`)."""

    def document_number(self, prefix: str) -> str:
        """A new number that begins with the prefix."""
        ...


class Transit(Protocol):
    """What is on its way with a transfer; `transfers.transit.TransitBook` is one."""

    def plan_left(self, transfer: str, document: str, movements: Sequence[Movement]) -> Writes:
        """Remembers what left by a posted confirmation (`document`) of the out leg."""
        ...

    def arrive(self, transfer: str, confirmation: Confirmation) -> Sequence[Issued]:
        """Which issues the pieces of an arrival came from; the same whenever it is asked again."""
        ...


class WarehouseFigures(Protocol):
    """A WMS's own figures, asked for now."""

    def figures(self, warehouse: str, skus: Sequence[str]) -> Sequence[Figure]:
        """Its pieces per SKU and inventory type; what it doesn't mention isn't there.
        `Unavailable` if it can't be asked now.
        """
        ...
