"""Combined items (组合商品): one code that stands for several."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An item in a combined one, and how many of it."""

    item_code: str
    quantity: int
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombineItemSync:
    """What a combined item is made of (combineitem.synchronize)."""

    item_code: str
    owner_code: str
    warehouse_code: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CombineItemAnswer:
    """A combined item as the WMS has it; no components where it has none."""

    answer: Answer
    item_code: str = ""
    components: tuple[Component, ...] = ()
    rest: Rest = field(default=(), repr=False)
