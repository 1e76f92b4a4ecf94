"""What a WMS was found to know of our master data, and how far the asking is.

| item | pk | sk |
| --- | --- | --- |
| the last run | `DRIFT#<wms>` | `HEAD` |
| what differs | `DRIFT#<wms>` | `SKU#<code>`, `BUNDLE#<code>`, `WAREHOUSE#<code>` |

A document's row is what the last look at it has found; one that differs no more says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.writes import Absent, AnyOf, Equals, Exists, Key, Put

TABLE = "documents"
ASKED_TOGETHER = 10
"""Queries of a step while the WMS answers fast."""


class DriftState(StrEnum):
    """Whether a run is still asking."""

    RUNNING = "RUNNING"
    DONE = "DONE"


class DriftPart(StrEnum):
    """What is asked for, in this order."""

    SKUS = "SKU"
    BUNDLES = "BUNDLE"
    WAREHOUSES = "WAREHOUSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRun:
    """A look at everything a WMS knows. `step` counts the pages; `cursor` is where the next one
    begins, `percent` about how much is done, `together` the queries of a step. `on_their_way`
    weren't compared: a change of them is being sent.
    """

    wms: str
    id: str
    fix: bool
    started_at: datetime
    updated_at: datetime
    state: DriftState = DriftState.RUNNING
    part: DriftPart = DriftPart.SKUS
    cursor: str | None = None
    step: int = 1
    together: int = ASKED_TOGETHER
    percent: int = 0
    asked: int = 0
    different: int = 0
    fixed: int = 0
    on_their_way: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRow:
    """One document that differs: in what, what we say and what the WMS says. `fixed`: it was set
    right, or is sent again. No `differences`: the last look found none.
    """

    part: DriftPart
    code: str
    run: str
    at: datetime
    message_id: str
    differences: tuple[str, ...]
    ours: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)
    fixed: bool = False


def run_key(wms: str) -> Key:
    """The last run's item."""
    return Key(TABLE, f"DRIFT#{wms}", "HEAD")


def row_key(wms: str, part: DriftPart, code: str) -> Key:
    """What was found of a document."""
    return Key(TABLE, f"DRIFT#{wms}", f"{part.value}#{code}")


class Drifts:
    """Reads of runs and of what they found."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def run(self, wms: str) -> DriftRun | None:
        """The last run."""
        item = self._items.get(run_key(wms))
        return None if item is None else from_item(item, DriftRun)

    def known(self, wms: str, part: DriftPart, codes: Iterable[str]) -> set[str]:
        """Those of the documents that have a row."""
        keys = {row_key(wms, part, code): code for code in codes}
        return {keys[key] for key in self._items.get_many(list(keys))}

    def rows(
        self, wms: str, part: DriftPart, *, limit: int, cursor: str | None
    ) -> tuple[list[DriftRow], str | None]:
        """A page of what differs, by code, and where to go on."""
        page = self._items.query(
            TABLE, f"DRIFT#{wms}", prefix=f"{part.value}#", limit=limit, cursor=cursor
        )
        rows = [from_item(item, DriftRow) for item in page.items]
        return [row for row in rows if row.differences], page.next_cursor


def put_run(run: DriftRun) -> Put:
    """The next version of a run, or a new run in the last one's place (`version` goes on)."""
    condition = Equals("version", run.version - 1) if run.version > 1 else Absent()
    return Put(key=run_key(run.wms), item=to_item(run), condition=condition, refusal="stale_drift")


def put_row(wms: str, row: DriftRow) -> Put:
    """What was found; the run is the guard, and stands in the same transaction."""
    return Put(
        key=row_key(wms, row.part, row.code),
        item=to_item(row),
        condition=AnyOf((Absent(), Exists())),
        refusal="drift_written",
    )
