"""Stock, ledger entries, the daily close and its comparison, exceptions, numbers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Container
from chalicelib.bootstrap.past import closing_page
from chalicelib.bootstrap.stock_shapes import balance_json, closing_json, entry_json
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import format_fen
from chalicelib.stock.model import Balance
from chalicelib.stock.past import ClosingStock
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage


def stock(
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    sku: Annotated[str, typer.Option(help="Only this SKU.")] = "",
    as_json: AsJson = False,
) -> None:
    """Balances of a warehouse: pieces by inventory type, available, reserved, and what they cost.

    Example: oms stock WH-EAST --sku TEE-WHITE-M
    """
    oms = stage()
    buckets = oms.catalog.warehouse(warehouse).buckets
    if sku:
        found = list(oms.stock.balances([(warehouse, sku)]).values())
    else:
        found = _all_balances(oms, warehouse, buckets)
    pools = oms.costs.pools([(each.warehouse, each.sku) for each in found])
    shown = [balance_json(each, pools.get((each.warehouse, each.sku))) for each in found]
    if as_json:
        return say_json({"warehouse": warehouse, "balances": shown})
    types = sorted({name for each in found for name in each.quantities})
    columns = ("SKU", *(f"#{name}" for name in types), "#available", "#reserved", "#value", "#unit")
    return say_table(
        f"Stock of {warehouse}", columns, [_balance_row(each, types) for each in shown]
    )


def _all_balances(oms: Container, warehouse: str, buckets: int) -> list[Balance]:
    found: list[Balance] = []
    with progress(f"reading {warehouse}", buckets) as (bar, task):
        for bucket in range(buckets):
            cursor: str | None = None
            while True:
                page, cursor = oms.stock.balance_page(warehouse, bucket, cursor=cursor)
                found += page
                if cursor is None:
                    break
            bar.advance(task)
    return sorted(found, key=lambda balance: balance.sku)


def _balance_row(shown: dict[str, Any], types: list[str]) -> list[object]:
    behind = "" if shown["costed_version"] == shown["version"] else " …"
    quantities = [shown["quantities"].get(name, 0) for name in types]
    value = f"{shown['value']}{behind}"
    return [
        shown["sku"],
        *quantities,
        shown["available"],
        shown["reserved"],
        value,
        shown["unit_cost"],
    ]


def closing_stock(
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    day: Annotated[str, typer.Argument(help="A day such as 2026-11-22.")],
    *,
    sku: Annotated[str, typer.Option(help="Only this SKU.")] = "",
    category: Annotated[str, typer.Option(help="Only the own SKUs of this category.")] = "",
    as_json: AsJson = False,
) -> None:
    """What there was in a warehouse when a day ended, in pieces and money, with its totals.

    It begins with the last close and adds the entries since. A value ends in … where something
    isn't costed yet. Of a day that isn't over it is what is booked so far.

    Example: oms closing-stock WH-EAST 2026-11-21 --category SHIRTS
    """
    if sku and category:
        raise typer.BadParameter("one SKU, or one category")
    found = _closing_stock(warehouse, day_of(day), sku=sku, category=category)
    types = sorted({name for each in found for name in each.quantities})
    costed = all(each.value is not None for each in found)
    value = sum(each.value or 0 for each in found)
    totals = {name: sum(each.quantities.get(name, 0) for each in found) for name in types}
    shown = [closing_json(each) for each in found]
    if as_json:
        worth = format_fen(value) if costed else None
        total = {"quantities": totals, "quantity": sum(totals.values()), "value": worth}
        return say_json({"warehouse": warehouse, "day": day, "stock": shown, "total": total})
    rows = [
        [
            each["sku"],
            *(each["quantities"].get(name, 0) for name in types),
            each["quantity"],
            each["value"] or "…",
            each["unit_cost"] or "",
        ]
        for each in shown
    ]
    sum_of = format_fen(value) + ("" if costed else " …")
    rows.append(["total", *totals.values(), sum(totals.values()), sum_of, ""])
    columns = ("SKU", *(f"#{name}" for name in types), "#pieces", "#value", "#unit")
    return say_table(f"Stock of {warehouse} at the end of {day}", columns, rows)


def _closing_stock(warehouse: str, day: date, *, sku: str, category: str) -> list[ClosingStock]:
    oms = stage()
    found: list[ClosingStock] = []
    cursor: str | None = None
    with progress(f"reading {warehouse}", None) as (bar, task):
        while True:
            page = closing_page(oms, warehouse, day, sku=sku, category=category, cursor=cursor)
            found += page.stock
            bar.advance(task, len(page.stock))
            cursor = page.next_cursor
            if cursor is None:
                return sorted(found, key=lambda each: each.sku)


def entries(
    document: Annotated[str, typer.Argument(help="A receipt, shipment, adjustment …")],
    as_json: AsJson = False,
) -> None:
    """The ledger entries of a document, each with its value, its message and the element in it.

    Example: oms entries RK261122123456785
    """
    oms = stage()
    values = oms.costs.values_of(document)
    found = [
        entry_json(each, [value for value in values if value.entry_id == each.id])
        for each in oms.stock.entries_of(document)
    ]
    if as_json:
        say_json({"document": document, "entries": found})
    else:
        say_entries(f"Entries of {document}", found)


def say_entries(title: str, found: list[dict[str, Any]]) -> None:
    """Entries as a table."""
    columns = ("entry", "#seq", "SKU", "#pieces", "from", "to", "#value", "message", "element")
    names = ("entry", "sequence", "sku", "quantity", "from", "to", "value", "message_id", "path")
    say_table(title, columns, [[each[name] for name in names] for each in found])


def close(
    day: Annotated[str, typer.Argument(help="A business day such as 2026-11-22.")],
    reason: Annotated[str, typer.Option(help="Why a closed day is closed anew.")] = "",
    as_json: AsJson = False,
) -> None:
    """Starts the close of a business day, or goes on with one that was started.

    Example: oms close 2026-11-22
    """
    run = stage().closes.start_close(day_of(day), reason=reason)
    if as_json:
        return say_json({"run": run.id, "state": run.state.value, "shards": len(run.shards)})
    return say(f"Run {run.id} is {run.state.value}: {len(run.shards)} shards.")


def close_status(
    run: Annotated[str, typer.Argument(help="A run such as 2026-11-22.001.")],
    as_json: AsJson = False,
) -> None:
    """How far a close is, what its audit found, and what came of comparing it with the warehouses'
    own figures.

    Example: oms close-status 2026-11-22.001
    """
    oms = stage()
    found = oms.closes.run(run)
    comparisons = [
        {
            "warehouse": each.warehouse,
            "asked_at": to_text(each.asked_at),
            "compared": each.compared,
            "different": each.different,
            "unexplained": each.unexplained,
            "message_id": each.source.message_id,
        }
        for warehouse in found.run.warehouses
        for each in oms.reconciliation.comparisons(run, warehouse)
    ]
    audits = [
        {
            "warehouse": warehouse,
            "shards": len(done),
            "pools": sum(each.pools for each in done),
            "entries": sum(each.entries for each in done),
            "found": sum(each.found for each in done),
        }
        for warehouse in found.run.warehouses
        if (done := oms.nightly_audit.audits(run, warehouse))
    ]
    if as_json:
        return say_json(
            {
                "run": found.run.id,
                "day": found.run.business_date.isoformat(),
                "state": found.run.state.value,
                "done": found.done,
                "total": found.total,
                "root": found.run.root,
                "comparisons": comparisons,
                "audits": audits,
            }
        )
    say(f"Run {found.run.id} is {found.run.state.value}: {found.done} of {found.total} shards.")
    counts = ("warehouse", "#shards", "#pools", "#entries", "#found")
    say_table("Audited", counts, [list(each.values()) for each in audits])
    columns = ("warehouse", "asked at", "#compared", "#different", "#unexplained", "message")
    return say_table("Comparisons", columns, [list(each.values()) for each in comparisons])


def compare(
    run: Annotated[str, typer.Argument(help="A run such as 2026-11-22.001.")],
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    as_json: AsJson = False,
) -> None:
    """Has a warehouse asked for its figures once more; `close-status` shows what came of it.

    Example: oms compare 2026-11-22.001 WH-EAST
    """
    stage().reconciliation.ask_again(run, warehouse)
    if as_json:
        return say_json({"run": run, "warehouse": warehouse, "asked": True})
    return say(f"{warehouse} is asked again; see: oms close-status {run}")


def numbers(
    buyer: Annotated[str, typer.Argument(help="Whose orders: numbers of one share their gene.")],
    count: Annotated[int, typer.Option(help="How many, up to 1000.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Hands out order numbers.

    Example: oms numbers buyer-4711 --count 3
    """
    found = stage().numbers.order_numbers(buyer, count)
    if as_json:
        return say_json({"numbers": found})
    return print("\n".join(found))
