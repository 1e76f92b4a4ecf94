"""Who is let in where: the table of all routes, and a site with one of everything to call them
about.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalice.test import HTTPResponse

from chalicelib.http.authorization import Role
from tests.fakes.cloud import Cloud
from tests.http.documents import as_json, purchase
from tests.http.world import EAST, Site

OPERATOR, INTEGRATOR, FINANCE = Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE
RAW = Role.RAW_READER


LETTERS = {
    "O": OPERATOR,
    "I": INTEGRATOR,
    "F": FINANCE,
    "R": RAW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Roles by letter (an admin has all), and what tokens bound to another shop, to another
    warehouse and to both of the document's own get: their HTTP status, or `-` where all alike are
    let in.
    """

    roles: str
    body: str = ""
    other_shop: str = "404"
    other_warehouse: str = "404"
    own_shop: str = "404"
    own_warehouse: str = "404"


TABLE = {
    "POST /v1/orders": None,
    "POST /v1/skus": None,
    "POST /v1/suppliers": None,
    "POST /v1/purchase-orders": None,
    "POST /wms/{code}/qimen": None,
    "GET /v1/orders/{order_no}": Row(roles="OIF", own_shop="-"),
    "GET /v1/orders/{order_no}/track": Row(roles="OI", own_shop="-"),
    "GET /v1/orders/{order_no}/invoices": Row(roles="OF", own_shop="-"),
    "POST /v1/orders/{order_no}/hold": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/release": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/cancel": Row(roles="OI", body="reason", own_shop="-"),
    "GET /v1/skus/{code}": Row(
        # Both shops and warehouses of the demo are of the SKU's owner.
        roles="OIF",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/purchase-orders/{number}": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/stock": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/entries/{document}": Row(
        roles="OF",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="-",
    ),
    "GET /v1/opening-stock/{warehouse}": Row(roles="OF", own_warehouse="-"),
    "POST /v1/opening-stock/{warehouse}": Row(roles="F", body="lines", own_warehouse="-"),
    "POST /v1/opening-stock/{warehouse}/close": Row(roles="F", own_warehouse="-"),
    "POST /v1/closes": Row(
        roles="F",
        body="day",
        other_shop="403",
        other_warehouse="403",
        own_shop="403",
        own_warehouse="403",
    ),
    "GET /v1/closes/{run}": Row(roles="OF", own_warehouse="-"),
    "GET /v1/closes/{run}/comparisons": Row(roles="OF", own_warehouse="-"),
    "POST /v1/closes/{run}/comparisons": Row(roles="OF", body="warehouse", own_warehouse="-"),
    "GET /v1/exceptions": Row(
        roles="O",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="empty",
    ),
    "POST /v1/numbers": Row(
        roles="I",
        body="buyer",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/messages": Row(
        roles="OIR",
        other_shop="empty",
        other_warehouse="empty",
        own_warehouse="empty",
        own_shop="-",
    ),
    "GET /v1/messages/{message_id}": Row(roles="OIR", own_shop="-"),
    "GET /v1/messages/{message_id}/raw": Row(roles="R", own_shop="-"),
}

BODIES = {
    "hold": {"hold": "MANUAL", "reason": "x"},
    "reason": {"reason": "x"},
    "lines": {"lines": [{"sku": "TEE", "quantity": 1, "value": "1.00"}]},
    "day": {"day": "2026-11-21"},
    "warehouse": {"warehouse": EAST},
    "buyer": {"buyer": "b"},
    "": None,
}


class Office:
    """A site with one of everything, and a way to call each route about it."""

    def __init__(self, cloud: Cloud) -> None:
        self.site = Site(cloud)
        self.site.master_data()
        self.site.in_stock()
        self.fulfilment = self.site.at_the_warehouse()
        self.order = self.fulfilment.rpartition("-")[0]
        posted = self.site.post("/v1/purchase-orders", purchase())
        message = str(self.site.oms.orders.order(self.order).message.message_id)
        self.paths = {
            "{order_no}": self.order,
            "{code}": "TEE",
            "{number}": str(posted.json_body["purchase_order"]),
            "{document}": f"OPENING-{EAST}",
            "{warehouse}": EAST,
            "{run}": "2026-11-21",
            "{message_id}": message,
        }

    def call(self, name: str, token: str | None) -> HTTPResponse:
        verb, _, path = name.partition(" ")
        for place, value in self.paths.items():
            path = path.replace(place, value)
        queries = {
            "GET /v1/stock": f"?warehouse={EAST}&sku=TEE",
            "GET /v1/closes/{run}": f"?warehouse={EAST}",
            "GET /v1/closes/{run}/comparisons": f"?warehouse={EAST}",
            "GET /v1/messages": f"?document={self.order}",
        }
        row = TABLE[name]
        content = BODIES[row.body] if row else None
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["Authorization"] = token
        return self.site.send(
            verb,
            path + queries.get(name, ""),
            body=b"" if content is None else as_json(content),
            headers=headers,
        )
