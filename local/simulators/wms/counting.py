"""Stock counts: what was counted, by page; and adjustments that the OMS orders."""

from __future__ import annotations

from local.simulators.application import JsonObject, Refused
from local.simulators.fields import Fields
from local.simulators.wms import documents
from local.simulators.wms.lots import described_lot, lot_in
from local.simulators.wms.paging import page_of
from local.simulators.wms.rules import Rules
from local.simulators.wms.shipping import item_id
from local.simulators.wms.stock import Lot, NotEnough, lot_of
from local.simulators.wms.strict import Block, Refusal
from local.simulators.wms.warehouse import ADJUSTMENT, COUNT, Warehouse


def query_check(warehouse: Warehouse, request: Block) -> JsonObject:
    """inventorycheck.query: a count with one page of its lines; the answer's elements aren't
    published, so they are those of inventory.report.
    """
    count = documents.found(warehouse, COUNT, request.text("checkOrderCode"))
    return {
        "totalLines": len(count["lines"]),
        "checkOrderCode": count["code"],
        "checkOrderId": count["id"],
        "warehouseCode": warehouse.code,
        "ownerCode": count["owner"],
        "checkTime": count["created_at"],
        "items": page_of(request, count["lines"], mandatory=True),
    }


def adjust(warehouse: Warehouse, request: Block) -> JsonObject:
    """inventory.synchronize: books what the OMS says is more or less, and reports it later."""
    code = request.text("adjustOrderCode")
    documents.refuse_known(warehouse, ADJUSTMENT, code)
    warehouse.check_addressed(request)
    lines = []
    for item in request.blocks("items"):
        lot = Lot(
            inventory_type=item.optional("inventoryType") or "ZP",
            batch_code=item.optional("batchCode"),
            product_date=item.optional("productDate"),
            expire_date=item.optional("expireDate"),
            produce_code=item.optional("produceCode"),
        )
        warehouse.check_item(item)
        lines.append(_line(warehouse, item.text("itemCode"), lot, item.signed("quantity")))
        try:
            warehouse.stock.change(lines[-1]["itemCode"], lot, lines[-1]["quantity"])
        except NotEnough as error:
            raise Refusal("STOCK", str(error)) from error
    order = documents.new_order(
        warehouse,
        ADJUSTMENT,
        code,
        order_type=request.optional("adjustType") or "ADJUST",
        header=request,
        owner=request.text("ownerCode"),
        lines=lines,
    )
    documents.keep_new(warehouse, ADJUSTMENT, order)
    return {}


def made(warehouse: Warehouse, order: JsonObject, fields: Fields) -> list[JsonObject]:
    """The lines that a report tells: all that aren't told yet, or the `items` named, each perhaps
    with another quantity than was ordered, which the books follow.
    """
    told: list[int] = order.setdefault("told", [])
    open_lines = {at: line for at, line in enumerate(order["lines"]) if at not in told}
    if fields.has("items"):
        asked, open_lines = open_lines, {}
        for each in fields.objects("items"):
            named = each.text("item")
            at = next((at for at, line in asked.items() if line["itemCode"] == named), None)
            if at is None:
                raise Refused(409, f"{named}: no line of it is still to be told")
            open_lines[at] = asked.pop(at)
            _made_otherwise(warehouse, open_lines[at], each)
    told.extend(open_lines)
    order["status"] = "FULFILLED" if len(told) == len(order["lines"]) else "PARTFULFILLED"
    return list(open_lines.values())


def _made_otherwise(warehouse: Warehouse, line: JsonObject, given: Fields) -> None:
    quantity = given.whole("quantity", line["quantity"])
    lot = Lot(
        inventory_type=line["inventoryType"],
        batch_code=line["batchCode"] or "",
        product_date=line["productDate"] or "",
        expire_date=line["expireDate"] or "",
        produce_code=line["produceCode"] or "",
    )
    try:
        warehouse.stock.change(line["itemCode"], lot, quantity - line["quantity"])
    except NotEnough as error:
        raise Refused(409, str(error)) from error
    line["quantity"] = quantity


def described_adjustment(order: JsonObject, lines: list[JsonObject], number: str) -> JsonObject:
    """inventory.synchronize.report of these lines, as the message of that number."""
    return {
        "ownerCode": order["owner"],
        "warehouseCode": order["warehouse"],
        "adjustOrderCode": order["code"],
        "adjustTime": order["created_at"],
        "adjustType": order["order_type"],
        "outBizCode": number,
        "items": lines,
    }


def counted(warehouse: Warehouse, fields: Fields, rules: Rules) -> JsonObject:
    """The count of the items named, else of all that lies there: what differs is put right in the
    warehouse's own books. A line is told what was `counted` or by how much it differs
    (`difference`); else the rules decide.
    """
    code = fields.text("code", "") or (
        f"{warehouse.code}-PD{warehouse.store.next_number(f'{warehouse.code}/count'):08d}"
    )
    lines = []
    for item, lot, given in _asked(warehouse, fields):
        known = sum(
            row["quantity"] + row["locked"]
            for row in warehouse.stock.rows(item)
            if (row["inventory_type"], row["batch_code"]) == (lot.inventory_type, lot.batch_code)
        )
        difference = _stated(given, known)
        if difference is None:
            difference = _drawn(warehouse, rules, known, (code, item, *_key(lot)))
        if not difference:
            continue
        try:
            warehouse.stock.change(item, lot, difference)
        except NotEnough as error:
            raise Refused(409, str(error)) from error
        lines.append(_line(warehouse, item, lot, difference, total=known + difference))
    return documents.new_order(
        warehouse,
        COUNT,
        code,
        order_type=fields.text("adjust_type", "CHECK"),
        owner=fields.text("owner", warehouse.settings.owner_code),
        lines=lines,
        status="FULFILLED",
    )


def pages(count: JsonObject, size: int) -> list[JsonObject]:
    """The pages of inventory.report; one without lines when nothing differs."""
    if size < 1:
        raise Refused(400, "page_size: at least 1 is wanted")
    total = max(1, -(-len(count["lines"]) // size))
    return [
        {
            "totalPage": total,
            "currentPage": number + 1,
            "pageSize": size,
            "warehouseCode": count["warehouse"],
            "checkOrderCode": count["code"],
            "checkOrderId": count["id"],
            "ownerCode": count["owner"],
            "checkTime": count["created_at"],
            "outBizCode": f"{count['id']}-{number + 1}",
            "adjustType": count["order_type"],
            "items": count["lines"][number * size : (number + 1) * size],
        }
        for number in range(total)
    ]


def _asked(warehouse: Warehouse, fields: Fields) -> list[tuple[str, Lot, Fields]]:
    if fields.has("items"):
        return [(each.text("item"), lot_in(each), each) for each in fields.objects("items")]
    return [
        (item, lot_of(row), Fields({}))
        for item in warehouse.stock.items()
        for row in warehouse.stock.rows(item)
    ]


def _stated(given: Fields, known: int) -> int | None:
    """The difference that a line of the control request names."""
    if given.has("counted"):
        return given.whole("counted") - known
    return given.whole("difference") if given.has("difference") else None


def _drawn(warehouse: Warehouse, rules: Rules, known: int, place: tuple[str, ...]) -> int:
    """The difference that the rules have for a line."""
    rule = rules.strikes("count_difference", warehouse.code, "inventory.report", place)
    if rule is None:
        return 0
    pieces = rules.chance.whole(1, rule.most, warehouse.code, *place)
    return pieces if rules.chance.draw("sign", *place) < 0.5 else -min(pieces, known)


def _key(lot: Lot) -> tuple[str, str]:
    return lot.inventory_type, lot.batch_code


def _line(
    warehouse: Warehouse, item: str, lot: Lot, difference: int, *, total: int | None = None
) -> JsonObject:
    return {
        "itemCode": item,
        "itemId": item_id(warehouse, item),
        "quantity": difference,
        "totalQty": total,
    } | described_lot(lot)
