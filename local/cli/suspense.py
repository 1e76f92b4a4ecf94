"""What stands in suspense, for people who are to say what it was."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.bootstrap.movement_shapes import standing_json
from chalicelib.stock.model import Unplaced
from chalicelib.stock.standing import StandingState
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage

PAGE = 100


def suspense(
    *,
    warehouse: Annotated[str, typer.Option(help="Only of this warehouse.")] = "",
    kind: Annotated[Unplaced | None, typer.Option(help="What it came with.")] = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="What did stand there and doesn't any more.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = PAGE,
    as_json: AsJson = False,
) -> None:
    """Documents of which pieces stand in suspense, the oldest first with its age.

    Example: oms suspense --warehouse WH-EAST --kind CHANGE
    """
    oms = stage()
    state = StandingState.SETTLED if settled else StandingState.OPEN
    page = oms.stock.standing(state, warehouse=warehouse, kind=kind, limit=limit)
    rows = [standing_json(row, oms.clock.now()) for row in page.rows]
    if as_json:
        return say_json({"documents": rows, "more": page.next_cursor is not None})
    columns = ("since", "age", "document", "warehouse", "kind", "#pieces", "settled at")
    say_table("In suspense", columns, [_row(each) for each in rows])
    return say("There are more: --limit") if page.next_cursor else None


def _row(shown: dict[str, Any]) -> list[object]:
    days, hours = divmod(shown["age_hours"], 24)
    age = f"{days} d {hours} h" if days else f"{hours} h"
    pieces = shown["came_in"] if shown["settled_at"] else shown["pieces"]
    names = ("document", "warehouse", "kind")
    return [shown["since"], age, *(shown[name] for name in names), pieces, shown["settled_at"]]
