"""What people in the warehouse do besides receiving purchases and shipping sales: `work` has those.

Each deed changes the warehouse's own books and keeps its message in one transaction, then sends it.
"""

from __future__ import annotations

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import (
    counting,
    documents,
    processing,
    receiving,
    returns,
    shipping,
    stockouts,
    transfers,
)
from local.simulators.wms.cutting import in_parts
from local.simulators.wms.desk import Desk
from local.simulators.wms.stock import NotEnough
from local.simulators.wms.warehouse import (
    ADJUSTMENT,
    COUNT,
    DELIVERY,
    PROCESS,
    RETURN,
    STOCKOUT,
    TRANSFER,
    Warehouse,
)
from local.simulators.wms.work import Work, booked, held_by, identity, opened


class Deeds:
    """The other deeds, for all warehouses of a simulator. Each returns what the OMS answered."""

    def __init__(self, work: Work, desk: Desk) -> None:
        self._work = work
        self._desk = desk

    def confirm_return(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Goods came back: on the shelf by their quality, and returnorder.confirm."""
        with self._desk.store.transaction():
            order, confirm_type = opened(warehouse, RETURN, code, fields)
            goods = receiving.received(order, fields)
            for each in goods:
                booked(receiving.put_on_shelf, warehouse, order, each)
            order["status"] = "FULFILLED" if confirm_type == "0" else "PARTFULFILLED"
            out_biz_code, time = identity(warehouse, order, fields)
            header = returns.confirm_header(order) | {
                "outBizCode": out_biz_code,
                "confirmType": confirm_type,
                "orderConfirmTime": time,
            }
            content = {
                "returnOrder": header,
                "orderLines": [receiving.confirm_line(warehouse, order, each) for each in goods],
            }
            outgoing = self._desk.prepared(
                warehouse, order, kind=RETURN, method="returnorder.confirm", content=content
            )
        return self._desk.sent(warehouse, outgoing, held_by(fields))

    def confirm_stockout(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Goods left: off the shelf, and stockout.confirm."""
        with self._desk.store.transaction():
            order, confirm_type = opened(warehouse, STOCKOUT, code, fields)
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
            header = stockouts.confirm_header(order) | {
                "outBizCode": out_biz_code,
                "confirmType": confirm_type,
                "orderConfirmTime": time,
                "totalOrderLines": len(lines),
            }
            content = {"deliveryOrder": header, "packages": parcels, "orderLines": lines}
            parts = [
                self._desk.prepared(
                    warehouse, order, kind=STOCKOUT, method="stockout.confirm", content=part
                )
                for part in in_parts(content, "deliveryOrder", fields)
            ]
        return self._desk.sent_all(warehouse, parts, held_by(fields))

    def confirm_process(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """Materials became products: storeprocess.confirm."""
        with self._desk.store.transaction():
            order, _ = opened(warehouse, PROCESS, code, fields)
            items = processing.carry_out(warehouse, order)
            order["status"] = "FULFILLED"
            out_biz_code, time = identity(warehouse, order, fields)
            content = {
                "processOrderCode": code,
                "processOrderId": order["id"],
                "outBizCode": out_biz_code,
                "orderType": order["order_type"],
                "orderCompleteTime": time,
                "actualQty": order["plan"],
                "ownerCode": order["owner"],
                "warehouseCode": warehouse.code,
                **items,
            }
            outgoing = self._desk.prepared(
                warehouse, order, kind=PROCESS, method="storeprocess.confirm", content=content
            )
        return self._desk.sent(warehouse, outgoing, held_by(fields))

    def report_transfer(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """The goods leave for the other warehouse, or (asked again) have arrived there; `whole`:
        both at once. transferorder.report.
        """
        with self._desk.store.transaction():
            order, _ = opened(warehouse, TRANSFER, code, fields)
            try:
                transfers.move(warehouse, order, fields)
            except NotEnough as error:
                raise Refused(409, str(error)) from error
            content = transfers.described(order)
            outgoing = self._desk.prepared(
                warehouse, order, kind=TRANSFER, method="transferorder.report", content=content
            )
        return self._desk.sent(warehouse, outgoing, held_by(fields))

    def report_adjustment(self, warehouse: Warehouse, code: str, fields: Fields) -> JsonObject:
        """What the OMS ordered is booked: inventory.synchronize.report."""
        with self._desk.store.transaction():
            order, _ = opened(warehouse, ADJUSTMENT, code, fields)
            lines = counting.made(warehouse, order, fields)
            out_biz_code, _ = identity(warehouse, order, fields)
            outgoing = self._desk.prepared(
                warehouse,
                order,
                kind=ADJUSTMENT,
                method="inventory.synchronize.report",
                content=counting.described_adjustment(order, lines, out_biz_code),
            )
        return self._desk.sent(warehouse, outgoing, held_by(fields))

    def count(self, warehouse: Warehouse, fields: Fields) -> JsonObject:
        """A stock count: the books follow the shelves, and inventory.report tells, page by page."""
        size = fields.whole("page_size", 100)
        with self._desk.store.transaction():
            count = counting.counted(warehouse, fields, self._desk.rules)
            documents.refuse_known(warehouse, COUNT, count["code"])
            documents.keep_new(warehouse, COUNT, count)
            prepared = [
                self._desk.prepared(
                    warehouse, count, kind=COUNT, method="inventory.report", content=page
                )
                for page in counting.pages(count, size)
            ]
        if fields.flag("backwards", False):
            prepared.reverse()
        answers = [self._desk.sent(warehouse, outgoing) for outgoing in prepared]
        return {"code": count["code"], "lines": count["lines"], "answers": answers}

    def confirm_batch(self, warehouse: Warehouse, fields: Fields) -> JsonObject:
        """Several delivery orders ship and are confirmed in one message:
        deliveryorder.batchconfirm.
        """
        codes = [each.text("code") for each in fields.objects("orders")]
        if not codes:
            raise Refused(400, "orders: at least one is wanted")
        with self._desk.store.transaction():
            told = []
            for code in codes:
                order, confirm_type = opened(warehouse, DELIVERY, code, Fields({}))
                told.append(self._work.ship(warehouse, order, confirm_type, Fields({})))
                warehouse.put(DELIVERY, code, order)
            first = documents.found(warehouse, DELIVERY, codes[0])
            outgoing = self._desk.prepared(
                warehouse,
                first,
                kind=DELIVERY,
                method="deliveryorder.batchconfirm",
                content={"orders": told},
                others=tuple(codes[1:]),
            )
        return self._desk.sent(warehouse, outgoing, held_by(fields))
