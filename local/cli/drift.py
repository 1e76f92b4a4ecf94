"""What a warehouse system knows of our master data against what we know."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Container
from chalicelib.kernel.items import to_item
from chalicelib.warehouse.drift_store import DriftPart, DriftRow, DriftRun, DriftState
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage

LOOK_SECONDS = 1.0


def drift(
    wms: Annotated[str, typer.Argument(metavar="WMS", help="The connection's code.")],
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Send again what differs.")] = False,
    wait: Annotated[
        bool, typer.Option(help="Wait until the WMS has been asked for everything.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Asks a WMS what it knows of our SKUs, bundles and its warehouses, and lists what differs.
    The run goes on without this command; started again, the command joins it.

    Example: oms drift WH-EAST --fix
    """
    oms = stage()
    run = oms.warehouse.drift.start(wms, fix=fix)
    if wait:
        run = _followed(oms, run)
    rows = [row for part in DriftPart for row in _rows(oms, wms, part)] if wait else []
    if as_json:
        return say_json({"run": to_item(run), "differences": [to_item(row) for row in rows]})
    if rows:
        columns = ("kind", "code", "differs in", "ours", "theirs", "fixed", "message")
        say_table(f"What {wms} knows otherwise", columns, [_shown(row) for row in rows])
    return say(
        f"Run {run.id} is {run.state.value}: {run.asked} asked, {run.different} different, "
        f"{run.fixed} fixed, {run.on_their_way} on their way."
    )


def _followed(oms: Container, run: DriftRun) -> DriftRun:
    with progress(f"asking {run.wms}", 100) as (bar, task):
        while run.state is DriftState.RUNNING:
            bar.update(task, completed=run.percent, description=f"asked {run.wms} {run.asked}")
            time.sleep(LOOK_SECONDS)
            run = oms.warehouse.drift.run(run.wms)
    return run


def _rows(oms: Container, wms: str, part: DriftPart) -> list[DriftRow]:
    found: list[DriftRow] = []
    cursor: str | None = None
    while True:
        rows, cursor = oms.warehouse.drift.rows(wms, part, cursor=cursor)
        found += rows
        if cursor is None:
            return found


def _shown(row: DriftRow) -> list[Any]:
    names = ", ".join(row.differences)
    ours, theirs = "; ".join(row.ours.values()), "; ".join(row.theirs.values())
    fixed = "yes" if row.fixed else ""
    return [row.part.value, row.code, names, ours, theirs, fixed, row.message_id]
