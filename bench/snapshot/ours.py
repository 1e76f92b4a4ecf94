"""A day's close by the app's own code, from files to files, its shards spread over processes."""

from __future__ import annotations

import csv
import gzip
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench.snapshot.day import Size, balances_file, closing_file
from chalicelib.stock.closing import nothing, read_rows, write_rows
from chalicelib.stock.folding import Line, fold
from chalicelib.stock.model import Balance
from chalicelib.stock.segments import LinesBySku, folder, is_whole, read_segment
from chalicelib.stock.shard_closer import uncollected
from chalicelib.stock.shard_lines import picked_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """What closing one shard came to."""

    warehouse: str
    bucket: int
    skus: int
    entries: int
    segments: int
    ids: str
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What closing a day came to; `seconds` from handing out the first shard to the last answer."""

    seconds: float
    shards: Sequence[Shard] = field(default_factory=list)

    @property
    def cpu_seconds(self) -> float:
        """Of all shards."""
        return sum(shard.cpu_seconds for shard in self.shards)

    @property
    def entries(self) -> int:
        """Of the day."""
        return sum(shard.entries for shard in self.shards)

    @property
    def skus(self) -> int:
        """Rows of the closing."""
        return sum(shard.skus for shard in self.shards)


def close(root: Path, size: Size, day: date, *, processes: int = 2) -> Closed:
    """Closes a day, all its shards, and leaves the closing files."""
    context = get_context("spawn")
    meeting = context.Barrier(processes)
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_join, initargs=(meeting,)
    ) as pool:
        # Started before the clock: a function that works is there already.
        list(pool.map(_meet, range(processes)))
        started = time.perf_counter()
        shards = list(pool.map(partial(close_shard, root, day), size.shards))
        return Closed(seconds=time.perf_counter() - started, shards=shards)


_meetings: list[Barrier] = []
"""Of this process: where those of a pool wait for each other."""


def _join(meeting: Barrier) -> None:
    _meetings[:] = [meeting]


def _meet(_: int) -> None:
    """Ends once every process of the pool is there: none of them takes two of these."""
    _meetings[0].wait()


@uncollected()
def close_shard(root: Path, day: date, place: tuple[str, int]) -> Shard:
    """Closes one shard as `ShardCloser` and `ShardLines` do."""
    cpu = time.process_time()
    warehouse, bucket = place
    before = closing_file(root, warehouse, bucket, day - timedelta(days=1))
    openings = {row.sku: row for row in read_rows(before.read_bytes())}
    balances = _balances(root, warehouse, bucket, day)
    found: LinesBySku = {}
    segments = 0
    for each in (day, day + timedelta(days=1)):
        for path in sorted((root / folder(warehouse, bucket, each)).glob("*")):
            body = path.read_bytes()
            if is_whole(path.name, body):
                read_segment(body, each, found)
                segments += 1
    new: dict[str, list[Line]] = {}
    for sku, balance in balances.items():
        lines = picked_lines(openings.get(sku) or nothing(sku), balance, found.get(sku, {}))
        if lines is None:
            raise ValueError(f"{warehouse}/{sku}: what was made isn't whole")
        new[sku] = lines
    folded = fold(day, openings, balances, new)
    target = closing_file(root, warehouse, bucket, day)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write_rows(folded.rows))
    return Shard(
        warehouse=warehouse,
        bucket=bucket,
        skus=len(folded.rows),
        entries=folded.entries,
        segments=segments,
        ids=folded.ids,
        cpu_seconds=time.process_time() - cpu,
        peak_bytes=_peak_bytes(),
    )


def _peak_bytes() -> int:
    """The most memory that this process ever had. `getrusage` would tell of its parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _balances(root: Path, warehouse: str, bucket: int, day: date) -> dict[str, Balance]:
    balances = {}
    path = balances_file(root, warehouse, bucket, day)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for sku, version, good, damaged in csv.reader(text):
            balances[sku] = Balance(
                warehouse=warehouse,
                sku=sku,
                bucket=bucket,
                quantities={"ZP": int(good), "CC": int(damaged)},
                available=int(good),
                version=int(version),
            )
    return balances
