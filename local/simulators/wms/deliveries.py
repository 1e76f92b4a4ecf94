"""Delivery orders: taken as a strict warehouse takes them, with stock locked, and shown."""

from __future__ import annotations

from decimal import Decimal

from local.simulators.application import JsonObject
from local.simulators.wms.paging import page_of
from local.simulators.wms.stock import Lot, NotEnough
from local.simulators.wms.strict import NAME, REMARK, Block, Refusal
from local.simulators.wms.warehouse import DELIVERY, Warehouse

ORDER_TYPES = frozenset(
    ["JYCK", "HHCK", "BFCK", "QTCK", "PTCK", "DBCK", "B2BCK", "CGTH", "XNCK", "JITCK"]
)
YES_NO = frozenset("YN")
CENT = Decimal("0.01")


def create_delivery(warehouse: Warehouse, request: Block) -> JsonObject:
    """Checks a delivery order, locks its stock, answers its id."""
    header = request.block("deliveryOrder")
    code = header.text("deliveryOrderCode")
    if warehouse.get(DELIVERY, code) is not None:
        raise Refusal("DUPLICATE", f"订单已存在: {code}")
    _check_header(warehouse, header)
    lines = [_checked_line(warehouse, line) for line in request.blocks("orderLines")]
    _check_line_numbers(lines)
    _check_amounts(header, lines)
    order: JsonObject = {
        "code": code,
        "id": warehouse.new_id("DO"),
        "warehouse": warehouse.code,
        "order_type": header.text("orderType"),
        "status": "NEW",
        "created_at": warehouse.time(),
        "logistics_code": header.text("logisticsCode"),
        "lines": lines,
        "allocations": _locked(warehouse, lines),
        "packages": [],
        "processes": [],
        "confirmations": 0,
        "unacknowledged": [],
        "header": header.value(),
    }
    warehouse.put(DELIVERY, code, order)
    warehouse.put("task", f"{DELIVERY}/{code}", {"kind": DELIVERY, "order": code, "step": 0})
    return {
        "createTime": order["created_at"],
        "deliveryOrderId": order["id"],
        "warehouseCode": warehouse.code,
        "logisticsCode": order["logistics_code"],
    }


def query_delivery(warehouse: Warehouse, request: Block) -> JsonObject:
    """A delivery order with its status, its parcels and one page of its lines."""
    code = request.text("orderCode")
    order = warehouse.get(DELIVERY, code)
    if order is None:
        raise Refusal("NOT_FOUND", f"订单不存在: {code}")
    return {
        "totalLines": len(order["lines"]),
        "deliveryOrder": {
            "deliveryOrderCode": code,
            "deliveryOrderId": order["id"],
            "warehouseCode": warehouse.code,
            "orderType": order["order_type"],
            "status": order["status"],
        },
        "packages": order["packages"],
        "orderLines": [
            described_line(line) for line in page_of(request, order["lines"], mandatory=True)
        ],
    }


def described_line(line: JsonObject) -> JsonObject:
    """A line as deliveryorder.query and deliveryorder.confirm name its fields."""
    return {
        "orderLineNo": line["line_no"],
        "orderSourceCode": line["source_order"],
        "subSourceCode": line["sub_source_order"],
        "ownerCode": line["owner"],
        "itemCode": line["item"],
        "itemId": line["item_id"],
        "inventoryType": line["inventory_type"],
        "itemName": line["name"],
        "planQty": line["plan"],
        "actualQty": line["actual"],
    }


def _check_header(warehouse: Warehouse, header: Block) -> None:
    warehouse.check_addressed(header)
    order_type = header.one_of("orderType", ORDER_TYPES)
    for name in ("createTime", "placeOrderTime", "operateTime"):
        header.time(name)
    header.text("shopNick", NAME)
    header.text("logisticsCode")
    header.text("sourcePlatformCode")
    for name in ("isUrgency", "invoiceFlag", "insuranceFlag"):
        header.one_of(name, YES_NO, default="N")
    for name in ("buyerMessage", "sellerMessage", "remark"):
        header.optional(name, REMARK)
    if order_type == "HHCK":
        header.text("preDeliveryOrderCode")
    for name in ("senderInfo", "receiverInfo"):
        person = header.block(name)
        person.text("name", NAME)
        person.text("mobile")
        person.text("province")
        person.text("city")
        person.text("detailAddress", NAME)


def _checked_line(warehouse: Warehouse, line: Block) -> JsonObject:
    item = warehouse.check_item(line)
    price = line.money("actualPrice")
    if price is None:
        raise Refusal("MISSING_FIELD", f"缺少必填字段: {line.path}/actualPrice")
    retail, discount = line.money("retailPrice"), line.money("discountAmount")
    if retail is not None and discount is not None and abs(retail - price - discount) > CENT:
        raise Refusal("AMOUNT", f"retailPrice≠actualPrice+discountAmount: {line.path}")
    return {
        "line_no": line.optional("orderLineNo"),
        "owner": line.text("ownerCode"),
        "item": line.text("itemCode"),
        "item_id": item["item_id"],
        "name": item["fields"]["itemName"],
        "inventory_type": line.optional("inventoryType") or "ZP",
        "batch_code": line.optional("batchCode"),
        "plan": line.quantity("planQty"),
        "actual": 0,
        "price": str(price),
        "source_order": line.optional("sourceOrderCode"),
        "sub_source_order": line.optional("subSourceOrderCode"),
        "fields": line.value(),
    }


def _check_line_numbers(lines: list[JsonObject]) -> None:
    numbers = [line["line_no"] for line in lines if line["line_no"]]
    if len(numbers) != len(set(numbers)):
        raise Refusal("INVALID_VALUE", "orderLineNo 重复")


def _check_amounts(header: Block, lines: list[JsonObject]) -> None:
    """totalAmount = arAmount + gotAmount = itemAmount - discountAmount + freight, and the lines
    cost what the items cost, discounts taken off or not: half a fen of rounding a piece at most."""
    names = ("totalAmount", "arAmount", "gotAmount", "itemAmount", "discountAmount", "freight")
    given = {name: header.money(name) for name in names}
    if all(amount is None for amount in given.values()):
        return
    if given["totalAmount"] is None or given["itemAmount"] is None:
        raise Refusal("AMOUNT", "totalAmount 与 itemAmount 须同时给出")
    total, ar, got, items, discount, freight = (given[name] or Decimal(0) for name in names)
    if total != ar + got:
        raise Refusal("AMOUNT", f"totalAmount {total} ≠ arAmount {ar} + gotAmount {got}")
    if total != items - discount + freight:
        raise Refusal(
            "AMOUNT",
            f"totalAmount {total} ≠ itemAmount {items} - discountAmount {discount} "
            f"+ freight {freight}",
        )
    goods = sum((Decimal(line["price"]) * line["plan"] for line in lines), Decimal(0))
    rounding = CENT * sum(line["plan"] for line in lines) / 2
    if not items - discount - rounding <= goods <= items + rounding:
        raise Refusal("AMOUNT", f"明细 actualPrice*planQty 合计 {goods} 与 itemAmount {items} 不符")


def _locked(warehouse: Warehouse, lines: list[JsonObject]) -> list[JsonObject]:
    allocations = []
    for index, line in enumerate(lines):
        lot = Lot(inventory_type=line["inventory_type"], batch_code=line["batch_code"])
        try:
            pieces = warehouse.stock.lock(line["item"], lot, line["plan"])
        except NotEnough as error:
            raise Refusal("STOCK", str(error)) from error
        allocations += [{"line": index} | piece for piece in pieces]
    return allocations
