"""Whose orders a WMS has, so that it can ask for them by person (order.query).

| item | pk | sk | index |
| --- | --- | --- | --- |
| recipient of a delivery | `RECIPIENT#<fulfilment>` | `HEAD` | gsi1 `RECIPIENTS#<wms>#<digest>` /
when it was ordered and the fulfilment |

A recipient is a keyed digest of name and mobile together, written when the delivery order goes out,
and only for a WMS that asks such questions (`Connection.finds_orders`). Nobody is found by a name
or a number alone, and no WMS finds what another one has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.writes import Absent, AnyOf, Exists, Key, Put, Writes
from chalicelib.orders.model import Fulfilment, Order, Person

TABLE = "documents"
MOST_FOUND = 50
"""Deliveries of one person that are looked at, the newest first."""

Digest: TypeAlias = Callable[[str], str]
"""Tells texts apart without keeping them (`notices.recipients.RecipientDigest`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """That a delivery goes to the person behind a digest. No personal data."""

    fulfilment: str
    wms: str
    source_order_code: str
    ordered_at: datetime


class Recipients:
    """Writes down and finds who gets what."""

    def __init__(self, *, items: Items, digest: Digest) -> None:
        self._items = items
        self._digest = digest

    def plan_kept(self, wms: str, fulfilment: Fulfilment, order: Order, person: Person) -> Writes:
        """The delivery under its recipient; said again, it is the same."""
        kept = Recipient(
            fulfilment=fulfilment.no,
            wms=wms,
            source_order_code=order.channel_order_id,
            ordered_at=order.created_at,
        )
        index = {
            "gsi1pk": self._partition(wms, person.name, person.mobile),
            "gsi1sk": f"{to_text(order.created_at)}#{fulfilment.no}",
        }
        return Writes(
            [
                Put(
                    key=Key(TABLE, f"RECIPIENT#{fulfilment.no}", "HEAD"),
                    item=to_item(kept) | index,
                    condition=AnyOf((Absent(), Exists())),
                    refusal="recipient_written",
                )
            ]
        )

    def of_person(self, wms: str, name: str, mobile: str) -> list[Recipient]:
        """The deliveries that a WMS was sent for a person, the newest first; through an index, so a
        moment late.
        """
        page = self._items.query(
            TABLE,
            self._partition(wms, name, mobile),
            index="gsi1",
            limit=MOST_FOUND,
            forward=False,
        )
        return [from_item(item, Recipient) for item in page.items]

    def _partition(self, wms: str, name: str, mobile: str) -> str:
        # Together, so that a list of all numbers there are finds nobody.
        return f"RECIPIENTS#{wms}#{self._digest(f'{name.strip()}#{mobile.strip()}')}"
