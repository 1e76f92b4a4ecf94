"""The ledger as a file on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from chalicelib.bootstrap import Container
from chalicelib.kernel.clock import business_date
from chalicelib.stock.ledger_csv import COLUMNS, write_csv, write_rows
from chalicelib.stock.model import Entry
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json
from local.cli.stage import stage

FORMATS = (".csv", ".parquet")

TYPES = dict.fromkeys(COLUMNS, "VARCHAR") | {
    "posting_date": "DATE",
    "occurred_at": "TIMESTAMPTZ",
    "posted_at": "TIMESTAMPTZ",
    "sequence": "BIGINT",
    "quantity": "BIGINT",
    "before": "BIGINT",
    "after": "BIGINT",
    "value": "DECIMAL(18,2)",
}
"""What the columns are in Parquet; what an entry hasn't (a batch, a value yet) is NULL."""

PAGE = 500


def export(
    warehouse: Annotated[str, typer.Argument(help="The warehouse's code.")],
    since: Annotated[str, typer.Argument(help="The first day, such as 2026-11-01.")],
    until: Annotated[str, typer.Argument(help="The last day.")],
    file: Annotated[Path, typer.Argument(help="A new file: .csv or .parquet.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Writes a warehouse's ledger entries of a range of days, with their balances and values, as
    CSV for spreadsheets or as Parquet for DuckDB, Athena and their like.

    Days are business dates. Of today it has what is booked while it is written.

    Example: oms export WH-EAST 2026-11-01 2026-11-30 november.parquet
    """
    if file.suffix not in FORMATS:
        raise typer.BadParameter(f"{file} is neither .csv nor .parquet")
    oms = stage()
    place = oms.catalog.warehouse(warehouse)
    first, last = day_of(since), min(day_of(until), business_date(oms.clock.now(), place.zone))
    if last < first:
        raise typer.BadParameter(f"there are no days from {since} until {until}")
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    try:
        rows = _exported(oms, warehouse, days, file)
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be written: {error.strerror}") from None
    if as_json:
        return say_json({"file": str(file), "rows": rows, "until": last.isoformat()})
    return say(f"{file}: {rows} entries, {first} to {last}.")


def _exported(oms: Container, warehouse: str, days: list[date], file: Path) -> int:
    """Written beside, and named so once it is whole: what was begun is never taken for a file."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".oms-export-") as folder:
        rows = Path(folder) / "rows.csv"
        for_people = file.suffix == ".csv"
        with rows.open("wb") as text:
            written = _write(oms, warehouse, days, (text, for_people))
        whole = rows
        if not for_people:
            whole = Path(folder) / "rows.parquet"
            _to_parquet(rows, whole)
        whole.replace(file)
    return written


def _write(oms: Container, warehouse: str, days: list[date], to: tuple[BinaryIO, bool]) -> int:
    text, for_people = to
    if for_people:
        text.write(write_csv([], {}))
    written = 0
    with progress(f"exporting {warehouse}", len(days)) as (bar, task):
        for day in days:
            for entries in _pages(oms, warehouse, day):
                values = oms.costs.values([entry.id for entry in entries])
                text.write(write_rows(entries, values, for_people=for_people))
                written += len(entries)
            bar.advance(task)
    return written


def _pages(oms: Container, warehouse: str, day: date) -> Iterator[tuple[Entry, ...]]:
    buckets = range(oms.catalog.warehouse(warehouse).buckets)
    cursor: str | None = None
    while True:
        page = oms.stock.entries(
            warehouse=warehouse, buckets=buckets, day=day, limit=PAGE, cursor=cursor
        )
        yield page.entries
        cursor = page.next_cursor
        if cursor is None:
            return


def _to_parquet(rows: Path, file: Path) -> None:
    # Large, and no other command needs it.
    import duckdb

    with duckdb.connect() as database:
        database.execute("SET TimeZone='UTC'")
        read = database.read_csv(str(rows), header=False, columns=TYPES, allow_quoted_nulls=False)
        read.write_parquet(str(file), compression="zstd")
