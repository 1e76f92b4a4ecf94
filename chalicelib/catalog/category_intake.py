"""What product systems send of categories: bytes of JSON to inputs of the catalog.

Categories, 1 to 100 in a request, parents first; `parent` may be left out ("")::

    {"categories": [{"id": "C-1", "code": "TEA", "name": "Tea", "parent": ""}]}

`id` is the identity in the sending system; a field that isn't named here is refused.
"""

from __future__ import annotations

import msgspec

from chalicelib.catalog.model import CategoryInput
from chalicelib.kernel.strict_json import check_code, check_count, check_text, read_json

MOST_CATEGORIES = 100
"""Each is a transaction of its own, and a request has 29 seconds."""


class _Category(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    id: str
    code: str
    name: str
    parent: str = ""


class _Categories(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    categories: list[_Category]


def read_categories(body: bytes) -> tuple[CategoryInput, ...]:
    """The categories of a request; refused as `read_skus` does."""
    categories = read_json(body, _Categories).categories
    check_count(len(categories), field="categories", most=MOST_CATEGORIES)
    return tuple(_category(each, f"categories[{at}]") for at, each in enumerate(categories))


def _category(category: _Category, place: str) -> CategoryInput:
    check_text(category.id, field=f"{place}.id", least=1, most=100)
    check_code(category.code, field=f"{place}.code")
    check_text(category.name, field=f"{place}.name", least=1)
    if category.parent:
        check_code(category.parent, field=f"{place}.parent")
    return CategoryInput(**msgspec.structs.asdict(category))
