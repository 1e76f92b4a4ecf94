"""A question of a person to a WMS, from JSON.

It names our own documents and codes: those of the warehouses that this WMS has. One page is asked
for at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.strict_json import check_range, check_text, read_json
from chalicelib.warehouse import methods

MOST_PAGES = 10_000

FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    methods.ORDERSTATUS_BATCHQUERY: (("since",), ("until", "warehouse", "order_type")),
    methods.ITEMLACK_QUERY: (("fulfilment",), ()),
    methods.STOCK_QUERY: ((), ("warehouse", "sku", "inventory_type")),
    methods.INVENTORYBATCH_QUERY: (("warehouse", "sku"), ()),
    methods.INVENTORYCHECK_QUERY: (("count",), ("warehouse",)),
    methods.WAREHOUSEINFO_QUERY: ((), ("warehouse",)),
    methods.TRANSFERORDER_QUERY: (("transfer",), ()),
}
"""What each query needs, and what it may have."""

_ONE_PAGE = frozenset({methods.WAREHOUSEINFO_QUERY, methods.TRANSFERORDER_QUERY})
"""Queries whose answers the protocol doesn't page."""


class Enquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question: `since` and `until` are moments with an offset, `count` the WMS's number of a
    stock count; of the rest `FIELDS` says which query takes it.
    """

    query: str
    since: str = ""
    until: str = ""
    warehouse: str = ""
    order_type: str = ""
    fulfilment: str = ""
    transfer: str = ""
    sku: str = ""
    inventory_type: str = ""
    count: str = ""
    page: int = 1


def parse_enquiry(body: bytes) -> Enquiry:
    """A question from JSON; `Malformed` or `Refused` with the field."""
    given = read_json(body, Enquiry)
    if given.query not in FIELDS:
        raise Malformed("malformed_field", f"one of {', '.join(FIELDS)}", field="query")
    needed, allowed = FIELDS[given.query]
    for name in Enquiry.__struct_fields__:
        text = getattr(given, name)
        if name in ("query", "page"):
            continue
        if text and name not in (*needed, *allowed):
            raise Malformed("unknown_field", f"{given.query} takes no {name}", field=name)
        if name in needed and not text:
            raise Malformed("missing_field", "this field has to be there", field=name)
        check_text(text, field=name, most=50)
    most = 1 if given.query in _ONE_PAGE else MOST_PAGES
    check_range(given.page, field="page", least=1, most=most)
    return given
