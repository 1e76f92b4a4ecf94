"""The control routes of the warehouse simulator, next to the common ones.

    GET  /_sim/warehouses                      PUT /_sim/warehouses/{code}     settings, merged
    GET  /_sim/stock?warehouse=&item=          PUT /_sim/stock                 opening stock
    GET  /_sim/items?warehouse=
    GET  /_sim/orders?warehouse=&status=       GET /_sim/orders/{code}
    GET  /_sim/entryorders?warehouse=&status=  GET /_sim/entryorders/{code}
    POST /_sim/entryorders/{code}/confirm      POST /_sim/entryorders/{code}/process
    POST /_sim/orders/{code}/confirm           POST /_sim/orders/{code}/process
    POST /_sim/orders/{code}/cancel_policy     POST /_sim/entryorders/{code}/cancel_policy
    POST /_sim/stockchange                     POST /_sim/send_raw
    POST /_sim/messages/{n}/send_again         POST /_sim/auto
    GET  /_sim/auto

    GET  /_sim/documents/{kind}/{code}         any document: return, stockout, process, count …

Every other message is sent by the routes of `telling`. A `warehouse` field (or query parameter)
may be left out where only one fits.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from local.simulators.application import (
    Application,
    JsonObject,
    Refused,
    Request,
    Response,
    json_response,
)
from local.simulators.fields import Fields, whole_number
from local.simulators.store import Store
from local.simulators.wms import settings
from local.simulators.wms.callbacks import SIGNINGS, Report
from local.simulators.wms.clock import MACHINE, Clock
from local.simulators.wms.course import STEPS
from local.simulators.wms.lots import lot_in
from local.simulators.wms.qimen import CONTENT_TYPE, codes_in
from local.simulators.wms.stock import NotEnough
from local.simulators.wms.warehouse import DELIVERY, ENTRY, KINDS, Warehouse
from local.simulators.wms.work import Work

Deed = Callable[[Warehouse, str, Fields], JsonObject]
_LISTED = ("code", "id", "warehouse", "order_type", "status", "created_at", "unacknowledged")


class Control:
    """Handlers of the control routes."""

    def __init__(self, warehouses: dict[str, Warehouse], store: Store, work: Work) -> None:
        self._warehouses = warehouses
        self._store = store
        self._work = work

    def add_to(self, application: Application) -> None:
        application.route("GET", "/_sim/warehouses", self._list_warehouses)
        application.route("PUT", "/_sim/warehouses/{code}", self._set_warehouse)
        application.route("GET", "/_sim/stock", self._list_stock)
        application.route("PUT", "/_sim/stock", self._set_stock)
        application.route("GET", "/_sim/items", self._list_items)
        application.route("POST", "/_sim/stockchange", self._change_stock)
        application.route("POST", "/_sim/send_raw", self._send_raw)
        application.route("POST", "/_sim/messages/{n}/send_again", self._send_again)
        application.route("GET", "/_sim/auto", self._list_auto)
        application.route("POST", "/_sim/auto", self._set_auto)
        application.route("GET", "/_sim/documents/{kind}/{code}", self._show_document)
        deeds = {DELIVERY: self._work.confirm_delivery, ENTRY: self._work.confirm_entry}
        for kind, path in ((DELIVERY, "/_sim/orders"), (ENTRY, "/_sim/entryorders")):
            one = f"{path}/{{code}}"
            application.route("GET", path, self._lister(kind))
            application.route("GET", one, self._shower(kind))
            application.route("POST", f"{one}/confirm", self._doer(kind, deeds[kind]))
            application.route("POST", f"{one}/process", self._doer(kind, self._work.report_step))
            application.route("POST", f"{one}/cancel_policy", self._set_cancel_policy)

    def set_auto(self, warehouse: Warehouse, fields: Fields) -> None:
        """Switches a warehouse's own working on or off; kept over restarts."""
        mode = {
            "enabled": fields.flag("enabled"),
            "step_seconds": fields.number("step_seconds", 1.0),
            "receive_seconds": fields.number("receive_seconds", 5.0),
            "steps": [each.text("status") for each in fields.objects("steps")] or list(STEPS),
        }
        warehouse.put("auto", "", mode)

    def one_of(self, request: Request) -> Warehouse:
        """The warehouse that a request names, or the only one there is."""
        return self._one(_named(request))

    def _one(self, name: str) -> Warehouse:
        """The warehouse named, or the only one there is."""
        if not name and len(self._warehouses) == 1:
            return next(iter(self._warehouses.values()))
        if not name:
            raise Refused(400, f"warehouse: one of {', '.join(self._warehouses)} is wanted")
        if name not in self._warehouses:
            raise Refused(404, f"no warehouse {name}")
        return self._warehouses[name]

    def _chosen(self, name: str) -> list[Warehouse]:
        return [self._one(name)] if name else list(self._warehouses.values())

    def _holder(self, kind: str, code: str, name: str) -> Warehouse:
        """The warehouse that has the order, which need not be named."""
        found = [each for each in self._chosen(name) if each.get(kind, code) is not None]
        if not found:
            raise Refused(404, f"no {kind} order {code}")
        if len(found) > 1:
            raise Refused(409, f"{code} is in several warehouses; name one")
        return found[0]

    def _lister(self, kind: str) -> Callable[[Request], Response]:
        def listed(request: Request) -> Response:
            status = request.parameter("status")
            orders = [
                {name: order[name] for name in _LISTED}
                for warehouse in self._chosen(request.parameter("warehouse"))
                for _, order in self._store.documents(kind, warehouse.code)
                if status in ("", order["status"])
            ]
            return json_response({"orders": orders})

        return listed

    def _shower(self, kind: str) -> Callable[[Request], Response]:
        def shown(request: Request) -> Response:
            code = request.arguments["code"]
            holder = self._holder(kind, code, request.parameter("warehouse"))
            return json_response(holder.get(kind, code))

        return shown

    def _show_document(self, request: Request) -> Response:
        kind, code = request.arguments["kind"], request.arguments["code"]
        if kind not in KINDS:
            raise Refused(404, f"no kind {kind}; {', '.join(KINDS)}")
        holder = self._holder(kind, code, request.parameter("warehouse"))
        return json_response(holder.get(kind, code))

    def _doer(self, kind: str, deed: Deed) -> Callable[[Request], Response]:
        def done(request: Request) -> Response:
            code, fields = request.arguments["code"], Fields(request.json())
            return json_response(deed(self._holder(kind, code, _named(request)), code, fields))

        return done

    def _set_cancel_policy(self, request: Request) -> Response:
        """May be set before the order comes."""
        fields = Fields(request.json())
        code = request.arguments["code"]
        policy = {
            "accept": fields.flag("accept"),
            "message": fields.text("message", f"订单已拣货, 不能取消: {code}"),
        }
        for warehouse in self._chosen(_named(request)):
            warehouse.put("cancel_policy", code, policy)
        return json_response({"code": code, **policy})

    def _list_warehouses(self, _: Request) -> Response:
        described = [each.settings.described() for each in self._warehouses.values()]
        return json_response({"warehouses": described})

    def _set_warehouse(self, request: Request) -> Response:
        """Adds a warehouse or changes some of its settings, until the process ends."""
        code, values = request.arguments["code"], request.json()
        old = self._warehouses.get(code)
        try:
            new = (
                settings.changed(old.settings, values)
                if old
                else settings.from_json({**values, "code": code})
            )
        except (ValueError, TypeError) as error:
            raise Refused(400, str(error)) from error
        self._warehouses[code] = Warehouse(
            new, self._store, self._clock(), together=self._warehouses
        )
        return json_response(self._warehouses[code].settings.described())

    def _clock(self) -> Clock:
        return next((each.clock for each in self._warehouses.values()), MACHINE)

    def _list_stock(self, request: Request) -> Response:
        item = request.parameter("item")
        rows = [
            {"warehouse": warehouse.code, "item": code}
            | row
            | {"physical": row["quantity"] + row["locked"]}
            for warehouse in self._chosen(request.parameter("warehouse"))
            for code in ([item] if item else warehouse.stock.items())
            for row in warehouse.stock.rows(code)
        ]
        return json_response({"stock": rows})

    def _set_stock(self, request: Request) -> Response:
        fields = Fields(request.json())
        warehouse = self._one(_named(request))
        with self._store.transaction():
            for each in fields.objects("items") or [fields]:
                try:
                    warehouse.stock.count(each.text("item"), lot_in(each), each.whole("quantity"))
                except NotEnough as error:
                    raise Refused(409, str(error)) from error
        return json_response({"warehouse": warehouse.code})

    def _list_items(self, request: Request) -> Response:
        items = [
            {"warehouse": warehouse.code, "item": code} | item
            for warehouse in self._chosen(request.parameter("warehouse"))
            for code, item in self._store.documents("item", warehouse.code)
        ]
        return json_response({"items": items})

    def _change_stock(self, request: Request) -> Response:
        fields = Fields(request.json())
        return json_response(self._work.change_stock(self._one(_named(request)), fields))

    def _send_raw(self, request: Request) -> Response:
        fields = Fields(request.json())
        try:
            body = base64.b64decode(fields.text("body", ""), validate=True)
        except binascii.Error as error:
            raise Refused(400, f"body: base64 is wanted: {error}") from error
        signing = fields.text("sign", "good")
        if signing not in SIGNINGS:
            raise Refused(400, f"sign: one of {', '.join(SIGNINGS)} is wanted")
        content_type = fields.text("content_type", CONTENT_TYPE)
        if not (content_type.isascii() and content_type.isprintable()):
            raise Refused(400, "content_type: a text that fits into a header is wanted")
        report = Report(
            method=fields.text("method"),
            body=body,
            codes=codes_in(body),
            overrides=fields.texts("query"),
            signing=signing,
            content_type=content_type,
            note="raw",
        )
        return json_response(self._work.send_raw(self._one(_named(request)), report))

    def _send_again(self, request: Request) -> Response:
        number = whole_number(request.arguments["n"])
        message = None if number is None else self._store.message(number)
        if message is None:
            raise Refused(404, f"no message {request.arguments['n']}")
        return json_response(self._work.send_again(self._one(message["peer"]), message["n"]))

    def _list_auto(self, _: Request) -> Response:
        modes = {each.code: each.get("auto", "") for each in self._warehouses.values()}
        return json_response({"auto": modes})

    def _set_auto(self, request: Request) -> Response:
        fields = Fields(request.json())
        for warehouse in self._chosen(_named(request)):
            self.set_auto(warehouse, fields)
        return self._list_auto(request)


def _named(request: Request) -> str:
    return request.parameter("warehouse") or Fields(request.json()).text("warehouse", "")
