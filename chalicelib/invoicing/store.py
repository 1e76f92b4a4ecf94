"""Invoices as items of the table `documents`: `INVOICE#<no>` with `HEAD`, `CONTENT`, `PERSON`.

The head changes by version; the content and the sealed buyer are written once. gsi1
`INVOICES#<order no>` lists an order's invoices.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.invoicing.model import Buyer, Invoice, InvoiceContent
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.sealing import Sealed, Sealer
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Value, Writes


class InvoiceStore:
    """Keys, items and queries of invoices."""

    def __init__(self, items: Items, sealer: Sealer) -> None:
        self._items = items
        self._sealer = sealer

    def find(self, no: str) -> Invoice | None:
        """The head, by a consistent read."""
        item = self._items.get(_key(no, "HEAD"))
        return None if item is None else from_item(item, Invoice)

    def content(self, no: str) -> InvoiceContent:
        """What the invoice says."""
        return from_item(self._whole(no, "CONTENT"), InvoiceContent)

    def buyer(self, no: str) -> Buyer:
        """Who it is made out to; opened for sending only."""
        sealed = from_item(self._whole(no, "PERSON"), Sealed)
        return msgspec.json.decode(self._sealer.open(no, sealed), type=Buyer)

    def of_order(self, order_no: str) -> list[Invoice]:
        """An order's invoices, by number; through an index, so a moment late."""
        found = query_all(self._items, "documents", f"INVOICES#{order_no}", index="gsi1")
        return [from_item(item, Invoice) for item in found]

    def plan_new(self, invoice: Invoice, content: InvoiceContent, buyer: Buyer) -> Writes:
        """The three items; refused with `invoice_exists` if there is one of this number."""
        sealed = self._sealer.seal(invoice.no, msgspec.json.encode(buyer))
        parts = {"HEAD": _head(invoice), "CONTENT": to_item(content), "PERSON": to_item(sealed)}
        return Writes(
            Put(
                key=_key(invoice.no, part),
                item=item,
                condition=Absent(),
                refusal="invoice_exists",
            )
            for part, item in parts.items()
        )

    def plan_change(self, before: Invoice, after: Invoice) -> Writes:
        """The new head, if nobody else changed it: `invoice_changed`."""
        assert after.version == before.version + 1  # noqa: S101 - only a bug of ours can break it
        return Writes(
            [
                Put(
                    key=_key(after.no, "HEAD"),
                    item=_head(after),
                    condition=Equals("version", before.version),
                    refusal="invoice_changed",
                )
            ]
        )

    def _whole(self, no: str, part: str) -> Any:
        item = self._items.get(_key(no, part))
        if item is None:
            raise LookupError(f"invoice {no} has no {part}")
        return item


def _key(no: str, part: str) -> Key:
    return Key("documents", f"INVOICE#{no}", part)


def _head(invoice: Invoice) -> dict[str, Value]:
    return to_item(invoice) | {"gsi1pk": f"INVOICES#{invoice.order_no}", "gsi1sk": invoice.no}
