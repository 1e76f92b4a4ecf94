"""What orders need of the slices before them, said as ports so that a test can stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chalicelib.catalog.model import Bundle, Shop, Sku, Warehouse


class Catalog(Protocol):
    """Shops, SKUs and warehouses; `CatalogService` is one."""

    def shop(self, code: str, *, field: str | None = None) -> Shop:
        """One shop; raises a `Refused` where there is none."""
        ...

    def skus(self, codes: Iterable[str]) -> Mapping[str, Sku]:
        """Those of the SKUs that exist, valid or not."""
        ...

    def bundles(self, codes: Iterable[str]) -> Mapping[str, Bundle]:
        """Those of the bundles that exist, valid or not."""
        ...

    def buckets_of(self, codes: Iterable[str]) -> Mapping[str, int]:
        """The bucket of each SKU; of one that doesn't exist the bucket it would get."""
        ...

    def warehouse(self, code: str, *, field: str | None = None) -> Warehouse:
        """One warehouse; raises a `Refused` where there is none."""
        ...

    def warehouses(self) -> Sequence[Warehouse]:
        """All warehouses."""
        ...


class OrderNumbers(Protocol):
    """New order numbers; `numbering.Numbers` is one."""

    def order_number(self, buyer: str) -> str:
        """A number never handed out before; numbers of one buyer are kept together."""
        ...

    def document_number(self, prefix: str) -> str:
        """A number never handed out before, of another document: two capital letters first."""
        ...
