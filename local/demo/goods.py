"""Steps 1 and 2: master data and opening stock, then a purchase from order to cost."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import partial
from typing import Any

from chalicelib.kernel.money import parse_fen
from local.demo.play import EAST, LAMP, MUG, PRODUCT, PURCHASING, SOUTH, SUPPLIER, TEE, Play

OPENING = {TEE: (200, "5000.00"), MUG: (300, "3600.00")}
SKUS: list[dict[str, Any]] = [
    {"code": TEE, "name": "白色圆领T恤 M", "barcode": "6900000000011", "category": "服装"},
    {"code": MUG, "name": "马克杯 350ml", "barcode": "6900000000028", "category": "家居"},
    {"code": LAMP, "name": "护眼台灯", "barcode": "6900000000035", "category": "家电"},
]


def master_data(play: Play) -> None:
    """SKUs and a supplier come in signed and go down to each WMS; opening stock is booked and
    checked.
    """
    report = play.report
    report.step("Master data down, opening stock checked against the WMS")
    for row in SKUS:
        row |= {"id": f"pim-{row['code']}", "owner": "DEMO", "unit": "件"}
        row |= {"tax_rate_percent": 13, "weight_grams": 250, "tax_code": "1040201010000000000"}
    answer = play.send("/v1/skus", {"skus": SKUS}, PRODUCT)
    report.check("the SKUs are taken", answer.status == 200, answer.body)
    report.say(f"message {answer.headers.get('oms-message-id')}")
    supplier = {"id": "pim-S1", "code": SUPPLIER, "name": "晨光纺织有限公司"}
    answer = play.send("/v1/suppliers", {"suppliers": [supplier]}, PRODUCT)
    report.check("the supplier is taken", answer.status == 200, answer.body)
    for sku in (TEE, MUG, LAMP):
        acknowledged = report.wait(
            f"both WMS have acknowledged {sku}, each with an itemId that is kept",
            partial(_acknowledged, play, sku),
        )
        play.known[f"item:{sku}"] = acknowledged
    report.wait(
        "both WMS got supplier.synchronize",
        lambda: all(play.got(code, "supplier.synchronize") for code in (EAST, SOUTH)),
    )
    _open(play)


def _acknowledged(play: Play, sku: str) -> dict[str, str]:
    known = play.api.get(f"/v1/skus/{sku}")["acknowledged"]
    items = {code: row["item_id"] for code, row in known.items() if row.get("item_id")}
    return items if set(items) >= {EAST, SOUTH} else {}


def _open(play: Play) -> None:
    report = play.report
    if play.api.get("/v1/stock", warehouse=EAST, sku=TEE)["balances"]:
        report.say("opening stock was booked in an earlier run")
        return
    for sku, (quantity, _) in OPENING.items():
        play.wms.put("/_sim/stock", warehouse=EAST, item=sku, quantity=quantity)
    lines = [
        {"sku": sku, "quantity": quantity, "value": value, "batch": "OPEN"}
        for sku, (quantity, value) in OPENING.items()
    ]
    play.api.post(f"/v1/opening-stock/{EAST}", {"lines": lines})
    play.api.post(f"/v1/opening-stock/{SOUTH}", {"lines": []})
    for code in (EAST, SOUTH):
        play.api.post(f"/v1/opening-stock/{code}/close", {})
        report.wait(
            f"{code}: the opening stock agrees with the WMS, is booked, and the warehouse is open",
            partial(_is_open, play, code),
        )
    report.check("the WMS was asked with inventory.query", play.got(EAST, "inventory.query"))
    report.wait(
        "the opening stock has its value",
        lambda: play.balance(EAST, TEE).get("value") == "5000.00",
    )


def _is_open(play: Play, code: str) -> bool:
    return bool(play.api.get(f"/v1/opening-stock/{code}")["stock_open"])


def purchase(play: Play) -> None:
    """A purchase order goes down; the WMS confirms in two messages; ledger, cost and a message to
    the ERP.
    """
    report, wms = play.report, play.wms
    report.step("Purchase: order, two confirms, receipt, ledger, cost, stock message upstream")
    before = {sku: play.balance(SOUTH, sku) for sku in (LAMP, TEE)}
    answer = play.send("/v1/purchase-orders", _purchase_order(play), PURCHASING)
    report.check("the purchase order is taken", answer.status == 201, answer.body)
    number = answer.json()["purchase_order"]
    play.known["purchase_order"] = number
    report.say(f"purchase order {number}, message {answer.headers.get('oms-message-id')}")
    report.wait("the WMS has it (entryorder.create)", lambda: _entry_order(play, number))
    report.wait(
        "its state is SENT, with the WMS's own id",
        lambda: play.api.get(f"/v1/purchase-orders/{number}")["wms_id"],
    )
    _confirms(play, number)
    order = report.wait(
        "both receipts are posted and the order is SHORT_CLOSED (one line is short)",
        lambda: _closed_short(play, number),
    )
    received = {line["sku"]: line["received"] for line in order["lines"]}
    report.check(
        "received by inventory type: lamps ZP 9 and CC 1, tees ZP 4",
        received == {LAMP: {"ZP": 9, "CC": 1}, TEE: {"ZP": 4}},
        received,
    )
    _check_books(play, order, before)
    play.report.wait(
        "the ERP got the signed stock messages",
        lambda: len(_stock_messages(play, order)) == 2,
    )
    wms.get("/_sim/health")


def _purchase_order(play: Play) -> dict[str, Any]:
    def line(number: int, sku: str, quantity: int, price: str) -> dict[str, Any]:
        return {
            "line_no": number, "sku": sku, "quantity": quantity,
            "price": price, "tax_rate_percent": 13,
        }  # fmt: skip

    lines = [line(1, LAMP, 10, "80.5000"), line(2, TEE, 5, "25.3333")]
    return {
        "id": f"erp-{play.run}", "supplier": SUPPLIER, "warehouse": SOUTH, "owner": "DEMO",
        "currency": "CNY", "lines": lines,
    }  # fmt: skip


def _entry_order(play: Play, number: str) -> Any:
    return play.got(SOUTH, "entryorder.create", number)


def _confirms(play: Play, number: str) -> None:
    path = f"/_sim/entryorders/{number}/confirm"
    first = {"item": LAMP, "line_no": "1", "quantity": 6, "batches": [_batch("L-2601", 6, "ZP")]}
    second = {
        "item": LAMP, "line_no": "1", "quantity": 4,
        "batches": [_batch("L-2602", 3, "ZP"), _batch("L-2602", 1, "CC")],
    }  # fmt: skip
    tees = {"item": TEE, "line_no": "2", "quantity": 4}
    for kind, lines in ((1, [first]), (0, [second, tees])):
        sent = play.wms.post(path, confirm_type=kind, lines=lines, warehouse=SOUTH)
        play.report.check(
            f"entryorder.confirm with confirmType {kind} is answered success",
            sent["flag"] == "success",
            sent,
        )


def _batch(code: str, quantity: int, inventory_type: str) -> dict[str, Any]:
    return {"batch_code": code, "quantity": quantity, "inventory_type": inventory_type}


def _closed_short(play: Play, number: str) -> Any:
    order = play.api.get(f"/v1/purchase-orders/{number}")
    posted = [receipt["state"] == "POSTED" for receipt in order["receipts"]]
    return order if posted == [True, True] and order["state"] == "SHORT_CLOSED" else None


def _check_books(play: Play, order: dict[str, Any], before: dict[str, dict[str, Any]]) -> None:
    entries = [
        entry
        for receipt in order["receipts"]
        for entry in play.api.get(f"/v1/entries/{receipt['receipt']}")["entries"]
    ]
    lamps = sorted(
        (e["inventory_type"], e["batch"], e["quantity"]) for e in entries if e["sku"] == LAMP
    )
    play.report.check(
        "ledger entries by batch and inventory type",
        lamps == [("CC", "L-2602", 1), ("ZP", "L-2601", 6), ("ZP", "L-2602", 3)],
        lamps,
    )
    play.known["receipt_entries"] = entries
    for sku, types in ((LAMP, {"ZP": 9, "CC": 1}), (TEE, {"ZP": 4})):
        wanted = {
            name: before[sku]["quantities"].get(name, 0) + count for name, count in types.items()
        }
        now = play.report.wait(
            f"{sku}: the balance is {wanted} and costed",
            partial(_costed, play, sku, wanted),
        )
        play.report.say(f"{sku}: value {now['value']}, moving average {now['unit_cost']}")
    values = {entry["sku"]: 0 for entry in entries}
    for receipt in order["receipts"]:
        for entry in play.api.get(f"/v1/entries/{receipt['receipt']}")["entries"]:
            values[entry["sku"]] += parse_fen(entry["value"], field="value")
    play.report.check(
        "the entries carry 805.00 and 101.33, tax exclusive, to the fen",
        values == {LAMP: 80500, TEE: 10133},
        values,
    )


def _costed(play: Play, sku: str, wanted: dict[str, int]) -> Any:
    found = play.balance(SOUTH, sku)
    held = {name: found["quantities"].get(name, 0) for name in wanted}
    return found if held == wanted and found["costed_version"] == found["version"] else None


def _stock_messages(play: Play, order: dict[str, Any]) -> list[Any]:
    receipts = {receipt["receipt"] for receipt in order["receipts"]}
    found = play.erp.get("/_sim/webhooks")["webhooks"]
    return [each for each in found if each["body"].get("data", {}).get("document") in receipts]


def xml_of(play: Play, message: dict[str, Any]) -> ET.Element:
    """The XML of a message that the WMS simulator got."""
    return ET.fromstring(play.wms.raw(message["n"]))  # noqa: S314 - our own simulator's copy
