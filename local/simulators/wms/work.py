"""What people in the warehouse do: receive, ship, report steps, count, send again.

Each deed changes the warehouse's own books and keeps its message in one transaction, then sends
it: what physically happened stays, whatever the OMS answers.
"""

from __future__ import annotations

from typing import Any

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms import qimen, receiving, shipping
from local.simulators.wms.callbacks import Callbacks, Outgoing, Report
from local.simulators.wms.lots import described_lot, lot_in
from local.simulators.wms.stock import NotEnough
from local.simulators.wms.warehouse import DELIVERY, ENTRY, FINISHED, Warehouse


class Work:
    """The deeds, for all warehouses of a simulator. Each returns what the OMS answered."""

    def __init__(self, store: Store, callbacks: Callbacks) -> None:
        self._store = store
        self._callbacks = callbacks

    def confirm_entry(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Goods arrived: they go on the shelf, and entryorder.confirm is sent."""
        with self._store.transaction():
            order, confirm_type = _opened(warehouse, ENTRY, code, fields)
            goods = receiving.received(order, fields)
            for each in goods:
                _booked(receiving.put_on_shelf, warehouse, order, each)
            order["status"] = "FULFILLED" if confirm_type == "0" else "PARTFULFILLED"
            out_biz_code, time = _identity(order, fields)
            content = {
                "entryOrder": receiving.confirm_header(order, confirm_type, out_biz_code, time),
                "orderLines": [receiving.confirm_line(warehouse, order, each) for each in goods],
            }
            outgoing = self._prepared(
                warehouse, order, kind=ENTRY, method="entryorder.confirm", content=content
            )
        return self._sent(warehouse, outgoing)

    def confirm_delivery(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Parcels left: off the shelf, and deliveryorder.confirm is sent."""
        with self._store.transaction():
            order, confirm_type = _opened(warehouse, DELIVERY, code, fields)
            goods = shipping.shipped(order, fields)
            lines = []
            for each in goods:
                pieces = _booked(shipping.take_from_shelf, warehouse, order, each)
                lines.append(shipping.confirm_line(warehouse, order, each, pieces))
            order["status"] = "DELIVERED" if confirm_type == "0" else "PARTDELIVERED"
            if confirm_type == "0":
                warehouse.stock.release(order["allocations"])
                order["allocations"] = []
            parcels = shipping.packages(warehouse, order, goods, fields)
            order["packages"] += parcels
            out_biz_code, time = _identity(order, fields)
            content = {
                "deliveryOrder": shipping.confirm_header(order, confirm_type, out_biz_code, time),
                "packages": parcels,
                "orderLines": lines,
            }
            outgoing = self._prepared(
                warehouse, order, kind=DELIVERY, method="deliveryorder.confirm", content=content
            )
        return self._sent(warehouse, outgoing)

    def report_step(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """A step of an order, and orderprocess.report."""
        step = {
            "status": fields.text("status"),
            "time": fields.text("operate_time", qimen.china_time()),
            "info": fields.text("info", ""),
            "operator": fields.text("operator", "仓库操作员"),
        }
        with self._store.transaction():
            kind, order = warehouse.order(code)
            order["processes"].append(step)
            if step["status"] == "ACCEPT" and order["status"] == "NEW":
                order["status"] = "ACCEPT"
            owner = order["header"].get("ownerCode") or order["lines"][0]["owner"]
            content = {
                "order": {
                    "orderCode": code,
                    "orderId": order["id"],
                    "orderType": order["order_type"],
                    "warehouseCode": warehouse.code,
                    "ownerCode": owner,
                },
                "process": {
                    "processStatus": step["status"],
                    "operatorName": step["operator"],
                    "operateTime": step["time"],
                    "operateInfo": step["info"],
                    "expressCode": fields.text("express_code", "") or None,
                },
            }
            outgoing = self._prepared(
                warehouse, order, kind=kind, method="orderprocess.report", content=content
            )
        return self._sent(warehouse, outgoing)

    def change_stock(self, warehouse: Warehouse, fields: Fields) -> JsonObject:
        """More or less on the shelf: stockchange.report, or nothing said at all (`silent`)."""
        silent = fields.flag("silent", False)
        with self._store.transaction():
            items = [self._changed(warehouse, item) for item in fields.objects("items")]
            if not items:
                raise Refused(400, "items: at least one is wanted")
            if silent:
                return {"silent": True}
            codes = tuple(dict.fromkeys(item["orderCode"] for item in items))
            body = qimen.xml("request", {"items": items})
            report = Report(method="stockchange.report", body=body, codes=codes)
            outgoing = self._callbacks.prepare(warehouse, report)
        return self._sent(warehouse, outgoing)

    def send_raw(self, warehouse: Warehouse, report: Report) -> JsonObject:
        """Anything at all, signed as this warehouse (or badly, or not)."""
        return self._sent(warehouse, self._callbacks.prepare(warehouse, report))

    def send_again(self, warehouse: Warehouse, number: int) -> JsonObject:
        """A message sent before, byte for byte, with a new time and signature."""
        message = self._store.message(number)
        sender = (message["direction"], message["peer"]) if message else None
        if message is None or sender != ("out", warehouse.code):
            raise Refused(404, f"warehouse {warehouse.code} sent no message {number}")
        report = Report(
            method=message["method"],
            body=message["body"],
            codes=tuple(message["codes"]),
            content_type=message["headers"]["Content-Type"],
            note=f"again {message['n']}",
        )
        return self._sent(warehouse, self._callbacks.prepare(warehouse, report))

    def _changed(self, warehouse: Warehouse, fields: Fields) -> JsonObject:
        item, lot, quantity = fields.text("item"), lot_in(fields), fields.whole("quantity")
        try:
            warehouse.stock.change(item, lot, quantity)
        except NotEnough as error:
            raise Refused(409, str(error)) from error
        number = self._store.next_number(f"{warehouse.code}/stockchange")
        return {
            "ownerCode": fields.text("owner", warehouse.settings.owner_code),
            "warehouseCode": warehouse.code,
            "orderCode": fields.text("order_code", f"{warehouse.code}-ADJ{number:08d}"),
            "orderType": fields.text("order_type", "QTRK" if quantity >= 0 else "QTCK"),
            "outBizCode": fields.text("out_biz_code", f"{warehouse.code}-SC{number:08d}"),
            "itemCode": item,
            "itemId": shipping.item_id(warehouse, item),
            "quantity": quantity,
            "changeTime": fields.text("change_time", qimen.china_time()),
            "remark": fields.text("remark", "") or None,
        } | described_lot(lot)

    def _prepared(
        self,
        warehouse: Warehouse,
        order: JsonObject,
        *,
        kind: str,
        method: str,
        content: JsonObject,
    ) -> Outgoing:
        report = Report(method=method, body=qimen.xml("request", content), codes=(order["code"],))
        outgoing = self._callbacks.prepare(warehouse, report)
        order["unacknowledged"].append(outgoing.number)
        warehouse.put(kind, order["code"], order)
        return outgoing

    def _sent(self, warehouse: Warehouse, outgoing: Outgoing) -> JsonObject:
        answer = self._callbacks.send(outgoing)
        if answer["flag"] == "success":
            with self._store.transaction():
                for code in outgoing.report.codes:
                    _acknowledge(warehouse, code, outgoing.report.body)
        return answer


def _opened(warehouse: Warehouse, kind: str, code: str, fields: Fields) -> tuple[JsonObject, str]:
    """The order and the confirm type; a finished order only with `force`."""
    order = warehouse.get(kind, code)
    if order is None:
        raise Refused(404, f"warehouse {warehouse.code} has no {kind} order {code}")
    confirm_type = fields.text("confirm_type", "0")
    if confirm_type not in ("0", "1"):
        raise Refused(400, "confirm_type: 0 (final) or 1 (intermediate) is wanted")
    if order["status"] in FINISHED and not fields.flag("force", False):
        raise Refused(409, f"{code} is {order['status']}; say force to confirm it all the same")
    return order, confirm_type


def _identity(order: JsonObject, fields: Fields) -> tuple[str, str]:
    order["confirmations"] += 1
    code = fields.text("out_biz_code", f"{order['id']}-{order['confirmations']}")
    return code, fields.text("operate_time", "")


def _booked(deed: Any, warehouse: Warehouse, order: JsonObject, each: object) -> Any:
    try:
        return deed(warehouse, order, each)
    except NotEnough as error:
        raise Refused(409, str(error)) from error


def _acknowledge(warehouse: Warehouse, code: str, body: bytes) -> None:
    """Strikes off what the OMS has now accepted, under whichever number it was sent."""
    for kind in (DELIVERY, ENTRY):
        order = warehouse.get(kind, code)
        if order is None:
            continue
        waiting = []
        for number in order["unacknowledged"]:
            message = warehouse.store.message(number)
            if message is not None and message["body"] != body:
                waiting.append(number)
        order["unacknowledged"] = waiting
        warehouse.put(kind, code, order)
