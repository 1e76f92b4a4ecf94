"""Messages of warehouse systems, tried on an OMS in this process."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.warehouse.connections import Connection
from local.checking.checking import WMS, Checked, Checking, as_json, connection_of, files_of
from local.cli.output import progress, say, say_table
from local.cli.reading import as_document, read_object


def wms_check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Files METHOD__anything.xml.")],
    wms: Annotated[
        str, typer.Option(help="The connection: a code, or a file as `oms wms connect` takes it.")
    ] = WMS,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="First make the goods and documents they speak of.")
    ] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Posts each file of a folder as a signed callback to an OMS in this process, and tells what it
    was answered and did. Exit code 1 if a message wasn't kept or anything failed on our side.

    Example: oms wms-check messages --prepare --json
    """
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder")
    with _quiet():
        found = list(_checked(folder, wms, prepare=prepare, told=_say_line if json_lines else None))
    if not json_lines:
        _show(found)
    if any(each.failed or each.status >= 500 or not each.stored for each in found):
        raise typer.Exit(1)


def _checked(
    folder: Path, wms: str, *, prepare: bool, told: Callable[[Checked], None] | None
) -> Iterator[Checked]:
    files = files_of(folder)
    checking = Checking(_connection(wms), files, folder)
    if prepare:
        _prepare(checking)
    with progress("checking", len(files)) as (bar, task):
        for checked in checking.run():
            if told is not None:
                told(checked)
            yield checked
            bar.advance(task)


def _say_line(checked: Checked) -> None:
    print(as_json(checked), flush=True)


def _connection(wms: str) -> Connection:
    """The connection that a file describes, or a plain one of that code; its key is the check's
    own.
    """
    if not wms.endswith(".json"):
        return connection_of(wms)
    given = read_object(wms)
    given = {
        name: value for name, value in given.items() if name not in ("secret", "callback_secret")
    }
    return as_document({**given, "secret": ""}, Connection)


def _prepare(checking: Checking) -> None:
    with progress("preparing", None) as (bar, task):
        problems = checking.prepare(told=lambda: bar.advance(task))
    for problem in problems:
        print(f"not prepared: {problem}", file=sys.stderr)


@contextmanager
def _quiet() -> Iterator[None]:
    """Answers are this command's output; what the app logs of its own failures goes beside it."""
    log = logging.getLogger("oms")
    handlers = [each for each in log.handlers if isinstance(each, logging.StreamHandler)]
    before = [(each, each.stream) for each in handlers]
    level = log.level
    log.setLevel(logging.ERROR)
    for each in handlers:
        each.stream = sys.stderr
    try:
        yield
    finally:
        log.setLevel(level)
        for each, stream in before:
            each.stream = stream


def _show(found: list[Checked]) -> None:
    columns = ("file", "#HTTP", "flag", "message", "effect", "stored")
    rows = [
        (
            each.file,
            each.status,
            each.flag,
            each.message,
            each.effect,
            "yes" if each.stored else "NO",
        )
        for each in found
    ]
    say_table("Messages", columns, rows)
    failures = sum(each.flag != "success" for each in found)
    lost = sum(not each.stored for each in found)
    say(f"{len(found)} messages: {failures} answered failure, {lost} not stored.")
