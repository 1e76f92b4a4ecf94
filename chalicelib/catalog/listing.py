"""The catalog page by page, through its index, so the newest may be missing for a moment."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.catalog.model import Bundle, Sku
from chalicelib.catalog.store import CatalogStore
from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import from_item


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuPage:
    """Some SKUs, and where to go on (None: that was all). `percent` of the catalog, about, is
    listed when this page is.
    """

    skus: tuple[Sku, ...]
    next_cursor: str | None
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePage:
    """Some bundles, and where to go on (None: that was all)."""

    bundles: tuple[Bundle, ...]
    next_cursor: str | None


class Listing:
    """Pages of SKUs and bundles."""

    def __init__(self, *, store: CatalogStore, buckets: int) -> None:
        self._store = store
        self._buckets = buckets

    def sku_page(self, *, limit: int = 100, cursor: str | None = None) -> SkuPage:
        """SKUs a page at a time, bucket by bucket; through an index, so the newest may be missing
        for a moment. A page may be empty and still have a next one.
        """
        bucket, after = self._read_cursor(cursor)
        page = self._store.skus_of_bucket(bucket, limit=limit, cursor=after)
        next_cursor: str | None = None
        if page.next_cursor is not None:
            next_cursor = f"{bucket}:{page.next_cursor}"
        elif bucket + 1 < self._buckets:
            next_cursor = f"{bucket + 1}:"
        skus = tuple(from_item(item, Sku) for item in page.items)
        listed = bucket if page.next_cursor is not None else bucket + 1
        percent = min(100 * listed // self._buckets, 100)
        return SkuPage(skus=skus, next_cursor=next_cursor, percent=percent)

    def _read_cursor(self, cursor: str | None) -> tuple[int, str | None]:
        if cursor is None:
            return 0, None
        bucket, colon, after = cursor.partition(":")
        if not colon or not (bucket.isascii() and bucket.isdigit()) or len(bucket) > 6:
            raise Malformed("malformed_cursor", "this is no cursor of ours", field="cursor")
        return int(bucket), after or None

    def bundle_page(self, *, limit: int = 100, cursor: str | None = None) -> BundlePage:
        """Bundles by code, a page at a time; through an index, so the newest may be missing for a
        moment.
        """
        page = self._store.bundles(limit=limit, cursor=cursor)
        bundles = tuple(from_item(item, Bundle) for item in page.items)
        return BundlePage(bundles=bundles, next_cursor=page.next_cursor)

    def category_page(
        self, category: str, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[str], str | None]:
        """The codes of a category's own SKUs (not of those below it), and where to go on."""
        page = self._store.members(category, limit=limit, cursor=cursor)
        return [str(item["sku"]) for item in page.items], page.next_cursor
