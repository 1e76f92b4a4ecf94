"""Messages that tell or ask something and move no stock. Each makes the contents of its messages
from a control request; a paged one makes several.

Where the protocol's elements aren't published, the usual reading is sent: the order of
returnpackage.report and of order.sn.report, both sides of order.query and expressinfo.query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import batches
from local.simulators.wms.shipping import item_id
from local.simulators.wms.warehouse import DELIVERY, Warehouse

Contents = Callable[[Warehouse, Fields], list[JsonObject]]


def return_package(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """A parcel that came back was signed for and is not opened yet."""
    kind, order = warehouse.order(fields.text("code"))
    parcels = [
        {
            "logisticsCode": each.text("logistics_code", "OTHER"),
            "expressCode": each.text("express_code"),
            "signUserName": each.text("signed_by", "收货员"),
            "signTime": each.text("sign_time", warehouse.time()),
            "status": "sign",
        }
        for each in fields.objects("packages")
    ]
    if not parcels:
        raise Refused(400, "packages: at least one is wanted")
    return [{"order": _named(warehouse, order), "packages": parcels}]


def wave(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """Orders that are picked in one wave, with their places on the cart."""
    number = warehouse.store.next_number(f"{warehouse.code}/wave")
    orders = [
        {
            "deliveryOrderCode": order["code"],
            "deliveryOrderId": order["id"],
            "num": str(place),
        }
        for place, order in enumerate(_deliveries(warehouse, fields), start=1)
    ]
    return [{"waveNum": fields.text("wave", f"{warehouse.code}-W{number:06d}"), "orders": orders}]


def serial_numbers(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """sn.report: the pieces that left with a delivery order, one number a line, by page."""
    order = _delivery(warehouse, fields)
    header = {
        "ownerCode": order["lines"][0]["owner"],
        "warehouseCode": warehouse.code,
        "deliveryOrderCode": order["code"],
        "deliveryOrderId": order["id"],
        "orderType": order["order_type"],
        "outBizCode": f"{order['id']}-SN",
    }
    return [{**page, "deliveryOrder": header, "items": page["items"]} for page in _pages(fields)]


def order_serial_numbers(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """order.sn.report: likewise, of any order."""
    _, order = warehouse.order(fields.text("code"))
    header = _named(warehouse, order) | {"outBizCode": f"{order['id']}-SN"}
    return [{**page, "order": header, "items": page["items"]} for page in _pages(fields)]


def exception(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """Something is wrong with a delivery order. `type`: 101 short in the system, 102 short on the
    shelf, 201 late, 202 refused by the buyer, 203 parcel lost.
    """
    order = _delivery(warehouse, fields)
    number = warehouse.store.next_number(f"{warehouse.code}/exception")
    parcel = order["packages"][-1] if order["packages"] else {}
    affected = {each.text("item"): each.whole("quantity") for each in fields.objects("lines")}
    lines = [
        {
            "orderLineNo": line["line_no"],
            "orderSourceCode": line["source_order"],
            "subSourceCode": line["sub_source_order"],
            "itemCode": line["item"],
            "itemId": line["item_id"],
            "inventoryType": line["inventory_type"],
            "planQty": line["plan"],
            "exceptionQty": affected[line["item"]],
        }
        for line in order["lines"]
        if line["item"] in affected
    ]
    return [
        {
            "messageId": f"{warehouse.code}-EX{number:08d}",
            "messageType": fields.text("type", "201"),
            "messageDesc": fields.text("description", "仓库报异常"),
            "createTime": warehouse.time(),
            "deliveryOrderCode": order["code"],
            "deliveryOrderId": order["id"],
            "warehouseCode": warehouse.code,
            "orderType": order["order_type"],
            "logisticsCode": parcel.get("logisticsCode"),
            "expressCode": fields.text("express_code", parcel.get("expressCode", "")) or None,
            "orderLines": lines or None,
        }
    ]


def lack(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """Pieces of a delivery order that can't be found; by default one of its first line. What is
    lacking is remembered for itemlack.query.
    """
    order = _delivery(warehouse, fields)
    first = order["lines"][0]
    named = fields.objects("lines") or [Fields({"item": first["item"], "quantity": 1})]
    lacking = [_lacking(warehouse, order, each) for each in named]
    order["lacking"] = lacking
    warehouse.put(DELIVERY, order["code"], order)
    number = warehouse.store.next_number(f"{warehouse.code}/lack")
    return [
        {
            "warehouseCode": warehouse.code,
            "deliveryOrderCode": order["code"],
            "deliveryOrderId": order["id"],
            "createTime": warehouse.time(),
            "outBizCode": f"{warehouse.code}-QH{number:08d}",
            "items": lacking,
        }
    ]


def created(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """deliveryorder.batchcreate.answer: what became of orders, told later: of those named, one
    with a `message` as failed; else of those that wait, a message for each batch of them.
    """
    if not fields.has("orders"):
        answers = batches.worked_off(warehouse, fields.text("batch", ""))
        if not answers:
            raise Refused(404, "no batch of orders waits; orders: at least one is wanted")
        return answers
    told = [_created(warehouse, each) for each in fields.objects("orders")]
    if not told:
        raise Refused(400, "orders: at least one is wanted")
    return [{"orders": told}]


def _created(warehouse: Warehouse, fields: Fields) -> JsonObject:
    if fields.has("message"):
        return batches.refused(fields.text("code"), fields.text("message"))
    order = _delivery(warehouse, fields)
    return batches.made(
        order["code"],
        {
            "deliveryOrderId": order["id"],
            "createTime": order["created_at"],
            "warehouseCode": warehouse.code,
            "logisticsCode": order["logistics_code"],
        },
    )


def ask_order(_: Warehouse, fields: Fields) -> list[JsonObject]:
    """Whose parcel is it that came back without papers?"""
    return [{"name": fields.text("name"), "mobile": fields.text("mobile")}]


def ask_receiver(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """Whom does a delivery order go to, where its recipient was masked?"""
    order = _delivery(warehouse, fields)
    receiver = order["header"].get("receiverInfo") or {}
    return [
        {
            "deliveryOrderCode": order["code"],
            "ownerCode": order["lines"][0]["owner"],
            "warehouseCode": warehouse.code,
            "oaid": receiver.get("oaid"),
            "scene": fields.text("scene", "1004"),
        }
    ]


def ask_carriers(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    """Which carriers may be used?"""
    return [
        {
            "ownerCode": warehouse.settings.owner_code,
            "expressCode": fields.text("express_code", "") or None,
        }
    ]


REPORTS: dict[str, Contents] = {
    "returnpackage.report": return_package,
    "wavenum.report": wave,
    "sn.report": serial_numbers,
    "order.sn.report": order_serial_numbers,
    "orderexception.report": exception,
    "itemlack.report": lack,
    "deliveryorder.batchcreate.answer": created,
    "order.query": ask_order,
    "receiverinfo.query": ask_receiver,
    "expressinfo.query": ask_carriers,
}


def _delivery(warehouse: Warehouse, fields: Fields) -> JsonObject:
    code = fields.text("code")
    order = warehouse.get(DELIVERY, code)
    if order is None:
        raise Refused(404, f"warehouse {warehouse.code} has no delivery order {code}")
    return order


def _deliveries(warehouse: Warehouse, fields: Fields) -> list[JsonObject]:
    found = [_delivery(warehouse, each) for each in fields.objects("orders")]
    if not found:
        raise Refused(400, "orders: at least one is wanted")
    return found


def _named(warehouse: Warehouse, order: JsonObject) -> JsonObject:
    return {
        "orderCode": order["code"],
        "orderId": order["id"],
        "orderType": order["order_type"],
        "warehouseCode": warehouse.code,
        "ownerCode": order.get("owner") or order["lines"][0]["owner"],
    }


def _lacking(warehouse: Warehouse, order: JsonObject, wanted: Fields) -> JsonObject:
    item = wanted.text("item")
    line = next((each for each in order["lines"] if each["item"] == item), None)
    if line is None:
        raise Refused(400, f"lines: the order has no item {item}")
    return {
        "itemCode": item,
        "itemId": item_id(warehouse, item),
        "inventoryType": line["inventory_type"],
        "planQty": line["plan"],
        "lackQty": wanted.whole("quantity", 1),
        "reason": wanted.text("reason", "实物报缺"),
    }


def _pages(fields: Fields) -> Iterator[JsonObject]:
    """Each page of the numbers told, with its place among them."""
    pieces = [
        {"itemCode": each.text("item"), "sn": number}
        for each in fields.objects("items")
        for number in each.text("numbers").split()
    ]
    size = fields.whole("page_size", 100)
    if not pieces or size < 1:
        raise Refused(400, "items: at least one number, page_size: at least 1")
    total = -(-len(pieces) // size)
    for page in range(total):
        yield {
            "totalPage": total,
            "currentPage": page + 1,
            "pageSize": size,
            "items": pieces[page * size : (page + 1) * size],
        }
