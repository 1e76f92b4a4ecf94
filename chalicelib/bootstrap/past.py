"""The stock of a past day, over the slices that know what belongs to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chalicelib.bootstrap.container import Container
from chalicelib.stock.past import ClosingPage


def closing_page(
    oms: Container,
    warehouse: str,
    day: date,
    *,
    sku: str = "",
    category: str = "",
    cursor: str | None = None,
) -> ClosingPage:
    """A page of what there was in a warehouse when a day ended: of one `sku`, of a `category`'s own
    SKUs, or of all. `Refused` names the field of what isn't there.
    """
    place = oms.catalog.warehouse(warehouse)
    if sku:
        return oms.past_stock.of_skus(warehouse, [sku], day, zone=place.zone)
    if not category:
        return oms.past_stock.of_warehouse(
            warehouse, range(place.buckets), day, zone=place.zone, cursor=cursor
        )
    oms.catalog.category(category, field="category")
    skus, following = oms.catalog.category_page(category, cursor=cursor)
    page = oms.past_stock.of_skus(warehouse, skus, day, zone=place.zone)
    return replace(page, next_cursor=following)
