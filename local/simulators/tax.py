"""A tax platform that speaks Nuonuo's SaaS interface: signed requests, issuing in the background.

    python -m local.simulators.tax --port 9400 --app-key K --secret S --token T --state DIR

    POST /open/v1/services          requestBillingNew, queryInvoiceResult (header `method`)
    POST /accessToken               client_credentials
    GET  /_sim/invoices             every invoice, by request number
    GET  /_sim/invoices/{order_no}  one
    PUT  /_sim/outcomes/{order_no}  {"status": "22", "cause": …}: how it ends; `any` for all to come

The first `--polls` questions about an invoice are answered "being issued". A request number that
came before is refused with E9106, whatever the first request came to. Behaviours (see `behaviour`)
go by the method's last word.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

from local.simulators.application import (
    Application,
    JsonObject,
    Refused,
    Request,
    Response,
    json_response,
)
from local.simulators.behaviour import Behaviours
from local.simulators.control import add_control_routes
from local.simulators.fields import Fields
from local.simulators.intake import Answer, Intake
from local.simulators.server import arguments, main
from local.simulators.store import Store, present
from local.simulators.tax_checks import Fault, TaxSettings, check_envelope, checked_row

PEER, KIND, OUTCOMES = "tax", "invoice", "outcome"
MOST_ROWS, MOST_ASKED = 2000, 50
REQUIRED = (
    "buyerName",
    "salerTaxNum",
    "salerTel",
    "salerAddress",
    "orderNo",
    "invoiceDate",
    "clerk",
)


class TaxPlatform:
    """The platform: what it checks, keeps and answers."""

    def __init__(
        self,
        settings: TaxSettings,
        store: Store,
        behaviours: Behaviours,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._now = now
        self._store = store
        self._intake = Intake(store, behaviours)
        self._methods: dict[str, Callable[[JsonObject], object]] = {
            "requestBillingNew": self._issue,
            "queryInvoiceResult": self._query,
        }

    def services(self, request: Request) -> Response:
        """Answers one call: kept first, then checked, then done. HTTP 200 always."""
        method = request.headers.get("method", "").rpartition(".")[2]
        return self._intake.take(
            request,
            peer=PEER,
            method=method,
            codes=_codes(request),
            answer=lambda: _said(*self._answer(method, request)),
            failure=lambda ordered: _said(ordered.code, ordered.message, None),
        )

    def token(self, request: Request) -> Response:
        """The access token, for the application's key and secret."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        known = (self._settings.app_key, self._settings.secret)
        if (form.get("client_id"), form.get("client_secret")) != known:
            return json_response({"error": "invalid_client"}, 401)
        return json_response({"access_token": self._settings.token, "expires_in": 86400})

    def listed(self, _: Request) -> Response:
        """Every invoice."""
        return json_response({"invoices": [body for _, body in self._store.documents(KIND, PEER)]})

    def shown(self, request: Request) -> Response:
        """One invoice by its request number."""
        found = self._store.get(KIND, PEER, request.arguments["order_no"])
        if found is None:
            raise Refused(404, "no such invoice")
        return json_response(found)

    def set_outcome(self, request: Request) -> Response:
        """How a request to come, or one under way, will end."""
        fields = Fields(request.json())
        outcome = {"status": fields.text("status", "22"), "cause": fields.text("cause", "开票失败")}
        self._store.put(OUTCOMES, PEER, request.arguments["order_no"], outcome)
        return json_response(outcome)

    def _answer(self, method: str, request: Request) -> tuple[str, str, object]:
        try:
            check_envelope(request, self._settings, self._now())
            if method not in self._methods:
                raise Fault("S0001", f"未知的方法: {method}")
            with self._store.transaction():
                return "E0000", "成功", self._methods[method](request.json())
        except Fault as fault:
            return fault.code, fault.text, None
        except Refused as refusal:
            return "E9001", refusal.message, None

    def _issue(self, body: JsonObject) -> object:
        given = body.get("order")
        if not isinstance(given, dict):
            raise Fault("E9001", "order 不能为空")
        order = Fields(given)
        order_no = order.text("orderNo", "")
        for name in REQUIRED:
            if not order.text(name, ""):
                raise Fault("E9001", f"{name} 不能为空")
        if len(order_no) > 20:
            raise Fault("E9002", "orderNo 超过 20 位")
        rows = order.objects("invoiceDetail")
        if not 0 < len(rows) <= MOST_ROWS:
            raise Fault("E9003", f"明细行为 1 到 {MOST_ROWS} 行")
        sums = [checked_row(row, number) for number, row in enumerate(rows, start=1)]
        if self._store.get(KIND, PEER, order_no) is not None:
            raise Fault("E9106", f"订单编号不能重复: {order_no}")
        serial = f"{self._now():%y%m%d%H%M%S}{self._store.next_number('serial'):08d}"
        self._store.put(
            KIND,
            PEER,
            order_no,
            {
                "orderNo": order_no,
                "serialNo": serial,
                "status": "20",
                "polls": 0,
                "number": "",
                "buyer": order.text("buyerName"),
                "seller": order.text("salerTaxNum"),
                "rows": len(rows),
                "gross": str(sum((each[0] for each in sums), Decimal(0))),
                "net": str(sum((each[1] for each in sums), Decimal(0))),
                "tax": str(sum((each[2] for each in sums), Decimal(0))),
            },
        )
        return {"invoiceSerialNum": serial}

    def _query(self, body: JsonObject) -> object:
        asked = body.get("serialNos") or body.get("orderNos")
        if not isinstance(asked, list) or not 0 < len(asked) <= MOST_ASKED:
            raise Fault("E9004", f"一次查询 1 到 {MOST_ASKED} 张")
        found = [
            each
            for _, each in self._store.documents(KIND, PEER)
            if each["orderNo"] in asked or each["serialNo"] in asked
        ]
        if not found:
            raise Fault("E9500", "未查询到发票信息")
        return [self._state(each) for each in found]

    def _state(self, body: JsonObject) -> JsonObject:
        if body["status"] == "20":
            body["polls"] += 1
            if body["polls"] > self._settings.polls:
                self._finish(body)
            self._store.put(KIND, PEER, body["orderNo"], body)
        answer = {name: body[name] for name in ("orderNo", "serialNo", "status")}
        if body["status"] == "20":
            return answer | {"statusMsg": "开票中"}
        if body["status"] != "2":
            return answer | {"statusMsg": "开票失败", "failCause": body["cause"]}
        return answer | {
            "statusMsg": "开票完成",
            "invoiceCode": "",
            "invoiceNo": body["number"],
            "allElectronicInvoiceNumber": body["number"],
            "invoiceTime": body["time"],
            "exTaxAmount": body["net"],
            "taxAmount": body["tax"],
            "orderAmount": body["gross"],
            "payerName": body["buyer"],
        }

    def _finish(self, body: JsonObject) -> None:
        order_no = body["orderNo"]
        ordered = self._store.get(OUTCOMES, PEER, order_no) or self._store.get(
            OUTCOMES, PEER, "any"
        )
        body["status"] = ordered["status"] if ordered else "2"
        body["cause"] = ordered["cause"] if ordered else ""
        if body["status"] == "2":
            year, province, channel = f"{self._now():%y}", "31", "2"
            serial = self._store.next_number("number")
            body["number"] = f"{year}{province}{channel}{serial:015d}"
            body["time"] = int(self._now().timestamp()) * 1000


def _said(code: str, text: str, result: object) -> Answer:
    return code, json_response({"code": code, "describe": text, "result": result})


def _codes(request: Request) -> tuple[str, ...]:
    """The request numbers in a body, to find its message by."""
    try:
        body = request.json()
    except Refused:
        return ()
    order = body.get("order")
    numbers = [order.get("orderNo")] if isinstance(order, dict) else body.get("orderNos")
    return tuple(each for each in numbers or () if isinstance(each, str))


def build(
    settings: TaxSettings, folder: Path, *, now: Callable[[], datetime] = present
) -> Application:
    """The simulator on a folder of its own; `now` is its clock."""
    application = Application("tax")
    store = Store(folder)
    application.on_stop(store.close)
    behaviours = Behaviours(application.stopping)
    platform = TaxPlatform(settings, store, behaviours, now)
    application.route("POST", "/open/v1/services", platform.services)
    application.route("POST", "/accessToken", platform.token)
    application.route("GET", "/_sim/invoices", platform.listed)
    application.route("GET", "/_sim/invoices/{order_no}", platform.shown)
    application.route("PUT", "/_sim/outcomes/{order_no}", platform.set_outcome)
    add_control_routes(application, store, behaviours)
    return application


def _arguments() -> argparse.Namespace:
    parser = arguments("tax", __doc__)
    parser.add_argument("--app-key", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--token", required=True, help="the access token that is good")
    parser.add_argument("--polls", type=int, default=2, help="questions answered 'being issued'")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    chosen = TaxSettings(
        app_key=given.app_key, secret=given.secret, token=given.token, polls=given.polls
    )
    sys.exit(main(lambda: build(chosen, given.state), port=given.port))
