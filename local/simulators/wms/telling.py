"""The control routes that make the simulator say something, or go wrong.

    POST /_sim/send/{method}    any message of the protocol that a warehouse sends
    GET  /_sim/rules            POST /_sim/rules (one more)    DELETE /_sim/rules (none any more)
    POST /_sim/restart          away for `seconds`
    POST /_sim/advance          moves a time that stands still by `seconds`
    GET  /state                 stock and documents

`send` takes what the message needs and fills in the rest: `{"code": "D1"}` confirms a whole order.
"""

from __future__ import annotations

from collections.abc import Callable

from local.simulators.application import Application, JsonObject, Refused, Request, Response
from local.simulators.application import json_response as said
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms.automatic import Automatic
from local.simulators.wms.deeds import Deeds
from local.simulators.wms.desk import POST
from local.simulators.wms.incoming import Incoming
from local.simulators.wms.reports import REPORTS
from local.simulators.wms.rules import Rules
from local.simulators.wms.strict import Refusal
from local.simulators.wms.warehouse import KINDS, Warehouse
from local.simulators.wms.work import Work

MOST_SECONDS = 10.0**7
Answering = Callable[[Warehouse, Fields], object]


class Telling:
    """Handlers of these routes."""

    def __init__(
        self,
        one: Callable[[Request], Warehouse],
        store: Store,
        *,
        work: Work,
        deeds: Deeds,
        rules: Rules,
        incoming: Incoming,
        automatic: Automatic,
    ) -> None:
        self._one = one
        self._store = store
        self._work = work
        self._rules = rules
        self._incoming = incoming
        self._automatic = automatic
        by_code = {
            "entryorder.confirm": work.confirm_entry,
            "deliveryorder.confirm": work.confirm_delivery,
            "orderprocess.report": work.report_step,
            "returnorder.confirm": deeds.confirm_return,
            "stockout.confirm": deeds.confirm_stockout,
            "storeprocess.confirm": deeds.confirm_process,
            "transferorder.report": deeds.report_transfer,
            "inventory.synchronize.report": deeds.report_adjustment,
        }
        self._answering: dict[str, Answering] = {
            "stockchange.report": work.change_stock,
            "inventory.report": deeds.count,
            "deliveryorder.batchconfirm": deeds.confirm_batch,
        }
        for method, deed in by_code.items():
            self._answering[method] = _coded(deed)
        for method in REPORTS:
            self._answering[method] = self._teller(method)

    def add_to(self, application: Application) -> None:
        application.route("POST", "/_sim/send/{method}", self._send)
        application.route("GET", "/_sim/rules", lambda _: self._listed())
        application.route("POST", "/_sim/rules", self._add_rule)
        application.route("DELETE", "/_sim/rules", self._clear_rules)
        application.route("POST", "/_sim/restart", self._restart)
        application.route("POST", "/_sim/advance", self._advance)

    @property
    def methods(self) -> frozenset[str]:
        """Every message that can be sent."""
        return frozenset(self._answering)

    def _teller(self, method: str) -> Answering:
        def told(warehouse: Warehouse, fields: Fields) -> JsonObject:
            return {"answers": self._work.tell(warehouse, method, fields)}

        return told

    def _send(self, request: Request) -> Response:
        method = request.arguments["method"].removeprefix("taobao.qimen.")
        if method not in self._answering:
            raise Refused(404, f"a warehouse sends no {method}; {', '.join(sorted(self.methods))}")
        fields = Fields(request.json())
        try:
            return said(self._answering[method](self._one(request), fields))
        except Refusal as refusal:  # a message would be answered `failure`
            raise Refused(404, refusal.message) from refusal

    def _listed(self) -> Response:
        return said({"seed": self._rules.chance.seed, "rules": self._rules.described()})

    def _add_rule(self, request: Request) -> Response:
        self._rules.add(Fields(request.json()))
        return self._listed()

    def _clear_rules(self, _: Request) -> Response:
        self._rules.clear()
        return self._listed()

    def _restart(self, request: Request) -> Response:
        seconds = _seconds(request, 1.0)
        self._incoming.leave(seconds)
        return said({"away_seconds": seconds})

    def _advance(self, request: Request) -> Response:
        return said({"done": self._automatic.advance(_seconds(request, 0.0))})


def state(warehouses: dict[str, Warehouse], store: Store) -> JsonObject:
    """Stock and documents of every warehouse, and how many messages wait to leave."""
    return {
        "warehouses": {
            code: {
                "time": warehouse.time(),
                "stock": [
                    {"item": item} | row
                    for item in warehouse.stock.items()
                    for row in warehouse.stock.rows(item)
                ],
                "items": {item: body["item_id"] for item, body in store.documents("item", code)},
                "shops": _told(store, "shop", code),
                "places": _told(store, "place", code),
                "documents": {
                    kind: [body for _, body in store.documents(kind, code)] for kind in KINDS
                },
                "waiting": len(store.documents(POST, code)),
            }
            for code, warehouse in list(warehouses.items())
        }
    }


def _told(store: Store, kind: str, warehouse: str) -> JsonObject:
    """What was made known of shops, or of warehouses, by code."""
    return {code: body["fields"] for code, body in store.documents(kind, warehouse)}


def _coded(deed: Callable[[Warehouse, str, Fields], JsonObject]) -> Answering:
    return lambda warehouse, fields: deed(warehouse, fields.text("code"), fields)


def _seconds(request: Request, default: float) -> float:
    seconds = Fields(request.json()).number("seconds", default)
    if not 0 <= seconds <= MOST_SECONDS:
        raise Refused(400, f"seconds: 0 to {MOST_SECONDS:.0f} are wanted")
    return seconds
