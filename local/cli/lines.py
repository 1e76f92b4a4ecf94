"""What messages say, line by line: to list, to count, to hand on."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Container
from chalicelib.kernel.clock import business_date, to_text
from chalicelib.kernel.items import from_item
from chalicelib.messages.model import Message, Outcome
from chalicelib.warehouse.contents import Row, Where, leaves, rows_of
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage

AT_ONCE = 8
"""Bodies read at the same time: each waits for the bucket and the key service."""

SHOWN = 200
"""Rows of a table; a file and --json get all of them."""


def lines(
    *,
    wms: Annotated[str, typer.Option(help="The warehouse system's code.")],
    method: Annotated[str, typer.Option(help="Such as deliveryorder.confirm; all if none.")] = "",
    day: Annotated[str, typer.Option(help="A China day, today if not given.")] = "",
    where: Annotated[
        str, typer.Option(metavar="LEAF=VALUE", help="Only lines that say this: itemCode=TEE.")
    ] = "",
    outcome: Annotated[Outcome | None, typer.Option(help="Of messages with this outcome.")] = None,
    csv_file: Annotated[
        str, typer.Option("--csv", metavar="FILE", help="Write all lines, one column a leaf.")
    ] = "",
    count_by: Annotated[
        str, typer.Option(metavar="LEAF", help="Count the lines by what this leaf says.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Lines of a warehouse system's messages of a day, from their XML; persons are masked.

    Example: oms lines --wms WH-EAST --method deliveryorder.confirm --count-by itemCode
    """
    name, equals, value = where.partition("=")
    if where and not (name and equals):
        raise typer.BadParameter("--where is such as itemCode=TEE-WHITE-M")
    oms = stage()
    on = day_of(day) if day else business_date(oms.clock.now())
    wanted = Where(field=name, value=value, outcome=outcome)
    found = list(_rows(oms, _messages(oms, f"wms:{wms}", method, on), wanted))
    if csv_file:
        _write(Path(csv_file), found)
        say(f"{len(found)} lines written to {csv_file}")
    elif count_by:
        _show_counts(found, count_by, as_json=as_json)
    elif as_json:
        say_json({"lines": [_row_json(row) for row in found]})
    else:
        _show(found)


def _messages(oms: Container, peer: str, method: str, on: Any) -> list[Message]:
    found: list[Message] = []
    cursor: str | None = None
    while True:
        page = oms.messages.of_peer(peer, method, day=on, cursor=cursor)
        found += [from_item(item, Message) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def _rows(oms: Container, found: list[Message], wanted: Where) -> Iterator[Row]:
    contents = oms.contents
    with progress("reading", len(found)) as (bar, task), ThreadPoolExecutor(AT_ONCE) as pool:
        for content in pool.map(contents.tried, found):
            bar.advance(task)
            yield from rows_of(content, wanted)


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "message_id": row.message.id,
        "at": to_text(row.message.at),
        "method": row.message.method,
        "outcome": row.message.outcome.value,
        "documents": list(row.message.documents),
        "number": row.number,
        "path": row.path,
        "header": dict(row.header),
        "leaves": dict(row.line),
        "unreadable": row.unreadable,
    }


def _show_counts(found: list[Row], leaf: str, *, as_json: bool) -> None:
    counts = Counter(value for row in found for value in set(leaves(row, leaf)))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if as_json:
        return say_json({"counts": dict(ordered), "lines": len(found)})
    return say_table(f"Lines by {leaf}", (leaf, "#lines"), ordered)


def _show(found: list[Row]) -> None:
    rows = [
        (
            to_text(row.message.at),
            row.message.id,
            row.message.method,
            row.message.outcome.value,
            row.number,
            row.unreadable or _leaves_text(row),
        )
        for row in found[:SHOWN]
    ]
    say_table("Lines", ("at", "message", "method", "outcome", "#line", "says"), rows)
    if len(found) > SHOWN:
        say(f"{len(found) - SHOWN} more: --csv FILE, --json, or --where")


def _leaves_text(row: Row) -> str:
    shown = row.line or row.header
    return ", ".join(f"{path}={value}" for path, value in shown.items())


def _write(file: Path, found: list[Row]) -> None:
    """One column a leaf, in the order in which they are met; the header's leaves first."""
    headers = dict.fromkeys(path for row in found for path in row.header)
    own = dict.fromkeys(path for row in found for path in row.line)
    fixed = ("message_id", "at", "method", "outcome", "documents", "number", "path", "unreadable")
    try:
        with file.open("w", newline="", encoding="utf-8-sig") as out:
            writer = csv.writer(out)
            writer.writerow([*fixed, *headers, *(f"line/{path}" for path in own)])
            for row in found:
                known = _row_json(row)
                cells = [known[name] for name in fixed]
                cells[4] = " ".join(row.message.documents)
                cells += [row.header.get(path, "") for path in headers]
                cells += [row.line.get(path, "") for path in own]
                writer.writerow([_safe(cell) for cell in cells])
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be written: {error.strerror}") from None


def _safe(cell: object) -> object:
    """A text that a spreadsheet would run as a formula is put behind an apostrophe."""
    text = str(cell)
    begins = text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if begins and not text.lstrip("+-").replace(".", "", 1).isdigit() else cell
