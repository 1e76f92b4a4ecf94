"""Steps 3 to 6: an order comes in, is held and released, split over two warehouses, dispatched,
shipped.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from local.demo.goods import xml_of
from local.demo.play import EAST, LAMP, MUG, SHOP, SOUTH, TEE, Play
from local.demo.report import CheckFailed

DISPATCH_SECONDS = 120.0
"""A WMS that is down and one that falls silent are waited for: their back-off is part of the
job.
"""


def order_body(
    play: Play, name: str, lines: list[dict[str, Any]], **amounts: str
) -> dict[str, Any]:
    """A channel's order as the demo shop sends it."""
    return {
        "channel_order_id": f"{name}-{play.run}",
        "currency": "CNY",
        "placed_at": "2026-11-22T09:30:00+08:00",
        "paid_at": "2026-11-22T09:31:05+08:00",
        "lines": lines,
        **amounts,
        "receiver": {
            "name": "张小明",
            "mobile": "13900001234",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文一西路 969 号 3 幢 502 室",
        },
        "buyer": {"nick": f"buyer-{play.run}", "remark": "请用黑色袋子，谢谢"},
        "invoice": {"kind": "PERSON", "title": "张小明"},
    }


def line(number: int, sku: str, quantity: int, price: str, **more: str) -> dict[str, Any]:
    """A line of it."""
    return {
        "channel_line_id": f"L{number}",
        "sku": sku,
        "quantity": quantity,
        "unit_price": price,
        **more,
    }


def place(play: Play) -> None:
    """Three lines, an order discount, freight, a remark; a repeat and a contradiction."""
    report = play.report
    report.step("Order: signed, taken once whatever is sent again")
    lines = [
        line(1, TEE, 3, "59.00", discount="7.00"),
        line(2, MUG, 2, "35.50"),
        line(3, LAMP, 3, "129.00"),
    ]
    body = order_body(play, "main", lines, order_discount="10.00", freight="6.00", payable="624.00")
    first = play.send("/v1/orders", body, SHOP)
    report.check("201 with the order number", first.status == 201, first.body)
    number = first.json()["order_no"]
    play.known["order"] = number
    play.known["order_message"] = first.headers["oms-message-id"]
    report.say(f"order {number}, message {play.known['order_message']}")
    report.check("the number has 19 digits", len(number) == 19 and number.isdecimal(), number)
    again = play.send("/v1/orders", body, SHOP)
    report.check(
        "the same again: 200 with the same answer",
        (again.status, again.body) == (200, first.body),
        again,
    )
    other = play.send("/v1/orders", {**body, "freight": "7.00", "payable": "625.00"}, SHOP)
    report.check("another content under the id: 409", other.status == 409, other.body)
    numbers = play.api.post("/v1/numbers", {"buyer": "somebody", "count": 3})["numbers"]
    report.check("numbers are handed out to others too", len(set(numbers)) == 3, numbers)


def review(play: Play) -> None:
    """Held above 500.00 until released; split over two warehouses; amounts to the fen."""
    report, number = play.report, play.known["order"]
    report.step("Review, split, source, reserve")
    order = report.wait(
        "the rule holds the order: more than 500.00", lambda: play.order_in(number, "HELD")
    )
    report.say(f"hold {order['holds'][0]['type']}: {order['holds'][0]['reason']}")
    before = {
        key: play.balance(*key)["reserved"] for key in ((EAST, TEE), (EAST, MUG), (SOUTH, LAMP))
    }
    report.check("nothing is reserved while it is held", not order["fulfilments"], order)
    play.wms.behave(SOUTH, "down", method="deliveryorder.create", times=2)
    play.wms.behave(EAST, "timeout", method="deliveryorder.create", times=1, seconds=4)
    play.api.post(f"/v1/orders/{number}/release", {"hold": order["holds"][0]["type"]})
    order = report.wait(
        "released, it is split: one fulfilment per warehouse",
        lambda: play.order_with(number, 2),
    )
    parts = {each["warehouse"]: each for each in order["fulfilments"]}
    report.check("from both warehouses", set(parts) == {EAST, SOUTH}, parts)
    play.known["parts"] = {code: part["fulfilment_no"] for code, part in parts.items()}
    for column in ("goods_amount", "discount", "order_discount", "freight", "payable"):
        total = sum(Decimal(part[column]) for part in parts.values())
        report.check(
            f"{column} of the fulfilments adds up to {order[column]}",
            total == Decimal(order[column]),
            total,
        )
    for (code, sku), quantity in (((EAST, TEE), 3), ((EAST, MUG), 2), ((SOUTH, LAMP), 3)):
        now = play.balance(code, sku)["reserved"]
        wanted = before[(code, sku)] + quantity
        report.check(f"{quantity} × {sku} reserved in {code}", now == wanted, now)


def dispatch(play: Play) -> None:
    """One WMS is down, the other falls silent: the one is retried, the other asked, neither gets
    it twice.
    """
    report, parts = play.report, play.known["parts"]
    report.step("Dispatch: one WMS down, one silent; each gets the order once")
    for code in (EAST, SOUTH):
        report.wait(
            f"{code} has accepted {parts[code]}",
            partial(_at_wms, play, code),
            seconds=DISPATCH_SECONDS,
        )
    east = play.got(EAST, "deliveryorder.create", parts[EAST])
    report.check("the silent one was sent the order once", len(east) == 1, east)
    report.check(
        "and was asked by query before anything was sent again",
        play.got(EAST, "deliveryorder.query", parts[EAST]),
    )
    south = play.got(SOUTH, "deliveryorder.create", parts[SOUTH])
    report.check("the one that was down was tried again", len(south) == 3, south)
    for code, message in ((EAST, east[-1]), (SOUTH, south[-1])):
        _check_create(play, code, message)


def _at_wms(play: Play, code: str) -> str:
    return str(play.fulfilment(code)["wms_order_id"])


def _check_create(play: Play, code: str, message: dict[str, Any]) -> None:
    report, document = play.report, xml_of(play, message)
    order = document.find("deliveryOrder")
    if order is None:
        raise CheckFailed(f"{code}: no deliveryOrder in message {message['n']}")
    header = {child.tag: Decimal(child.text or "0") for child in order if "mount" in child.tag}
    header["freight"] = Decimal(order.findtext("freight") or "0")
    total = header["totalAmount"]
    report.check(
        f"{code}: totalAmount = ar + got = itemAmount − discountAmount + freight = {total}",
        total
        == header.get("arAmount", Decimal(0)) + header["gotAmount"]
        == header["itemAmount"] - header["discountAmount"] + header["freight"],
        header,
    )
    report.check(
        f"{code}: totalAmount is what the buyer pays for this part",
        total == Decimal(play.fulfilment(code)["payable"]),
        total,
    )
    items = {
        each.findtext("itemCode"): each.findtext("itemId") for each in document.iter("orderLine")
    }
    kept = {sku: play.known[f"item:{sku}"][code] for sku in items if sku}
    report.check(f"{code}: every line carries the itemId that was kept", items == kept, items)


def ship(play: Play) -> None:
    """Steps of the WMS; one part in one message with two parcels, the other partial, then final."""
    report, parts, number = play.report, play.known["parts"], play.known["order"]
    report.step("Process steps and shipments")
    for code in (EAST, SOUTH):
        for status in ("ACCEPT", "PICK", "PACKAGE"):
            sent = play.wms.post(
                f"/_sim/orders/{parts[code]}/process", status=status, warehouse=code
            )
            report.check(
                f"{code}: orderprocess.report {status}: success", sent["flag"] == "success"
            )
    before = {key: play.balance(*key) for key in ((EAST, TEE), (EAST, MUG), (SOUTH, LAMP))}
    _confirm(play, EAST, 0, _parcel("SF1", {TEE: 3}), _parcel("SF2", {MUG: 2}))
    _confirm(play, SOUTH, 1, _parcel("YT1", {LAMP: 1}))
    report.wait(
        "one part shipped, the other in part: the order is PART_SHIPPED",
        lambda: play.order_in(number, "PART_SHIPPED"),
    )
    _confirm(play, SOUTH, 0, _parcel("YT2", {LAMP: 2}))
    order = report.wait("the order is SHIPPED", lambda: play.order_in(number, "SHIPPED"))
    shipments = [each for part in order["fulfilments"] for each in part["shipments"]]
    report.check("three shipments with four parcels", _counts(shipments) == (3, 4), shipments)
    play.known["shipments"] = [each["shipment"] for each in shipments]
    for (code, sku), quantity in (((EAST, TEE), 3), ((EAST, MUG), 2), ((SOUTH, LAMP), 3)):
        was, now = before[(code, sku)], play.balance(code, sku)
        moved = (
            was["quantities"]["ZP"] - now["quantities"]["ZP"],
            was["reserved"] - now["reserved"],
            was["available"] - now["available"],
        )
        report.check(
            f"{code} {sku}: {quantity} left, the reservation is posted, the available unchanged",
            moved == (quantity, quantity, 0),
            moved,
        )
    report.wait("every shipment has its cost of sales", lambda: _costed(play))


def _counts(shipments: list[dict[str, Any]]) -> tuple[int, int]:
    return len(shipments), sum(len(each["parcels"]) for each in shipments)


def _costed(play: Play) -> bool:
    entries = [
        entry
        for shipment in play.known["shipments"]
        for entry in play.api.get(f"/v1/entries/{shipment}")["entries"]
    ]
    if not entries or any(entry["value"] is None for entry in entries):
        return False
    for entry in entries:
        play.report.say(
            f"{entry['document']} {entry['sku']} × {entry['quantity']}: {entry['value']}"
        )
    play.known["shipment_entries"] = entries
    return True


def _parcel(waybill: str, items: dict[str, int]) -> dict[str, Any]:
    return {
        "express_code": waybill,
        "logistics_code": waybill[:2],
        "items": [{"item": sku, "quantity": count} for sku, count in items.items()],
    }


def _confirm(play: Play, code: str, kind: int, *parcels: dict[str, Any]) -> None:
    number = play.known["parts"][code]
    packages = [
        {**parcel, "express_code": f"{parcel['express_code']}-{play.run}"} for parcel in parcels
    ]
    sent = play.wms.post(
        f"/_sim/orders/{number}/confirm", confirm_type=kind, packages=packages, warehouse=code
    )
    play.report.check(
        f"{code}: deliveryorder.confirm, confirmType {kind}, {len(parcels)} parcel(s): success",
        sent["flag"] == "success",
        sent,
    )
    play.known.setdefault("confirms", []).append(sent["n"])
