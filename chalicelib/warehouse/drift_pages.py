"""What a drift run asks a WMS about: its parts in order, a page a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.catalog.model import Bundle, Sku
from chalicelib.warehouse.comparing import Compares
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.drift_store import DriftPart, DriftRun
from chalicelib.warehouse.ports import CatalogPages


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a step looks at, and where the next one begins (None: the part is done)."""

    documents: tuple[Compares, ...]
    next_cursor: str | None
    percent: int


class DriftPages:
    """Pages of the catalog as a run needs them."""

    def __init__(self, catalog: CatalogPages) -> None:
        self._catalog = catalog

    def page(self, run: DriftRun, connection: Connection) -> Page:
        """What the step looks at: what the WMS's owners have, and warehouses that it runs."""
        if run.part is DriftPart.WAREHOUSES:
            return self._warehouses(run)
        if run.part is DriftPart.BUNDLES:
            bundles = self._catalog.bundle_page(limit=run.together, cursor=run.cursor)
            owned = self._owned(bundles.bundles, connection)
            return Page(documents=owned, next_cursor=bundles.next_cursor, percent=99)
        skus = self._catalog.sku_page(limit=run.together, cursor=run.cursor)
        owned = self._owned(skus.skus, connection)
        return Page(documents=owned, next_cursor=skus.next_cursor, percent=skus.percent)

    def _warehouses(self, run: DriftRun) -> Page:
        """By code, from the one after the cursor on; they are few, and read anew."""
        ours = [each for each in self._catalog.fresh_warehouses() if each.wms == run.wms]
        left = [each for each in ours if each.code > (run.cursor or "")]
        page = tuple(left[: run.together])
        more = len(left) > len(page)
        return Page(documents=page, next_cursor=page[-1].code if more else None, percent=99)

    def _owned(
        self, documents: Sequence[Sku | Bundle], connection: Connection
    ) -> tuple[Sku | Bundle, ...]:
        owners = {
            each.owner
            for each in self._catalog.warehouses()
            if each.wms == connection.code and each.active
        }
        return tuple(each for each in documents if each.owner in owners)


def next_part(part: DriftPart, connection: Connection) -> DriftPart | None:
    """The part after this one that the WMS is told of; None after the last."""
    taken = {
        DriftPart.SKUS: True,
        DriftPart.BUNDLES: connection.takes_bundles,
        DriftPart.WAREHOUSES: connection.takes_warehouses,
    }
    order = list(DriftPart)
    later = order[order.index(part) + 1 :]
    return next((each for each in later if taken[each]), None)
