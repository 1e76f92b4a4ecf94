"""The stock table's close runs and shards: keys, items, reads; and the port of their files.

| item | pk | sk |
| --- | --- | --- |
| run | `CLOSES` | `<business date>.<version>` (its id; sorts by day) |
| shard, once closed | `CLOSE#<run>` | `SHARD#<warehouse>#<bucket>` |
| … restated | `CLOSE#<run>` | `SHARD#<warehouse>#<bucket>#<version>` |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update
from chalicelib.stock.closing import BooksDisagree, SkuClosing, read_rows
from chalicelib.stock.store import TABLE


class SnapshotFiles(Protocol):
    """Where closing rows are kept, by key."""

    def put(self, key: str, body: bytes) -> None:
        """Writes, or writes the same again."""
        ...

    def get(self, key: str) -> bytes | None:
        """The bytes; None if there is no such file."""
        ...


class RunState(StrEnum):
    """A run is open until its last shard is closed."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRun:
    """The close of one business date, one version of it. `shards` are `<warehouse>/<bucket>`, of
    which the first `wanted` have been handed out. `previous` is the run whose closing is this one's
    opening; `reason` says why a closed day was closed anew; `root` is a hash over the shards'
    hashes. Days up to `until` were missed: once this one is closed the next one is.
    """

    id: str
    business_date: date
    version: int
    previous: str | None
    shards: tuple[str, ...]
    wanted: int
    state: RunState
    started_at: datetime
    reason: str = ""
    closed_at: datetime | None = None
    root: str = ""
    until: date | None = None

    @property
    def warehouses(self) -> list[str]:
        """The warehouses it closes."""
        return sorted({shard.partition("/")[0] for shard in self.shards})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardClosing:
    """The manifest of a closed shard: where its rows are, their hash, how many, their totals; how
    many entries its day had, and the digest of their names (`ids`). Each restatement is a `version`
    of its own, and names the run that found what was booked late (`found_by`). `below_zero` counts
    the SKUs' inventory types of which there are fewer than none, `lowest` names the first; None in
    manifests older than the figure.
    """

    run: str
    warehouse: str
    bucket: int
    file: str
    sha256: str
    skus: int
    entries: int
    quantity: Mapping[str, int]
    value: Mapping[str, int]
    closed_at: datetime
    version: int = 1
    found_by: str = ""
    ids: str = ""
    below_zero: int | None = None
    lowest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run, and how many of its shards are done."""

    run: CloseRun
    done: int
    total: int


def run_id(business_date: date, version: int) -> str:
    """`2026-11-22.001`: sorts by day and version."""
    return f"{business_date.isoformat()}.{version:03d}"


def run_key(run: str) -> Key:
    return Key(TABLE, "CLOSES", run)


def put_run(run: CloseRun) -> Put:
    """Refusal: `run_started`."""
    return Put(key=run_key(run.id), item=to_item(run), condition=Absent(), refusal="run_started")


def hand_out(run: CloseRun, wanted: int) -> Update:
    """Remembers how many shards were handed out. Refusal: `handed_out`."""
    return Update(
        key=run_key(run.id),
        condition=Equals("wanted", run.wanted),
        refusal="handed_out",
        set={"wanted": wanted},
    )


def put_shard(shard: ShardClosing) -> Put:
    """Refusal: `shard_closed`."""
    version = f"#{shard.version:04d}" if shard.version > 1 else ""
    place = f"SHARD#{shard.warehouse}#{shard.bucket:04d}{version}"
    return Put(
        key=Key(TABLE, f"CLOSE#{shard.run}", place),
        item=to_item(shard),
        condition=Absent(),
        refusal="shard_closed",
    )


def close_run(run: CloseRun, *, root: str, at: datetime) -> Update:
    """Refusal: `run_closed`."""
    return Update(
        key=run_key(run.id),
        condition=Equals("state", RunState.OPEN.value),
        refusal="run_closed",
        set={"state": RunState.CLOSED.value, "closed_at": to_text(at), "root": root},
    )


def root_hash(shards: Sequence[ShardClosing]) -> str:
    """One hash over all shards, in order of warehouse and bucket."""
    ordered = sorted(shards, key=lambda shard: (shard.warehouse, shard.bucket))
    return hashlib.sha256("".join(shard.sha256 for shard in ordered).encode()).hexdigest()


def shard_wanted(run: str, shard: str, at: datetime) -> Event:
    """The event that has one shard closed."""
    warehouse, _, bucket = shard.partition("/")
    return Event(
        id=f"SnapshotShardWanted:{run}:{shard}",
        kind="SnapshotShardWanted",
        subject=run,
        occurred_at=at,
        correlation=run,
        data={"run": run, "warehouse": warehouse, "bucket": int(bucket)},
    )


def audit_wanted(shard: ShardClosing) -> Event:
    """The event that has a closed shard audited."""
    place = f"{shard.warehouse}/{shard.bucket}"
    return Event(
        id=f"ShardAuditWanted:{shard.run}:{place}",
        kind="ShardAuditWanted",
        subject=shard.run,
        occurred_at=shard.closed_at,
        correlation=shard.run,
        data={"run": shard.run, "warehouse": shard.warehouse, "bucket": shard.bucket},
    )


def next_day_wanted(run: str, at: datetime) -> Event:
    """The event that has the day after a run closed."""
    return Event(
        id=f"NextDayWanted:{run}",
        kind="NextDayWanted",
        subject=run,
        occurred_at=at,
        correlation=run,
        data={},
    )


def figures_wanted(run: str, warehouse: str, at: datetime, *, again: str = "") -> Event:
    """The event that has a WMS asked for its figures; `again` tells a repeated question apart."""
    suffix = f":{again}" if again else ""
    return Event(
        id=f"StockFiguresWanted:{run}:{warehouse}{suffix}",
        kind="StockFiguresWanted",
        subject=run,
        occurred_at=at,
        correlation=run,
        data={"run": run, "warehouse": warehouse},
    )


def read_shard(files: SnapshotFiles, shard: ShardClosing) -> list[SkuClosing]:
    """The rows of a closed shard, checked against its hash."""
    body = files.get(shard.file)
    if body is None or hashlib.sha256(body).hexdigest() != shard.sha256:
        raise BooksDisagree(f"{shard.file} is missing or was changed")
    return read_rows(body)


class SnapshotStore:
    """Reads of runs and shards, all consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def run(self, run: str) -> CloseRun:
        """One run; `NotFound` if there is none."""
        item = self._items.get(run_key(run))
        if item is None:
            raise NotFound("unknown_run", f"there is no close run {run}")
        return from_item(item, CloseRun)

    def last_run(self) -> CloseRun | None:
        """The run of the latest business date, its latest version."""
        items = self._items.query(TABLE, "CLOSES", limit=1, forward=False).items
        return from_item(items[0], CloseRun) if items else None

    def closed_by(self, day: date) -> CloseRun | None:
        """The latest version of the last closed run whose day isn't after this one."""
        cursor: str | None = None
        while True:
            page = self._items.query(
                TABLE,
                "CLOSES",
                until=f"{day.isoformat()}.999",
                limit=5,
                forward=False,
                cursor=cursor,
            )
            for item in page.items:
                if item["state"] == RunState.CLOSED.value:
                    return from_item(item, CloseRun)
            cursor = page.next_cursor
            if cursor is None:
                return None

    def closed_days(self, first: date, last: date) -> dict[date, CloseRun]:
        """The latest closed run of each day from `first` to `last` that has one."""
        items = query_all(
            self._items,
            TABLE,
            "CLOSES",
            since=first.isoformat(),
            until=f"{last.isoformat()}.999",
        )
        runs = [from_item(item, CloseRun) for item in items]
        return {run.business_date: run for run in runs if run.state is RunState.CLOSED}

    def first_run(self) -> CloseRun | None:
        """The run that the closes began with."""
        items = self._items.query(TABLE, "CLOSES", limit=1).items
        return from_item(items[0], CloseRun) if items else None

    def shards(self, run: str) -> list[ShardClosing]:
        """The closed shards of a run as they are now, by warehouse and bucket."""
        latest = {(each.warehouse, each.bucket): each for each in self._versions(run)}
        return list(latest.values())

    def shard(self, run: str, warehouse: str, bucket: int) -> ShardClosing | None:
        """One of them; None where it isn't closed."""
        versions = self._versions(run, f"{warehouse}#{bucket:04d}")
        return versions[-1] if versions else None

    def first_shards(self, run: str) -> list[ShardClosing]:
        """The shards that a run was closed with, before anything was restated."""
        return [each for each in self._versions(run) if each.version == 1]

    def first_and_latest(self, run: str) -> tuple[list[ShardClosing], list[ShardClosing]]:
        """The shards that a run was closed with, and those that are now, in one read."""
        versions = self._versions(run)
        latest = {(each.warehouse, each.bucket): each for each in versions}
        return [each for each in versions if each.version == 1], list(latest.values())

    def _versions(self, run: str, place: str = "") -> list[ShardClosing]:
        prefix = f"SHARD#{place}"
        items = query_all(self._items, TABLE, f"CLOSE#{run}", prefix=prefix, limit=500)
        return [from_item(item, ShardClosing) for item in items]
