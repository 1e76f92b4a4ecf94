"""How commands speak: tables for people, one JSON document for programs, progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]

PIPED_WIDTH = 200
"""Columns where nobody looks: ids stay on one line."""


def screen() -> Console:
    """Where answers go. Made when it is needed: what stdout is may change."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


def say_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; a column that begins with `#` holds figures. Nothing is ever cut."""
    # As text: what stands in brackets in an id is no markup.
    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        figures = column.startswith("#")
        table.add_column(
            column.removeprefix("#"), justify="right" if figures else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    screen().print(table, markup=False)


def say(text: str) -> None:
    """A line; whatever stands in brackets is meant as it stands."""
    screen().print(text, markup=False, soft_wrap=True)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on stderr, gone when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar, bar.add_task(what, total=total)
