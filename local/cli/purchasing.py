"""Purchase orders by hand: drafted, approved, ended; goods that nobody announced."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Container
from chalicelib.bootstrap.shapes import purchase_json, receipt_json
from chalicelib.kernel.items import to_item
from chalicelib.purchasing.intake import parse_change, parse_purchase_order
from chalicelib.purchasing.model import ANY, BatchRule, PurchaseOrder, Tolerance
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.reading import JsonFile, read_object
from local.cli.stage import stage

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The purchase order's.")]
Because = Annotated[str, typer.Option(help="Why; kept with it. No personal data.")]
Code = Annotated[str, typer.Option(help="A code; `*`: any.")]


def show_purchase(number: Number, as_json: AsJson = False) -> None:
    """A purchase order: its lines, what was received, what happened to it and by whom.

    Example: oms purchase show PO261122763343857
    """
    oms = stage()
    order = oms.purchasing.purchase_order(number)
    if as_json:
        return say_json(_whole(oms, order))
    say(
        f"{order.no} of {order.supplier} for {order.warehouse}: {order.state.value}, "
        f"cancel {order.cancel.value}, version {order.version}"
    )
    say_table(
        "Lines",
        ("#line", "sku", "#ordered", "#received"),
        [(line.line_no, line.sku, line.quantity, line.received_total) for line in order.lines],
    )
    return say_table(
        "Steps",
        ("at", "event", "before", "after", "by", "because"),
        [
            (step.at, step.event, step.before, step.after, step.by, step.because)
            for step in oms.purchasing.steps(number)
        ],
    )


def draft(file: JsonFile, as_json: AsJson = False) -> None:
    """Writes a draft down; the file has the form of `POST /v1/purchase-orders`.

    Example: oms purchase draft order.json
    """
    oms = stage()
    given = parse_purchase_order(_bytes(file))
    order, _ = oms.purchasing.draft(given, by=getpass.getuser())
    return _said(oms, order, as_json=as_json)


def change(number: Number, file: JsonFile, as_json: AsJson = False) -> None:
    """Says a draft anew; `version` in the file is the one it was made from.

    Example: oms purchase change PO261122763343857 order.json
    """
    oms = stage()
    given, version = parse_change(_bytes(file))
    order = oms.purchasing.change_draft(number, given, version=version, by=getpass.getuser())
    return _said(oms, order, as_json=as_json)


def approve(
    number: Number,
    *,
    version: Annotated[int, typer.Option(help="Of the draft as you have seen it.")],
    as_json: AsJson = False,
) -> None:
    """Approves a draft, and sends it to its warehouse.

    Example: oms purchase approve PO261122763343857 --version 1
    """
    oms = stage()
    order = oms.purchasing.approve(number, version=version, by=getpass.getuser())
    return _said(oms, order, as_json=as_json)


def cancel(number: Number, *, because: Because, as_json: AsJson = False) -> None:
    """Cancels an order of which nothing has arrived; where a warehouse may have it, it is asked.

    Example: oms purchase cancel PO261122763343857 --because "the supplier can't deliver"
    """
    oms = stage()
    order = oms.purchasing.cancel(number, because=because, by=getpass.getuser())
    return _said(oms, order, as_json=as_json)


def close(number: Number, *, because: Because, as_json: AsJson = False) -> None:
    """Closes an order short: no more is expected of it.

    Example: oms purchase close PO261122763343857 --because "the rest is out of stock"
    """
    oms = stage()
    order = oms.purchasing.close(number, because=because, by=getpass.getuser())
    return _said(oms, order, as_json=as_json)


def blind(
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    as_json: AsJson = False,
) -> None:
    """What arrived and nobody had announced, until it is attached; the oldest first.

    Example: oms purchase blind WH-EAST
    """
    found, cursor = stage().purchasing.blind_receipts(warehouse, limit=100)
    if as_json:
        return say_json({"receipts": [receipt_json(each) for each in found], "more": bool(cursor)})
    return say_table(
        "Blind receipts",
        ("receipt", "announced as", "at", "#lines", "#pieces"),
        [
            (
                each.id,
                each.announced_as,
                each.occurred_at,
                len(each.lines),
                sum(line.quantity for line in each.lines),
            )
            for each in found
        ],
    )


def attach(
    receipt: Annotated[str, typer.Argument(help="As `oms purchase blind` shows it.")],
    number: Number,
    as_json: AsJson = False,
) -> None:
    """Says of which purchase order a blind receipt was: it leaves suspense.

    Example: oms purchase attach RK261122763343857 PO261122763343857
    """
    settling = stage().purchasing.attach_receipt(receipt, number, by=getpass.getuser())
    if as_json:
        return say_json(receipt_json(settling))
    return say(f"{settling.id} takes {receipt} out of suspense for {number}.")


def tolerances(as_json: AsJson = False) -> None:
    """How much more than ordered may arrive without a person being asked.

    Example: oms purchase tolerances
    """
    found, cursor = stage().purchasing.tolerances.listed(limit=1000)
    rows = [to_item(each) for each in found]
    if as_json:
        return say_json({"tolerances": rows, "more": cursor is not None})
    names = ("owner", "supplier", "warehouse", "#percent", "#pieces")
    return say_table("Tolerances", names, [[str(cell) for cell in row.values()] for row in rows])


def put_tolerance(
    *,
    owner: Code = ANY,
    supplier: Code = ANY,
    warehouse: Code = ANY,
    percent: Annotated[int, typer.Option(help="Of the line's pieces.")] = 0,
    pieces: Annotated[int, typer.Option(help="Or so many, whichever is more.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Sets how much more than ordered may arrive quietly; what names most counts.

    Example: oms purchase tolerance --supplier SUP1 --percent 5 --pieces 2
    """
    wanted = Tolerance(
        owner=owner, supplier=supplier, warehouse=warehouse, percent=percent, pieces=pieces
    )
    kept = stage().purchasing.tolerances.put(wanted)
    if as_json:
        return say_json(to_item(kept))
    names = f"{kept.owner}/{kept.supplier}/{kept.warehouse}"
    return say(f"{names}: {kept.percent} % or {kept.pieces} pieces more, whichever is more.")


def batch(
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    sku: Annotated[str, typer.Argument(help="The SKU's code.")],
    code: Annotated[str, typer.Argument(metavar="BATCH", help="Ours, or the warehouse's.")],
    as_json: AsJson = False,
) -> None:
    """What came of a batch: by which receipt, from which supplier.

    Example: oms purchase batch WH-EAST TEE-WHITE-M SUP1-261122-001
    """
    found = stage().purchasing.batches.receipts_of(warehouse, sku, code)
    if as_json:
        return say_json({"receipts": [to_item(each) for each in found]})
    return say_table(
        f"Batch {code}",
        ("receipt", "supplier", "purchase order", "#pieces", "quality", "ours", "the warehouse's"),
        [
            (
                each.receipt,
                each.supplier,
                each.purchase_order,
                each.quantity,
                each.inventory_type,
                each.batch,
                each.reported_batch,
            )
            for each in found
        ],
    )


def batch_rules(as_json: AsJson = False) -> None:
    """How batch codes are made, rule by rule.

    Example: oms purchase batch-rules
    """
    found, cursor = stage().purchasing.batches.listed(limit=1000)
    rows = [to_item(each) for each in found]
    if as_json:
        return say_json({"batch_rules": rows, "more": cursor is not None})
    names = ("warehouse", "category", "template")
    return say_table("Batch rules", names, [[str(cell) for cell in row.values()] for row in rows])


def put_batch_rule(
    template: Annotated[
        str,
        typer.Argument(help="Of {supplier} {date} {order} {line} {sku} {sequence}; `` ends it."),
    ],
    *,
    warehouse: Code = ANY,
    category: Annotated[str, typer.Option(help="Of SKUs; `*`: any.")] = ANY,
    as_json: AsJson = False,
) -> None:
    """Sets how batch codes are made for what is bought into a warehouse; what names most counts.

    Example: oms purchase batch-rule "{supplier}-{date}-{sequence}" --warehouse WH-EAST
    """
    wanted = BatchRule(warehouse=warehouse, category=category, template=template)
    kept = stage().purchasing.batches.put(wanted)
    if as_json:
        return say_json(to_item(kept))
    return say(f"{kept.warehouse}/{kept.category}: {kept.template or 'no codes of ours'}")


def _bytes(file: Any) -> bytes:
    return json.dumps(read_object(file)).encode()


def _whole(oms: Container, order: PurchaseOrder) -> dict[str, Any]:
    receipts, steps = oms.purchasing.receipts(order.no), oms.purchasing.steps(order.no)
    return purchase_json(order, receipts, steps)


def _said(oms: Container, order: PurchaseOrder, *, as_json: bool) -> None:
    if as_json:
        return say_json(_whole(oms, order))
    cancel_state = f", cancel {order.cancel.value}" if order.cancel.value != "NONE" else ""
    return say(f"{order.no} is {order.state.value}{cancel_state}, version {order.version}.")
