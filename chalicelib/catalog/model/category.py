"""Categories (品类): a tree by the codes of parents."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.provenance import Source

MOST_LEVELS = 10
"""How deep the tree may be, its root counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category as it is now. `parent` is a code, "" at the root."""

    code: str
    source: str
    source_id: str
    name: str
    parent: str = ""
    version: int = 1
    message: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryInput:
    """What the product system says about one category; `id` is its identity there."""

    id: str
    code: str
    name: str
    parent: str = ""


def new_category(given: CategoryInput, *, source: str, message: Source) -> Category:
    """The first version of a category as its source describes it."""
    return Category(
        code=given.code,
        source=source,
        source_id=given.id,
        name=given.name,
        parent=given.parent,
        message=message,
    )
