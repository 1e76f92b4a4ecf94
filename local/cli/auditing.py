"""The audit of the books."""

from __future__ import annotations

from typing import Annotated

import typer

from chalicelib.bootstrap import Container
from chalicelib.kernel.items import to_item
from chalicelib.stock.auditing import Finding
from chalicelib.stock.snapshot_store import CloseRun
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage


def audit(
    warehouse: Annotated[str, typer.Option(help="Only this warehouse.")] = "",
    day: Annotated[str, typer.Option(help="Also how this day was closed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Adds the whole ledger up once more, from its first entry, and compares: balances, what is
    free and reserved, the balances that entries tell, costs, cost pools and layers; with `--day`
    the closing of that day too. Ends with 1 if anything differs.

    It reads the history, so it takes its time; the OMS may go on meanwhile.

    Example: oms audit --warehouse WH-EAST --day 2026-11-21
    """
    oms = stage()
    run = oms.auditor.closed_run(day_of(day)) if day else None
    codes = [oms.catalog.warehouse(warehouse).code] if warehouse else _codes(oms)
    broken = run is not None and not oms.auditor.root_holds(run)
    found = _findings(oms, codes, run)
    if as_json:
        root = None if run is None else not broken
        shown = [to_item(each) for each in found]
        say_json({"warehouses": codes, "run": run and run.id, "root_holds": root, "found": shown})
    elif found:
        columns = ("check", "warehouse", "SKU", "what", "#kept", "#ledger")
        rows = [[str(value) for value in to_item(each).values()] for each in found]
        say_table("What doesn't agree", columns, rows)
    else:
        say(f"The books of {', '.join(codes) or 'no warehouse'} agree with the ledger.")
    if broken and run is not None and not as_json:
        say(f"Run {run.id} has other shards than it was closed with.")
    if found or broken:
        raise typer.Exit(1)


def _codes(oms: Container) -> list[str]:
    return [each.code for each in oms.catalog.warehouses()]


def _findings(oms: Container, codes: list[str], run: CloseRun | None) -> list[Finding]:
    shards = [(code, at) for code in codes for at in range(oms.catalog.warehouse(code).buckets)]
    found: list[Finding] = []
    with progress("auditing", len(shards)) as (bar, task):
        for code, bucket in shards:
            found += oms.auditor.audit_bucket(code, bucket, run)
            bar.advance(task)
    return found
