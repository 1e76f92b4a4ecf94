"""Exports of the ledger: any range of days as CSV files in S3, written step by step.

A step writes one file of at most `MOST_ROWS` entries, remembers where it stopped, and asks for the
next one; so a range of any length fits Lambda's time, and a step that dies is done again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Conflict, Malformed, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.stock.cost_store import ValueStore
from chalicelib.stock.export_store import (
    Export,
    ExportFile,
    ExportFiles,
    ExportState,
    ExportStore,
    Links,
    move_export,
    put_export,
    put_file,
)
from chalicelib.stock.ledger_csv import write_csv
from chalicelib.stock.listing import Wanted, read_page
from chalicelib.stock.model import Entry
from chalicelib.stock.store import StockStore

MOST_DAYS = 366
MOST_ROWS = 20_000
MOST_PAGES = 400
"""What a step writes and reads at most; a page has up to `PAGE` entries."""

PAGE = 500
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
LINK_SECONDS = 900


class ExportService:
    """Takes exports, writes their files, tells where these are.

    `buckets` tells a warehouse's number of buckets.
    """

    def __init__(
        self,
        *,
        store: StockStore,
        values: ValueStore,
        exports: ExportStore,
        files: ExportFiles,
        links: Links,
        buckets: Callable[[str], int],
        transaction: Transaction,
        clock: Clock,
        most_rows: int = MOST_ROWS,
        most_pages: int = MOST_PAGES,
    ) -> None:
        self._store = store
        self._values = values
        self._exports = exports
        self._files = files
        self._links = links
        self._buckets = buckets
        self._transaction = transaction
        self._clock = clock
        self._most_rows = most_rows
        self._most_pages = most_pages

    def request(
        self, export: str, *, warehouse: str, since: date, until: date, by: str
    ) -> tuple[Export, bool]:
        """The export of that id, and whether it is new. The id is the caller's own: the same again
        is the first one, with other content it is a `Conflict`.
        """
        if not _ID.fullmatch(export):
            reason = "letters, digits, '.', '_' and '-', at most 64"
            raise Malformed("malformed_field", reason, field="id")
        self._check(since, until)
        now = self._clock.now()
        wanted = Export(
            id=export,
            warehouse=warehouse,
            since=since,
            until=until,
            buckets=self._buckets(warehouse),
            requested_by=by,
            requested_at=now,
            day=since,
        )
        try:
            self._transaction.commit(Writes([put_export(wanted)], [_step_wanted(wanted, now)]))
        except ConditionFailed:
            known = self._exports.export(export)
            if known.wanted != wanted.wanted:
                reason = f"export {export} is of another warehouse or range"
                raise Conflict("other_content", reason, field="id") from None
            return known, False
        return wanted, True

    def export(self, export: str) -> Export:
        """How far an export is."""
        return self._exports.export(export)

    def files(self, export: str) -> list[tuple[ExportFile, str]]:
        """The files so far, each with an address that holds for a quarter of an hour."""
        found = self._exports.files(export)
        return [(each, self._links.link(each.key, seconds=LINK_SECONDS)) for each in found]

    def step(self, export: str, number: int) -> None:
        """Writes the file of this number and asks for the next one, unless that was done before."""
        before = self._exports.export(export)
        if before.state is ExportState.READY or before.files != number:
            return
        entries, day, cursor = self._read(before)
        after = replace(
            before,
            day=min(day, before.until),
            cursor=cursor,
            rows=before.rows + len(entries),
            files=before.files + 1,
            state=ExportState.READY if day > before.until else ExportState.RUNNING,
        )
        body = write_csv(entries, self._values.values([entry.id for entry in entries]))
        digest = hashlib.sha256(body).hexdigest()
        file = ExportFile(
            export=export,
            number=number,
            key=f"exports/{export}/{number:06d}-{digest[:16]}.csv",
            rows=len(entries),
            bytes=len(body),
            sha256=digest,
        )
        self._files.put(file.key, body)
        events = (
            [] if after.state is ExportState.READY else [_step_wanted(after, self._clock.now())]
        )
        # Refused: another worker wrote this file at the same moment; what it wrote stands.
        with suppress(ConditionFailed):
            self._transaction.commit(Writes([move_export(before, after), put_file(file)], events))

    def _check(self, since: date, until: date) -> None:
        if until < since:
            raise Refused("bad_range", "until is not before since", field="until")
        if (until - since).days >= MOST_DAYS:
            raise Refused("bad_range", f"at most {MOST_DAYS} days", field="until")
        if until > business_date(self._clock.now()):
            raise Refused("day_not_begun", f"{until} isn't here yet", field="until")

    def _read(self, export: Export) -> tuple[list[Entry], date, str | None]:
        """The entries of the next file, and where the one after it begins."""
        found: list[Entry] = []
        day, cursor = export.day, export.cursor
        buckets = range(export.buckets)
        for _ in range(self._most_pages):
            if day > export.until or len(found) + PAGE > self._most_rows:
                break
            wanted = Wanted(warehouse=export.warehouse, buckets=buckets, day=day)
            page = read_page(self._store, wanted, limit=PAGE, cursor=cursor)
            found += page.entries
            cursor = page.next_cursor
            if cursor is None:
                day += timedelta(days=1)
        return found, day, cursor


def _step_wanted(export: Export, at: datetime) -> Event:
    return Event(
        id=f"ExportStepWanted:{export.id}:{export.files}",
        kind="ExportStepWanted",
        subject=export.id,
        occurred_at=at,
        correlation=export.id,
        data={"number": export.files},
    )
