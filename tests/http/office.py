"""Who is let in where: the table of all routes, and a site with one of everything to call them
about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalice.test import HTTPResponse

from chalicelib.catalog.boms import parse_bom
from chalicelib.kernel.events import Event
from chalicelib.kernel.exceptions import ExceptionCase, plan_exception
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role
from chalicelib.kernel.writes import Writes
from chalicelib.movements.adjusting.intake import parse_adjustment_order
from chalicelib.movements.orders.intake import parse_movement_order
from chalicelib.movements.orders.model import PEOPLE
from chalicelib.movements.transfers.intake import parse_transfer
from tests.fakes.cloud import Cloud
from tests.http.documents import (
    adjustment_order,
    as_json,
    bom,
    bundle,
    movement,
    processing,
    purchase,
    transfer,
)
from tests.http.qimen import SUCCESS, delivery, entry, returned, said
from tests.http.world import EAST, SHOP, Site

OPERATOR, INTEGRATOR, FINANCE = Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE
RAW = Role.RAW_READER


LETTERS = {
    "O": OPERATOR,
    "I": INTEGRATOR,
    "F": FINANCE,
    "R": RAW,
    "A": Role.ADMIN,
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


def unbound(roles: str, *, body: str = "") -> Row:
    """What belongs to no shop and no warehouse: no token that is bound to one is let in."""
    return Row(
        roles=roles,
        body=body,
        other_shop="403",
        other_warehouse="403",
        own_shop="403",
        own_warehouse="403",
    )


TABLE = {
    "POST /v1/orders": None,
    "POST /v1/skus": None,
    "POST /v1/suppliers": None,
    "POST /v1/bundles": None,
    "POST /v1/categories": None,
    "POST /v1/purchase-orders": None,
    "POST /v1/returns": None,
    "POST /v1/delivery-appointments": None,
    "POST /wms/{code}/qimen": None,
    "GET /v1/orders/{order_no}": Row(roles="OIF", own_shop="-"),
    "GET /v1/orders/{order_no}/track": Row(roles="OI", own_shop="-"),
    "GET /v1/orders/{order_no}/invoices": Row(roles="OF", own_shop="-"),
    "POST /v1/orders/{order_no}/hold": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/release": Row(roles="O", body="hold", own_shop="-"),
    "POST /v1/orders/{order_no}/cancel": Row(roles="OI", body="reason", own_shop="-"),
    "POST /v1/orders/{order_no}/intercept": Row(roles="OI", own_shop="-"),
    "POST /v1/orders/{order_no}/source": Row(roles="O", own_shop="-"),
    "GET /v1/wms/{wms}/statuses": unbound("A"),
    "PUT /v1/wms/{wms}/statuses": unbound("A", body="rules"),
    "GET /v1/orders/{order_no}/returns": Row(roles="OIF", own_shop="-"),
    "POST /v1/orders/{order_no}/returns": Row(roles="O", body="return", own_shop="-"),
    "POST /v1/orders/{order_no}/reshipments": Row(roles="O", body="reshipment", own_shop="-"),
    "GET /v1/returns": Row(
        roles="OF",
        other_shop="empty",
        other_warehouse="empty",
        own_warehouse="empty",
        own_shop="-",
    ),
    "GET /v1/returns/{return_no}": Row(roles="OIF", own_shop="-"),
    "POST /v1/returns/{return_no}/approve": Row(roles="O", own_shop="-"),
    "POST /v1/returns/{return_no}/reject": Row(roles="O", own_shop="-"),
    "POST /v1/returns/{return_no}/cancel": Row(roles="OI", own_shop="-"),
    "POST /v1/returns/{return_no}/settle": Row(roles="O", own_shop="-"),
    "POST /v1/returns/{return_no}/refunded": Row(roles="F", body="reference", own_shop="-"),
    "GET /v1/returns/unclaimed": Row(
        roles="O", other_shop="empty", other_warehouse="empty", own_shop="empty", own_warehouse="-"
    ),
    "POST /v1/returns/unclaimed/{parcel}/match": Row(roles="O", body="match", own_warehouse="-"),
    "POST /v1/returns/unclaimed/{parcel}/end": Row(roles="F", body="ending", own_warehouse="-"),
    "GET /v1/skus/{code}": Row(
        # Both shops and warehouses of the demo are of the SKU's owner.
        roles="OIF",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/skus": Row(
        roles="OIF",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/bundles/{bundle}": Row(
        roles="OIF",
        other_shop="-",
        other_warehouse="-",
        own_shop="-",
        own_warehouse="-",
    ),
    "GET /v1/shops/{shop}": Row(roles="OIF", own_shop="-"),
    "GET /v1/warehouses/{warehouse}": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/wms/{wms}/drift": Row(roles="OI", own_warehouse="-"),
    "POST /v1/wms/{wms}/drift": Row(roles="O", body="fix", own_warehouse="-"),
    "POST /v1/wms/{wms}/queries": Row(roles="O", body="enquiry", own_warehouse="-"),
    "GET /v1/purchase-orders": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/purchase-orders/{number}": Row(roles="OIF", own_warehouse="-"),
    "POST /v1/purchase-orders/drafts": Row(roles="O", body="draft", own_warehouse="-"),
    "PUT /v1/purchase-orders/{number}": Row(roles="O", body="change", own_warehouse="-"),
    "POST /v1/purchase-orders/{number}/approve": Row(roles="O", body="version", own_warehouse="-"),
    "POST /v1/purchase-orders/{number}/cancel": Row(roles="O", body="because", own_warehouse="-"),
    "POST /v1/purchase-orders/{number}/close": Row(roles="O", body="because", own_warehouse="-"),
    "GET /v1/blind-receipts": Row(roles="OF", own_warehouse="-"),
    "POST /v1/receipts/{receipt}/attach": Row(roles="O", body="attach", own_warehouse="-"),
    "GET /v1/delivery-appointments": Row(roles="OF", own_warehouse="-"),
    "GET /v1/delivery-slots": Row(roles="OI", own_warehouse="-"),
    "GET /v1/delivery-calendars/{warehouse}": Row(roles="O", own_warehouse="-"),
    "PUT /v1/delivery-calendars/{warehouse}": Row(roles="A", body="calendar", own_warehouse="-"),
    "PUT /v1/purchase-orders/{number}/appointment": Row(roles="O", body="slot", own_warehouse="-"),
    "POST /v1/purchase-orders/{number}/appointment/cancel": Row(roles="O", own_warehouse="-"),
    "GET /v1/batches": Row(roles="OF", own_warehouse="-"),
    "GET /v1/batch-rules": unbound("OF"),
    "PUT /v1/batch-rules": unbound("A", body="batch_rule"),
    "GET /v1/tolerances": unbound("OF"),
    "PUT /v1/tolerances": unbound("A", body="tolerance"),
    "GET /v1/stock": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/closing-stock": Row(roles="OF", own_warehouse="-"),
    "GET /v1/entries": Row(roles="OF", own_warehouse="-"),
    "POST /v1/exports": Row(roles="OF", body="export", own_warehouse="-"),
    "GET /v1/exports/{export}": Row(roles="OF", own_warehouse="-"),
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
    "POST /v1/closes": unbound("F", body="day"),
    "GET /v1/closes/{run}": Row(roles="OF", own_warehouse="-"),
    "GET /v1/closes/{run}/comparisons": Row(roles="OF", own_warehouse="-"),
    "GET /v1/closes/{run}/audits": Row(roles="OF", own_warehouse="-"),
    "POST /v1/closes/{run}/comparisons": Row(roles="OF", body="warehouse", own_warehouse="-"),
    "GET /v1/exceptions": Row(
        roles="O",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="empty",
    ),
    "POST /v1/exceptions/settle": unbound("O", body="case"),
    "GET /v1/dispatches": Row(
        roles="OI",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="-",
    ),
    "POST /v1/dispatches/requeue": Row(roles="O", body="dispatch", own_warehouse="-"),
    "POST /v1/dispatches/resend": Row(roles="O", body="dispatch", own_warehouse="-"),
    "GET /v1/dispatches/{dispatch}": Row(roles="OI", own_warehouse="-"),
    "GET /v1/rules/{shop}": Row(roles="O", own_shop="-"),
    "PUT /v1/rules/{shop}": Row(roles="A", body="rules", own_shop="-"),
    "GET /v1/orders/{order_no}/notices": Row(roles="O", own_shop="-"),
    "POST /v1/notices/{notice}/renew": Row(roles="O", own_shop="-"),
    "PUT /v1/shops/{shop}/notices/{rule}": Row(roles="O", body="switch", own_shop="-"),
    "POST /v1/invoices/{invoice}/renew": Row(roles="F", own_shop="-"),
    "POST /v1/stock-messages/{stock_message}/renew": unbound("F"),
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
    "GET /v1/messages/{message_id}/content": Row(roles="OIR", own_shop="-"),
    "GET /v1/message-lines": Row(
        roles="OIR",
        other_shop="empty",
        other_warehouse="empty",
        own_shop="empty",
        own_warehouse="-",
    ),
    "POST /v1/messages/{message_id}/replay": Row(roles="O", body="reason", own_shop="-"),
    "POST /v1/messages/{message_id}/accept": Row(roles="O", body="reason", own_shop="-"),
    "POST /v1/movement-orders": None,
    "POST /v1/adjustment-orders": None,
    "POST /v1/adjustment-orders/by-hand": Row(
        roles="O", body="adjustment_order", own_warehouse="-"
    ),
    "GET /v1/adjustment-orders": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/adjustment-orders/{adjustment_order}": Row(roles="OIF", own_warehouse="-"),
    "POST /v1/adjustment-orders/{adjustment_order}/cancel": Row(roles="O", own_warehouse="-"),
    "POST /v1/transfers": None,
    "POST /v1/movement-orders/drafts": Row(roles="O", body="movement", own_warehouse="-"),
    "GET /v1/movement-orders": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/movement-orders/{movement_order}": Row(roles="OIF", own_warehouse="-"),
    "POST /v1/movement-orders/{movement_order}/approve": Row(roles="O", own_warehouse="-"),
    "POST /v1/movement-orders/{movement_order}/cancel": Row(roles="O", own_warehouse="-"),
    "POST /v1/transfers/drafts": Row(roles="O", body="transfer", own_warehouse="-"),
    "GET /v1/transfers": Row(roles="OIF", own_warehouse="-"),
    "GET /v1/transfers/{transfer}": Row(roles="OIF", other_warehouse="-", own_warehouse="-"),
    "POST /v1/transfers/{transfer}/approve": Row(roles="O", own_warehouse="-"),
    "POST /v1/transfers/{transfer}/cancel": Row(roles="O", own_warehouse="-"),
    "POST /v1/transfers/{transfer}/close": Row(roles="F", own_warehouse="-"),
    "POST /v1/boms": None,
    "POST /v1/processing-orders": None,
    "POST /v1/boms/by-hand": unbound("O", body="bom"),
    "GET /v1/boms/{bom}": unbound("OIF"),
    "POST /v1/processing-orders/drafts": Row(roles="O", body="processing", own_warehouse="-"),
    "GET /v1/periods": unbound("OF"),
    "GET /v1/periods/{period}": unbound("OF"),
    "GET /v1/periods/{period}/checklist": unbound("OF"),
    "POST /v1/periods/{period}/close": unbound("F", body="period"),
    "POST /v1/periods/{period}/reopen": unbound("F", body="reason"),
    "GET /v1/suspense": Row(
        roles="OF", other_shop="empty", other_warehouse="empty", own_shop="empty", own_warehouse="-"
    ),
    "GET /v1/suspense/{document}": Row(roles="OF", own_warehouse="-"),
    "POST /v1/suspense/{document}": Row(roles="F", body="suspense", own_warehouse="-"),
}

BODIES: dict[str, dict[str, Any] | None] = {
    "hold": {"hold": "MANUAL", "reason": "x"},
    "reason": {"reason": "x"},
    "lines": {"lines": [{"sku": "TEE", "quantity": 1, "value": "1.00"}]},
    "day": {"day": "2026-11-21"},
    "warehouse": {"warehouse": EAST},
    "export": {"id": "X-1", "warehouse": EAST, "since": "2026-11-21", "until": "2026-11-22"},
    "buyer": {"buyer": "b"},
    "case": {"id": "{case}", "because": "x"},
    "dispatch": {"dispatch": "{dispatch}"},
    "draft": purchase(id="by hand"),
    "change": purchase(version=1),
    "version": {"version": 1},
    "because": {"because": "x"},
    "attach": {"purchase_order": "{number}"},
    "calendar": {"version": 0},
    "slot": {"day": "2026-12-01", "starts": "09:00"},
    "batch_rule": {"template": "{supplier}-{date}"},
    "tolerance": {"percent": 5, "pieces": 1},
    "rules": {"rules": []},
    "switch": {"on": True},
    "fix": {"fix": False},
    "enquiry": {"query": "stock.query"},
    "return": {
        "id": "by hand",
        "fulfilment_no": "{fulfilment}",
        "lines": [{"line_no": 1, "units": [0]}],
    },
    "reshipment": {
        "id": "once more",
        "fulfilment_no": "{fulfilment}",
        "lines": [{"sku": "TEE", "quantity": 1}],
    },
    "reference": {"reference": "PAY-1"},
    "match": {"return_no": "TH0"},
    "ending": {"as": "SENT_BACK", "because": "nobody's"},
    "movement": movement(),
    "adjustment_order": adjustment_order(),
    "transfer": transfer(),
    "period": {"kind": "SOFT", "reason": "month end"},
    "suspense": {"kind": "SURPLUS", "because": "x"},
    "bom": bom(),
    "processing": processing(),
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
            "{bundle}": self._bundle(),
            "{wms}": EAST,
            "{number}": str(posted.json_body["purchase_order"]),
            "{receipt}": self._blind_receipt(),
            "{document}": f"OPENING-{EAST}",
            "{warehouse}": EAST,
            "{run}": "2026-11-21",
            "{message_id}": message,
            "{shop}": SHOP,
            "{rule}": "shipped",
            "{invoice}": self._invoice(),
            "{notice}": self._notice(),
            "{stock_message}": self._stock_message(),
            "{return_no}": self._return(),
            "{parcel}": self._parcel(),
            "{export}": self._export(),
        }
        self.paths |= self._drafts()
        self.dispatch = self._waiting_dispatch(self.paths["{number}"])
        self.case = self._case()

    def _drafts(self) -> dict[str, str]:
        """A movement order and a transfer, drafted by hand."""
        oms = self.site.oms
        moving = parse_movement_order(as_json(movement(id="M-9")))
        going = parse_transfer(as_json(transfer(id="T-9")))
        adjusting = parse_adjustment_order(as_json(adjustment_order(id="A-9")))
        by_hand = Source(message_id="token:li")
        oms.boms.put(PEOPLE, parse_bom(as_json(bom())), by_hand)
        return {
            "{bom}": "BOX",
            "{movement_order}": oms.movement_orders.take(PEOPLE, moving, by_hand)[0].no,
            "{adjustment_order}": oms.adjustment_orders.take(PEOPLE, adjusting, by_hand, by="li")[
                0
            ].no,
            "{transfer}": oms.transfers.take(PEOPLE, going, by_hand)[0].no,
        }

    def _waiting_dispatch(self, purchase_order: str) -> str:
        """The purchase order on its way to WH-EAST, whose WMS doesn't know its SKUs yet."""
        self.site.oms.warehouse.purchase_order_approved(
            self._event("PurchaseOrderApproved", purchase_order, warehouse=EAST)
        )
        return f"{purchase_order}#entryorder.create"

    def _blind_receipt(self) -> str:
        """What arrived and nobody announced."""
        confirm = entry("ASN-1", ("1", "TEE", 1))
        assert said(self.site.callback("entryorder.confirm", confirm)) == SUCCESS
        (waiting,) = self.site.oms.purchasing.pending(EAST, ["TEE"])
        self.site.oms.purchasing.post_receipt(waiting.document)
        return str(waiting.document)

    def _case(self) -> str:
        case = ExceptionCase(
            id=f"a_kind:{EAST}/TEE#1",
            kind="a_kind",
            document=self.order,
            text="something is odd",
            message_id="",
            raised_at=self.site.now,
        )
        self.site.oms.tables.commit(Writes([plan_exception(case)]))
        return case.id

    def _bundle(self) -> str:
        """A bundle of what is in stock."""
        posted = self.site.post("/v1/bundles", {"bundles": [bundle()]})
        assert posted.status_code == 200, posted.body
        return "SET"

    def _notice(self) -> str:
        """A notice that couldn't be sent yet."""
        parcel = {"parcel": "P1", "waybill": "SF1", "carrier": "SF"}
        (notice,) = self.site.oms.notices.notify(self._event("ParcelShipped", self.order, **parcel))
        return str(notice.id)

    def _invoice(self) -> str:
        """An invoice that was asked for and isn't sent yet, of another order, which is shipped."""
        no = self.site.at_the_warehouse(channel_order_id="an invoiced one")
        confirm = delivery(no, ("1", "TEE", 2), ("2", "MUG", 1))
        assert said(self.site.callback("deliveryorder.confirm", confirm)) == SUCCESS
        self.shipped = no
        order = no.rpartition("-")[0]
        (shipment,) = self.site.oms.orders.view(order).shipments
        self.site.oms.orders.post_shipment(shipment.id)
        invoice = self.site.oms.invoicing.request(order)
        assert invoice is not None
        return str(invoice.no)

    def _return(self) -> str:
        """A return that waits to be approved, of the order that is shipped."""
        body = {
            "id": "R-1",
            "fulfilment_no": self.shipped,
            "lines": [{"line_no": 1, "units": [0]}],
            "reason": "13712345678 says too small",
        }
        answer = self.site.post("/v1/returns", body, client=SHOP)
        assert answer.status_code == 201, answer.body
        return str(answer.json_body["return_no"])

    def _parcel(self) -> str:
        """A parcel that came back by itself and waits for a person."""
        back = returned("THEIRS-1", self.shipped, ("1", "MUG", 1))
        assert said(self.site.callback("returnorder.confirm", back)) == SUCCESS
        (pending,) = self.site.oms.returns.pending(EAST, ["MUG"])
        return str(self.site.oms.returns.post_unclaimed(pending.document).id)

    def _export(self) -> str:
        """An export of which nothing is written yet."""
        day = self.site.now.date()
        wanted, _ = self.site.oms.exports.request(
            "X-0", warehouse=EAST, since=day, until=day, by="li"
        )
        return str(wanted.id)

    def _stock_message(self) -> str:
        """A stock message that the upstream couldn't get yet."""
        event = self._event("EntriesPosted", f"OPENING-{EAST}", pools=[f"{EAST}/TEE"], kinds=[])
        return str(self.site.oms.stock_messages.send_stock(event).id)

    def _event(self, kind: str, subject: str, **data: Any) -> Event:
        return Event(
            id=f"{kind}:{subject}",
            kind=kind,
            subject=subject,
            occurred_at=self.site.now,
            correlation=subject,
            data=data,
        )

    def _content(self, row: Row) -> dict[str, Any] | None:
        """The row's body, with the ids of what is there."""
        content = BODIES[row.body]
        if content is None:
            return None
        ids = {
            "{case}": self.case,
            "{dispatch}": self.dispatch,
            "{fulfilment}": self.fulfilment,
            "{number}": self.paths["{number}"],
        }
        return {
            key: ids.get(value, value) if isinstance(value, str) else value
            for key, value in content.items()
        }

    def call(self, name: str, token: str | None) -> HTTPResponse:
        verb, _, path = name.partition(" ")
        for place, value in self.paths.items():
            path = path.replace(place, value)
        path = path.replace("{dispatch}", self.dispatch.replace("#", "%23"))
        queries = {
            "GET /v1/stock": f"?warehouse={EAST}&sku=TEE",
            "GET /v1/closing-stock": f"?warehouse={EAST}&day=2026-11-22&sku=TEE",
            "GET /v1/entries": f"?warehouse={EAST}&sku=TEE",
            "GET /v1/closes/{run}": f"?warehouse={EAST}",
            "GET /v1/closes/{run}/comparisons": f"?warehouse={EAST}",
            "GET /v1/closes/{run}/audits": f"?warehouse={EAST}",
            "GET /v1/messages": f"?document={self.order}",
            "GET /v1/message-lines": f"?peer=wms:{EAST}&day=2026-11-22",
            "GET /v1/purchase-orders": f"?warehouse={EAST}",
            "GET /v1/blind-receipts": f"?warehouse={EAST}",
            "GET /v1/delivery-appointments": f"?warehouse={EAST}&day=2026-12-01",
            "GET /v1/delivery-slots": f"?warehouse={EAST}&day=2026-12-01",
            "GET /v1/batches": f"?warehouse={EAST}&sku=TEE&batch=B1",
            "GET /v1/movement-orders": f"?warehouse={EAST}",
            "GET /v1/adjustment-orders": f"?warehouse={EAST}",
            "GET /v1/transfers": f"?warehouse={EAST}",
            "GET /v1/dispatches": "?state=RETRY",
            "GET /v1/returns": "?state=REQUESTED",
        }
        row = TABLE[name]
        content = self._content(row) if row else None
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["Authorization"] = token
        return self.site.send(
            verb,
            path + queries.get(name, ""),
            body=b"" if content is None else as_json(content),
            headers=headers,
        )
