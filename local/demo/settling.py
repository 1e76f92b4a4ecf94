"""Steps 7 to 11: notices, the invoice, a cancelled order, the close of the day, the trace."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from local.demo import storage
from local.demo.play import EAST, MUG, SHOP, SOUTH, Play
from local.demo.selling import line, order_body
from local.verifying import Verifier


def notices(play: Play) -> None:
    """One SMS per parcel, none twice."""
    report = play.report
    report.step("Notice: one SMS per parcel")
    waybills = {f"{name}-{play.run}" for name in ("SF1", "SF2", "YT1", "YT2")}
    sent = report.wait(
        "the buyer got one SMS for each of the four parcels",
        lambda: _sms(play, waybills),
    )
    for each in sent:
        report.say(f"{each['template']} about {each['parameters']['waybill']}: {each['biz_id']}")
    play.known["waybills"] = waybills


def _sms(play: Play, waybills: set[str]) -> list[dict[str, Any]]:
    """All messages about these parcels, once each of them has one."""
    about = _about(play, waybills)
    return about if {each["parameters"]["waybill"] for each in about} == waybills else []


def _about(play: Play, waybills: set[str]) -> list[dict[str, Any]]:
    every = play.sms.get("/_sim/sms")["sms"]
    return [each for each in every if each["parameters"].get("waybill") in waybills]


def invoice(play: Play) -> None:
    """Computed per line, issued asynchronously, the number kept."""
    report, number = play.report, play.known["order"]
    report.step("Invoice: computed per line, issued by the tax platform, number kept")
    issued = report.wait("the invoice is issued", lambda: _issued(play, number), seconds=120)
    report.say(f"invoice {issued['invoice_no']}: number {issued['number']}, {issued['gross']}")
    order = play.api.get(f"/v1/orders/{number}")
    report.check(
        f"it comes to what was paid: {order['payable']}", issued["gross"] == order["payable"]
    )
    rows = issued["rows"]
    report.check(
        "net + tax = gross on every row, and the rows add up to the invoice",
        all(_sum(row["net"], row["tax"]) == Decimal(row["gross"]) for row in rows)
        and sum(Decimal(row["gross"]) for row in rows) == Decimal(issued["gross"]),
        rows,
    )


def _sum(*amounts: str) -> Decimal:
    return sum((Decimal(amount) for amount in amounts), Decimal(0))


def _issued(play: Play, number: str) -> Any:
    found = play.api.get(f"/v1/orders/{number}/invoices")["invoices"]
    return found[0] if found and found[0]["state"] == "ISSUED" else None


def cancel(play: Play) -> None:
    """An order is cancelled while the WMS picks: the WMS's word decides."""
    report = play.report
    report.step("Cancel while the WMS picks: the WMS decides")
    before = play.balance(EAST, MUG)
    body = order_body(play, "cancel", [line(1, MUG, 2, "35.50")], payable="71.00")
    number = play.send("/v1/orders", body, SHOP).json()["order_no"]
    report.say(f"order {number}")
    order = report.wait("it is at the WMS", lambda: _accepted(play, number))
    part = order["fulfilments"][0]["fulfilment_no"]
    for status in ("ACCEPT", "PICK"):
        play.wms.post(f"/_sim/orders/{part}/process", status=status, warehouse=EAST)
    report.check(
        "2 pieces are reserved", play.balance(EAST, MUG)["reserved"] == before["reserved"] + 2
    )
    play.api.post(f"/v1/orders/{number}/cancel", {"reason": "the buyer changed their mind"})
    report.wait("the WMS was asked (order.cancel)", lambda: play.got(EAST, "order.cancel", part))
    report.wait("the order is CANCELLED", lambda: play.order_in(number, "CANCELLED"))
    report.wait(
        "only now the reservation is given back",
        lambda: play.balance(EAST, MUG)["reserved"] == before["reserved"],
    )


def _accepted(play: Play, number: str) -> Any:
    order = play.api.get(f"/v1/orders/{number}")
    parts = order["fulfilments"]
    return order if parts and parts[0]["wms_order_id"] else None


def close(play: Play) -> None:
    """The day is closed in shards and compared with the WMS; a planted difference is found and
    explained.
    """
    report = play.report
    report.step("Close: snapshot in shards, compared with each WMS")
    run = play.start_close()
    report.say(f"run {run}")
    done = report.wait(
        "every shard is closed, and with the last the run", lambda: _closed(play, run)
    )
    report.say(f"{done['done']} of {done['total']} shards, root {done['root'][:16]}…")
    storage.check_close(play, done)
    for code in (EAST, SOUTH):
        rows = play.api.get(f"/v1/closes/{run}", warehouse=code)["rows"]
        flows = [flow for row in rows for flow in (*row["quantities"].values(), row["value"])]
        report.check(
            f"{code}: closing = opening + in − out for {len(flows)} figures",
            flows and all(_balanced(flow) for flow in flows),
            flows,
        )
        first = report.wait(
            f"{code}: the WMS was asked, and nothing is unexplained",
            partial(_compared, play, run, code, 1),
        )
        report.check("compared figures", first[0]["unexplained"] == 0, first)
        storage.check_comparison(play, first[0])
    _verify(play, run)
    _plant(play, run)


def _verify(play: Play, run: str) -> None:
    day = date.fromisoformat(run.rpartition(".")[0])
    closed = play.oms.auditor.closed_run(day)
    shards = [
        (code, at)
        for code in closed.warehouses
        for at in range(play.oms.catalog.warehouse(code).buckets)
    ]
    found = Verifier(play.oms, closed, since=day).verify(shards, lambda: None)
    play.report.check(
        f"as closed, by one pass over {found.entries} entries, and by {found.elements} elements "
        f"of {found.messages} messages: the same {len(found.computed)} figures",
        found.holds and found.elements,
        found.as_json(),
    )


def _balanced(flow: dict[str, Any]) -> bool:
    came, went = sum(flow["incoming"].values()), sum(flow["outgoing"].values())
    return bool(flow["opening"] + came - went == flow["closing"])


def _closed(play: Play, run: str) -> Any:
    found = play.api.get(f"/v1/closes/{run}")
    return found if found["state"] == "CLOSED" else None


def _compared(play: Play, run: str, code: str, times: int) -> Any:
    found = play.api.get(f"/v1/closes/{run}/comparisons", warehouse=code)["comparisons"]
    return found if len(found) >= times else None


def _plant(play: Play, run: str) -> None:
    report = play.report
    item = {"item": MUG, "quantity": -1, "order_code": f"TZ-{play.run}", "order_type": "QTCK"}
    play.wms.post("/_sim/stockchange", warehouse=EAST, items=[item], silent=True)
    play.api.post(f"/v1/closes/{run}/comparisons", {"warehouse": EAST})
    found = report.wait("asked again", lambda: _compared(play, run, EAST, 2))[-1]
    report.check(
        "the planted difference of one mug is found, and nothing explains it",
        (found["different"], found["unexplained"]) == (1, 1),
        found,
    )
    before = play.balance(EAST, MUG)["quantities"]["ZP"]
    late = {**item, "quantity": 1, "item": MUG}
    play.wms.post("/_sim/stockchange", warehouse=EAST, items=[late], silent=True)
    sent = play.wms.post("/_sim/stockchange", warehouse=EAST, items=[item])
    report.check("the WMS reports it after all: success", sent["flag"] == "success", sent)
    report.wait(
        f"the books have {before - 1} mugs, one less",
        lambda: play.balance(EAST, MUG)["quantities"]["ZP"] == before - 1,
    )
    explanation = report.wait(
        "asked once more, the document explains it", lambda: _explanation(play, run)
    )
    document = explanation["document"]
    report.say(f"{explanation['label']}: {document}")
    entries = play.api.get(f"/v1/entries/{document}")["entries"]
    report.check(
        "the document is an adjustment of one mug",
        [(each["sku"], each["quantity"]) for each in entries] == [(MUG, 1)],
        entries,
    )
    report.check(
        "and its message is, byte for byte, what the WMS reported",
        play.api.get_bytes(f"/v1/messages/{entries[0]['message_id']}/raw")
        == play.wms.raw(sent["n"]),
    )


def _explanation(play: Play, run: str) -> Any:
    found = play.api.get(f"/v1/closes/{run}/comparisons", warehouse=EAST)["comparisons"]
    last = found[-1]
    if last["different"] == 1 and last["unexplained"] == 0:
        return last["differences"][0]["explanations"][0]
    play.api.post(f"/v1/closes/{run}/comparisons", {"warehouse": EAST})
    return None


def trace(play: Play) -> None:
    """The track, the raw bytes, and a ledger entry back to its element."""
    report, number = play.report, play.known["order"]
    report.step("Trace: from the order and the ledger back to the bytes")
    rows = play.api.get(f"/v1/orders/{number}/track")["track"]
    for row in rows:
        message = row["message_id"] or ""
        report.say(f"{row['at']}  {row['kind']:<16} {row['subject']}  {message}")
    kinds = {row["kind"] for row in rows}
    told = {"placed", "held", "reserved", "message_out", "shipped", "notice", "invoice_issued"}
    report.check(
        "the track tells the whole story, with what other slices did", told <= kinds, kinds
    )
    entry = play.known["shipment_entries"][0]
    raw = play.api.get_bytes(f"/v1/messages/{entry['message_id']}/raw")
    sent = {
        hashlib.sha256(play.wms.raw(count)).hexdigest(): count for count in play.known["confirms"]
    }
    report.check(
        "a ledger entry's message is, byte for byte, what the WMS sent",
        hashlib.sha256(raw).hexdigest() in sent,
    )
    storage.check_order(play)
    storage.check_message(play, play.known["order_message"])
    about = _about(play, play.known["waybills"])
    report.check(
        "and still there is one SMS for each parcel, and none twice",
        len(about) == len(play.known["waybills"]),
        about,
    )
    report.say(f"{entry['document']} {entry['sku']}: message {entry['message_id']}")
    report.say(f"element {entry['path']}")
    report.say(f"./oms trace {entry['document']}")
