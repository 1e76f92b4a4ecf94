"""What movements need from others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chalicelib.catalog.model import Sku, Warehouse
from chalicelib.kernel.writes import Writes
from chalicelib.stock.comparing import Figure


class Catalog(Protocol):
    """The catalog's look-ups that movements use; `catalog.CatalogService` is one."""

    def skus(self, codes: Iterable[str]) -> Mapping[str, Sku]:
        """Those of the SKUs that exist."""
        ...

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        """One warehouse; refused if there is none."""
        ...

    def plan_open(self, warehouse: str) -> Writes:
        """Marks a warehouse's stock as open; nothing is dispatched from it before."""
        ...


class WarehouseFigures(Protocol):
    """A WMS's own figures, asked for now."""

    def figures(self, warehouse: str, skus: Sequence[str]) -> Sequence[Figure]:
        """Its pieces per SKU and inventory type; what it doesn't mention isn't there.
        `Unavailable` if it can't be asked now.
        """
        ...
