"""What invoicing reads of the slices before it (their services answer)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chalicelib.catalog.model import Shop
from chalicelib.orders.model import Fulfilment, Order, Person


class Orders(Protocol):
    """What invoicing reads of orders."""

    def order(self, order_no: str) -> Order: ...

    def fulfilments(self, order_no: str) -> Sequence[Fulfilment]: ...

    def person(self, order_no: str) -> Person: ...


class Shops(Protocol):
    """What invoicing reads of the catalog."""

    def shop(self, code: str) -> Shop: ...
