"""The stock table's exports: keys, items, reads; and the port of their files.

| item | pk | sk |
| --- | --- | --- |
| export | `EXPORT#<id>` | `HEAD` |
| a file of it | `EXPORT#<id>` | `FILE#<n>` |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update
from chalicelib.stock.store import TABLE

STALE_EXPORT = "stale_export"


class ExportFiles(Protocol):
    """Where the files are kept, by key."""

    def put(self, key: str, body: bytes) -> None:
        """Writes, or writes the same again."""
        ...


class Links(Protocol):
    """Where files can be read from outside."""

    def link(self, key: str, *, seconds: int) -> str:
        """An address that anybody may read the file at, for so long."""
        ...


class ExportState(StrEnum):
    """An export is running until its last entry is written."""

    RUNNING = "RUNNING"
    READY = "READY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What somebody wants of the ledger: a warehouse's entries of the posting dates `since` to
    `until`, in this number of buckets. `files` are written so far, of `rows` entries; the next one
    begins on `day`, at a cursor in it.
    """

    id: str
    warehouse: str
    since: date
    until: date
    buckets: int
    requested_by: str
    requested_at: datetime
    state: ExportState = ExportState.RUNNING
    day: date
    cursor: str | None = None
    files: int = 0
    rows: int = 0

    @property
    def wanted(self) -> tuple[str, date, date]:
        """What tells it from another."""
        return (self.warehouse, self.since, self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file of an export: where it is, how large, its hash."""

    export: str
    number: int
    key: str
    rows: int
    bytes: int
    sha256: str


def export_key(export: str) -> Key:
    return Key(TABLE, f"EXPORT#{export}", "HEAD")


def put_export(export: Export) -> Put:
    """Refusal: `export_requested`."""
    return Put(
        key=export_key(export.id),
        item=to_item(export),
        condition=Absent(),
        refusal="export_requested",
    )


def move_export(before: Export, after: Export) -> Update:
    """Refusal: `stale_export`, another worker wrote that file."""
    return Update(
        key=export_key(after.id),
        condition=Equals("files", before.files),
        refusal=STALE_EXPORT,
        set=to_item(after),
    )


def put_file(file: ExportFile) -> Put:
    """Refusal: `stale_export`."""
    return Put(
        key=Key(TABLE, f"EXPORT#{file.export}", f"FILE#{file.number:06d}"),
        item=to_item(file),
        condition=Absent(),
        refusal=STALE_EXPORT,
    )


class ExportStore:
    """Reads of exports, all consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def export(self, export: str) -> Export:
        """One export; `NotFound` if there is none."""
        item = self._items.get(export_key(export))
        if item is None:
            raise NotFound("unknown_export", f"there is no export {export}")
        return from_item(item, Export)

    def files(self, export: str) -> list[ExportFile]:
        """Its files, in their order."""
        items = query_all(self._items, TABLE, f"EXPORT#{export}", prefix="FILE#", limit=500)
        return [from_item(item, ExportFile) for item in items]
