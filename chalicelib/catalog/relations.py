"""What documents of a batch say of others: a SKU of its category, a bundle of its parts, a category
of its parent. Read once per batch; what was read is checked again by the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.catalog.model import MOST_LEVELS, Bundle, Category, Sku
from chalicelib.catalog.store import CatalogStore, Document, Master, move_member, unchanged
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.writes import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What the documents of a batch name, as it was read."""

    categories: dict[str, Category] = field(default_factory=dict)
    skus: dict[str, Sku] = field(default_factory=dict)

    def completed(self, document: Master) -> Master:
        """The document with what others say of it: a SKU with its category's name."""
        if isinstance(document, Sku):
            category = self.categories.get(document.category)
            return replace(document, category_name=category.name if category else "")
        return document

    def check(self, document: Document) -> None:
        """`Refused` where a document names what isn't there or what it can't name."""
        if isinstance(document, Bundle):
            self._check_components(document)
        elif isinstance(document, Category):
            self._ancestors(document)

    def checks(self, written: Iterable[Document]) -> list[Write]:
        """That what the written documents name is still as it was read."""
        named: dict[str, int] = {}
        for document in written:
            if isinstance(document, Sku) and is_code(document.category):
                found = self.categories.get(document.category)
                named[document.category] = found.version if found else 0
            elif isinstance(document, Category):
                named |= {each.code: each.version for each in self._ancestors(document)}
        return [unchanged(Category, code, version) for code, version in named.items()]

    def moves(self, document: Document, held: Document | None) -> list[Write]:
        """A SKU's place among its category's."""
        if not isinstance(document, Sku):
            return []
        before = held.category if isinstance(held, Sku) and is_code(held.category) else ""
        after = document.category if is_code(document.category) else ""
        return move_member(document.code, before=before, after=after)

    def _check_components(self, bundle: Bundle) -> None:
        for at, component in enumerate(bundle.components):
            sku = self.skus.get(component.sku)
            if sku is None or sku.owner != bundle.owner:
                raise Refused(
                    "unknown_component",
                    "a part is a SKU of the bundle's owner",
                    field=f"components[{at}].sku",
                )

    def _ancestors(self, category: Category) -> list[Category]:
        chain: list[Category] = []
        parent = category.parent
        while parent:
            if parent == category.code:
                raise Refused("category_loop", "it can't be below itself", field="parent")
            if parent not in self.categories:
                raise Refused("unknown_category", "there is no such category", field="parent")
            if len(chain) == MOST_LEVELS - 1:
                raise Refused("category_too_deep", f"at most {MOST_LEVELS} levels", field="parent")
            chain.append(self.categories[parent])
            parent = chain[-1].parent
        return chain


def related(store: CatalogStore, batch: Sequence[Document]) -> Related:
    """Reads what the documents of a batch name."""
    parts = [
        each.sku
        for document in batch
        if isinstance(document, Bundle)
        for each in document.components
    ]
    categories = {
        document.category
        for document in batch
        if isinstance(document, Sku) and is_code(document.category)
    }
    found = store.masters(Category, categories)
    for document in batch:
        if isinstance(document, Category):
            found |= _above(store, document)
    return Related(categories=found, skus=store.masters(Sku, parts))


def _above(store: CatalogStore, category: Category) -> dict[str, Category]:
    """The categories from its parent to the root, as far as the tree may go."""
    found: dict[str, Category] = {}
    parent = category.parent
    while parent and parent not in found and len(found) <= MOST_LEVELS:
        read = store.masters(Category, (parent,))
        if not read:
            break
        found |= read
        parent = read[parent].parent
    return found
