"""What source systems put into the catalog: the use cases of `CatalogService` that take batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.catalog.cache import TimedCache
from chalicelib.catalog.model import (
    BundleInput,
    CategoryInput,
    Sku,
    SkuInput,
    SupplierInput,
    Taken,
    new_bundle,
    new_category,
    new_sku,
    new_supplier,
)
from chalicelib.catalog.retelling import Retelling
from chalicelib.catalog.store import CatalogStore
from chalicelib.catalog.taking import Taking
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Transaction


class CatalogIntake:
    """SKUs, suppliers, bundles and categories from their source systems. `skus` is what is kept of
    SKUs, so that what changes is forgotten there.
    """

    def __init__(
        self,
        *,
        store: CatalogStore,
        transaction: Transaction,
        clock: Clock,
        buckets: int,
        skus: TimedCache[Sku],
    ) -> None:
        self._buckets = buckets
        self._skus = skus
        self._taking = Taking(store=store, transaction=transaction, clock=clock)
        self._retelling = Retelling(store=store, transaction=transaction, clock=clock)

    def put_skus(
        self,
        source: str,
        inputs: Sequence[SkuInput],
        message: Source,
        *,
        replayed: bool = False,
    ) -> tuple[Taken, ...]:
        """Takes SKUs from a source system, each for itself: one that can't be taken doesn't hold up
        the others. `message` is the whole request; each SKU keeps its element, `/skus/<n>`. An
        answer per input, in their order. Again the same: unchanged, no event. `replayed`: an old
        message is taken once more; what a later one said stays.
        """
        offered = [
            new_sku(
                given, source=source, buckets=self._buckets, message=_element(message, "skus", at)
            )
            for at, given in enumerate(inputs)
        ]
        for given in inputs:
            self._skus.drop(given.code)
        return self._taking.take(offered, replayed=replayed)

    def put_suppliers(
        self,
        source: str,
        inputs: Sequence[SupplierInput],
        message: Source,
        *,
        replayed: bool = False,
    ) -> tuple[Taken, ...]:
        """Takes suppliers from a source system, as `put_skus` does."""
        offered = [
            new_supplier(given, source=source, message=_element(message, "suppliers", at))
            for at, given in enumerate(inputs)
        ]
        return self._taking.take(offered, replayed=replayed)

    def put_bundles(
        self,
        source: str,
        inputs: Sequence[BundleInput],
        message: Source,
        *,
        replayed: bool = False,
    ) -> tuple[Taken, ...]:
        """Takes bundles from a source system, as `put_skus` does. Their parts have to be there."""
        offered = [
            new_bundle(given, source=source, message=_element(message, "bundles", at))
            for at, given in enumerate(inputs)
        ]
        return self._taking.take(offered, replayed=replayed)

    def put_categories(
        self,
        source: str,
        inputs: Sequence[CategoryInput],
        message: Source,
        *,
        replayed: bool = False,
    ) -> tuple[Taken, ...]:
        """Takes categories from a source system, as `put_skus` does; a parent before its children.
        What is called anew is told to its SKUs by `retell_category`.
        """
        offered = [
            new_category(given, source=source, message=_element(message, "categories", at))
            for at, given in enumerate(inputs)
        ]
        return self._taking.take(offered, replayed=replayed)

    def retell_category(self, event: Event) -> None:
        """`CategoryChanged`: its SKUs get the category's new name, and with it a new version that
        goes to the warehouses; a page of them, and an event for the next.
        """
        self._retelling.retell(event)


def _element(message: Source, name: str, at: int) -> Source:
    return replace(message, path=f"{message.path}/{name}/{at}")
