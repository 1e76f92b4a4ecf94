"""What people in the warehouse do: receive, ship, report steps, count, send again.

Each deed changes the warehouse's own books and keeps its message in one transaction, then sends
it: what physically happened stays, whatever the OMS answers.
"""

from __future__ import annotations

from typing import Any

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms import documents, qimen, receiving, shipping
from local.simulators.wms.callbacks import Callbacks, Outgoing, Report
from local.simulators.wms.chance import Chance
from local.simulators.wms.cutting import in_parts
from local.simulators.wms.desk import Desk, Hold
from local.simulators.wms.lots import described_lot, lot_in
from local.simulators.wms.reports import REPORTS
from local.simulators.wms.rules import Rules
from local.simulators.wms.stock import NotEnough
from local.simulators.wms.warehouse import CHANGE, DELIVERY, ENTRY, FINISHED, Warehouse


class Work:
    """The deeds, for all warehouses of a simulator. Each returns what the OMS answered."""

    def __init__(self, store: Store, callbacks: Callbacks, rules: Rules | None = None) -> None:
        self._store = store
        self.desk = Desk(store, callbacks, rules or Rules(store, Chance()))

    def confirm_entry(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Goods arrived: they go on the shelf, and entryorder.confirm is sent."""
        with self._store.transaction():
            order, confirm_type = opened(warehouse, ENTRY, code, fields)
            goods = receiving.received(order, fields)
            for each in goods:
                booked(receiving.put_on_shelf, warehouse, order, each)
            order["status"] = "FULFILLED" if confirm_type == "0" else "PARTFULFILLED"
            out_biz_code, time = identity(warehouse, order, fields)
            content = {
                "entryOrder": receiving.confirm_header(order, confirm_type, out_biz_code, time),
                "orderLines": [receiving.confirm_line(warehouse, order, each) for each in goods],
            }
            parts = [
                self.desk.prepared(
                    warehouse, order, kind=ENTRY, method="entryorder.confirm", content=part
                )
                for part in in_parts(content, "entryOrder", fields)
            ]
        return self.desk.sent_all(warehouse, parts, held_by(fields))

    def confirm_delivery(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Parcels left: off the shelf, and deliveryorder.confirm is sent."""
        with self._store.transaction():
            order, confirm_type = opened(warehouse, DELIVERY, code, fields)
            content = self.ship(warehouse, order, confirm_type, fields)
            outgoing = self.desk.prepared(
                warehouse, order, kind=DELIVERY, method="deliveryorder.confirm", content=content
            )
        return self.desk.sent(warehouse, outgoing, held_by(fields))

    def ship(
        self, warehouse: Warehouse, order: JsonObject, confirm_type: str, fields: Fields
    ) -> JsonObject:
        """The goods of an order leave the shelves; what a confirm says of it."""
        goods = shipping.shipped(order, fields)
        lines = []
        for each in goods:
            pieces = booked(shipping.take_from_shelf, warehouse, order, each)
            lines.append(shipping.confirm_line(warehouse, order, each, pieces))
        order["status"] = "DELIVERED" if confirm_type == "0" else "PARTDELIVERED"
        if confirm_type == "0":
            warehouse.stock.release(order["allocations"])
            order["allocations"] = []
        parcels = shipping.packages(warehouse, order, goods, fields)
        order["packages"] += parcels
        out_biz_code, time = identity(warehouse, order, fields)
        return {
            "deliveryOrder": shipping.confirm_header(order, confirm_type, out_biz_code, time),
            "packages": parcels,
            "orderLines": lines,
        }

    def report_step(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """A step of an order, and orderprocess.report."""
        step = {
            "status": fields.text("status"),
            "time": fields.text("operate_time", warehouse.time()),
            "info": fields.text("info", ""),
            "operator": fields.text("operator", "仓库操作员"),
        }
        with self._store.transaction():
            kind, order = warehouse.order(code)
            order["processes"].append(step)
            if step["status"] == "ACCEPT" and order["status"] == "NEW":
                order["status"] = "ACCEPT"
            if step["status"] == "REJECT":
                order["status"] = "REJECT"
                warehouse.stock.release(order.get("allocations", []))
                order["allocations"] = []
            owner = order["header"].get("ownerCode") or order.get("owner")
            owner = owner or order["lines"][0]["owner"]
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
            outgoing = self.desk.prepared(
                warehouse, order, kind=kind, method="orderprocess.report", content=content
            )
        return self.desk.sent(warehouse, outgoing, held_by(fields))

    def tell(self, warehouse: Warehouse, method: str, fields: Fields) -> list[JsonObject]:
        """A message that moves no stock, or its pages; `reports` has the contents."""
        code = fields.text("code", "")
        with self._store.transaction():
            contents = REPORTS[method](warehouse, fields)
            prepared = [self._prepared(warehouse, code, method, each) for each in contents]
        return [self.desk.sent(warehouse, each, held_by(fields)) for each in prepared]

    def _prepared(
        self, warehouse: Warehouse, code: str, method: str, content: JsonObject
    ) -> Outgoing:
        if not code or method.endswith(".query"):
            body = qimen.xml("request", content)
            report = Report(method=method, body=body, codes=qimen.codes_in(body))
            return self.desk.prepared_plain(warehouse, report)
        kind, order = warehouse.order(code)
        return self.desk.prepared(warehouse, order, kind=kind, method=method, content=content)

    def change_stock(self, warehouse: Warehouse, fields: Fields) -> JsonObject:
        """More or less on the shelf: stockchange.report, or nothing said at all (`silent`)."""
        silent = fields.flag("silent", False)
        with self._store.transaction():
            items = [self._changed(warehouse, item) for item in fields.objects("items")]
            if not items:
                raise Refused(400, "items: at least one is wanted")
            if silent:
                return {"silent": True}
            change = documents.new_order(
                warehouse,
                CHANGE,
                items[0]["orderCode"],
                order_type=items[0]["orderType"],
                owner=items[0]["ownerCode"],
                lines=items,
                status="FULFILLED",
            )
            documents.keep_new(warehouse, CHANGE, change)
            unsigned = fields.flag("positive_only", _positive_only(warehouse))
            content = {"items": [_unsigned(item) for item in items] if unsigned else items}
            outgoing = self.desk.prepared(
                warehouse, change, kind=CHANGE, method="stockchange.report", content=content
            )
        return self.desk.sent(warehouse, outgoing, held_by(fields))

    def send_raw(self, warehouse: Warehouse, report: Report) -> JsonObject:
        """Anything at all, signed as this warehouse (or badly, or not)."""
        return self.desk.sent(warehouse, self.desk.prepared_plain(warehouse, report))

    def send_again(self, warehouse: Warehouse, number: int) -> JsonObject:
        """A message sent before, byte for byte, with a new time and signature."""
        return self.desk.send_again(warehouse, number)

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
            "changeTime": fields.text("change_time", warehouse.time()),
            "remark": fields.text("remark", "") or None,
        } | described_lot(lot)


def held_by(fields: Fields) -> Hold | None:
    """How long a control request wants its message to wait."""
    seconds = fields.number("hold_seconds", 0.0)
    return Hold(seconds=seconds, behind=True) if seconds > 0 else None


def _positive_only(warehouse: Warehouse) -> bool:
    """Whether this warehouse writes quantities without a sign, as some do: orderType tells."""
    return bool((warehouse.get("manner", "") or {}).get("positive_only", False))


def _unsigned(item: JsonObject) -> JsonObject:
    return item | {"quantity": abs(item["quantity"])}


def opened(warehouse: Warehouse, kind: str, code: str, fields: Fields) -> tuple[JsonObject, str]:
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


def identity(warehouse: Warehouse, order: JsonObject, fields: Fields) -> tuple[str, str]:
    """The outBizCode and the time of a confirm."""
    order["confirmations"] += 1
    code = fields.text("out_biz_code", f"{order['id']}-{order['confirmations']}")
    return code, fields.text("operate_time", "") or warehouse.time()


def booked(deed: Any, warehouse: Warehouse, order: JsonObject, each: object) -> Any:
    try:
        return deed(warehouse, order, each)
    except NotEnough as error:
        raise Refused(409, str(error)) from error
