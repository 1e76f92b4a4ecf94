"""`make bench-snapshot`: closes days of several sizes, prints, and with `--keep` writes the figures
into `docs/performance.md`. The last line is one JSON object with all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench import prices
from bench.snapshot import ours
from bench.snapshot.day import FIRST, SEED_SIZE, Size, make_warehouse, publish
from bench.snapshot.peer import close_and_compare
from bench.snapshot.requests import Asked, asked
from local.cloud_settings import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- snapshot: begin -->", "<!-- snapshot: end -->"
PROCESSES = 2
TENTH = replace(SEED_SIZE, balances=SEED_SIZE.balances // 10, orders=SEED_SIZE.orders // 10)
SIZES = {
    "a tenth": TENTH,
    "the seed's day": SEED_SIZE,
    "ten times": replace(SEED_SIZE, balances=SEED_SIZE.balances * 10, orders=SEED_SIZE.orders * 10),
    "a tenth, ten days one after the other": replace(TENTH, days=10),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What closing one day came to. `rows` are openings and entries, those that came twice not
    counted again; `history_days` the days that were closed before it.
    """

    name: str
    day: str
    history_days: int
    warehouses: int
    shards: int
    balances: int
    entries: int
    rows: int
    segments: int
    seconds: float
    cpu_seconds: float
    rows_per_second_and_core: int
    peak_megabytes: float
    duckdb_seconds: float
    times_of_duckdb: float
    differing_rows: int
    asked: Asked


def main(arguments: Sequence[str]) -> int:
    """0: measured, and both results were equal. 1: they weren't."""
    parser = argparse.ArgumentParser(prog="python -m bench.snapshot", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write docs/performance.md")
    parser.add_argument("--size", action="append", choices=list(SIZES), help="only this one")
    given = parser.parse_args(arguments)
    figures = []
    for name in given.size or SIZES:
        figures += measured(name, SIZES[name])
        print(_row(figures[-1]), flush=True)
    text = report(figures)
    if given.keep:
        _keep(text)
    print(text)
    print(json.dumps({"machine": _machine(), "runs": [asdict(each) for each in figures]}))
    return 1 if any(each.differing_rows for each in figures) else 0


def measured(name: str, size: Size) -> list[Figures]:
    """Makes the business and closes its days, one after the other; the first one and the last."""
    root = Path(tempfile.mkdtemp(prefix="oms-bench-"))
    try:
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            list(pool.map(partial(make_warehouse, root, size), range(size.warehouses)))
        figures = [_day(root, name, size, history) for history in range(size.days)]
    finally:
        shutil.rmtree(root)
    return figures[:1] + figures[1:][-1:]


def _day(root: Path, name: str, size: Size, history: int) -> Figures:
    day: date = FIRST + timedelta(days=history)
    publish(root, day)
    closed = ours.close(root, size, day, processes=PROCESSES)
    ids = {(each.warehouse, each.bucket): (each.entries, each.ids) for each in closed.shards}
    peer = close_and_compare(root, day, ids, threads=PROCESSES)
    balances = size.warehouses * size.balances
    rows = balances + closed.entries
    return Figures(
        name=name,
        day=day.isoformat(),
        history_days=history,
        warehouses=size.warehouses,
        shards=len(closed.shards),
        balances=balances,
        entries=closed.entries,
        rows=rows,
        segments=sum(each.segments for each in closed.shards),
        seconds=round(closed.seconds, 2),
        cpu_seconds=round(closed.cpu_seconds, 2),
        rows_per_second_and_core=round(rows / closed.cpu_seconds),
        peak_megabytes=round(max(each.peak_bytes for each in closed.shards) / 1e6, 1),
        duckdb_seconds=round(peer.seconds, 2),
        times_of_duckdb=round(closed.seconds / peer.seconds, 2),
        differing_rows=peer.differing,
        asked=asked(closed, balances, prices.load()),
    )


def report(figures: Sequence[Figures]) -> str:
    """The figures as Markdown."""
    listed = prices.load()
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by `make bench-snapshot`, {_sentence()}. "
        f"Money in {listed['currency']}, {listed['region']}, {listed['date']}: "
        "what gathering and closing ask of S3, DynamoDB and Lambda. Requests and units are "
        "computed from the numbers of rows and files, not counted.",
        "",
        "| day | entries | balances | closed before | s | CPU s | rows/s and core | peak MB | "
        "DuckDB s | times | differing | S3 | DynamoDB | RU | money |",
        "| --- " + "| --: " * 14 + "|",
        *map(_row, figures),
    ]
    return "\n".join(lines)


def _row(each: Figures) -> str:
    cells = [
        each.name,
        f"{each.entries:,}",
        f"{each.balances:,}",
        each.history_days,
        each.seconds,
        each.cpu_seconds,
        f"{each.rows_per_second_and_core:,}",
        each.peak_megabytes,
        each.duckdb_seconds,
        each.times_of_duckdb,
        each.differing_rows,
        f"{each.asked.s3_reads + each.asked.s3_writes:,}",
        f"{each.asked.dynamodb:,}",
        f"{each.asked.read_units:,}",
        each.asked.dollars,
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "processes": PROCESSES,
    }


def _sentence() -> str:
    return (
        f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {PROCESSES} processes beside DuckDB's {PROCESSES} threads"
    )


def _keep(text: str) -> None:
    document = DOCUMENT.read_text()
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
